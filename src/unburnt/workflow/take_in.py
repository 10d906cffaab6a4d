"""Taking in evidence: folders and files become sealed originals with one statement each.

    report = take_in(session, [Path("/media/stick")], compartment, source=giver)
    restore(session, Path("/tmp/out"), compartment)
    report = verify(session)                   # every original opened and hashed again

1. what was taken in before and has not changed since is passed over without reading;
2. originals are read once: hashed, packed, sealed, put (durable before the entry);
3. a statement for each says digest, size, object and name; the entry names the objects it needs;
4. what was read is remembered, so that the next time step 1 knows it.

Cut anywhere, it is repeated: what is in an entry already is not stored again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from unburnt.core import text
from unburnt.core.errors import BrokenArchiveError, MediumError, UnburntError, UsageError
from unburnt.core.ids import new_id
from unburnt.crypto.sealing import Identity
from unburnt.evidence.intake import Intake, Kept
from unburnt.index.seen import Seen
from unburnt.storage import objects, pack
from unburnt.storage.names import object_name
from unburnt.storage.objects import Sealed
from unburnt.workflow.session import Claim, Progress, Session

_AT_ONCE = 2048  # originals an entry
MAX_NAME = 1024  # bytes of a relative path
_STREAMED = 24 * 2**20  # objects beyond this hold one large original and are opened in pieces


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
) -> Taken:
    """Take in files and folders (with everything below) and return what was done.

    `source` is the entity that gave them. What cannot be read is left out with its reason. Raises
    UsageError when this device may not write to the compartment.
    """
    session.check_may_write(compartment)
    epoch = session.roster.current_epoch(compartment)
    if epoch is None:
        raise UsageError("This compartment has no key yet.", "Make one: unburnt rotate.")
    report = Taken()
    held = _Held(session, compartment)
    for path in paths:
        root = path if path.is_dir() else path.parent
        known = session.index.known_files(str(root.resolve()))
        changed = _changed_files(path, root, known, report)
        intake = Intake(session.backend, epoch.recipient, held)
        keeping = _Keeping(session, compartment, source, root, report, progress)
        for file in changed:
            try:
                for kept in intake.take(file):
                    keeping.add(kept)
                    held.remember(kept)
            except (MediumError, UsageError) as error:
                report.left_out.append((str(file), error.message))
        for kept in intake.finish():
            keeping.add(kept)
        keeping.flush()
    return report


class _Held:
    """Which object holds an original of one compartment already; the index is asked once each."""

    def __init__(self, session: Session, compartment: str) -> None:
        self._session = session
        self._compartment = compartment
        self._now: dict[str, Sealed] = {}

    def __call__(self, digest: str) -> Sealed | None:
        if digest in self._now:
            return self._now[digest]
        for record in self._session.index.file(digest):
            if record.statement.compartment == self._compartment:
                return _sealed(record.statement.value["file"], self._session)
        return None

    def remember(self, kept: Kept) -> None:
        self._now[kept.sha256] = kept.object


def _sealed(value: dict[str, Any], session: Session) -> Sealed:
    name = value["object"]
    return Sealed(name, session.backend.size(object_name(name)))


def _changed_files(path: Path, root: Path, known: dict[str, Seen], report: Taken) -> Iterator[Path]:
    """Yield the files below `path` that are not, as they are now, known already."""
    prefix = len(str(root)) + 1
    for entry in _walk(path, report):
        status = entry.stat(follow_symlinks=False)
        seen = known.get(entry.path[prefix:])
        same = (
            seen is not None
            and seen.size == status.st_size
            and seen.mtime_ns == status.st_mtime_ns
            and seen.inode == status.st_ino
        )
        if same:
            report.unchanged += 1
        else:
            yield Path(entry.path)


def _walk(path: Path, report: Taken) -> Iterator[os.DirEntry[str]]:
    """Yield the regular files below a folder, in the order of their names, never through links."""
    if not path.is_dir():
        with os.scandir(path.parent) as entries:
            found = [entry for entry in entries if entry.name == path.name]
        if not found:
            report.left_out.append((str(path), "It is not there."))
        yield from found
        return
    try:
        with os.scandir(path) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        report.left_out.append((str(path), "The folder cannot be read."))
        return
    for entry in listed:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), report)
        elif entry.is_file(follow_symlinks=False):
            yield entry
        else:
            report.left_out.append((entry.path, "It is a link or a device, not a file."))


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
    ) -> None:
        self.session, self.compartment, self.source = session, compartment, source
        self.root, self.report, self.progress = root, report, progress
        self.waiting: list[Kept] = []

    def add(self, kept: Kept) -> None:
        self.waiting.append(kept)
        if len(self.waiting) >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        if not self.waiting:
            return
        claims = [self._claim(kept) for kept in self.waiting]
        needs = {kept.object.name: kept.object.size for kept in self.waiting}
        self.session.say(claims, sorted(needs.items()))
        self.session.index.remember_files(
            str(self.root.resolve()),
            {
                str(kept.path.relative_to(self.root)): Seen(
                    kept.size, kept.mtime_ns, kept.inode, kept.sha256
                )
                for kept in self.waiting
            },
        )
        for kept, claim in zip(self.waiting, claims, strict=True):
            self.report.new += kept.new
            self.report.held += not kept.new
            self.report.bytes += kept.size
            self.report.entities.append(claim.entity)
        self.progress("originals", self.report.new + self.report.held)
        self.waiting = []

    def _claim(self, kept: Kept) -> Claim:
        value = {
            "sha256": kept.sha256,
            "size": kept.size,
            "object": kept.object.name,
            "name": _name(kept.path.relative_to(self.root)),
            "modified": _instant(kept.mtime_ns),
        }
        return Claim(
            entity=new_id(self.session.random),
            schema="Evidence",
            property="file",
            value={"file": value},
            source=self.source,
            compartment=self.compartment,
        )


def _name(relative: Path) -> str:
    """Return a path as it can be recorded: valid text, harmless, at most 1024 bytes."""
    name = relative.as_posix().encode("utf-8", "replace").decode("utf-8")
    return text.clean(text.printable(name), MAX_NAME)


def _instant(mtime_ns: int) -> str:
    try:
        moment = datetime.fromtimestamp(mtime_ns // 10**9, UTC)
    except (OverflowError, ValueError, OSError):
        moment = datetime.fromtimestamp(0, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# --- giving back -------------------------------------------------------------------------------


@dataclass(slots=True)
class Opened:
    """How many originals were opened and found to be what they were, and what was not."""

    originals: int = 0
    bytes: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)


def restore(
    session: Session,
    target: Path,
    compartment: str,
    progress: Progress = lambda what, count: None,
) -> Opened:
    """Write every original of a compartment below `target` under its recorded name.

    Each is compared with its digest before it gets its name; nothing that exists is overwritten.
    """
    report = Opened()
    for name, files in _by_object(session, compartment):
        _open_object(session, name, files, report, target)
        progress("originals", report.originals)
    return report


def verify(session: Session, progress: Progress = lambda what, count: None) -> Opened:
    """Open every original this device can read and hash it again; writes nothing."""
    report = Opened()
    for compartment in session.index.compartments():
        for name, files in _by_object(session, compartment):
            _open_object(session, name, files, report, None)
            progress("originals", report.originals)
    return report


def _by_object(session: Session, compartment: str) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    """Return the files of a compartment, grouped by the object that holds them."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for record in session.index.files(compartment):
        file = record.statement.value["file"]
        groups.setdefault(file["object"], []).append(file)
    return groups.items()


def _open_object(
    session: Session,
    name: str,
    files: list[dict[str, Any]],
    report: Opened,
    target: Path | None,
) -> None:
    """Open one object, compare each original with its digest, and write it below `target`."""
    identities = list(session.identities.values())
    try:
        if session.backend.size(object_name(name)) > _STREAMED:
            _stream_original(session, name, identities, files, target)
        else:
            members = objects.open_pack(session.backend, name, identities)
            for file in files:
                data = members.get(file["sha256"]) or members.get(pack.ORIGINAL, b"")
                _compare(hashlib.sha256(data).hexdigest(), file)
                if target is not None:
                    _write(_target(target, file), [data], file)
    except UnburntError as error:
        report.problems.append((name, error.message))
        return
    report.originals += len(files)
    report.bytes += sum(file["size"] for file in files)


def _stream_original(
    session: Session,
    name: str,
    identities: Sequence[Identity],
    files: list[dict[str, Any]],
    target: Path | None,
) -> None:
    """Open an object of one large original with constant memory."""
    running = hashlib.sha256()
    if target is None:
        sink = pack.SingleSink(running.update)
        objects.unseal_to(session.backend, name, identities, sink)
        sink.finish()
        _compare(running.hexdigest(), files[0])
        return
    for file in files:
        running = hashlib.sha256()
        with _new_file(_target(target, file), file) as output:

            def take(data: memoryview, output: BinaryIO = output, running: Any = running) -> None:
                running.update(data)
                output.write(data)

            sink = pack.SingleSink(take)
            objects.unseal_to(session.backend, name, identities, sink)
            sink.finish()
            _compare(running.hexdigest(), file)


def _compare(digest: str, file: dict[str, Any]) -> None:
    if digest != file["sha256"]:
        raise BrokenArchiveError(
            "An original is not the one that was recorded.", "Fetch its object from another site."
        )


def _target(target: Path, file: dict[str, Any]) -> Path:
    """Return where an original goes: always below `target`, whatever its name says."""
    parts = [p for p in PurePosixPath(file.get("name", "")).parts if p not in ("/", "..")]
    return target.joinpath(*(parts or [file["sha256"]]))


def _write(path: Path, chunks: Iterable[bytes], file: dict[str, Any]) -> None:
    with _new_file(path, file) as output:
        for chunk in chunks:
            output.write(chunk)


@contextmanager
def _new_file(path: Path, file: dict[str, Any]) -> Iterator[BinaryIO]:
    """Make a file that does not exist yet; it is gone again when writing it fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise MediumError(
            "A file of that name is there already.", "Restore into an empty folder."
        ) from error
    except OSError as error:
        raise MediumError("A file cannot be written.", "Check the disk and its space.") from error
    try:
        with os.fdopen(descriptor, "wb") as output:
            yield output
        modified = datetime.fromisoformat(file.get("modified", "1970-01-01T00:00:00Z")).timestamp()
        os.utime(path, (modified, modified))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
