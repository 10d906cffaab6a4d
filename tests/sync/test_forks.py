"""Two histories are an alarm; copies of honest ones are none; a swollen file stops nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World, said
from unburnt.core.errors import BrokenArchiveError
from unburnt.crypto.passphrase import WEAK
from unburnt.model.entry import MAX_HEADER
from unburnt.storage.memory import MemoryBackend
from unburnt.storage.names import canary_name, entry_name, fork_name, key_name, object_name
from unburnt.sync.copying import copy_object
from unburnt.sync.report import Report
from unburnt.workflow import exchange, people
from unburnt.workflow.recover import recover
from unburnt.workflow.session import Session


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


@pytest.fixture
def office(world: World) -> Iterator[Session]:
    world.folder.mkdir()
    with world.found("office", ["cases"]) as session:
        world.say(session, "cases", "one")
        world.sync(session, "site")
        yield session


def test_a_site_cannot_make_a_fork_of_honest_entries(world: World, office: Session) -> None:
    site, device = world.disk("site"), office.device
    honest = site.get(entry_name(device, 0), MAX_HEADER)
    for data in (honest, honest + "— stranger AAAAAAAA\n".encode()):
        site.put(fork_name(device, 0, hashlib.sha256(data).hexdigest()), data)
    assert world.sync(office, "site").problems == []
    assert list(office.backend.names("forks/")) == []
    assert exchange.check_site(office, "site").green


def test_a_true_fork_is_proven_wherever_it_is_carried(world: World, office: Session) -> None:
    office.close()
    image = world.image("office")
    with world.open("office") as first:
        world.say(first, "cases", "one history")
        world.sync(first, "site")
    world.put_back("office", image)
    with world.open("office") as second:
        world.say(second, "cases", "another history")
        assert "fork" in {p.code for p in world.sync(second, "site").problems}
        world.sync(second, "stick")
        for place in ("site", "stick"):
            assert [a.code for a in exchange.check_site(second, place).alarms] == ["fork"]
        assert world.sync(second, "site").pulled.forks == 0


SWOLLEN = {
    "roster": 512 * 1024,
    "keys": 16 * 1024,
    "canary": 2**20,
    "forks": 2**20,
    "log": 2**20,
}


@pytest.mark.parametrize("kind", SWOLLEN)
def test_one_swollen_file_stops_neither_sync_nor_check_nor_recovery(
    kind: str, world: World, office: Session, tmp_path: Path
) -> None:
    cards = people.appoint(office, ["a", "b"], [(2, 2)])
    world.say(office, "cases", "two")
    world.sync(office, "site")
    digest, device, site = "ab" * 32, office.device, world.disk("site")
    name = {
        "roster": f"roster/{digest}-{device}",
        "keys": key_name(device, device, digest),
        "canary": canary_name(digest),
        "forks": fork_name(device, 0, digest),
        "log": entry_name(device, 2),
    }[kind]
    site.put(name, bytes(SWOLLEN[kind] + 1))
    # A grant that the roster does not name is not even looked at.
    assert bool(world.sync(office, "site").problems) == (kind != "keys")
    report = exchange.check_site(office, "site")
    assert not report.green
    assert report.entries == 2
    recovered = recover(
        tmp_path / "recovered",
        [card.words for card in cards],
        [site],
        office.archive,
        "a passphrase of the new device",
        member="heron",
        device="new",
        cost=WEAK,
        clock=world.clock,
        random=world.random,
        open_backend=world.open_backend,
    )
    assert said(recovered.session) == said(office)
    recovered.session.close()


@pytest.mark.parametrize("damaged_here", [False, True], ids=["new", "damaged here"])
def test_an_object_that_never_ends_is_left_after_its_size(damaged_here: bool) -> None:
    size = 5 * 2**20
    true = bytes(size)
    name = hashlib.sha256(true).hexdigest()
    site, local, whole = (MemoryBackend(location=place) for place in ("site", "here", "other"))
    site.put(object_name(name), true + bytes(2**20))
    whole.put(object_name(name), true)
    if damaged_here:
        local.put(object_name(name), b"torn")
    with pytest.raises(BrokenArchiveError):
        copy_object(site, local, name, size, Report())
    assert local.exists(object_name(name)) == damaged_here
    copy_object(whole, local, name, size, Report())
    assert local.get(object_name(name), size) == true
