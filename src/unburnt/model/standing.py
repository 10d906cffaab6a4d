"""The standing of an entry: may its device say this, under the roster it had seen?

    judge(roster, header, seen) -> Judgement(ACCEPTED | UNCONFIRMED | REFUSED, reason)
    seen = seen_after(roster, seen, header)    # the roster heads that this log named so far

* accepted: the device could write to that compartment under the roster heads the entry names;
* unconfirmed: it could, but the device was revoked and the entry lies beyond what was accepted:
  perhaps forced, perhaps forged; kept and marked *after compromise, unconfirmed*;
* refused: it never could, or it names an older roster than an entry before it in its log did, to
  have a right that was taken from it; kept, not shown.

Pure: the same roster and header always give the same judgement, in whatever order they arrived.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from unburnt.model.entry import Header
from unburnt.model.recorded import ACCEPTED, REFUSED, UNCONFIRMED, Standing
from unburnt.model.roster import Roster


@dataclass(frozen=True, slots=True)
class Judgement:
    """A standing and, when it is not accepted, a code that says why."""

    standing: Standing
    reason: str = ""


def judge(roster: Roster, header: Header, seen: Collection[str] = ()) -> Judgement:
    """Return how an entry stands under everything the roster now says.

    `seen` are the roster heads that the entries before it in its log named (`seen_after`).
    """
    epoch = roster.epochs.get(header.epoch)
    if header.device not in roster.devices:
        return Judgement(REFUSED, "unknown-device")
    if epoch is None:
        return Judgement(REFUSED, "unknown-epoch")
    then = roster.at(header.roster) if header.roster else None
    if then is None:
        return Judgement(REFUSED, "roster-incomplete")
    if set(seen) != set(header.roster) and not roster.follows(header.roster, seen):
        return Judgement(REFUSED, "roster-backwards")
    if not then.may_write(header.device, epoch.compartment):
        return Judgement(REFUSED, "no-right-to-write")
    revocation = roster.revoked(header.device)
    if revocation is not None and header.sequence >= revocation.last:
        return Judgement(UNCONFIRMED, "after-revocation")
    return Judgement(ACCEPTED)


def seen_after(roster: Roster, seen: tuple[str, ...], header: Header) -> tuple[str, ...]:
    """Return the roster heads that a log named up to and with this entry, `seen` before it.

    All of them count, refused entries' too: else two older rosters in a row would hide the first.
    """
    if set(seen) == set(header.roster):
        return seen  # nearly always
    return roster.newest([*seen, *header.roster])
