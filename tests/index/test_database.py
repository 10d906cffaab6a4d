"""The encrypted file: what it shows to whom, and what is said when it is damaged or busy."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from tests.index.cases import KEY, Log, an_id, opened, said, text
from unburnt.core.errors import CannotOpenError, MediumError, UsageError
from unburnt.index import layout
from unburnt.index.database import discard, fetch, open_database, put, writing
from unburnt.index.tables import Index

MANY = [text(f"Показание {at} of a witness") for at in range(300)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.db"


def _read(path: Path, key: bytes = KEY) -> int:
    index = Index(open_database(path, key))
    try:
        return len(list(index.all()))
    finally:
        index.close()


def test_an_index_is_opened_again_with_its_key(path: Path) -> None:
    with opened(path) as index:
        index.apply([Log("d").entry(*MANY)])
    assert _read(path) == len(MANY)


def test_opening_derives_nothing_from_the_key(path: Path) -> None:
    open_database(path, KEY).close()

    def cost() -> float:
        start = time.process_time()
        open_database(path, KEY).close()
        return time.process_time() - start

    assert min(cost() for _ in range(7)) < 0.005  # a key derivation costs ten times as much


PAGE = 4096


def _pages(data: bytes) -> list[bytes]:
    return [data[start : start + PAGE] for start in range(0, len(data), PAGE)]


def _flip(data: bytes, place: int) -> bytes:
    changed = bytearray(data)
    changed[place] ^= 1
    return bytes(changed)


def _flip_later(place: int) -> Callable[[bytes], bytes]:
    """Return what changes one bit of each page but the first; nobody knows which will be read."""
    return lambda data: data[:PAGE] + b"".join(_flip(page, place) for page in _pages(data)[1:])


def _exchange(data: bytes) -> bytes:
    first, *rest = _pages(data)
    return first + b"".join(rest[1:] + rest[:1])


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "the salt is changed": lambda data: _flip(data, 3),
    "the first page is changed": lambda data: _flip(data, 100),
    "later pages are changed": _flip_later(50),
    "the nonces of later pages are changed": _flip_later(-20),
    "the tags of later pages are changed": _flip_later(-1),
    "later pages have changed places": _exchange,
    "it is cut in half": lambda data: data[: len(data) // 2],
    "it is other bytes": lambda data: b"x" * len(data),
    "it is a database in clear": lambda data: b"SQLite format 3\0" + bytes(len(data)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_index_cannot_be_opened_and_is_built_again(
    path: Path, damage: Callable[[bytes], bytes]
) -> None:
    entry = Log("d").entry(*MANY)
    with opened(path) as index:
        index.apply([entry])
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    with pytest.raises(CannotOpenError, match="nothing is lost"):
        _read(path)
    discard(path)
    with opened(path) as index:
        index.apply([entry])
    assert _read(path) == len(MANY)


def test_a_wrong_key_gives_the_same_answer_as_damage(path: Path) -> None:
    open_database(path, KEY).close()
    with pytest.raises(CannotOpenError, match="nothing is lost"):
        open_database(path, bytes(32))


def test_an_index_of_another_version_cannot_be_opened(path: Path) -> None:
    db = open_database(path, KEY)
    db.pragma("user_version", layout.VERSION + 1)
    db.close()
    with pytest.raises(CannotOpenError, match="nothing is lost"):
        open_database(path, KEY)


@pytest.mark.parametrize("key", [b"", b"k" * 31, b"k" * 33])
def test_a_key_of_another_length_is_refused(path: Path, key: bytes) -> None:
    with pytest.raises(UsageError):
        open_database(path, key)
    assert not path.exists()


def test_a_folder_that_is_not_there_is_a_fault_of_the_medium(tmp_path: Path) -> None:
    with pytest.raises(MediumError):
        open_database(tmp_path / "gone" / "index.db", KEY)
    with pytest.raises(MediumError):
        open_database(tmp_path, KEY)


def test_discarding_deletes_every_file_and_may_be_done_twice(path: Path) -> None:
    with opened(path) as index:
        index.apply([Log("d").entry(*MANY)])
        assert len(list(path.parent.iterdir())) == 3  # .db, -wal, -shm
    (path.parent / "index.db-wal").write_bytes(b"left over")
    discard(path)
    discard(path)
    assert list(path.parent.iterdir()) == []


# --- what is on the disk -------------------------------------------------------------------------

SECRETS = {
    "a text": "Свидетель боится",
    "a word of the schema": "Imprisonment",
    "a property": "perpetratorName",
    "an identifier": "4509-123456",
    "a note in the locator": "page the seventh",
    "an unknown field": "whatANewerVersionSays",
    "a file's path": "DCIM/witness.jpg",
    "a note of the program": "office-stick",
    "an instant": "2018-01-24T09:10:00Z",
}


def _with_secrets(index: Index) -> None:
    index.apply(
        [
            Log("d").entry(
                text(
                    SECRETS["a text"],
                    schema=SECRETS["a word of the schema"],
                    property=SECRETS["a property"],
                    locator={"quote": SECRETS["a note in the locator"]},
                    extra={"newer": SECRETS["an unknown field"]},
                    recorded_at=SECRETS["an instant"],
                ),
                said({"identifier": SECRETS["an identifier"], "scheme": "passport"}),
                *MANY,
            )
        ]
    )
    index.set_memory(SECRETS["a note of the program"], {"size": 1})


def test_nothing_that_was_said_is_in_clear_in_any_file(path: Path) -> None:
    with opened(path) as index:
        _with_secrets(index)
        files = {file.name: file.read_bytes() for file in path.parent.iterdir()}
        assert sorted(files) == ["index.db", "index.db-shm", "index.db-wal"]
        assert len(files["index.db-wal"]) > 50_000  # all of it is still here
    files["index.db after closing"] = path.read_bytes()
    words = [secret.encode() for secret in SECRETS.values()]
    words += [an_id("act").encode(), an_id("heron").encode(), b"create table", b"SQLite format"]
    for data in files.values():
        assert not [word for word in words if word in data]


def _in_clear(path: Path) -> bytes:
    """Return all pages of the file as one with the key sees them, unused space included."""
    db = open_database(path, KEY)
    try:
        return bytes(db.serialize("main"))
    finally:
        db.close()


@pytest.fixture
def half_full(path: Path) -> Path:
    """An index whose first page of statements is shared by two devices' entries."""
    with opened(path) as index:
        secret = text(SECRETS["a text"], extra={"newer": SECRETS["an unknown field"]})
        index.apply([Log("d").entry(secret, secret), Log("e").entry(*MANY)])
    return path


def test_the_search_for_clear_text_would_find_it(half_full: Path) -> None:
    data = _in_clear(half_full)
    assert SECRETS["a text"].encode() in data
    assert SECRETS["an unknown field"].encode() in data


def test_what_is_forgotten_is_overwritten_even_for_one_who_has_the_key(half_full: Path) -> None:
    with opened(half_full) as index:
        index.forget(an_id("d"), 0)
    data = _in_clear(half_full)
    assert b"of a witness" in data
    assert SECRETS["a text"].encode() not in data
    assert SECRETS["an unknown field"].encode() not in data


@pytest.mark.skipif(os.name != "posix", reason="permission bits are those of POSIX")
def test_only_the_owner_may_read_the_files(path: Path) -> None:
    before = os.umask(0o022)
    try:
        with opened(path) as index:
            index.apply([Log("d").entry(*MANY)])
            modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"index.db": 0o600, "index.db-wal": 0o600, "index.db-shm": 0o600}


# --- several at once -----------------------------------------------------------------------------

HOLDER = """
import sys
from pathlib import Path
from unburnt.index.database import open_database, writing
with writing(open_database(Path(sys.argv[1]), bytes(range(32)))):
    print("holding", flush=True)
    sys.stdin.readline()
"""


def test_a_second_writer_is_told_so_after_a_while_and_a_reader_is_not_kept_waiting(
    path: Path,
) -> None:
    with opened(path) as index:
        index.apply([Log("d").entry(*MANY)])
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    with holder, holder.stdin:
        assert holder.stdout.readline() == "holding\n"
        index = Index(open_database(path, KEY, patience=0.1))
        start = time.monotonic()
        with pytest.raises(MediumError, match="Another program"):
            index.apply([Log("e").entry(text("late"))])
        assert 0.05 < time.monotonic() - start < 3
        assert index.count() == len(MANY)
        holder.stdin.write("\n")
        holder.stdin.flush()
        holder.wait()
        index.apply([Log("e").entry(text("late"))])
        assert index.count() == len(MANY) + 1
        index.close()


def test_a_transaction_is_all_or_nothing(path: Path) -> None:
    db = open_database(path, KEY)

    def half_done() -> None:
        with writing(db):
            put(db, "insert into memory values (?, ?)", [("a", "{}"), ("b", "{}")])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half_done()
    assert fetch(db, "select * from memory") == []
    with writing(db):
        put(db, "insert into memory values (?, ?)", [("a", "{}")])
    assert fetch(db, "select name from memory") == [("a",)]
    db.close()


def test_a_fault_of_the_program_is_not_blamed_on_the_disk(path: Path) -> None:
    db = open_database(path, KEY)
    with pytest.raises(apsw.SQLError):
        fetch(db, "select nonsense")
    db.close()
