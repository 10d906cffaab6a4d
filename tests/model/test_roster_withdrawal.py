"""Withdrawal in the roster: two people always, keys of originals only, and nothing by accident."""

from __future__ import annotations

import pytest

from tests.model.roster_world import (
    AT,
    CASES,
    GULL,
    HERON,
    TERN,
    an_id,
    founded,
    machine,
    settled,
    together,
)
from unburnt.core.errors import UsageError
from unburnt.model import roster_write as write

PAIR = (HERON, TERN)
HERON_PHONE = machine("heron phone", member="heron")


def test_nothing_is_withdrawn_and_no_compartment_withdrawable_until_it_is_said() -> None:
    roster = settled().roster
    assert roster.withdrawn == frozenset()
    assert not roster.is_withdrawable(CASES)
    assert not {"withdrawn", "withdrawable"} & roster.summary().keys()


def test_a_compartment_stays_withdrawable() -> None:
    trunk = settled()
    before = trunk.roster.digest()
    trunk.publish(write.set_withdrawable(trunk.roster, CASES, at=AT, random=trunk.random))
    assert trunk.roster.is_withdrawable(CASES)
    assert trunk.roster.digest() != before
    with pytest.raises(UsageError):
        write.set_withdrawable(trunk.roster, an_id("nowhere"), at=AT, random=trunk.random)


def test_two_devices_of_one_person_are_not_two_people() -> None:
    trunk = settled()
    trunk.join(HERON_PHONE, admin=True)
    trunk.withdraw("photo", by=(HERON, HERON_PHONE))
    assert not trunk.roster.withdrawn
    assert len(trunk.roster.pending) == 1


def test_where_three_must_agree_two_are_not_enough() -> None:
    trunk = settled(3, 1)
    trunk.withdraw("photo", by=PAIR)
    assert not trunk.roster.withdrawn
    trunk.withdraw("letter", by=(*PAIR, GULL))
    assert trunk.roster.withdrawn == {an_id("letter")}


def test_who_is_admin_alone_is_told_before_anything_is_signed() -> None:
    trunk = founded()
    with pytest.raises(UsageError, match="Two people"):
        trunk.withdraw("photo")
    trunk.join(HERON_PHONE, admin=True)
    with pytest.raises(UsageError, match="Two people"):
        trunk.withdraw("photo")


def test_the_key_of_a_compartment_cannot_be_named() -> None:
    trunk = settled()
    with pytest.raises(UsageError, match="key of a compartment"):
        trunk.withdraw("first", by=PAIR)


def test_an_id_that_becomes_an_epochs_is_destroyed_nowhere() -> None:
    trunk = settled()
    one, other = trunk.branch("one"), trunk.branch("other")
    one.withdraw("same", "photo", by=PAIR)
    assert one.roster.withdrawn == {an_id("same"), an_id("photo")}
    other.rotate("same", GULL, to=[GULL])
    assert together(one, other).withdrawn == {an_id("photo")}
    one.rotate("same", HERON)
    assert one.roster.withdrawn == {an_id("photo")}


def test_the_same_key_may_be_named_twice_and_by_both_sides_of_a_fork() -> None:
    trunk = settled()
    one, other = trunk.branch("one"), trunk.branch("other")
    one.withdraw("photo", by=PAIR)
    other.withdraw("photo", "letter", by=PAIR)
    both = together(one, other).withdrawn
    assert both == {an_id("photo"), an_id("letter")}


def test_once_the_second_signature_comes_it_holds() -> None:
    trunk = settled()
    text = write.withdraw(trunk.roster, [an_id("photo")], at=AT, random=trunk.random)
    trunk.publish(text, HERON)
    assert not trunk.roster.withdrawn
    trunk.publish(text, GULL)
    assert trunk.roster.withdrawn == {an_id("photo")}
