"""A table map: how each row of a spreadsheet becomes claims, written down by a person.

    table = table_map_reading.parse(yaml_text)    # format: docs/spec/table-map.md
    table.columns                                 # ("id", "date", "place"): what it reads
    cells = ("17", "04.12.2011", "Moscow")
    reading = table.read(table.key_of(cells), cells)
    reading.key                                   # "17"
    reading.facts                                 # [(rule of event.startDate, {"date": …}), …]

Pure, and without ids: a fact that points to another entity of the row names its handle. A row that
cannot be read whole raises UsageError and gives nothing: never half a row, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Never

from unburnt.core import canonical, quantity
from unburnt.core.errors import UsageError
from unburnt.core.humandate import read_table_date
from unburnt.core.text import clean
from unburnt.model import schema as schemas
from unburnt.model.values import MAX_IDENTIFIER, MAX_NAME, MAX_TEXT, MAX_VERBATIM

ENCODINGS = {"utf-8": "utf-8-sig", "cp1251": "cp1251"}  # as the map says it -> as Python says it
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
MAX_FACTS = 1024  # of one row; it must fit one batch together with what it replaces
MAX_SAID = 2**18  # characters of one row, for the same reason
_LONG = 1024  # characters of cells that need no closer look

Value = dict[str, Any]

_NUMBER = re.compile(r"-?[0-9]{1,28}(?:\.[0-9]{1,28})?")
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Form:
    """How the file is written: encoding and delimiter of a CSV, sheet of a workbook."""

    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Grades:
    """What is said of everything a rule states, unless the rule says otherwise."""

    stance: str = "reported"
    reliability: str | None = None
    credibility: int | None = None
    lang: str | None = None


@dataclass(frozen=True, eq=False)  # compared and hashed by identity: rules are keys of caches
class Rule:
    """One property made from one column, from a constant, or from another entity of the row."""

    handle: str
    schema: str
    property: str
    kind: str
    grades: Grades
    column: int | None = None
    name: str = ""  # of the column, for messages
    constant: tuple[Value, ...] = ()
    reference: str | None = None
    required: bool = False
    keep: bool = False
    split: str | None = None
    ignore: frozenset[str] = frozenset()
    formats: tuple[re.Pattern[str], ...] = ()
    words: Mapping[str, Any] | None = None
    scheme: str = ""
    unit: str | None = None
    measured: bool = False
    beside: Mapping[str, int] | None = None  # "to", "lat", "lon", "id": further columns


@dataclass(frozen=True, slots=True)
class Made:
    """One entity of a row: handle, schema, rules; one of the columns `needs` must be filled."""

    handle: str
    schema: str
    rules: tuple[Rule, ...]
    needs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Voice:
    """A column that names who said so, and what kind of entity that is."""

    column: int
    schema: str


Fact = tuple[Rule, Value]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one row says: its key, the entities it makes, the facts, and who said so."""

    key: str
    handles: tuple[str, ...]
    facts: list[Fact]
    chain: tuple[tuple[str, str], ...]  # (schema, name), nearest first


@dataclass(frozen=True, slots=True)
class TableMap:
    """A whole map; `entities[0]` is the one whose import key is the row's key."""

    dataset: str
    compartment: str
    form: Form
    columns: tuple[str, ...]
    key: tuple[int, ...]
    entities: tuple[Made, ...]
    voices: tuple[Voice, ...] = ()

    def scheme(self, handle: str) -> str:
        """Return the naming scheme under which entities of that handle are found again."""
        return self.dataset if handle == self.entities[0].handle else f"{self.dataset}.{handle}"

    def key_of(self, cells: Sequence[str]) -> str:
        """Return the row's key; UsageError when it is missing or too long."""
        parts = [clean(cells[at], MAX_IDENTIFIER) for at in self.key]
        if not all(parts):
            missing = self.columns[self.key[parts.index("")]]
            raise UsageError(f"The key “{missing}” is empty.", "Give every row its own key.")
        # Several parts are one JSON list, never joined: "a b" + "c" is not "a" + "b c".
        key = parts[0] if len(parts) == 1 else canonical.encode(parts).decode("utf-8")
        return clean(key, MAX_IDENTIFIER)

    def read(self, key: str, cells: Sequence[str]) -> Reading:
        """Return what a row says; UsageError with the exact reason when it cannot be read whole.

        `key` is what `key_of` gave for these cells.
        """
        made = [
            entity
            for entity in self.entities
            if not entity.needs or any(cells[at] for at in entity.needs)
        ]
        handles = tuple([entity.handle for entity in made])
        facts = [fact for entity in made for fact in _facts(entity, cells, handles)]
        if len(facts) > MAX_FACTS:
            raise UsageError(
                f"The row says more than {MAX_FACTS} things.", "Put lists into rows of their own."
            )
        if sum(map(len, cells)) > _LONG and sum(len(str(value)) for _, value in facts) > MAX_SAID:
            raise UsageError(
                f"The row says more than {MAX_SAID:,} characters.",
                "Keep long texts as files of their own.",
            )
        return Reading(key, handles, facts, self._chain(cells))

    def _chain(self, cells: Sequence[str]) -> tuple[tuple[str, str], ...]:
        return tuple(
            (voice.schema, clean(cells[voice.column], MAX_IDENTIFIER))
            for voice in self.voices
            if cells[voice.column]
        )


def _facts(entity: Made, cells: Sequence[str], handles: tuple[str, ...]) -> Iterator[Fact]:
    for rule in entity.rules:
        if rule.reference is not None:
            if rule.reference in handles:
                yield rule, {}
        elif rule.column is None:
            yield from [(rule, value) for value in rule.constant]
        else:
            for value in _values(rule, cells):
                yield rule, value


def _values(rule: Rule, cells: Sequence[str]) -> tuple[Value, ...]:
    """Return the values of one cell; UsageError naming the column when it holds none that fits."""
    assert rule.column is not None  # noqa: S101 - told by _facts; keeps the type narrow
    cell = cells[rule.column]
    try:
        if rule.beside is None:
            found = _read(rule, cell)
        else:
            beside = {name: cells[at] for name, at in rule.beside.items()}
            found = _read(rule, cell, tuple(beside.items()))
    except UsageError as error:
        raise UsageError(f"“{rule.name}”: {error.message}", error.next_step) from error
    if not found and rule.required:
        raise UsageError(f"“{rule.name}” is empty.", "Fill it, or set skip_if_empty in the map.")
    return found


@lru_cache(65_536)  # words, dates and places repeat from row to row
def _read(rule: Rule, cell: str, beside: tuple[tuple[str, str], ...] = ()) -> tuple[Value, ...]:
    more = {name: text for name, text in beside if text}
    parts = [part.strip() for part in cell.split(rule.split)] if rule.split else [cell]
    found: list[Value] = []
    for part in parts:
        if (part or "to" in more) and part not in rule.ignore:
            value = _MAKE[rule.kind](rule, part, more)
            schemas.builtin().check_value(rule.schema, rule.property, value)
            if value not in found:
                found.append(value)
    return tuple(found)


# --- one cell, by type -------------------------------------------------------------------------


def _text(rule: Rule, cell: str, beside: Mapping[str, str]) -> Value:
    return {"text": clean(cell, MAX_TEXT)}


def _date(rule: Rule, cell: str, beside: Mapping[str, str]) -> Value:
    return _kept(rule, cell, {"date": read_table_date(_in_format(rule, cell)).text})


def _in_format(rule: Rule, cell: str) -> str:
    """Return the cell in the order year-month-day by the first format that fits it."""
    if not rule.formats:
        return cell
    for pattern in rule.formats:
        match = pattern.fullmatch(cell)
        if match:
            parts = match.groupdict()
            return "-".join(parts[name].zfill(2) for name in ("Y", "M", "D") if name in parts)
    raise UsageError("The date is in none of the formats of the map.", "Correct the cell.")


def _number(rule: Rule, cell: str, beside: Mapping[str, str]) -> Value:
    return _kept(rule, cell, _unit(rule, {"number": _decimal(cell)}))


def _range(rule: Rule, cell: str, beside: Mapping[str, str]) -> Value:
    if rule.beside:
        ends = [_decimal(end) if end else None for end in (cell, beside.get("to", ""))]
    else:
        amount = quantity.suggest(cell, counted=not rule.measured)
        if amount is None:
            raise UsageError(
                "The cell is not an amount this program reads.",
                "Write 12, 10-15, “more than 100” or “не менее 4”.",
            )
        ends = [amount.lower, amount.upper]
    value = {"number": ends[0]} if ends[0] == ends[1] else {"range": ends}
    return _kept(rule, cell, _unit(rule, value))


def _term(rule: Rule, cell: str, beside: Mapping[str, str]) -> Value:
    code = cell if rule.words is None else rule.words.get(cell)
    if code is None:
        raise UsageError(
            "The word is not in the map's list of words.", "Add it under “words” with its term."
        )
    return {"term": code, "note": clean(cell, MAX_NAME)} if rule.keep else {"term": code}


def _place(rule: Rule, cell: str, beside: Mapping[str, str]) -> Value:
    place: dict[str, Any] = {"name": clean(cell, MAX_NAME)}
    for name, text in beside.items():
        place[name] = text if name == "id" else _decimal(text)
    return {"place": place}


def _url(rule: Rule, cell: str, beside: Mapping[str, str]) -> Value:
    return {"url": clean(cell, MAX_TEXT)}


def _identifier(rule: Rule, cell: str, beside: Mapping[str, str]) -> Value:
    return {"identifier": clean(cell, MAX_IDENTIFIER), "scheme": rule.scheme}


def _flag(rule: Rule, cell: str, beside: Mapping[str, str]) -> Value:
    found = (rule.words or _FLAGS).get(cell)
    if found is None:
        raise UsageError("The word means neither yes nor no in the map.", "Add it under “words”.")
    return {"flag": found}


_MAKE = {
    "text": _text,
    "date": _date,
    "number": _number,
    "range": _range,
    "term": _term,
    "place": _place,
    "url": _url,
    "identifier": _identifier,
    "flag": _flag,
}
KINDS = tuple(_MAKE)


def make(rule: Rule, cell: str) -> tuple[Value, ...]:
    """Return the values that a constant gives under a rule; UsageError when it does not fit."""
    return _read(rule, cell)


def _decimal(cell: str) -> str:
    if not _NUMBER.fullmatch(cell):
        raise UsageError("The cell is not a plain number.", "Write it like 198 or 0.5.")
    return quantity.spell(Decimal(cell))


def _unit(rule: Rule, value: Value) -> Value:
    return value if rule.unit is None else {**value, "unit": rule.unit}


def _kept(rule: Rule, cell: str, value: Value) -> Value:
    return {**value, "as": clean(cell, MAX_VERBATIM)} if rule.keep else value


def refuse(where: str, why: str) -> Never:
    """Raise UsageError for a place in a map."""
    raise UsageError(f"The map cannot be used: {where} {why}.", "See docs/spec/table-map.md.")
