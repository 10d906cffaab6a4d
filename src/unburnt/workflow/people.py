"""Founding an archive, enrolling devices, changing roles and keys: the recipes of the roster.

    session = found(root, "heron", "office laptop", passphrase, ["cases", "sources", "staff"])
    card = prepare(other_root, "field laptop", its_passphrase)       # on the other device
    enrol(session, card, "wren", {"cases": "write", "sources": "drop"})
    join(other_root, its_passphrase, site, archive)                  # on the other device again

Order inside each recipe: sealed grants first, then the operation that names them; so whoever sees
an operation can find what it promises. No private key ever travels between devices.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from unburnt.core.errors import UsageError
from unburnt.core.ids import check_hash, new_id
from unburnt.crypto import sealing, shares
from unburnt.crypto.hashing import expand
from unburnt.crypto.passphrase import STANDARD, Cost, fresh
from unburnt.crypto.sealing import Identity
from unburnt.crypto.signing import SigningKey
from unburnt.model import roster_write as write
from unburnt.model.roster_card import Card, device_card
from unburnt.model.roster_file import sign_op
from unburnt.model.roster_ops import Reason, Share, Split, op_hash
from unburnt.model.roster_values import Role
from unburnt.storage import vault
from unburnt.storage.backend import Backend
from unburnt.storage.directory import DirectoryBackend
from unburnt.storage.names import ARCHIVE, RECOVERY, canary_name, key_name, roster_name
from unburnt.storage.vault import DeviceKeys
from unburnt.sync.exchange import Report, pull_roster
from unburnt.workflow.session import Clock, Random, Session, now

_RECOVERY_SIGNING = b"unburnt/recovery-signing/v1\0"

ARCHIVE_TEXT = """\
unburnt archive {archive}
suite 1: SHA-256, Ed25519, age v1, Argon2id, RFC 6962

This folder is one copy of a sealed archive. Nothing in it can be read without its keys.
To check it without keys:  cd objects && for f in */*; do echo "${{f#*/}}  $f"; done | sha256sum -c
To open it with the recovery identity and stock tools:
  age -d -i recovery.txt keys/EPOCH/recovery/HASH > epoch.txt
  age -d -i epoch.txt objects/ab/abcd... | tar x
"""


def archive_text(archive: str) -> bytes:
    """Return the text that stands in every copy: which archive it is and how to open it by hand."""
    return ARCHIVE_TEXT.format(archive=check_hash(archive)).encode("utf-8")


# --- founding ----------------------------------------------------------------------------------


def found(
    root: Path,
    member: str,
    device: str,
    passphrase: str,
    compartments: Sequence[str],
    *,
    cost: Cost = STANDARD,
    clock: Clock = now,
    random: Random = os.urandom,
) -> Session:
    """Found an archive in an empty folder and return it open; its founder is admin everywhere.

    Labels are code names: they can be read without keys. Raises UsageError when the folder already
    holds an archive or a device.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    backend = DirectoryBackend(root)
    if vault.exists(root) or backend.exists(ARCHIVE):
        raise UsageError("This folder already holds an archive.", "Choose an empty folder.")
    keys = DeviceKeys.generate(device, random)
    card = device_card(keys.signing, keys.identity.recipient, device)
    text = write.found(card, member=new_id(random), label=member, at=clock(), random=random)
    archive = op_hash(text)
    backend.put(roster_name(archive, keys.device), sign_op(text, None, keys.device, keys.signing))
    backend.put(ARCHIVE, archive_text(archive))
    backend.close()
    vault.write(root, replace(keys, archive=archive), passphrase, fresh(random, cost))
    session = Session(root, replace(keys, archive=archive), clock=clock, random=random)
    for label in compartments:
        add_compartment(session, label)
    session.refresh()
    return session


def add_compartment(session: Session, label: str) -> str:
    """Add a compartment with its first epoch, open to this device; returns its id."""
    compartment = new_id(session.random)
    propose(session, write.set_compartment, compartment, label)
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


def put_grant(
    session: Session, epoch: str, holder: str, recipient: str, identity: Identity
) -> str:
    """Seal an epoch's identity to one holder and put it; returns the hash that names it."""
    sealed = sealing.seal(identity.to_age().encode("ascii") + b"\n", [recipient])
    digest = hashlib.sha256(sealed).hexdigest()
    session.backend.put(key_name(epoch, holder, digest), sealed, sync=False)
    return digest


def grant_all(session: Session, compartment: str, holder: str, recipient: str) -> int:
    """Give a holder every epoch of a compartment that this device can open; returns how many."""
    given = 0
    for epoch in session.roster.epochs.values():
        identity = session.identities.get(epoch.id)
        if epoch.compartment == compartment and identity is not None:
            if holder not in session.roster.granted(epoch.id):
                digest = put_grant(session, epoch.id, holder, recipient, identity)
                propose(session, write.grant, epoch.id, holder, digest)
                given += 1
    return given


# --- enrolling ---------------------------------------------------------------------------------


def prepare(
    root: Path, label: str, passphrase: str, *, cost: Cost = STANDARD, random: Random = os.urandom
) -> Card:
    """Make the keys of a new device in an empty folder; returns the card to give to an admin."""
    if vault.exists(root):
        raise UsageError("This folder already holds a device.", "Choose an empty folder.")
    keys = DeviceKeys.generate(label, random)
    vault.write(root, keys, passphrase, fresh(random, cost))
    return device_card(keys.signing, keys.identity.recipient, label)


def enrol(
    session: Session,
    card: Card,
    member: str,
    roles: Mapping[str, str],
    *,
    admin: bool = False,
) -> str:
    """Add the device of a card for a member, with its roles by compartment label.

    Readers are granted every epoch that this device can open. Returns the device's id. The id on
    the card must have been compared over a channel both people trust.
    """
    compartments = {session.compartment(label): role for label, role in roles.items()}
    for role in compartments.values():
        if role.upper() not in Role.__members__:
            raise UsageError(f"“{role}” is no role.", "Choose relay, drop, read or write.")
    known = {m.label: m.id for m in session.roster.members.values()}
    owner = known.get(member)
    if owner is None:
        owner = new_id(session.random)
        propose(session, write.set_member, owner, member)
    propose(session, write.add_device, card, owner, admin=admin)
    for compartment, role in compartments.items():
        set_role(session, card.device, compartment, role)
    return card.device


def set_role(session: Session, device: str, compartment: str, role: str) -> None:
    """Set what a device may do in a compartment; readers are granted its epochs."""
    propose(session, write.set_access, device, compartment, role)
    known = session.roster.devices.get(device)
    if known is not None and session.roster.may_read(device, compartment):
        grant_all(session, compartment, device, known.recipient)


def join(
    root: Path,
    passphrase: str,
    site: Backend,
    archive: str,
    *,
    cost: Cost = STANDARD,
    clock: Clock = now,
    random: Random = os.urandom,
) -> Session:
    """Fetch an archive from a site for a prepared device; returns it open.

    `archive` is the id that the admin gave: a site that holds another one is refused.
    """
    check_hash(archive)
    keys = vault.read(root, passphrase)
    backend = DirectoryBackend(root)
    backend.put(ARCHIVE, archive_text(archive))
    roster = pull_roster(site, backend, archive, Report())
    if keys.device not in roster.devices:
        raise UsageError(
            "This device is not in the roster that the site holds.",
            "Let an admin add its card and sync that site, then join again.",
        )
    backend.close()
    vault.write(root, replace(keys, archive=archive), passphrase, fresh(random, cost))
    return Session.open(root, passphrase, clock=clock, random=random)


# --- recovery ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShareCard:
    """What one trustee keeps: the archive's id, the words, and the words for drills."""

    trustee: str
    archive: str
    words: str
    drill_words: str


def recovery_key(identity: Identity) -> SigningKey:
    """Return the signing key that enough trustees hold together with the recovery identity."""
    return SigningKey.from_seed(expand(identity.secret, _RECOVERY_SIGNING, 32))


def appoint(
    session: Session,
    trustees: Sequence[str],
    groups: Sequence[tuple[int, int]],
    group_threshold: int = 1,
) -> list[ShareCard]:
    """Split a new recovery identity, and a separate one for drills, among trustees.

    Returns the cards: shown once, stored nowhere. Enough cards together can open everything and
    sign for the roster. `trustees` in the order of the groups; those who are members are linked.
    """
    real, drill = Identity.generate(session.random), Identity.generate(session.random)
    card = device_card(recovery_key(real), real.recipient, RECOVERY)
    words = [word for group in shares.split(real.secret, groups, group_threshold) for word in group]
    drills = [w for group in shares.split(drill.secret, groups, group_threshold) for w in group]
    if len(trustees) != len(words):
        raise UsageError(
            f"There are {len(words)} cards for {len(trustees)} trustees.", "Name one for each."
        )
    canary = sealing.seal(b"unburnt canary\n", [drill.recipient])
    session.backend.put(canary_name(hashlib.sha256(canary).hexdigest()), canary, sync=False)
    owner = new_id(session.random)
    propose(session, write.set_member, owner, RECOVERY)
    propose(session, write.add_device, card, owner, admin=True)
    splits = [
        _split(session, identity.recipient, groups, group_threshold, trustees, mnemonics)
        for identity, mnemonics in ((real, words), (drill, drills))
    ]
    propose(session, write.set_trustees, *splits)
    for compartment in session.roster.compartments:
        grant_all(session, compartment, RECOVERY, real.recipient)
    session.backend.flush()
    return [
        ShareCard(trustee, session.archive, word, drill_word)
        for trustee, word, drill_word in zip(trustees, words, drills, strict=True)
    ]


def _split(
    session: Session,
    recipient: str,
    groups: Sequence[tuple[int, int]],
    group_threshold: int,
    trustees: Sequence[str],
    mnemonics: Iterable[str],
) -> Split:
    members = {m.label: m.id for m in session.roster.members.values()}
    salt = session.random(16)
    return Split(
        recipient=recipient,
        groups=tuple((needed, made) for needed, made in groups),
        group_threshold=group_threshold,
        salt=salt.hex(),
        shares=tuple(
            Share(trustee=t, member=members.get(t), hash=shares.share_hash(salt, mnemonic))
            for t, mnemonic in zip(trustees, mnemonics, strict=True)
        ),
    )


def revoke(session: Session, device: str, last: int, reason: Reason) -> str:
    """End a device for ever and give every compartment it could read a new key.

    One step: the revocation, then a new epoch of each compartment that this device may open. What
    the device holds already stays open to it; what is written from now on does not.
    """
    readable = [c for c in session.roster.compartments if session.roster.may_read(device, c)]
    operation = propose(session, write.revoke, device, last, reason)
    for compartment in readable:
        if session.roster.may_read(session.device, compartment):
            rotate(session, compartment)
    session.backend.flush()
    session.refresh()
    return operation
