"""The fault world does what it says, so that the journeys over it prove something."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.faulty_backend import (
    FLUSH,
    MODES,
    TAMPERINGS,
    Cut,
    FaultyBackend,
    Mode,
    Tampering,
    restore,
    snapshot,
)
from unburnt.core.errors import MediumError
from unburnt.storage.backend import Backend
from unburnt.storage.directory import DirectoryBackend
from unburnt.storage.memory import MemoryBackend
from unburnt.storage.names import checkpoint_name, entry_name, object_name

DEVICE = "mfrggzdfmztwq2lknnwg23tpoa"


def named(data: bytes) -> str:
    return object_name(hashlib.sha256(data).hexdigest())


ONE, TWO = named(b"one"), named(b"two")
ENTRY, CHECKPOINT = entry_name(DEVICE, 0), checkpoint_name(DEVICE, 1)
INNER: dict[str, Callable[[Path], Backend]] = {
    "memory": lambda _place: MemoryBackend(),
    "directory": lambda place: DirectoryBackend(place),
}


@pytest.fixture(params=INNER.values(), ids=list(INNER))
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FaultyBackend]:
    world = FaultyBackend(request.param(tmp_path))
    yield world
    world.inner.close()


def journey(backend: Backend) -> None:
    """Two objects, the entry that needs them, the checkpoint: in the order of the law."""
    backend.put(ONE, b"one", sync=False)
    with backend.draft() as draft:
        draft.write(b"two")
        draft.commit(TWO, sync=False)
    backend.flush()
    backend.put(ENTRY, b"entry", sync=False)
    backend.put(CHECKPOINT, b"checkpoint")


WRITES = [ONE, TWO, FLUSH, ENTRY, CHECKPOINT]
# What is there after the power went at the n-th write, as the table in the module says.
AFTER: dict[Mode, list[list[str]]] = {
    "before": [[], [ONE], [ONE, TWO], [ONE, TWO], [ONE, TWO, ENTRY]],
    "lost": [[], [], [], [ONE, TWO], [ONE, TWO]],
    "kept": [
        [ONE],
        [ONE, TWO],
        [ONE, TWO],
        [ONE, TWO, ENTRY],
        [ONE, TWO, ENTRY, CHECKPOINT],
    ],
    "lied": [[], [], [], [ONE, TWO], [ONE, TWO]],
}
AFTER["torn"] = AFTER["kept"]
TABLE = [(cut, mode) for mode in MODES for cut in range(1, len(WRITES) + 1)]


def test_without_a_fault_it_only_counts(world: FaultyBackend) -> None:
    journey(world)
    assert world.writes == WRITES
    assert snapshot(world) == {
        ONE: b"one",
        TWO: b"two",
        ENTRY: b"entry",
        CHECKPOINT: b"checkpoint",
    }


@pytest.mark.parametrize(("cut", "mode"), TABLE)
def test_a_cut_leaves_what_the_table_says(world: FaultyBackend, cut: int, mode: Mode) -> None:
    world.cut_at(cut, mode)
    if mode == "lied" and cut == len(WRITES):
        journey(world)  # there is no next write at which it could be noticed
    else:
        with pytest.raises(Cut):
            journey(world)
    world.reopen()
    assert sorted(snapshot(world)) == sorted(AFTER[mode][cut - 1])
    journey(world)
    whole = {ONE: b"one", TWO: b"two", ENTRY: b"entry", CHECKPOINT: b"checkpoint"}
    if mode == "torn":
        torn = [ONE, TWO, TWO, ENTRY, CHECKPOINT][cut - 1]
        whole[torn] = whole[torn][: len(whole[torn]) // 2]
    assert snapshot(world) == whole


def test_after_a_cut_nothing_answers_until_the_restart(world: FaultyBackend) -> None:
    world.put(ONE, b"one")
    world.cut_at(1, "before")
    with pytest.raises(Cut):
        world.put(TWO, b"two")
    verbs: list[Callable[[], object]] = [
        lambda: world.names(),
        lambda: world.exists(ONE),
        lambda: world.size(ONE),
        lambda: world.get(ONE, 3),
        lambda: world.get_range(ONE, 0, 1),
        lambda: world.open_read(ONE),
        lambda: world.put(TWO, b"two"),
        lambda: world.draft().__enter__(),
        lambda: world.mend(ONE, b"one"),
        world.flush,
        world.free_bytes,
    ]
    for verb in verbs:
        with pytest.raises(Cut):
            verb()
    world.close()
    world.reopen()
    assert snapshot(world) == {ONE: b"one"}


def test_no_except_exception_catches_a_cut() -> None:
    assert not issubclass(Cut, Exception)


def test_a_lost_mending_leaves_the_damage(world: FaultyBackend) -> None:
    world.put(ONE, b"damaged")
    world.cut_at(1, "lost")
    with pytest.raises(Cut):
        world.mend(ONE, b"one")
    world.reopen()
    assert world.get(ONE, 100) == b"damaged"
    world.mend(ONE, b"one")
    assert world.get(ONE, 100) == b"one"


def test_a_full_disk_takes_what_fits_until_it_is_emptied(world: FaultyBackend) -> None:
    world.full_disk(5)
    assert world.free_bytes() == 5
    world.put(ONE, b"one")
    with pytest.raises(MediumError, match="3 bytes are needed, and 2 are free"):
        world.put(TWO, b"two")
    with world.draft() as draft, pytest.raises(MediumError):
        draft.write(b"two")
    assert snapshot(world) == {ONE: b"one"}
    world.full_disk(None)
    world.put(TWO, b"two")
    assert snapshot(world) == {ONE: b"one", TWO: b"two"}


def test_in_the_dark_every_call_fails_as_a_medium_does(world: FaultyBackend) -> None:
    world.put(ONE, b"one")
    world.dark = True
    with pytest.raises(MediumError):
        world.exists(ONE)
    with pytest.raises(MediumError):
        world.put(TWO, b"two")
    world.dark = False
    assert snapshot(world) == {ONE: b"one"}


def test_a_rollback_is_the_older_state_to_the_byte(world: FaultyBackend) -> None:
    world.put(ONE, b"one")
    world.put(ENTRY, b"entry")
    older = snapshot(world)
    world.put(TWO, b"two")
    world.mend(ENTRY, b"another entry")
    newer = snapshot(world)
    world.rollback(older)
    assert snapshot(world) == older
    restore(world, newer)
    assert snapshot(world) == newer
    assert list(world.names()) == sorted(newer)


TAMPERED: dict[Tampering, bytes | None] = {
    "flip": b"on" + bytes([ord("e") ^ 1]),
    "cut": b"o",
    "empty": b"",
    "longer": b"one\0",
    "swap": b"two",
    "remove": None,
}


@pytest.mark.parametrize("how", TAMPERINGS)
def test_tampering_changes_one_name_as_told(world: FaultyBackend, how: Tampering) -> None:
    world.put(ONE, b"one")
    world.put(TWO, b"two")
    world.tamper(ONE, how)
    expected = {ONE: TAMPERED[how], TWO: b"two"}
    assert snapshot(world) == {n: data for n, data in expected.items() if data is not None}
