"""Judging the tables again: when the roster or the open keys have changed, so may what is shown.

    judges = Judges(index, journal)
    judges.standing(roster, header)                     accepted, unconfirmed, refused
    judges.set_all(roster)                              of every entry, when the roster is another
    forget_closed(index, journal, roster, identities)   what may not be read here any more

Changes derived tables alone; what was said stays in the logs.
"""

from __future__ import annotations

from collections.abc import Container

from unburnt.index.tables import Index
from unburnt.model.entry import Header
from unburnt.model.recorded import Standing
from unburnt.model.roster import Roster
from unburnt.model.standing import judge, seen_after
from unburnt.storage.journal import Journal

_SEEN = "seen-rosters"


class Judges:
    """Judges entries log by log; remembers how much of the roster each log named as seen."""

    def __init__(self, index: Index, journal: Journal) -> None:
        self._index, self._journal = index, journal
        self._seen: dict[str, tuple[int, tuple[str, ...]]] = {
            device: (size, tuple(heads))
            for device, (size, heads) in (index.memory(_SEEN) or {}).items()
        }

    def standing(self, roster: Roster, header: Header) -> Standing:
        """Return how an entry of a verified log stands; cheapest in the order of the log."""
        device, sequence = header.device, header.sequence
        size, seen = self._seen.get(device, (0, ()))
        if size > sequence:
            size, seen = 0, ()
        for before in range(size, sequence):
            seen = seen_after(roster, seen, self._journal.entry(device, before).header)
        self._seen[device] = sequence + 1, seen_after(roster, seen, header)
        return judge(roster, header, seen).standing

    def set_all(self, roster: Roster) -> None:
        """Set the standing of every entry, one stretch that stands alike after the other."""
        self._seen.clear()
        for device, tip in self._journal.tips.items():
            before: Standing | None = None
            for sequence in range(tip.size):
                standing = self.standing(roster, self._journal.entry(device, sequence).header)
                if standing != before:
                    self._index.set_standing(device, sequence, standing)
                    before = standing

    def remember(self) -> None:
        """Let the tables remember, so that the next opening need not look at whole logs."""
        self._index.set_memory(
            _SEEN, {d: [size, [*seen]] for d, (size, seen) in self._seen.items()}
        )


def forget_closed(index: Index, journal: Journal, roster: Roster, epochs: Container[str]) -> None:
    """Delete the statements of entries whose epoch is not among those that are open here."""
    readable = {epoch.compartment for epoch in roster.epochs.values() if epoch.id in epochs}
    if set(index.compartments()) <= readable:
        return
    closed = set(index.closed())
    for device, tip in journal.tips.items():
        for sequence in range(tip.size):
            if (device, sequence) not in closed:
                epoch = roster.epochs.get(journal.entry(device, sequence).header.epoch)
                if epoch is None or epoch.compartment not in readable:
                    index.forget(device, sequence)
