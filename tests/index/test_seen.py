"""Files seen before and notes of the program: kept beside the archive, lost with the index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.index.cases import TEXTS, Log, opened, text
from unburnt.index.database import discard
from unburnt.index.seen import Seen
from unburnt.index.tables import Index

ONE = Seen(size=5, mtime_ns=1_516_784_400_123_456_789, inode=7, sha256="ab" * 32)
TWO = Seen(size=0, mtime_ns=-1, inode=2**128 - 1, sha256="cd" * 32)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with opened(tmp_path / "index.db") as index:
        yield index


def test_files_are_known_below_their_own_root(index: Index) -> None:
    index.remember_files("/media/stick", {"DCIM/1.jpg": ONE, "Фото.jpg": TWO})
    index.remember_files("/media/other", {"DCIM/1.jpg": TWO})
    assert index.known_files("/media/stick") == {"DCIM/1.jpg": ONE, "Фото.jpg": TWO}
    assert index.known_files("/media/other") == {"DCIM/1.jpg": TWO}
    assert index.known_files("/media") == {}


def test_what_is_remembered_later_takes_the_place_of_what_was_known(index: Index) -> None:
    index.remember_files("/r", {"a": ONE, "b": ONE})
    index.remember_files("/r", {"a": TWO})
    index.remember_files("/r", {})
    assert index.known_files("/r") == {"a": TWO, "b": ONE}


@pytest.mark.parametrize("name", ["\udcff\udc80.jpg", "a\0b", "new\nline", " ", "é", "e\u0301"])
def test_any_name_that_a_disk_has_comes_back_as_it_was(index: Index, name: str) -> None:
    index.remember_files(name, {name: ONE})
    assert index.known_files(name) == {name: ONE}


JSON = st.dictionaries(
    TEXTS,
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.lists(st.sampled_from("ab")),
)


@pytest.fixture(scope="module")
def shared_index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with opened(Path(tmp_path_factory.mktemp("memory")) / "index.db") as index:
        yield index


@given(first=JSON, second=JSON)
def test_a_note_is_the_last_one_of_its_name(
    shared_index: Index, first: dict[str, object], second: dict[str, object]
) -> None:
    shared_index.set_memory("site/office", first)
    shared_index.set_memory("site/stick", second)
    assert shared_index.memory("site/office") == first
    shared_index.set_memory("site/office", second)
    assert shared_index.memory("site/office") == second
    assert shared_index.memory("site/none") is None


def test_neither_is_part_of_the_digest_and_both_go_with_the_index(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    entry = Log("d").entry(text("one"))
    with opened(path) as index:
        index.apply([entry])
        before = index.digest()
        index.remember_files("/r", {"a": ONE})
        index.set_memory("site", {"size": 7})
        assert index.digest() == before
    with opened(path) as index:
        assert index.memory("site") == {"size": 7}
    discard(path)
    with opened(path) as index:
        index.apply([entry])
        assert index.digest() == before
        assert (index.memory("site"), index.known_files("/r")) == (None, {})
