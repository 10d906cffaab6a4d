"""Statements and entries for the tests of the index: drawn by Hypothesis, or made one by one.

log = Log("d", "c");  log.entry(text("one"), text("two"))     -> Applied, the next of its log
statements(device, compartment)                              -> strategy
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unicodedata import normalize

from hypothesis import strategies as st

from unburnt.core.ids import encode_id
from unburnt.index.database import open_database
from unburnt.index.rows import Applied
from unburnt.index.tables import Index
from unburnt.model.recorded import Recorded, Standing
from unburnt.model.statement import FIELDS, Statement

KEY = bytes(range(32))


def an_id(name: str) -> str:
    """Return the id of that name, always the same."""
    return encode_id(hashlib.sha256(name.encode()).digest()[:16])


def a_hash(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


@contextmanager
def opened(path: Path) -> Iterator[Index]:
    index = Index(open_database(path, KEY))
    try:
        yield index
    finally:
        index.close()


Maker = Callable[[str, str], Statement]  # device, compartment -> statement


def said(value: dict[str, Any], **fields: Any) -> Maker:
    """Return what makes a statement with that value; fields as in Statement."""
    names = {
        "entity": an_id("act"),
        "schema": "Act",
        "property": "summary",
        "source": an_id("release"),
        "author": an_id("heron"),
        "stance": "reported",
        "recorded_at": "2018-01-24T09:10:00Z",
    }
    return lambda device, compartment: Statement(
        **{"device": device, "compartment": compartment, "value": value, **names, **fields}
    )


def text(words: str, **fields: Any) -> Maker:
    return said({"text": words}, **fields)


class Log:
    """One device's log in one compartment, entry by entry."""

    def __init__(self, device: str, compartment: str = "cases") -> None:
        self.device, self.compartment = an_id(device), an_id(compartment)
        self.size = 0

    def entry(self, *makers: Maker, standing: Standing = "accepted") -> Applied:
        """Return the next entry; its leaf and ids follow from its place."""
        place = f"{self.device}/{self.size}"
        item = Applied(
            device=self.device,
            sequence=self.size,
            leaf=a_hash(place),
            compartment=self.compartment,
            standing=standing,
            statements=[make(self.device, self.compartment) for make in makers],
            ids=[a_hash(f"{place}/{at}") for at in range(len(makers))],
        )
        self.size += 1
        return item


def closed(item: Applied) -> Applied:
    """Return the entry as one who cannot open it applies it."""
    return Applied(
        device=item.device,
        sequence=item.sequence,
        leaf=item.leaf,
        compartment=None,
        standing=item.standing,
    )


def as_recorded(*items: Applied) -> list[Recorded]:
    """Return what the index should give for these entries, in the order of ids."""
    return sorted(
        (
            Recorded(one, identity.hex(), item.device, item.sequence, at, item.standing)
            for item in items
            for at, (one, identity) in enumerate(zip(item.statements, item.ids, strict=True))
        ),
        key=lambda recorded: recorded.id,
    )


# --- drawn ---------------------------------------------------------------------------------------

IDS = st.binary(min_size=16, max_size=16).map(encode_id)
FEW_IDS = st.sampled_from([an_id(name) for name in "abcdef"])
HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)
WORDS = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20).map(lambda text: normalize("NFC", text))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(TEXTS, JSON, min_size=1, max_size=3)
VALUES = (
    st.fixed_dictionaries({"text": TEXTS})
    | st.fixed_dictionaries({"entity": FEW_IDS})
    | st.fixed_dictionaries({"identifier": TEXTS, "scheme": TEXTS})
    | st.fixed_dictionaries({"file": st.fixed_dictionaries({"sha256": HASHES})})
    | st.fixed_dictionaries({"entity": JSON, "file": JSON, "scheme": JSON, "identifier": JSON})
    | OBJECTS
)
INSTANTS = st.from_regex(
    r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z",
    fullmatch=True,
)
FIELD_NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: name not in FIELDS
)


@st.composite
def statements(draw: st.DrawFn, device: str, compartment: str) -> Statement:
    """Draw a statement with any legal shape, unknown fields and values included."""
    answers = draw(st.none() | HASHES)
    stance = st.sampled_from(("retracted", "superseded") if answers else ("alleged", "denied"))
    return Statement(
        device=device,
        compartment=compartment,
        entity=draw(FEW_IDS | IDS),
        author=draw(FEW_IDS),
        source=draw(FEW_IDS),
        schema=draw(WORDS),
        property=draw(WORDS),
        stance=draw(stance),
        answers=answers,
        attribution=tuple(draw(st.lists(FEW_IDS | IDS, max_size=16))),
        credibility=draw(st.none() | st.integers(2, 6)),
        lang=draw(st.sampled_from((None, "rus", "che"))),
        locator=draw(st.none() | OBJECTS),
        recorded_at=draw(INSTANTS),
        reliability=draw(st.sampled_from((None, *"ABCDEF"))),
        value=draw(VALUES),
        extra=draw(st.dictionaries(FIELD_NAMES, JSON.filter(lambda v: v is not None), max_size=2)),
    )
