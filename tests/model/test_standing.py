"""May this device say this? Judged by the roster it had seen, and by what came to light later."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.model.roster_world import CRANE, GULL, HERON, TERN, Branch, an_id, settled
from tests.model.statement_cases import a_hash, a_header
from unburnt.model.entry import Header
from unburnt.model.recorded import ACCEPTED, REFUSED, UNCONFIRMED
from unburnt.model.roster import Roster
from unburnt.model.standing import Judgement, judge, seen_after


def entry(branch: Branch, device: str = GULL.id, sequence: int = 3, epoch: str = "first") -> Header:
    """Return a header of somebody who has seen this much of the roster."""
    return a_header(
        archive=branch.roster.archive,
        device=device,
        sequence=sequence,
        epoch=an_id(epoch),
        roster=branch.roster.heads,
    )


def test_who_may_write_is_accepted() -> None:
    trunk = settled()
    assert judge(trunk.roster, entry(trunk)) == Judgement(ACCEPTED)


def unknown_device(trunk: Branch) -> Header:
    return entry(trunk, device=CRANE.id)


def unknown_epoch(trunk: Branch) -> Header:
    return entry(trunk, epoch="of nobody")


def unseen_roster(trunk: Branch) -> Header:
    return a_header(device=GULL.id, epoch=an_id("first"), roster=(a_hash("of nobody"),))


def reader_only(trunk: Branch) -> Header:
    trunk.access(GULL, "read")
    return entry(trunk)


def relay_only(trunk: Branch) -> Header:
    trunk.access(GULL, "relay")
    return entry(trunk)


def newcomer_without_access(trunk: Branch) -> Header:
    trunk.join(CRANE)
    return entry(trunk, device=CRANE.id)


REFUSALS: dict[str, tuple[Callable[[Branch], Header], str]] = {
    "a device of nobody": (unknown_device, "unknown-device"),
    "an epoch of nobody": (unknown_epoch, "unknown-epoch"),
    "a roster that is not here": (unseen_roster, "roster-incomplete"),
    "a reader": (reader_only, "no-right-to-write"),
    "a relay": (relay_only, "no-right-to-write"),
    "a newcomer whom nobody gave access": (newcomer_without_access, "no-right-to-write"),
}


@pytest.mark.parametrize(("make", "reason"), REFUSALS.values(), ids=REFUSALS.keys())
def test_who_may_not_is_refused(make: Callable[[Branch], Header], reason: str) -> None:
    trunk = settled()
    header = make(trunk)
    assert judge(trunk.roster, header) == Judgement(REFUSED, reason)


def test_who_may_add_without_reading_is_accepted() -> None:
    trunk = settled()
    trunk.access(GULL, "drop")
    assert judge(trunk.roster, entry(trunk)) == Judgement(ACCEPTED)


def test_what_was_rightly_said_stays_when_the_role_is_lowered_later() -> None:
    trunk = settled()
    before = entry(trunk)
    trunk.access(GULL, "read")
    assert judge(trunk.roster, before) == Judgement(ACCEPTED)
    assert judge(trunk.roster, entry(trunk)).standing == REFUSED


@pytest.mark.parametrize(
    ("sequence", "standing"), [(0, ACCEPTED), (2, ACCEPTED), (3, UNCONFIRMED), (9, UNCONFIRMED)]
)
def test_after_a_revocation_only_what_it_accepted_is_accepted(sequence: int, standing: str) -> None:
    trunk = settled()
    header = entry(trunk, sequence=sequence)
    trunk.revoke(GULL, last=3)
    assert judge(trunk.roster, header).standing == standing
    assert judge(trunk.roster, entry(trunk, device=TERN.id)).standing == ACCEPTED


def test_a_revoked_device_that_pretends_not_to_know_is_unconfirmed_all_the_same() -> None:
    trunk = settled()
    ignorant = entry(trunk.branch("thief"), sequence=5)
    trunk.revoke(GULL, last=3)
    assert judge(trunk.roster, ignorant) == Judgement(UNCONFIRMED, "after-revocation")


def test_the_judgement_does_not_depend_on_the_order_of_arrival() -> None:
    trunk = settled()
    header = entry(trunk, sequence=4)
    trunk.access(GULL, "read")
    trunk.revoke(GULL, HERON, last=3)
    archive, files = trunk.roster.archive, trunk.files
    judged = {
        judge(Roster.of(archive, order), header)
        for order in (files, files[::-1], sorted(files), sorted(files, reverse=True))
    }
    assert judged == {Judgement(UNCONFIRMED, "after-revocation")}


# --- the roster a log names only grows ----------------------------------------------------------


def judged(roster: Roster, *headers: Header) -> list[str]:
    """Return the reason for each entry of one log, "" for an accepted one."""
    seen: tuple[str, ...] = ()
    reasons = []
    for header in headers:
        reasons.append(judge(roster, header, seen).reason)
        seen = seen_after(roster, seen, header)
    return reasons


def test_a_lowered_writer_cannot_reach_back_to_the_roster_before_not_even_twice() -> None:
    trunk = settled()
    before = entry(trunk)
    trunk.access(GULL, "read")
    after = entry(trunk)
    trunk.access(GULL, "write")
    again = entry(trunk)
    assert judged(trunk.roster, before, after, before, before, again) == [
        "",
        "no-right-to-write",
        "roster-backwards",
        "roster-backwards",
        "",
    ]


def test_it_cannot_name_another_branch_instead_of_the_one_it_had_seen() -> None:
    trunk = settled()
    one, other = trunk.branch("one"), trunk.branch("other")
    one.access(GULL, "read")
    other.access(TERN, "drop")
    trunk.take([*one.files, *other.files])
    assert judged(trunk.roster, entry(one), entry(other))[1] == "roster-backwards"
    assert judged(trunk.roster, entry(other), entry(trunk)) == ["", "no-right-to-write"]


def test_what_a_revocation_voided_need_not_be_seen_again() -> None:
    trunk = settled()
    thief, honest = trunk.branch("thief"), trunk.branch("honest")
    thief.access(GULL, "drop", TERN)
    seen = entry(thief)
    honest.revoke(TERN)
    trunk.take([*thief.files, *honest.files])
    assert not set(seen.roster) & set(trunk.roster.heads)
    assert judged(trunk.roster, seen, entry(trunk), entry(trunk)) == ["", "", ""]
    assert judged(trunk.roster, seen, entry(trunk), seen)[2] == "roster-backwards"


def test_a_roster_follows_only_what_is_here() -> None:
    trunk = settled()
    older = trunk.roster.heads
    trunk.access(GULL, "read")
    newer, unknown = trunk.roster.heads, (a_hash("of nobody"),)
    assert trunk.roster.follows(newer, older)
    assert trunk.roster.follows(newer, newer)
    assert not trunk.roster.follows(older, newer)
    assert not trunk.roster.follows(newer, unknown)
    assert not trunk.roster.follows(unknown, older)
    assert trunk.roster.newest([*older, *newer, *unknown]) == newer
