"""Statements of strangers, folded into a chain, told in both languages and written as JSON-LD."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.model.custody import fold
from unburnt.model.custody_prov import to_jsonld
from unburnt.model.custody_words import WORDS, sentence
from unburnt.model.recorded import ACCEPTED, Recorded
from unburnt.model.statement import parse

_IDS = ["aaaaaaaaaaaaaaaaaaaaaaaaa" + last for last in "aeimquy4"]
_PHOTO, _EVENT, _COPY, _HERON, _LAPTOP, _CASES, _ORIGIN, _ROWAN = _IDS


def _line(entity: str, schema: str, name: str, value: dict[str, object]) -> bytes:
    return canonical.encode(
        {
            "author": _HERON,
            "compartment": _CASES,
            "device": _LAPTOP,
            "entity": entity,
            "property": name,
            "recorded_at": "2026-01-05T10:00:00Z",
            "schema": schema,
            "source": _ORIGIN,
            "stance": "asserted",
            "value": value,
        }
    )


_FILE = _line(
    _PHOTO,
    "Evidence",
    "file",
    {"file": {"sha256": "ab" * 32, "size": 26, "object": "ef" * 32}},
)
_DETAILS: tuple[tuple[str, dict[str, object]], ...] = (
    ("kind", {"term": "transferred"}),
    ("evidence", {"entity": _PHOTO}),
    ("happened", {"date": "2025-11~"}),
    ("receiver", {"entity": _ROWAN}),
    ("by", {"text": "somebody"}),
    ("digest", {"identifier": "cd" * 32, "scheme": "sha256"}),
    ("answersEvent", {"entity": _EVENT}),
    ("told", {"flag": True}),
    ("result", {"entity": _COPY}),
    ("purpose", {"text": "appeal"}),
)
SEEDS = [
    _FILE,
    b"\n".join([_FILE, *(_line(_EVENT, "CustodyEvent", *detail) for detail in _DETAILS)]),
    b"\n".join(
        [
            _FILE,
            _line(_COPY, "Evidence", "derivedFrom", {"entity": _PHOTO}),
            _line(_COPY, "Evidence", "captureTool", {"text": "pillow"}),
        ]
    ),
]


def fuzz(data: bytes) -> None:
    """Read every line as a statement, fold them into the chain of the photograph, and tell it."""
    said: dict[tuple[str, str], list[Recorded]] = {}
    for record in _records(data):
        s = record.statement
        said.setdefault((s.schema, s.entity), []).append(record)
    about = said.pop(("Evidence", _PHOTO), [])
    events = {e: found for (schema, e), found in said.items() if schema == "CustodyEvent"}
    derived = {e: found for (schema, e), found in said.items() if schema == "Evidence"}
    with suppress(UsageError):  # no file among them: no chain
        chain = fold(_PHOTO, about, events, derived, {})
        for link in chain.links:
            for words in WORDS.values():
                sentence(link, words, str)
        to_jsonld(chain, "ab" * 32)


def _records(data: bytes) -> Iterator[Recorded]:
    for number, line in enumerate(data.split(b"\n")[:64]):
        with suppress(ForeignDataError):
            statement = parse(line)
            yield Recorded(statement, f"{number:064x}", statement.device, number % 3, 0, ACCEPTED)
