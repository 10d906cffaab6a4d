"""Check a site without keys: is everything there, undamaged, and the history others saw?

    report = check(site, knowledge)
    report.problems, report.alarms      RED when there is one; an empty site is RED
    report.whole                        nothing missing or damaged, though a key may be abused

Steps, as in docs/spec/sites.md, "Checking a site": (1) it holds this archive; (2) the roster
parses and belongs to it; (3) each log is whole and signed; (4) newest checkpoints agree; (5) each
object is there and hashes to its name; (6) nothing is missing that anybody is known to have seen;
(7) no device has two histories. What it cannot tell: whether what is sealed can still be opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from unburnt.core.errors import UnburntError
from unburnt.model.chain import Tip
from unburnt.model.completeness import Knowledge, assess
from unburnt.model.entry import MAX_HEADER, Entry, Head
from unburnt.model.entry import read as read_entry
from unburnt.model.recorded import UNCONFIRMED
from unburnt.model.roster import Roster
from unburnt.model.standing import judge
from unburnt.storage import objects
from unburnt.storage.backend import Backend
from unburnt.storage.journal import newest_checkpoint
from unburnt.storage.names import ARCHIVE, object_name
from unburnt.sync.exchange import Problem, forked, read_roster

Progress = Callable[[str, int], None]


@dataclass(slots=True)
class SiteReport:
    """What was looked at, what is wrong with it, and what alarms it holds proof of.

    `objects` counts those looked at, `read` the bytes that were hashed.
    """

    sizes: dict[str, int] = field(default_factory=dict)
    entries: int = 0
    objects: int = 0
    read: int = 0
    problems: list[Problem] = field(default_factory=list)
    alarms: list[Problem] = field(default_factory=list)
    leaves: dict[str, list[bytes]] = field(default_factory=dict)
    knowledge: list[Knowledge] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether something was looked at and nothing is missing, damaged or out of place."""
        return not self.problems and self.entries > 0

    @property
    def green(self) -> bool:
        """Whether it is whole and nobody has abused a key."""
        return self.whole and not self.alarms


def check(
    site: Backend,
    archive: str,
    knowledge: Iterable[Knowledge] = (),
    read_objects: bool = True,
    roster: Roster | None = None,
    progress: Progress = lambda what, count: None,
) -> SiteReport:
    """Return everything that is wrong with a site.

    `knowledge` is what others saw (other sites, cards, this device); `roster`, when the caller has
    a newer one than the site. `read_objects=False` looks at sizes only and says nothing of bits.
    """
    report = SiteReport()
    if not site.exists(ARCHIVE):
        report.problems.append(Problem("empty"))
        return report
    try:
        seen = roster or read_roster(site, archive)
    except UnburntError as error:
        report.problems.append(Problem("roster", detail=error.message))
        return report
    needed: dict[str, int] = {}
    for device in sorted(_devices(site) | set(seen.devices)):
        if device not in seen.devices:
            report.problems.append(Problem("unknown-device", device))
            continue
        _check_log(site, seen, device, report, needed)
    _check_objects(site, needed, read_objects, report, progress)
    report.knowledge += knowledge
    for gap in assess(report.leaves, report.knowledge):
        report.problems.append(Problem(gap.kind, gap.device, gap.found, gap.witness))
    report.alarms += [Problem("fork", device) for device in forked(site)]
    if not report.entries:
        report.problems.append(Problem("empty"))
    return report


def _devices(site: Backend) -> set[str]:
    return {name.split("/")[1] for name in site.names("log/")}


def _check_log(
    site: Backend, roster: Roster, device: str, report: SiteReport, needed: dict[str, int]
) -> None:
    verifier = roster.verifier(device)
    tip = Tip.start(roster.archive, device)
    leaves = report.leaves.setdefault(device, [])
    for name in site.names(f"log/{device}/"):
        try:
            entry = read_entry(site.get(name, MAX_HEADER))
            tip = tip.extend(entry, verifier)
        except UnburntError as error:
            code = "missing-entry" if _skips(name, tip.size) else "entry"
            report.problems.append(Problem(code, device, tip.size, error.message))
            break
        leaves.append(entry.leaf)
        _note(entry, roster, report, needed)
    report.sizes[device] = tip.size
    try:
        checkpoint = newest_checkpoint(site, device, verifier)
    except UnburntError as error:
        report.problems.append(Problem("checkpoint", device, tip.size, error.message))
        return
    if checkpoint is not None:
        head = Head(checkpoint.size, checkpoint.root)
        report.knowledge.append(Knowledge("checkpoint", device, head))


def _skips(name: str, expected: int) -> bool:
    return int(name.rsplit("/", 1)[1]) > expected


def _note(entry: Entry, roster: Roster, report: SiteReport, needed: dict[str, int]) -> None:
    """Remember what an entry needs and what it has seen, and whether it may stand."""
    report.entries += 1
    needed.update(entry.objects())
    judgement = judge(roster, entry.header)
    if judgement.reason:
        found = Problem(judgement.reason, entry.header.device, entry.header.sequence)
        abused = judgement.standing == UNCONFIRMED
        (report.alarms if abused else report.problems).append(found)
    for device, head in entry.header.heads.items():
        report.knowledge.append(Knowledge("entry", device, head))


def _check_objects(
    site: Backend,
    needed: dict[str, int],
    read_objects: bool,
    report: SiteReport,
    progress: Progress,
) -> None:
    for name, size in needed.items():
        path = object_name(name)
        if not site.exists(path):
            report.problems.append(Problem("object-missing", detail=name))
        elif site.size(path) != size:
            report.problems.append(Problem("object-torn", detail=name))
        elif read_objects:
            if objects.digest(site, path) != name:
                report.problems.append(Problem("object-damaged", detail=name))
            report.read += size
        report.objects += 1
        progress("objects", report.objects)
