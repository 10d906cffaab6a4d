"""When something was taken: what it could open, whom to warn, and ending it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

from unburnt.cli.app import App, agree, as_json, command, yes
from unburnt.cli.manual import Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, remark, report, safe, table
from unburnt.cli.verdicts import finding_data, finding_lines
from unburnt.cli.waiting import say_waiting, waiting_data
from unburnt.cli.words import N_, _
from unburnt.core.errors import UsageError
from unburnt.model.roster_values import Device
from unburnt.workflow import exposure, people
from unburnt.workflow.exposure import exposed
from unburnt.workflow.lookup import find_device
from unburnt.workflow.proposals import proposed_revocation
from unburnt.workflow.session import Session

REASONS = ("lost", "seized", "arrested", "retired", "compromised")

_PLACES = {
    "source": N_("source"),
    "defender": N_("defender"),
    "victim": N_("victim"),
    "other": N_("other"),
}


@command(
    unburnt,
    "exposure",
    Manual(
        what=N_(
            "Show what a device could open, and whom to warn in which order: sources first, then"
            " our own people, then victims and witnesses."
        ),
        when=N_(
            "In the first minutes after a device was lost or seized, before revoke; also before a"
            " journey, to see what a device carries. Ask on a device that reads everything."
        ),
        example="unburnt exposure field-laptop",
        never=N_(
            "It warns nobody and changes nothing. It reckons with an unlocked device, and it cannot"
            " see names inside free text and files, nor what was printed or exported."
        ),
        keys={
            "device": N_("id of the device"),
            "label": N_("its label"),
            "revoked": N_("whether it is revoked"),
            "opened": N_("keys within reach; list of: compartment, generation, entries, current"),
            "warn": N_("people in the order to warn them; list of: place, entity, name, reasons"),
            "findings": N_("list of: level, code, text, step"),
            "honest": N_("what every such report must say of itself"),
        },
    ),
)
@click.argument("device")
@as_json
def show_exposure(app: App, device: str, as_json: bool) -> None:
    """Show what a device could open."""
    with app.open() as session:
        data, lines = _exposure(session, find_device(session.roster, device).id)
    report(as_json, data, lines)


def _exposure(session: Session, device: str) -> tuple[dict[str, Any], list[str]]:
    found = exposed(session, device)
    labels = {c.id: c.label for c in session.roster.compartments.values()}
    opened = [
        {
            "compartment": labels.get(item.compartment, item.compartment),
            "generation": item.generation,
            "entries": item.tally.entries,
            "current": item.current,
        }
        for item in found.opened
    ]
    findings = exposure.lines(found, _)
    people_to_warn = exposure.warned(found, _)
    warn = [
        {"place": w.place, "entity": w.entity, "name": w.name, "reasons": list(w.reasons)}
        for w in people_to_warn
    ]
    data = {
        "device": device,
        "label": found.device.label,
        "revoked": found.revoked is not None,
        "opened": opened,
        "warn": warn,
        "findings": finding_data(findings),
        "honest": exposure.honest(_),
    }
    rows = [(o["compartment"], o["generation"], o["entries"]) for o in opened]
    lines = [
        *fields([(_("device"), found.device.label)]),
        *finding_lines(findings),
        *(table((_("compartment"), _("key"), _("entries")), rows) if rows else ()),
        *(_warning(people_to_warn) if warn else (_("Nobody to warn is visible to you."),)),
        *exposure.honest(_),
    ]
    return data, lines


def _warning(warned: list[exposure.Warned]) -> list[str]:
    rows = [(_(_PLACES[w.place]), w.name, ", ".join(w.reasons)) for w in warned]
    return table((_("warn"), _("name"), _("why")), rows)


@command(
    unburnt,
    "revoke",
    Manual(
        what=N_(
            "End devices for ever and give every compartment they could read a new key. One"
            " confirmation, which shows what each device could open."
        ),
        when=N_(
            "As soon as a device is in other hands, or its owner was arrested; rather once too"
            " often. When a person was taken, name all their devices at once, so that no new key is"
            " made for one of them. Then sync every site, so that all others learn of it."
        ),
        example="unburnt revoke field-laptop --reason seized",
        never=N_(
            "It cannot take back what the device holds already, nor wipe it from afar. There is no"
            " way back: the person returns with new keys."
        ),
        keys={
            "devices": N_("list of: device, label, operation, accepted, in_force"),
            "rotated": N_("labels of compartments with a new key"),
            "waiting": N_("operations that need more signatures; list of: op, kind, missing"),
        },
    ),
)
@click.argument("device", nargs=-1, required=True)
@click.option("--reason", type=click.Choice(REASONS), help=N_("Why; anybody can read it."))
@click.option(
    "--accept",
    type=click.IntRange(min=0),
    metavar="N",
    help=N_("Accept the first N entries of its log; else all that are here. For one device."),
)
@yes
@as_json
def revoke(
    app: App,
    device: tuple[str, ...],
    reason: str | None,
    accept: int | None,
    yes: bool,
    as_json: bool,
) -> None:
    """End devices."""
    with app.open() as session:
        known = list(dict.fromkeys(find_device(session.roster, text) for text in device))
        _check(session, known, accept)
        sizes, why = _wished(session, known, reason, accept)
        if not yes:
            _confirm(session, known, sizes)
        before = _generations(session)
        operations = people.revoke(session, sizes, _reason(why))
        after = _generations(session)
        data = {
            "devices": [
                {
                    "device": item.id,
                    "label": item.label,
                    "operation": operation,
                    "accepted": sizes[item.id],
                    "in_force": session.roster.revoked(item.id) is not None,
                }
                for item, operation in zip(known, operations, strict=True)
            ],
            "rotated": sorted(label for label in after if after[label] != before[label]),
            "waiting": waiting_data(session.roster),
        }
        report(as_json, data, _revoked(data))
        waits = say_waiting(session)
        _say_held(session, [item.id for item in known])
    if waits:
        remark(_("Warn the people of the list now: do not wait for the signatures."))
    else:
        remark(_("Next: unburnt sync, to every site; then warn the people of the list."))


def _check(session: Session, known: list[Device], accept: int | None) -> None:
    if session.device in [item.id for item in known]:
        raise UsageError(
            "A device cannot revoke itself here: nobody could rotate after it.",
            "Revoke it from the device of another admin.",
        )
    if accept is not None and len(known) > 1:
        raise UsageError(
            "--accept is for one device: every log has its own length.",
            "Revoke the devices one by one, or leave it out.",
        )


def _wished(
    session: Session, known: list[Device], reason: str | None, accept: int | None
) -> tuple[dict[str, int], str]:
    """Return what to accept of each log and why; what is not said is as another admin proposed it.

    So two admins who revoke the same device agree, though one has seen more of its log.
    """
    sizes, reasons = {}, set()
    for item in known:
        proposed = proposed_revocation(session.roster, item.id)
        agreed = proposed is not None and reason in (None, proposed.reason)
        sizes[item.id] = session.journal.tip(item.id).size if accept is None else accept
        if proposed is not None and agreed:
            reasons.add(proposed.reason)
            sizes[item.id] = proposed.last if accept is None else accept
    return sizes, reason or (reasons.pop() if len(reasons) == 1 else "lost")


def _revoked(data: dict[str, Any]) -> list[str]:
    return [
        *(
            _("{device} is revoked. Entries of its log that stay accepted: {count}.").format(
                device=safe(item["label"]), count=item["accepted"]
            )
            if item["in_force"]
            else _(
                "{device}: the revocation waits for more signatures. It is NOT in force yet."
            ).format(device=safe(item["label"]))
            for item in data["devices"]
        ),
        *fields([(_("new keys"), ", ".join(data["rotated"]) or _("none"))]),
    ]


def _say_held(session: Session, devices: list[str]) -> None:
    """Name the compartments whose present key a revoked device holds and this one cannot renew."""
    for compartment in session.roster.compartments.values():
        epoch = session.roster.current_epoch(compartment.id)
        held = session.roster.granted(epoch.id) if epoch else {}
        if any(d in held and session.roster.revoked(d) for d in devices):
            remark(
                _(
                    "The key of {compartment} is still the old one; an admin who reads it renews"
                    " it: unburnt sync."
                ).format(compartment=safe(compartment.label))
            )


def _confirm(session: Session, known: list[Device], sizes: Mapping[str, int]) -> None:
    for item in known:
        for line in _exposure(session, item.id)[1]:
            remark(line)
        remark("")
        remark(
            _(
                "Revoking {device} is for ever. Entries of its log that stay accepted: {count};"
                " what it signs later is kept as unconfirmed. Compartments it could read get a new"
                " key now."
            ).format(device=safe(item.label), count=sizes[item.id])
        )
    agree(_("Revoke it?") if len(known) == 1 else _("Revoke all of them?"))


def _generations(session: Session) -> dict[str, int]:
    current = {c.label: session.roster.current_epoch(c.id) for c in _compartments(session)}
    return {label: epoch.generation if epoch else 0 for label, epoch in current.items()}


def _compartments(session: Session) -> Iterable[Any]:
    return session.roster.compartments.values()


def _reason(text: str) -> Any:
    return text  # click has checked it against REASONS
