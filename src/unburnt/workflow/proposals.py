"""Proposals: operations of the roster that wait for the signatures of other admins.

    same_proposal(roster, text)      the one that waits and says the same, to be signed instead
    waiting_ops(roster)              [(Pending, the operation)], in the order to approve them in
    proposed_member(roster, "wren")  the id under which a member of this label waits

Only looks; `keys.propose` signs. A proposal that something newer has overtaken is left alone: it
acts from its place in the graph and would not say any more what is wished now.
"""

from __future__ import annotations

from msgspec import structs

from unburnt.model.roster import Roster
from unburnt.model.roster_ops import (
    AddDevice,
    Op,
    Revoke,
    SetAccess,
    SetAdmin,
    SetMember,
    SetPolicy,
    SetTrustees,
    read_op,
)
from unburnt.model.roster_values import Pending

# Members before their devices, devices before what they may do, trustees after their device.
_ORDER = (SetMember, AddDevice, SetAccess, SetAdmin, SetTrustees, Revoke, SetPolicy)


def waiting_ops(roster: Roster) -> list[tuple[Pending, Op]]:
    """Return what waits for signatures, in the order in which it is to be read and approved."""
    found = [(pending, read_op(roster.text(pending.op))) for pending in roster.pending]
    return sorted(found, key=lambda item: (_rank(item[1]), item[1].at, item[0].op))


def same_proposal(roster: Roster, text: str) -> Pending | None:
    """Return what waits already and says the same as this text; None when nothing does."""
    wished = _content(read_op(text))
    for pending, op in waiting_ops(roster):
        if _content(op) == wished and not _overtaken(roster, op):
            return pending
    return None


def proposed_member(roster: Roster, label: str) -> str | None:
    """Return the id of a member that waits under this label; None without."""
    ops = (op for _pending, op in waiting_ops(roster))
    found = (op.member for op in ops if isinstance(op, SetMember))
    return next((member.id for member in found if member.label == label), None)


def proposed_revocation(roster: Roster, device: str) -> Revoke | None:
    """Return the revocation of a device that waits; None without, or when it was overtaken."""
    for _pending, op in waiting_ops(roster):
        if isinstance(op, Revoke) and op.device == device and not _overtaken(roster, op):
            return op
    return None


def _rank(op: Op) -> int:
    return _ORDER.index(type(op)) if type(op) in _ORDER else len(_ORDER)


def _content(op: Op) -> Op:
    """Return an operation without when, on what and under which number it was written."""
    return structs.replace(op, at=_ANY_TIME, nonce=_ANY_NONCE, parents=_ANY_PARENTS)


_ANY_TIME = "1970-01-01T00:00:00Z"
_ANY_NONCE = "a" * 26
_ANY_PARENTS = ("0" * 64,)


def _overtaken(roster: Roster, op: Op) -> bool:
    """Whether something in force that the proposal has not seen speaks about the same thing.

    For a revocation: whether the device has signed something since, which would fall with it.
    """
    then = roster.at(op.parents)
    seen = {name for name, _op in then.history} if then else set()
    newer = [(name, later) for name, later in roster.history if name not in seen]
    if isinstance(op, Revoke):
        return any(op.device in roster.signers(name) for name, _op in newer)
    topic = _topic(op)
    return topic is not None and any(_topic(later) == topic for _name, later in newer)


def _topic(op: Op) -> tuple[object, ...] | None:
    """Return what a later word about the same thing replaces; None where nothing does."""
    if isinstance(op, SetAccess):
        return "access", op.device, op.compartment
    if isinstance(op, SetAdmin):
        return "admin", op.device
    if isinstance(op, SetPolicy):
        return ("policy",)
    return None
