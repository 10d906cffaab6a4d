"""The digest: its formula, frozen; what changes it, and what must not."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.index.cases import Log, an_id, closed, opened, said, text
from unburnt.index import digest
from unburnt.index.database import fetch
from unburnt.index.rows import Applied
from unburnt.index.tables import Index
from unburnt.model import statement as statements

VECTOR = json.loads(
    Path(__file__).parents[1].joinpath("vectors", "index", "digest.json").read_text("utf-8")
)


def expected(*items: Applied) -> str:
    """Compute the digest from entries alone, as docs/spec/index.md says, apart from our code."""
    pairs = []
    for item in items:
        for at, one in enumerate(item.statements):
            place = json.dumps(
                [item.device, item.sequence, at, item.standing], separators=(",", ":")
            )
            line = statements.line_of(statements.field_bytes(one))
            row = hashlib.sha256(place.encode() + b"\n" + line).digest()
            pairs.append(item.ids[at] + row)
    inner = hashlib.sha256(b"".join(sorted(pairs))).digest()
    return hashlib.sha256(b"unburnt/index-digest/v1\0" + inner).hexdigest()


def _entries(rows: list[dict[str, Any]]) -> list[Applied]:
    return [
        Applied(
            device=row["device"],
            sequence=row["sequence"],
            leaf=bytes.fromhex(row["leaf"]),
            compartment=row["compartment"],
            standing=row["standing"],
            statements=[statements.parse(line.encode()) for line in row["lines"]],
            ids=[bytes.fromhex(identity) for identity in row["ids"]],
        )
        for row in rows
    ]


def test_the_frozen_digests_are_computed_again(tmp_path: Path) -> None:
    entries = _entries(VECTOR["entries"])
    assert expected(*entries) == VECTOR["digest"]
    with opened(tmp_path / "index.db") as index:
        assert index.digest() == VECTOR["of_nothing"]
        index.apply(entries)
        assert index.digest() == VECTOR["digest"]
        for compartment, of_it in VECTOR["compartments"].items():
            assert index.digest(compartment) == of_it
        assert index.digest(an_id("no compartment")) == VECTOR["of_nothing"]


def test_order_does_not_matter_but_each_pair_does() -> None:
    pairs = [bytes([at]) * 64 for at in range(3)]
    assert digest.combine(pairs) == digest.combine(reversed(pairs))
    assert len({digest.combine(pairs[:n]) for n in range(4)} | {digest.combine(pairs[1:])}) == 5


def test_more_pairs_than_are_hashed_at_once_are_one_stream() -> None:
    pairs = [hashlib.sha512(str(at).encode()).digest() for at in range(digest._SLICE + 5)]
    inner = hashlib.sha256(b"".join(sorted(pairs))).digest()
    whole = hashlib.sha256(b"unburnt/index-digest/v1\0" + inner).hexdigest()
    assert digest.combine(pairs) == whole


CHANGES = {
    "an entry is refused": lambda index: index.set_standing(an_id("d"), 1, "refused"),
    "an entry is forgotten": lambda index: index.forget(an_id("d"), 0),
    "one more is applied": lambda index: index.apply([Log("e").entry(text("new"))]),
}
LOSSES = {
    "a value": 'update statement set value = \'{"text":"other"}\' where row & 4095 = 0',
    "a property": "update statement set property = schema where row & 4095 = 0",
    "a chain of attribution": "update statement set attribution = null",
    "a locator": "update statement set locator = null",
    "a grade": "update statement set credibility = 2 where credibility = 3",
    "an answer": "update statement set answers = null",
    "a language": "update statement set lang = null",
    "an unknown field": "update statement set extra = null",
    "a term": "update term set spelling = cast('Axt' as blob) where spelling = cast('Act' as blob)",
    "a row": "delete from statement where row & 4095 = 1",
    "an id": "update statement set id = zeroblob(32) where row & 4095 = 0",
    "a place": "update entry set sequence = sequence + 7",
    "a standing": "update entry set standing = 1",
}


def _filled(index: Index) -> None:
    log = Log("d")
    full = {
        "attribution": (an_id("neighbour"), an_id("owner")),
        "locator": {"page": 3},
        "reliability": "B",
        "credibility": 3,
        "lang": "rus",
        "extra": {"newer": [1]},
    }
    answer = {"stance": "retracted", "answers": "ab" * 32}
    index.apply(
        [log.entry(text("one"), text("two", **full)), log.entry(said({"flag": True}, **answer))]
    )


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_digest_follows_what_is_applied(tmp_path: Path, change: Any) -> None:
    with opened(tmp_path / "index.db") as index:
        _filled(index)
        before = index.digest()
        change(index)
        assert index.digest() != before


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_table_that_lost_or_changed_something_is_noticed(tmp_path: Path, loss: str) -> None:
    with opened(tmp_path / "index.db") as index:
        _filled(index)
        before = index.digest()
        fetch(index._db, loss)
        index._terms.forget()
        assert index.digest() != before


def test_entries_that_cannot_be_opened_are_not_in_the_digest(tmp_path: Path) -> None:
    log = Log("d")
    one, two = log.entry(text("one")), log.entry(text("two"))
    with opened(tmp_path / "index.db") as index:
        index.apply([one, closed(two)])
        assert index.digest() == expected(one)
        assert index.digest(log.compartment) == expected(one)
