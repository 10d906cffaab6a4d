"""The chain of one log: what is known of it so far, and whether an entry may come next.

    tip = Tip.start(archive, device)
    tip = tip.extend(entry, verifier)          # steps 2–4 of docs/spec/log.md, "Verifying a log"
    tip.head                                   # Head(size, root)

Pure: the caller fetches entries and decides what to do with one that does not fit.
"""

from __future__ import annotations

from dataclasses import dataclass

from unburnt.core.errors import ForeignDataError
from unburnt.crypto.checkpoint import Checkpoint
from unburnt.crypto.merkle import Frontier
from unburnt.crypto.note import Verifier
from unburnt.model.entry import Entry, Head, signer_name


@dataclass(frozen=True, slots=True)
class Tip:
    """The end of a verified log: its tree's frontier and the leaf hash of its last entry."""

    archive: str
    device: str
    frontier: Frontier
    previous: str

    @classmethod
    def start(cls, archive: str, device: str) -> Tip:
        """Return the tip of a log without entries."""
        return cls(archive, device, Frontier(), archive)

    @property
    def size(self) -> int:
        """Number of entries."""
        return self.frontier.size

    @property
    def head(self) -> Head:
        """Size and root, as other devices record them."""
        return Head(self.frontier.size, self.frontier.root())

    def checkpoint(self) -> Checkpoint:
        """Return the checkpoint that commits to the log up to here."""
        head = self.head
        return Checkpoint(signer_name(self.archive, self.device), head.size, head.root)

    def extend(self, entry: Entry, verifier: Verifier) -> Tip:
        """Return the tip after `entry`; ForeignDataError when it is not the next one."""
        header = entry.header
        if header.archive != self.archive or header.device != self.device:
            raise _unfit("belongs to another log")
        if header.sequence != self.size:
            raise _unfit("stands at another place than it says")
        if header.previous != self.previous:
            raise _unfit("does not follow the one before it")
        entry.verify(verifier)
        return self.follow(entry)

    def follow(self, entry: Entry) -> Tip:
        """Return the tip after an entry that was verified already."""
        leaf = entry.leaf
        return Tip(self.archive, self.device, self.frontier.append(leaf), leaf.hex())


def _unfit(how: str) -> ForeignDataError:
    return ForeignDataError(f"An entry {how}.", "Fetch the log again from another site.")
