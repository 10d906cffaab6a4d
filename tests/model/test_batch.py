"""A batch is read as it was written; nothing in it can be dropped, swapped or forged."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.statement_cases import CASES, DEVICE, SECRET, a_batch, a_statement, an_id
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.crypto import merkle
from unburnt.crypto.hashing import expand
from unburnt.model import batch as batches
from unburnt.model.batch import Batch

Members = dict[str, bytes]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 17])
def test_reading_gives_back_what_was_written(count: int) -> None:
    batch = a_batch(count)
    read = Batch.read(batch.to_members())
    assert read == batch
    assert read.root() == batch.root()
    assert len(read.check_fully(DEVICE, CASES)) == count


def test_the_root_is_that_of_ids_and_filler() -> None:
    batch = a_batch(3)
    leaves = [merkle.leaf_hash(id) for id in batch.ids]
    filler = expand(SECRET, b"unburnt/filler/v1\0\0\0\0\3", 32)
    assert batch.root() == merkle.root([*leaves, merkle.leaf_hash(filler)])
    assert batch.bucket == 4


def test_the_same_statement_has_another_id_at_another_place_and_under_another_secret() -> None:
    one = Batch.of([a_statement(), a_statement()], SECRET)
    other = Batch.of([a_statement()], bytes(32))
    assert len({*one.ids, *other.ids}) == 3


def test_nothing_and_too_much_fit_no_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="not 0"):
        Batch.of([], SECRET)
    with pytest.raises(UsageError, match="not 4097"):
        Batch.of([a_statement()] * 4097, SECRET)
    monkeypatch.setattr(batches, "MAX_BYTES", 1000)
    with pytest.raises(UsageError, match="1000 bytes"):
        a_batch(4)


def without(name: str) -> Callable[[Members], Members]:
    return lambda members: {k: v for k, v in members.items() if k != name}


def with_(name: str, change: Callable[[bytes], bytes]) -> Callable[[Members], Members]:
    return lambda members: {**members, name: change(members.get(name, b""))}


LINES = "statements.jsonl"
MALFORMED: dict[str, Callable[[Members], Members]] = {
    "no secret": without("secret"),
    "no ids": without("ids"),
    "no lines": without(LINES),
    "a member more": with_("original", lambda _: b""),
    "a short secret": with_("secret", lambda data: data[2:]),
    "a long secret": with_("secret", lambda data: b"00" + data),
    "a secret in capitals": with_("secret", lambda data: data.upper()),
    "a secret with blanks": with_("secret", lambda data: data[:2] + b" " + data[2:]),
    "a secret without its line feed": with_("secret", lambda data: data[:-1]),
    "a secret that is no ASCII": with_("secret", lambda data: b"\xff" + data[1:]),
    "a byte of an id missing": with_("ids", lambda data: data[:-1]),
    "an id more": with_("ids", lambda data: data + bytes(32)),
    "a line more": with_(LINES, lambda data: data + b"{}\n"),
    "a line missing": with_(LINES, lambda data: data[: data.index(b"\n") + 1]),
    "the last line feed missing": with_(LINES, lambda data: data[:-1]),
    "nothing in it": lambda members: {"secret": members["secret"], "ids": b"", LINES: b""},
    "more lines than a batch holds": lambda members: {
        "secret": members["secret"],
        "ids": bytes(32 * 4097),
        LINES: b"\n" * 4097,
    },
}


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_batch_is_refused(change: Callable[[Members], Members]) -> None:
    with pytest.raises(ForeignDataError):
        Batch.read(change(a_batch().to_members()))


@given(st.data())
def test_a_changed_byte_is_found_by_the_full_check_or_by_the_root(data: st.DataObject) -> None:
    batch = a_batch()
    members = batch.to_members()
    name = data.draw(st.sampled_from(sorted(members)))
    changed = bytearray(members[name])
    place = data.draw(st.integers(0, len(changed) - 1))
    changed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ForeignDataError):
        Batch.read({**members, name: bytes(changed)}).check_fully(DEVICE, CASES)


def test_dropped_swapped_or_added_statements_give_another_root() -> None:
    batch = a_batch(3)
    a, b, c = zip(batch.ids, batch.lines, strict=True)
    for parts in ([a, b], [b, a, c], [a, b, c, c]):
        ids, lines = zip(*parts, strict=True)
        assert Batch(batch.secret, ids, lines).root() != batch.root()


def test_a_statement_of_another_device_or_compartment_is_refused() -> None:
    batch = a_batch()
    for device, compartment in ((an_id("x"), CASES), (DEVICE, an_id("x"))):
        with pytest.raises(ForeignDataError, match="claims another"):
            batch.check_fully(device, compartment)


def test_an_author_that_lies_about_its_ids_is_refused() -> None:
    batch = a_batch()
    lying = Batch(batch.secret, (batch.ids[1], *batch.ids[1:]), batch.lines)
    with pytest.raises(ForeignDataError, match="not its own"):
        Batch.read(lying.to_members()).check_fully(DEVICE, CASES)


def test_fields_of_a_newer_version_are_part_of_the_id() -> None:
    plain, newer = (Batch.of([a_statement(extra=e)], SECRET) for e in ({}, {"aura": 1}))
    assert plain.ids != newer.ids
    Batch.read(newer.to_members()).check_fully(DEVICE, CASES)
