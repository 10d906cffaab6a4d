"""Health, for a session: what this device knows of its copies, judged. Asks nobody, opens no site.

report = health(session)                   # security.health.Health
report.level.name                          "RED"
for line in lines(report): line.level, line.text, line.step
say_where(session, "Grozny, Mira 5")       # the building this device stands in
"""

from __future__ import annotations

from collections.abc import Iterator

from unburnt.core.errors import UnburntError
from unburnt.security import drill_report
from unburnt.security import health as facts
from unburnt.security.drill_report import DrillReport
from unburnt.security.finding import Translate
from unburnt.security.health import SENTENCES, Health, Keeping
from unburnt.security.health_witness import WitnessState
from unburnt.security.site_state import LogState, SiteState
from unburnt.storage import settings
from unburnt.sync.withdrawal import withdrawn
from unburnt.workflow import leftovers, witnessing
from unburnt.workflow.exchange import TOLD, Site, sites
from unburnt.workflow.exposure import Line, in_words
from unburnt.workflow.session import Session
from unburnt.workflow.witness_policy import read_policy

_HERE = "here"


def health(session: Session) -> Health:
    """Return whether the archive would survive tonight, as far as this device knows."""
    return facts.examine(
        session.clock(),
        Keeping(
            sites=[
                SiteState(
                    label=site.label,
                    attributes=site.attributes,
                    sizes=site.sizes,
                    synced_at=site.synced_at,
                    checked_at=site.checked_at,
                    check=site.check,
                    problems=site.problems,
                    alarms=site.alarms,
                    untold=_untold(session, site),
                )
                for _, site in sorted(sites(session).items())
            ],
            logs=_logs(session),
            roster=session.roster,
            drill=newest_drill(session),
            here=where(session),
            witnesses=_witnesses(session),
            left_open=len(leftovers.left(session)),
        ),
    )


def lines(report: Health, translate: Translate = str) -> list[Line]:
    """Return every line of the report in words, the worst first."""
    ordered = sorted(report.findings, key=lambda finding: -finding.level)
    return [in_words(finding, SENTENCES, translate) for finding in ordered]


def newest_drill(session: Session) -> DrillReport | None:
    """Return the newest drill that is recorded here and signed by a device of the roster."""
    return max(_drills(session), key=lambda report: report.finished_at, default=None)


def where(session: Session) -> str:
    """Return the building this device stands in, "" when nobody has said."""
    return str(settings.read(session.root, session.keys.settings).get(_HERE, ""))


def say_where(session: Session, building: str) -> None:
    """Remember the building this device stands in; it is in no roster and on no site."""
    stored = settings.read(session.root, session.keys.settings)
    stored[_HERE] = building
    settings.write(session.root, session.keys.settings, stored)


def _untold(session: Session, site: Site) -> int:
    """Return how many withdrawn keys may still lie at a site: it was not told since."""
    if site.synced_at is None:
        return 0
    return len({key[:TOLD] for key in withdrawn(session.roster)} - set(site.told))


def _logs(session: Session) -> dict[str, LogState]:
    newest: dict[str, str] = {}
    for record in session.index.all():
        said = record.statement.recorded_at
        newest[record.device] = max(newest.get(record.device, ""), said)
    return {
        device: LogState(tip.size, newest.get(device))
        for device, tip in session.journal.tips.items()
    }


def _witnesses(session: Session) -> WitnessState | None:
    if read_policy(session) is None:
        return None
    logs = witnessing.status(session)
    waiting = {name for log in logs if log.word != witnessing.WITNESSED for name in log.waiting}
    alarms = {a.witness for a in witnessing.last_answers(session) if a.code in witnessing.ALARMS}
    return WitnessState(
        entries=sum(log.size for log in logs),
        witnessed=sum(log.witnessed for log in logs),
        waiting=tuple(sorted(waiting)),
        alarms=tuple(sorted(alarms)),
    )


def _drills(session: Session) -> Iterator[DrillReport]:
    for entity in session.index.entities("Drill"):
        for record in session.index.of_entity(entity):
            text = record.statement.value.get("text")
            if record.statement.property != "report" or not isinstance(text, str):
                continue
            try:
                verifier = session.roster.verifier(record.device)
                yield drill_report.read(text.encode("utf-8"), verifier)
            except UnburntError:
                continue  # not signed by the device that recorded it: it proves nothing
