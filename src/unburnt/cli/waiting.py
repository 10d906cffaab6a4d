"""One remark that many commands make: what waits for the signatures of other admins."""

from __future__ import annotations

from unburnt.cli.show import remark
from unburnt.cli.words import _
from unburnt.model.roster import Roster

SHORT = 12  # characters of an operation's hash that people type


def say_waiting(roster: Roster) -> None:
    """Say which operations are not in force yet, and what to do."""
    for pending in roster.pending:
        remark(
            _("{op} waits for {missing} more signatures: unburnt approve {op}.").format(
                op=pending.op[:SHORT], missing=pending.missing
            )
        )
