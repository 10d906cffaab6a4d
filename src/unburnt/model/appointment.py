"""Appointments of trustees: who held the shares before, and what the present ones were given.

    given_to_trustees(roster)     (epochs given to the present trustees, epochs given before)
    former_trustees(roster)       recipients of the identities that later appointments replaced

A sealed grant does not show whose it is. But whoever had seen the appointment sealed to its
identity, and nobody else did: so the graph answers, without any key.
"""

from __future__ import annotations

from unburnt.model.roster import Roster
from unburnt.model.roster_ops import RECOVERY, Grant, Rotate, SetTrustees


def given_to_trustees(roster: Roster) -> tuple[frozenset[str], frozenset[str]]:
    """Return the epochs given to the present trustees, and those given to recovery before."""
    recovery = roster.recovery
    after: set[str] = set()
    present: set[str] = set()
    before: set[str] = set()
    for name, op in roster.history:  # parents first
        appointed = isinstance(op, SetTrustees) and recovery and op.recovery == recovery.recovery
        if appointed or not after.isdisjoint(op.parents):
            after.add(name)
        if isinstance(op, Rotate | Grant) and (
            RECOVERY in op.grants if isinstance(op, Rotate) else op.holder == RECOVERY
        ):
            (present if name in after else before).add(op.epoch)
    return frozenset(present), frozenset(before)


def former_trustees(roster: Roster) -> frozenset[str]:
    """Return the recipients of recovery identities that later appointments replaced."""
    made = {op.recovery.recipient for _name, op in roster.history if isinstance(op, SetTrustees)}
    return frozenset(made - {roster.recovery.recovery.recipient} if roster.recovery else ())
