"""Withdrawal: a giver asks for their original back, and its key is destroyed everywhere."""

from __future__ import annotations

import click

from unburnt.cli.app import App, agree, as_json, command, yes
from unburnt.cli.manual import Manual
from unburnt.cli.people import compartments
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, remark, report
from unburnt.cli.waiting import honest_lines, say_waiting, waiting_data
from unburnt.cli.words import N_, _
from unburnt.core.errors import UsageError
from unburnt.workflow import withdrawal
from unburnt.workflow.lookup import find_entity


@command(
    unburnt,
    "withdraw",
    Manual(
        what=N_(
            "Propose that the keys of originals be destroyed on every device and site, with those"
            " of everything that was derived from them. Two admins at least must agree."
        ),
        when=N_(
            "When a giver asks for what they gave, and you have decided to do it. Then sync;"
            " another admin approves; then everybody syncs every site."
        ),
        example="unburnt withdraw aicq3mvp --reason 'the giver asked, by voice'",
        never=N_(
            "It deletes no record: that the original existed stays, with its name and digest. It"
            " cannot reach copies that were exported, printed or published, old backups, or sticks"
            " that never come back; and only originals of withdrawable compartments have a key."
        ),
        keys={
            "operation": N_("the operation that waits for another admin"),
            "evidence": N_("ids of what it is about, derivatives included"),
            "keys": N_("number of keys to be destroyed"),
            "staying": N_(
                "ids of what stays readable: without own keys, or the same bytes elsewhere"
            ),
            "in_force": N_("whether it is in force"),
            "waiting": N_("operations that need more signatures; list of: op, kind, missing"),
        },
    ),
)
@click.argument("evidence", nargs=-1, required=True)
@click.option("--reason", required=True, help=N_("Why; it stands in the chain of custody."))
@yes
@as_json
def withdraw(app: App, evidence: tuple[str, ...], reason: str, yes: bool, as_json: bool) -> None:
    """Propose a withdrawal."""
    if not reason.strip():
        raise UsageError("A withdrawal needs a reason.", "Say in a few words why.")
    with app.open() as session:
        wished = withdrawal.plan(session, [find_entity(session, text) for text in evidence])
        for line in honest_lines():
            remark(line)
        if wished.staying:
            remark(_("What stays readable: without own keys, or the same bytes elsewhere:"))
            for piece in wished.staying:
                remark(f"  {piece}")
        if not yes:
            agree(_("Destroy the keys of {count} originals?").format(count=len(wished.keys)))
        operation = withdrawal.withdraw(session, wished, reason.strip())
        in_force = session.roster.withdrawn.issuperset(wished.keys)
        data = {
            "operation": operation,
            "evidence": list(wished.evidence),
            "keys": len(wished.keys),
            "staying": list(wished.staying),
            "in_force": in_force,
            "waiting": waiting_data(session.roster),
        }
        pairs = [
            (_("operation"), operation[:12]),
            (_("keys"), len(wished.keys)),
            (_("in force"), _("yes") if in_force else _("no")),
        ]
        report(as_json, data, fields(pairs))
        say_waiting(session)
    if in_force:
        remark(_("Next: unburnt sync, to every site; then every other device, too."))


@command(
    compartments,
    "withdrawable",
    Manual(
        what=N_(
            "Give every original taken into a compartment from now on a key of its own, so that a"
            " giver can withdraw it. It never stops being so."
        ),
        when=N_("Before taking in what a giver may ask back."),
        example="unburnt compartment withdrawable cases",
        never=N_(
            "It changes nothing that was taken in before: that cannot be withdrawn. Evidence that"
            " must never vanish belongs elsewhere: two admins together can destroy what lies here."
        ),
        keys={
            "compartment": N_("id of the compartment"),
            "withdrawable": N_("whether originals taken in now can be withdrawn"),
        },
    ),
)
@click.argument("label")
@as_json
def make_withdrawable(app: App, label: str, as_json: bool) -> None:
    """Make a compartment withdrawable."""
    with app.open() as session:
        compartment = session.compartment(label)
        withdrawal.mark_withdrawable(session, compartment)
        done = session.roster.is_withdrawable(compartment)
        data = {"compartment": compartment, "withdrawable": done}
        report(as_json, data, fields([(_("withdrawable"), _("yes") if done else _("no"))]))
        say_waiting(session)
    remark(_("Next: unburnt sync, to every site."))
