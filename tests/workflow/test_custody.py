"""Custody events are recorded where their evidence lies, and told as one chain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.world import World
from unburnt.core.errors import MediumError, UsageError
from unburnt.model.custody import COMPUTED
from unburnt.model.custody_event import RECORDED
from unburnt.model.schema import builtin
from unburnt.workflow.custody import chain, record_event
from unburnt.workflow.custody_file import write_jsonld
from unburnt.workflow.exchange import check_site
from unburnt.workflow.give_back import restore
from unburnt.workflow.retract import retract
from unburnt.workflow.session import Session
from unburnt.workflow.take_in import take_in


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


def evidence(session: Session, folder: Path, circle: str, *texts: str) -> list[str]:
    """Take in one small file for each text; returns the ids in the order of the texts."""
    found = []
    for text in texts:
        file = folder / f"{circle}-{text}.txt"
        file.write_text(text)
        found += take_in(session, [file], session.compartment(circle), session.member).entities
    return found


def values_of(session: Session, event: str) -> dict[str, list[object]]:
    said: dict[str, list[object]] = {}
    for record in session.index.of_entity(event):
        value = next(iter(record.statement.value.values()))
        said.setdefault(record.statement.property, []).append(value)
    return {name: sorted(values, key=str) for name, values in said.items()}


def test_an_event_says_what_was_done_to_which_evidence_and_why(
    world: World, tmp_path: Path
) -> None:
    with world.found("office", ["cases"]) as office:
        one, two = evidence(office, tmp_path, "cases", "one", "two")
        (event,) = record_event(
            office, "exported", [one, two], purpose="for the court", receiver="a lawyer", tool="x 1"
        )
        assert values_of(office, event) == {
            "kind": ["exported"],
            "evidence": sorted([one, two]),
            "purpose": ["for the court"],
            "receiver": ["a lawyer"],
            "tool": ["x 1"],
        }


def test_evidence_of_two_circles_gives_two_events_each_where_its_evidence_lies(
    world: World, tmp_path: Path
) -> None:
    with world.found("office", ["cases", "staff"]) as office:
        pieces = [
            *evidence(office, tmp_path, "cases", "one"),
            *evidence(office, tmp_path, "staff", "two"),
        ]
        events = record_event(office, "viewed", pieces)
        where = {r.statement.compartment for e in events for r in office.index.of_entity(e)}
        assert len(events) == 2
        assert where == {office.compartment("cases"), office.compartment("staff")}


def test_every_kind_that_is_recorded_is_a_term_and_no_other_is() -> None:
    assert set(builtin().vocabularies["custody-events"].terms) == set(RECORDED)


@pytest.mark.parametrize("kind", ["acquired", "hashed", "sealed", "stored", "anything"])
def test_what_is_computed_from_the_log_cannot_be_claimed(
    world: World, tmp_path: Path, kind: str
) -> None:
    with world.found("office", ["cases"]) as office:
        (one,) = evidence(office, tmp_path, "cases", "one")
        before = office.journal.tip(office.device).size
        with pytest.raises(UsageError):
            record_event(office, kind, one)
        assert office.journal.tip(office.device).size == before


def test_an_event_about_what_cannot_be_read_here_is_refused(world: World) -> None:
    with world.found("office", ["cases"]) as office:
        with pytest.raises(UsageError, match="No evidence"):
            record_event(office, "viewed", "mfrggzdfmztwq2lknnwg23tpoa")
        with pytest.raises(UsageError, match="about evidence"):
            record_event(office, "viewed", [])


def kinds(session: Session, piece: str) -> list[str]:
    return [link.kind for link in chain(session, piece).links if link.kind != "quiet"]


def test_the_chain_tells_what_was_signed_and_what_was_recorded(
    world: World, tmp_path: Path
) -> None:
    with world.found("office", ["cases"]) as office:
        one, two = evidence(office, tmp_path, "cases", "one", "two")
        record_event(office, "viewed", one)
        assert kinds(office, one) == [*COMPUTED, "viewed"]
        assert kinds(office, two) == [*COMPUTED]
        stored = chain(office, one).links[3]
        assert stored.place is not None
        assert (stored.sequence, stored.place.covered, stored.place.sites) == (0, 1, 0)


def test_copies_count_once_they_were_given_and_whole_once_they_were_checked(
    world: World, tmp_path: Path
) -> None:
    with world.found("office", ["cases"]) as office:
        (one,) = evidence(office, tmp_path, "cases", "one")
        for name in ("stick", "disk"):
            world.sync(office, name)
        check_site(office, "stick")
        place = chain(office, one).links[3].place
        assert place is not None
        assert (place.sites, place.checked) == (2, 1)


def test_another_device_reads_the_same_chain(world: World, tmp_path: Path) -> None:
    with world.found("office", ["cases"]) as office:
        (one,) = evidence(office, tmp_path, "cases", "one")
        record_event(office, "viewed", one, purpose="identification")
        world.sync(office, "stick")
        with world.enrol(office, "field", {"cases": "read"}) as field:
            world.sync(office, "stick")
            world.sync(field, "stick")
            there, here = chain(field, one), chain(office, one)
            assert [link.purpose for link in there.links] == [link.purpose for link in here.links]
            with pytest.raises(UsageError, match="may not write"):
                record_event(field, "viewed", one)


def test_only_its_author_takes_an_event_back(world: World, tmp_path: Path) -> None:
    with world.found("office", ["cases"]) as office:
        (one,) = evidence(office, tmp_path, "cases", "one")
        (event,) = record_event(office, "viewed", one)
        (kind,) = [r.id for r in office.index.of_entity(event) if r.statement.property == "kind"]
        with world.enrol(office, "field", {"cases": "write"}) as field:
            world.sync(office, "stick")
            world.sync(field, "stick")
            retract(field, kind)
            assert "taken-back" not in chain(field, one).links[-1].marks
        retract(office, kind)
        assert "taken-back" in chain(office, one).links[-1].marks


def test_originals_are_given_back_only_after_that_was_recorded(
    world: World, tmp_path: Path
) -> None:
    with world.found("office", ["cases"]) as office:
        (one,) = evidence(office, tmp_path, "cases", "one")
        circle = office.compartment("cases")
        (tmp_path / "taken").write_text("a file, not a folder")
        assert restore(office, tmp_path / "taken", circle, purpose="appeal").problems
        assert chain(office, one).links[-1].purpose == "appeal"
        restore(office, tmp_path / "out", circle, unrecorded=True)
        assert kinds(office, one) == [*COMPUTED, "exported"]


def test_who_may_only_read_gives_nothing_back_without_saying_so(
    world: World, tmp_path: Path
) -> None:
    with world.found("office", ["cases"]) as office:
        evidence(office, tmp_path, "cases", "one")
        world.sync(office, "stick")
        with world.enrol(office, "field", {"cases": "read"}) as field:
            world.sync(field, "stick")
            circle = field.compartment("cases")
            with pytest.raises(UsageError, match="may not write"):
                restore(field, tmp_path / "out", circle)
            assert not (tmp_path / "out").exists()
            assert restore(field, tmp_path / "out", circle, unrecorded=True).originals == 1


def test_the_file_is_written_once_and_never_over_another(world: World, tmp_path: Path) -> None:
    with world.found("office", ["cases"]) as office:
        (one,) = evidence(office, tmp_path, "cases", "one")
        target = tmp_path / "chain.jsonld"
        write_jsonld(office, chain(office, one), target)
        before = target.read_bytes()
        with pytest.raises(UsageError):
            write_jsonld(office, chain(office, one), target)
        assert target.read_bytes() == before
        with pytest.raises(MediumError):
            write_jsonld(office, chain(office, one), tmp_path / "nowhere" / "chain.jsonld")
        assert office.member in before.decode()
        assert "member of office" not in before.decode()


def test_a_clock_that_was_set_back_is_seen_though_the_chain_has_nothing_before(
    world: World, tmp_path: Path
) -> None:
    with world.found("office", ["cases"]) as office:
        world.say(office, "cases", "Somebody")
        office.clock = lambda: "2020-01-01T00:00:00Z"
        (piece,) = evidence(office, tmp_path, "cases", "one")
        assert "disordered" in chain(office, piece).links[0].marks


def test_a_new_device_with_a_clock_set_back_is_seen_by_what_it_had_seen(
    world: World, tmp_path: Path
) -> None:
    with world.found("office", ["cases"]) as office:
        world.say(office, "cases", "Somebody")
        world.sync(office, "stick")
        with world.enrol(office, "field", {"cases": "write"}) as field:
            world.sync(field, "stick")
            field.clock = lambda: "2020-01-01T00:00:00Z"
            (piece,) = evidence(field, tmp_path, "cases", "one")
            marks = chain(field, piece).links[0].marks
            assert "behind" in marks
            assert "disordered" not in marks
