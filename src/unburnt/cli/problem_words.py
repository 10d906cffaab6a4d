"""Problems of checks and exchanges in words: what is the case, one next step, and where.

    problem_lines(data, labels)
    RED    The copy has fewer entries than somebody has seen.
             → Sync this device with every site, then check again. …
             laptop, from entry 7 on: seen on this device

Programs read the code (JSON); people read these lines. A code without words here is shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from unburnt.cli.error_words import spoken
from unburnt.cli.show import safe
from unburnt.cli.words import N_, _
from unburnt.model.roster import Roster

MOST = 20  # places of one problem that are shown to people; JSON has them all


class Words(NamedTuple):
    """What is the case, and what to do next."""

    says: str
    step: str


_SYNC = N_("Sync it: what is whole on this device mends it. Then check again.")
_SEEK = N_("Fetch it from another copy: unburnt sync. Then check again.")
_WHO = N_("Ask whoever has this device, by voice. If it is in other hands: unburnt revoke.")
_RIGHT = N_("What it says does not count. Ask whoever has the device; it may be a fault or a try.")
_ROSTER = N_("Sync with every other site before you write: a revocation may be withheld here.")
_MEDIUM = N_(
    "Make another copy first: unburnt site add. A sync mends this one; then look at the medium."
)

PROBLEMS: Mapping[str, Words] = {
    # the copy as a whole
    "empty": Words(
        N_("There is nothing of this archive."),
        N_("Is the stick in? Put it in and check again. A new site is filled by: unburnt sync."),
    ),
    "other-archive": Words(
        N_("This is a copy of another archive."), N_("Check which disk or stick this is.")
    ),
    "survivor": Words(
        N_("One of the copies gave nothing."),
        N_("Try it alone, on another machine or from another reader; do not throw it away."),
    ),
    "nothing-known": Words(
        N_("Nobody is known to have seen an entry: there is nothing to compare with."),
        N_("Record something and sync; or compare with a head card."),
    ),
    # people and keys
    "roster": Words(N_("The list of people and devices cannot be read."), _SYNC),
    "roster-file": Words(N_("Files of the list of people and devices are damaged."), _SYNC),
    "roster-missing": Words(
        N_("Changes of people and devices are missing that are known elsewhere."), _SYNC
    ),
    "roster-incomplete": Words(
        N_("An entry has seen a change of people or devices that is not here."), _ROSTER
    ),
    "roster-backwards": Words(
        N_("An entry names an older list of people than the one before it did."), _RIGHT
    ),
    "key-damaged": Words(N_("Sealed keys are damaged."), _SYNC),
    "key-missing": Words(N_("Sealed keys are missing that somebody needs."), _SYNC),
    "not-destroyed": Words(
        N_("Keys of withdrawn originals still lie there."),
        N_("Sync it: that destroys them. Then check again."),
    ),
    "canary-damaged": Words(N_("What a drill must be able to open is damaged."), _SYNC),
    "canary-missing": Words(N_("What a drill must be able to open is missing."), _SYNC),
    "unknown-device": Words(N_("There is a log of a device that nobody let in."), _ROSTER),
    "unknown-epoch": Words(N_("An entry is sealed with a key that nobody knows of."), _ROSTER),
    "no-right-to-write": Words(
        N_("An entry stands where its device was not allowed to write."), _RIGHT
    ),
    # logs
    "missing": Words(
        N_("The copy has fewer entries than somebody has seen."),
        N_(
            "Sync this device with every site, then check again. If it stays, somebody took them"
            " away: keep the copy as it is, and ask who has them."
        ),
    ),
    "forked": Words(N_("The copy tells another history than somebody has seen."), _WHO),
    "missing-entry": Words(N_("A log has a hole: an entry is missing before others."), _SYNC),
    "entry": Words(N_("An entry is damaged, unsigned or out of its chain."), _SYNC),
    "checkpoint": Words(N_("The signed size of a log is damaged or not its device's."), _SYNC),
    "truncated": Words(
        N_("A log ends before the size that its device signed."),
        N_(
            "Sync with the other sites: they may have the rest. Then ask who could change this one."
        ),
    ),
    "rolled-back": Words(
        N_("The site had more entries at the last sync: it lost some, or was put back."),
        N_("They were given again; check it: unburnt site check. Ask who could change it."),
    ),
    "refused": Words(
        N_("What was found there did not pass its check and was left out."),
        N_("Sync with another site. If it stays: unburnt verify."),
    ),
    # files
    "object-missing": Words(N_("Sealed objects are missing."), _SEEK),
    "object-torn": Words(N_("Sealed objects have another size than the log says."), _MEDIUM),
    "object-damaged": Words(N_("Sealed objects are damaged: their bytes have changed."), _MEDIUM),
    "object-swapped": Words(
        N_("Sealed objects were put in the place of others: that is no accident."),
        N_("Sync it to mend it, and find out who could write there."),
    ),
    "damaged": Words(N_("Files are not what their names say."), _SYNC),
    "damaged-here": Words(
        N_("Something on this device is damaged and was not given."),
        N_("Fetch it from another site: unburnt verify, then unburnt sync."),
    ),
    "time-damaged": Words(N_("Proofs of time are damaged."), _SYNC),
    "time-missing": Words(N_("Proofs of time are missing."), _SYNC),
    "cosigned-damaged": Words(N_("Notes of witnesses are damaged."), _SYNC),
    "cosigned-missing": Words(N_("Notes of witnesses are missing."), _SYNC),
    "original": Words(
        N_("Originals do not open, or are not the bytes that were taken in."),
        N_("Fetch them from another copy: unburnt sync. Then verify again: unburnt verify --deep."),
    ),
    "tables-differ": Words(
        N_("The tables of this device do not say what the records say."),
        N_("Build them again: unburnt rebuild."),
    ),
    # alarms: the copy may be whole, a key was abused
    "fork": Words(N_("One device signed two different histories."), _WHO),
    "after-revocation": Words(
        N_("A revoked device has written on; it is kept, marked as unconfirmed."),
        N_("The copy is whole. Do not rely on these entries: they may be forced or forged."),
    ),
}

_WITNESSES = {
    "here": N_("seen on this device"),
    "last-sync": N_("held there at the last sync"),
    "card": N_("seen by a head card"),
    "site": N_("seen on another copy"),
    "entry": N_("seen by entries of other devices"),
    "checkpoint": N_("signed by the device itself"),
}
_FROM_THERE_ON = {"missing", "missing-entry", "rolled-back", "truncated"}
_NOWHERE = {"nothing-known"}


def problem_data(problems: Iterable[Any]) -> list[dict[str, Any]]:
    """Return problems as plain values."""
    return [asdict(problem) for problem in problems]


def labels(roster: Roster) -> dict[str, str]:
    """Return what devices are called, by id."""
    return {device.id: device.label for device in roster.devices.values()}


def problem_lines(
    problems: Sequence[Mapping[str, Any]], labels: Mapping[str, str] | None = None
) -> list[str]:
    """Return problems as lines: what is the case, the next step, and where; none when none is."""
    by_code: dict[str, list[str]] = {}
    for problem in problems:
        by_code.setdefault(problem["code"], []).append(_where(problem, labels or {}))
    lines = []
    for code, places in by_code.items():
        known = PROBLEMS.get(code)
        lines.append(f"{_('RED'):6} {_(known.says) if known else safe(code)}")
        if known:
            lines.append(f"         → {_(known.step)}")
        named = list(dict.fromkeys(place for place in places if place))
        lines += [f"         {place}" for place in named[:MOST]]
        if len(named) > MOST:
            more = _("More of them: {count}; all with --json.")
            lines.append(f"         {more.format(count=len(named) - MOST)}")
    return lines


def _where(problem: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    code, device, number = problem["code"], problem["device"], problem["sequence"]
    if code in _NOWHERE:
        return ""
    parts = [labels.get(device, device)] if device else []
    if number >= 0:
        text = _("from entry {number} on") if code in _FROM_THERE_ON else _("entry {number}")
        parts.append(text.format(number=number))
    detail = problem["detail"]
    said = _(_WITNESSES[detail]) if detail in _WITNESSES else spoken(detail)
    return safe(": ".join(part for part in (", ".join(parts), said) if part))
