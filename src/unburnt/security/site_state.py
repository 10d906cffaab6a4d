"""What this device knows of a site, and whether that is enough to count on it.

    site = SiteState("stick", {"building": "Grozny, Mira 5"}, sizes={"aicq…": 40},
                     synced_at="2018-01-20T18:00:00Z", checked_at="2018-01-20T18:05:00Z",
                     check="green")
    behind(site, logs)                    entries that the site lacks
    remarks(site, now, logs, limits)      what is wrong with it; nothing wrong: one green finding

A site says nothing by itself: sizes are what it acknowledged, a check is what this device saw when
it last read the site. Never asks the site.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from unburnt.core.errors import ForeignDataError
from unburnt.security import moment
from unburnt.security.finding import Finding, Level, Sentence, Sentences, Span, Value, _

GREEN = "green"
RED = "red"
# A sync mends these: the copy is behind, the medium is not at fault.
_LACKS = {"canary-missing", "empty", "key-missing", "missing", "nothing-known", "roster-missing"}


@dataclass(frozen=True, slots=True)
class SiteState:
    """One site as last seen; times are RFC 3339 or None for never.

    `sizes`: device → entries of its log that the site acknowledged. `check`: how the last check
    ended. `problems`: what is wrong with the copy, `alarms`: what a whole copy holds proof of, as
    codes. ForeignDataError for a malformed time or check.
    """

    label: str
    attributes: Mapping[str, str]
    sizes: Mapping[str, int]
    synced_at: str | None
    checked_at: str | None
    check: str | None
    problems: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    untold: int = 0  # withdrawn keys that may still lie there

    def __post_init__(self) -> None:
        for text in (self.synced_at, self.checked_at):
            if text is not None:
                moment.parse(text)
        if self.check not in (GREEN, RED, None) or (self.check is None) != (
            self.checked_at is None
        ):
            raise ForeignDataError(
                "What is remembered of a site makes no sense.", "Check the site again."
            )


@dataclass(frozen=True, slots=True)
class LogState:
    """A log as this device holds it: its entries, and when the newest claims to be written."""

    size: int
    newest_at: str | None = None

    def __post_init__(self) -> None:
        if self.newest_at is not None:
            moment.parse(self.newest_at)


@dataclass(frozen=True, slots=True)
class Limits:
    """How old things may grow, and how far a clock may be ahead."""

    check_amber: timedelta = timedelta(days=7)
    check_red: timedelta = timedelta(days=30)
    behind_red: timedelta = timedelta(days=30)
    clock: timedelta = timedelta(minutes=10)


def behind(site: SiteState, logs: Mapping[str, LogState]) -> int:
    """Return how many entries held here the site has not acknowledged."""
    return sum(max(log.size - site.sizes.get(device, 0), 0) for device, log in logs.items())


def ahead(site: SiteState, logs: Mapping[str, LogState]) -> int:
    """Return how many entries the site acknowledged that are not here."""
    return sum(
        max(size - (logs[device].size if device in logs else 0), 0)
        for device, size in site.sizes.items()
    )


def age(now: datetime, text: str) -> timedelta:
    """Return how long ago a moment was; negative in the future."""
    return now - moment.parse(text)


def span(length: timedelta) -> Span:
    """Return a length of time for a finding; what lies in the future is 0 old."""
    return Span(max(int(length.total_seconds()), 0))


def is_trusted(site: SiteState, now: datetime, limits: Limits) -> bool:
    """Tell whether the last check of a site was green and is not older than 30 days."""
    return _check_level(site, now, limits) < Level.RED and any(site.sizes.values())


def counts(site: SiteState, now: datetime, logs: Mapping[str, LogState], limits: Limits) -> bool:
    """Tell whether a site counts as a copy: checked lately, green, with something in it, whole."""
    fresh = _check_level(site, now, limits) is Level.GREEN
    return fresh and any(site.sizes.values()) and not behind(site, logs)


def remarks(
    site: SiteState, now: datetime, logs: Mapping[str, LogState], limits: Limits
) -> tuple[Finding, ...]:
    """Return everything that is to be said of a site, at least one finding."""
    level = _check_level(site, now, limits)
    found = [] if level is Level.GREEN else [_check_finding(site, now, level, limits)]
    lacking = behind(site, logs)
    if not any(site.sizes.values()):
        found.append(_about(site, Level.RED, "site-empty"))
    elif lacking and site.synced_at is None:
        found.append(_about(site, Level.RED, "site-never-synced", entries=lacking))
    elif lacking and site.synced_at is not None:
        since = age(now, site.synced_at)
        bad = Level.RED if since > limits.behind_red else Level.AMBER
        found.append(_about(site, bad, "site-behind", entries=lacking, age=span(since)))
    more = ahead(site, logs)
    if more:
        found.append(_about(site, Level.AMBER, "site-ahead", entries=more))
    if site.alarms:
        found.append(_about(site, Level.AMBER, "site-alarms", problems=tuple(sorted(site.alarms))))
    if site.untold:
        found.append(_about(site, Level.AMBER, "site-untold", keys=site.untold))
    if not found and site.checked_at is not None:
        checked = span(age(now, site.checked_at))
        found.append(_about(site, Level.GREEN, "site-sound", age=checked))
    return tuple(found)


def _check_level(site: SiteState, now: datetime, limits: Limits) -> Level:
    if site.checked_at is None or site.check != GREEN or site.problems:
        return Level.RED
    since = age(now, site.checked_at)
    if since > limits.check_red or since < -limits.clock:
        return Level.RED
    return Level.AMBER if since > limits.check_amber else Level.GREEN


def _check_finding(site: SiteState, now: datetime, level: Level, limits: Limits) -> Finding:
    if site.checked_at is None:
        return _about(site, level, "site-never-checked")
    since = age(now, site.checked_at)
    if site.check != GREEN or site.problems:
        problems = tuple(sorted(set(site.problems)))
        code = "site-problems" if problems else "site-check-red"
        if problems and set(problems) <= _LACKS:
            code = "site-lacks"
        return _about(site, level, code, age=span(since), problems=problems)
    if since < -limits.clock:
        return _about(site, level, "site-check-in-future", age=span(-since))
    return _about(site, level, "site-check-old", age=span(since))


def _about(site: SiteState, level: Level, code: str, **values: Value) -> Finding:
    return Finding(level, code, {"site": site.label, **values})


_CHECK = _("Check it: unburnt site check {site}.")
_SYNC = _("Sync it: unburnt sync {site}.")
_OTHER = _(
    "Make another copy first: unburnt site add. What is wrong with this one: unburnt site check"
    " {site}."
)
SENTENCES: Sentences = {
    "site-sound": Sentence(_("{site} is whole; it was checked {age} ago.")),
    "site-never-checked": Sentence(
        _("{site} was never checked: nobody knows what it holds."), _CHECK
    ),
    "site-check-red": Sentence(_("{site} failed its last check, {age} ago."), _OTHER),
    "site-problems": Sentence(_("{site} failed its last check, {age} ago: {problems}."), _OTHER),
    "site-lacks": Sentence(
        _("{site} did not hold everything at its last check, {age} ago: {problems}."),
        _("Sync it, then check it again: unburnt sync {site}; unburnt site check {site}."),
    ),
    "site-check-in-future": Sentence(
        _("{site} was checked {age} in the future, if the clocks are to be believed."),
        _("Set the clock, then check it: unburnt site check {site}."),
    ),
    "site-check-old": Sentence(_("{site} was last checked {age} ago."), _CHECK),
    "site-alarms": Sentence(
        _("{site} holds proof that a key was abused: {problems}."),
        _(
            "The copy is whole. See whose key it was: unburnt site check {site}; then unburnt"
            " revoke."
        ),
    ),
    "site-untold": Sentence(
        _("{site} was not told yet of every withdrawal; keys that may still lie there: {keys}."),
        _SYNC,
    ),
    "site-empty": Sentence(_("{site} holds nothing of this archive."), _SYNC),
    "site-never-synced": Sentence(
        _("{site} was never written; entries it lacks: {entries}."), _SYNC
    ),
    "site-behind": Sentence(
        _("{site} was last written {age} ago; entries it lacks: {entries}."), _SYNC
    ),
    "site-ahead": Sentence(
        _("Entries on {site} that are not on this device: {entries}."),
        _("Fetch them first: unburnt sync {site}."),
    ),
}
