"""What a site offers that nobody asked for is left where it is."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from tests.world import World
from unburnt.core.ids import new_id
from unburnt.storage.memory import MemoryBackend
from unburnt.storage.names import canary_name, key_name
from unburnt.sync.exchange import MAX_CANARIES, grant_names, pull_roster
from unburnt.sync.report import Report


@pytest.fixture
def site(tmp_path: Path) -> tuple[MemoryBackend, str, int, int]:
    """Return an honest site flooded with files that fit their own hash, and what is honest."""
    world = World(tmp_path / "world")
    world.folder.mkdir()
    flooded = MemoryBackend()
    with world.found("office", ["cases"]) as office:
        for name in office.backend.names():
            flooded.put(name, office.backend.get(name, 2**20))
        archive = office.archive
    keys, canaries = len(list(flooded.names("keys/"))), len(list(flooded.names("canary/")))
    for number in range(200):
        junk = b"junk %d" % number
        digest = hashlib.sha256(junk).hexdigest()
        flooded.put(key_name(new_id(os.urandom), "recovery", digest), junk)
        flooded.put(canary_name(digest), junk)
    return flooded, archive, keys, canaries


def test_of_grants_only_those_the_roster_names_are_taken_and_of_canaries_a_few(
    site: tuple[MemoryBackend, str, int, int],
) -> None:
    flooded, archive, keys, _ = site
    local = MemoryBackend()
    roster = pull_roster(flooded, local, archive, Report())
    assert set(local.names("keys/")) == grant_names(roster)
    assert len(list(local.names("keys/"))) == keys > 0
    assert len(list(local.names("canary/"))) == MAX_CANARIES
    pull_roster(flooded, local, archive, Report())
    assert len(list(local.names("canary/"))) == MAX_CANARIES
