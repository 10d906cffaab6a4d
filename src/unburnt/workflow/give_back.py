"""Giving evidence back: originals out of their sealed packs, compared with what was recorded.

    report = restore(session, Path("/tmp/out"), compartment, purpose="for the court")
    report = verify(session)                   # every original opened and hashed again
    report.problems                            # [(object, why), …]; one bad file stops no other

A recorded name comes from whoever took the file in, so it never leads out of the target folder,
and nothing that is there is overwritten: an original whose name is taken lies under its SHA-256.
Cut anywhere, it is repeated: what lies there already, whole, is left as it is. Nothing is synced:
after a power cut, too, it is repeated.
"""
# Strings, not Paths, where it is once for each file.
# ruff: noqa: PTH104, PTH108, PTH120

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from unburnt.core.errors import BrokenArchiveError, MediumError, UnburntError, UsageError
from unburnt.model import values
from unburnt.storage import objects, pack
from unburnt.storage.names import object_name
from unburnt.workflow import leftovers
from unburnt.workflow.custody import TOOL, record_event
from unburnt.workflow.own_keys import identities_of, is_withdrawn
from unburnt.workflow.session import Progress, Session

_STREAMED = 24 * 2**20  # objects beyond this hold one large original and are opened in pieces
_NO_TIME = "1970-01-01T00:00:00Z"

File = dict[str, Any]  # of a value {"file": …}
Take = Callable[[memoryview | bytes], object]


@dataclass(slots=True)
class Opened:
    """How many originals were opened and found to be what they were, and what was not."""

    originals: int = 0
    bytes: int = 0
    withdrawn: int = 0  # neither given nor a problem
    problems: list[tuple[str, str]] = field(default_factory=list)
    objects: set[str] = field(default_factory=set)  # read whole: their bytes are those of the name


def restore(
    session: Session,
    target: Path,
    compartment: str,
    progress: Progress = lambda what, count: None,
    *,
    purpose: str | None = None,
    receiver: str | None = None,
    unrecorded: bool = False,
) -> Opened:
    """Write every original of a compartment below `target` under its recorded name.

    Each is compared with its digest before it gets its name; nothing that exists is overwritten.
    That they were exported is recorded first. Raises UsageError on a device that may not write
    there, unless `unrecorded` says that it shall leave no trace.
    """
    evidence = session.index.file_entities(compartment)
    if evidence and not unrecorded:
        record_event(
            session,
            "exported",
            evidence,
            compartment=compartment,
            tool=TOOL,
            purpose=purpose,
            receiver=receiver,
        )
    report, room = Opened(), objects.Room()
    place = _Place(target)
    leftovers.remove(session)
    with leftovers.writing(session, target):
        for name, files in _by_object(session, compartment, report).items():
            _open_object(session, name, files, report, place.keep, room)
            progress("originals", report.originals)
    return report


def verify(session: Session, progress: Progress = lambda what, count: None) -> Opened:
    """Open every original this device can read and hash it again; writes nothing."""
    report, room = Opened(), objects.Room()
    for compartment in session.index.compartments():
        for name, files in _by_object(session, compartment, report).items():
            _open_object(session, name, files, report, _check, room)
            progress("originals", report.originals)
    return report


def digest_of(session: Session, file: File) -> str:
    """Open one original and return the SHA-256 of its bytes, whatever was recorded of them.

    Raises what opening raises: CannotOpenError, BrokenArchiveError, MediumError.
    """
    running = hashlib.sha256()
    name = file["object"]
    identities = identities_of(session, [file])
    if session.backend.size(object_name(name)) > _STREAMED:
        sink = pack.SingleSink(running.update)
        objects.unseal_to(session.backend, name, identities, sink)
        sink.finish()
    else:
        members = objects.open_pack(session.backend, name, identities)
        if not members.keys() & {file["sha256"], pack.ORIGINAL}:
            raise BrokenArchiveError(
                "An original is not in its object.", "Fetch the object from another site."
            )
        running.update(members.get(file["sha256"], members.get(pack.ORIGINAL, b"")))
    return running.hexdigest()


def _by_object(session: Session, compartment: str, report: Opened) -> dict[str, list[File]]:
    """Return the files of a compartment, grouped by the object that holds them."""
    groups: dict[str, list[File]] = {}
    for identity, value in session.index.files(compartment):
        try:
            values.check(value)
        except UsageError:
            report.problems.append((identity, "A statement about a file is malformed."))
            continue
        if is_withdrawn(session, value["file"]):
            report.withdrawn += 1
            continue
        groups.setdefault(value["file"]["object"], []).append(value["file"])
    return groups


def _open_object(
    session: Session,
    name: str,
    files: list[File],
    report: Opened,
    keep: Callable[[Give, File], object],
    room: objects.Room,
) -> None:
    """Open one object, read once, and `keep` each of its originals."""
    try:
        if session.backend.size(object_name(name)) > _STREAMED:
            give = _streamed(session, name, files)
        else:
            give = _from_memory(session, name, files, room)
    except UnburntError as error:
        report.problems.append((name, error.message))
        return
    found = len(report.problems)
    for file in files:
        try:
            keep(give, file)
        except UnburntError as error:
            report.problems.append((name, error.message))
            continue
        report.originals += 1
        report.bytes += file["size"]
    if len(report.problems) == found:
        report.objects.add(name)


# Hands over an original; BrokenArchiveError, first or at the end, when it is not what it was.
Give = Callable[[File, Take], None]


def _from_memory(session: Session, name: str, files: list[File], room: objects.Room) -> Give:
    members = room.open_pack(session.backend, name, identities_of(session, files))
    same: set[str] = set()  # an original may have been recorded under many names

    def give(file: File, take: Take) -> None:
        digest = file["sha256"]
        data = members.get(digest, members.get(pack.ORIGINAL, b""))
        if digest not in same:
            _compare(hashlib.sha256(data).hexdigest(), file)
            same.add(digest)
        take(data)

    return give


def _streamed(session: Session, name: str, files: list[File]) -> Give:
    """Open an object of one large original with constant memory, once for each file."""
    identities = identities_of(session, files)

    def give(file: File, take: Take) -> None:
        running = hashlib.sha256()

        def take_piece(piece: memoryview) -> None:
            running.update(piece)
            take(piece)

        sink = pack.SingleSink(take_piece)
        objects.unseal_to(session.backend, name, identities, sink)
        sink.finish()
        _compare(running.hexdigest(), file)

    return give


def _check(give: Give, file: File) -> None:
    """Raise BrokenArchiveError unless what is given has the recorded digest."""
    give(file, len)


def _compare(digest: str, file: File) -> None:
    if digest != file["sha256"]:
        raise BrokenArchiveError(
            "An original is not the one that was recorded.", "Fetch its object from another site."
        )


class _Place:
    """The folder that originals are written below, and never outside of."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._top = str(target)  # strings, not Paths: a file costs half of what it would
        self._inside: set[str] = set()  # folders made, or found to lie below the target

    def keep(self, give: Give, file: File) -> None:
        """Write one original aside, compare it, and give it its name or else its digest's."""
        aside = f"{self._top}/.{file['sha256']}.part"
        try:
            self._folder(self._top)
            self._write(aside, give, file)
            try:
                name = "/".join((self._top, *_parts(file)))
                if not self._settle(aside, name, file):
                    self._settle(aside, f"{self._top}/{file['sha256']}", file)
            except BaseException:
                _remove(aside)
                raise
        except (OSError, ValueError) as error:
            raise MediumError(
                "A file cannot be written.", "Check the disk and its space."
            ) from error

    def _write(self, aside: str, give: Give, file: File) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(aside, flags, 0o600)
        try:
            give(file, lambda data: _write_all(descriptor, data))
            moment = datetime.fromisoformat(file.get("modified", _NO_TIME)).timestamp()
            os.utime(descriptor, (moment, moment))
        except BaseException:
            _remove(aside)
            raise
        finally:
            os.close(descriptor)

    def _settle(self, aside: str, path: str, file: File) -> bool:
        """Move what was written to its name, or drop it when it lies there; False when other."""
        try:
            self._folder(os.path.dirname(path))
            if os.path.lexists(path):
                if not _is_same(Path(path), file):
                    return False
                os.unlink(aside)
            else:
                os.rename(aside, path)
        except OSError as error:
            if error.errno in _TAKEN and path != f"{self._top}/{file['sha256']}":
                return False
            raise
        return True

    def _folder(self, folder: str) -> None:
        """Make a folder; OSError when a link would lead out of the target."""
        if folder in self._inside:
            return
        if not Path(folder).resolve().is_relative_to(self._target.resolve()):
            raise OSError(errno.ELOOP, "a link leads out of the folder")
        Path(folder).mkdir(parents=True, exist_ok=True)
        self._inside.add(folder)


# The name is taken by another kind of thing, too long here, or led away by a link.
_TAKEN = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL}


def _write_all(descriptor: int, data: memoryview | bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def _parts(file: File) -> list[str]:
    """Return the steps of a recorded name that stay below a folder; its digest when none do."""
    steps = file.get("name", "").replace("\0", "").split("/")
    return [step for step in steps if step not in ("", ".", "..")] or [file["sha256"]]


def _is_same(path: Path, file: File) -> bool:
    """Tell whether the whole original lies there already; MediumError when neither name is free."""
    if path.is_symlink() or not path.is_file():
        same = False
    else:
        with path.open("rb") as there:
            same = hashlib.file_digest(there, "sha256").hexdigest() == file["sha256"]
    if not same and path.name == file["sha256"]:
        raise MediumError("A file of that name is there already.", "Restore into an empty folder.")
    return same
