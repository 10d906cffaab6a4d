"""Operations of the roster, and the keys of compartments: made, given, made anew.

    propose(session, write.set_member, owner, "wren")
    rotate(session, compartment)               a new epoch for those who may read now
    settle_keys(session)                       what follows from what came into force meanwhile

Where several must agree, an operation waits. What follows from it (grants, new keys, the end of
former trustees) is done when it is in force, by whichever admin's device notices first: at approve
and at every sync. So a recipe never builds upon what waits.

Sealed grants first, then the operation that names them; so whoever sees an operation can find what
it promises. No private key ever travels between devices but sealed to its holder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable

from unburnt.core.errors import UsageError
from unburnt.core.ids import new_id
from unburnt.crypto import sealing
from unburnt.crypto.sealing import Identity
from unburnt.crypto.signing import SigningKey
from unburnt.model import roster_write as write
from unburnt.model.appointment import former_devices, former_trustees, given_to_trustees
from unburnt.model.roster_file import sign_op
from unburnt.model.roster_ops import Purpose, op_hash
from unburnt.model.roster_values import Role
from unburnt.storage.names import RECOVERY, key_name, roster_name
from unburnt.workflow.proposals import same_proposal
from unburnt.workflow.session import Session


def add_compartment(session: Session, label: str, purpose: Purpose | None = None) -> str:
    """Add a compartment with its first epoch, open to this device; returns its id.

    `purpose`: what it is for, where its label does not say that by itself.

    What an interruption left undone of it is done; one that is whole is left as it is. Where this
    device's role waits for other admins, the first key is made when they have agreed.
    """
    known = {c.label: c.id for c in session.roster.compartments.values()}
    compartment = known.get(label) or new_id(session.random)
    if label not in known:
        propose(session, write.set_compartment, compartment, label)
    if purpose is not None:
        set_purpose(session, compartment, purpose)
    if session.roster.current_epoch(compartment) is None:
        if session.roster.access(session.device, compartment) is not Role.WRITE:
            propose(session, write.set_access, session.device, compartment, "write")
        if session.roster.may_read(session.device, compartment):
            rotate(session, compartment)
    return compartment


def set_purpose(session: Session, compartment: str, purpose: Purpose) -> str | None:
    """Say what a compartment is for, sources or staff, or neither; returns the operation, if any.

    None when it is so already. Ending it needs as many admins as any change does.
    """
    now = session.roster.purposes(compartment)
    if (purpose in now) if purpose != "none" else not now:
        return None
    return propose(session, write.set_purpose, compartment, purpose)


# --- operations --------------------------------------------------------------------------------


def propose(session: Session, writer: Callable[..., str], *values: object, **named: object) -> str:
    """Sign one operation of the roster with this device; returns its hash.

    It is in force at once, or waits for the signatures of other admins (`approve`). When one that
    says the same waits already, that one is signed: two admins who give the same command agree.
    """
    text = writer(session.roster, *values, **named, at=session.clock(), random=session.random)
    device, key = session.signer
    waiting = same_proposal(session.roster, text)
    if waiting is None:
        return _sign(session, text, device, key)
    if device not in waiting.signers:
        approve(session, waiting.op)
    return waiting.op


def approve(session: Session, operation: str) -> None:
    """Add this device's signature to a pending operation of the roster.

    Raises UsageError on a device that is no admin: its signature would not count.
    """
    _sign(session, session.roster.text(operation), *session.signer)


def _sign(session: Session, text: str, device: str, key: SigningKey) -> str:
    signer = session.roster.devices.get(device)
    if signer is None or not signer.admin:
        raise UsageError(
            "This device is no admin: its signature would not count.",
            "Ask somebody who is: unburnt member list.",
        )
    data = sign_op(text, session.archive, device, key)
    session.backend.put(roster_name(op_hash(text), device), data)
    session.use_roster(session.roster.merge([data]))
    return op_hash(text)


def rotate(session: Session, compartment: str) -> str:
    """Begin a new epoch of a compartment, granted to its present readers and to recovery."""
    epoch, identity = new_id(session.random), Identity.generate(session.random)
    holders = {d.id: d.recipient for d in session.roster.readers(compartment) if not d.revoked}
    if session.roster.recovery is not None:
        holders[RECOVERY] = session.roster.recovery.recovery.recipient
    grants = {
        holder: put_grant(session, epoch, holder, recipient, identity)
        for holder, recipient in holders.items()
    }
    propose(session, write.rotate, compartment, epoch, identity.recipient, grants)
    if session.device in holders:
        session.identities[epoch] = identity
    return epoch


def put_grant(session: Session, epoch: str, holder: str, recipient: str, identity: Identity) -> str:
    """Seal an epoch's identity to one holder and put it; returns the hash that names it."""
    sealed = sealing.seal(identity.to_age().encode("ascii") + b"\n", [recipient])
    digest = hashlib.sha256(sealed).hexdigest()
    session.backend.put(key_name(epoch, holder, digest), sealed, sync=False)
    return digest


def grant_all(
    session: Session,
    compartment: str,
    holder: str,
    recipient: str,
    given: Collection[str] | None = None,
) -> int:
    """Give a holder every epoch of a compartment that this device can open; returns how many.

    Those it was given before are passed over: the epochs `given`, else what the roster says.
    """
    count = 0
    for epoch in session.roster.epochs.values():
        identity = session.identities.get(epoch.id)
        if epoch.compartment != compartment or identity is None:
            continue
        has = epoch.id in given if given is not None else holder in session.roster.granted(epoch.id)
        if not has:
            digest = put_grant(session, epoch.id, holder, recipient, identity)
            propose(session, write.grant, epoch.id, holder, digest)
            count += 1
    return count


def settle_keys(session: Session, compartments: Iterable[str] | None = None) -> int:
    """Bring keys in line with what is in force, as far as this device may; returns how much it did.

    Readers and trustees are given the epochs they lack; a compartment gets a new key when somebody
    holds the present one who may not read any more, or the trustees of before do, and its first
    key when it has none. Former trustees are ended.
    """
    if not session.roster.devices[session.device].admin:
        return 0
    done = _retire_trustees(session)
    for compartment in compartments or session.roster.compartments:
        current = session.roster.current_epoch(compartment)
        if current is None and session.roster.may_read(session.device, compartment):
            rotate(session, compartment)
            done += 1
            continue
        if current is None or current.id not in session.identities:
            continue
        if _held_by_others(session, compartment, current.id):
            rotate(session, compartment)
            done += 1
        for reader in session.roster.readers(compartment):
            done += grant_all(session, compartment, reader.id, reader.recipient)
        if session.roster.recovery is not None:
            recipient = session.roster.recovery.recovery.recipient
            given = given_to_trustees(session.roster)[0]
            done += grant_all(session, compartment, RECOVERY, recipient, given)
    return done


def _held_by_others(session: Session, compartment: str, epoch: str) -> bool:
    """Whether somebody who may not read, or the trustees of before, hold an epoch."""
    roster = session.roster
    holders = roster.granted(epoch)
    if any(h != RECOVERY and not roster.may_read(h, compartment) for h in holders):
        return True
    return bool(former_trustees(roster)) and epoch in given_to_trustees(roster)[1]


def _retire_trustees(session: Session) -> int:
    """End the devices of former trustees: their cards shall neither sign nor open any more."""
    ended = [device.id for device in former_devices(session.roster)]
    for device in ended:
        propose(session, write.revoke, device, 0, "retired")
    return len(ended)
