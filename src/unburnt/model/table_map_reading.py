"""Reading a table map: from YAML to rules, every word checked against the schema.

    parse(yaml_text)  ->  TableMap, or UsageError naming the place in the map

Format: docs/spec/table-map.md. What the schema would refuse in every row is refused here once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from unburnt.core.errors import UsageError
from unburnt.model import grades as grading
from unburnt.model import schema as schemas
from unburnt.model import strict_yaml
from unburnt.model.statement import ANSWERING
from unburnt.model.table_map import (
    DELIMITERS,
    ENCODINGS,
    KINDS,
    Form,
    Grades,
    Made,
    Rule,
    TableMap,
    Voice,
    make,
    refuse,
)

MAX_ENTITIES = 16
MAX_RULES = 256
MAX_VOICES = 16

_DATASET = re.compile(r"[a-z][a-z0-9-]{0,39}")
_HANDLE = re.compile(r"[a-z][a-z0-9-]{0,22}")
RESERVED = frozenset({"file", "handle", "main", "said"})  # schemes of the import's own keeping
_LANG = re.compile("[a-z]{3}")
_FORMAT_PARTS = {
    "YYYY": "(?P<Y>[0-9]{4})",
    "MM": "(?P<M>[0-9]{2})",
    "DD": "(?P<D>[0-9]{2})",
    "M": "(?P<M>[0-9]{1,2})",
    "D": "(?P<D>[0-9]{1,2})",
}
_GRADE_KEYS = frozenset({"stance", "reliability", "credibility", "lang"})
_TOP = _GRADE_KEYS | {
    "dataset",
    "compartment",
    "encoding",
    "delimiter",
    "sheet",
    "key",
    "attribution",
    "entities",
}
_RULE = _GRADE_KEYS | {
    "column",
    "value",
    "entity",
    "type",
    "skip_if_empty",
    "keep",
    "split",
    "ignore",
    "formats",
    "words",
    "scheme",
    "unit",
    "measured",
    "to",
    "lat",
    "lon",
    "id",
}
# Which keys mean something only for some types.
_ONLY_FOR = {
    "formats": ("date",),
    "words": ("term", "flag"),
    "scheme": ("identifier",),
    "unit": ("number", "range"),
    "measured": ("range",),
    "to": ("range",),
    "lat": ("place",),
    "lon": ("place",),
    "id": ("place",),
    "keep": ("date", "number", "range", "term"),
}
_BESIDE = ("to", "lat", "lon", "id")


class _Columns:
    """The columns a map names, each with its place among them."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def place(self, name: object, where: str) -> int:
        if not isinstance(name, str) or not name.strip():
            refuse(where, "does not name a column")
        if name.strip() not in self.names:
            self.names.append(name.strip())
        return self.names.index(name.strip())


def parse(text: str) -> TableMap:
    """Return the map that a YAML text writes.

    Raises ForeignDataError for what is not YAML, UsageError for what is not a map.
    """
    said = strict_yaml.parse(text)
    if not isinstance(said, dict):
        refuse("it", "is no list of keys")
    _only(said, _TOP, "it")
    columns = _Columns()
    dataset = _word(said, "dataset", _DATASET, "lower-case letters, digits and -, at most 40")
    key = tuple(columns.place(name, "key") for name in _listed(said.get("key"), "key"))
    voices = tuple(
        _voice(item, columns) for item in _listed(said.get("attribution", []), "attribution")
    )
    if len(voices) > MAX_VOICES:
        refuse("attribution", f"has more than {MAX_VOICES} steps")
    entities = _entities(said.get("entities"), columns, _grades(said, Grades(), "it"))
    return TableMap(
        dataset=dataset,
        compartment=_text(said, "compartment"),
        form=_form(said),
        columns=tuple(columns.names),
        key=key or refuse("key", "names no column"),
        entities=entities,
        voices=voices,
    )


def _form(said: Mapping[str, Any]) -> Form:
    encoding = said.get("encoding", "utf-8")
    delimiter = said.get("delimiter", "comma")
    if not isinstance(encoding, str) or encoding not in ENCODINGS:
        refuse("encoding", f"is not one of {', '.join(ENCODINGS)}")
    if not isinstance(delimiter, str) or delimiter not in DELIMITERS:
        refuse("delimiter", f"is not one of {', '.join(DELIMITERS)}")
    return Form(encoding, DELIMITERS[delimiter], said.get("sheet"))


def _voice(item: Any, columns: _Columns) -> Voice:
    if not isinstance(item, dict):
        refuse("attribution", "is not a list of {column, schema}")
    _only(item, {"column", "schema"}, "attribution")
    schema = item.get("schema", "Organization")
    _check_schema(schema, "attribution")
    if schemas.builtin().property(schema, "name") is None:
        refuse("attribution", "needs a schema that has a name")
    return Voice(columns.place(item.get("column"), "attribution"), schema)


# --- entities ----------------------------------------------------------------------------------


def _entities(said: Any, columns: _Columns, defaults: Grades) -> tuple[Made, ...]:
    if not isinstance(said, dict) or not 0 < len(said) <= MAX_ENTITIES:
        refuse("entities", f"does not hold 1 to {MAX_ENTITIES} entities by handle")
    for handle, body in said.items():
        if not _HANDLE.fullmatch(handle) or handle in RESERVED:
            refuse(f"entities.{handle}", "has no usable handle: lower-case letters, digits and -")
        if not isinstance(body, dict):
            refuse(f"entities.{handle}", "is no list of keys")
        _only(body, _GRADE_KEYS | {"schema", "skip_if_empty", "properties"}, f"entities.{handle}")
        _check_schema(body.get("schema"), f"entities.{handle}")
    known = {handle: body["schema"] for handle, body in said.items()}
    return tuple(_entity(handle, body, known, columns, defaults) for handle, body in said.items())


def _entity(
    handle: str,
    body: Mapping[str, Any],
    known: Mapping[str, str],
    columns: _Columns,
    defaults: Grades,
) -> Made:
    where = f"entities.{handle}"
    grades = _grades(body, defaults, where)
    properties = body.get("properties")
    if not isinstance(properties, dict) or not properties:
        refuse(f"{where}.properties", "is empty")
    rules: list[Rule] = []
    for property, items in properties.items():
        for item in items if isinstance(items, list) else [items]:
            place = f"{where}.{property}"
            if property == "importKey":
                refuse(place, "is made by the import itself")
            if not isinstance(item, dict):
                refuse(place, "is no list of keys")
            blank = Rule(handle, body["schema"], property, "text", grades)
            rules.append(_rule(blank, item, known, columns, place))
    if len(rules) > MAX_RULES:
        refuse(where, f"has more than {MAX_RULES} rules")
    needs = _listed(body.get("skip_if_empty", []), where)
    return Made(
        handle,
        body["schema"],
        tuple(rules),
        tuple(columns.place(name, f"{where}.skip_if_empty") for name in needs),
    )


def _rule(
    blank: Rule, item: Mapping[str, Any], known: Mapping[str, str], columns: _Columns, where: str
) -> Rule:
    _only(item, _RULE, where)
    if len({"column", "value", "entity"} & item.keys()) != 1:
        refuse(where, "needs exactly one of column, value, entity")
    rule = replace(blank, grades=_grades(item, blank.grades, where))
    if "entity" in item:
        return _reference(rule, item, known, where)
    kind = item.get("type", "text")
    if kind not in KINDS:
        refuse(where, f"has a type that is not one of {', '.join(KINDS)}")
    _check_property(rule, kind, where)
    for key, kinds in _ONLY_FOR.items():
        if key in item and kind not in kinds:
            refuse(where, f"has “{key}”, which means nothing for type {kind}")
    if kind == "identifier" and "scheme" not in item:
        refuse(where, "needs a scheme, such as ru-inn")
    rule = replace(
        rule,
        kind=kind,
        required=not _flag(item, "skip_if_empty", True, where),
        keep=_flag(item, "keep", False, where),
        measured=_flag(item, "measured", False, where),
        split=item.get("split"),
        ignore=frozenset(_listed(item.get("ignore", []), where)),
        formats=tuple(_format(form, where) for form in _listed(item.get("formats", []), where)),
        words=item.get("words"),
        scheme=item.get("scheme", ""),
        unit=item.get("unit"),
        beside={name: columns.place(item[name], where) for name in _BESIDE if name in item} or None,
    )
    _check_words(rule, where)
    if "column" in item:
        name = str(item["column"]).strip()
        return replace(rule, column=columns.place(item["column"], where), name=name)
    return _constant(rule, item["value"], where)


def _reference(rule: Rule, item: Mapping[str, Any], known: Mapping[str, str], where: str) -> Rule:
    _only(item, _GRADE_KEYS | {"entity"}, where)
    target = item["entity"]
    if not isinstance(target, str) or target not in known or target == rule.handle:
        refuse(where, "points to no other entity of the row")
    _check_property(rule, "entity", where)
    if not schemas.builtin().fits(rule.schema, rule.property, known[target]):
        refuse(where, f"cannot point to a {known[target]}")
    return replace(rule, kind="entity", reference=target)


def _constant(rule: Rule, text: Any, where: str) -> Rule:
    cell = str(text).lower() if isinstance(text, bool) else text
    if not isinstance(cell, str):
        refuse(where, "has a value that is no word")
    try:
        found = make(rule, cell.strip())
    except UsageError as error:
        refuse(where, f"has a value that does not fit. {error.message.rstrip('.')}")
    return replace(rule, constant=found or refuse(where, "has an empty value"))


# --- words of the schema -----------------------------------------------------------------------


def _check_schema(name: Any, where: str) -> None:
    vocabulary = schemas.builtin()
    found = vocabulary.schemas.get(name) if isinstance(name, str) else None
    if found is None or found.abstract:
        refuse(where, "names no schema that an entity can have")


def _check_property(rule: Rule, kind: str, where: str) -> None:
    if rule.property.startswith(schemas.LOCAL):
        return
    found = schemas.builtin().property(rule.schema, rule.property)
    if found is None:
        refuse(where, f"is no property of {rule.schema}")
    # A range may turn out to be one number, so a property must take both.
    wanted = ("number", "range") if kind == "range" else (kind,)
    if not set(wanted) <= set(found.kinds):
        refuse(where, f"takes {' or '.join(found.kinds)}, not {kind}")


def _check_words(rule: Rule, where: str) -> None:
    """Refuse a list of words that leads to a term the property does not take."""
    if rule.words is None:
        return
    if not isinstance(rule.words, dict) or not rule.words:
        refuse(where, "has no list of words")
    for word, meant in rule.words.items():
        if rule.kind == "flag":
            if not isinstance(meant, bool):
                refuse(where, "has words that mean neither true nor false")
            continue
        try:
            schemas.builtin().check_value(rule.schema, rule.property, {"term": meant})
        except UsageError as error:
            refuse(f"{where}.words.{word}", f"does not fit. {error.next_step.rstrip('.')}")


def _grades(said: Mapping[str, Any], before: Grades, where: str) -> Grades:
    stance = said.get("stance", before.stance)
    reliability = said.get("reliability", before.reliability)
    lang = said.get("lang", before.lang)
    credibility = before.credibility
    if "credibility" in said:
        credibility = (
            int(said["credibility"]) if re.fullmatch("[1-6]", str(said["credibility"])) else 0
        )
    try:
        grading.check_stance(stance)
        if reliability is not None:
            grading.check_reliability(reliability)
        if credibility is not None:
            grading.check_credibility(credibility)
    except UsageError as error:
        refuse(where, f"has a wrong grade. {error.next_step.rstrip('.')}")
    if stance in ANSWERING:
        refuse(where, f"cannot have the stance {stance}")
    if lang is not None and not (isinstance(lang, str) and _LANG.fullmatch(lang)):
        refuse(where, "has a language that is not three letters, such as rus")
    return Grades(stance, reliability, credibility, lang)


def _format(form: object, where: str) -> re.Pattern[str]:
    """Return the pattern of a format such as DD.MM.YYYY or M/D/YYYY; the year is always there."""
    pieces = re.findall("YYYY|MM|DD|M|D|[./ -]", form) if isinstance(form, str) else []
    letters = [piece[0] for piece in pieces if piece.isalpha()]
    order = "".join(letters)
    if "".join(pieces) != form or sorted(order) not in (["Y"], ["M", "Y"], ["D", "M", "Y"]):
        refuse(where, "has a date format that is not made of YYYY, MM, DD, M, D and . / -")
    return re.compile("".join(_FORMAT_PARTS.get(piece) or re.escape(piece) for piece in pieces))


# --- keys --------------------------------------------------------------------------------------


def _only(said: Mapping[str, Any], allowed: frozenset[str] | set[str], where: str) -> None:
    foreign = sorted(said.keys() - allowed)
    if foreign:
        refuse(where, f"has a key that means nothing here: {foreign[0]}")
    for key in ("split", "scheme", "unit", "sheet"):
        if key in said and not (isinstance(said[key], str) and said[key]):
            refuse(where, f"has an empty “{key}”")


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    if not isinstance(value, str) or not value:
        refuse(key, "is missing")
    return value


def _word(said: Mapping[str, Any], key: str, shape: re.Pattern[str], how: str) -> str:
    value = _text(said, key)
    if not shape.fullmatch(value):
        refuse(key, f"is not made of {how}")
    return value


def _listed(value: Any, where: str) -> list[Any]:
    """Return a list; one word stands for a list of one."""
    if isinstance(value, list):
        if where != "attribution" and not all(isinstance(item, str) for item in value):
            refuse(where, "holds something that is no word")
        return value
    return [value] if value is not None else []


def _flag(said: Mapping[str, Any], key: str, default: bool, where: str) -> bool:
    value = said.get(key, default)
    if not isinstance(value, bool):
        refuse(where, f"has a “{key}” that is neither true nor false")
    return value
