"""Handing over: a member signs what their own device computed, an outsider is only quoted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workflow.test_custody import evidence
from tests.world import World
from unburnt.core.errors import BrokenArchiveError, UsageError
from unburnt.storage.names import object_name
from unburnt.workflow.custody import chain, record_event
from unburnt.workflow.handing_over import acknowledge, transfer
from unburnt.workflow.session import Session

ZERO = "0" * 64


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


@pytest.fixture
def office(world: World) -> Iterator[Session]:
    with world.found("office", ["cases"]) as session:
        yield session


@pytest.fixture
def field(world: World, office: Session) -> Iterator[Session]:
    with world.enrol(office, "field", {"cases": "write"}) as session:
        yield session


def meet(world: World, *sessions: Session) -> None:
    for session in (*sessions, *sessions):
        world.sync(session, "stick")


def marks(session: Session, piece: str) -> set[str]:
    return {mark for link in chain(session, piece).links for mark in link.marks} - {"claimed"}


def test_the_receiver_acknowledges_with_the_digest_of_their_own_copy(
    world: World, office: Session, field: Session, tmp_path: Path
) -> None:
    pieces = evidence(office, tmp_path, "cases", "one", "two")
    (event,) = transfer(office, pieces, field.member, purpose="analysis")
    assert marks(office, pieces[0]) == {"unacknowledged"}
    meet(world, office, field)
    found = acknowledge(field, event)
    assert found.keys() == set(pieces)
    meet(world, field, office)
    for piece in pieces:
        assert marks(office, piece) == set()
        assert chain(office, piece).links[-1].author == field.member
        assert chain(office, piece).links[-1].digest == found[piece]


def test_nobody_acknowledges_for_a_member_and_no_digest_is_typed_for_them(
    world: World, office: Session, field: Session, tmp_path: Path
) -> None:
    (piece,) = evidence(office, tmp_path, "cases", "one")
    (event,) = transfer(office, [piece], field.member)
    with pytest.raises(UsageError, match="another member"):
        acknowledge(office, event)
    with pytest.raises(UsageError, match="typed digest"):
        acknowledge(office, event, [ZERO])


def test_a_damaged_copy_is_not_acknowledged(
    world: World, office: Session, field: Session, tmp_path: Path
) -> None:
    (piece,) = evidence(office, tmp_path, "cases", "one")
    (event,) = transfer(office, [piece], field.member)
    meet(world, office, field)
    name = object_name(str(chain(field, piece).links[2].object))
    world.disk("field").tamper(name, "flip")
    with pytest.raises(BrokenArchiveError):
        acknowledge(field, event)
    assert marks(field, piece) == {"unacknowledged"}


def test_what_an_outsider_told_is_told_and_a_false_digest_is_red(
    office: Session, tmp_path: Path
) -> None:
    one, two = evidence(office, tmp_path, "cases", "one", "two")
    digests = [chain(office, piece).digests[0] for piece in (two, one)]
    (event,) = transfer(office, [one, two], "a laboratory")
    with pytest.raises(UsageError, match="2 digests"):
        acknowledge(office, event, digests[:1])
    with pytest.raises(UsageError, match="SHA-256"):
        acknowledge(office, event, [digests[0], "abc"])
    acknowledge(office, event, digests)
    assert marks(office, one) == marks(office, two) == {"told"}
    (event,) = transfer(office, [one, two], "another laboratory")
    acknowledge(office, event, [digests[1], ZERO])
    assert not chain(office, one).red
    assert chain(office, two).red


def test_only_a_handing_over_is_acknowledged(office: Session, tmp_path: Path) -> None:
    (piece,) = evidence(office, tmp_path, "cases", "one")
    (event,) = record_event(office, "viewed", piece)
    for wrong in (event, piece):
        with pytest.raises(UsageError, match="No handing-over"):
            acknowledge(office, wrong)
