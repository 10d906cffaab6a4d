"""A typed value is read as its property wants it, and never as something the schema refuses."""

from __future__ import annotations

from typing import Any

import pytest

from unburnt.core.errors import UsageError
from unburnt.core.ids import new_id
from unburnt.model.schema import builtin
from unburnt.workflow.spoken import value_of

ENTITY = new_id(lambda size: b"\1" * size)

READ: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "a name": ("Person", "name", "Rowan", {"text": "Rowan"}),
    "a date": ("Act", "startDate", "2018-01-22", {"date": "2018-01-22"}),
    "a number of people": ("Event", "killed", "3", {"number": "3"}),
    "a term": ("Act", "partOfDay", "evening", {"term": "evening"}),
    "an entity by the beginning of its id": ("Act", "victim", "aeaq", {"entity": ENTITY}),
    "a JSON object": ("Event", "killed", '{"range": ["3", null]}', {"range": ["3", None]}),
    "a property of one's own": ("Person", "x-note", "seen", {"text": "seen"}),
}
REFUSED = {
    "a day that is no date": ("Act", "startDate", "yesterday"),
    "a word that is no term": ("Act", "partOfDay", "teatime"),
    "broken JSON": ("Person", "name", '{"text": '),
    "deep JSON": ("Person", "name", '{"a":' * 100_000),
}


def find(_text: str) -> str:
    return ENTITY


@pytest.mark.parametrize(("schema", "name", "text", "value"), READ.values(), ids=READ.keys())
def test_it_is_read(schema: str, name: str, text: str, value: dict[str, Any]) -> None:
    found = value_of(schema, name, text, find)
    assert found == value
    builtin().check_value(schema, name, found)


@pytest.mark.parametrize(("schema", "name", "text"), REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused(schema: str, name: str, text: str) -> None:
    with pytest.raises(UsageError):
        value_of(schema, name, text, find)
