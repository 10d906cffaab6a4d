"""Every journey, cut at every write: nothing acknowledged is lost, and it can simply be repeated.

A journey runs once undisturbed, which tells its writes and what it leads to. Then, for each write
and each way in which the power can go, it runs in a copy of the same world, is cut there, reopened,
looked through, and repeated; it must lead to the same, ids aside.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from tests.faults.faulty_backend import Cut, Mode
from tests.world import PASSPHRASE, World, said
from unburnt.core.errors import UsageError
from unburnt.crypto.passphrase import WEAK
from unburnt.storage.directory import DirectoryBackend
from unburnt.sync.withdrawal import lingering
from unburnt.workflow import exchange, people
from unburnt.workflow.custody import chain, record_event
from unburnt.workflow.handing_over import acknowledge
from unburnt.workflow.origin import Origin, take_in_from
from unburnt.workflow.policy import approve
from unburnt.workflow.recover import recover
from unburnt.workflow.session import Session
from unburnt.workflow.take_in import take_in
from unburnt.workflow.verify import verify
from unburnt.workflow.withdrawal import carry_out, mark_withdrawable, plan, withdraw

# A disk that tears what it has named breaks the law of the port. It is noticed, by these codes:
# what was torn was never acknowledged, is named by nothing, and is not passed on.
TORN = {"roster-file", "key-damaged", "canary-damaged"}
CUTS: tuple[Mode, ...] = ("before", "lost", "kept", "torn")


@dataclass(frozen=True)
class Journey:
    """What is done, on whose disk it is cut, and whose state is compared."""

    disk: str
    device: str
    run: Callable[[World], None]
    before: Callable[[World], None]


def _founded(world: World) -> None:
    with world.found("office", ["cases", "staff"]) as office:
        world.say(office, "cases", "first")


def _two(world: World) -> None:
    with world.found("office", ["cases", "staff"]) as office:
        world.say(office, "cases", "first")
        with world.enrol(office, "field", {"cases": "write"}) as field:
            world.say(field, "cases", "from the field")
            world.sync(field, "stick")
        world.sync(office, "stick")


def _found(world: World) -> None:
    world.found("office", ["cases", "staff"]).close()


def _say(world: World) -> None:
    with world.open("office") as office:
        if ("asserted", "a name") not in said(office):  # a person looks before saying it again
            world.say(office, "cases", "a name", "another")


def _enrol(world: World) -> None:
    with world.open("office") as office:
        card = people.prepare(world.folder / "new", "new", PASSPHRASE, cost=WEAK)
        people.enrol(office, card, "wren", {"cases": "write", "staff": "drop"})


def _appoint(world: World) -> None:
    with world.open("office") as office:
        cards = people.appoint(office, ["a", "b", "c"], [(2, 3)])
        assert len(cards) == 3


def _push(world: World) -> None:
    with world.open("office") as office:
        world.sync(office, "partner")


def _pull(world: World) -> None:
    with world.open("field") as field:
        world.sync(field, "stick")


def _more_to_pull(world: World) -> None:
    _two(world)
    with world.open("office") as office:
        for text in ("one", "two", "three"):
            world.say(office, "cases", text)
        people.add_compartment(office, "sources")
        people.set_role(office, _device(office, "field"), office.compartment("sources"), "read")
        world.sync(office, "stick")


def _bundle(world: World) -> None:
    _more_to_pull(world)
    with world.open("office") as office:
        exchange.send(office, world.folder / "courier.unburnt")


def _receive(world: World) -> None:
    with world.open("field") as field:
        exchange.receive(field, world.folder / "courier.unburnt")


def _revoke(world: World) -> None:
    with world.open("office") as office:
        people.revoke(office, {_device(office, "field"): 1}, "seized")


def _lower(world: World) -> None:
    with world.open("office") as office:
        circle = office.compartment("cases")
        people.set_role(office, _device(office, "field"), circle, "drop")


def _with_evidence(world: World) -> None:
    with world.found("office", ["cases"]) as office:
        file = world.folder / "photo"
        file.write_bytes(b"a photograph")
        take_in(office, [file], office.compartment("cases"), office.member)


def _take_in(world: World) -> None:
    with world.open("office") as office:
        file = world.folder / "letter"
        file.write_bytes(b"a letter")
        os.utime(file, (0, 0))  # written again, it is the same file
        origin = Origin("the neighbour", "handed-over", ("use-internal",))
        given, taken = take_in_from(office, [file], office.compartment("cases"), origin)
        for entity in taken.entities:  # never without the origin that it rests on
            assert chain(office, entity).links[0].source == given.entity
        for letter in office.index.entities("Evidence"):
            about = office.index.of_entity(chain(office, letter).links[0].source or "")
            names = {record.statement.property for record in about}
            assert names == {"giver", "how", "consent"}


def _note_custody(world: World) -> None:
    with world.open("office") as office:
        (photo,) = office.index.file_entities(office.compartment("cases"))
        for kind in ("viewed", "transferred"):  # a person looks before noting it again
            if kind not in [link.kind for link in chain(office, photo).links]:
                details = {"receiver": office.member} if kind == "transferred" else {}
                record_event(office, kind, photo, **details)
        given = chain(office, photo).links[-1]
        if given.kind == "transferred":
            acknowledge(office, str(given.event))
        assert not chain(office, photo).links[-1].marks[1:]


def _rotate(world: World) -> None:
    with world.open("office") as office:
        epoch = office.roster.current_epoch(office.compartment("cases"))
        if epoch is not None and epoch.generation == 1:
            people.rotate(office, office.compartment("cases"))


def _withdrawable(world: World) -> None:
    with world.found("office", ["cases"]) as office:
        mark_withdrawable(office, office.compartment("cases"))


def _with_withdrawal(world: World) -> None:
    """One has proposed and the other approved; the first has not heard of it yet."""
    _withdrawable(world)
    with world.open("office") as office:
        for name in ("photo", "letter"):
            (world.folder / name).write_bytes(name.encode())
        files = [world.folder / "photo", world.folder / "letter"]
        taken = take_in(office, files, office.compartment("cases"), office.member)
        with world.enrol(office, "field", {"cases": "write"}, is_admin=True) as field:
            operation = withdraw(office, plan(office, taken.entities[:1]), "asked")
            world.sync(office, "stick")
            world.sync(field, "stick")
            approve(field, [operation])
            world.sync(field, "stick")


def _hear_of_it(world: World) -> None:
    with world.open("office") as office:
        world.sync(office, "stick")
        carry_out(office)
        assert verify(office).withdrawn == 1
        assert not lingering(office.backend, office.roster.withdrawn)


JOURNEYS = {
    "founding an archive": Journey("office", "office", _found, lambda world: None),
    "saying something": Journey("office", "office", _say, _founded),
    "enrolling a device": Journey("office", "office", _enrol, _founded),
    "appointing trustees": Journey("office", "office", _appoint, _founded),
    "pushing to an empty site": Journey("partner", "office", _push, _two),
    "pulling what is new": Journey("field", "field", _pull, _more_to_pull),
    "receiving a bundle": Journey("field", "field", _receive, _bundle),
    "revoking a device": Journey("office", "office", _revoke, _two),
    "lowering a role": Journey("office", "office", _lower, _two),
    "rotating a key": Journey("office", "office", _rotate, _two),
    "taking in with an origin": Journey("office", "office", _take_in, _founded),
    "taking in what can be withdrawn": Journey("office", "office", _take_in, _withdrawable),
    "carrying out a withdrawal": Journey("office", "office", _hear_of_it, _with_withdrawal),
    "noting custody": Journey("office", "office", _note_custody, _with_evidence),
}


def _device(session: Session, label: str) -> str:
    return next(d.id for d in session.roster.devices.values() if d.label == label)


def _state(world: World, device: str) -> dict[str, Any]:
    """Return what a device shows, ids left out."""
    with world.open(device) as session:
        roster = session.roster
        labels = {c.id: c.label for c in roster.compartments.values()}
        return {
            "said": said(session),
            "refused": session.refused,
            "members": sorted(m.label for m in roster.members.values()),
            "devices": sorted(
                (
                    d.label,
                    d.admin,
                    tuple(sorted((labels[c], roster.access(d.id, c).name) for c in labels)),
                )
                for d in roster.devices.values()
                if not d.revoked or d.label != "recovery"
            ),
            "compartments": sorted(labels.values()),
            "open": {labels[e.compartment] for e in roster.epochs.values()},
            "sealed to outsiders": _outsiders(session),
            "trustees": None if roster.recovery is None else len(roster.recovery.recovery.shares),
            "granted to trustees": all("recovery" in roster.granted(e) for e in roster.epochs),
        }


def _outsiders(session: Session) -> set[str]:
    """Return who was given a current key and may not read."""
    roster = session.roster
    return {
        roster.devices[holder].label
        for circle in roster.compartments
        if (epoch := roster.current_epoch(circle)) is not None
        for holder in roster.granted(epoch.id)
        if holder != "recovery" and not roster.may_read(holder, circle)
    }


@cache
def _undisturbed(name: str) -> tuple[World, int, dict[str, Any]]:
    """Return the world before the journey, how many writes it takes, and what it leads to."""
    journey = JOURNEYS[name]
    folder = Path(mkdtemp(prefix="unburnt-journey-"))
    world = World(folder / "world")
    world.folder.mkdir()
    journey.before(world)
    whole = world.copy(folder / "whole")
    writes = len(whole.disk(journey.disk).writes)
    journey.run(whole)
    state = _state(whole, journey.device)
    count = len(whole.disk(journey.disk).writes) - writes
    assert count > 0
    return world, count, state


def _cut_and_repeat(name: str, cut: int, mode: Mode, folder: Path) -> None:
    journey = JOURNEYS[name]
    before, _, wanted = _undisturbed(name)
    world = before.copy(folder / f"{cut}-{mode}")
    known = _statements(world)
    disk = world.disk(journey.disk)
    disk.cut_at(cut, mode)
    with pytest.raises(Cut):
        journey.run(world)
    disk.reopen()
    after = _statements(world)
    for device, had in known.items():  # nothing acknowledged is lost
        assert had <= after[device], device
    journey.run(world)
    assert _state(world, journey.device) == wanted
    with world.open(journey.device) as session:
        report = verify(session, deep=True)
    allowed = TORN if mode == "torn" else set()
    if report.entries:
        assert {p.code for p in [*report.problems, *report.alarms]} <= allowed


def _statements(world: World) -> dict[str, Any]:
    found = {}
    for name in ("office", "field"):
        try:
            with world.open(name) as session:
                found[name] = said(session)
        except UsageError:
            continue  # no archive here yet
    return found


def _table(sample: bool) -> list[Any]:
    """Each journey and way; the core suite takes one write of each, chosen by their names."""
    return [
        pytest.param(name, mode, sample, id=f"{name}, {mode}")
        for number, name in enumerate(JOURNEYS)
        for at, mode in enumerate(CUTS)
        if not sample or (number + at) % len(CUTS) == 0
    ]


@pytest.mark.parametrize(("name", "mode", "sample"), _table(sample=True))
def test_a_journey_that_was_cut_is_repeated(
    name: str, mode: Mode, sample: bool, tmp_path: Path
) -> None:
    _, count, _ = _undisturbed(name)
    _cut_and_repeat(name, count // 2 + 1, mode, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "mode", "sample"), _table(sample=False))
def test_a_journey_that_was_cut_anywhere_is_repeated(
    name: str, mode: Mode, sample: bool, tmp_path: Path
) -> None:
    _, count, _ = _undisturbed(name)
    for cut in range(1, count + 1):
        _cut_and_repeat(name, cut, mode, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("mode", CUTS)
def test_a_recovery_that_was_cut_is_repeated_in_another_folder(mode: Mode, tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    world.folder.mkdir()
    with world.found("office", ["cases"]) as office:
        world.say(office, "cases", "kept")
        cards = people.appoint(office, ["a", "b", "c"], [(2, 3)])
        world.sync(office, "stick")
        wanted = office.index.digest(), office.archive

    def run(name: str) -> str:
        recovered = recover(
            world.folder / name,
            [card.words for card in cards[:2]],
            [world.disk("stick")],
            wanted[1],
            PASSPHRASE,
            member="heron",
            device=name,
            cost=WEAK,
            clock=world.clock,
            random=world.random,
            open_backend=world.open_backend,
        )
        assert recovered.whole, recovered.problems
        with recovered.session as session:
            return session.index.digest()

    assert run("whole") == wanted[0]
    for cut in range(1, len(world.disk("whole").writes) + 1):
        disk = world.disk(f"cut-{cut}")
        disk.cut_at(cut, mode)
        with pytest.raises(Cut):
            run(f"cut-{cut}")
        disk.reopen()
        with pytest.raises(UsageError):  # it has no vault: nobody takes it for an archive
            world.open(f"cut-{cut}")
    assert run("again") == wanted[0]


def test_a_session_runs_on_real_folders_too(tmp_path: Path) -> None:
    with people.found(
        tmp_path / "office", "heron", "office", PASSPHRASE, ["cases"], cost=WEAK
    ) as s:
        assert isinstance(s.backend, DirectoryBackend)
