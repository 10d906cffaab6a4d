"""Exchange with a site: push what it lacks, pull what we lack; the cost follows what is new.

    report = push(local, site, journal, known)
    report = pull(site, local, journal, archive)

Order, both ways: roster, keys → objects → entries → checkpoint → times; so whoever finds an entry
finds what it needs. Every step can be cut and repeated; receiving twice changes nothing. A site is
never believed: names are hashes, entries are signed, and what fails is left out with its reason.
Never decides what a device may read, and never opens anything. Specification: docs/spec/sites.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from unburnt.core.errors import BrokenArchiveError, ForeignDataError, UnburntError
from unburnt.crypto.note import Verifier
from unburnt.model import entry as entries
from unburnt.model.entry import MAX_HEADER, Entry, Header
from unburnt.model.roster import Roster
from unburnt.storage.backend import Backend
from unburnt.storage.journal import (
    MAX_CHECKPOINT,
    Journal,
    gallop,
    newest_checkpoint,
    read_checkpoint,
)
from unburnt.storage.names import checkpoint_name, entry_name, key_name, object_name
from unburnt.sync import withdrawal
from unburnt.sync.copying import (
    LIMITS,
    MAX_CANARY,
    MAX_GRANT,
    MAX_ROSTER_FILE,
    bears_out,
    check_same_archive,
    copy_object,
    is_entry,
    new_names,
    pull_roster_files,
    read_roster,
    small_file,
)
from unburnt.sync.cosigned import pull_cosigned, push_cosigned
from unburnt.sync.forks import pull_forks
from unburnt.sync.report import Problem, Report
from unburnt.sync.times import pull_times
from unburnt.sync.withdrawal import copy_own_keys, needed_keys

MAX_CANARIES = 64  # each appointment of trustees makes one

_TOGETHER = 64  # entries whose objects are made durable together
_TOGETHER_BYTES = 64 * 2**20

Progress = Callable[[str, int], None]


def push(
    local: Backend,
    site: Backend,
    journal: Journal,
    known: Mapping[str, int],
    progress: Progress = lambda what, count: None,
    *,
    ask: bool = True,
) -> Report:
    """Give a site what it lacks of our verified logs.

    `known` is how many entries of each log the site had last time; it saves looking from the
    beginning and is verified, unless `ask` is False: a courier's bundle cannot be asked. Raises
    MediumError when the site fails; repeat to go on.
    """
    report = Report()
    check_same_archive(local, site)
    archive = journal.archive
    report.roster = _copy_folder(local, site, archive, "roster/", MAX_ROSTER_FILE)
    gone = withdrawal.withdrawn(roster := read_roster(local, archive))
    report.destroyed = len(withdrawal.destroy_withdrawn(site, gone))
    report.keys = _copy_folder(local, site, archive, "keys/", MAX_GRANT, gone)
    report.keys += _copy_folder(local, site, archive, "canary/", MAX_CANARY)
    report.forks = _copy_folder(local, site, archive, "forks/", MAX_HEADER)
    for device, tip in sorted(journal.tips.items()):
        before = min(known.get(device, 0), tip.size)
        start = _first_missing(site, device, before, tip.size) if ask else before
        if start < before:
            report.problems.append(Problem("rolled-back", device, start))
        try:
            _push_log(local, site, device, start, tip.size, report, progress)
        except BrokenArchiveError as error:  # damaged here; it waits until that is mended
            report.problems.append(Problem("damaged-here", device, start, error.message))
    report.cosigned = push_cosigned(local, site, lambda: roster)
    report.times = _copy_folder(local, site, archive, "times/", LIMITS["times"])
    site.flush()
    return report


def pull(
    site: Backend,
    local: Backend,
    journal: Journal,
    wants: Callable[[Header], bool] = lambda header: True,
    progress: Progress = lambda what, count: None,
    cosigners: Iterable[Verifier] = (),
) -> tuple[Report, Roster]:
    """Take from a site what we lack, verified; returns the report and the roster after it.

    `wants(header)` tells whether to fetch the objects of an entry; the entry itself always comes.
    `cosigners` are the witnesses whose notes are taken even when they saw more than this site has.
    Nothing that fails stops the other logs; it is reported and tried again next time.
    """
    report = Report()
    roster = pull_roster(site, local, journal.archive, report)
    gone = withdrawal.withdrawn(roster)
    for device in sorted(roster.devices):
        verifier = roster.verifier(device)
        try:
            pulling = _Pulling(site, local, journal, device, verifier, report, gone)
            _pull_log(pulling, wants, progress)
        except UnburntError as error:
            code = "missing" if isinstance(error, BrokenArchiveError) else "refused"
            report.problems.append(Problem(code, device, journal.tip(device).size, error.message))
        report.sizes[device] = journal.tip(device).size
    pull_forks(site, local, roster, report)
    pull_cosigned(site, local, roster, cosigners, report)
    pull_times(site, local, journal, roster, report)
    report.problems += _beyond_roster(journal, roster)
    local.flush()
    return report, roster


def pull_roster(site: Backend, local: Backend, archive: str, report: Report) -> Roster:
    """Take the roster and the sealed grants from a site; returns the roster after it."""
    check_same_archive(site, local)
    pull_roster_files(site, local, archive, report)
    local.flush()
    roster = read_roster(local, archive)
    # Only what the roster names: a site could invent any number of files that fit their own hash.
    named = grant_names(roster)
    names = [name for name in new_names(site, local, "keys/") if name in named]
    report.keys = _pull_named(site, local, archive, names, MAX_GRANT, report)
    room = max(MAX_CANARIES - sum(1 for _ in local.names("canary/")), 0)
    names = new_names(site, local, "canary/")[:room]
    report.keys += _pull_named(site, local, archive, names, MAX_CANARY, report)
    local.flush()
    return roster


def grant_names(roster: Roster) -> set[str]:
    """Return the names of all grants that the roster speaks of."""
    return {
        key_name(epoch, holder, digest)
        for epoch in roster.epochs
        for holder, digests in roster.granted(epoch).items()
        for digest in digests
    }


def _beyond_roster(journal: Journal, roster: Roster) -> Iterator[Problem]:
    """Yield the logs whose newest entry had seen more of the roster, or of devices, than we have.

    The site may withhold a revocation and the key made after it: a person must know before writing.
    """
    for device, tip in sorted(journal.tips.items()):
        if tip.size:
            header = journal.entry(device, tip.size - 1).header
            seen = bool(header.roster) and roster.at(header.roster) is not None
            if not seen or not header.heads.keys() <= roster.devices.keys():
                yield Problem("roster-incomplete", device, tip.size - 1)


# --- pushing -----------------------------------------------------------------------------------


def _copy_folder(
    source: Backend,
    target: Backend,
    archive: str,
    prefix: str,
    limit: int,
    gone: Collection[str] = (),
) -> int:
    """Copy small files that the target lacks; not what is damaged here or was withdrawn."""
    copied = 0
    for name in new_names(source, target, prefix):
        if withdrawal.is_withdrawn(name, gone):
            continue
        data = source.get(name, limit)
        if bears_out(archive, name, data):
            copied += target.put(name, data, sync=False)
    return copied


def _first_missing(site: Backend, device: str, known: int, size: int) -> int:
    """Return the first entry of our log that the site lacks.

    Looks at every place beyond what is known: a power cut may have left a hole. A site that lost
    what it had is looked at from the beginning.
    """
    if known and not site.exists(entry_name(device, known - 1)):
        known = gallop(lambda sequence: site.exists(entry_name(device, sequence)), 0)
    while known < size and site.exists(entry_name(device, known)):
        known += 1
    return known


def _push_log(
    local: Backend,
    site: Backend,
    device: str,
    start: int,
    size: int,
    report: Report,
    progress: Progress,
) -> None:
    """Push entries in groups: the objects of all of them, then the entries."""
    waiting: list[tuple[int, bytes]] = []
    bytes_before = report.copied
    for sequence in range(start, size):
        data = local.get(entry_name(device, sequence), MAX_HEADER)
        needed = entries.read(data).objects()
        if not all(local.exists(object_name(name)) for name, _ in needed):
            report.withheld += size - sequence  # this device holds only what it may read
            break
        for name, length in needed:
            copy_object(local, site, name, length, report)
        waiting.append((sequence, data))
        if len(waiting) == _TOGETHER or report.copied - bytes_before > _TOGETHER_BYTES:
            _push_entries(site, device, waiting, report, progress)
            bytes_before = report.copied
    else:
        _push_entries(site, device, waiting, report, progress)
        _push_checkpoint(local, site, device, size)
        report.sizes[device] = size
        return
    _push_entries(site, device, waiting, report, progress)


def _push_entries(
    site: Backend, device: str, waiting: list[tuple[int, bytes]], report: Report, progress: Progress
) -> None:
    for sequence, data in waiting:
        site.put(entry_name(device, sequence), data, sync=False)
        report.entries += 1
        progress("entries", report.entries)
    waiting.clear()


def _push_checkpoint(local: Backend, site: Backend, device: str, size: int) -> None:
    name = checkpoint_name(device, size)
    if size and local.exists(name) and not site.exists(name):
        site.put(name, local.get(name, MAX_CHECKPOINT), sync=False)


# --- pulling -----------------------------------------------------------------------------------


def _pull_named(
    site: Backend, local: Backend, archive: str, names: list[str], limit: int, report: Report
) -> int:
    """Copy files that are what their names say."""
    taken = 0
    for name in names:
        data = small_file(site, name, limit)
        if data is not None and bears_out(archive, name, data):
            taken += local.put(name, data, sync=False)
        else:
            report.problems.append(Problem("damaged", detail=name))
    return taken


@dataclass(frozen=True, slots=True)
class _Pulling:
    """One log on its way from a site to here."""

    site: Backend
    local: Backend
    journal: Journal
    device: str
    verifier: Verifier
    report: Report
    gone: Collection[str]


def _pull_log(pulling: _Pulling, wants: Callable[[Header], bool], progress: Progress) -> None:
    site, journal, device, report = pulling.site, pulling.journal, pulling.device, pulling.report
    known = journal.tip(device).size
    there = gallop(lambda sequence: site.exists(entry_name(device, sequence)), known)
    if min(known, there) and _differs(pulling, min(known, there)):
        return
    tip, bytes_before = journal.tip(device), report.copied
    waiting: list[tuple[Entry, bytes]] = []
    try:
        for sequence in range(known, there):
            data = site.get(entry_name(device, sequence), MAX_HEADER)
            entry = entries.read(data)
            tip = tip.extend(entry, pulling.verifier)
            if wants(entry.header):
                for name, size in entry.objects():
                    copy_object(site, pulling.local, name, size, report)
                keys = needed_keys(entry.header, pulling.gone).items()
                copy_own_keys(site, pulling.local, keys, report)
            waiting.append((entry, data))
            if len(waiting) == _TOGETHER or report.copied - bytes_before > _TOGETHER_BYTES:
                _take_entries(pulling, waiting, progress)
                bytes_before = report.copied
    finally:
        _take_entries(pulling, waiting, progress)
    _pull_checkpoint(pulling)


def _take_entries(
    pulling: _Pulling, waiting: list[tuple[Entry, bytes]], progress: Progress
) -> None:
    """Keep verified entries whose objects are here; what a cut left torn is mended."""
    device, journal, report = pulling.device, pulling.journal, pulling.report
    for entry, data in waiting:
        place = entry.header.sequence
        name = entry_name(device, place)
        if not pulling.local.put(name, data, sync=False):
            there = pulling.local.get(name, MAX_HEADER)
            if there != data:
                if is_entry(there, pulling.verifier, device, place):
                    _keep_fork(pulling, entry)
                    break
                pulling.local.mend(name, data)
        journal.tips[device] = journal.tip(device).follow(entry)
        report.entries += 1
        progress("entries", report.entries)
    waiting.clear()


def _pull_checkpoint(pulling: _Pulling) -> None:
    """Compare the site's newest checkpoint with our tip, and keep it when it is about our tip."""
    site, local, device, report = pulling.site, pulling.local, pulling.device, pulling.report
    tip = pulling.journal.tip(device)
    name = checkpoint_name(device, tip.size)
    if tip.size and site.exists(name) and _bears_out_tip(local, name, pulling.verifier):
        return
    try:
        checkpoint = newest_checkpoint(site, device, pulling.verifier)
    except ForeignDataError as error:
        report.problems.append(Problem("checkpoint", device, tip.size, error.message))
        return
    if checkpoint is None:
        return
    if checkpoint.size > tip.size:
        report.problems.append(Problem("truncated", device, tip.size))
    elif checkpoint.size == tip.size:
        if checkpoint.root != tip.head.root:
            report.problems.append(Problem("fork", device, tip.size - 1))
        else:
            local.mend(name, site.get(name, MAX_CHECKPOINT))


def _bears_out_tip(local: Backend, name: str, verifier: Verifier) -> bool:
    if not local.exists(name):
        return False
    try:
        read_checkpoint(local.get(name, MAX_CHECKPOINT), verifier)
    except ForeignDataError:
        return False
    return True


def _differs(pulling: _Pulling, common: int) -> bool:
    """Find and keep the first entry in which the site's log differs from ours, if any does.

    Entries are hash-chained, so logs that agree at one place agree before it: one look when all
    is well, a binary search when not.
    """
    site, local, device = pulling.site, pulling.local, pulling.device

    def same(sequence: int) -> bool:
        name = entry_name(device, sequence)
        return site.get(name, MAX_HEADER) == local.get(name, MAX_HEADER)

    if same(common - 1):
        return False
    low, high = 0, common - 1  # the first difference lies in low..high
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if same(middle) else (low, middle)
    other = entries.read(site.get(entry_name(device, low), MAX_HEADER))
    other.verify(pulling.verifier)
    if other.note.text == pulling.journal.entry(device, low).note.text:
        return False  # the same entry with other signature lines: no contradiction
    _keep_fork(pulling, other)
    return True


def _keep_fork(pulling: _Pulling, other: Entry) -> None:
    """Two histories of one device: its key was copied, or it was restored from an old image."""
    ours = pulling.journal.entry(pulling.device, other.header.sequence)
    pulling.journal.keep_fork(ours)  # both together are the proof, wherever they are carried
    pulling.report.forks += pulling.journal.keep_fork(other)
    pulling.report.problems.append(Problem("fork", pulling.device, other.header.sequence))
