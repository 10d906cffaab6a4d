"""Maps: what is accepted, what each kind of cell becomes, and the exact reason of every refusal."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.repository import ROOT
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.model import schema as schemas
from unburnt.model.table_map import ENCODINGS, KINDS, MAX_FACTS, MAX_SAID, TableMap
from unburnt.model.table_map_reading import _RULE, _TOP, parse

HEAD = "dataset: list\ncompartment: cases\nkey: id\n"


def event(rule: str) -> TableMap:
    """Return a map of one rule, `PROPERTY: {…}` of an Event."""
    return parse(f"{HEAD}entities:\n  event:\n    schema: Event\n    properties:\n      {rule}\n")


def said(table: TableMap, **cells: str) -> list[dict[str, Any]]:
    """Return the values that a row makes; columns not named are empty."""
    row = tuple({"id": "1", **cells}.get(name, "") for name in table.columns)
    return [value for _, value in table.read(table.key_of(row), row).facts]


# --- cells -------------------------------------------------------------------------------------

READ = {
    "a text": ("name: {column: c}", "Сход", [{"text": "Сход"}]),
    "a text that is brought into NFC": ("name: {column: c}", "e\u0301", [{"text": "é"}]),
    "an empty cell states nothing": ("name: {column: c}", "", []),
    "a word that counts as empty": ("name: {column: c, ignore: [n/a]}", "n/a", []),
    "a list, equal parts once": (
        "name: {column: c, split: ';'}",
        "a; b;; a",
        [{"text": "a"}, {"text": "b"}],
    ),
    "a date with points": (
        "startDate: {column: c, type: date}",
        "04.12.2011",
        [{"date": "2011-12-04"}],
    ),
    "an uncertain date": ("startDate: {column: c, type: date}", "2011-12~", [{"date": "2011-12~"}]),
    "a date in the stated order": (
        "startDate: {column: c, type: date, formats: [MM/DD/YYYY]}",
        "03/04/2012",
        [{"date": "2012-03-04"}],
    ),
    "a short date in the stated order, its words kept": (
        "startDate: {column: c, type: date, formats: [D/M/YYYY, YYYY], keep: true}",
        "3/4/2012",
        [{"date": "2012-04-03", "as": "3/4/2012"}],
    ),
    "a midnight that a spreadsheet made": (
        "startDate: {column: c, type: date}",
        "2018-01-09 00:00:00",
        [{"date": "2018-01-09"}],
    ),
    "a number": ("detained: {column: c, type: number}", "198", [{"number": "198"}]),
    "a number with spare zeroes and a unit": (
        "detained: {column: c, type: number, unit: people}",
        "198.0",
        [{"number": "198", "unit": "people"}],
    ),
    "a phrase of an amount": (
        "detained: {column: c, type: range, keep: true}",
        "не менее 4",
        [{"range": ["4", None], "as": "не менее 4"}],
    ),
    "what is measured is not counted": (
        "detained: {column: c, type: range, measured: true}",
        "more than 2",
        [{"range": ["2", None]}],
    ),
    "a term by its word": (
        "topics: {column: c, type: term, words: {да: x-yes}}",
        "да",
        [{"term": "x-yes"}],
    ),
    "a place": (
        "location: {column: c, type: place}",
        "Болотная",
        [{"place": {"name": "Болотная"}}],
    ),
    "an identifier": (
        "wikidataId: {column: c, type: identifier, scheme: wikidata}",
        "Q1",
        [{"identifier": "Q1", "scheme": "wikidata"}],
    ),
    "a flag by its word": (
        "x-masked: {column: c, type: flag, words: {да: true, нет: false}}",
        "нет",
        [{"flag": False}],
    ),
    "a constant": (
        "violationStatus: {value: violation-likely, type: term}",
        "",
        [{"term": "violation-likely"}],
    ),
}


@pytest.mark.parametrize(("rule", "cell", "values"), READ.values(), ids=READ.keys())
def test_a_cell_becomes_values(rule: str, cell: str, values: list[dict[str, Any]]) -> None:
    assert said(event(rule), c=cell) == values


REFUSED_CELLS = {
    "a date with two readings": ("startDate: {column: c, type: date}", "03/04/2012", "day/month"),
    "a date in another format": (
        "startDate: {column: c, type: date, formats: [DD.MM.YYYY]}",
        "2012-04-03",
        "none of the formats",
    ),
    "a day that does not exist": (
        "startDate: {column: c, type: date, formats: [DD.MM.YYYY]}",
        "31.02.2012",
        "",
    ),
    "a number in words": ("detained: {column: c, type: number}", "about 3", "plain number"),
    "an amount nobody can read": ("detained: {column: c, type: range}", "many", "amount"),
    "a word without a term": (
        "topics: {column: c, type: term, words: {да: x-yes}}",
        "нет",
        "list of words",
    ),
    "a term that is not in the vocabulary": (
        "violationStatus: {column: c, type: term}",
        "perhaps",
        "not a term",
    ),
    "a link that runs code": ("sourceUrl: {column: c, type: url}", "javascript:alert(1)", "link"),
    "an identifier too long": (
        "wikidataId: {column: c, type: identifier, scheme: wikidata}",
        "Q" * 513,
        "at most 512",
    ),
    "a text too long": ("name: {column: c}", "ж" * 32_769, "at most 65536"),
    "a text that commands a terminal": ("name: {column: c}", "a\x1b[2J", "control character"),
    "a text that turns reading": ("name: {column: c}", "a\u202eb", "direction"),
    "an empty cell that must not be": (
        "name: {column: c, skip_if_empty: false}",
        "",
        "is empty",
    ),
    "too many things": (
        "name: {column: c, split: ','}",
        ",".join(map(str, range(MAX_FACTS + 1))),
        f"more than {MAX_FACTS}",
    ),
    "too many characters": (
        "name: [" + ", ".join(["{column: c}"] * 9) + "]",
        "a" * (MAX_SAID // 8),
        "characters",
    ),
}


@pytest.mark.parametrize(
    ("rule", "cell", "reason"), REFUSED_CELLS.values(), ids=REFUSED_CELLS.keys()
)
def test_a_cell_is_refused_with_its_reason(rule: str, cell: str, reason: str) -> None:
    with pytest.raises(UsageError) as refusal:
        said(event(rule), c=cell)
    assert reason in str(refusal.value)
    assert cell[:40] not in str(refusal.value) or not cell, "a cell may hold a name"


def test_two_columns_make_a_range_open_where_one_is_empty() -> None:
    table = event("detained: {column: low, to: high, type: range}")
    assert said(table, low="3", high="7") == [{"range": ["3", "7"]}]
    assert said(table, low="3") == [{"range": ["3", None]}]
    assert said(table, high="7") == [{"range": [None, "7"]}]
    assert said(table, low="7", high="7") == [{"number": "7"}]
    assert said(table) == []


def test_a_place_takes_its_position_from_other_columns() -> None:
    table = event("location: {column: c, type: place, lat: y, lon: x}")
    place = {"name": "Грозный", "lat": "43.3", "lon": "45.7"}
    assert said(table, c="Грозный", y="43.30", x="45.7") == [{"place": place}]
    with pytest.raises(UsageError, match="off the map"):
        said(table, c="Грозный", y="143.3", x="45.7")


@given(st.text(max_size=40))
def test_whatever_a_cell_holds_it_is_written_legally_or_refused(cell: str) -> None:
    for table in TABLES:
        try:
            reading = table.read("1", ("1", cell))
        except UsageError:
            continue
        for rule, value in reading.facts:
            schemas.builtin().check_value(rule.schema, rule.property, value)


TABLES = [event(rule) for rule, _, _ in READ.values() if "column: c" in rule]


# --- keys --------------------------------------------------------------------------------------


def test_the_parts_of_a_key_are_not_joined() -> None:
    table = parse(
        "dataset: list\ncompartment: cases\nkey: [a, b]\nentities: {event: {schema: Event,"
        " properties: {name: {column: a}}}}"
    )
    assert table.key_of(("x y", "z")) != table.key_of(("x", "y z"))
    with pytest.raises(UsageError, match="“b” is empty"):
        table.key_of(("x", ""))


# --- maps --------------------------------------------------------------------------------------

ENTITY = "entities: {event: {schema: Event, properties: {%s}}}\n"
BROKEN = {
    "no YAML": "{",
    "an anchor": "dataset: &a x\ncompartment: *a\n",
    "a list": "- a\n",
    "no key": "dataset: l\ncompartment: c\n" + ENTITY % "name: {column: a}",
    "an unknown key": HEAD + "keys: x\n" + ENTITY % "name: {column: a}",
    "a dataset with a point": "dataset: a.b\ncompartment: c\nkey: id\n"
    + ENTITY % "name: {column: a}",
    "an unknown encoding": HEAD + "encoding: latin1\n" + ENTITY % "name: {column: a}",
    "an unknown delimiter": HEAD + "delimiter: pipe\n" + ENTITY % "name: {column: a}",
    "no entities": HEAD + "entities: {}\n",
    "an unknown schema": HEAD
    + "entities: {e: {schema: Happening, properties: {name: {column: a}}}}",
    "an abstract schema": HEAD + "entities: {e: {schema: Thing, properties: {name: {column: a}}}}",
    "a reserved handle": HEAD
    + "entities: {file: {schema: Event, properties: {name: {column: a}}}}",
    "no properties": HEAD + "entities: {e: {schema: Event, properties: {}}}",
    "an unknown property": HEAD + ENTITY % "nom: {column: a}",
    "a kind that does not fit": HEAD + ENTITY % "startDate: {column: a}",
    "an unknown type": HEAD + ENTITY % "name: {column: a, type: string}",
    "a column and a value": HEAD + ENTITY % "name: {column: a, value: b}",
    "neither column nor value": HEAD + ENTITY % "name: {type: text}",
    "an import key of its own": HEAD + ENTITY % "importKey: {column: a}",
    "a key for another type": HEAD + ENTITY % "name: {column: a, unit: kg}",
    "a term that is not in the vocabulary": HEAD
    + ENTITY % "violationStatus: {column: a, type: term, words: {x: perhaps}}",
    "a constant that is not in the vocabulary": HEAD
    + ENTITY % "violationStatus: {value: perhaps, type: term}",
    "an empty constant": HEAD + ENTITY % "name: {value: ''}",
    "a reference to nothing": HEAD + ENTITY % "encompasses: {entity: other}",
    "a reference to itself": HEAD + ENTITY % "encompasses: {entity: event}",
    "a reference to the wrong kind": HEAD
    + "entities: {e: {schema: Event, properties: {name: {column: a}}},"
    " i: {schema: Involvement, properties: {act: {entity: e}}}}",
    "an identifier without a scheme": HEAD + ENTITY % "wikidataId: {column: a, type: identifier}",
    "a typed credibility of 1": HEAD + "credibility: 1\n" + ENTITY % "name: {column: a}",
    "a reliability of G": HEAD + "reliability: G\n" + ENTITY % "name: {column: a}",
    "an answering stance": HEAD + "stance: retracted\n" + ENTITY % "name: {column: a}",
    "a two-letter language": HEAD + "lang: ru\n" + ENTITY % "name: {column: a}",
    "a date format without a year": HEAD
    + ENTITY % "startDate: {column: a, type: date, formats: [DD.MM]}",
    "a flag word that is no flag": HEAD + ENTITY % "x-f: {column: a, type: flag, words: {a: b}}",
    "an empty separator": HEAD + ENTITY % "name: {column: a, split: ''}",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_map_is_refused(text: str) -> None:
    with pytest.raises((UsageError, ForeignDataError)):
        parse(text)


WORDS = st.sampled_from(
    "dataset compartment key entities schema properties column type value entity words formats a "
    "Event name date text true [ ] { } , : - \n '".split(" ")
)


@given(st.lists(WORDS, max_size=30).map(" ".join))
def test_any_text_is_a_map_or_refused(text: str) -> None:
    try:
        parse(text)
    except (UsageError, ForeignDataError):
        return


@settings(max_examples=40, deadline=None)
@given(st.recursive(st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=4))
def test_any_shape_in_the_place_of_a_word_is_a_map_or_refused(shape: Any) -> None:
    spelled = repr(shape).replace("\\", "")
    for place in _TOP - {"entities"}:
        text = ENTITY % "name: {column: a}" + f"{place}: {spelled}\n"
        rest = {"dataset": "l", "compartment": "c", "key": "id"}
        text += "".join(f"{key}: {word}\n" for key, word in rest.items() if key != place)
        _parsed_or_refused(text)
    for key in _RULE:
        for rule in ("column: a", "value: b", "type: range", "type: term", "type: date"):
            _parsed_or_refused(HEAD + ENTITY % f"name: {{{rule}, {key}: {spelled}}}")


def _parsed_or_refused(text: str) -> None:
    try:
        parse(text)
    except (UsageError, ForeignDataError):
        return


def test_the_example_of_the_user_page_is_a_whole_map() -> None:
    page = (ROOT / "docs/import-tables.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    table = parse(text)
    cells = {
        "number": "17",
        "told by": "Мемориал",
        "title": "Сход",
        "title in English": "Gathering",
        "date": "04.12.2011",
        "place": "Триумфальная",
        "how many": "не менее 4",
        "links": "http://example.org/1, none",
        "kind": "избиение",
        "who did it": "ОМОН",
    }
    row = tuple(cells[name] for name in table.columns)
    reading = table.read(table.key_of(row), row)
    assert reading.key == "17"
    assert reading.handles == ("event", "act", "involvement")
    assert reading.chain == (("Organization", "Мемориал"),)
    facts = {(r.handle, r.property, r.grades.lang, r.grades.stance): v for r, v in reading.facts}
    assert facts["event", "name", "eng", "reported"] == {"text": "Gathering"}
    assert facts["event", "detained", "rus", "reported"] == {
        "range": ["4", None],
        "as": "не менее 4",
    }
    assert facts["act", "type", "rus", "reported"] == {"term": "beating"}
    assert facts["involvement", "role", "rus", "alleged"] == {"text": "ОМОН"}
    nobody = tuple({**cells, "who did it": ""}[name] for name in table.columns)
    assert table.read("17", nobody).handles == ("event", "act")


def test_the_specification_names_every_key_and_type() -> None:
    page = (ROOT / "docs/spec/table-map.md").read_text(encoding="utf-8")
    words = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`[^`]+`|^\| [a-z, ]+", page, re.M))))
    assert _TOP | _RULE | set(KINDS) | set(ENCODINGS) - {"utf-8"} <= words | {"cp1251"}
