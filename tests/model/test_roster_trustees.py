"""The trustees' device: enough trustees together can act when the admins are gone."""

from __future__ import annotations

from tests.model.roster_world import CRANE, HERON, TERN, Branch, a_recipient, machine, settled

TRUSTEES = machine("trustees", recipient="north")  # the recipient that `trustees("north")` names


def appointed() -> Branch:
    trunk = settled()
    trunk.join(TRUSTEES, admin=True)
    trunk.trustees("north")
    trunk.policy(2, 2, HERON)
    return trunk


def test_their_signature_alone_is_enough_under_a_threshold_of_two() -> None:
    branch = appointed()
    assert branch.roster.trustees is not None
    assert branch.roster.trustees.recipient == a_recipient("north")
    branch.join(CRANE, TRUSTEES, admin=True)
    assert CRANE.id in branch.roster.devices


def test_one_admin_alone_is_not_enough() -> None:
    branch = appointed()
    branch.join(CRANE, TERN, admin=True)
    assert CRANE.id not in branch.roster.devices
    assert branch.roster.pending


def test_once_other_trustees_are_appointed_the_old_ones_are_one_admin_among_others() -> None:
    branch = appointed()
    branch.trustees("south", HERON, TERN)
    branch.join(CRANE, TRUSTEES, admin=True)
    assert CRANE.id not in branch.roster.devices


def test_an_appointment_voided_by_a_revocation_takes_their_authority_with_it() -> None:
    trunk = settled(2, 1)
    trunk.join(TRUSTEES, HERON, TERN, admin=True)
    thief, honest = trunk.branch("thief"), trunk.branch("honest")
    thief.trustees("north", HERON, TERN)
    thief.join(CRANE, TRUSTEES, admin=True)
    honest.revoke(HERON, TERN)
    assert CRANE.id in thief.roster.devices
    honest.take(thief.files)
    assert CRANE.id not in honest.roster.devices


def test_trustees_do_not_count_as_admins_when_a_policy_is_set() -> None:
    branch = appointed()
    assert branch.roster.policy.threshold == 2
