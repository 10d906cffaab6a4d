"""Statements, batches, entries and logs for tests: repeatable, small, and as strange as allowed.

a_statement(value={"text": "x"})       one statement with sensible words
statements()                           a strategy: any statement the format allows
a_batch(3)                             a batch of three statements
a_log(4)                               four entries of one device, chained and signed
"""

from __future__ import annotations

import hashlib
from typing import Any

from hypothesis import strategies as st

from unburnt.core.ids import encode_id
from unburnt.crypto.note import Verifier
from unburnt.crypto.signing import SigningKey
from unburnt.model import entry as entries
from unburnt.model.batch import Batch
from unburnt.model.chain import Tip
from unburnt.model.entry import Entry, Head, Header, signer_name
from unburnt.model.recorded import ACCEPTED, Recorded, Standing
from unburnt.model.statement import ANSWERING, STANCES, Statement


def an_id(word: str) -> str:
    """Return the id this word stands for."""
    return encode_id(hashlib.shake_256(f"id {word}".encode()).digest(16))


def a_hash(word: str) -> str:
    """Return the SHA-256 this word stands for."""
    return hashlib.sha256(word.encode()).hexdigest()


SECRET = bytes(range(32))
KEY = SigningKey.from_seed(hashlib.sha256(b"device key").digest())
ARCHIVE, DEVICE, EPOCH = a_hash("archive"), an_id("device"), an_id("epoch")
CASES = an_id("cases")
VERIFIER = Verifier(signer_name(ARCHIVE, DEVICE), KEY.public)


def a_statement(**fields: Any) -> Statement:
    """Return a statement about an act; any field may be given."""
    given: dict[str, Any] = {
        "author": an_id("heron"),
        "compartment": CASES,
        "device": DEVICE,
        "entity": an_id("act"),
        "property": "startDate",
        "recorded_at": "2018-01-24T09:10:00Z",
        "schema": "Act",
        "source": an_id("press release"),
        "stance": "reported",
        "value": {"date": "2018-01-22"},
    }
    return Statement(**{**given, **fields})


def a_batch(count: int = 3, secret: bytes = SECRET) -> Batch:
    """Return a batch of statements that differ in their value."""
    return Batch.of([a_statement(value={"text": f"line {n}"}) for n in range(count)], secret)


def a_header(tip: Tip | None = None, **fields: Any) -> Header:
    """Return the header that may follow a tip (that of an empty log by default)."""
    tip = tip or Tip.start(ARCHIVE, DEVICE)
    given: dict[str, Any] = {
        "archive": tip.archive,
        "device": tip.device,
        "sequence": tip.size,
        "epoch": EPOCH,
        "object": (a_hash(f"object {tip.size}"), 4096),
        "previous": tip.previous,
        "statements_root": bytes.fromhex(a_hash("root")),
        "bucket": 4,
        "heads": {an_id("other device"): Head(4, bytes.fromhex(a_hash("head")))},
        "needs": ((a_hash("photo"), 16384),),
        "roster": (a_hash("roster"),),
    }
    return Header(**{**given, **fields})


def a_log(length: int) -> list[Entry]:
    """Return the first entries of one device's log."""
    tip, log = Tip.start(ARCHIVE, DEVICE), []
    for _ in range(length):
        log.append(entries.sign(a_header(tip), KEY))
        tip = tip.follow(log[-1])
    return log


def recorded(word: str, standing: Standing = ACCEPTED, **fields: Any) -> Recorded:
    """Return a statement as it stands in the archive, its id that of a word."""
    return Recorded(a_statement(**fields), a_hash(word), DEVICE, 0, 0, standing)


IDS = st.binary(min_size=16, max_size=16).map(encode_id)
WORDS = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True)
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x24F), max_size=12).filter(
    lambda text: text.isascii() or text.isprintable()
)
INSTANTS = (
    st.datetimes().map(lambda moment: f"{moment:%H:%M:%SZ}").map(lambda time: f"2018-01-24T{time}")
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
TAGGED = st.dictionaries(TEXTS, JSON, min_size=1, max_size=3)
UNKNOWN = st.dictionaries(
    st.from_regex(r"x[a-z0-9_]{0,8}", fullmatch=True),
    JSON.filter(lambda v: v is not None),
    max_size=3,
)


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    """Draw any statement that the format allows, fields of a newer version included."""
    stance = draw(st.sampled_from(STANCES))
    return Statement(
        author=draw(IDS),
        compartment=draw(IDS),
        device=draw(IDS),
        entity=draw(IDS),
        property=draw(WORDS),
        recorded_at=draw(INSTANTS),
        schema=draw(WORDS),
        source=draw(IDS),
        stance=stance,
        value=draw(TAGGED),
        answers=a_hash("another") if stance in ANSWERING else None,
        attribution=tuple(draw(st.lists(IDS, max_size=3))),
        credibility=draw(st.none() | st.integers(2, 6)),
        lang=draw(st.sampled_from([None, "rus", "che"])),
        locator=draw(st.none() | TAGGED),
        reliability=draw(st.none() | st.sampled_from("ABCDEF")),
        extra=draw(UNKNOWN),
    )
