"""A statement has one line, one spelling, and keeps what a newer version says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.statement_cases import a_hash, a_statement, an_id, statements
from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError
from unburnt.model.statement import (
    FIELDS,
    MAX_FIELDS,
    MAX_LINE,
    REQUIRED,
    Statement,
    field_bytes,
    field_values,
    line_of,
    parse,
)

PLAIN = json.loads(line_of(field_bytes(a_statement())))


def line(statement: Statement) -> bytes:
    return line_of(field_bytes(statement))


def spelled(**changed: Any) -> bytes:
    return canonical.encode({**PLAIN, **changed})


@given(statements())
def test_reading_gives_back_what_was_written(statement: Statement) -> None:
    assert parse(line(statement)) == statement


@given(statements())
def test_a_line_is_the_canonical_json_of_the_fields_that_are_there(statement: Statement) -> None:
    there = {name: value for name, value in field_values(statement).items() if value is not None}
    assert line(statement) == canonical.encode(there)


@given(statements())
def test_the_fields_come_in_the_order_of_the_specification(statement: Statement) -> None:
    names = [name for name, _ in field_bytes(statement)]
    assert names == [*FIELDS, *sorted(statement.extra)]
    assert list(FIELDS) == sorted(FIELDS)


def test_fields_of_a_newer_version_are_kept() -> None:
    data = spelled(aura={"colour": "grey"}, zone=7)
    assert parse(data).extra == {"aura": {"colour": "grey"}, "zone": 7}
    assert line(parse(data)) == data


@given(st.binary(max_size=200))
def test_hostile_bytes_are_only_refused(data: bytes) -> None:
    with pytest.raises(ForeignDataError):
        parse(data)


@given(st.data())
def test_hostile_fields_are_only_refused_or_kept_exactly(data: st.DataObject) -> None:
    values: st.SearchStrategy[Any] = st.sampled_from(
        [None, True, 0, 7, "", "x", "A", [], ["x"], [[]], {}, {"a": 1}, "2018-01-24T09:10:00Z"]
    )
    changed = data.draw(st.dictionaries(st.sampled_from([*FIELDS, "extra", "new"]), values))
    spelling = spelled(**changed)
    try:
        statement = parse(spelling)
    except ForeignDataError:
        return
    assert line(statement) == spelling


@given(statements(), st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_another_statement(
    statement: Statement, place: int, change: int
) -> None:
    data = bytearray(line(statement))
    data[place % len(data)] ^= change
    try:
        other = parse(bytes(data))
    except ForeignDataError:
        return
    assert other != statement
    assert line(other) == bytes(data)


REFUSED: dict[str, bytes] = {
    "a space after a comma": line(a_statement()).replace(b",", b", ", 1),
    "a line feed at the end": line(a_statement()) + b"\n",
    "a key twice": line(a_statement()).replace(b'"schema"', b'"author":"x","schema"'),
    "a list": b"[]",
    "a text": b'"a"',
    "a null": spelled(lang=None),
    "an empty attribution": spelled(attribution=[]),
    "an attribution that is text": spelled(attribution=an_id("x")),
    "an attribution of numbers": spelled(attribution=[1]),
    "seventeen steps of hearsay": spelled(attribution=[an_id("x")] * 17),
    "credibility 1, which is computed and never typed": spelled(credibility=1),
    "credibility 7": spelled(credibility=7),
    "credibility true": spelled(credibility=True),
    "credibility in letters": spelled(credibility="2"),
    "reliability G": spelled(reliability="G"),
    "reliability AB": spelled(reliability="AB"),
    "reliability of nothing": spelled(reliability=""),
    "a language in capitals": spelled(lang="RUS"),
    "a language of two letters": spelled(lang="ru"),
    "an empty locator": spelled(locator={}),
    "a value without a tag": spelled(value={}),
    "a value that is text": spelled(value="x"),
    "an unknown stance": spelled(stance="guessed"),
    "a stance that is a list": spelled(stance=[]),
    "an id in capitals": spelled(entity=an_id("x").upper()),
    "an id of 25 characters": spelled(source=an_id("x")[:-1]),
    "an answer without a stance that answers": spelled(answers=a_hash("x")),
    "a retraction of nothing": spelled(stance="retracted"),
    "an answer to something that is no id": spelled(stance="retracted", answers="x"),
    "local time": spelled(recorded_at="2018-01-24T09:10:00+03:00"),
    "a fraction of a second": spelled(recorded_at="2018-01-24T09:10:00.5Z"),
    "the 31st of February": spelled(recorded_at="2018-02-31T09:10:00Z"),
    "the 29th of February 2018": spelled(recorded_at="2018-02-29T09:10:00Z"),
    "a time with a line feed": spelled(recorded_at="2018-01-24T09:10:00Z\n"),
    "Arabic digits in a time": spelled(recorded_at="٢018-01-24T09:10:00Z"),
    "a field name in capitals": spelled(Aura=1),
    "a field name of other letters": spelled(поле=1),
    "a property with a space": spelled(property="start date"),
    "a schema of nothing": spelled(schema=""),
    "more fields than salts": spelled(**{f"x{n}": 1 for n in range(MAX_FIELDS)}),
    "a line too long": spelled(value={"text": "x" * MAX_LINE}),
} | {
    f"no {name}": canonical.encode({k: v for k, v in PLAIN.items() if k != name})
    for name in sorted(REQUIRED)
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused(data: bytes) -> None:
    with pytest.raises(ForeignDataError):
        parse(data)


def test_the_plain_line_of_the_refused_ones_is_accepted() -> None:
    assert parse(spelled()) == a_statement()


def test_a_statement_too_long_to_be_written_is_refused() -> None:
    with pytest.raises(ForeignDataError, match="bytes long"):
        line(a_statement(value={"text": "x" * MAX_LINE}))


def test_the_greatest_number_of_fields_can_be_committed_to() -> None:
    most = {f"x{n}": 1 for n in range(MAX_FIELDS - len(FIELDS))}
    assert parse(spelled(**most)).extra == most


SHAPES: dict[str, Callable[[], bytes]] = {
    "the last second of a leap day": lambda: spelled(recorded_at="2016-02-29T23:59:59Z"),
    "sixteen steps of hearsay": lambda: spelled(attribution=[an_id("x")] * 16),
    "a retraction": lambda: spelled(stance="retracted", answers=a_hash("x")),
}


@pytest.mark.parametrize("make", SHAPES.values(), ids=SHAPES.keys())
def test_it_is_accepted(make: Callable[[], bytes]) -> None:
    assert line(parse(make())) == make()
