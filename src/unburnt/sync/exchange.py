"""Exchange with a site: push what it lacks, pull what we lack; the cost follows what is new.

    report = push(local, site, journal, known)
    report = pull(site, local, journal, archive)

Order, both ways: roster, keys → objects → entries → checkpoint; so whoever finds an entry finds
what it needs. Every step can be cut and repeated; receiving twice changes nothing. A site is never
believed: names are hashes, entries are signed, and what fails is left out with its reason.
Never decides what a device may read, and never opens anything. Specification: docs/spec/sites.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from unburnt.core.errors import BrokenArchiveError, ForeignDataError, UnburntError
from unburnt.crypto.note import Verifier
from unburnt.model import entry as entries
from unburnt.model.entry import MAX_HEADER, Entry, Header
from unburnt.model.roster import Roster
from unburnt.storage import objects
from unburnt.storage.backend import Backend
from unburnt.storage.journal import MAX_CHECKPOINT, Journal, gallop, newest_checkpoint
from unburnt.storage.names import ARCHIVE, checkpoint_name, entry_name, object_name

MAX_ROSTER_FILE = 512 * 1024
MAX_GRANT = 16 * 1024
MAX_CANARY = 1024 * 1024
_WHOLE = 4 * 2**20  # objects up to this size are copied in one piece
_CHUNK = 2**20

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that did not pass: a code, whose log and where in it (when it is about one)."""

    code: str
    device: str = ""
    sequence: int = -1
    detail: str = ""


@dataclass(slots=True)
class Report:
    """What an exchange moved, and what it left out and why."""

    roster: int = 0
    keys: int = 0
    entries: int = 0
    objects: int = 0
    copied: int = 0
    forks: int = 0
    withheld: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def moved(self) -> int:
        """How many things are new on the receiving side."""
        return self.roster + self.keys + self.entries + self.objects + self.forks


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
    beginning and is verified, unless `ask` is False: a courier's bundle cannot be asked. Raises MediumError when the site fails; repeat to go on.
    """
    report = Report()
    _check_same_archive(local, site)
    report.roster = _copy_folder(local, site, "roster/", MAX_ROSTER_FILE)
    report.keys = _copy_folder(local, site, "keys/", MAX_GRANT)
    report.keys += _copy_folder(local, site, "canary/", MAX_CANARY)
    report.forks = _copy_folder(local, site, "forks/", MAX_HEADER)
    for device, tip in sorted(journal.tips.items()):
        start = min(known.get(device, 0), tip.size)
        start = _site_size(site, device, start) if ask else start
        if start < min(known.get(device, 0), tip.size):
            report.problems.append(Problem("rolled-back", device, start))
        for sequence in range(start, tip.size):
            data = local.get(entry_name(device, sequence), MAX_HEADER)
            needed = entries.read(data).objects()
            if not all(local.exists(object_name(name)) for name, _ in needed):
                report.withheld += tip.size - sequence  # this device holds only what it may read
                break
            for name, size in needed:
                _copy_object(local, site, name, size, report)
            if not site.put(entry_name(device, sequence), data):
                _mend_entry(site, device, sequence, data)
            report.entries += 1
            progress("entries", report.entries)
        else:
            _push_checkpoint(local, site, device, tip.size)
            report.sizes[device] = max(start, tip.size)
    site.flush()
    return report


def pull(
    site: Backend,
    local: Backend,
    journal: Journal,
    wants: Callable[[Header], bool] = lambda header: True,
    progress: Progress = lambda what, count: None,
) -> tuple[Report, Roster]:
    """Take from a site what we lack, verified; returns the report and the roster after it.

    `wants(header)` tells whether to fetch the objects of an entry; the entry itself always comes.
    Nothing that fails stops the other logs; it is reported and tried again next time.
    """
    report = Report()
    roster = pull_roster(site, local, journal.archive, report)
    for device in sorted(roster.devices):
        verifier = roster.verifier(device)
        try:
            _pull_log(site, local, journal, device, verifier, wants, report, progress)
        except UnburntError as error:
            code = "missing" if isinstance(error, BrokenArchiveError) else "refused"
            report.problems.append(Problem(code, device, journal.tip(device).size, error.message))
        report.sizes[device] = journal.tip(device).size
    _pull_forks(site, local, roster, report)
    local.flush()
    return report, roster


def pull_roster(site: Backend, local: Backend, archive: str, report: Report) -> Roster:
    """Take the roster and the sealed grants from a site; returns the roster after it."""
    _check_same_archive(site, local)
    _pull_roster(site, local, archive, report)
    report.keys = _pull_hashed(site, local, "keys/", MAX_GRANT, report)
    report.keys += _pull_hashed(site, local, "canary/", MAX_CANARY, report)
    local.flush()
    return read_roster(local, archive)


def fetch(site: Backend, local: Backend, needed: Iterable[tuple[str, int]], report: Report) -> None:
    """Take objects (name, size) that we hold the entries of but not the bytes."""
    for name, size in needed:
        if not local.exists(object_name(name)) and site.exists(object_name(name)):
            _copy_object(site, local, name, size, report)
    local.flush()


def read_roster(backend: Backend, archive: str) -> Roster:
    """Return the roster from the files a backend holds."""
    return Roster.of(archive, (backend.get(n, MAX_ROSTER_FILE) for n in backend.names("roster/")))


# --- what both directions share ----------------------------------------------------------------


def _check_same_archive(source: Backend, target: Backend) -> None:
    """Refuse to mix two archives; give a new place the text that says which archive it holds."""
    if not source.exists(ARCHIVE):
        raise BrokenArchiveError(
            "This place holds no archive.", "Check that it is the right disk, stick or address."
        )
    text = source.get(ARCHIVE, MAX_CHECKPOINT)
    if not target.put(ARCHIVE, text, sync=False) and target.get(ARCHIVE, MAX_CHECKPOINT) != text:
        raise BrokenArchiveError(
            "These two places hold different archives.", "Check which disk or stick this is."
        )


def _site_size(site: Backend, device: str, known: int) -> int:
    return gallop(lambda sequence: site.exists(entry_name(device, sequence)), known)


def _new_names(source: Backend, target: Backend, prefix: str) -> list[str]:
    there = set(target.names(prefix))
    return [name for name in source.names(prefix) if name not in there]


def _copy_folder(source: Backend, target: Backend, prefix: str, limit: int) -> int:
    names = _new_names(source, target, prefix)
    for name in names:
        target.put(name, source.get(name, limit), sync=False)
    return len(names)


def _copy_object(source: Backend, target: Backend, name: str, size: int, report: Report) -> None:
    """Copy one object unless it is there; its bytes must hash to its name or nothing is kept."""
    path = object_name(name)
    if target.exists(path):
        if objects.is_sound(target, name, size):
            return  # left by an exchange that was cut, whole
        target.mend(path, _sound_bytes(source, name, size))
    elif size <= _WHOLE:
        target.put(path, _sound_bytes(source, name, size), sync=False)
    else:
        _stream_object(source, target, name, size)
    report.objects += 1
    report.copied += size


def _sound_bytes(source: Backend, name: str, size: int) -> bytes:
    data = source.get(object_name(name), size)
    if len(data) != size or hashlib.sha256(data).hexdigest() != name:
        raise objects.damaged(name)
    return data


def _stream_object(source: Backend, target: Backend, name: str, size: int) -> None:
    running, seen = hashlib.sha256(), 0
    with target.draft() as draft, source.open_read(object_name(name)) as reader:
        for chunk in _chunks(reader.read):
            running.update(chunk)
            seen += len(chunk)
            draft.write(chunk)
        if seen != size or running.hexdigest() != name:
            raise objects.damaged(name)
        draft.commit(object_name(name), sync=False)


def _chunks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while chunk := read(_CHUNK):
        yield chunk


# --- pushing -----------------------------------------------------------------------------------


def _mend_entry(site: Backend, device: str, sequence: int, data: bytes) -> None:
    """Replace an entry that a cut left torn; a whole but different one is a fork, and stays."""
    there = site.get(entry_name(device, sequence), MAX_HEADER)
    if there == data:
        return
    try:
        entries.read(there)
    except ForeignDataError:
        site.mend(entry_name(device, sequence), data)


def _push_checkpoint(local: Backend, site: Backend, device: str, size: int) -> None:
    name = checkpoint_name(device, size)
    if size and local.exists(name) and not site.exists(name):
        site.put(name, local.get(name, MAX_CHECKPOINT))


# --- pulling -----------------------------------------------------------------------------------


def _pull_roster(site: Backend, local: Backend, archive: str, report: Report) -> None:
    for name in _new_names(site, local, "roster/"):
        data = site.get(name, MAX_ROSTER_FILE)
        if Roster.names_file(archive, name, data):
            local.put(name, data, sync=False)
            report.roster += 1
        else:
            report.problems.append(Problem("roster-file", detail=name))


def _pull_hashed(site: Backend, local: Backend, prefix: str, limit: int, report: Report) -> int:
    """Copy files whose name ends in their SHA-256."""
    taken = 0
    for name in _new_names(site, local, prefix):
        data = site.get(name, limit)
        if hashlib.sha256(data).hexdigest() == name[-64:]:
            local.put(name, data, sync=False)
            taken += 1
        else:
            report.problems.append(Problem("damaged", detail=name))
    return taken


def _pull_log(
    site: Backend,
    local: Backend,
    journal: Journal,
    device: str,
    verifier: Verifier,
    wants: Callable[[Header], bool],
    report: Report,
    progress: Progress,
) -> None:
    known = journal.tip(device).size
    there = _site_size(site, device, known)
    if min(known, there):
        _compare(site, local, journal, device, verifier, min(known, there), report)
    for sequence in range(known, there):
        data = site.get(entry_name(device, sequence), MAX_HEADER)
        entry = entries.read(data)
        tip = journal.tip(device).extend(entry, verifier)
        if wants(entry.header):
            for name, size in entry.objects():
                _copy_object(site, local, name, size, report)
        if not local.put(entry_name(device, sequence), data):
            _mend_entry(local, device, sequence, data)
        journal.tips[device] = tip
        report.entries += 1
        progress("entries", report.entries)
    _pull_checkpoint(site, local, journal, device, verifier, report)


def _pull_checkpoint(
    site: Backend,
    local: Backend,
    journal: Journal,
    device: str,
    verifier: Verifier,
    report: Report,
) -> None:
    """Compare the site's newest checkpoint with our tip, and keep it when it is about our tip."""
    tip = journal.tip(device)
    name = checkpoint_name(device, tip.size)
    if tip.size and site.exists(name) and local.exists(name):
        return
    checkpoint = newest_checkpoint(site, device, verifier)
    if checkpoint is None:
        return
    if checkpoint.size > tip.size:
        report.problems.append(Problem("truncated", device, tip.size))
    elif checkpoint.size == tip.size:
        if checkpoint.root != tip.head.root:
            report.problems.append(Problem("fork", device, tip.size - 1))
        else:
            local.put(name, site.get(name, MAX_CHECKPOINT), sync=False)


def _compare(
    site: Backend,
    local: Backend,
    journal: Journal,
    device: str,
    verifier: Verifier,
    common: int,
    report: Report,
) -> None:
    """Find and keep the first entry in which the site's log differs from ours, if any does.

    Entries are hash-chained, so logs that agree at one place agree before it: one look when all
    is well, a binary search when not.
    """

    def same(sequence: int) -> bool:
        name = entry_name(device, sequence)
        return site.get(name, MAX_HEADER) == local.get(name, MAX_HEADER)

    if same(common - 1):
        return
    low, high = 0, common - 1  # the first difference lies in low..high
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if same(middle) else (low, middle)
    other = entries.read(site.get(entry_name(device, low), MAX_HEADER))
    other.verify(verifier)
    if other.note.text == journal.entry(device, low).note.text:
        return  # the same entry with other signature lines: no contradiction
    report.forks += journal.keep_fork(other)
    raise ForeignDataError(
        "Two different histories of one device exist: its key was copied, or it was restored "
        "from an old image.",
        "Both are kept. Revoke the device and enrol it again with new keys.",
    )


def _pull_forks(site: Backend, local: Backend, roster: Roster, report: Report) -> None:
    for name in _new_names(site, local, "forks/"):
        data = site.get(name, MAX_HEADER)
        if _is_fork(name, data, roster):
            local.put(name, data, sync=False)
            report.forks += 1
        else:
            report.problems.append(Problem("damaged", detail=name))


def _is_fork(name: str, data: bytes, roster: Roster) -> bool:
    try:
        entry: Entry = entries.read(data)
        entry.verify(roster.verifier(entry.header.device))
    except (ForeignDataError, KeyError):
        return False
    place = f"forks/{entry.header.device}/{entry.header.sequence:010}-"
    return name == place + hashlib.sha256(data).hexdigest()


def forked(backend: Backend) -> Iterable[str]:
    """Return the devices of which two histories are known in this place."""
    return sorted({name.split("/")[1] for name in backend.names("forks/")})
