"""Exposure, for a session: what a lost or seized device could open, and whom to warn.

    report = exposed(session, device)          # security.exposure.Exposure
    for line in lines(report): line.level, line.text, line.step
    for person in warned(report): person.entity, person.name, person.reasons

It only looks: revoking is `people.revoke`.
"""

from __future__ import annotations

from dataclasses import dataclass

from unburnt.security import exposure as facts
from unburnt.security.exposure import HONEST, SENTENCES, Exposure
from unburnt.security.finding import Finding, Sentences, Translate, advise, describe
from unburnt.security.named import Named
from unburnt.workflow.session import Session


@dataclass(frozen=True, slots=True)
class Line:
    """A finding in words: green, amber or red, what is the case, what to do."""

    level: str
    code: str
    text: str
    step: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Somebody to warn: where they stand in the order, which entity, what name, why."""

    place: str
    entity: str
    name: str
    reasons: tuple[str, ...]


def exposed(session: Session, device: str) -> Exposure:
    """Return what a device of the roster could open, as far as this device can see."""
    headers = [
        session.journal.entry(name, sequence).header
        for name, tip in sorted(session.journal.tips.items())
        for sequence in range(tip.size)
    ]
    return facts.exposure(session.roster, device, session.index.all(), headers)


def lines(report: Exposure, translate: Translate = str) -> list[Line]:
    """Return the findings in words, the worst first."""
    ordered = sorted(report.findings, key=lambda finding: -finding.level)
    return [in_words(finding, SENTENCES, translate) for finding in ordered]


def warned(report: Exposure, translate: Translate = str) -> list[Warned]:
    """Return whom to warn, in the order in which to do it."""
    return [_warned(somebody, translate) for somebody in report.warn]


def honest(translate: Translate = str) -> list[str]:
    """Return what every such report must say of itself."""
    return [translate(sentence) for sentence in HONEST]


def in_words(finding: Finding, sentences: Sentences, translate: Translate = str) -> Line:
    """Return one finding in the words of a language."""
    return Line(
        finding.level.name.lower(),
        finding.code,
        describe(finding, sentences, translate),
        advise(finding, sentences, translate),
    )


def _warned(somebody: Named, translate: Translate) -> Warned:
    return Warned(
        somebody.place.name.lower(),
        somebody.entity,
        somebody.name,
        facts.why(somebody, translate),
    )
