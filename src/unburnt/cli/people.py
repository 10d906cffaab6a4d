"""People and circles: members, roles, compartments, and what several admins must agree on."""

from __future__ import annotations

from typing import Any

import click

from unburnt.cli.app import App, as_json, book, command
from unburnt.cli.founding import CODE_NAMES, device_rows
from unburnt.cli.manual import EVERY, Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, remark, report, table
from unburnt.cli.waiting import SHORT, say_keys, say_waiting, waiting_data, waiting_lines
from unburnt.cli.words import N_, _
from unburnt.core.errors import UsageError
from unburnt.model.roster import Roster
from unburnt.model.roster_ops import Purpose
from unburnt.model.roster_values import PURPOSES
from unburnt.workflow import people
from unburnt.workflow.lookup import find_device
from unburnt.workflow.proposals import waiting_ops
from unburnt.workflow.session import Session

ROLES = ("relay", "drop", "read", "write")

members = book(
    unburnt,
    "member",
    Manual(
        what=N_("See who belongs to the archive."),
        when=N_("When people come or go."),
        example="unburnt member list",
        never=N_("Members are code names here: no name of a person belongs into the roster."),
        exits=(0, 2),
    ),
)


@command(
    members,
    "list",
    Manual(
        what=N_("List the members with their devices."),
        when=N_("Before a drill, after an arrest."),
        example="unburnt member list",
        never=N_("It does not say who a code name is."),
        exits=EVERY,
        keys={"members": N_("list of: id, label, devices, admin")},
    ),
)
@as_json
def list_members(app: App, as_json: bool) -> None:
    """List members."""
    with app.open() as session:
        known = _member_rows(session.roster)
    headings = (_("member"), _("devices"), _("state"), _("id"))
    rows = [
        (m["label"], ", ".join(m["devices"]), _("admin") if m["admin"] else "", m["id"])
        for m in known
    ]
    report(as_json, {"members": known}, table(headings, rows))


def _member_rows(roster: Roster) -> list[dict[str, Any]]:
    return [
        {
            "id": member.id,
            "label": member.label,
            "devices": sorted(d.label for d in roster.devices.values() if d.member == member.id),
            "admin": any(d.member == member.id for d in roster.admins),
        }
        for member in sorted(roster.members.values(), key=lambda member: member.label)
    ]


@command(
    unburnt,
    "access",
    Manual(
        what=N_("Set what a device may do in a compartment: relay, drop, read or write."),
        when=N_("When somebody's work changes. Lower roles count at once for what comes next."),
        example="unburnt access field-laptop sources drop",
        never=N_(
            "It does not take back what a device could read so far; when it may read no longer, the"
            " compartment gets a new key. A device in other hands must be revoked."
        ),
    ),
)
@click.argument("device")
@click.argument("compartment")
@click.argument("role", type=click.Choice(ROLES))
def access(app: App, device: str, compartment: str, role: str) -> None:
    """Set a role."""
    with app.open() as session:
        known = find_device(session.roster, device)
        compartment_id = session.compartment(compartment)
        people.set_role(session, known.id, compartment_id, role)
        session.backend.flush()
        done = session.roster.access(known.id, compartment_id).name.lower() == role
        click.echo(_("Done.") if done else _("Proposed: it is NOT in force yet."))
        say_waiting(session)
        say_keys(session.roster)
        held = _holds_key(session.roster, known.id, compartment_id)
    if held:
        remark(_("It may still hold the present key: unburnt rotate."))


def _has_key(session: Session, compartment: str) -> bool:
    return session.roster.current_epoch(compartment) is not None


def _holds_key(roster: Roster, device: str, compartment: str) -> bool:
    """Whether a device that may not read holds the present key: this device could not renew it."""
    epoch = roster.current_epoch(compartment)
    held = epoch is not None and device in roster.granted(epoch.id)
    return held and not roster.may_read(device, compartment)


compartments = book(
    unburnt,
    "compartment",
    Manual(
        what=N_("See and add circles of need-to-know, each with its own key."),
        when=N_("When something must be kept from most of the group, such as who sources are."),
        example="unburnt compartment add legal",
        never=N_("A compartment cannot be removed, and nothing moves from one to another."),
        exits=(0, 2),
    ),
)


@command(
    compartments,
    "add",
    Manual(
        what=N_("Add a compartment with its first key, open to this device."),
        when=N_("Before recording what not everybody may read. Then: access for the others."),
        example="unburnt compartment add legal",
        never=N_("It does not hide that the compartment exists: its label can be read by anybody."),
        keys={"compartment": N_("id of the compartment")},
    ),
)
@click.argument("label")
@click.option(
    "--purpose",
    type=click.Choice(PURPOSES),
    help=N_("What it is for; nothing of sources or staff goes into packs."),
)
@as_json
def add_compartment(app: App, label: str, purpose: Purpose | None, as_json: bool) -> None:
    """Add a compartment."""
    with app.open() as session:
        whole = {c.label for c in session.roster.compartments.values() if _has_key(session, c.id)}
        if label in whole:
            raise UsageError(f"There is a compartment “{label}” already.", "Choose another label.")
        made = people.add_compartment(session, label, purpose)
        session.backend.flush()
        say_waiting(session)
        if not _has_key(session, made):
            remark(_("It has no key yet: nothing can be recorded there until it is approved."))
    remark(_(CODE_NAMES))
    report(as_json, {"compartment": made}, fields([(_("compartment"), made)]))


@command(
    compartments,
    "purpose",
    Manual(
        what=N_(
            "Say what a compartment is for: who gave something stands in one for sources; nothing"
            " of one for sources or staff goes into a pack. Its label may be any word."
        ),
        when=N_("When a compartment for sources or staff has a label of your own."),
        example="unburnt compartment purpose birds sources",
        never=N_(
            "It moves nothing. It takes no protection away unasked: “none” needs as many admins as"
            " any change does."
        ),
        keys={
            "compartment": N_("id of the compartment"),
            "purposes": N_("what it is for now"),
            "waiting": N_("operations that need more signatures; list of: op, kind, missing"),
        },
    ),
)
@click.argument("label")
@click.argument("purpose", type=click.Choice([*PURPOSES, "none"]))
@as_json
def say_purpose(app: App, label: str, purpose: Purpose, as_json: bool) -> None:
    """Say what a compartment is for."""
    with app.open() as session:
        compartment = session.compartment(label)
        people.set_purpose(session, compartment, purpose)
        session.backend.flush()
        now = sorted(session.roster.purposes(compartment))
        data = {
            "compartment": compartment,
            "purposes": now,
            "waiting": waiting_data(session.roster),
        }
        report(as_json, data, fields([(_("purpose"), ", ".join(map(_, now)) or _("none"))]))
        say_waiting(session)
    remark(_("Next: unburnt sync, to every site."))


@command(
    compartments,
    "list",
    Manual(
        what=N_("List the compartments, the number of their keys so far, and who reads them."),
        when=N_("When you wonder where to record something."),
        example="unburnt compartment list",
        never=N_("It does not show what is in them."),
        keys={"compartments": N_("list of: id, label, purposes, generation, readers")},
    ),
)
@as_json
def list_compartments(app: App, as_json: bool) -> None:
    """List compartments."""
    with app.open() as session:
        known = _compartment_rows(session.roster)
    headings = (_("compartment"), _("purpose"), _("keys"), _("read by"), _("id"))
    rows = [
        (
            c["label"],
            ", ".join(_(one) for one in c["purposes"]),
            c["generation"],
            ", ".join(c["readers"]),
            c["id"],
        )
        for c in known
    ]
    report(as_json, {"compartments": known}, table(headings, rows))


def _compartment_rows(roster: Roster) -> list[dict[str, Any]]:
    rows = []
    for compartment in sorted(roster.compartments.values(), key=lambda c: c.label):
        epoch = roster.current_epoch(compartment.id)
        readers = sorted(device.label for device in roster.readers(compartment.id))
        rows.append(
            {
                "id": compartment.id,
                "label": compartment.label,
                "purposes": sorted(roster.purposes(compartment.id)),
                "generation": epoch.generation if epoch else 0,
                "readers": readers,
            }
        )
    return rows


@command(
    unburnt,
    "roster",
    Manual(
        what=N_("Show who may do what, what waits for signatures, and what should alarm you."),
        when=N_("Weekly, and whenever something surprises you."),
        example="unburnt roster",
        never=N_("It judges signatures, not people: an alarm is for you to ask about."),
        exits=(0, 1, 2, 4, 5, 6),
        keys={
            "archive": N_("id of the archive"),
            "threshold": N_("how many admins must agree"),
            "revoke_threshold": N_("how many must agree to revoke"),
            "members": N_("as in “member list”"),
            "devices": N_("as in “device list”"),
            "compartments": N_("as in “compartment list”"),
            "trustees": N_("labels of those who hold recovery cards"),
            "pending": N_("list of: op, kind, missing"),
            "rejected": N_("list of: op, reason"),
            "waiting": N_("operations that rest on others that have not arrived"),
            "alarms": N_("list of: kind, message, subjects"),
        },
    ),
)
@as_json
def roster(app: App, as_json: bool) -> int:
    """Show the roster."""
    with app.open() as session:
        known = session.roster
        data = _roster_data(known)
    waiting = waiting_lines(known, waiting_ops(known))
    lines = [
        *fields([(_("archive"), known.archive)]),
        _("{k} admins must agree; {j} to revoke.").format(
            k=data["threshold"], j=data["revoke_threshold"]
        ),
        *table(
            (_("device"), _("member"), _("roles")),
            [
                (d["label"], d["member"], ", ".join(f"{c} {r}" for c, r in d["roles"].items()))
                for d in data["devices"]
                if not d["revoked"]
            ],
        ),
        *([_("Waiting for signatures:"), *waiting] if waiting else ()),
        *fields((_("rejected"), f"{r['op'][:SHORT]} {r['reason']}") for r in data["rejected"]),
        *fields((_("alarm"), f"{a['kind']}: {a['message']}") for a in data["alarms"]),
    ]
    report(as_json, data, lines)
    return 1 if data["alarms"] else 0


def _roster_data(known: Roster) -> dict[str, Any]:
    shares = known.recovery.recovery.shares if known.recovery else ()
    return {
        "archive": known.archive,
        "threshold": known.policy.threshold,
        "revoke_threshold": known.policy.revoke_threshold,
        "members": _member_rows(known),
        "devices": device_rows(known),
        "compartments": _compartment_rows(known),
        "trustees": [share.trustee for share in shares],
        "pending": waiting_data(known),
        "rejected": [{"op": r.op, "reason": r.reason} for r in known.rejected],
        "waiting": list(known.waiting),
        "alarms": [
            {"kind": a.kind, "message": a.message, "subjects": list(a.subjects)}
            for a in known.alarms
        ],
    }


@command(
    unburnt,
    "rotate",
    Manual(
        what=N_("Give a compartment a new key, for its present readers and the trustees."),
        when=N_("After somebody's role was lowered, and at least once a year."),
        example="unburnt rotate sources",
        never=N_("What was sealed to earlier keys stays open to those who had them."),
        keys={"compartment": N_("id of the compartment"), "epoch": N_("id of its new key")},
    ),
)
@click.argument("compartment")
@as_json
def rotate(app: App, compartment: str, as_json: bool) -> None:
    """Begin a new epoch."""
    with app.open() as session:
        known = session.compartment(compartment)
        epoch = people.rotate(session, known)
        session.backend.flush()
    pairs = [(_("compartment"), compartment), (_("key"), epoch)]
    report(as_json, {"compartment": known, "epoch": epoch}, fields(pairs))
