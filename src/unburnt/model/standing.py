"""The standing of an entry: may its device say this, under the roster it had seen?

    judge(roster, header) -> Judgement(ACCEPTED | UNCONFIRMED | REFUSED, reason)

* accepted: the device could write to that compartment under the roster heads the entry names;
* unconfirmed: it could, but the device was revoked and the entry lies beyond what was accepted:
  perhaps forced, perhaps forged; kept and marked *after compromise, unconfirmed*;
* refused: it never could; kept, not shown.

Pure: the same roster and header always give the same judgement, in whatever order they arrived.
"""

from __future__ import annotations

from dataclasses import dataclass

from unburnt.model.entry import Header
from unburnt.model.recorded import ACCEPTED, REFUSED, UNCONFIRMED, Standing
from unburnt.model.roster import Roster


@dataclass(frozen=True, slots=True)
class Judgement:
    """A standing and, when it is not accepted, a code that says why."""

    standing: Standing
    reason: str = ""


def judge(roster: Roster, header: Header) -> Judgement:
    """Return how an entry stands under everything the roster now says."""
    epoch = roster.epochs.get(header.epoch)
    if header.device not in roster.devices:
        return Judgement(REFUSED, "unknown-device")
    if epoch is None:
        return Judgement(REFUSED, "unknown-epoch")
    then = roster.at(header.roster) if header.roster else None
    if then is None:
        return Judgement(REFUSED, "roster-incomplete")
    if not then.may_write(header.device, epoch.compartment):
        return Judgement(REFUSED, "no-right-to-write")
    revocation = roster.revoked(header.device)
    if revocation is not None and header.sequence >= revocation.last:
        return Judgement(UNCONFIRMED, "after-revocation")
    return Judgement(ACCEPTED)
