"""The name of a file is written apart from its digest, and read together with it again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.test_custody import photo
from unburnt.core import canonical
from unburnt.model import file_name
from unburnt.model.statement import Statement

FILE = {"sha256": "ab" * 32, "size": 26, "object": "ef" * 32}
JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


def statement(value: dict[str, Any], locator: dict[str, Any] | None = None) -> Statement:
    said = photo().statement
    return Statement(**{**fields(said), "value": value, "locator": locator})


def fields(said: Statement) -> dict[str, Any]:
    return {name: getattr(said, name) for name in said.__struct_fields__}


@given(st.text(min_size=1, max_size=40), st.dictionaries(st.text(max_size=5), st.text(max_size=5)))
def test_a_name_is_nowhere_in_the_value_and_comes_back_whole(
    name: str, where: dict[str, str]
) -> None:
    value, locator = file_name.apart({"file": {**FILE, "name": name}}, where or None)
    assert value == {"file": FILE}
    assert locator == {**where, "path": name}
    assert file_name.of(statement(value, locator)) == {**FILE, "name": name}
    assert not file_name.is_inside(statement(value, locator))


def test_an_old_value_is_read_as_it_was_and_known_to_hold_a_name() -> None:
    old = statement({"file": {**FILE, "name": "a.jpg"}}, {"path": "b.jpg"})
    assert file_name.of(old)["name"] == "a.jpg"
    assert file_name.is_inside(old)


INSIDE: dict[str, dict[str, Any]] = {
    "a file that is no object": {"file": "from a friend.jpg"},
    "a key of a newer version": {"file": {**FILE, "caption": "from a friend"}},
    "something beside the file": {"file": FILE, "note": "from a friend"},
}


@pytest.mark.parametrize("value", INSIDE.values(), ids=INSIDE.keys())
def test_what_may_hold_a_name_counts_as_holding_one(value: dict[str, Any]) -> None:
    assert file_name.is_inside(statement(value))


@given(st.dictionaries(st.sampled_from(["path", "page"]), JSON), JSON)
def test_any_locator_and_any_file_can_be_read(locator: dict[str, Any], file: Any) -> None:
    value = {"file": file}
    told = file_name.named(value, locator)
    assert (
        canonical.encode(told) == canonical.encode(value) or told["file"]["name"] == locator["path"]
    )
