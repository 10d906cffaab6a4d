"""Intake: original files become members of sealed packs, each read once, none altered.

    intake = Intake(backend, recipient)
    for path in files:
        for one in intake.take(path): …        # Kept(path, sha256, size, object, …), in time
    for one in intake.finish(): …              # or LeftOut(path, error): that original alone failed

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
from typing import Protocol

import msgspec

from unburnt.core.errors import MediumError, UnburntError, UsageError
from unburnt.evidence.kinds import HEAD, first_kind
from unburnt.storage import objects, pack
from unburnt.storage.backend import Backend
from unburnt.storage.objects import Sealed
from unburnt.storage.own_key import Fresh

SMALL = 4 * 2**20
PACK = 16 * 2**20
_CHUNK = 2**18  # fits the processor's cache, so that hashing, sealing and writing find it there

Held = Callable[[str], Sealed | None]
OwnKeys = Callable[[], Fresh]


class Kept(msgspec.Struct, frozen=True):
    """One original as it was kept: digest and size of its bytes, kind, the object that holds it."""

    path: str
    sha256: str
    size: int
    mtime_ns: int
    inode: int
    object: Sealed
    new: bool
    type: str | None = None  # media type by its first bytes, where these show it
    is_file: bool = True  # else it came through a pipe: it has no time, and is not there again
    key: Fresh | None = None  # what a new one was sealed with, where originals can be withdrawn


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One original that could not be read, or changed meanwhile, and why; nothing of it is kept."""

    path: str
    error: UnburntError


class Source(Protocol):
    """What bytes are read from: a file (`Original`) or what came through a pipe (`Piped`)."""

    path: str
    size: int
    mtime_ns: int
    inode: int
    is_file: bool
    kind: str | None
    error: UnburntError | None

    def read_into(self, room: memoryview) -> int:
        """Read all bytes into `room`, which has one more, and return how many they are."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """Yield all bytes in pieces."""
        ...


class Intake:
    """Packs originals for one compartment; `held(sha256)` tells which object holds one already.

    With `own_keys` each original is sealed alone, under a key of its own, and can be withdrawn.
    """

    def __init__(
        self,
        backend: Backend,
        recipient: str,
        held: Held = lambda digest: None,
        own_keys: OwnKeys | None = None,
    ) -> None:
        self._own_keys = own_keys
        self._backend = backend
        self._recipient = recipient
        self._held = held
        self._filling = pack.Filling(PACK + SMALL)
        self._waiting: list[tuple[Source, str]] = []
        self._members: set[str] = set()

    def take(self, path: str) -> Iterator[Kept | LeftOut]:
        """Read one original and yield whatever is settled by now, this one or earlier ones.

        What is wrong with the original alone is yielded as LeftOut; what the archive's own disk
        refuses is raised, and then nothing that was not yielded is kept.
        """
        original: Original | None = None
        try:
            with Original(path) as original:
                yield from self.take_open(original)
        except UnburntError as error:
            if original is not None and error is not original.error:
                raise
            yield LeftOut(path, error)

    def take_open(self, original: Source) -> Iterator[Kept]:
        """Take an original that is open already; what is wrong with it is raised."""
        if original.size > SMALL:
            yield self._take_large(original)
            return
        data = self._filling.room(original.size + 1)
        data = data[: original.read_into(data)]
        digest = hashlib.sha256(data).hexdigest()
        original.kind = first_kind(data[:HEAD])
        held = self._held(digest)
        if held is not None:
            yield _kept(original, digest, held, new=False)
            return
        if self._own_keys is not None:
            fresh = self._own_keys()
            members = {digest: bytes(data)}
            alone = objects.seal_pack(self._backend, members, fresh.recipient)
            yield _kept(original, digest, alone, new=True, key=fresh)
            return
        if digest not in self._members:
            self._members.add(digest)
            self._filling.add(digest, len(data))
        self._waiting.append((original, digest))
        if self._filling.size >= PACK:
            yield from self.finish()

    def finish(self) -> Iterator[Kept]:
        """Seal the pack that is being filled, if any, and yield its originals."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        self._members = set()
        sealed = objects.seal_chunks(self._backend, self._filling.take(), self._recipient)
        assert sealed is not None  # noqa: S101 - wanted by default
        seen: set[str] = set()
        for original, digest in waiting:
            yield _kept(original, digest, sealed, new=digest not in seen)
            seen.add(digest)

    def _take_large(self, original: Source) -> Kept:
        running = hashlib.sha256()

        def chunks() -> Iterator[bytes]:
            for number, chunk in enumerate(original.chunks()):
                if number == 0:
                    original.kind = first_kind(chunk[:HEAD])
                running.update(chunk)
                yield chunk

        known: list[Sealed] = []

        def wanted() -> bool:
            held = self._held(running.hexdigest())
            known.extend([held] if held else [])
            return held is None

        fresh = self._own_keys() if self._own_keys is not None else None
        sealed = objects.seal_chunks(
            self._backend,
            pack.stream(pack.ORIGINAL, original.size, chunks()),
            fresh.recipient if fresh else self._recipient,
            wanted,
        )
        if sealed is None:
            return _kept(original, running.hexdigest(), known[0], new=False)
        return _kept(original, running.hexdigest(), sealed, new=True, key=fresh)


class Original:
    """A regular file being read; `error` is what was wrong with it, rather than with the archive.

    with Original(path) as original:           # MediumError, UsageError: not to be read
        for chunk in original.chunks(): …      # or original.read_into(room)
    """

    is_file = True

    def __init__(self, path: str) -> None:
        self.path = path
        self.kind: str | None = None  # known once the first bytes were read
        self.error: UnburntError | None = None
        try:
            # A pipe must not make it wait for a writer, nor a link lead elsewhere.
            self._descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except (OSError, ValueError) as error:
            raise _unreadable() from error
        self.status = os.fstat(self._descriptor)
        self.size, self.inode = self.status.st_size, self.status.st_ino
        self.mtime_ns = self.status.st_mtime_ns
        if not stat.S_ISREG(self.status.st_mode):
            os.close(self._descriptor)
            raise UsageError("This is not a regular file.", "Take in files, not devices or pipes.")

    def __enter__(self) -> Original:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def read_into(self, room: memoryview) -> int:
        """Read all bytes of a small original and return how many; `room` has one byte more."""
        seen = 0
        try:
            # The byte more shows growth, so the end need not be asked for once more.
            while seen < self.status.st_size:
                if not (count := os.readv(self._descriptor, [room[seen:]])):
                    break
                seen += count
        except OSError as error:
            self.error = _unreadable()
            raise self.error from error
        self._check(seen)
        return seen

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes in pieces; they end with an error when the file is not what it was."""
        seen = 0
        while seen <= self.status.st_size and (chunk := self._read(_CHUNK)):
            seen += len(chunk)
            yield chunk
        self._check(seen)

    def _read(self, size: int) -> bytes:
        try:
            return os.read(self._descriptor, size)
        except OSError as error:
            self.error = _unreadable()
            raise self.error from error

    def _check(self, seen: int) -> None:
        now = os.fstat(self._descriptor)
        if seen != self.status.st_size or now.st_mtime_ns != self.status.st_mtime_ns:
            self.error = UsageError("A file changed while it was being read.", "Take it in again.")
            raise self.error


def _kept(
    original: Source, digest: str, sealed: Sealed, *, new: bool, key: Fresh | None = None
) -> Kept:
    return Kept(
        path=original.path,
        sha256=digest,
        size=original.size,
        mtime_ns=original.mtime_ns,
        inode=original.inode,
        object=sealed,
        new=new,
        type=original.kind,
        is_file=original.is_file,
        key=key,
    )


def _unreadable() -> MediumError:
    return MediumError(
        "A file cannot be read.", "Check that it is there and may be read, then repeat."
    )
