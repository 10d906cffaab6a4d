"""What no roster would believe is refused before anybody signs it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.model.roster_world import (
    AT,
    CASES,
    CRANE,
    GULL,
    HERON,
    LEGAL,
    TERN,
    Branch,
    a_hash,
    a_recipient,
    a_split,
    an_id,
    machine,
    settled,
)
from unburnt.core.errors import UsageError
from unburnt.model import roster_write as write
from unburnt.model.roster_ops import AddDevice, Rotate, read_op

REFUSED: dict[str, Callable[[Branch], object]] = {
    "a device of nobody": lambda b: b.adding(CRANE),
    "a device that is there": lambda b: b.adding(GULL),
    "a device with another's recipient": lambda b: b.adding(
        machine("new", member="gull", recipient="gull")
    ),
    "a device with another's signing key": lambda b: b.adding(
        machine("new", member="gull", signing="gull")
    ),
    "a role for an unknown device": lambda b: b.access(CRANE, "drop"),
    "a role that does not exist": lambda b: b.access(GULL, "owner"),  # type: ignore[arg-type]
    "a role in an unknown compartment": lambda b: write.set_access(
        b.roster, GULL.id, LEGAL, "drop", at=AT, random=b.random
    ),
    "an unknown device as admin": lambda b: b.admin(CRANE, True),
    "an epoch in an unknown compartment": lambda b: write.rotate(
        b.roster, LEGAL, an_id("x"), a_recipient("x"), {}, at=AT, random=b.random
    ),
    "an epoch id that is taken": lambda b: b.rotate("first"),
    "an epoch for a device that may not read": lambda b: b.rotate("second", to=[CRANE]),
    "an epoch to a malformed recipient": lambda b: write.rotate(
        b.roster, CASES, an_id("x"), "age1x", {}, at=AT, random=b.random
    ),
    "a grant of an unknown epoch": lambda b: write.grant(
        b.roster, an_id("x"), GULL.id, a_hash("x"), at=AT, random=b.random
    ),
    "a grant to one who may not read": lambda b: write.grant(
        b.roster, an_id("first"), CRANE.id, a_hash("x"), at=AT, random=b.random
    ),
    "the end of an unknown device": lambda b: b.revoke(CRANE),
    "a log of less than nothing": lambda b: b.revoke(GULL, last=-1),
    "more to agree than there are admins": lambda b: b.policy(4, 1),
    "more to revoke than to add": lambda b: b.policy(1, 2),
    "a label that is no label": lambda b: write.set_member(
        b.roster, an_id("x"), "two\nlines", at=AT, random=b.random
    ),
    "a time that is none": lambda b: write.set_member(
        b.roster, an_id("x"), "rook", at="yesterday", random=b.random
    ),
    "an id that is none": lambda b: write.set_compartment(
        b.roster, "cases", "cases", at=AT, random=b.random
    ),
    "a drill that opens the real thing": lambda b: write.set_trustees(
        b.roster, a_split("x"), a_split("x"), at=AT, random=b.random
    ),
}


@pytest.mark.parametrize("attempt", REFUSED.values(), ids=REFUSED)
def test_what_no_roster_would_believe_is_refused(attempt: Callable[[Branch], object]) -> None:
    with pytest.raises(UsageError):
        attempt(settled())


def test_a_revoked_device_is_given_nothing() -> None:
    trunk = settled()
    trunk.revoke(GULL)
    attempts: list[Callable[[], object]] = [
        lambda: trunk.admin(GULL, True),
        lambda: trunk.access(GULL, "read"),
        lambda: trunk.adding(GULL),
        lambda: trunk.rotate("second", to=[GULL]),
    ]
    for attempt in attempts:
        with pytest.raises(UsageError):
            attempt()


def test_a_revocation_can_be_corrected() -> None:
    trunk = settled()
    trunk.revoke(GULL, last=3)
    trunk.revoke(GULL, last=5)
    revocation = trunk.roster.revoked(GULL.id)
    assert revocation is not None
    assert (revocation.last, revocation.reason) == (5, "seized")


def test_an_operation_names_all_heads_as_its_parents() -> None:
    trunk = settled()
    one, other = trunk.branch("one"), trunk.branch("other")
    heads = sorted([one.access(GULL, "read"), other.rotate("second", TERN)])
    one.take(other.files)
    assert list(read_op(one.revoking(GULL)).parents) == heads


def test_generations_count_up() -> None:
    trunk = settled()
    trunk.rotate("second", to=[HERON])
    trunk.rotate("third", to=[HERON])
    epochs = {name: epoch.generation for name, epoch in trunk.roster.epochs.items()}
    assert epochs == {an_id("first"): 1, an_id("second"): 2, an_id("third"): 3}
    ops = [op for _, op in trunk.roster.history if isinstance(op, Rotate)]
    assert [op.generation for op in ops] == [1, 2, 3]


def test_where_two_must_agree_a_newcomer_is_proposed_whole_and_signed_in_one_go() -> None:
    trunk = settled(2, 1)
    texts = [
        write.set_member(trunk.roster, CRANE.member, "crane", at=AT, random=trunk.random),
    ]
    trunk.publish(texts[0], HERON)
    texts.append(trunk.adding(CRANE))
    trunk.publish(texts[1], HERON)
    texts.append(
        write.set_access(trunk.roster, CRANE.id, CASES, "drop", at=AT, random=trunk.random)
    )
    trunk.publish(texts[2], HERON)
    assert [item.missing for item in trunk.roster.pending] == [1, 1, 1]
    for text in texts:
        trunk.publish(text, TERN)
    assert trunk.roster.may_write(CRANE.id, CASES)
    assert trunk.roster.pending == ()
    added = [op for _, op in trunk.roster.history if isinstance(op, AddDevice)]
    assert CRANE.card in [op.card for op in added]
