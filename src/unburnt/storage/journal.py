"""The logs of an archive in one place: read, verified onward, and appended to.

    journal = Journal(backend, archive)
    journal.advance(device, verifier)          # verify what is there beyond the known tip
    entry = journal.append(key, draft)         # objects → entry → checkpoint: the commit
    journal.tips[device].head                  # Head(size, root)

The order of writes and what a crash leaves: docs/spec/log.md, "Commit". Advancing after a crash is
the very function that reads a healthy log. Never decides who may write: that is `model.standing`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from unburnt.core.errors import BrokenArchiveError, ForeignDataError
from unburnt.crypto import note
from unburnt.crypto.checkpoint import Checkpoint, parse_checkpoint
from unburnt.crypto.note import Verifier
from unburnt.crypto.signing import SigningKey
from unburnt.model import entry as entries
from unburnt.model.chain import Tip
from unburnt.model.entry import MAX_HEADER, Entry, Head, Header, signer_name
from unburnt.storage.backend import Backend
from unburnt.storage.names import checkpoint_name, entry_name, fork_name

MAX_CHECKPOINT = 64 * 1024  # bytes; room for hundreds of cosignatures


@dataclass(frozen=True, slots=True)
class Draft:
    """What the next entry of a device says; the journal adds its place in the log."""

    device: str
    epoch: str
    object: tuple[str, int]
    statements_root: bytes
    bucket: int
    heads: Mapping[str, Head]
    needs: tuple[tuple[str, int], ...] = ()
    roster: tuple[str, ...] = ()
    keys: tuple[tuple[str, str, int], ...] = ()


class Journal:
    """All logs of one archive in one backend, with the verified tip of each."""

    def __init__(self, backend: Backend, archive: str, tips: Mapping[str, Tip] | None = None):
        self.backend = backend
        self.archive = archive
        self.tips: dict[str, Tip] = dict(tips or {})

    def tip(self, device: str) -> Tip:
        """Return the verified tip of a device's log; that of an empty log when unknown."""
        return self.tips.get(device) or Tip.start(self.archive, device)

    def heads(self, without: str = "") -> dict[str, Head]:
        """Return the head of every log that has entries, but for one device's own."""
        return {
            device: tip.head
            for device, tip in sorted(self.tips.items())
            if tip.size and device != without
        }

    def has(self, device: str, sequence: int) -> bool:
        """Tell whether an entry is there, verified or not."""
        return self.backend.exists(entry_name(device, sequence))

    def entry(self, device: str, sequence: int) -> Entry:
        """Return an entry as stored; its place and signature are checked by `advance` alone."""
        return entries.read(self.backend.get(entry_name(device, sequence), MAX_HEADER))

    def advance(self, device: str, verifier: Verifier) -> Iterator[Entry]:
        """Yield each entry beyond the tip after verifying it, and move the tip onto it.

        Raises ForeignDataError at the first that does not fit; those before it stay accepted.
        """
        tip = self.tip(device)
        while self.has(device, tip.size):
            entry = self.entry(device, tip.size)
            tip = tip.extend(entry, verifier)
            self.tips[device] = tip
            yield entry

    def append(self, draft: Draft, key: SigningKey) -> Entry:
        """Sign and put the next entry and its checkpoint; durable on return, objects before it.

        Raises BrokenArchiveError when the place is taken: another process wrote to this log.
        """
        tip = self.tip(draft.device)
        header = Header(
            archive=self.archive,
            device=draft.device,
            sequence=tip.size,
            epoch=draft.epoch,
            object=draft.object,
            previous=tip.previous,
            statements_root=draft.statements_root,
            bucket=draft.bucket,
            heads=draft.heads,
            needs=draft.needs,
            roster=draft.roster,
            keys=draft.keys,
        )
        entry = entries.sign(header, key)
        name, data = entry_name(draft.device, tip.size), entry.note.encode()
        verifier = Verifier(signer_name(self.archive, draft.device), key.public)
        if not self.backend.put(name, data) and not self._mended(name, data, verifier):
            raise BrokenArchiveError(
                "Another program has written to this device's log meanwhile.",
                "Close the other unburnt and try again; nothing was lost.",
            )
        self.tips[draft.device] = tip.follow(entry)
        self.sign_checkpoint(draft.device, key)
        return entry

    def sign_checkpoint(self, device: str, key: SigningKey) -> bool:
        """Put the checkpoint of this device's tip unless it is there; True when it was put."""
        tip = self.tip(device)
        signed = note.sign(tip.checkpoint().text(), signer_name(self.archive, device), key)
        name, data = checkpoint_name(device, tip.size), signed.encode()
        if self.backend.put(name, data):
            return True
        verifier = Verifier(signer_name(self.archive, device), key.public)
        try:
            read_checkpoint(self.backend.get(name, MAX_CHECKPOINT), verifier)
        except ForeignDataError:  # torn, or another's
            self.backend.mend(name, data)
            return True
        return False

    def _mended(self, name: str, data: bytes, verifier: Verifier) -> bool:
        """Put an entry in the place of bytes that this device never signed: a torn write."""
        try:
            entries.read(self.backend.get(name, MAX_HEADER)).verify(verifier)
        except ForeignDataError:
            self.backend.mend(name, data)
            return True
        return False

    def keep_fork(self, entry: Entry) -> bool:
        """Keep a second entry with one device and sequence as proof; True when it is new."""
        data = entry.note.encode()
        digest = hashlib.sha256(data).hexdigest()
        return self.backend.put(fork_name(entry.header.device, entry.header.sequence, digest), data)


def read_checkpoint(data: bytes, verifier: Verifier) -> Checkpoint:
    """Return a checkpoint that the device with this verifier signed; ForeignDataError otherwise."""
    parsed = note.parse(data, limit=MAX_CHECKPOINT)
    if verifier.name not in note.verified_by(parsed, [verifier]):
        raise ForeignDataError(
            "A checkpoint is not signed by its device.", "Fetch it again from another site."
        )
    checkpoint = parse_checkpoint(parsed.text)
    if checkpoint.origin != verifier.name:
        raise ForeignDataError(
            "A checkpoint belongs to another log.", "Fetch it again from another site."
        )
    return checkpoint


def newest_checkpoint(backend: Backend, device: str, verifier: Verifier) -> Checkpoint | None:
    """Return the newest checkpoint of a log that a backend holds, or None."""
    names = list(backend.names(f"checkpoints/{device}/"))
    if not names:
        return None
    return read_checkpoint(backend.get(names[-1], MAX_CHECKPOINT), verifier)


def gallop(has: Callable[[int], bool], known: int) -> int:
    """Return the number of entries from 0 on that `has` tells of, beginning at `known`.

    O(1) when nothing is new, O(log n) for n new ones: no listing.
    """
    if not has(known):
        return known if not known or has(known - 1) else gallop(has, 0)
    step, low = 1, known
    while has(low + step):
        low += step
        step *= 2
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if has(middle) else (low, middle)
    return low + 1
