"""Failure domains: how many copies are really apart. Spec: docs/spec/security.md, "Copies apart".

    sites = {"office disk": {"building": "Nazran, Mutalieva 13"},
             "stick":       {"building": "nazran, mutalieva 13"},
             "cloud":       {"building": "Frankfurt 1; Dublin 4"}}
    matching = independent_copies(sites, ["building"])
    matching.worst.copies      2: office disk and stick burn together
    matching.worst.left        1 is left after the worst single loss

Three copies in one house are one copy. A site may name several domains of a kind, divided by
semicolons: it holds a whole copy in each. An unknown domain may be the same as any other unknown.
It counts the sites it is given: whether they are whole and fresh is asked in `health`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from unburnt.security.finding import Finding, Level, Sentence, Sentences, Values, Word, _

AXES = (_("operator"), _("building"), _("jurisdiction"), _("payer"))
UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Shared:
    """Two sites or more in one domain; or those, be it one, whose domain nobody has said ("")."""

    domain: str
    sites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """What one kind of domain allows.

    `copies`: so many copies can be told to lie in different domains; `pairs`: which site stands
    for which domain in that count; `left`: sites that touch nothing of the worst single domain.
    """

    name: str
    copies: int
    left: int
    pairs: Mapping[str, str]
    shared: tuple[Shared, ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """All kinds of domain, in the order asked for."""

    axes: tuple[Axis, ...]

    @property
    def worst(self) -> Axis | None:
        """The axis with the fewest independent copies, the first of equals; None without axes."""
        return min(self.axes, key=lambda axis: (axis.copies, axis.left), default=None)

    @property
    def copies(self) -> int:
        """Independent copies on the worst axis; 0 when nothing was looked at."""
        return self.worst.copies if self.worst else 0


def independent_copies(
    sites: Mapping[str, Mapping[str, str]], axes: Iterable[str] = AXES
) -> Matching:
    """Return, for each axis, the largest number of copies of which no two rest on one domain.

    `sites` is label → {axis: domains}. On each axis a copy is matched to one of its domains, each
    domain to one copy at most, and as many as possible are matched.
    """
    return Matching(tuple(_axis(name, sites) for name in axes))


def domains(text: str) -> tuple[str, ...]:
    """Return the domains a text names, divided by ";", compared without case and spare blanks."""
    parts = (" ".join(normalize("NFKC", part).casefold().split()) for part in text.split(";"))
    return tuple(sorted({part for part in parts if part})) or (UNKNOWN,)


def assign(options: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return a largest choice of one option each, none chosen twice: a maximum matching.

    Augmenting paths (Berge 1957), breadth first: each round seats one more or shows that no
    rearrangement can; O(seats · options), far below a millisecond for the sites of a group.
    """
    chosen: dict[str, str] = {}
    holder: dict[str, str] = {}
    for seeker in sorted(options):
        reached: dict[str, str] = {}
        free = _free_option(seeker, options, holder, reached)
        while free is not None:
            taker = reached[free]
            given_up = chosen.get(taker)
            chosen[taker], holder[free] = free, taker
            free = None if taker == seeker else given_up
    return chosen


def _free_option(
    seeker: str,
    options: Mapping[str, Sequence[str]],
    holder: Mapping[str, str],
    reached: dict[str, str],
) -> str | None:
    """Return an option nobody holds that `seeker` can get at by others moving on.

    `reached` notes, for each option on the way, who would take it.
    """
    waiting = deque([seeker])
    while waiting:
        current = waiting.popleft()
        for option in options[current]:
            if option in reached:
                continue
            reached[option] = current
            if option not in holder:
                return option
            waiting.append(holder[option])
    return None


def _axis(name: str, sites: Mapping[str, Mapping[str, str]]) -> Axis:
    options = {label: domains(attributes.get(name, "")) for label, attributes in sites.items()}
    inside: dict[str, list[str]] = {}
    for label in sorted(options):
        for domain in options[label]:
            inside.setdefault(domain, []).append(label)
    pairs = assign(options)
    return Axis(
        name=name,
        copies=len(pairs),
        left=len(options) - max(map(len, inside.values()), default=0),
        pairs=pairs,
        shared=tuple(
            Shared(domain, tuple(labels))
            for domain, labels in sorted(inside.items())
            if len(labels) > 1 or domain == UNKNOWN
        ),
    )


def in_words(axis: Axis) -> tuple[Finding, ...]:
    """Return one finding for each domain that several sites share, one for the unknown."""
    findings = []
    for shared in axis.shared:
        known = axis.name if axis.name in AXES else "domain"
        code = f"share-{known}" if shared.domain else f"unknown-{known}"
        values: Values = {"axis": Word(axis.name), "sites": shared.sites, "domain": shared.domain}
        findings.append(Finding(Level.AMBER, code, values))
    return tuple(findings)


_SAY = _("Write it down: unburnt site add again, with all that is known of the site.")
SENTENCES: Sentences = {
    "share-operator": Sentence(_("{sites} are run by one operator: {domain}.")),
    "share-building": Sentence(_("{sites} are in one building: {domain}.")),
    "share-jurisdiction": Sentence(_("{sites} are within reach of one jurisdiction: {domain}.")),
    "share-payer": Sentence(_("{sites} are paid for by one payer: {domain}.")),
    "share-domain": Sentence(_("{sites} have the same {axis}: {domain}.")),
    "unknown-operator": Sentence(_("Nobody has said who runs: {sites}."), _SAY),
    "unknown-building": Sentence(_("Nobody has said in which building to find: {sites}."), _SAY),
    "unknown-jurisdiction": Sentence(
        _("Nobody has said which jurisdiction reaches: {sites}."), _SAY
    ),
    "unknown-payer": Sentence(_("Nobody has said who pays for: {sites}."), _SAY),
    "unknown-domain": Sentence(_("Nobody has said the {axis} of: {sites}."), _SAY),
}
