"""A log grows by the one entry that fits, and by no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.model.statement_cases import (
    ARCHIVE,
    DEVICE,
    KEY,
    VERIFIER,
    a_hash,
    a_header,
    a_log,
    an_id,
)
from unburnt.core.errors import ForeignDataError
from unburnt.crypto import merkle
from unburnt.crypto.note import Verifier
from unburnt.crypto.signing import SigningKey
from unburnt.model import entry as entries
from unburnt.model.chain import Tip
from unburnt.model.entry import Entry, Header, signer_name

LOG = a_log(5)


def tip_after(count: int) -> Tip:
    tip = Tip.start(ARCHIVE, DEVICE)
    for entry in LOG[:count]:
        tip = tip.extend(entry, VERIFIER)
    return tip


@pytest.mark.parametrize("count", range(6))
def test_the_head_is_size_and_root_of_the_tree(count: int) -> None:
    tip = tip_after(count)
    assert tip.head.size == tip.size == count
    assert tip.head.root == merkle.root([entry.leaf for entry in LOG[:count]])
    assert tip.checkpoint().origin == signer_name(ARCHIVE, DEVICE)
    assert (tip.checkpoint().size, tip.checkpoint().root) == (count, tip.head.root)


def test_the_first_entry_follows_the_archive_and_each_other_the_leaf_before() -> None:
    previous = [entry.header.previous for entry in LOG]
    assert previous == [ARCHIVE, *(entry.leaf.hex() for entry in LOG[:-1])]


def signed(header: Header) -> Entry:
    return entries.sign(header, KEY)


NEXT = a_header(tip_after(2))
UNFIT: dict[str, tuple[Entry, str]] = {
    "an entry of another archive": (signed(replace(NEXT, archive=a_hash("x"))), "another log"),
    "an entry of another device": (signed(replace(NEXT, device=an_id("x"))), "another log"),
    "the entry that is there already": (LOG[1], "another place"),
    "an entry that leaves a gap": (LOG[3], "another place"),
    "an entry after another history": (
        signed(replace(NEXT, previous=a_hash("x"))),
        "does not follow",
    ),
    "an entry that goes back to the beginning": (
        signed(replace(NEXT, previous=ARCHIVE)),
        "does not follow",
    ),
    "an entry signed by another key": (
        entries.sign(NEXT, SigningKey.from_seed(bytes(32))),
        "not signed",
    ),
    "a signature over something else": (Entry(NEXT, LOG[1].note), "not signed"),
}


@pytest.mark.parametrize(("entry", "how"), UNFIT.values(), ids=UNFIT.keys())
def test_what_does_not_fit_is_refused(entry: Entry, how: str) -> None:
    with pytest.raises(ForeignDataError, match=how):
        tip_after(2).extend(entry, VERIFIER)
    assert tip_after(2).extend(signed(NEXT), VERIFIER).size == 3


def test_a_verifier_of_the_same_name_and_another_key_accepts_nothing() -> None:
    other = Verifier(VERIFIER.name, SigningKey.from_seed(bytes(32)).public)
    with pytest.raises(ForeignDataError, match="not signed"):
        tip_after(2).extend(signed(NEXT), other)


def test_two_histories_have_different_heads() -> None:
    one = tip_after(2).extend(signed(NEXT), VERIFIER)
    other = tip_after(2).extend(signed(replace(NEXT, bucket=8)), VERIFIER)
    assert one.size == other.size
    assert one.head != other.head
