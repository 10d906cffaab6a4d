"""Taking in evidence: folders and files become sealed originals with one statement each.

    report = take_in(session, [Path("/media/stick")], compartment, source=giver)
    report.new, report.held, report.unchanged, report.left_out

1. what was taken in before and has not changed since is passed over without reading;
2. originals are read once: hashed, packed, sealed, put (durable before the entry);
3. each new object is read back and compared with its name;
4. a statement for each says digest, size, object and name; the entry names the objects it needs;
5. what was read is remembered, so that the next time step 1 knows it.

In a withdrawable compartment each original gets a key of its own and is shared with nobody, not
even with another giver of the same bytes: docs/spec/withdrawal.md.
Cut anywhere, it is repeated: what is in an entry already is neither stored nor said again.
A drop device remembers nothing of step 5: what it has handed over leaves no trace in its tables.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from unburnt.core.ids import new_id
from unburnt.evidence.intake import Intake, Kept, LeftOut
from unburnt.evidence.piped import Piped
from unburnt.index.seen import Seen
from unburnt.storage import objects
from unburnt.workflow.held import Held, HeldAlone, prefix_of, recorded_name
from unburnt.workflow.own_keys import is_withdrawn, sealing_for, with_key
from unburnt.workflow.session import Claim, Progress, Session

_AT_ONCE = 2048  # originals an entry


@dataclass(slots=True)
class Taken:
    """What a taking-in did: originals new, already held, unchanged since last time, left out."""

    new: int = 0
    held: int = 0
    unchanged: int = 0
    bytes: int = 0
    left_out: list[tuple[str, str]] = field(default_factory=list)
    entities: list[str] = field(default_factory=list)


def take_in(
    session: Session,
    paths: Sequence[Path],
    compartment: str,
    source: str,
    progress: Progress = lambda what, count: None,
    first: Sequence[Claim] = (),
    *,
    read_back: bool = True,
) -> Taken:
    """Take in files and folders (with everything below) and return what was done.

    `source` is the entity they rest on, see `workflow.origin`. What cannot be read is left out with
    its reason. `first` is said with the first of them (what lies in another compartment just
    before), and not at all when nothing is new. What was sealed is read back before it is signed
    for, unless `read_back` is False. Raises UsageError when this device may not write to the
    compartment.
    """
    taking = _Taking(session, compartment, source, first)
    report, gone = Taken(), _withdrawn_digests(session)
    for path in (path.absolute() for path in paths):
        root = path if path.is_dir() else path.parent
        known = session.index.known_files(str(root.resolve()))
        if taking.own:  # another giver may give what is there already: only reading it tells
            known = {}
        elif gone:
            known = {name: seen for name, seen in known.items() if seen.sha256 not in gone}
        held = taking.held(root)
        keeping = _Keeping(session, compartment, source, root, report, progress, first)
        keeping.reads_back = read_back
        files = _changed_files(path, root, known, report)
        keeping.keep(_read(taking.intake(held), files, held), held)
    return report


def take_files(
    session: Session,
    root: Path,
    files: Iterable[str],
    compartment: str,
    source: str,
    first: Sequence[Claim] = (),
) -> Taken:
    """Take in these files below the folder `root`, also those that did not change; see `take_in`.

    Each of them is among `left_out` afterwards, or is kept.
    """
    taking = _Taking(session, compartment, source, first)
    held = taking.held(root)
    keeping = _Keeping(session, compartment, source, root, Taken(), _silent, first)
    keeping.keep(_read(taking.intake(held), files, held), held)
    return keeping.report


def take_piped(
    session: Session,
    stream: BinaryIO,
    name: str,
    compartment: str,
    source: str,
    first: Sequence[Claim] = (),
) -> Taken:
    """Take in one original that comes through a pipe, read once to its end; see `evidence.piped`.

    Raises UsageError when nothing comes, MediumError when the pipe or the disk fails.
    """
    taking = _Taking(session, compartment, source, first)
    held = taking.held(Path())
    keeping = _Keeping(session, compartment, source, Path(), Taken(), _silent, first)
    with Piped(stream, name, session.root, session.random) as piped:
        held.now_reading(piped.path)
        intake = taking.intake(held)
        keeping.keep(
            (one for step in (intake.take_open(piped), intake.finish()) for one in step), held
        )
    return keeping.report


def _silent(what: str, count: int) -> None:
    """Tell nobody how far it is."""


class _Taking:
    """What all originals of one taking-in share: what they are sealed to, and what is held."""

    def __init__(
        self, session: Session, compartment: str, source: str, first: Sequence[Claim]
    ) -> None:
        session.check_may_write(compartment)
        self._recipient, self.own = sealing_for(session, compartment)
        self._session, self._compartment = session, compartment
        self._source, self._first = source, first
        self._shared = Held(session, compartment)

    def held(self, root: Path) -> Held:
        """Return what tells which originals are held already."""
        if not self.own:
            return self._shared
        return HeldAlone(self._session, self._compartment, self._source, root, self._first)

    def intake(self, held: Held) -> Intake:
        """Return what seals originals."""
        return Intake(self._session.backend, self._recipient, held, self.own)


def _read(intake: Intake, files: Iterable[str], held: Held) -> Iterator[Kept | LeftOut]:
    for file in files:
        held.now_reading(file)
        yield from intake.take(file)
    yield from intake.finish()


def _withdrawn_digests(session: Session) -> set[str]:
    """Return the digests of withdrawn originals: given once more, they are taken in once more."""
    if not session.roster.withdrawn:
        return set()
    return {
        value["file"]["sha256"]
        for compartment in session.index.compartments()
        for _, value in session.index.files(compartment)
        if is_withdrawn(session, value["file"])
    }


def _changed_files(path: Path, root: Path, known: dict[str, Seen], report: Taken) -> Iterator[str]:
    """Yield the paths of the files below `path` that are not, as they are now, known already."""
    prefix = prefix_of(root)
    for entry in walk(path, report):
        seen = known.get(entry.path[prefix:])
        if seen is not None and is_unchanged(entry, seen):
            report.unchanged += 1
        else:
            yield entry.path


def is_unchanged(entry: os.DirEntry[str], seen: Seen) -> bool:
    """Tell whether a file is, as far as its folder says, what it was when it was taken in."""
    try:
        now = entry.stat(follow_symlinks=False)
    except OSError:
        return False  # reading it will say why
    return (seen.size, seen.mtime_ns, seen.inode) == (now.st_size, now.st_mtime_ns, now.st_ino)


def walk(path: Path, report: Taken) -> Iterator[os.DirEntry[str]]:
    """Yield the regular files below a folder, in the order of their names, never through links."""
    if path.is_dir():
        waiting = [iter(_listed(path, report))]
    else:
        found = [entry for entry in _listed(path.parent, report) if entry.name == path.name]
        if not found:
            report.left_out.append((str(path), "It is not there."))
        waiting = [iter(found)]
    while waiting:  # a stack of its own: folders may lie deeper than calls can
        entry = next(waiting[-1], None)
        if entry is None:
            waiting.pop()
        elif entry.is_dir(follow_symlinks=False):
            waiting.append(iter(_listed(entry.path, report)))
        elif entry.is_file(follow_symlinks=False):
            yield entry
        else:
            report.left_out.append((entry.path, "It is a link or a device, not a file."))


def _listed(folder: Path | str, report: Taken) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        report.left_out.append((str(folder), "The folder cannot be read."))
        return []


class _Keeping:
    """Gathers what was sealed and writes it down, an entry at a time."""

    def __init__(
        self,
        session: Session,
        compartment: str,
        source: str,
        root: Path,
        report: Taken,
        progress: Progress,
        first: Sequence[Claim],
    ) -> None:
        self.session, self.compartment, self.source = session, compartment, source
        self.first = first
        self.root, self.report, self.progress = root, report, progress
        self.prefix = prefix_of(root)
        self.waiting: list[Kept] = []
        self.claims: list[tuple[Kept, dict[str, Any]]] = []
        self.reads_back = True
        self.compared: set[str] = set()  # names of objects that were read back

    def keep(self, settled: Iterable[Kept | LeftOut], held: Held) -> None:
        """Take what comes out of the intake, to its end, and write down the last of it."""
        for one in settled:
            if isinstance(one, LeftOut):
                self.report.left_out.append((one.path, one.error.message))
                continue
            held.remember(one)
            self.add(one, held)
        self.flush()

    def add(self, kept: Kept, held: Held) -> None:
        """Take one original; what is recorded of it already, word for word, is not said again."""
        value = self._value(kept)
        self.report.new += kept.new
        self.report.held += not kept.new
        self.report.bytes += kept.size
        self.waiting.append(kept)
        if not held.is_said(kept, value):
            self.claims.append((kept, value))
        if len(self.waiting) >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write an entry about what is waiting; only then remember the files."""
        if not self.waiting:
            return
        if self.reads_back:
            self._read_back()
        claims = [self._claim(value) for _, value in self.claims]
        if claims:
            needs = {kept.object.name: kept.object.size for kept, _ in self.claims}
            keys = [kept.key for kept, _ in self.claims if kept.key]
            self.session.say([*self._beginning(), *claims], sorted(needs.items()), keys)
        if self.session.roster.may_read(self.session.device, self.compartment):
            self._remember()
        self.report.entities += [claim.entity for claim in claims]
        self.progress("originals", self.report.new + self.report.held)
        self.waiting, self.claims = [], []

    def _read_back(self) -> None:
        for name in {kept.object.name for kept in self.waiting if kept.new} - self.compared:
            objects.read_back(self.session.backend, name)
            self.compared.add(name)

    def _beginning(self) -> list[Claim]:
        """Return what is said with the first originals, having said what lies elsewhere."""
        if self.report.entities:
            return []
        elsewhere = [claim for claim in self.first if claim.compartment != self.compartment]
        if elsewhere:
            self.session.say(elsewhere)
        return [claim for claim in self.first if claim.compartment == self.compartment]

    def _remember(self) -> None:
        seen = {
            kept.path[self.prefix :]: Seen(kept.size, kept.mtime_ns, kept.inode, kept.sha256)
            for kept in self.waiting
            if kept.is_file
        }
        if seen:
            self.session.index.remember_files(str(self.root.resolve()), seen)

    def _value(self, kept: Kept) -> dict[str, Any]:
        value: dict[str, Any] = {
            "sha256": kept.sha256,
            "size": kept.size,
            "object": kept.object.name,
            "name": recorded_name(kept.path[self.prefix :]),
        }
        if kept.is_file:
            value["modified"] = _instant(kept.mtime_ns)
        return with_key(value if kept.type is None else {**value, "type": kept.type}, kept.key)

    def _claim(self, value: dict[str, Any]) -> Claim:
        return Claim(
            entity=new_id(self.session.random),
            schema="Evidence",
            property="file",
            value={"file": value},
            source=self.source,
            compartment=self.compartment,
        )


def _instant(mtime_ns: int) -> str:
    try:
        moment = datetime.fromtimestamp(mtime_ns // 10**9, UTC)
    except (OverflowError, ValueError, OSError):
        moment = datetime.fromtimestamp(0, UTC)
    return moment.replace(tzinfo=None).isoformat() + "Z"
