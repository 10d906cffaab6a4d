"""The part of a health report that is about people: who can recover, who can decide, who is idle.

    recovery(roster)                     shares within reach, and epochs that recovery cannot open
    people(now, roster, logs, idle)      too few admins, forgotten devices, alarms of the roster

A member all of whose devices were revoked counts as out of reach, with any share they hold: whoever
was arrested cannot bring a card.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from unburnt.model.appointment import given_to_trustees
from unburnt.model.roster import Roster
from unburnt.model.roster_ops import AddDevice, Found, Share, Split, card_of
from unburnt.security.finding import Finding, Level, Sentence, Sentences, Values, Word, _
from unburnt.security.site_state import LogState, age, span

# What only rotating or new keys can mend must not be passed over; the rest are events of the past.
_URGENT = frozenset({"epoch-held", "shared-key", "too-few-admins"})


def recovery(roster: Roster) -> tuple[Finding, ...]:
    """Return whether enough trustees are within reach, and whether all epochs can be recovered."""
    if roster.recovery is None:
        return (Finding(Level.RED, "recovery-none"),)
    found = [_reachable(roster, roster.recovery.recovery)]
    given, _before = given_to_trustees(roster)
    without = {
        epoch.compartment
        for epoch in roster.epochs.values()
        if not epoch.void and epoch.id not in given
    }
    if without:
        names = tuple(sorted(_compartment(roster, name) for name in without))
        found.append(Finding(Level.RED, "recovery-gap", {"compartments": names}))
    return tuple(found)


def people(
    now: datetime, roster: Roster, logs: Mapping[str, LogState], idle: timedelta
) -> tuple[Finding, ...]:
    """Return what is to be said of admins, devices and alarms, at least one finding."""
    found = [*_admins(roster), *_idle(now, roster, logs, idle), *_alarms(roster)]
    return tuple(found) or (Finding(Level.GREEN, "roster-sound"),)


def out_of_reach(roster: Roster) -> frozenset[str]:
    """Return the members who have had devices, all of them revoked."""
    had = {device.member for device in roster.devices.values()}
    have = {device.member for device in roster.devices.values() if not device.revoked}
    return frozenset(had - have)


def _reachable(roster: Roster, split: Split) -> Finding:
    gone = out_of_reach(roster)
    spare = []  # of each group: shares within reach beyond its threshold
    start = 0
    for needed, size in split.groups:
        shares: tuple[Share, ...] = split.shares[start : start + size]
        spare.append(sum(share.member not in gone for share in shares) - needed)
        start += size
    usable = sorted((extra for extra in spare if extra >= 0), reverse=True)
    values: Values = {"groups": len(usable), "needed": split.group_threshold}
    if len(usable) < split.group_threshold:
        return Finding(Level.RED, "recovery-unreachable", values)
    # One more share may be lost if another group can stand in, or each group needed has a spare.
    stands_in = len(usable) > split.group_threshold
    if not stands_in and min(usable) == 0:
        return Finding(Level.AMBER, "recovery-no-spare", values)
    return Finding(Level.GREEN, "recovery-sound", values)


def _admins(roster: Roster) -> list[Finding]:
    """Count the people who can sign; the trustees together can always stand in for them."""
    trustees = roster.trustees
    stand_in = trustees is not None and trustees.admin
    people = {device.member for device in roster.admins if device != trustees}
    needed = max(roster.policy.threshold, roster.policy.revoke_threshold)
    values: Values = {"admins": len(people), "needed": needed}
    if len(people) < needed:
        code = "admins-need-trustees" if stand_in else "admins-too-few"
        return [Finding(Level.RED, code, values)]
    if len(people) == needed and not stand_in:
        return [Finding(Level.AMBER, "admins-no-spare", values)]
    return []


def _idle(
    now: datetime, roster: Roster, logs: Mapping[str, LogState], limit: timedelta
) -> list[Finding]:
    joined = {
        card.device: op.at
        for _hash, op in roster.history
        if isinstance(op, Found | AddDevice) and (card := card_of(op)) is not None
    }
    found = []
    for device in roster.devices.values():
        log = logs.get(device.id)
        last = log.newest_at if log is not None else None
        since = age(now, last or joined[device.id])
        if not device.revoked and device != roster.trustees and since > limit:
            values: Values = {"device": device.label, "age": span(since)}
            found.append(Finding(Level.AMBER, "device-idle", values))
    return found


def _alarms(roster: Roster) -> list[Finding]:
    found = []
    for alarm in roster.alarms:
        if alarm.kind != "too-few-admins":  # said above, with numbers
            level = Level.RED if alarm.kind in _URGENT else Level.AMBER
            values: Values = {"alarm": Word(alarm.message), "about": alarm.subjects}
            found.append(Finding(level, "roster-alarm", {"kind": alarm.kind, **values}))
    if roster.waiting:
        found.append(Finding(Level.AMBER, "roster-waiting", {"operations": len(roster.waiting)}))
    return found


def _compartment(roster: Roster, name: str) -> str:
    known = roster.compartments.get(name)
    return known.label if known is not None else name


_SHARES = _(
    "Make new shares, with spare ones: unburnt trustees appoint. It rotates every compartment."
)
SENTENCES: Sentences = {
    "recovery-none": Sentence(
        _("There are no trustees: without a device that can open it, the archive is lost."),
        _("Choose trustees and give them their shares: unburnt trustees appoint."),
    ),
    "recovery-unreachable": Sentence(
        _(
            "Recovery is out of reach. Groups of trustees that can still bring enough shares:"
            " {groups}; needed: {needed}."
        ),
        _SHARES,
    ),
    "recovery-no-spare": Sentence(
        _("If one more trustee is lost, nothing can be recovered any more."), _SHARES
    ),
    "recovery-gap": Sentence(
        _("Recovery cannot open everything in {compartments}."),
        _(
            "Grant the missing epochs to recovery from a device that reads them: unburnt sync"
            " there."
        ),
    ),
    "recovery-sound": Sentence(_("Enough trustees are within reach, with shares to spare.")),
    "admins-too-few": Sentence(
        _("Admins: {admins}; who must agree: {needed}. Nothing can be changed any more."),
        _("Found a new archive and take this one in."),
    ),
    "admins-need-trustees": Sentence(
        _("Admins: {admins}; who must agree: {needed}. Only the trustees can change that."),
        _("Bring enough shares together: unburnt recover. Then make one more person admin."),
    ),
    "admins-no-spare": Sentence(
        _("Admins: {admins}; who must agree: {needed}. One more loss stops every change."),
        _("Make one more person admin: unburnt device admin."),
    ),
    "device-idle": Sentence(
        _("{device} was last heard of {age} ago and may still open the archive."),
        _("Ask for it; when nobody has it: unburnt revoke {device}."),
    ),
    "roster-alarm": Sentence(_("{alarm}"), _("Look at it: unburnt roster ({kind}).")),
    "roster-waiting": Sentence(
        _("Changes of the roster that rest on others which have not arrived: {operations}."),
        _("Sync with every site: unburnt sync."),
    ),
    "roster-sound": Sentence(_("People and devices are as they should be.")),
}
