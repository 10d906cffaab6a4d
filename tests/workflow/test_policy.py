"""Two admins must agree: what waits is built upon by nobody, and what follows is done in time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import PASSPHRASE, World, said
from unburnt.core.errors import CannotOpenError, UsageError
from unburnt.crypto.passphrase import WEAK
from unburnt.model import roster_write as write
from unburnt.workflow import people, policy
from unburnt.workflow.people import ShareCard
from unburnt.workflow.proposals import waiting_ops
from unburnt.workflow.recover import Recovered, recover
from unburnt.workflow.session import Session


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "world")
    made.folder.mkdir()
    return made


@pytest.fixture
def two(world: World) -> Iterator[tuple[Session, Session]]:
    """Two admins who must agree to changes; either alone may revoke."""
    with (
        world.found("office", ["cases"]) as office,
        world.enrol(office, "second", {"cases": "write"}, is_admin=True) as second,
    ):
        people.appoint(office, ["a", "b", "c"], [(2, 3)])
        policy.set_policy(office, 2)
        _meet(world, office, second)
        yield office, second


def _meet(world: World, *sessions: Session) -> None:
    for session in (*sessions, *sessions):
        world.sync(session, "site")


def _approve_all(session: Session) -> None:
    policy.approve(session, [pending.op for pending, _op in waiting_ops(session.roster)])


def _recover(world: World, cards: list[ShareCard], name: str) -> Recovered:
    return recover(
        world.folder / name,
        [card.words for card in cards[1:]],
        [world.disk("site")],
        world.disks["site"].get("ARCHIVE", 2**16).split()[2].decode(),
        PASSPHRASE,
        member="member of office",
        device=name,
        cost=WEAK,
        open_backend=world.open_backend,
    )


def test_new_trustees_count_when_two_have_agreed_and_the_former_until_then(
    world: World, two: tuple[Session, Session]
) -> None:
    office, second = two
    former = office.roster.trustees
    world.say(office, "cases", "before")
    key = office.roster.current_epoch(office.compartment("cases"))
    cards = people.appoint(office, ["d", "e", "f"], [(2, 3)])
    people.rotate(second, second.compartment("cases"))  # between proposing and approving
    world.say(second, "cases", "between")
    _meet(world, office, second)
    assert former is not None
    assert key is not None
    assert not people.counts(office, cards)
    assert office.roster.revoked(former.id) is None
    with pytest.raises(CannotOpenError):
        _recover(world, cards, "early")
    _approve_all(second)
    assert people.counts(second, cards)
    assert second.roster.revoked(former.id) is not None
    now = second.roster.current_epoch(second.compartment("cases"))
    assert now is not None
    assert now.generation == key.generation + 2
    _meet(world, office, second)
    world.say(office, "cases", "after")
    _meet(world, office, second)
    recovered = _recover(world, cards, "fresh")
    with recovered.session as session:
        assert recovered.whole, recovered.problems
        assert said(session) == said(office)
        assert len(said(session)) == 3


def test_settling_twice_does_nothing_more(world: World, two: tuple[Session, Session]) -> None:
    office, second = two
    people.appoint(office, ["d", "e", "f"], [(2, 3)])
    _meet(world, office, second)
    _approve_all(second)
    _meet(world, office, second)
    before = office.roster.heads
    _meet(world, office, second)
    assert office.roster.heads == second.roster.heads == before


def test_two_appointments_are_not_approved_at_once(
    world: World, two: tuple[Session, Session]
) -> None:
    office, second = two
    people.appoint(office, ["d", "e", "f"], [(2, 3)])
    people.appoint(office, ["d", "e", "f"], [(2, 3)])
    _meet(world, office, second)
    with pytest.raises(UsageError, match="Several appointments"):
        _approve_all(second)


def test_an_enrolment_given_by_both_is_one_enrolment(
    world: World, two: tuple[Session, Session]
) -> None:
    office, second = two
    card = people.prepare(world.folder / "field", "field", PASSPHRASE, cost=WEAK)
    roles = {"cases": "read"}
    people.enrol(office, card, "lark", roles)
    people.enrol(office, card, "lark", roles)
    assert len(office.roster.pending) == 3
    _meet(world, office, second)
    people.enrol(second, card, "lark", roles)
    assert not second.roster.pending
    assert policy.without_keys(second.roster) == []


def test_a_proposal_that_was_overtaken_is_not_signed_again(
    world: World, two: tuple[Session, Session]
) -> None:
    office, second = two
    circle = office.compartment("cases")
    lark = people.prepare(world.folder / "field", "field", PASSPHRASE, cost=WEAK)
    people.enrol(office, lark, "lark", {"cases": "read"})
    _meet(world, office, second)
    _approve_all(second)
    _meet(world, office, second)
    people.set_role(office, lark.device, circle, "write")  # waits
    _meet(world, office, second)
    old = office.roster.pending[0].op
    people.set_role(office, lark.device, circle, "drop")
    _meet(world, office, second)
    policy.approve(second, [p.op for p in second.roster.pending if p.op != old])
    _meet(world, office, second)
    people.set_role(office, lark.device, circle, "write")
    assert {p.op for p in office.roster.pending} > {old}
    _meet(world, office, second)
    policy.approve(second, [p.op for p in second.roster.pending if p.op != old])
    assert second.roster.access(lark.device, circle).name == "WRITE"


def test_a_new_compartment_has_no_key_before_its_role_is_approved(
    world: World, two: tuple[Session, Session]
) -> None:
    office, second = two
    circle = people.add_compartment(office, "legal")
    assert office.roster.current_epoch(circle) is None
    _meet(world, office, second)
    _approve_all(second)
    _meet(world, second, office)
    assert office.roster.current_epoch(circle) is not None
    assert world.say(office, "legal", "a letter")


def test_one_may_revoke_where_one_is_enough(world: World, two: tuple[Session, Session]) -> None:
    office, second = two
    people.revoke(office, {second.device: 0}, "seized")
    assert office.roster.revoked(second.device) is not None
    assert [member.label for member in policy.admins(office.roster)] == ["member of office"]


def test_never_fewer_people_than_must_agree(two: tuple[Session, Session]) -> None:
    office, second = two
    with pytest.raises(UsageError, match="Fewer people"):
        policy.set_admin(office, second.device, False)
    with pytest.raises(UsageError, match="More members"):
        policy.set_policy(office, 3)
    with pytest.raises(UsageError, match="Revoking cannot"):
        policy.set_policy(office, 1, 2)
    trustees = office.roster.trustees
    assert trustees is not None
    with pytest.raises(UsageError, match="trustees"):
        policy.set_admin(office, trustees.id, False)


def test_one_person_signs_once_and_no_admin_not_at_all(
    world: World, two: tuple[Session, Session]
) -> None:
    office, second = two
    policy.set_policy(office, revocations=2)
    with pytest.raises(UsageError, match="signed this already"):
        _approve_all(office)
    _meet(world, office, second)
    _approve_all(second)
    assert second.roster.policy.revoke_threshold == 2
    lark = people.prepare(world.folder / "field", "field", PASSPHRASE, cost=WEAK)
    people.enrol(second, lark, "lark", {"cases": "read"})
    _meet(world, second, office)
    _approve_all(office)
    _meet(world, office, second)
    with (
        people.join(
            world.folder / "field",
            PASSPHRASE,
            world.disk("site"),
            office.archive,
            cost=WEAK,
            open_backend=world.open_backend,
        ) as field,
        pytest.raises(UsageError, match="no admin"),
    ):
        people.propose(field, write.set_admin, field.device, True)
