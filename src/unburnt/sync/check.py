"""Check a site without keys: is everything there, undamaged, and the history others saw?

    report = check(site, knowledge)
    report.problems, report.alarms      RED when there is one; an empty site is RED
    report.whole                        nothing missing or damaged, though a key may be abused

Steps, as in docs/spec/sites.md, "Checking a site": (1) it holds this archive; (2) the roster
parses and belongs to it; (3) each log is whole and signed; (4) newest checkpoints agree; (5) each
object and own key is there and hashes to its name, and no withdrawn key is; (6) nothing is missing
that anybody is known to have seen; (7) no device has two
histories. What it cannot tell: whether what is sealed can still be opened.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from unburnt.core.errors import UnburntError
from unburnt.model.chain import Tip
from unburnt.model.completeness import Knowledge, assess, roots_at
from unburnt.model.entry import MAX_HEADER, Entry, Head
from unburnt.model.entry import read as read_entry
from unburnt.model.recorded import UNCONFIRMED
from unburnt.model.roster import Roster
from unburnt.model.standing import Judgement, judge, seen_after
from unburnt.storage import objects
from unburnt.storage.backend import Backend
from unburnt.storage.journal import newest_checkpoint
from unburnt.storage.names import ARCHIVE, RECOVERY, entry_name, key_id, key_name, object_name
from unburnt.storage.own_key import own_key_names
from unburnt.sync.copying import LIMITS, archive_in, is_entry, is_true, read_roster
from unburnt.sync.cosigned import heads_seen
from unburnt.sync.forks import damaged_forks, forked
from unburnt.sync.report import Problem
from unburnt.sync.withdrawal import is_withdrawn, lingering, withdrawn

Progress = Callable[[str, int], None]
_MANY = 1000  # broken entries of one log that are named; the next check names more


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
    broken: list[str] = field(default_factory=list)  # names to be mended from another place
    leaves: dict[str, list[bytes]] = field(default_factory=dict)
    knowledge: list[Knowledge] = field(default_factory=list)
    withdrawn: int = 0  # originals whose own key was destroyed, as a withdrawal in force says

    def seen(self) -> list[Knowledge]:
        """Return what this copy knows of all logs: what it holds and what its entries saw."""
        own = [
            Knowledge(
                "site", device, Head(len(leaves), roots_at(leaves, [len(leaves)])[len(leaves)])
            )
            for device, leaves in self.leaves.items()
            if leaves
        ]
        return [*self.knowledge, *own]

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
    expected: Iterable[str] = (),
    proven: Collection[str] = (),
) -> SiteReport:
    """Return everything that is wrong with a site.

    `knowledge` is what others saw (other sites, cards, this device); `roster`, when the caller has
    a newer one than the site; `expected` names roster files, grants, canaries and time proofs that
    others hold, so that withholding one shows. `read_objects=False` looks at sizes only, not at
    bits; `proven` are objects that the caller has just read whole and found to be those of their
    names.
    """
    report = SiteReport()
    if not site.exists(ARCHIVE):
        report.problems.append(Problem("empty"))
        return report
    try:
        if archive_in(site) != archive:
            report.problems.append(Problem("other-archive"))
            return report
        seen = roster or read_roster(site, archive)
    except UnburntError as error:
        report.problems.append(Problem("roster", detail=error.message))
        return report
    _check_small(site, seen, expected, report)
    needed: dict[str, int] = {}
    keys: dict[str, int] = {}
    for device in sorted(_devices(site) | set(seen.devices)):
        if device not in seen.devices:
            report.problems.append(Problem("unknown-device", device))
            continue
        _check_log(site, seen, device, report, needed, keys)
    _check_own_keys(site, seen, keys, report)
    _check_objects(site, needed, read_objects, report, progress, proven)
    report.knowledge += [*knowledge, *heads_seen(site, seen)]
    for gap in assess(report.leaves, report.knowledge):
        report.problems.append(Problem(gap.kind, gap.device, gap.found, gap.witness))
    report.alarms += [Problem("fork", device) for device in forked(site, seen)]
    report.problems += [Problem("damaged", detail=name) for name in damaged_forks(site, seen)]
    if not report.entries:
        report.problems.append(Problem("empty"))
    return report


def _devices(site: Backend) -> set[str]:
    return {name.split("/")[1] for name in site.names("log/")}


def _check_log(
    site: Backend,
    roster: Roster,
    device: str,
    report: SiteReport,
    needed: dict[str, int],
    keys: dict[str, int],
) -> None:
    verifier = roster.verifier(device)
    tip = Tip.start(roster.archive, device)
    leaves = report.leaves.setdefault(device, [])
    seen: tuple[str, ...] = ()
    for name in site.names(f"log/{device}/"):
        try:
            entry = read_entry(site.get(name, MAX_HEADER))
            tip = tip.extend(entry, verifier)
        except UnburntError as error:
            code = "missing-entry" if _skips(name, tip.size) else "entry"
            report.problems.append(Problem(code, device, tip.size, error.message))
            report.broken += _broken_entries(site, roster, device, tip.size)
            break
        leaves.append(entry.leaf)
        _note(entry, judge(roster, entry.header, seen), report, needed)
        keys.update(own_key_names(entry.header))
        seen = seen_after(roster, seen, entry.header)
    report.sizes[device] = tip.size
    try:
        checkpoint = newest_checkpoint(site, device, verifier)
    except UnburntError as error:
        report.problems.append(Problem("checkpoint", device, tip.size, error.message))
        report.broken.append(list(site.names(f"checkpoints/{device}/"))[-1])
        return
    if checkpoint is not None:
        head = Head(checkpoint.size, checkpoint.root)
        report.knowledge.append(Knowledge("checkpoint", device, head))


def _broken_entries(site: Backend, roster: Roster, device: str, start: int) -> list[str]:
    """Return the names of entries from `start` on that are missing before others, or damaged."""
    there = list(site.names(f"log/{device}/"))
    broken = []
    for sequence in range(start, int(there[-1][-10:]) + 1):
        name = entry_name(device, sequence)
        if name not in there or not _is_sound(site, name, roster, device, sequence):
            broken.append(name)
        if len(broken) == _MANY:
            break
    return broken


def _is_sound(site: Backend, name: str, roster: Roster, device: str, sequence: int) -> bool:
    try:
        data = site.get(name, LIMITS["log"])
    except UnburntError:
        return False
    return is_entry(data, roster.verifier(device), device, sequence)


_CODES = {
    "roster": "roster-file",
    "keys": "key-damaged",
    "canary": "canary-damaged",
    "times": "time-damaged",
    "cosigned": "cosigned-damaged",
}
_LACKING = {
    "roster": "roster",
    "keys": "key",
    "canary": "canary",
    "times": "time",
    "cosigned": "cosigned",
}


def _check_small(
    site: Backend, roster: Roster, expected: Iterable[str], report: SiteReport
) -> None:
    """Check that the small files are what their names say, and all there."""
    there = [name for kind in _CODES for name in site.names(f"{kind}/")]
    for name in there:
        kind = name.partition("/")[0]
        try:
            sound = is_true(roster, name, site.get(name, LIMITS[kind]))
        except UnburntError:
            sound = False
        if not sound:
            report.problems.append(Problem(_CODES[kind], detail=name))
            report.broken.append(name)
    gone = withdrawn(roster)
    wanted = {name for name in expected if not is_withdrawn(name, gone)}
    missing = (wanted | _granted(roster)) - set(there)
    for name in sorted(missing):
        kind = _LACKING[name.partition("/")[0]]
        report.problems.append(Problem(f"{kind}-missing", detail=name))
        report.broken.append(name)
    if (
        roster.recovery is not None
        and not any(site.names("canary/"))
        and not any(name.startswith("canary/") for name in missing)
    ):
        report.problems.append(Problem("canary-missing"))


def _check_own_keys(
    site: Backend, roster: Roster, keys: Mapping[str, int], report: SiteReport
) -> None:
    """Check that every own key is there, and that every withdrawn one is not."""
    gone = withdrawn(roster)
    report.withdrawn = sum(key_id(name) in gone for name in keys)
    broken = set(report.broken)
    for name in keys:
        if key_id(name) in gone or name in broken:
            continue
        if not site.exists(name):
            report.problems.append(Problem("key-missing", detail=name))
            report.broken.append(name)
    report.problems += [Problem("not-destroyed", detail=name) for name in lingering(site, gone)]


def _granted(roster: Roster) -> set[str]:
    """Return the names of the grants that the roster speaks of, to holders who may still read."""
    return {
        key_name(epoch.id, holder, digest)
        for epoch in roster.epochs.values()
        for holder, digests in roster.granted(epoch.id).items()
        if holder == RECOVERY or roster.may_read(holder, epoch.compartment)
        for digest in digests
    }


def _skips(name: str, expected: int) -> bool:
    return int(name.rsplit("/", 1)[1]) > expected


def _note(entry: Entry, judgement: Judgement, report: SiteReport, needed: dict[str, int]) -> None:
    """Remember what an entry needs and what it has seen, and whether it may stand."""
    report.entries += 1
    needed.update(entry.objects())
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
    proven: Collection[str],
) -> None:
    for name, size in needed.items():
        path = object_name(name)
        found = len(report.problems)
        if not site.exists(path):
            report.problems.append(Problem("object-missing", detail=name))
        elif site.size(path) != size:
            swapped = read_objects and objects.digest(site, path) in needed
            code = "object-swapped" if swapped else "object-torn"
            report.problems.append(Problem(code, detail=name))
        elif read_objects:
            actual = name if name in proven else objects.digest(site, path)
            if actual != name:
                code = "object-swapped" if actual in needed else "object-damaged"
                report.problems.append(Problem(code, detail=name))
            report.read += size
        if len(report.problems) > found:
            report.broken.append(path)
        report.objects += 1
        progress("objects", report.objects)
