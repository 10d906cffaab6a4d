"""Beginning: founding an archive, making keys on a new device, letting it in, joining."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from unburnt.cli.app import PATH, App, as_json, book, command, read_file
from unburnt.cli.manual import EVERY, Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, remark, report, table
from unburnt.cli.waiting import say_keys, say_waiting, waiting_data
from unburnt.cli.words import N_, _
from unburnt.core.errors import UsageError
from unburnt.model.roster import Roster
from unburnt.model.roster_card import MAX_CARD, read_card
from unburnt.model.roster_ops import Purpose
from unburnt.workflow import cards, exchange, people
from unburnt.workflow.lookup import check_archive_id, open_place

COMPARTMENTS = ("cases", "sources", "staff")
SOURCES: Purpose = "sources"
STAFF: Purpose = "staff"
CODE_NAMES = N_("Labels are code names: they can be read without keys, on every copy.")


@command(
    unburnt,
    "found",
    Manual(
        what=N_(
            "Found a new archive in an empty folder, with this device as its first. MEMBER and"
            " DEVICE are code names; COMPARTMENT are circles of need-to-know, by default cases,"
            " sources and staff."
        ),
        when=N_(
            "Once for a group, on a machine it trusts. Then: trustees appoint, site add, and device"
            " enrol for everybody else."
        ),
        example="unburnt --archive ~/archive found heron office-laptop cases sources staff",
        never=N_(
            "It does not make a second archive in a folder that holds one, and it cannot bring back"
            " a forgotten passphrase: only trustees can."
        ),
        exits=(0, 2, 5),
        keys={
            "archive": N_("id of the archive; give it to everybody who joins"),
            "device": N_("id of this device"),
            "compartments": N_("labels of the compartments"),
        },
    ),
)
@click.argument("member")
@click.argument("device")
@click.argument("compartment", nargs=-1)
@click.option(
    "--sources",
    metavar="LABEL",
    help=N_("Which of them is for sources, where its label is not “sources”."),
)
@click.option(
    "--staff",
    metavar="LABEL",
    help=N_("Which is for staff, where its label is not “staff”."),
)
@as_json
def found(
    app: App,
    member: str,
    device: str,
    compartment: tuple[str, ...],
    sources: str | None,
    staff: str | None,
    as_json: bool,
) -> None:
    """Found an archive."""
    labels = compartment or COMPARTMENTS
    purposes = _purposes(labels, sources, staff)
    people.check_free(app.root, labels)
    passphrase = app.passphrase(new=True)
    with people.found(
        app.root, member, device, passphrase, labels, purposes=purposes, cost=app.cost
    ) as session:
        data = {
            "archive": session.archive,
            "device": session.device,
            "compartments": list(labels),
        }
        roster = session.roster
        apart = any("sources" in roster.purposes(one) for one in roster.compartments)
    remark(_(CODE_NAMES))
    if not apart:
        remark(
            _(
                "No compartment is for sources: who gave something would stand beside it, and would"
                " go into packs. Say which it is: unburnt compartment purpose LABEL sources; or add"
                " one: unburnt compartment add LABEL --purpose sources."
            )
        )
    report(
        as_json,
        data,
        fields(
            [
                (_("archive"), data["archive"]),
                (_("device"), data["device"]),
                (_("compartments"), ", ".join(labels)),
            ]
        ),
    )
    remark(_("Next: unburnt trustees appoint, and unburnt site add."))


def _purposes(labels: Sequence[str], sources: str | None, staff: str | None) -> dict[str, Purpose]:
    """Return by label what the compartments are for; UsageError for a label that is not founded."""
    wanted: dict[str, Purpose] = {}
    for label, purpose in ((sources, SOURCES), (staff, STAFF)):
        if label is not None and (label not in labels or label in wanted):
            raise UsageError(
                f"“{label}” is none of the compartments, or is named twice.",
                "Name one of them for sources and another for staff.",
            )
        if label is not None:
            wanted[label] = purpose
    return wanted


devices = book(
    unburnt,
    "device",
    Manual(
        what=N_("Make the keys of a device, show its card, let it in, list devices."),
        when=N_("When somebody joins, or gets a new machine."),
        example="unburnt --archive ~/archive device prepare field-laptop > card.json",
        never=N_("No private key ever travels from one device to another."),
        exits=(0, 2),
    ),
)


@command(
    devices,
    "prepare",
    Manual(
        what=N_("Make keys for this device in an empty folder and print its card."),
        when=N_(
            "On the new machine, before an admin lets it in. Bring the card to the admin by any"
            " way; say the id that is shown by voice."
        ),
        example="unburnt --archive ~/archive device prepare field-laptop > card.json",
        never=N_("It does not join anything, and the card holds no secret."),
        exits=(0, 2, 5),
    ),
)
@click.argument("label")
def prepare(app: App, label: str) -> None:
    """Make the keys of a device."""
    app.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    card = people.prepare(app.root, label, app.passphrase(new=True), cost=app.cost)
    click.echo(card.encode().decode("utf-8"))
    remark(_("Id of this device, to be compared by voice: {id}").format(id=card.device))


@command(
    devices,
    "card",
    Manual(
        what=N_("Print the card of this device again."),
        when=N_("When the card that “device prepare” printed was lost."),
        example="unburnt --archive ~/archive device card > card.json",
        never=N_("It makes no keys, and the card holds no secret."),
        exits=(0, 2, 4, 5, 6),
    ),
)
def card(app: App) -> None:
    """Print this device's card."""
    own = cards.own_card(app.root, app.passphrase())
    click.echo(own.encode().decode("utf-8"))
    remark(_("Id of this device, to be compared by voice: {id}").format(id=own.device))


@command(
    devices,
    "enrol",
    Manual(
        what=N_(
            "Let the device of a CARD in for MEMBER, with its roles. Roles are relay (holds sealed"
            " copies), drop (adds and cannot read back), read, and write."
        ),
        when=N_(
            "When somebody brings a card. Ask them by voice for the id that their device shows:"
            " whoever brings you a false card cannot say it. A laptop for the field gets drop."
        ),
        example="unburnt device enrol card.json wren --role cases=write --role sources=drop",
        never=N_(
            "It does not know whose device it is: the comparison by voice does. Where several"
            " admins must agree, the device waits for them: approve. Given again, it does what is"
            " left to do."
        ),
        exits=EVERY,
        keys={
            "device": N_("id of the device"),
            "archive": N_("id of the archive; give it to whoever joins"),
            "waiting": N_("operations that need more signatures; list of: op, kind, missing"),
        },
    ),
)
@click.argument("card", type=PATH)
@click.argument("member")
@click.option(
    "--role", multiple=True, metavar="COMPARTMENT=ROLE", help=N_("What it may do, and where.")
)
@click.option("--admin", is_flag=True, help=N_("Let it change who may do what."))
@click.option("--id", "spoken", metavar="ID", help=N_("The id as the other person said it."))
@as_json
def enrol(
    app: App,
    card: Path,
    member: str,
    role: tuple[str, ...],
    admin: bool,
    spoken: str | None,
    as_json: bool,
) -> None:
    """Let a device in."""
    shown = read_card(read_file(card, MAX_CARD).strip())
    roles = dict(_role(text) for text in role)
    with app.open() as session:
        said = spoken or click.prompt(_("The id, as the other person says it"), err=True)
        if said.strip().lower() != shown.device:
            raise UsageError(
                "This is not the id of the card.",
                "Do not let it in. Ask again by voice, and ask where the card comes from.",
            )
        device = people.enrol(session, shown, member, roles, admin=admin)
        waiting = waiting_data(session.roster)
        data = {"device": device, "archive": session.archive, "waiting": waiting}
        lines = fields([(_("device"), device), (_("archive"), session.archive)])
        report(as_json, data, lines)
        waits = say_waiting(session)
        say_keys(session.roster)
    if waits:
        remark(_("Only then, on the other device: unburnt join."))
    else:
        remark(_("Next: unburnt sync; then on the other device: unburnt join."))


def _role(text: str) -> tuple[str, str]:
    compartment, sign, name = text.partition("=")
    if not sign:
        raise UsageError("A role is written as COMPARTMENT=ROLE.", "Write --role cases=write.")
    return compartment, name.lower()


@command(
    devices,
    "list",
    Manual(
        what=N_("List all devices with what they may do."),
        when=N_("Before a journey, after an arrest, and whenever somebody leaves."),
        example="unburnt device list",
        never=N_("It does not say where a device is or whether it still exists."),
        exits=EVERY,
        keys={"devices": N_("list of: id, label, member, admin, revoked, roles")},
    ),
)
@as_json
def list_devices(app: App, as_json: bool) -> None:
    """List devices."""
    with app.open() as session:
        known = device_rows(session.roster)
    headings = (_("device"), _("member"), _("state"), _("roles"), _("id"))
    rows = [(d["label"], d["member"], _state(d), _roles(d["roles"]), d["id"]) for d in known]
    report(as_json, {"devices": known}, table(headings, rows))


def device_rows(roster: Roster) -> list[dict[str, Any]]:
    """Return what there is to say of each device, as plain values."""
    return [
        {
            "id": device.id,
            "label": device.label,
            "member": roster.members[device.member].label,
            "admin": device.admin,
            "revoked": device.revoked,
            "roles": {
                c.label: roster.access(device.id, c.id).name.lower()
                for c in roster.compartments.values()
                if roster.access(device.id, c.id)
            },
        }
        for device in sorted(roster.devices.values(), key=lambda device: device.label)
    ]


def _state(device: dict[str, Any]) -> str:
    if device["revoked"]:
        return _("revoked")
    return _("admin") if device["admin"] else ""


def _roles(roles: dict[str, str]) -> str:
    return ", ".join(f"{label} {role}" for label, role in sorted(roles.items()))


@command(
    unburnt,
    "join",
    Manual(
        what=N_("Fetch an archive for a prepared device from a folder or a bundle."),
        when=N_(
            "After an admin has enrolled this device and synced the place you read from. ARCHIVE"
            " is the id that the admin said: another archive is refused."
        ),
        example="unburnt --archive ~/archive join 74eaa9… --from /media/stick",
        never=N_("It reads only what this device was granted; it writes nothing to the place."),
        exits=EVERY,
        keys={
            "archive": N_("id of the archive"),
            "device": N_("id of this device"),
            "entries": N_("entries fetched and verified"),
        },
    ),
)
@click.argument("archive")
@click.option("--from", "source", type=PATH, required=True, help=N_("Folder or bundle to fetch."))
@click.option("--site", metavar="LABEL", help=N_("Remember the folder as a site of this name."))
@as_json
def join(app: App, archive: str, source: Path, site: str | None, as_json: bool) -> None:
    """Join an archive."""
    check_archive_id(archive)
    place = open_place(source)
    label = site or source.resolve().name
    with people.join(app.root, app.passphrase(), place, archive, cost=app.cost) as session:
        place.close()
        if source.is_dir():
            exchange.add_site(session, label, source, {})
            entries = exchange.sync(session, label).new_entries
        else:
            entries = exchange.receive(session, source).new_entries
        data = {"archive": session.archive, "device": session.device, "entries": entries}
    pairs = [(_("archive"), data["archive"]), (_("device"), data["device"])]
    report(as_json, data, fields([*pairs, (_("entries"), entries)]))
