"""A statement becomes columns: canonical JSON, and what a value points at."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.index.cases import OBJECTS, an_id
from unburnt.core import canonical
from unburnt.index.rows import Pointers, json_texts, pointers


@given(st.lists(OBJECTS, max_size=4))
@example([{"\U0001f600": 1, "\ue000": 2}])  # RFC 8785 sorts by UTF-16 code units
@example([{"text": "".join(map(chr, range(0x180)))}])
@example([{"\x7f\x00\u2028": '\\/"\ufeff'}])
def test_json_text_is_canonical(values: list[dict[str, Any]]) -> None:
    assert json_texts(values) == [canonical.encode(value) for value in values]


DIGEST = "ab" * 32
POINTS: dict[str, tuple[dict[str, Any], Pointers]] = {
    "a text points nowhere": ({"text": an_id("x")}, (None, None, None, None)),
    "an entity": ({"entity": an_id("x")}, (an_id("x"), None, None, None)),
    "an identifier": (
        {"identifier": "7707083893", "scheme": "ru-inn"},
        (None, "ru-inn", "7707083893", None),
    ),
    "a file": ({"file": {"sha256": DIGEST, "size": 1}}, (None, None, None, bytes.fromhex(DIGEST))),
    "an entity of the wrong kind": ({"entity": {"a": 1}}, (None, None, None, None)),
    "an entity of the wrong length": ({"entity": "x"}, (None, None, None, None)),
    "an identifier without scheme": ({"identifier": "1"}, (None, None, None, None)),
    "a scheme that is empty": ({"identifier": "1", "scheme": ""}, (None, None, None, None)),
    "an identifier that is a number": ({"identifier": 1, "scheme": "a"}, (None, None, None, None)),
    "a file without digest": ({"file": {"size": 1}}, (None, None, None, None)),
    "a file that is a text": ({"file": DIGEST}, (None, None, None, None)),
    "a digest in capitals": ({"file": {"sha256": DIGEST.upper()}}, (None, None, None, None)),
    "a digest and a line feed": ({"file": {"sha256": DIGEST + "\n"}}, (None, None, None, None)),
}


@pytest.mark.parametrize(("value", "points"), POINTS.values(), ids=POINTS)
def test_a_value_points_only_where_its_shape_says(value: dict[str, Any], points: Pointers) -> None:
    assert pointers(value) == points
