"""Custody events are recorded where their evidence lies, and told as one chain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.world import World
from unburnt.core.errors import UsageError
from unburnt.model.custody_event import RECORDED
from unburnt.model.schema import builtin
from unburnt.workflow.custody import record_event
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
