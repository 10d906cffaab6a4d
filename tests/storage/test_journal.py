"""The logs in one place: appended to in order, verified onward, forks kept, nothing listed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.statement_cases import (
    ARCHIVE,
    DEVICE,
    EPOCH,
    KEY,
    VERIFIER,
    a_hash,
    a_header,
    a_log,
    an_id,
)
from unburnt.core.errors import BrokenArchiveError, ForeignDataError
from unburnt.crypto import merkle, note
from unburnt.crypto.checkpoint import Checkpoint
from unburnt.crypto.signing import SigningKey
from unburnt.model import entry as entries
from unburnt.model.entry import Head
from unburnt.storage.journal import Draft, Journal, gallop, newest_checkpoint, read_checkpoint
from unburnt.storage.memory import MemoryBackend
from unburnt.storage.names import checkpoint_name, entry_name, fork_name, rank


def in_order(blobs: Mapping[str, bytes], name: str, data: bytes) -> None:
    """Refuse a checkpoint before its entry, and an entry before the one it follows."""
    kind, device, *rest = name.split("/")
    if kind == "checkpoints":
        assert entry_name(device, int(rest[0]) - 1) in blobs
    if kind == "log" and int(rest[0]):
        assert entry_name(device, int(rest[0]) - 1) in blobs
    assert rank(name) in (0, 1, 2)


@pytest.fixture
def backend() -> MemoryBackend:
    return MemoryBackend(in_order)


def a_draft(number: int = 0) -> Draft:
    return Draft(
        device=DEVICE,
        epoch=EPOCH,
        object=(a_hash(f"object {number}"), 4096),
        statements_root=bytes(32),
        bucket=1,
        heads={},
    )


def filled(backend: MemoryBackend, count: int) -> Journal:
    journal = Journal(backend, ARCHIVE)
    for number in range(count):
        journal.append(a_draft(number), KEY)
    return journal


def test_what_was_appended_is_verified_by_reading(backend: MemoryBackend) -> None:
    written = filled(backend, 4)
    read = Journal(backend, ARCHIVE)
    found = list(read.advance(DEVICE, VERIFIER))
    assert [entry.header.object[0] for entry in found] == [a_hash(f"object {n}") for n in range(4)]
    assert read.tips == written.tips
    assert read.tip(DEVICE).head.root == merkle.root([entry.leaf for entry in found])
    assert list(read.advance(DEVICE, VERIFIER)) == []


def test_each_append_puts_its_checkpoint(backend: MemoryBackend) -> None:
    journal = filled(backend, 3)
    for size in (1, 2, 3):
        state = read_checkpoint(backend.get(checkpoint_name(DEVICE, size), 10_000), VERIFIER)
        assert state.size == size
    assert newest_checkpoint(backend, DEVICE, VERIFIER) == journal.tip(DEVICE).checkpoint()
    assert newest_checkpoint(MemoryBackend(), DEVICE, VERIFIER) is None
    assert not journal.sign_checkpoint(DEVICE, KEY)


def test_a_crash_between_entry_and_checkpoint_is_rolled_forward(backend: MemoryBackend) -> None:
    filled(backend, 2)
    name = checkpoint_name(DEVICE, 2)
    kept = MemoryBackend()
    for other, data in backend.blobs.items():
        if other != name:
            kept.put(other, data)
    journal = Journal(kept, ARCHIVE)
    list(journal.advance(DEVICE, VERIFIER))
    assert journal.sign_checkpoint(DEVICE, KEY)
    assert kept.blobs[name] == backend.blobs[name]


def test_a_second_program_that_wrote_meanwhile_is_noticed(backend: MemoryBackend) -> None:
    one, other = filled(backend, 1), Journal(backend, ARCHIVE)
    list(other.advance(DEVICE, VERIFIER))
    one.append(a_draft(1), KEY)
    before = dict(backend.blobs)
    with pytest.raises(BrokenArchiveError, match="Another program"):
        other.append(a_draft(2), KEY)
    assert backend.blobs == before
    assert other.tip(DEVICE).size == 1
    list(other.advance(DEVICE, VERIFIER))
    other.append(a_draft(2), KEY)
    assert other.tip(DEVICE).size == 3


def test_what_stands_before_a_false_entry_stays_accepted() -> None:
    log = a_log(4)
    backend = MemoryBackend()
    forged = entries.sign(a_header(sequence=2), SigningKey.from_seed(bytes(32)))
    for place, entry in enumerate([log[0], log[1], forged, log[3]]):
        backend.put(entry_name(DEVICE, place), entry.note.encode())
    journal = Journal(backend, ARCHIVE)
    with pytest.raises(ForeignDataError):
        list(journal.advance(DEVICE, VERIFIER))
    assert journal.tip(DEVICE).size == 2
    assert journal.tip(DEVICE).previous == log[1].leaf.hex()


def test_heads_are_those_of_other_logs_with_entries(backend: MemoryBackend) -> None:
    journal = filled(backend, 2)
    assert journal.heads() == {DEVICE: journal.tip(DEVICE).head}
    assert journal.heads(without=DEVICE) == {}
    assert journal.tip(an_id("nobody")).head == Head(0, merkle.EMPTY_ROOT)


def test_a_second_history_is_kept_beside_the_first(backend: MemoryBackend) -> None:
    journal = filled(backend, 1)
    other = entries.sign(a_header(bucket=8), KEY)
    assert journal.keep_fork(other)
    assert not journal.keep_fork(other)
    (name,) = backend.names("forks/")
    data = other.note.encode()
    assert backend.blobs[name] == data
    assert name == fork_name(DEVICE, 0, name[-64:])
    assert journal.entry(DEVICE, 0) != other


def test_a_checkpoint_of_another_hand_or_log_is_refused() -> None:
    state = Checkpoint(VERIFIER.name, 3, bytes(32))
    other_log = Checkpoint(VERIFIER.name + "x", 3, bytes(32))
    stranger = SigningKey.from_seed(bytes(32))
    good = note.sign(state.text(), VERIFIER.name, KEY).encode()
    assert read_checkpoint(good, VERIFIER) == state
    for data in (
        note.sign(state.text(), VERIFIER.name, stranger).encode(),
        note.sign(other_log.text(), VERIFIER.name, KEY).encode(),
        good.replace(b"\n3\n", b"\n4\n"),
        good + bytes(100_000),
        b"",
    ):
        with pytest.raises(ForeignDataError):
            read_checkpoint(data, VERIFIER)


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_galloping_finds_the_end_from_anywhere(size: int, known: int) -> None:
    asked: list[int] = []

    def has(sequence: int) -> bool:
        asked.append(sequence)
        return sequence < size

    assert gallop(has, known) == size
    new = abs(size - known)
    assert len(asked) <= 2 * max(new, size if known > size else new).bit_length() + 5


def test_when_nothing_is_new_one_look_is_enough() -> None:
    asked: list[int] = []

    def has(sequence: int) -> bool:
        asked.append(sequence)
        return sequence < 700

    assert gallop(has, 700) == 700
    assert len(asked) <= 2
