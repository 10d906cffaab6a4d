"""Own keys are copied only as entries name them, and never an epoch's key is destroyed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.world import World
from unburnt.storage.names import key_name
from unburnt.sync.report import Report
from unburnt.sync.withdrawal import copy_own_keys, destroy_withdrawn, lingering, withdrawn

ID = "mfrggzdfmztwq2lknnwg23tpoa"


def named(data: bytes) -> str:
    return key_name(ID, "a" * 26, hashlib.sha256(data).hexdigest())


def test_only_what_is_named_is_destroyed(tmp_path: Path) -> None:
    office = World(tmp_path / "world").found("office", ["cases"])
    before = set(office.backend.names())
    office.backend.put(named(b"own"), b"own")
    assert lingering(office.backend, {ID}) == [named(b"own")]
    assert destroy_withdrawn(office.backend, {ID}) == [named(b"own")]
    assert set(office.backend.names()) == before
    assert destroy_withdrawn(office.backend, ()) == []
    assert withdrawn(office.roster) == frozenset()


def test_a_key_of_other_bytes_is_not_taken(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    source, target = world.disk("source"), world.disk("target")
    source.put(named(b"own"), b"other")
    source.put(named(b"long"), b"long")
    report = Report()
    needed = {named(b"own"): 5, named(b"long"): 5, named(b"none"): 4}
    assert copy_own_keys(source, target, needed.items(), report) == 0
    assert [problem.code for problem in report.problems] == ["damaged", "damaged", "key-missing"]
    assert list(target.names()) == []
    assert copy_own_keys(source, target, [(named(b"long"), 4)], report) == 1
