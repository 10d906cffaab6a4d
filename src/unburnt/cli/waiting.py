"""What waits for the signatures of other admins, told in words, with exactly what to do next.

say_waiting(session)
    Not in force yet:
      5e3b0c44298f  adds wren  (1 more must agree)
    Next: unburnt sync. Then another admin, …: unburnt sync; unburnt approve 5e3b0c44298f; …
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from unburnt.cli.show import remark, safe
from unburnt.cli.words import N_, _
from unburnt.model.roster import Roster
from unburnt.model.roster_ops import (
    AddDevice,
    Op,
    Revoke,
    SetAccess,
    SetAdmin,
    SetMember,
    SetPolicy,
    SetPurpose,
    SetTrustees,
    SetWithdrawable,
    Withdraw,
)
from unburnt.model.roster_values import Pending
from unburnt.workflow.policy import without_keys
from unburnt.workflow.proposals import waiting_ops
from unburnt.workflow.session import Session

PURPOSE_WORDS = (N_("sources"), N_("staff"))
SHORT = 12  # characters of an operation's hash that people type
REASON_WORDS = {
    "lost": N_("lost"),
    "seized": N_("seized"),
    "arrested": N_("arrested"),
    "retired": N_("retired"),
    "compromised": N_("compromised"),
}


def waiting_data(roster: Roster) -> list[dict[str, Any]]:
    """Return what waits as plain values."""
    return [
        {"op": pending.op, "kind": op.__struct_config__.tag, "missing": pending.missing}
        for pending, op in waiting_ops(roster)
    ]


def waiting_lines(roster: Roster, chosen: Iterable[tuple[Pending, Op]]) -> list[str]:
    """Return one line for each operation: its name as people type it, what it does, who lacks."""
    return [
        _("{op}  {what}  ({missing} more must agree)").format(
            op=pending.op[:SHORT], what=op_words(roster, op), missing=pending.missing
        )
        for pending, op in chosen
    ]


def say_waiting(session: Session) -> bool:
    """Say what waits, and who does what next; returns whether anything waits."""
    roster = session.roster
    own = session.member
    mine: list[tuple[Pending, Op]] = []
    theirs: list[tuple[Pending, Op]] = []
    for pending, op in waiting_ops(roster):
        signed = {roster.devices[device].member for device in pending.signers}
        (mine if own in signed else theirs).append((pending, op))
    if mine:
        remark(_("Not in force yet:"))
        for line in waiting_lines(roster, mine):
            remark(f"  {line}")
        names = " ".join(pending.op[:SHORT] for pending, _op in mine)
        remark(
            _(
                "Next: unburnt sync. Then another admin, who asks you by voice what this is:"
                " unburnt sync; unburnt approve {names}; unburnt sync."
            ).format(names=names)
        )
        remark(_("When it is approved, here again: unburnt sync. It hands over the keys."))
    if theirs:
        remark(_("Waits for you, too; ask who proposed it: unburnt approve"))
        for line in waiting_lines(roster, theirs):
            remark(f"  {line}")
    return bool(mine)


def say_keys(roster: Roster) -> None:
    """Say which readers were not given the present key yet, and who gives it."""
    for device, compartment in without_keys(roster):
        remark(
            _(
                "{device} lacks the key of {compartment}; an admin who reads it hands it over:"
                " unburnt sync."
            ).format(device=safe(device), compartment=safe(compartment))
        )


def op_words(roster: Roster, op: Op) -> str:
    """Return what an operation does, in the reader's language, harmless to a terminal."""
    match op:
        case SetMember():
            return _("adds {member}").format(member=safe(op.member.label))
        case AddDevice():
            said = _("adds {device} as admin") if op.admin else _("adds {device}")
            text = _("{what} for {member}, id {id}")
            member = _member_label(roster, op.member)
            what = said.format(device=safe(op.card.label))
            return text.format(what=what, member=member, id=op.card.device)
        case SetAccess():
            return _("{device}: {role} in {compartment}").format(
                device=_device_label(roster, op.device),
                role=op.role,
                compartment=_compartment_label(roster, op.compartment),
            )
        case SetAdmin():
            said = _("makes {device} admin") if op.admin else _("{device} is admin no longer")
            return said.format(device=_device_label(roster, op.device))
        case Revoke():
            return _("revokes {device} ({reason}); entries that stay accepted: {count}").format(
                device=_device_label(roster, op.device),
                reason=_(REASON_WORDS[op.reason]),
                count=op.last,
            )
        case SetTrustees():
            names = ", ".join(safe(share.trustee) for share in op.recovery.shares)
            return _("new trustees: {names}").format(names=names)
        case SetPolicy():
            return _("{k} must agree to a change, {j} to a revocation").format(
                k=op.policy.threshold, j=op.policy.revoke_threshold
            )
        case SetPurpose():
            said = _("{compartment} is for: {purpose}")
            if op.purpose == "none":
                said = _("{compartment} is for nobody's protection any more")
            return said.format(
                compartment=_compartment_label(roster, op.compartment), purpose=_(op.purpose)
            )
        case SetWithdrawable():
            return _("originals of {compartment} may be withdrawn from now on").format(
                compartment=_compartment_label(roster, op.compartment)
            )
        case Withdraw():
            return _("destroys for good the keys of {count} originals").format(count=len(op.keys))
        case _:
            return str(op.__struct_config__.tag)


def _device_label(roster: Roster, device: str) -> str:
    """Return a device's label, that of one that waits too."""
    cards = (op.card for _p, op in waiting_ops(roster) if isinstance(op, AddDevice))
    labels = {card.device: card.label for card in cards}
    known = roster.devices.get(device)
    return safe(known.label if known else labels.get(device, device))


def _member_label(roster: Roster, member: str) -> str:
    named = (op.member for _p, op in waiting_ops(roster) if isinstance(op, SetMember))
    labels = {item.id: item.label for item in named}
    known = roster.members.get(member)
    return safe(known.label if known else labels.get(member, member))


def _compartment_label(roster: Roster, compartment: str) -> str:
    known = roster.compartments.get(compartment)
    return safe(known.label if known else compartment)
