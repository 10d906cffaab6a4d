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
from unburnt.workflow import withdrawal
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


HONEST = (
    N_(
        "The keys to these originals will be destroyed on every device and site that hears of it."
        " Then nobody can open them here, not even all of us together. It is not undone. But:"
    ),
    N_("(1) Whoever opened, exported or printed an original before still has it."),
    N_(
        "(2) A device or stick that never syncs again keeps its key; so does an old backup or image"
        " of a disk, and a bundle on its way."
    ),
    N_(
        "(3) Modern disks keep what was deleted in places that programs cannot reach; whoever takes"
        " the disk and opens the compartment's key may find it."
    ),
    N_(
        "(4) What was written about it stays: its name, size and digest, and every text that was"
        " taken from it."
    ),
    N_(
        "(5) What was published stays published. Withdrawal destroys evidence: a court may ask why."
    ),
)
"""What must be read before a withdrawal is signed."""


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
        kinds = {op.__struct_config__.tag for _pending, op in mine}
        if kinds == {"withdraw"}:
            remark(_("When it is approved, here again: unburnt sync. It destroys the keys here."))
        else:
            remark(_("When it is approved, here again: unburnt sync. It hands over the keys."))
    if theirs:
        remark(_("Waits for you, too; ask who proposed it: unburnt approve"))
        for line in waiting_lines(roster, theirs):
            remark(f"  {line}")
    return bool(mine)


def honest_lines() -> list[str]:
    """Return what must be read before a withdrawal is signed."""
    return [_(line) for line in HONEST]


def say_withdrawals(session: Session, chosen: Iterable[tuple[Pending, Op]]) -> bool:
    """Say what these operations would destroy, and what not; returns whether they would."""
    named = {key for _pending, op in chosen if isinstance(op, Withdraw) for key in op.keys}
    if not named:
        return False
    for line in honest_lines():
        remark(line)
    known = withdrawal.evidence_of(session, named)
    remark(_("Evidence that you can read and that would be ended:"))
    for entity in sorted({one for some in known.values() for one in some}) or [_("none")]:
        remark(f"  {entity}")
    hidden = len(named - known.keys())
    if hidden:
        text = _("Keys of which you can read nothing: {count}. Ask who proposed it what they are.")
        remark(text.format(count=hidden))
    return True


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
