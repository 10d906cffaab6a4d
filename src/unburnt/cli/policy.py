"""Who must agree: the policy, who is admin, and approving what others propose."""

from __future__ import annotations

from typing import Any

import click

from unburnt.cli.app import App, agree, as_json, command, yes
from unburnt.cli.founding import devices
from unburnt.cli.manual import EVERY, Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, remark, report
from unburnt.cli.waiting import (
    say_keys,
    say_waiting,
    say_withdrawals,
    waiting_data,
    waiting_lines,
)
from unburnt.cli.words import N_, _
from unburnt.core.errors import UsageError
from unburnt.model.roster import Roster
from unburnt.model.roster_ops import Op
from unburnt.model.roster_values import Pending
from unburnt.workflow import policy as rules
from unburnt.workflow.lookup import find_device
from unburnt.workflow.proposals import waiting_ops

_ENOUGH_FOR_TWO = 3  # admins: with two needed, one may be lost


@command(
    unburnt,
    "policy",
    Manual(
        what=N_(
            "Show who the admins are and how many of them must agree, or change it. A person"
            " counts once, whatever number of devices they have."
        ),
        when=N_(
            "As soon as three people are admins: let two agree to every change. Whoever seizes one"
            " admin's laptop can then neither let a stranger in nor shut the others out."
        ),
        example="unburnt policy --changes 2 --revocations 1",
        never=N_(
            "It never asks for more people than are admins. The trustees together need nobody"
            " else's signature."
        ),
        exits=EVERY,
        keys={
            "threshold": N_("how many admins must agree"),
            "revoke_threshold": N_("how many must agree to revoke"),
            "admins": N_("labels of the members who are admins"),
            "trustees": N_("whether trustees can stand in for them"),
            "waiting": N_("operations that need more signatures; list of: op, kind, missing"),
        },
    ),
)
@click.option("--changes", type=click.IntRange(1, 100), metavar="K", help=N_("For every change."))
@click.option(
    "--revocations", type=click.IntRange(1, 100), metavar="J", help=N_("To revoke; K at most.")
)
@as_json
def policy(app: App, changes: int | None, revocations: int | None, as_json: bool) -> None:
    """Show or change how many must agree."""
    with app.open() as session:
        if changes is not None or revocations is not None:
            rules.set_policy(session, changes, revocations)
        data = _policy_data(session.roster)
        lines = [
            _("{k} must agree to a change, {j} to a revocation").format(
                k=data["threshold"], j=data["revoke_threshold"]
            ),
            *fields([(_("admins"), ", ".join(data["admins"]))]),
            *_warnings(data),
        ]
        report(as_json, data, lines)
        waits = say_waiting(session)
    if not waits and (changes is not None or revocations is not None):
        remark(_("Next: unburnt sync, to every site."))


def _policy_data(roster: Roster) -> dict[str, Any]:
    trustees = roster.trustees
    return {
        "threshold": roster.policy.threshold,
        "revoke_threshold": roster.policy.revoke_threshold,
        "admins": [member.label for member in rules.admins(roster)],
        "trustees": trustees is not None and trustees.admin,
        "waiting": waiting_data(roster),
    }


def _warnings(data: dict[str, Any]) -> list[str]:
    """Return what a person should know about these numbers."""
    people, needed = len(data["admins"]), data["threshold"]
    found = []
    if people < needed:
        found.append(
            _(
                "Fewer people are left than must agree. Only the trustees can change anything:"
                " unburnt recover."
            )
            if data["trustees"]
            else _("Fewer people are left than must agree. Nothing can be changed any more.")
        )
    elif people == needed and people > 1:
        found.append(_("None of them may be lost: make one more person admin."))
    if needed == 1 and people > 1:
        found.append(
            _(
                "Any one of them alone, or who seizes their laptop, can let in strangers and revoke"
                " the others."
            )
        )
    if needed == 1 and people >= _ENOUGH_FOR_TWO:
        found.append(_("Recommended: unburnt policy --changes 2 --revocations 2"))
    return found


@command(
    devices,
    "admin",
    Manual(
        what=N_("Let a device change who may do what, or no longer: on or off."),
        when=N_("When somebody comes to share responsibility, or lays it down."),
        example="unburnt device admin wren-laptop on",
        never=N_(
            "It never leaves fewer people than must agree. A device in other hands must be revoked:"
            " off is for people you still trust."
        ),
        exits=EVERY,
        keys={
            "device": N_("id of the device"),
            "admin": N_("whether it is admin now"),
            "waiting": N_("operations that need more signatures; list of: op, kind, missing"),
        },
    ),
)
@click.argument("device")
@click.argument("state", type=click.Choice(("on", "off")))
@as_json
def set_admin(app: App, device: str, state: str, as_json: bool) -> None:
    """Make a device admin, or no longer."""
    with app.open() as session:
        known = find_device(session.roster, device)
        rules.set_admin(session, known.id, state == "on")
        now = session.roster.devices[known.id].admin
        data = {"device": known.id, "admin": now, "waiting": waiting_data(session.roster)}
        pairs = [(_("device"), known.label), (_("admin"), _("yes") if now else _("no"))]
        policy_data = _policy_data(session.roster)
        report(as_json, data, [*fields(pairs), *_warnings(policy_data)])
        waits = say_waiting(session)
    if not waits:
        remark(_("Next: unburnt sync, to every site."))


@command(
    unburnt,
    "approve",
    Manual(
        what=N_(
            "Add this device's signature to operations that wait for it; show them without any."
            " What is then in force is carried out: keys are handed over or made anew."
        ),
        when=N_(
            "When another admin asks, and after you have asked them by voice what it is. OPERATION"
            " is the beginning of its name; --all takes everything that waits for you, after"
            " showing it."
        ),
        example="unburnt approve 5e3b0c44298f 77aa1be0b0c2",
        never=N_("It cannot take a signature back."),
    ),
)
@click.argument("operation", nargs=-1)
@click.option("--all", "everything", is_flag=True, help=N_("All that waits for you."))
@yes
def approve(app: App, operation: tuple[str, ...], everything: bool, yes: bool) -> None:
    """Sign pending operations."""
    with app.open() as session:
        roster, own = session.roster, session.member
        waiting = waiting_ops(roster)
        chosen = [_named(waiting, name) for name in dict.fromkeys(operation)]
        if everything or not operation:
            chosen = [item for item in waiting if own not in _people(roster, item[0])]
        lines = waiting_lines(roster, chosen)
        for line in lines or [_("Nothing waits for you.")]:
            click.echo(line)
        if not chosen or not (everything or operation):
            return
        destroys = say_withdrawals(session, chosen)
        if destroys and not yes:
            agree(_("Destroy these keys for good?"))
        elif everything and not yes:
            agree(_("Sign all of this? Ask who proposed it, by voice, first."))
        rules.approve(session, [pending.op for pending, _op in chosen])
        click.echo(_("Signed."))
        say_waiting(session)
        say_keys(session.roster)
    remark(_("Next: unburnt sync, to every site; then tell whoever asked."))


def _people(roster: Roster, pending: Pending) -> set[str]:
    return {roster.devices[device].member for device in pending.signers}


def _named(waiting: list[tuple[Pending, Op]], name: str) -> tuple[Pending, Op]:
    found = [item for item in waiting if item[0].op.startswith(name)]
    if len(found) != 1:
        raise UsageError(
            f"{len(found)} operations that wait begin with these characters.",
            "See which wait: unburnt roster.",
        )
    return found[0]
