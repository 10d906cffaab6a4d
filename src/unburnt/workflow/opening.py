"""What a session opens: the tables, the tips they remember, the keys granted to this device.

    index = open_index(root, keys.index_key)            derived: a damaged one is begun anew
    tips = remembered_tips(index, backend, archive)     None: the disk does not bear them out
    opened = open_epochs(backend, roster, keys, {})     epoch → identity, for what it may read now
    batch = open_batch(backend, header, identity)       the one whose root was signed

Never writes to the archive, and never fails because of what others put there: a grant that does not
open is left closed, and says so in a check.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from unburnt.core.errors import BrokenArchiveError, CannotOpenError, ForeignDataError
from unburnt.crypto import sealing
from unburnt.crypto.merkle import Frontier
from unburnt.crypto.sealing import Identity
from unburnt.index.database import discard, open_database
from unburnt.index.tables import Index
from unburnt.model.batch import Batch
from unburnt.model.chain import Tip
from unburnt.model.entry import Header
from unburnt.model.roster import Roster
from unburnt.model.roster_values import Epoch
from unburnt.storage import objects
from unburnt.storage.backend import Backend
from unburnt.storage.journal import Journal
from unburnt.storage.names import key_name
from unburnt.storage.vault import DeviceKeys
from unburnt.sync.copying import MAX_GRANT

OpenBackend = Callable[[Path], Backend]

INDEX = "index.db"


def open_index(root: Path, key: bytes) -> Index:
    """Return the tables of the device in `root`; what cannot be opened is thrown away."""
    path = root / INDEX
    try:
        return Index(open_database(path, key))
    except CannotOpenError:
        discard(path)  # derived: it is rebuilt from the logs
        return Index(open_database(path, key))


def discard_index(root: Path) -> None:
    """Throw the tables of the device in `root` away."""
    discard(root / INDEX)


def remembered_tips(index: Index, backend: Backend, archive: str) -> dict[str, Tip] | None:
    """Return the tips that the index remembers, or None when the disk does not bear them out.

    A tip whose last entry is not on the disk any more means that the disk was damaged or put back
    to an older state: everything is then verified from the beginning.
    """
    tips: dict[str, Tip] = {}
    for device, (size, _) in index.applied().items():
        tip = _tip(archive, device, index.memory(f"tip/{device}"))
        if tip is None or tip.size != size or not _borne_out(Journal(backend, archive), tip):
            return None
        tips[device] = tip
    return tips


def remember_tip(index: Index, tip: Tip) -> None:
    """Let the index remember how far a log was verified and applied."""
    peaks = [peak.hex() for peak in tip.frontier.peaks]
    memory = {"size": tip.size, "peaks": peaks, "previous": tip.previous}
    index.set_memory(f"tip/{tip.device}", memory)


def open_epochs(
    backend: Backend, roster: Roster, keys: DeviceKeys, known: Mapping[str, Identity]
) -> dict[str, Identity]:
    """Return the identity of every epoch that this device was given and may still read."""
    opened: dict[str, Identity] = {}
    for epoch in roster.epochs.values():
        if roster.may_read(keys.device, epoch.compartment):
            identity = known.get(epoch.id) or _granted(backend, roster, keys, epoch)
            if identity is not None:
                opened[epoch.id] = identity
    return opened


def open_batch(backend: Backend, header: Header, identity: Identity) -> Batch:
    """Return the batch of an entry: of the object, and with the ids, that its header signs.

    Raises CannotOpenError, ForeignDataError, BrokenArchiveError or MediumError. That each id is
    its line's is another question: `Batch.check_fully`, asked of every entry that arrives.
    """
    batch = Batch.read(objects.open_pack(backend, header.object[0], [identity]))
    if batch.root() != header.statements_root or batch.bucket != header.bucket:
        raise ForeignDataError(
            "A batch is not the one whose root was signed.", "It is kept and not shown."
        )
    return batch


def open_grant(sealed: bytes, identity: Identity) -> Identity:
    """Return the epoch identity that a sealed grant holds (one line, `AGE-SECRET-KEY-1…`).

    Raises CannotOpenError or ForeignDataError for anything else.
    """
    try:
        text = sealing.unseal(sealed, [identity]).decode("ascii")
    except UnicodeDecodeError as error:
        raise ForeignDataError(
            "A grant holds no key.", "Let an admin grant this epoch again."
        ) from error
    return Identity.from_age(text.strip())


def _granted(backend: Backend, roster: Roster, keys: DeviceKeys, epoch: Epoch) -> Identity | None:
    """Return an epoch's identity from the first grant that is whole and holds the right key."""
    for digest in roster.granted(epoch.id).get(keys.device, ()):
        identity = opened_grant(backend, epoch, keys.device, digest, keys.identity)
        if identity is not None:
            return identity
    return None


def opened_grant(
    backend: Backend, epoch: Epoch, holder: str, digest: str, identity: Identity
) -> Identity | None:
    """Return what a grant holds; None when it is not there, damaged, or not this epoch's key."""
    name = key_name(epoch.id, holder, digest)
    try:
        sealed = backend.get(name, MAX_GRANT) if backend.exists(name) else b""
        if hashlib.sha256(sealed).hexdigest() != digest:
            return None
        found = open_grant(sealed, identity)
    except (ForeignDataError, CannotOpenError, BrokenArchiveError):
        return None
    return found if found.recipient == epoch.recipient else None


def _borne_out(journal: Journal, tip: Tip) -> bool:
    try:
        return (
            journal.has(tip.device, tip.size - 1)
            and journal.entry(tip.device, tip.size - 1).leaf.hex() == tip.previous
        )
    except ForeignDataError:
        return False  # damaged: what follows from it is verified again


def _tip(archive: str, device: str, memory: dict[str, Any] | None) -> Tip | None:
    if memory is None:
        return None
    peaks = tuple(bytes.fromhex(peak) for peak in memory["peaks"])
    return Tip(archive, device, Frontier(memory["size"], peaks), memory["previous"])
