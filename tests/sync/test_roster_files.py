"""Roster files from a site: a true name is not enough, the signature must be true as well.

The hash in a name is that of the text. A file whose signature is false bears the name of the true
one; whoever keeps it never asks for the other again.
"""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.world import World
from unburnt.core.errors import ForeignDataError
from unburnt.storage.backend import Backend
from unburnt.storage.journal import Journal
from unburnt.storage.memory import MemoryBackend
from unburnt.storage.names import ARCHIVE
from unburnt.sync.check import check
from unburnt.sync.copying import read_roster
from unburnt.sync.exchange import pull


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    office = world.found("office", ["cases"])
    world.say(office, "cases", "They came at night.")
    world.sync(office, "stick")
    return world


def _archive(world: World) -> str:
    return world.open("office").archive


def _twisted(data: bytes) -> bytes:
    head, _, line = data.rstrip(b"\n").rpartition(b" ")
    raw = bytearray(base64.b64decode(line))
    raw[-1] ^= 1
    return head + b" " + base64.b64encode(bytes(raw)) + b"\n"


def _copied(place: Backend, *twisted: str) -> MemoryBackend:
    copy = MemoryBackend()
    for name in place.names(""):
        data = place.get(name, 2**20)
        copy.put(name, _twisted(data) if name in twisted else data)
    return copy


def _empty(place: Backend) -> MemoryBackend:
    local = MemoryBackend()
    local.put(ARCHIVE, place.get(ARCHIVE, 2**20))
    return local


def _is_founding(place: Backend, name: str) -> bool:
    return b'"op":"found"' in place.get(name, 2**20)


def test_a_false_signature_does_not_keep_the_true_one_out(world: World) -> None:
    stick, archive = world.disk("stick"), _archive(world)
    others = [name for name in stick.names("roster/") if not _is_founding(stick, name)]
    assert others
    for name in others:
        bad, local = _copied(stick, name), _empty(stick)
        report, _ = pull(bad, local, Journal(local, archive))
        assert ("roster-file", name) in {(one.code, one.detail) for one in report.problems}
        assert not local.exists(name)
        report, roster = pull(stick, local, Journal(local, archive))
        assert roster == read_roster(stick, archive)
        assert not report.problems


def test_a_false_founding_is_not_taken_and_bricks_nothing(world: World) -> None:
    stick, archive = world.disk("stick"), _archive(world)
    (founding,) = (name for name in stick.names("roster/") if _is_founding(stick, name))
    local = _empty(stick)
    with pytest.raises(ForeignDataError):
        pull(_copied(stick, founding), local, Journal(local, archive))
    assert list(local.names("roster/")) == []
    _, roster = pull(stick, local, Journal(local, archive))
    assert roster == read_roster(stick, archive)


def test_a_site_with_a_false_signature_is_not_whole(world: World) -> None:
    stick, archive = world.disk("stick"), _archive(world)
    roster = read_roster(stick, archive)
    for name in stick.names("roster/"):
        report = check(_copied(stick, name), archive, roster=roster)
        assert name in report.broken


def test_a_false_signature_on_this_disk_is_mended_by_the_next_sync(world: World) -> None:
    place, stick = world.disk("office"), world.disk("stick")
    name = next(n for n in place.names("roster/") if not _is_founding(place, n))
    true = place.get(name, 2**20)
    assert place.mend(name, _twisted(true)) is not None
    office = world.open("office")
    world.sync(office, "stick")
    assert place.get(name, 2**20) == true == stick.get(name, 2**20)
    assert not office.roster.rejected
