"""A statement: one sourced value of one property of one entity. Format: docs/spec/statement.md.

    Statement(entity=act, schema="Act", property="startDate",
              value={"date": "2018-01-22", "as": "Monday evening"},
              source=press_release, attribution=(memorial, owner, neighbour), stance="reported",
              reliability="B", credibility=3, author=heron, device=laptop, compartment=cases,
              recorded_at="2018-01-24T09:10:00Z")

A statement is never changed; a correction is one more statement. This module fixes its bytes and
their shape. Whether the words are known to the schema is asked in `model.schema`, at writing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError
from unburnt.core.ids import check_hash, check_id

MAX_LINE = 131_072  # bytes; a value's text is capped at half of it
MAX_ATTRIBUTION = 16  # hearsay longer than this is not evidence of anything
MAX_FIELDS = 256  # known and unknown; the salts of one statement are one HKDF block of 510 at most

STANCES = ("asserted", "alleged", "reported", "denied", "retracted", "superseded")
ANSWERING = frozenset({"retracted", "superseded"})


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One statement; optional fields are None (or an empty chain) when absent."""

    author: str
    compartment: str
    device: str
    entity: str
    property: str
    recorded_at: str
    schema: str
    source: str
    stance: str
    value: dict[str, Any]
    answers: str | None = None
    attribution: tuple[str, ...] = ()
    credibility: int | None = None
    lang: str | None = None
    locator: dict[str, Any] | None = None
    reliability: str | None = None
    extra: dict[str, Any] = {}  # fields of a newer version, kept and carried


# The order of the commitments (specification, section "Fields"): alphabetical, hence JCS order too.
FIELDS = (
    "answers",
    "attribution",
    "author",
    "compartment",
    "credibility",
    "device",
    "entity",
    "lang",
    "locator",
    "property",
    "recorded_at",
    "reliability",
    "schema",
    "source",
    "stance",
    "value",
)
REQUIRED = frozenset(
    "author compartment device entity property recorded_at schema source stance value".split()
)

_INSTANT = re.compile(
    r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


# --- bytes -------------------------------------------------------------------------------------


def field_bytes(statement: Statement) -> list[tuple[str, bytes | None]]:
    """Return (name, canonical JSON or None when absent) of all fields, in commitment order."""
    quote = _quote
    s = statement
    fields: list[tuple[str, bytes | None]] = [
        ("answers", quote(s.answers) if s.answers else None),
        ("attribution", canonical.encode(s.attribution) if s.attribution else None),
        ("author", quote(s.author)),
        ("compartment", quote(s.compartment)),
        ("credibility", b"%d" % s.credibility if s.credibility is not None else None),
        ("device", quote(s.device)),
        ("entity", quote(s.entity)),
        ("lang", quote(s.lang) if s.lang else None),
        ("locator", canonical.encode(s.locator) if s.locator else None),
        ("property", quote(s.property)),
        ("recorded_at", quote(s.recorded_at)),
        ("reliability", quote(s.reliability) if s.reliability else None),
        ("schema", quote(s.schema)),
        ("source", quote(s.source)),
        ("stance", quote(s.stance)),
        ("value", canonical.encode(s.value)),
    ]
    if s.extra:
        fields += [(name, canonical.encode(s.extra[name])) for name in sorted(s.extra)]
    return fields


def line_of(fields: list[tuple[str, bytes | None]]) -> bytes:
    """Return the statement's line (without line feed) from its `field_bytes`.

    Raises ForeignDataError when it is longer than a line may be.
    """
    present = [_opening(name) + json for name, json in fields if json]
    if len(fields) > len(FIELDS):
        present.sort()  # unknown names sort among the known ones
    line = b"{" + b",".join(present) + b"}"
    if len(line) > MAX_LINE:
        raise ForeignDataError(
            f"A statement is {len(line)} bytes long; at most {MAX_LINE} fit.",
            "Put the long text into an evidence file and refer to it.",
        )
    return line


@lru_cache(1024)
def _opening(name: str) -> bytes:
    return f'"{name}":'.encode("ascii")


@lru_cache(8192)  # the same words, ids and instants fill most fields of a batch
def _quote(text: str) -> bytes:
    return canonical.encode(text)


# --- reading -----------------------------------------------------------------------------------


def parse(line: bytes) -> Statement:
    """Return the statement a line spells; raises ForeignDataError for anything but its spelling."""
    fields = canonical.decode(line, MAX_LINE)
    if not isinstance(fields, dict):
        raise _malformed("not an object")
    missing = REQUIRED - fields.keys()
    if missing:
        raise _malformed(f"without {min(missing)}")
    known = {name: fields[name] for name in FIELDS if name in fields}
    extra = {name: fields[name] for name in fields.keys() - known.keys()}
    if "attribution" in known:
        chain = known["attribution"]
        if not isinstance(chain, list) or not chain:
            raise _malformed("with an empty or wrong chain of attribution")
        known["attribution"] = tuple(chain)
    statement = Statement(**known, extra=extra)
    if None in fields.values():
        raise _malformed("with a null")
    check(statement)
    return statement


def check(statement: Statement) -> None:
    """Raise ForeignDataError unless every field has the shape that the specification gives it."""
    s = statement
    for field in (s.author, s.compartment, s.device, s.entity, s.source, *s.attribution):
        if not isinstance(field, str):
            raise _malformed("with something else where an id belongs")
        _check_id_cached(field)
    if len(s.attribution) > MAX_ATTRIBUTION:
        raise _malformed(f"with more than {MAX_ATTRIBUTION} steps of hearsay")
    for name, test in _SHAPES:
        field = getattr(s, name)
        if field is not None and not test(field):
            raise _malformed(f"with a wrong {name}")
    if (s.answers is not None) != (s.stance in ANSWERING):
        raise _malformed("that answers another without saying so, or the reverse")
    if s.answers is not None:
        check_hash(s.answers)
    if len(FIELDS) + len(s.extra) > MAX_FIELDS:
        raise _malformed(f"with more than {MAX_FIELDS} fields")
    for name in s.extra:
        if not FIELD_NAME.fullmatch(name) or name in FIELDS:
            raise _malformed("with a field name that is not allowed")


def _is_word(field: object) -> bool:
    return isinstance(field, str) and _WORD.fullmatch(field) is not None


@lru_cache(8192)
def _is_instant(text: str) -> bool:
    """Tell whether a text is a moment of the calendar, spelled as the specification says."""
    if not _INSTANT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:  # 31 February, or the year 0000
        return False
    return True


def _is_tagged(field: object) -> bool:
    return isinstance(field, dict) and 0 < len(field) <= 16


_SHAPES: tuple[tuple[str, Callable[[Any], bool]], ...] = (
    ("credibility", lambda f: type(f) is int and 2 <= f <= 6),
    ("lang", lambda f: isinstance(f, str) and re.fullmatch("[a-z]{3}", f) is not None),
    ("locator", _is_tagged),
    ("property", _is_word),
    ("recorded_at", lambda f: isinstance(f, str) and _is_instant(f)),
    ("reliability", lambda f: isinstance(f, str) and f in tuple("ABCDEF")),
    ("schema", _is_word),
    ("stance", lambda f: f in STANCES),
    ("value", _is_tagged),
)

_check_id_cached = lru_cache(65_536)(check_id)


def field_values(statement: Statement) -> Mapping[str, Any]:
    """Return all fields as plain JSON values, absent ones as None, unknown ones included."""
    values = {name: getattr(statement, name) for name in FIELDS}
    values["attribution"] = list(statement.attribution) or None
    return {**values, **statement.extra}


def _malformed(how: str) -> ForeignDataError:
    return ForeignDataError(
        f"A statement is malformed: {how}.", "Ask whoever wrote it for the original entry."
    )
