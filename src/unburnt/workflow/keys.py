"""Operations of the roster, and the keys of compartments: made, given, made anew.

    propose(session, write.set_member, owner, "wren")
    rotate(session, compartment)               a new epoch for those who may read now
    settle_keys(session)                       what two admins who acted at once left open

Sealed grants first, then the operation that names them; so whoever sees an operation can find what
it promises. No private key ever travels between devices but sealed to its holder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from unburnt.core.ids import new_id
from unburnt.crypto import sealing
from unburnt.crypto.sealing import Identity
from unburnt.crypto.signing import SigningKey
from unburnt.model import roster_write as write
from unburnt.model.roster_file import sign_op
from unburnt.model.roster_ops import op_hash
from unburnt.model.roster_values import Role
from unburnt.storage.names import RECOVERY, key_name, roster_name
from unburnt.workflow.session import Session


def add_compartment(session: Session, label: str) -> str:
    """Add a compartment with its first epoch, open to this device; returns its id.

    What an interruption left undone of it is done; one that is whole is left as it is.
    """
    known = {c.label: c.id for c in session.roster.compartments.values()}
    compartment = known.get(label) or new_id(session.random)
    if label not in known:
        propose(session, write.set_compartment, compartment, label)
    if session.roster.current_epoch(compartment) is None:
        if session.roster.access(session.device, compartment) is not Role.WRITE:
            propose(session, write.set_access, session.device, compartment, "write")
        rotate(session, compartment)
    return compartment


# --- operations --------------------------------------------------------------------------------


def propose(session: Session, writer: Callable[..., str], *values: object, **named: object) -> str:
    """Sign one operation of the roster with this device; returns its hash.

    It is in force at once, or waits for the signatures of other admins (`approve`).
    """
    text = writer(session.roster, *values, **named, at=session.clock(), random=session.random)
    return _sign(session, text, *session.signer)


def approve(session: Session, operation: str) -> None:
    """Add this device's signature to a pending operation of the roster."""
    _sign(session, session.roster.text(operation), *session.signer)


def _sign(session: Session, text: str, device: str, key: SigningKey) -> str:
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
    session: Session, compartment: str, holder: str, recipient: str, *, again: bool = False
) -> int:
    """Give a holder every epoch of a compartment that this device can open; returns how many.

    Those it was given before are passed over, unless `again`: it has a new recipient.
    """
    given = 0
    for epoch in session.roster.epochs.values():
        identity = session.identities.get(epoch.id)
        if epoch.compartment != compartment or identity is None:
            continue
        if again or holder not in session.roster.granted(epoch.id):
            digest = put_grant(session, epoch.id, holder, recipient, identity)
            propose(session, write.grant, epoch.id, holder, digest)
            given += 1
    return given


def settle_keys(session: Session, compartments: Iterable[str] | None = None) -> int:
    """Bring keys in line with roles, as far as this device may; returns how much was done.

    Two admins who act at once can leave a new epoch without a grant to somebody who may read, or
    with one to somebody who may not any more. The first is given its grant; in the second case the
    compartment gets a new key.
    """
    done = 0
    if not session.roster.devices[session.device].admin:
        return done
    for compartment in compartments or session.roster.compartments:
        current = session.roster.current_epoch(compartment)
        if current is None or current.id not in session.identities:
            continue
        holders = session.roster.granted(current.id)
        if any(h != RECOVERY and not session.roster.may_read(h, compartment) for h in holders):
            rotate(session, compartment)
            done += 1
        for reader in session.roster.readers(compartment):
            done += grant_all(session, compartment, reader.id, reader.recipient)
        if session.roster.recovery is not None:
            recipient = session.roster.recovery.recovery.recipient
            done += grant_all(session, compartment, RECOVERY, recipient)
    return done
