"""Judging the tables again: when the roster or the open keys have changed, so may what is shown.

    set_standings(index, journal, roster)               accepted, unconfirmed, refused
    forget_closed(index, journal, roster, identities)   what may not be read here any more

Changes derived tables alone; what was said stays in the logs.
"""

from __future__ import annotations

from collections.abc import Container

from unburnt.index.tables import Index
from unburnt.model.recorded import Standing
from unburnt.model.roster import Roster
from unburnt.model.standing import judge
from unburnt.storage.journal import Journal


def set_standings(index: Index, journal: Journal, roster: Roster) -> None:
    """Set the standing of every entry, one stretch of entries that stand alike after the other."""
    for device, tip in journal.tips.items():
        before: Standing | None = None
        for sequence in range(tip.size):
            standing = judge(roster, journal.entry(device, sequence).header).standing
            if standing != before:
                index.set_standing(device, sequence, standing)
                before = standing


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
