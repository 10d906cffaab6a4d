"""Intake: original files become members of sealed packs, each read once, none altered.

    intake = Intake(backend, recipient)
    for path in files:
        for kept in intake.take(path): …       # Kept(path, sha256, size, object, …), in time
    for kept in intake.finish(): …

Small originals (up to 4 MiB) share packs of up to 16 MiB, named there by their SHA-256, compressed
where that helps; a large one is streamed into a pack of its own with constant memory. An original
whose bytes are held already is not stored again. Format: docs/spec/log.md, "Packs".
Never follows links, never writes to what it reads, never leaves an original in clear anywhere.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from unburnt.core.errors import MediumError, UsageError
from unburnt.storage import objects, pack
from unburnt.storage.backend import Backend
from unburnt.storage.objects import Sealed

SMALL = 4 * 2**20
PACK = 16 * 2**20
_CHUNK = 2**20

Held = Callable[[str], Sealed | None]


@dataclass(frozen=True, slots=True)
class Kept:
    """One original as it was kept: digest and size of its bytes, and the object that holds it."""

    path: Path
    sha256: str
    size: int
    mtime_ns: int
    inode: int
    object: Sealed
    new: bool


class Intake:
    """Packs originals for one compartment; `held(sha256)` tells which object holds one already."""

    def __init__(self, backend: Backend, recipient: str, held: Held = lambda digest: None) -> None:
        self._backend = backend
        self._recipient = recipient
        self._held = held
        self._parts: list[bytes] = []
        self._filled = 0
        self._waiting: list[tuple[Path, str, os.stat_result]] = []
        self._members: set[str] = set()

    def take(self, path: Path) -> Iterator[Kept]:
        """Read one original and yield whatever is sealed by now, this one or earlier ones.

        Raises MediumError when it cannot be read, UsageError when it is no file or changed while
        it was read; what was taken before stays taken.
        """
        with open_original(path) as file:
            status = os.fstat(file.fileno())
            if status.st_size > SMALL:
                yield self._take_large(path, file, status)
                return
            data = file.read(SMALL + 1)
        if len(data) != status.st_size:
            raise _changed()
        digest = hashlib.sha256(data).hexdigest()
        held = self._held(digest)
        if held is not None:
            yield _kept(path, digest, status, held, new=False)
            return
        self._add(digest, data)
        self._waiting.append((path, digest, status))
        if self._filled >= PACK:
            yield from self.finish()

    def finish(self) -> Iterator[Kept]:
        """Seal the pack that is being filled, if any, and yield its originals."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        sealed = objects.seal_chunks(
            self._backend, pack.closed(self._parts, self._filled), self._recipient
        )
        assert sealed is not None  # noqa: S101 - wanted by default
        self._parts, self._filled, self._members = [], 0, set()
        seen: set[str] = set()
        for path, digest, status in waiting:
            yield _kept(path, digest, status, sealed, new=digest not in seen)
            seen.add(digest)

    def _add(self, digest: str, data: bytes) -> None:
        if digest in self._members:
            return
        self._members.add(digest)
        packed = pack.compress(data)
        parts = (
            pack.member(digest, data) if packed is None else pack.member(digest + ".zst", packed)
        )
        self._parts += parts
        self._filled += sum(map(len, parts))

    def _take_large(self, path: Path, file: BinaryIO, status: os.stat_result) -> Kept:
        running = hashlib.sha256()

        def chunks() -> Iterator[bytes]:
            while chunk := file.read(_CHUNK):
                running.update(chunk)
                yield chunk

        known: list[Sealed] = []

        def wanted() -> bool:
            held = self._held(running.hexdigest())
            known.extend([held] if held else [])
            return held is None

        sealed = objects.seal_chunks(
            self._backend,
            pack.stream(pack.ORIGINAL, status.st_size, chunks()),
            self._recipient,
            wanted,
        )
        return _kept(path, running.hexdigest(), status, sealed or known[0], new=sealed is not None)


def open_original(path: Path) -> BinaryIO:
    """Open a regular file for reading, without following a link in its last part."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError as error:
        raise MediumError(
            "A file cannot be read.", "Check that it is there and may be read, then repeat."
        ) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UsageError("This is not a regular file.", "Take in files, not devices or pipes.")
    return os.fdopen(descriptor, "rb", buffering=0)


def _kept(path: Path, digest: str, status: os.stat_result, sealed: Sealed, *, new: bool) -> Kept:
    return Kept(path, digest, status.st_size, status.st_mtime_ns, status.st_ino, sealed, new)


def _changed() -> UsageError:
    return UsageError("A file changed while it was being read.", "Take it in again.")
