"""A giver asks for a photograph back: its key ends everywhere, its record stays, and all else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.faults.faulty_backend import MODES, Cut, Mode
from tests.world import PASSPHRASE, World
from unburnt.core.errors import CannotOpenError, UsageError
from unburnt.core.ids import new_id
from unburnt.crypto.passphrase import WEAK
from unburnt.model import roster_write as write
from unburnt.storage.names import object_name
from unburnt.storage.own_key import OwnKey
from unburnt.sync.check import check
from unburnt.workflow import court_pack, exchange, keys, people, withdrawal
from unburnt.workflow.custody import chain, record_event
from unburnt.workflow.exposure import exposed
from unburnt.workflow.give_back import restore, verify
from unburnt.workflow.health import health
from unburnt.workflow.origin import Origin, take_in_from
from unburnt.workflow.originals import Originals
from unburnt.workflow.policy import approve
from unburnt.workflow.recover import recover
from unburnt.workflow.rehearse import rehearse
from unburnt.workflow.session import Claim, Session
from unburnt.workflow.take_in import Taken, take_in
from unburnt.workflow.verify import verify as verify_copy

PICTURE = b"\xff\xd8 the photograph"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


@pytest.fixture
def office(world: World) -> Session:
    made = world.found("office", ["cases"])
    withdrawal.mark_withdrawable(made, made.compartment("cases"))
    return made


@pytest.fixture
def second(world: World, office: Session) -> Session:
    return world.enrol(office, "second", {"cases": "write"}, is_admin=True)


@pytest.fixture
def phone(tmp_path: Path) -> Path:
    folder = tmp_path / "phone"
    folder.mkdir()
    (folder / "1.jpg").write_bytes(PICTURE)
    (folder / "2.jpg").write_bytes(b"\xff\xd8 another one")
    return folder


def taken(session: Session, folder: Path, source: str | None = None) -> Taken:
    return take_in(session, [folder], session.compartment("cases"), source or session.member)


def files(session: Session) -> dict[str, dict[str, object]]:
    """Return what is recorded of each file, by name."""
    values = session.index.files(session.compartment("cases"))
    return {value["file"]["name"]: value["file"] for _, value in values}


def entity_of(session: Session, name: str) -> str:
    digest = str(files(session)[name]["sha256"])
    return session.index.file(digest)[0].statement.entity


def claim_of(session: Session, entity: str, name: str, value: dict[str, Any]) -> None:
    circle = session.compartment("cases")
    session.say([Claim(entity, "Evidence", name, value, session.member, circle)])


def keys_of(session: Session, name: str, place: str, world: World) -> list[str]:
    return list(world.disk(place).names(f"keys/{files(session)[name]['key']}/"))


def withdrawn_by_two(world: World, office: Session, second: Session, name: str = "1.jpg") -> None:
    """Propose on one device, approve on the other, through a stick."""
    wished = withdrawal.plan(office, [entity_of(office, name)])
    operation = withdrawal.withdraw(office, wished, "the giver asks")
    assert not withdrawn(office)
    world.sync(office, "stick")
    world.sync(second, "stick")
    approve(second, [operation])


def withdrawn(session: Session) -> frozenset[str]:
    return session.roster.withdrawn


# --- taking in ------------------------------------------------------------------------------------


def test_each_original_is_sealed_alone_and_comes_back(
    office: Session, phone: Path, tmp_path: Path
) -> None:
    assert taken(office, phone).new == 2
    said = files(office)
    assert len({value["object"] for value in said.values()}) == 2
    assert len({value["key"] for value in said.values()}) == 2
    opened = restore(office, tmp_path / "out", office.compartment("cases"))
    assert (opened.originals, opened.problems) == (2, [])
    assert (tmp_path / "out" / "1.jpg").read_bytes() == PICTURE
    assert verify_copy(office, deep=True).green


def test_the_entry_names_the_key_and_its_epoch_alone_does_not_open_the_object(
    office: Session, phone: Path
) -> None:
    taken(office, phone)
    header = office.journal.entry(office.device, office.journal.tip(office.device).size - 1).header
    assert {key for key, _, _ in header.keys} == {value["key"] for value in files(office).values()}
    file = files(office)["1.jpg"]
    without = {name: value for name, value in file.items() if name != "key"}
    with pytest.raises(CannotOpenError):
        Originals(office).give(without, len)


def test_a_large_original_has_a_key_of_its_own_too(office: Session, phone: Path) -> None:
    (phone / "film").write_bytes(b"frame " * 900_000)
    taken(office, phone)
    assert "key" in files(office)["film"]
    assert verify(office).originals == 3


def test_the_same_giver_gives_nothing_twice(office: Session, phone: Path) -> None:
    taken(office, phone)
    again = taken(office, phone)
    assert (again.new, again.held, again.entities) == (0, 2, [])


def test_another_giver_of_the_same_bytes_has_another_key(
    world: World, office: Session, phone: Path
) -> None:
    taken(office, phone)
    before = files(office)["1.jpg"]
    again = taken(office, phone, source="aicq3mvpaicq3mvpaicq3mvpae")
    assert (again.new, again.held) == (2, 0)
    assert files(office)["1.jpg"]["key"] != before["key"]


def test_a_giver_of_whom_the_same_is_said_gives_nothing_twice(office: Session, phone: Path) -> None:
    cases = office.compartment("cases")
    seen: set[str] = set()
    for giver, how, token, new in (
        ("a neighbour", "handed-over", False, 2),
        ("a neighbour", "handed-over", False, 0),
        ("a mother", "handed-over", False, 2),
        ("a neighbour", "scan", False, 2),
        ("a neighbour", "handed-over", True, 2),
    ):
        origin = Origin(giver, how, ("unknown",))
        _, done = take_in_from(office, [phone], cases, origin, token=token)
        assert done.new == new, (giver, how, token)
        seen.update(str(value["file"]["key"]) for _, value in office.index.files(cases))
    assert len(seen) == 8


def test_what_was_taken_in_before_has_no_key_and_cannot_be_withdrawn(
    world: World, tmp_path: Path, phone: Path
) -> None:
    office = world.found("office", ["cases"])
    taken(office, phone)
    withdrawal.mark_withdrawable(office, office.compartment("cases"))
    with pytest.raises(UsageError, match="no key of its own"):
        withdrawal.plan(office, [entity_of(office, "1.jpg")])


# --- withdrawing ----------------------------------------------------------------------------------


def test_one_admin_alone_withdraws_nothing(office: Session, phone: Path) -> None:
    taken(office, phone)
    wished = withdrawal.plan(office, [entity_of(office, "1.jpg")])
    with pytest.raises(UsageError, match="Two people"):
        withdrawal.withdraw(office, wished, "why")


def test_two_admins_end_the_key_here_there_and_on_every_site(
    world: World, office: Session, second: Session, phone: Path
) -> None:
    taken(office, phone)
    world.sync(office, "stick")
    world.sync(office, "cellar")
    world.sync(second, "stick")
    places = ("office", "second", "stick", "cellar")
    assert all(keys_of(office, "1.jpg", place, world) for place in places)
    withdrawn_by_two(world, office, second)
    assert not keys_of(office, "1.jpg", "second", world)
    world.sync(second, "stick")
    assert not keys_of(office, "1.jpg", "stick", world)
    assert world.sync(office, "stick").pulled.destroyed == 1
    assert not keys_of(office, "1.jpg", "office", world)
    assert keys_of(office, "1.jpg", "cellar", world)
    assert world.sync(office, "cellar").pushed.destroyed == 1
    assert not keys_of(office, "1.jpg", "cellar", world)
    for place in places:
        assert keys_of(office, "2.jpg", place, world)
        assert world.disk(place).exists(object_name(str(files(office)["1.jpg"]["object"])))


def test_what_stays_is_green_and_the_chain_tells(
    world: World, office: Session, second: Session, phone: Path, tmp_path: Path
) -> None:
    taken(office, phone)
    withdrawn_by_two(world, office, second)
    world.sync(second, "stick")
    world.sync(office, "stick")
    found = verify_copy(office, deep=True)
    assert (found.green, found.originals, found.withdrawn) == (True, 1, 1)
    assert exchange.check_site(office, "stick").green
    opened = restore(office, tmp_path / "out", office.compartment("cases"))
    assert (opened.originals, opened.withdrawn, opened.problems) == (1, 1, [])
    with pytest.raises(CannotOpenError, match="withdrawn"):
        Originals(office).give(files(office)["1.jpg"], len)
    kinds = [link.kind for link in chain(office, entity_of(office, "1.jpg")).links]
    assert kinds.count("withdrawn") == 2  # each device tells what it destroyed
    office.rebuild_index()
    office.refresh()
    assert withdrawal.carry_out(office) == []


def test_the_reason_stands_in_the_chain_and_not_in_the_roster(
    world: World, office: Session, second: Session, phone: Path
) -> None:
    taken(office, phone)
    withdrawn_by_two(world, office, second)
    world.sync(second, "stick")
    world.sync(office, "stick")
    said = [str(one.statement.value) for one in office.index.all()]
    assert any("the giver asks" in text for text in said)
    for name in office.backend.names("roster/"):
        assert b"the giver asks" not in office.backend.get(name, 2**20)


def test_a_key_that_a_stale_device_pushes_back_is_told_and_destroyed_again(
    world: World, office: Session, second: Session, phone: Path
) -> None:
    taken(office, phone)
    world.sync(office, "stick")
    (name,) = keys_of(office, "1.jpg", "office", world)
    kept = office.backend.get(name, 2**14)
    withdrawn_by_two(world, office, second)
    world.sync(second, "stick")
    world.sync(office, "stick")
    world.disk("stick").put(name, kept)
    report = exchange.check_site(office, "stick")
    assert [problem.code for problem in report.problems] == ["not-destroyed"]
    done = world.sync(second, "stick")
    assert (done.pulled.keys, done.pushed.destroyed) == (0, 1)
    assert exchange.check_site(office, "stick").green


def test_a_device_that_comes_late_gets_no_key_from_a_site_that_kept_it(
    world: World, office: Session, second: Session, phone: Path
) -> None:
    taken(office, phone)
    world.sync(office, "stick")
    (name,) = keys_of(office, "1.jpg", "office", world)
    kept = office.backend.get(name, 2**14)
    withdrawn_by_two(world, office, second)
    world.sync(second, "stick")
    third = world.enrol(second, "third", {"cases": "read"})
    world.sync(second, "stick")
    world.disk("stick").put(name, kept)
    world.sync(third, "stick")
    assert not keys_of(office, "1.jpg", "third", world)
    assert verify(third).withdrawn == 1


def test_a_bundle_on_its_way_brings_no_withdrawn_key_back(
    world: World, office: Session, second: Session, phone: Path, tmp_path: Path
) -> None:
    taken(office, phone)
    exchange.send(office, tmp_path / "to-second.unburnt")
    withdrawn_by_two(world, office, second)
    exchange.receive(second, tmp_path / "to-second.unburnt")
    assert not keys_of(office, "1.jpg", "second", world)


def test_a_key_that_is_lost_is_missing_and_comes_back_from_a_site(
    world: World, office: Session, phone: Path
) -> None:
    taken(office, phone)
    world.sync(office, "stick")
    (name,) = keys_of(office, "1.jpg", "office", world)
    world.disk("office").tamper(name, "remove")
    found = verify_copy(office)
    assert [(problem.code, problem.detail) for problem in found.problems] == [("key-missing", name)]
    world.sync(office, "stick")
    assert verify_copy(office, deep=True).green


def test_a_check_without_keys_sees_that_a_site_lacks_an_own_key(
    world: World, office: Session, phone: Path
) -> None:
    taken(office, phone)
    world.sync(office, "stick")
    (name,) = keys_of(office, "1.jpg", "stick", world)
    world.disk("stick").tamper(name, "remove")
    report = check(world.disk("stick"), office.archive)
    assert [(problem.code, problem.detail) for problem in report.problems] == [
        ("key-missing", name)
    ]


def test_an_epoch_is_never_withdrawn(office: Session, second: Session, phone: Path) -> None:
    taken(office, phone)
    epoch = office.roster.current_epoch(office.compartment("cases"))
    assert epoch is not None
    with pytest.raises(UsageError, match="key of a compartment"):
        keys.propose(office, write.withdraw, [epoch.id])


def test_a_key_that_two_entries_claim_is_not_withdrawn(
    world: World, office: Session, second: Session, phone: Path
) -> None:
    taken(office, phone)
    victim = files(office)["1.jpg"]["key"]
    header = office.journal.entry(office.device, office.journal.tip(office.device).size - 1).header
    stolen = next(key for key in header.keys if key[0] == victim)
    record = office.index.file(str(files(office)["1.jpg"]["sha256"]))[0].statement
    office.append(record.compartment, [record], keys=[OwnKey(*stolen)])
    with pytest.raises(UsageError, match="not this original's alone"):
        withdrawal.plan(office, [record.entity])


def test_nobody_blocks_or_ends_anothers_by_naming_its_key(
    world: World, office: Session, second: Session, phone: Path
) -> None:
    taken(office, phone)
    mine, other = entity_of(office, "1.jpg"), entity_of(office, "2.jpg")
    claim_of(office, mine, "file", {"file": files(office)["2.jpg"]})
    wished = withdrawal.plan(office, [mine])
    assert wished.keys == (files(office)["1.jpg"]["key"],)
    assert mine in wished.staying
    named = str(files(office)["2.jpg"]["key"])
    assert withdrawal.evidence_of(office, [named]) == {named: {other}}


def test_nobody_ends_anothers_by_calling_it_derived(office: Session, phone: Path) -> None:
    taken(office, phone)
    mine, other = entity_of(office, "1.jpg"), entity_of(office, "2.jpg")
    claim_of(office, other, "derivedFrom", {"entity": mine})
    wished = withdrawal.plan(office, [mine])
    assert (wished.evidence, wished.staying) == ((mine,), (other,))
    assert wished.keys == (files(office)["1.jpg"]["key"],)


def test_the_same_bytes_elsewhere_are_told_before_anybody_signs(
    world: World, office: Session, phone: Path
) -> None:
    taken(office, phone)
    mine = entity_of(office, "1.jpg")
    again = taken(office, phone, source="aicq3mvpaicq3mvpaicq3mvpae")
    (other,) = {e for e in again.entities if withdrawal.plan(office, [e]).staying == (mine,)}
    assert withdrawal.plan(office, [mine]).staying == (other,)
    assert withdrawal.plan(office, [mine, other]).staying == ()


def test_an_own_key_whose_id_becomes_an_epochs_stays_and_opens(
    world: World, office: Session, second: Session, phone: Path, tmp_path: Path
) -> None:
    taken(office, phone)
    withdrawn_by_two(world, office, second)
    key = str(files(office)["2.jpg"]["key"])
    circle = office.compartment("cases")
    epoch = office.roster.current_epoch(circle)
    assert epoch is not None
    keys.propose(office, write.rotate, circle, key, epoch.recipient, {})
    with pytest.raises(UsageError, match="key of a compartment"):
        keys.propose(office, write.withdraw, [key])
    world.sync(second, "stick")
    world.sync(office, "stick")
    opened = restore(office, tmp_path / "out", circle)
    assert (opened.originals, opened.withdrawn, opened.problems) == (1, 1, [])
    third = world.enrol(second, "third", {"cases": "read"})
    world.sync(second, "stick")
    world.sync(third, "stick")
    assert keys_of(office, "2.jpg", "third", world)


def test_an_own_key_stands_in_the_entry_that_speaks_of_its_original(
    office: Session, phone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (phone / "3.jpg").write_bytes(b"a third")
    monkeypatch.setattr("unburnt.workflow.session.MAX_STATEMENTS", 2)
    for entity in taken(office, phone).entities:
        assert len(withdrawal.plan(office, [entity]).keys) == 1
    assert verify_copy(office, deep=True).green


def test_what_a_cut_leaves_behind_is_sealed_to_nobody(
    world: World, office: Session, phone: Path
) -> None:
    before = set(office.backend.names("keys/"))
    objects = set(office.backend.names("objects/"))
    disk = world.disk("office")
    disk.cut_at(2, "kept")  # both originals are sealed, then the power goes
    with pytest.raises(Cut):
        taken(office, phone)
    disk.reopen()
    assert set(disk.names("objects/")) > objects
    assert set(disk.names("keys/")) == before


def test_a_note_of_the_wish_does_not_stand_for_the_deed(
    world: World, office: Session, second: Session, phone: Path
) -> None:
    taken(office, phone)
    record_event(office, "withdrawn", entity_of(office, "1.jpg"), note="asked on 3 May")
    withdrawn_by_two(world, office, second)
    world.sync(second, "stick")
    world.sync(office, "stick")
    kinds = [link.kind for link in chain(office, entity_of(office, "1.jpg")).links]
    assert kinds.count("withdrawn") == 3


def test_a_damaged_key_is_mended_and_both_end(
    world: World, office: Session, second: Session, phone: Path
) -> None:
    taken(office, phone)
    world.sync(office, "stick")
    (name,) = keys_of(office, "1.jpg", "office", world)
    world.disk("office").tamper(name, "flip")
    assert [p.code for p in verify_copy(office).problems] == ["key-damaged"]
    world.sync(office, "stick")
    assert verify_copy(office, deep=True).green
    withdrawn_by_two(world, office, second)
    world.sync(second, "stick")
    world.sync(office, "stick")
    assert not world.disk("office").destroy(name)


def test_trustees_recover_what_was_not_withdrawn(
    world: World, office: Session, second: Session, phone: Path, tmp_path: Path
) -> None:
    cards = people.appoint(office, ["a", "b", "c"], [(2, 3)])
    world.sync(office, "stick")
    world.sync(second, "stick")
    approve(second, [p.op for p in second.roster.pending])
    taken(office, phone)
    withdrawn_by_two(world, office, second)
    world.sync(second, "stick")
    recovered = recover(
        world.folder / "fresh",
        [card.words for card in cards[:2]],
        [world.disk("stick")],
        office.archive,
        PASSPHRASE,
        member="heron",
        device="fresh",
        cost=WEAK,
        clock=world.clock,
        random=world.random,
        open_backend=world.open_backend,
    )
    assert recovered.whole, recovered.problems
    with recovered.session as fresh:
        opened = restore(fresh, tmp_path / "out", fresh.compartment("cases"))
        assert (opened.originals, opened.withdrawn, opened.problems) == (1, 1, [])
        assert verify_copy(fresh, deep=True).green


def test_health_says_where_the_key_may_still_lie(
    world: World, office: Session, second: Session, phone: Path
) -> None:
    taken(office, phone)
    world.sync(office, "cellar")
    withdrawn_by_two(world, office, second)
    world.sync(second, "stick")
    world.sync(office, "stick")
    told = {f.values["site"]: f.code for f in health(office).findings if f.code == "site-untold"}
    assert told == {"cellar": "site-untold"}
    world.sync(office, "cellar")
    assert "site-untold" not in {finding.code for finding in health(office).findings}


def test_a_pack_counts_what_was_withdrawn_and_goes_without_it(
    world: World, office: Session, second: Session, phone: Path, tmp_path: Path
) -> None:
    taken(office, phone)
    withdrawn_by_two(world, office, second)
    world.sync(second, "stick")
    world.sync(office, "stick")
    event, circle = new_id(office.random), office.compartment("cases")
    pieces = [entity_of(office, name) for name in ("1.jpg", "2.jpg")]
    office.say(
        [Claim(event, "Event", "name", {"text": "The eviction"}, piece, circle) for piece in pieces]
    )
    planned = court_pack.prepare(office, court_pack.Wanted(event))
    assert planned.case.evidence == (pieces[1],)
    assert planned.case.withheld[("withdrawn", "Evidence")].count == 1
    done = court_pack.pack(office, planned, tmp_path / "pack")
    assert (done.originals, done.withheld) == (1, 1)


def test_exposure_reckons_with_what_was_withdrawn(
    world: World, office: Session, second: Session, phone: Path
) -> None:
    taken(office, phone)
    withdrawn_by_two(world, office, second)
    found = {f.code: f.values for f in exposed(second, office.device).findings}
    assert found["withdrawn-before"] == {"originals": 1}


def test_a_drill_is_red_where_the_survivor_kept_a_withdrawn_key(
    world: World, office: Session, second: Session, phone: Path, tmp_path: Path
) -> None:
    taken(office, phone)
    world.sync(office, "cellar")
    (name,) = keys_of(office, "1.jpg", "cellar", world)
    kept = office.backend.get(name, 2**14)
    withdrawn_by_two(world, office, second)
    world.sync(second, "stick")
    world.sync(office, "stick")
    world.sync(office, "cellar")
    sound = rehearse(office, ["stick"], [], [], world.folder / "scratch")
    steps = {step.name: step for step in sound.steps}
    assert steps["pull"].ok
    assert "1 originals withdrawn" in steps["objects"].detail
    world.disk("cellar").put(name, kept)
    steps = {s.name: s for s in rehearse(office, ["stick"], [], [], world.folder / "again").steps}
    assert steps["pull"].ok is False
    assert "1 keys of withdrawn originals still lie there" in steps["pull"].detail


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "lied"])
@pytest.mark.parametrize("cut", range(1, 8))
def test_cut_anywhere_it_is_finished_by_the_next_sync(
    world: World, office: Session, second: Session, phone: Path, cut: int, mode: Mode
) -> None:
    taken(office, phone)
    withdrawn_by_two(world, office, second)
    world.sync(second, "stick")
    disk = world.disk("office")
    disk.cut_at(cut, mode)
    try:
        world.sync(office, "stick")
    except Cut:
        disk.reopen()
    office.index.close()
    again = world.open("office")
    world.sync(again, "stick")
    withdrawal.carry_out(again)
    assert not keys_of(again, "1.jpg", "office", world)
    assert keys_of(again, "2.jpg", "office", world)
    world.sync(again, "stick")
    assert exchange.check_site(again, "stick").green
    again.close()
    found = verify_copy(world.open("office"), deep=True)
    assert (found.problems, found.originals, found.withdrawn) == ((), 1, 1)
