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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.core.ids import check_hash, new_id
from unburnt.crypto import sealing, shares
from unburnt.crypto.hashing import expand
from unburnt.crypto.passphrase import STANDARD, Cost, fresh
from unburnt.crypto.sealing import Identity
from unburnt.crypto.signing import SigningKey
from unburnt.model import roster_write as write
from unburnt.model.roster_card import Card, device_card
from unburnt.model.roster_file import MAX_FILE, parse_op, sign_op
from unburnt.model.roster_ops import Found, Purpose, Reason, Share, Split, op_hash
from unburnt.model.roster_values import Role
from unburnt.storage import vault
from unburnt.storage.backend import Backend
from unburnt.storage.directory import DirectoryBackend
from unburnt.storage.names import ARCHIVE, RECOVERY, canary_name, roster_name
from unburnt.storage.vault import DeviceKeys
from unburnt.sync.copying import archive_in, archive_of, read_roster
from unburnt.sync.exchange import pull_roster
from unburnt.sync.report import Report
from unburnt.workflow.keys import add_compartment as add_compartment
from unburnt.workflow.keys import approve as approve
from unburnt.workflow.keys import grant_all, settle_keys
from unburnt.workflow.keys import propose as propose
from unburnt.workflow.keys import rotate as rotate
from unburnt.workflow.keys import set_purpose as set_purpose
from unburnt.workflow.opening import OpenBackend
from unburnt.workflow.proposals import proposed_member
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


def name_archive(backend: Backend, archive: str) -> None:
    """Put the text that says which archive a copy is of; UsageError when it is of another one."""
    text = archive_text(archive)
    if not backend.put(ARCHIVE, text):
        there = backend.get(ARCHIVE, 2**16)
        if len(there) < len(text) and text.startswith(there):
            backend.mend(ARCHIVE, text)  # cut while it was written
        elif archive_of(there) != archive:
            raise _taken()


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
    purposes: Mapping[str, Purpose] | None = None,
    cost: Cost = STANDARD,
    clock: Clock = now,
    random: Random = os.urandom,
    open_backend: OpenBackend = DirectoryBackend,
) -> Session:
    """Found an archive in an empty folder and return it open; its founder is admin everywhere.

    Labels are code names: they can be read without keys; `purposes` says by label what a
    compartment is for. Raises UsageError when the folder already holds an archive. Interrupted, it
    can be repeated: the vault names the archive last.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    prepare(root, device, passphrase, cost=cost, random=random)
    keys = vault.read(root, passphrase)
    backend = open_backend(root)
    archive = _founded(backend, keys.device)
    if archive is None:
        if backend.exists(ARCHIVE):
            raise _taken()
        card = device_card(keys.signing, keys.identity.recipient, device)
        text = write.found(card, member=new_id(random), label=member, at=clock(), random=random)
        archive = op_hash(text)
        name = roster_name(archive, keys.device)
        backend.put(name, sign_op(text, None, keys.device, keys.signing))
    name_archive(backend, archive)
    backend.close()
    keys = replace(keys, archive=archive)
    session = Session(root, keys, clock=clock, random=random, open_backend=open_backend)
    for label in compartments:
        add_compartment(session, label, (purposes or {}).get(label))
    session.refresh()
    vault.write(root, keys, passphrase, fresh(random, cost))  # from now on it is founded
    return session


def check_free(root: Path, compartments: Sequence[str]) -> None:
    """Raise UsageError when an archive that is whole lies in the folder; asks for no passphrase.

    One that was interrupted while it was founded lacks a compartment, and may be gone on with.
    """
    if not (root / ARCHIVE).is_file():
        return
    backend = DirectoryBackend(root)
    roster = read_roster(backend, archive_in(backend))
    backend.close()
    there = {one.label for one in roster.compartments.values() if roster.current_epoch(one.id)}
    if not vault.exists(root) or there >= set(compartments):
        raise _taken()


def _founded(backend: Backend, device: str) -> str | None:
    """Return the archive that this device began to found here before it was interrupted."""
    for name in backend.names("roster/"):
        digest, _, signer = name.removeprefix("roster/").partition("-")
        if signer == device:
            try:
                op = parse_op(backend.get(name, MAX_FILE)).op
            except ForeignDataError:
                continue
            if isinstance(op, Found):
                return digest
    return None


def _taken() -> UsageError:
    return UsageError("This folder already holds an archive.", "Choose an empty folder.")


# --- enrolling ---------------------------------------------------------------------------------


def prepare(
    root: Path, label: str, passphrase: str, *, cost: Cost = STANDARD, random: Random = os.urandom
) -> Card:
    """Make the keys of a new device in an empty folder; returns the card to give to an admin.

    Asked again with the same passphrase before the device has joined, it gives the same card.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    if vault.exists(root):
        keys = vault.read(root, passphrase)
        if keys.archive is not None:
            raise _taken()
        label = keys.label
    else:
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
    the card must have been compared over a channel both people trust. Where several admins must
    agree, all of it waits at once, to be approved in one go; given again, it does what is left.
    """
    compartments = {session.compartment(label): role for label, role in roles.items()}
    for role in compartments.values():
        if role.upper() not in Role.__members__:
            raise UsageError(f"“{role}” is no role.", "Choose relay, drop, read or write.")
    known = {m.label: m.id for m in session.roster.members.values()}
    owner = known.get(member)
    if owner is None:
        owner = proposed_member(session.roster, member) or new_id(session.random)
        propose(session, write.set_member, owner, member)
    if not _is_there(session, card.device, owner):
        propose(session, write.add_device, card, owner, admin=admin)
    for compartment, role in compartments.items():
        set_role(session, card.device, compartment, role)
    return card.device


def _is_there(session: Session, device: str, owner: str) -> bool:
    """Whether the device is in force, perhaps from an enrolment that was interrupted."""
    known = session.roster.devices.get(device)
    if known is not None and known.member != owner:
        raise UsageError("This device belongs to another member.", "Compare the id on its card.")
    return known is not None


def set_role(session: Session, device: str, compartment: str, role: str) -> None:
    """Set what a device may do in a compartment; readers are granted its epochs.

    When it could read until now and may no longer, the compartment gets a new key.
    """
    if session.roster.access(device, compartment).name.lower() != role:
        propose(session, write.set_access, device, compartment, role)
    settle_keys(session, [compartment])
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
    open_backend: OpenBackend = DirectoryBackend,
) -> Session:
    """Fetch an archive from a site for a prepared device; returns it open.

    `archive` is the id that the admin gave: a site that holds another one is refused.
    """
    check_hash(archive)
    keys = vault.read(root, passphrase)
    if archive_in(site) != archive:
        raise UsageError(
            "This place holds another archive.", "Compare the id that the admin gave you."
        )
    backend = open_backend(root)
    name_archive(backend, archive)
    roster = pull_roster(site, backend, archive, Report())
    if keys.device not in roster.devices:
        raise UsageError(
            "This device is not in the roster that the site holds.",
            "Let an admin add its card and sync that site, then join again.",
        )
    backend.close()
    vault.write(root, replace(keys, archive=archive), passphrase, fresh(random, cost))
    return Session.open(root, passphrase, clock=clock, random=random, open_backend=open_backend)


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
    Where several admins must agree, the cards count once they have (`counts`); until then those of
    before do. Then the trustees are given every epoch, former ones are ended, and keys made anew.
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
    members = {m.label: m.id for m in session.roster.members.values()}
    waits = proposed_member(session.roster, RECOVERY)
    owner = members.get(RECOVERY) or waits or new_id(session.random)
    if RECOVERY not in members:
        propose(session, write.set_member, owner, RECOVERY)
    propose(session, write.add_device, card, owner, admin=True)
    splits = [
        _split(session, identity.recipient, groups, group_threshold, trustees, mnemonics)
        for identity, mnemonics in ((real, words), (drill, drills))
    ]
    propose(session, write.set_trustees, *splits)
    settle_keys(session)  # when it waits, nothing follows from it yet
    session.backend.flush()
    return [
        ShareCard(trustee, session.archive, word, drill_word)
        for trustee, word, drill_word in zip(trustees, words, drills, strict=True)
    ]


def counts(session: Session, made: Sequence[ShareCard]) -> bool:
    """Tell whether these cards are the present ones: their appointment is in force."""
    recovery = session.roster.recovery
    return recovery is not None and all(
        shares.share_hash(bytes.fromhex(recovery.recovery.salt), card.words)
        in {share.hash for share in recovery.recovery.shares}
        for card in made
    )


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


def revoke(session: Session, devices: Mapping[str, int], reason: Reason) -> list[str]:
    """End devices for ever and give every compartment they could read a new key.

    `devices` says how many entries of each one's log stay accepted. First all revocations, then one
    new epoch of each compartment, so that no key is made for a device that is about to go. What
    they hold already stays open to them; what is written from now on does not. Returns the
    operations; interrupted, it can be repeated.
    """
    operations = []
    for device, last in devices.items():
        known = session.roster.revoked(device)
        if known is not None and (known.last, known.reason) == (last, reason):
            operations.append(known.op)
        else:
            operations.append(propose(session, write.revoke, device, last, reason))
    settle_keys(session)
    session.backend.flush()
    session.refresh()
    return operations
