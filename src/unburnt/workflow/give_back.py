"""Giving evidence back: originals out of their sealed packs, compared with what was recorded.

    report = restore(session, Path("/tmp/out"), compartment)
    report = verify(session)                   # every original opened and hashed again
    report.problems                            # [(object, why), …]; one bad file stops no other

A recorded name comes from whoever took the file in, so it never leads out of the target folder,
and nothing that is there is overwritten: an original whose name is taken lies under its SHA-256.
Cut anywhere, it is repeated: what lies there already, whole, is left as it is.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from unburnt.core.errors import BrokenArchiveError, MediumError, UnburntError, UsageError
from unburnt.model import values
from unburnt.model.recorded import REFUSED
from unburnt.storage import objects, pack
from unburnt.storage.names import object_name
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
    place = _Place(target)
    for name, files in _by_object(session, compartment, report).items():
        _open_object(session, name, files, report, place)
        progress("originals", report.originals)
    return report


def verify(session: Session, progress: Progress = lambda what, count: None) -> Opened:
    """Open every original this device can read and hash it again; writes nothing."""
    report = Opened()
    for compartment in session.index.compartments():
        for name, files in _by_object(session, compartment, report).items():
            _open_object(session, name, files, report, None)
            progress("originals", report.originals)
    return report


def _by_object(session: Session, compartment: str, report: Opened) -> dict[str, list[File]]:
    """Return the files of a compartment, grouped by the object that holds them."""
    groups: dict[str, list[File]] = {}
    for record in session.index.files(compartment):
        if record.standing == REFUSED:
            continue
        value = record.statement.value
        try:
            values.check(value)
        except UsageError:
            report.problems.append((record.id, "A statement about a file is malformed."))
            continue
        groups.setdefault(value["file"]["object"], []).append(value["file"])
    return groups


def _open_object(
    session: Session, name: str, files: list[File], report: Opened, place: _Place | None
) -> None:
    """Open one object; compare each of its originals, and write it when there is a place."""
    try:
        if session.backend.size(object_name(name)) > _STREAMED:
            give = _streamed(session, name)
        else:
            give = _from_memory(session, name)
    except UnburntError as error:
        report.problems.append((name, error.message))
        return
    for file in files:
        try:
            if place is None:
                _check(give, file)
            else:
                place.keep(give, file)
        except UnburntError as error:
            report.problems.append((name, error.message))
            continue
        report.originals += 1
        report.bytes += file["size"]


Give = Callable[[File, Take], None]


def _from_memory(session: Session, name: str) -> Give:
    members = objects.open_pack(session.backend, name, list(session.identities.values()))

    def give(file: File, take: Take) -> None:
        data = members.get(file["sha256"], members.get(pack.ORIGINAL))
        if data is not None:
            take(data)

    return give


def _streamed(session: Session, name: str) -> Give:
    """Open an object of one large original with constant memory, once for each file."""
    identities = list(session.identities.values())

    def give(file: File, take: Take) -> None:
        sink = pack.SingleSink(take)
        objects.unseal_to(session.backend, name, identities, sink)
        sink.finish()

    return give


def _check(give: Give, file: File) -> None:
    """Raise BrokenArchiveError unless what is given has the recorded digest."""
    running = hashlib.sha256()
    give(file, running.update)
    _compare(running.hexdigest(), file)


def _compare(digest: str, file: File) -> None:
    if digest != file["sha256"]:
        raise BrokenArchiveError(
            "An original is not the one that was recorded.", "Fetch its object from another site."
        )


class _Place:
    """The folder that originals are written below, and never outside of."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._inside: set[Path] = set()  # folders made, or found to lie below the target

    def keep(self, give: Give, file: File) -> None:
        """Write one original aside, compare it, and give it its name or else its digest's."""
        name, fallback = self._target.joinpath(*_parts(file)), self._target / file["sha256"]
        aside = self._target / f".{file['sha256']}.part"
        try:
            self._folder(self._target)
            self._write(aside, give, file)
            try:
                if self._settle(aside, name, file) or self._settle(aside, fallback, file):
                    return
            finally:
                aside.unlink(missing_ok=True)
        except (OSError, ValueError) as error:
            raise MediumError(
                "A file cannot be written.", "Check the disk and its space."
            ) from error

    def _write(self, aside: Path, give: Give, file: File) -> None:
        running = hashlib.sha256()
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        with os.fdopen(os.open(aside, flags, 0o600), "wb", buffering=0) as output:

            def take(data: memoryview | bytes) -> None:
                running.update(data)
                view = memoryview(data)
                while view:
                    view = view[output.write(view) or 0 :]

            try:
                give(file, take)
                _compare(running.hexdigest(), file)
                moment = datetime.fromisoformat(file.get("modified", _NO_TIME)).timestamp()
                os.utime(output.fileno(), (moment, moment))
            except BaseException:
                aside.unlink(missing_ok=True)
                raise

    def _settle(self, aside: Path, path: Path, file: File) -> bool:
        """Move what was written to its name; False when something else lies there."""
        try:
            self._folder(path.parent)
            if os.path.lexists(path):
                return _is_same(path, file)
            aside.rename(path)
        except OSError as error:
            if error.errno in _TAKEN and path != self._target / file["sha256"]:
                return False
            raise
        return True

    def _folder(self, folder: Path) -> None:
        """Make a folder; OSError when a link would lead out of the target."""
        if folder in self._inside:
            return
        if not folder.resolve().is_relative_to(self._target.resolve()):
            raise OSError(errno.ELOOP, "a link leads out of the folder")
        folder.mkdir(parents=True, exist_ok=True)
        self._inside.add(folder)


# The name is taken by another kind of thing, too long here, or led away by a link.
_TAKEN = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL}


def _parts(file: File) -> list[str]:
    """Return the steps of a recorded name that stay below a folder; its digest when none do."""
    steps = PurePosixPath(file.get("name", "").replace("\0", "")).parts
    return [step for step in steps if step not in ("/", "//", "..")] or [file["sha256"]]


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
