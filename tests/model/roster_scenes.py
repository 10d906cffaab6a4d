"""What can happen to a roster, scene by scene, and what must then hold.

    SCENES["two admins revoke each other"]() -> Scene(archive, files, verdicts, facts)

`verdicts` says of operations, by hash, whether they are "in force", "pending 1" (so many signatures
missing), "waiting", or why they are rejected; `facts` are questions to the roster with their
answers. Every scene is tested in many orders and frozen in tests/vectors/roster/scenes.json.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.model.roster_world import (
    AT,
    CASES,
    CRANE,
    GULL,
    HERON,
    HERON_PHONE,
    TERN,
    Branch,
    Machine,
    a_hash,
    a_recipient,
    an_id,
    archive_of,
    founded,
    machine,
    settled,
    sign,
)
from unburnt.core import canonical
from unburnt.model import roster_write as write
from unburnt.model.roster import Roster
from unburnt.model.roster_file import sign_op
from unburnt.model.roster_ops import op_hash
from unburnt.model.roster_rules import IMPOSSIBLE, LOST
from unburnt.model.roster_values import Role

IN_FORCE = "in force"
WAITING = "waiting"
SETTLED = [HERON.id, GULL.id, TERN.id]
FOREIGN = "It belongs to another archive."


@dataclass(frozen=True)
class Scene:
    """The files of one archive, and what must hold whatever order they come in."""

    archive: str
    files: list[bytes]
    verdicts: dict[str, str]
    facts: list[tuple[Callable[[Roster], object], object]] = field(default_factory=list)


SCENES: dict[str, Callable[[], Scene]] = {}


def scene(name: str) -> Callable[[Callable[[], Scene]], Callable[[], Scene]]:
    """Enter a scene under its sentence."""

    def enter(play: Callable[[], Scene]) -> Callable[[], Scene]:
        SCENES[name] = play
        return play

    return enter


def scene_of(
    branches: list[Branch],
    verdicts: dict[str, str],
    facts: list[tuple[Callable[[Roster], object], object]] | None = None,
    also: list[bytes] | None = None,
) -> Scene:
    """Return the scene of all that these people hold, and some more files."""
    files = [file for branch in branches for file in branch.files] + (also or [])
    return Scene(branches[0].roster.archive, sorted(set(files)), verdicts, facts or [])


def kinds(roster: Roster) -> list[str]:
    """Return the kinds of alarms, each once."""
    return sorted({alarm.kind for alarm in roster.alarms})


def rewritten(text: str, **fields: object) -> str:
    """Return an operation's text with some fields replaced, as a hostile program would write it."""
    value = canonical.decode(text[:-1].encode(), 2**20)
    return canonical.encode(value | fields).decode() + "\n"


@scene("one who founds an archive is its only admin")
def _() -> Scene:
    heron = founded()
    return scene_of(
        [heron],
        {heron.roster.archive: IN_FORCE},
        [
            (lambda r: [d.id for d in r.admins], [HERON.id]),
            (lambda r: r.heads, (heron.roster.archive,)),
            (lambda r: (r.policy.threshold, r.policy.revoke_threshold), (1, 1)),
            (lambda r: r.alarms, ()),
        ],
    )


@scene("three people settle in")
def _() -> Scene:
    trunk = settled()
    return scene_of(
        [trunk],
        dict.fromkeys((name for name, _ in trunk.roster.history), IN_FORCE),
        [
            (lambda r: len(r.history), 10),
            (lambda r: r.access(GULL.id, CASES), Role.WRITE),
            (lambda r: r.current_epoch(CASES).id, an_id("first")),  # type: ignore[union-attr]
            (lambda r: sorted(r.granted(an_id("first"))), sorted([*SETTLED, "recovery"])),
            (lambda r: r.alarms, ()),
        ],
    )


@scene("a device is revoked while it adds another: remove wins over add")
def _() -> Scene:
    trunk = settled()
    office, field_trip = trunk.branch("office"), trunk.branch("field")
    revoked = office.revoke(GULL)
    member = field_trip.join(CRANE, GULL)
    return scene_of(
        [office, field_trip],
        {revoked: IN_FORCE, member: LOST},
        [
            (lambda r: r.devices[GULL.id].revoked, True),
            (lambda r: CRANE.id in r.devices, False),
            (lambda r: r.access(GULL.id, CASES), Role.NONE),
            (lambda r: r.may_write(GULL.id, CASES) or r.may_read(GULL.id, CASES), False),
            (kinds, ["epoch-held"]),
        ],
    )


@scene("what a device did before anyone revoked it stays")
def _() -> Scene:
    trunk = settled()
    added = trunk.join(CRANE, GULL)
    revoked = trunk.revoke(GULL)
    return scene_of(
        [trunk],
        {added: IN_FORCE, revoked: IN_FORCE},
        [(lambda r: r.devices[CRANE.id].revoked, False)],
    )


@scene("two admins revoke each other: both are gone")
def _() -> Scene:
    trunk = settled()
    one, other = trunk.branch("one"), trunk.branch("other")
    first, second = one.revoke(GULL, HERON), other.revoke(HERON, GULL)
    return scene_of(
        [one, other],
        {first: IN_FORCE, second: IN_FORCE},
        [
            (lambda r: [d.id for d in r.admins], [TERN.id]),
            (lambda r: r.heads, tuple(sorted([first, second]))),
            (kinds, ["doubtful-revocation", "epoch-held"]),
        ],
    )


@scene("a thief revokes everybody with the laptop of an admin, and people see by whom it was done")
def _() -> Scene:
    trunk = settled()
    thief = trunk.branch("thief")
    revoked = trunk.revoke(GULL)
    backdated = [thief.revoke(HERON, GULL), thief.revoke(TERN, GULL)]
    return scene_of(
        [trunk, thief],
        dict.fromkeys([revoked, *backdated], IN_FORCE),
        [
            (lambda r: r.admins, ()),
            (kinds, ["doubtful-revocation", "epoch-held", "too-few-admins"]),
        ],
    )


@scene("where two must agree to revoke, a thief with one laptop revokes nobody")
def _() -> Scene:
    trunk = settled(2, 2)
    thief = trunk.branch("thief")
    text = trunk.revoking(GULL)
    revoked = trunk.publish(text, HERON, TERN)
    backdated = thief.revoke(HERON, GULL)
    return scene_of(
        [trunk, thief],
        {revoked: IN_FORCE, backdated: "pending 1"},
        [(lambda r: [d.id for d in r.admins], sorted([HERON.id, TERN.id]))],
    )


@scene("a revoked admin writes as if before the revocation: void")
def _() -> Scene:
    trunk = settled()
    thief = trunk.branch("thief")
    revoked = trunk.revoke(GULL)
    entered = thief.join(CRANE, GULL, admin=True)
    return scene_of(
        [trunk, thief],
        {revoked: IN_FORCE, entered: LOST},
        [(lambda r: CRANE.id in r.devices, False), (lambda r: r.heads, (revoked,))],
    )


@scene("whom a thief adds as if before the revocation cannot add others either")
def _() -> Scene:
    trunk = settled()
    thief, rook = trunk.branch("thief"), machine("rook")
    revoked = trunk.revoke(GULL)
    entered = thief.join(CRANE, GULL, admin=True)
    onward = thief.join(rook, CRANE, admin=True)
    further = thief.access(rook, "read", rook)
    return scene_of(
        [trunk, thief],
        {revoked: IN_FORCE, entered: LOST, onward: LOST, further: LOST},
        [(lambda r: sorted(r.devices), sorted(SETTLED)), (lambda r: r.heads, (revoked,))],
    )


@scene("whom a thief makes admin as if before the revocation has no say")
def _() -> Scene:
    trunk = settled()
    trunk.join(CRANE)
    thief = trunk.branch("thief")
    revoked = trunk.revoke(GULL)
    raised = thief.admin(CRANE, True, GULL)
    used = thief.admin(TERN, False, CRANE)
    return scene_of(
        [trunk, thief],
        {revoked: IN_FORCE, raised: LOST, used: LOST},
        [(lambda r: [d.id for d in r.admins], sorted([HERON.id, TERN.id]))],
    )


@scene("a revocation signed by whom a thief added still holds, and is named")
def _() -> Scene:
    trunk = settled()
    thief = trunk.branch("thief")
    revoked = trunk.revoke(GULL)
    thief.join(CRANE, GULL, admin=True)
    laundered = thief.revoke(TERN, CRANE)
    return scene_of(
        [trunk, thief],
        {revoked: IN_FORCE, laundered: IN_FORCE},
        [
            (lambda r: [d.id for d in r.admins], [HERON.id]),
            (kinds, ["doubtful-revocation", "epoch-held"]),
        ],
    )


@scene("an honest admin built on what was revoked: only what rested on it falls")
def _() -> Scene:
    trunk = settled()
    office, field_trip = trunk.branch("office"), trunk.branch("field")
    revoked = office.revoke(GULL)
    lost = field_trip.join(CRANE, GULL)
    kept = field_trip.join(machine("swift"), TERN)
    return scene_of(
        [office, field_trip],
        {revoked: IN_FORCE, lost: LOST, kept: IN_FORCE},
        [
            (lambda r: CRANE.id in r.devices, False),
            (lambda r: machine("swift").id in r.devices, True),
            (lambda r: r.heads, tuple(sorted([revoked, kept]))),
        ],
    )


@scene("a device whose adding fell can be added again by somebody else")
def _() -> Scene:
    trunk = settled()
    office, field_trip = trunk.branch("office"), trunk.branch("field")
    office.revoke(GULL)
    lost = field_trip.join(CRANE, GULL)
    office.take(field_trip.files)
    again = office.join(CRANE, HERON)
    return scene_of(
        [office], {lost: LOST, again: IN_FORCE}, [(lambda r: CRANE.id in r.devices, True)]
    )


@scene("a demoted admin writes as if before the demotion: void")
def _() -> Scene:
    trunk = settled()
    elsewhere = trunk.branch("elsewhere")
    demoted = trunk.admin(GULL, False)
    entered = elsewhere.join(CRANE, GULL)
    return scene_of(
        [trunk, elsewhere],
        {demoted: IN_FORCE, entered: LOST},
        [
            (lambda r: r.devices[GULL.id].admin, False),
            (lambda r: r.may_write(GULL.id, CASES), True),
        ],
    )


@scene("a revoked device cannot demote others as if before")
def _() -> Scene:
    trunk = settled()
    thief = trunk.branch("thief")
    revoked = trunk.revoke(GULL)
    demoting = thief.admin(HERON, False, GULL)
    return scene_of(
        [trunk, thief],
        {revoked: IN_FORCE, demoting: LOST},
        [(lambda r: r.devices[HERON.id].admin, True)],
    )


@scene("a demoted admin can be made admin again and then counts")
def _() -> Scene:
    trunk = settled()
    down, up = trunk.admin(GULL, False), trunk.admin(GULL, True)
    used = trunk.join(CRANE, GULL)
    return scene_of([trunk], dict.fromkeys([down, up, used], IN_FORCE))


@scene("of concurrent wishes about an admin the stricter one holds")
def _() -> Scene:
    trunk = settled()
    trunk.join(CRANE, admin=True)
    one, other = trunk.branch("one"), trunk.branch("other")
    down, up = one.admin(CRANE, False, HERON), other.admin(CRANE, True, TERN)
    return scene_of(
        [one, other],
        {down: IN_FORCE, up: IN_FORCE},
        [(lambda r: r.devices[CRANE.id].admin, False)],
    )


@scene("where two must agree one signature leaves it pending")
def _() -> Scene:
    trunk = settled(2, 1)
    text = trunk.adding(machine("gull phone", member="gull"))
    proposed = trunk.publish(text, TERN)
    return scene_of(
        [trunk],
        {proposed: "pending 1"},
        [
            (lambda r: r.pending[0].signers, (TERN.id,)),
            (lambda r: proposed in r.heads, False),
            (lambda r: r.proposed("device", machine("gull phone", member="gull").id), True),
        ],
    )


@scene("a second signature that comes late brings it into force")
def _() -> Scene:
    trunk = settled(2, 1)
    phone = machine("gull phone", member="gull")
    proposed = trunk.publish(trunk.adding(phone), TERN)
    meanwhile = trunk.rotate("second", TERN)
    trunk.take([sign(trunk.roster.text(proposed), HERON)])
    return scene_of(
        [trunk],
        {proposed: IN_FORCE, meanwhile: IN_FORCE},
        [
            (lambda r: r.signers(proposed), tuple(sorted([HERON.id, TERN.id]))),
            (lambda r: r.heads, tuple(sorted([proposed, meanwhile]))),
        ],
    )


@scene("two devices of one person are one signature")
def _() -> Scene:
    trunk = settled()
    trunk.join(HERON_PHONE, admin=True)
    trunk.policy(2, 1)
    proposed = trunk.publish(trunk.adding(machine("other", member="gull")), HERON, HERON_PHONE)
    return scene_of([trunk], {proposed: "pending 1"})


@scene("a thief finishes an old proposal after the revocation: void")
def _() -> Scene:
    trunk = settled(2, 1)
    text = trunk.adding(machine("mole", member="gull"), admin=True)
    trunk.publish(text, TERN)
    revoked = trunk.revoke(GULL)
    trunk.take([sign(text, GULL)])
    return scene_of([trunk], {op_hash(text): "pending 1", revoked: IN_FORCE})


@scene("a thief plants an unsigned operation under a good one, and signs it later: void")
def _() -> Scene:
    trunk = settled()
    planted = write.set_admin(trunk.roster, TERN.id, False, at=AT, random=trunk.random)
    good = rewritten(
        write.set_member(trunk.roster, an_id("rook"), "rook", at=AT, random=trunk.random),
        parents=sorted([*trunk.roster.heads, op_hash(planted)]),
    )
    trunk.take([sign(planted, CRANE)])
    built = trunk.publish(good, GULL)
    revoked = trunk.revoke(GULL)
    trunk.take([sign(planted, GULL)])
    return scene_of(
        [trunk],
        {op_hash(planted): LOST, built: LOST, revoked: IN_FORCE},
        [(lambda r: r.devices[TERN.id].admin, True), (lambda r: r.heads, (revoked,))],
    )


@scene("a forged signature counts for nothing")
def _() -> Scene:
    trunk = settled()
    trunk.join(CRANE)
    text = write.set_admin(trunk.roster, CRANE.id, True, at=AT, random=trunk.random)
    forger = machine("heron", signing="not heron")
    forged = sign_as(text, forger, HERON)
    return scene_of(
        [trunk],
        {op_hash(text): "No signature counts: a false signature."},
        [(kinds, ["false-signature"])],
        [forged],
    )


@scene("a forged signature beside a true one takes nothing from it")
def _() -> Scene:
    trunk = settled()
    trunk.join(CRANE)
    text = write.set_admin(trunk.roster, CRANE.id, True, at=AT, random=trunk.random)
    raised = trunk.publish(text, HERON)
    forged = sign_as(text, machine("heron", signing="not heron"), HERON)
    return scene_of([trunk], {raised: IN_FORCE}, [(lambda r: r.alarms, ())], [forged])


@scene("somebody who is no admin, or not in the roster, decides nothing")
def _() -> Scene:
    trunk = settled()
    trunk.join(CRANE)
    by_member, by_stranger = trunk.branch("member"), trunk.branch("stranger")
    one = by_member.admin(CRANE, True, CRANE)
    other = by_stranger.admin(CRANE, True, machine("stranger"))
    return scene_of(
        [by_member, by_stranger],
        {
            one: "No signature counts: a device that is no admin.",
            other: "No signature counts: a device its author could not know.",
        },
        [(lambda r: r.devices[CRANE.id].admin, False)],
    )


@scene("a revoked device that has seen its revocation decides nothing")
def _() -> Scene:
    trunk = settled()
    trunk.revoke(GULL)
    late = trunk.admin(TERN, False, GULL)
    return scene_of([trunk], {late: "No signature counts: a revoked device."})


@scene("an operation of another archive is put aside")
def _() -> Scene:
    trunk, other = settled(), founded(GULL)
    foreign = other.join(TERN, GULL)
    return scene_of(
        [trunk],
        {foreign: FOREIGN, other.roster.archive: FOREIGN},
        [(lambda r: len(r.history), 10)],
        other.files,
    )


@scene("an operation waits for a parent that has not arrived")
def _() -> Scene:
    trunk = settled()
    here = trunk.branch("here")
    missing = trunk.join(CRANE)
    late = trunk.access(CRANE, "drop")
    return scene_of(
        [here],
        {late: WAITING},
        [
            (lambda r: CRANE.id in r.devices, False),
            (lambda r: r.at([late]), None),
            (lambda r: r.at([missing]), None),
        ],
        [trunk.files[-1]],
    )


@scene("a revoked device is not added again")
def _() -> Scene:
    trunk = settled()
    adding = rewritten(settled_without_crane(), parents=list(trunk.roster.heads))
    added = trunk.publish(adding)
    trunk.revoke(CRANE)
    again = trunk.publish(
        rewritten(adding, parents=list(trunk.roster.heads), nonce=an_id("again")), HERON, TERN
    )
    return scene_of(
        [trunk],
        {added: IN_FORCE, again: IMPOSSIBLE["revoked-device"]},
        [(lambda r: r.devices[CRANE.id].revoked, True)],
    )


@scene("a device is added while it is revoked elsewhere: it stays revoked")
def _() -> Scene:
    trunk = settled()
    first = trunk.branch("first")
    adding = settled_without_crane()
    first.publish(rewritten(adding, parents=list(first.roster.heads)), HERON)
    second = trunk.branch("second")
    twin = second.publish(
        rewritten(adding, parents=list(second.roster.heads), nonce=an_id("twin")), TERN
    )
    revoked = first.revoke(CRANE)
    return scene_of(
        [first, second],
        {revoked: IN_FORCE, twin: IN_FORCE},
        [(lambda r: r.devices[CRANE.id].revoked, True)],
    )


@scene("a device with half the keys of another is not added")
def _() -> Scene:
    trunk = settled()
    trunk.revoke(GULL)
    half = machine("gull again", member="gull", recipient="gull")
    text = rewritten(
        settled_without_crane(),
        parents=list(trunk.roster.heads),
        member=GULL.member,
        card=canonical.decode(half.card.encode(), 4096),
    )
    added = trunk.publish(text)
    return scene_of([trunk], {added: IMPOSSIBLE["shared-key"]})


@scene("a device in the roster is not added a second time")
def _() -> Scene:
    trunk = settled()
    text = rewritten(settled_without_crane(), parents=list(trunk.roster.heads))
    trunk.publish(text)
    again = rewritten(text, parents=list(trunk.roster.heads), nonce=an_id("again"), admin=True)
    second = trunk.publish(again)
    return scene_of(
        [trunk],
        {second: IMPOSSIBLE["known-device"]},
        [(lambda r: r.devices[CRANE.id].admin, False)],
    )


@scene("two epochs begun at once: both stay known, the greater id is current")
def _() -> Scene:
    trunk = settled()
    one, other = trunk.branch("one"), trunk.branch("other")
    first, second = one.rotate("red", HERON), other.rotate("blue", TERN)
    return scene_of(
        [one, other],
        {first: IN_FORCE, second: IN_FORCE},
        [
            (lambda r: r.current_epoch(CASES).id, max(an_id("red"), an_id("blue"))),  # type: ignore[union-attr]
            (lambda r: r.current_epoch(CASES).generation, 2),  # type: ignore[union-attr]
            (lambda r: set(r.epochs), {an_id("first"), an_id("red"), an_id("blue")}),
        ],
    )


@scene("an epoch begun by a device revoked meanwhile is void, known, and never current")
def _() -> Scene:
    trunk = settled()
    elsewhere = trunk.branch("elsewhere")
    trunk.revoke(GULL)
    begun = elsewhere.rotate("second", GULL, to=[HERON])
    return scene_of(
        [trunk, elsewhere],
        {begun: LOST},
        [
            (lambda r: r.epochs[an_id("second")].void, True),
            (lambda r: sorted(r.granted(an_id("second"))), sorted([HERON.id, "recovery"])),
            (lambda r: r.current_epoch(CASES).id, an_id("first")),  # type: ignore[union-attr]
        ],
    )


@scene("nobody can leap to a generation beyond reach")
def _() -> Scene:
    trunk = settled()
    text = write.rotate(
        trunk.roster, CASES, an_id("leap"), a_recipient("leap"), {}, at=AT, random=trunk.random
    )
    leap = trunk.publish(rewritten(text, generation=2**53 - 1))
    twice = trunk.publish(rewritten(text, epoch=an_id("first")))
    return scene_of([trunk], {leap: IMPOSSIBLE["generation"], twice: IMPOSSIBLE["epoch-taken"]})


@scene("an epoch given to one who may not read is seen by all")
def _() -> Scene:
    trunk = settled()
    trunk.join(CRANE)
    trunk.access(CRANE, "drop")
    text = write.grant(
        trunk.roster, an_id("first"), GULL.id, a_hash("new"), at=AT, random=trunk.random
    )
    given = trunk.publish(rewritten(text, holder=CRANE.id), TERN)
    return scene_of(
        [trunk],
        {given: IN_FORCE},
        [
            (kinds, ["epoch-held", "grant-without-access"]),
            (lambda r: CRANE.id in [d.id for d in r.readers(CASES)], False),
        ],
    )


@scene("an epoch delivered later is granted, twice if need be")
def _() -> Scene:
    trunk = settled()
    for word in ("one", "two"):
        trunk.publish(
            write.grant(
                trunk.roster, an_id("first"), GULL.id, a_hash(word), at=AT, random=trunk.random
            )
        )
    known = a_hash(f"first {GULL.id}")
    wanted = tuple(sorted([known, a_hash("one"), a_hash("two")]))
    return scene_of([trunk], {}, [(lambda r: r.granted(an_id("first"))[GULL.id], wanted)])


@scene("of concurrent roles the lowest holds, of successive ones the last")
def _() -> Scene:
    trunk = settled()
    trunk.join(CRANE)
    trunk.access(CRANE, "relay")
    one, other = trunk.branch("one"), trunk.branch("other")
    one.access(CRANE, "read")
    one.access(CRANE, "drop")
    other.access(CRANE, "write", TERN)
    return scene_of([one, other], {}, [(lambda r: r.access(CRANE.id, CASES), Role.DROP)])


@scene("of concurrent policies each number is the larger one")
def _() -> Scene:
    trunk = settled()
    one, other = trunk.branch("one"), trunk.branch("other")
    one.policy(3, 1, HERON)
    other.policy(2, 2, TERN)
    return scene_of(
        [one, other],
        {},
        [(lambda r: (r.policy.threshold, r.policy.revoke_threshold), (3, 2))],
    )


@scene("of concurrent revocations the one that accepts least holds, and a later one corrects it")
def _() -> Scene:
    trunk = settled()
    one, other = trunk.branch("one"), trunk.branch("other")
    one.revoke(GULL, HERON, last=7)
    least = other.revoke(GULL, TERN, last=4)
    strict = scene_of([one, other], {}, [])
    one.take(other.files)
    seen_both = one.branch("later")
    corrected = seen_both.revoke(GULL, HERON, last=6)
    return scene_of(
        [seen_both],
        {corrected: IN_FORCE},
        [
            (lambda r: r.revoked(GULL.id).last, 6),  # type: ignore[union-attr]
            (lambda _: Roster.of(strict.archive, strict.files).revoked(GULL.id).op, least),  # type: ignore[union-attr]
        ],
    )


@scene("of concurrent trustees the smallest hash holds")
def _() -> Scene:
    trunk = settled()
    one, other = trunk.branch("one"), trunk.branch("other")
    first, second = one.trustees("north", HERON), other.trustees("south", TERN)
    winner = "north" if first < second else "south"
    return scene_of(
        [one, other],
        {first: IN_FORCE, second: IN_FORCE},
        [(lambda r: r.recovery.recovery.recipient, a_recipient(winner))],  # type: ignore[union-attr]
    )


@scene("when too few admins are left for the policy, people are told")
def _() -> Scene:
    trunk = settled(2, 1)
    trunk.revoke(GULL, TERN)
    trunk.revoke(HERON, TERN)
    return scene_of([trunk], {}, [(kinds, ["epoch-held", "too-few-admins"])])


@scene("two devices that share a key, added at once, are named")
def _() -> Scene:
    trunk = settled()
    one, other = trunk.branch("one"), trunk.branch("other")
    one.join(CRANE, HERON)
    twin = machine("twin", member="crane", signing="crane")
    other.join(twin, TERN)
    return scene_of([one, other], {}, [(kinds, ["shared-key"])])


@scene("an epoch id used twice at once is named, and the smallest hash decides")
def _() -> Scene:
    trunk = settled()
    one, other = trunk.branch("one"), trunk.branch("other")
    first, second = one.rotate("same", HERON), other.rotate("same", TERN, to=[TERN])
    return scene_of([one, other], {first: IN_FORCE, second: IN_FORCE}, [(kinds, ["epoch-twice"])])


@scene("a policy that a thief raises as if before the revocation binds nobody")
def _() -> Scene:
    trunk = settled()
    thief = trunk.branch("thief")
    revoked = trunk.revoke(GULL)
    raised = thief.policy(3, 1, GULL)
    added = trunk.join(CRANE)
    return scene_of(
        [trunk, thief],
        {revoked: IN_FORCE, raised: LOST, added: IN_FORCE},
        [(lambda r: r.policy.threshold, 1)],
    )


@scene("a policy lowered by a revoked pair does not let one of theirs act alone")
def _() -> Scene:
    trunk = settled(2, 1)
    thieves = trunk.branch("thieves")
    first = trunk.revoke(GULL)
    lowered = thieves.policy(1, 1, GULL, TERN)
    alone = thieves.join(CRANE, TERN)
    return scene_of(
        [trunk, thieves],
        {first: IN_FORCE, lowered: "pending 1", alone: "pending 1"},
        [(lambda r: r.policy.threshold, 2), (lambda r: CRANE.id in r.devices, False)],
    )


@scene("one admin alone destroys no key, even where one is enough for everything else")
def _() -> Scene:
    trunk = settled(1, 1)
    alone = trunk.withdraw("photo", by=(HERON,))
    return scene_of([trunk], {alone: "pending 1"}, [(lambda r: r.withdrawn, frozenset())])


@scene("two admins who are two people have a key destroyed")
def _() -> Scene:
    trunk = settled(1, 1)
    both = trunk.withdraw("photo", by=(HERON, TERN))
    return scene_of(
        [trunk], {both: IN_FORCE}, [(lambda r: r.withdrawn, frozenset([an_id("photo")]))]
    )


@scene("a withdrawal signed by one whose revocation had not seen it withdraws nothing")
def _() -> Scene:
    trunk = settled(1, 1)
    thief = trunk.branch("thief")
    revoked = trunk.revoke(GULL)
    taken = thief.withdraw("photo", by=(GULL, TERN))
    return scene_of(
        [trunk, thief],
        {revoked: IN_FORCE, taken: "pending 1"},
        [(lambda r: r.withdrawn, frozenset())],
    )


def settled_without_crane() -> str:
    """Return a text that adds crane's device to a settled archive, parents to be replaced."""
    trunk = settled()
    text = trunk.adding(machine("template", member="heron"))
    card = canonical.decode(CRANE.card.encode(), 4096)
    return rewritten(text, card=card, member=HERON.member)


def sign_as(text: str, key_of: Machine, name_of: Machine) -> bytes:
    """Return a roster file signed with one device's key under another device's name."""
    return sign_op(text, archive_of(text), name_of.id, key_of.key)
