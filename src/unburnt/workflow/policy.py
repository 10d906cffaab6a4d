"""Who must agree: how many admins, who they are, and the signatures that others wait for.

    set_policy(session, changes=2, revocations=1)
    set_admin(session, device, True)
    approve(session, ["5e3b0c44298f…", "77aa1be0b0c2…"])

People are counted, not devices; the trustees together stand in for any number and are not counted.
Never leaves fewer people than must agree: nothing could be changed any more.
"""

from __future__ import annotations

from collections.abc import Collection

from unburnt.core.errors import UsageError
from unburnt.model import roster_write as write
from unburnt.model.roster import Roster
from unburnt.model.roster_ops import SetTrustees
from unburnt.model.roster_values import Device, Member
from unburnt.workflow import keys
from unburnt.workflow.proposals import waiting_ops
from unburnt.workflow.session import Session
from unburnt.workflow.withdrawal import carry_out


def admins(roster: Roster) -> list[Member]:
    """Return the people whose signatures count, by label; the trustees are not among them."""
    found = {device.member for device in roster.admins if device != roster.trustees}
    return sorted((roster.members[member] for member in found), key=lambda member: member.label)


def set_policy(
    session: Session, changes: int | None = None, revocations: int | None = None
) -> str | None:
    """Say how many people must agree to a change, and to a revocation; returns the operation.

    None when it is so already. One left out stays as it is. Raises UsageError for more people than
    are admins, and for more to revoke than to change.
    """
    present = session.roster.policy
    wished = (
        present.threshold if changes is None else changes,
        present.revoke_threshold if revocations is None else revocations,
    )
    if wished == (present.threshold, present.revoke_threshold):
        return None
    operation = keys.propose(session, write.set_policy, *wished)
    session.backend.flush()
    return operation


def set_admin(session: Session, device: str, admin: bool) -> str | None:
    """Let a device change who may do what, or no longer; returns the operation, None for no change.

    Raises UsageError when fewer people than must agree would be left.
    """
    known = session.roster.devices[device]
    if known.admin == admin:
        return None
    if not admin:
        _require_enough_without(session.roster, known)
    operation = keys.propose(session, write.set_admin, device, admin)
    session.backend.flush()
    return operation


def _require_enough_without(roster: Roster, device: Device) -> None:
    if device == roster.trustees:
        raise UsageError(
            "This is the trustees' own device: without it nothing can be recovered.",
            "Appoint other trustees: unburnt trustees appoint.",
        )
    left = {d.member for d in roster.admins if d not in (device, roster.trustees)}
    if len(left) < roster.policy.threshold:
        raise UsageError(
            "Fewer people would be left than must agree; nothing could be changed any more.",
            "Make somebody else admin first, or let fewer agree: unburnt policy.",
        )


def approve(session: Session, operations: Collection[str]) -> None:
    """Sign operations that wait, then do what follows from those that came into force.

    Raises UsageError before anything is signed: for two appointments of trustees at once, of which
    only one can count, and for what this person has signed already.
    """
    chosen = [(p, op) for p, op in waiting_ops(session.roster) if p.op in operations]
    if sum(isinstance(op, SetTrustees) for _pending, op in chosen) > 1:
        raise UsageError(
            "Several appointments of trustees wait; only the cards of one can count.",
            "Ask which cards the trustees hold, and approve that one by name.",
        )
    devices = session.roster.devices
    own = devices[session.device].member
    if any(own in {devices[d].member for d in pending.signers} for pending, _op in chosen):
        raise UsageError("You have signed this already.", "Another person has to approve it.")
    for pending, _op in chosen:
        keys.approve(session, pending.op)
    keys.settle_keys(session)
    session.backend.flush()
    session.refresh()
    carry_out(session)


def without_keys(roster: Roster) -> list[tuple[str, str]]:
    """Return (device, compartment) by label where a reader was not given the present key yet."""
    found = []
    for compartment in roster.compartments.values():
        epoch = roster.current_epoch(compartment.id)
        held = roster.granted(epoch.id) if epoch else {}
        readers = roster.readers(compartment.id)
        found += [(d.label, compartment.label) for d in readers if d.id not in held]
    return sorted(found)
