"""Health: would the archive survive tonight? Spec: docs/spec/security.md, "Health".

    health = examine("2018-01-24T09:10:00Z", Keeping(sites, logs, roster, drill, here="Mira 5"))
    health.level                                   the worst of its lines
    for finding in health.findings: print(describe(finding, SENTENCES))

Copies are counted by what they would survive, not by their number; what nobody has looked at is
RED, and so is a report that looked at nothing. Pure: it judges what it is told and asks nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from unburnt.model.roster import Roster
from unburnt.security import (
    domains,
    drill_report,
    health_people,
    health_witness,
    moment,
    site_state,
)
from unburnt.security.domains import Axis, independent_copies
from unburnt.security.drill_report import DrillReport
from unburnt.security.finding import (
    Dated,
    Finding,
    Level,
    Sentence,
    Sentences,
    Values,
    Word,
    _,
    worst,
)
from unburnt.security.health_witness import WitnessState
from unburnt.security.site_state import Limits, LogState, SiteState, age, span


@dataclass(frozen=True, slots=True)
class Need:
    """How many copies must be apart on an axis, and how bad it is when they are not."""

    axis: str
    least: int
    otherwise: Level


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What is asked for: at least three copies, one elsewhere, checked regularly.

    After the Berkeley Protocol, paragraphs 170-172; "two media" became two operators, courts and
    houses, because that is what this archive's opponents strike. Payers only warn.
    """

    copies: int = 3
    apart: tuple[Need, ...] = (
        Need("operator", 2, Level.RED),
        Need("building", 2, Level.RED),
        Need("jurisdiction", 2, Level.RED),
        Need("payer", 2, Level.AMBER),
    )
    outside: int = 1
    idle: timedelta = timedelta(days=365)
    drill_soon: timedelta = timedelta(days=14)
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Keeping:
    """What a health report looks at.

    `logs`: device → its log on this disk. `drill`: the newest report whose signature was verified.
    `here`: the building this device stands in, "" when nobody has said. This device's own disk
    counts as a copy only when it is among `sites`, checked like any other. `witnesses`: None while
    nobody has said whom to trust. `left_open`: places where plain originals may have been left.
    """

    sites: Sequence[SiteState]
    logs: Mapping[str, LogState]
    roster: Roster
    drill: DrillReport | None
    here: str = ""
    witnesses: WitnessState | None = None
    left_open: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """Every line of the report, and what the archive comes to if this room burns now.

    `lost`: entries that no checked site outside this building holds; `hoped`: the same if sites
    that were not checked hold what they acknowledged.
    """

    findings: tuple[Finding, ...]
    lost: int
    hoped: int

    @property
    def level(self) -> Level:
        """The worst of all lines; RED without any."""
        return worst(self.findings)


def examine(now: str, keeping: Keeping, thresholds: Thresholds | None = None) -> Health:
    """Return the health of an archive at `now` (RFC 3339); ForeignDataError for another `now`."""
    limits = thresholds or Thresholds()
    present = moment.parse(now)
    lost, hoped = (_lost(present, keeping, limits, trusting) for trusting in (False, True))
    return Health(
        (
            *_something(keeping),
            *_sites(present, keeping, limits),
            *_copies(present, keeping, limits),
            *_truth(present, keeping, lost, hoped, limits),
            *_drill(present, keeping.drill, limits),
            *health_witness.remarks(keeping.witnesses),
            *health_people.recovery(keeping.roster),
            *health_people.people(present, keeping.roster, keeping.logs, limits.idle),
        ),
        lost,
        hoped,
    )


def _something(keeping: Keeping) -> list[Finding]:
    found = []
    if not keeping.sites:
        found.append(Finding(Level.RED, "no-sites"))
    if not any(log.size for log in keeping.logs.values()):
        elsewhere = any(any(site.sizes.values()) for site in keeping.sites)
        found.append(Finding(Level.RED, "nothing-kept" if elsewhere else "nothing-yet"))
    if keeping.left_open:
        found.append(Finding(Level.RED, "left-open", {"places": keeping.left_open}))
    return found


def _sites(now: datetime, keeping: Keeping, thresholds: Thresholds) -> list[Finding]:
    return [
        finding
        for site in keeping.sites
        for finding in site_state.remarks(site, now, keeping.logs, thresholds.limits)
    ]


def _copies(now: datetime, keeping: Keeping, thresholds: Thresholds) -> list[Finding]:
    counted = {
        site.label: site.attributes
        for site in keeping.sites
        if site_state.counts(site, now, keeping.logs, thresholds.limits)
    }
    matching = independent_copies(counted, (need.axis for need in thresholds.apart))
    found = [_enough(len(counted), thresholds.copies, keeping)]
    for axis, need in zip(matching.axes, thresholds.apart, strict=True):
        found += _apart(axis, need)
    return [*found, *_outside(counted, keeping.here, thresholds.outside)]


def _enough(counted: int, needed: int, keeping: Keeping) -> Finding:
    values: Values = {"copies": counted, "needed": needed, "sites": len(keeping.sites)}
    if counted < needed:
        return Finding(Level.RED, "too-few-copies", values)
    return Finding(Level.GREEN, "copies", values)


def _apart(axis: Axis, need: Need) -> list[Finding]:
    values: Values = {
        "axis": Word(axis.name),
        "copies": axis.copies,
        "needed": need.least,
        "left": axis.left,
    }
    level = Level.GREEN if axis.copies >= need.least else need.otherwise
    code = "apart" if level is Level.GREEN else "not-apart"
    return [Finding(level, code, values), *_sharing(axis, level)]


def _sharing(axis: Axis, level: Level) -> list[Finding]:
    """Say who shares what where that is why copies are too few, and always what nobody knows."""
    return [
        finding
        for finding in domains.in_words(axis)
        if level is not Level.GREEN or not finding.values["domain"]
    ]


def _outside(counted: Mapping[str, Mapping[str, str]], here: str, needed: int) -> list[Finding]:
    outside = [label for label, attributes in counted.items() if _is_outside(attributes, here)]
    values: Values = {"outside": tuple(sorted(outside)), "needed": needed}
    found = [Finding(Level.AMBER, "here-unknown")] if not here.strip() else []
    if len(outside) < needed:
        return [*found, Finding(Level.RED, "nothing-outside", values)]
    return [*found, Finding(Level.GREEN, "outside", values)]


def _is_outside(attributes: Mapping[str, str], here: str) -> bool:
    """Tell whether a site is known to be wholly outside the building `here`."""
    theirs, ours = domains.domains(attributes.get("building", "")), domains.domains(here)
    return domains.UNKNOWN not in (*theirs, *ours) and set(theirs).isdisjoint(ours)


def _lost(now: datetime, keeping: Keeping, thresholds: Thresholds, trusting: bool) -> int:
    surviving = [
        site
        for site in keeping.sites
        if _is_outside(site.attributes, keeping.here)
        and (
            site.check != site_state.RED
            if trusting
            else site_state.is_trusted(site, now, thresholds.limits)
        )
    ]
    return sum(
        log.size - min(log.size, max((s.sizes.get(device, 0) for s in surviving), default=0))
        for device, log in keeping.logs.items()
    )


def _truth(
    now: datetime, keeping: Keeping, lost: int, hoped: int, thresholds: Thresholds
) -> list[Finding]:
    """The one line of truth: how old the copies are, and what is lost if this room burns now."""
    synced = [
        (site.label, span(age(now, site.synced_at)))
        for site in keeping.sites
        if site.synced_at is not None and any(site.sizes.values())
    ]
    newest: tuple[Dated, ...] = tuple(sorted(synced, key=lambda dated: (dated[1], dated[0])))
    if not newest:
        return [Finding(Level.RED, "truth-none", {"lost": lost})]
    values: Values = {"newest": newest, "lost": lost, "hoped": hoped}
    everything = sum(log.size for log in keeping.logs.values())
    if not lost:
        return [Finding(Level.GREEN if everything else Level.RED, "truth-safe", values)]
    total = lost == everything or newest[0][1] > thresholds.limits.behind_red.total_seconds()
    return [Finding(Level.RED if total else Level.AMBER, "truth-lost", values)]


def _drill(now: datetime, drill: DrillReport | None, thresholds: Thresholds) -> list[Finding]:
    if drill is None:
        return [Finding(Level.RED, "drill-none")]
    verdict = drill.verdict()
    since = age(now, drill.finished_at)
    values: Values = {"age": span(since), "left": span(moment.parse(drill.expires_at) - now)}
    found = []
    if verdict.level is not Level.GREEN:
        found.append(Finding(Level.RED, "drill-red", values))
        found += [finding for finding in verdict.findings if finding.level is not Level.GREEN]
    if since < -thresholds.limits.clock:
        found.append(Finding(Level.RED, "drill-in-future", values))
    elif since > drill_report.LASTS:
        found.append(Finding(Level.RED, "drill-expired", values))
    elif since > drill_report.LASTS - thresholds.drill_soon:
        found.append(Finding(Level.AMBER, "drill-soon", values))
    return found or [Finding(Level.GREEN, "drill-sound", values)]


_DRILL = _("Rehearse a loss: unburnt drill.")
_ELSEWHERE = _("Take a stick to another house, or add a site with others: unburnt site add.")
SENTENCES: Sentences = {
    **site_state.SENTENCES,
    **domains.SENTENCES,
    **drill_report.SENTENCES,
    **health_people.SENTENCES,
    **health_witness.SENTENCES,
    "no-sites": Sentence(
        _("No site is known: there is no copy beyond this disk."),
        _("Add a site: unburnt site add."),
    ),
    "nothing-kept": Sentence(
        _("This device holds no entry: nothing was looked at."),
        _("Fetch them from a site: unburnt sync."),
    ),
    "nothing-yet": Sentence(
        _("There is no entry yet, here or on a site known here: nothing was looked at."),
        _("Record something: unburnt say, record or take."),
    ),
    "left-open": Sentence(
        _("Plain originals may have been left open when something was killed; places: {places}."),
        _("Remove them: unburnt evidence leftovers."),
    ),
    "copies": Sentence(_("Sites that are whole and lately checked: {copies} of {sites}.")),
    "too-few-copies": Sentence(
        _("Sites that are whole and lately checked: {copies} of {sites}; needed: {needed}."),
        _("Sync and check the others, or add a site: unburnt sync, site check, site add."),
    ),
    "apart": Sentence(_("Copies that are independent by {axis}: {copies}.")),
    "not-apart": Sentence(
        _("Copies that are independent by {axis}: {copies}; needed: {needed}."), _ELSEWHERE
    ),
    "outside": Sentence(_("Outside this building: {outside}.")),
    "nothing-outside": Sentence(
        _("Too few checked copies are known to be outside this building: {outside}."), _ELSEWHERE
    ),
    "here-unknown": Sentence(
        _("Nobody has said in which building this device stands."),
        _("Say so: unburnt site here. Until then every copy may be in this room."),
    ),
    "truth-none": Sentence(
        _("There is no other copy. Entries you lose if this room burns now: {lost}, all of them."),
        _("Sync now: unburnt sync, after unburnt site add where no site is known."),
    ),
    "truth-safe": Sentence(_("Newest copy: {newest}. If this room burns now, you lose nothing.")),
    "truth-lost": Sentence(
        _(
            "Newest copy: {newest}. Entries you lose if this room burns now: {lost}; if copies"
            " that were not checked hold what they should: {hoped}."
        ),
        _("Sync and check a site outside this building: unburnt sync, then unburnt site check."),
    ),
    "drill-none": Sentence(_("Recovery was never rehearsed."), _DRILL),
    "drill-red": Sentence(_("The last drill, {age} ago, failed."), _DRILL),
    "drill-in-future": Sentence(
        _("The last drill ended in the future, if the clocks are to be believed."),
        _("Set the clock, then rehearse a loss: unburnt drill."),
    ),
    "drill-expired": Sentence(_("The last drill was {age} ago; it says nothing any more."), _DRILL),
    "drill-soon": Sentence(_("The last drill was {age} ago; it holds for {left} more."), _DRILL),
    "drill-sound": Sentence(_("Recovery was rehearsed {age} ago.")),
}
