"""Sealed objects: packs under the recipient of an epoch, named by the SHA-256 of their ciphertext.

    sealed = seal_pack(backend, {"secret": …}, recipient)        # a batch, or small originals
    sealed = seal_chunks(backend, pack.stream(…), recipient)     # one large original, in pieces
    members = open_pack(backend, sealed.name, identities)
    members = Room().open_pack(backend, …)                       # many, one after the other
    unseal_to(backend, sealed.name, identities, writer)          # large, in pieces
    sound = is_sound(backend, name, size)                        # without keys

Never puts an object anywhere but under its own hash, and never returns bytes that do not match it.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from unburnt.core.errors import BrokenArchiveError, CannotOpenError, MediumError, UnburntError
from unburnt.crypto import sealing
from unburnt.crypto.sealing import Identity
from unburnt.storage import backend as backends
from unburnt.storage import pack
from unburnt.storage.backend import Backend, Draft
from unburnt.storage.names import object_name

MAX_IN_MEMORY = 80 * 2**20  # ciphertext of the largest pack that is opened in memory
_CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class Sealed:
    """Name (hex SHA-256 of the ciphertext) and size in bytes of a sealed object."""

    name: str
    size: int


def seal_pack(backend: Backend, members: Mapping[str, bytes], recipient: str) -> Sealed:
    """Seal the pack of `members` to one recipient and put it; durable at the next flush."""
    return put(backend, sealing.seal(pack.write(members), [recipient]))


def put(backend: Backend, ciphertext: bytes) -> Sealed:
    """Put sealed bytes under their own hash; bytes left damaged by an earlier cut are mended."""
    name = hashlib.sha256(ciphertext).hexdigest()
    if not backend.put(object_name(name), ciphertext, sync=False) and not is_sound(
        backend, name, len(ciphertext)
    ):
        backend.mend(object_name(name), ciphertext)
    return Sealed(name, len(ciphertext))


def seal_chunks(
    backend: Backend,
    chunks: Iterable[bytes | memoryview],
    recipient: str,
    wanted: Callable[[], bool] = lambda: True,
) -> Sealed | None:
    """Seal a pack that arrives in pieces, with constant memory; durable at the next flush.

    `wanted` is asked after the last piece: when it says no, nothing is kept and None returned.
    """
    with backend.draft() as draft:
        writer = _HashingWriter(draft)
        sealing.seal_stream(_ChunkReader(chunks), writer, [recipient])
        if not wanted():
            return None
        name = writer.digest.hexdigest()
        draft.commit(object_name(name), sync=False)
        return Sealed(name, writer.size)


def open_pack(
    backend: Backend, name: str, identities: Sequence[Identity], limit: int = MAX_IN_MEMORY
) -> dict[str, bytes]:
    """Return the members of a sealed pack.

    Raises BrokenArchiveError when its bytes are not those of its name, CannotOpenError when no
    identity opens it, ForeignDataError when it is no pack.
    """
    ciphertext = backend.get(object_name(name), limit)
    if hashlib.sha256(ciphertext).hexdigest() != name:
        raise damaged(name)
    return pack.read(sealing.unseal(ciphertext, identities))


class Room(io.RawIOBase):
    """Memory that packs are opened in, one after the other; fresh memory costs more than opening.

    What `open_pack` returned is overwritten by the next one.
    """

    def __init__(self) -> None:
        self._memory = bytearray(_CHUNK)
        self._filled = 0

    def open_pack(
        self, backend: Backend, name: str, identities: Sequence[Identity]
    ) -> dict[str, memoryview | bytes]:
        """Return the members of a sealed pack, read once; errors as the function `open_pack`."""
        backends.check_length(name, backend.size(object_name(name)), MAX_IN_MEMORY)
        self._filled = 0
        unseal_to(backend, name, identities, self)
        return pack.members(memoryview(self._memory)[: self._filled].toreadonly())

    def writable(self) -> bool:
        """Return True: packs are written into it."""
        return True

    def write(self, data: object) -> int:
        """Append `data` and return its length in bytes."""
        view = memoryview(data)  # type: ignore[arg-type]  # any buffer, as RawIOBase says
        start, self._filled = self._filled, self._filled + len(view)
        if self._filled > len(self._memory):
            # Another bytearray: views of an earlier pack may still be held, and forbid growing.
            larger = bytearray(2 * self._filled)
            larger[:start] = memoryview(self._memory)[:start]
            self._memory = larger
        self._memory[start : self._filled] = view
        return len(view)


def is_sound(backend: Backend, name: str, size: int | None = None) -> bool:
    """Tell whether the object is there, has this size, and hashes to its name; needs no keys."""
    path = object_name(name)
    if not backend.exists(path) or (size is not None and backend.size(path) != size):
        return False
    return digest(backend, path) == name


def read_back(backend: Backend, name: str) -> None:
    """Read an object that was just put and compare it with its name; MediumError when it differs.

    It may come out of memory that the disk has still to write: this finds bytes that were spoilt
    on the way there, not those that a disk will lose.
    """
    if not is_sound(backend, name):
        raise MediumError(
            "What was stored does not read back as it was written.",
            "Do not rely on this disk or memory: repeat on another device.",
        )


def digest(backend: Backend, path: str) -> str:
    """Return the hex SHA-256 of a blob, read in pieces of 1 MiB."""
    running = hashlib.sha256()
    with backend.open_read(path) as reader:
        while chunk := reader.read(_CHUNK):
            running.update(chunk)
    return running.hexdigest()


def damaged(name: str) -> BrokenArchiveError:
    """Return the error for an object whose bytes are not those of its name."""
    return BrokenArchiveError(
        f"Object {name[:12]}… is damaged or was swapped.",
        "Fetch it from another site: unburnt sync.",
    )


class _HashingWriter(io.RawIOBase):
    """Passes bytes on to a draft and remembers their hash and number."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.digest = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        view = memoryview(data)  # type: ignore[arg-type]  # any buffer, as RawIOBase says
        self.digest.update(view)
        self.size += len(view)
        self.draft.write(view)
        return len(view)


class _ChunkReader(io.RawIOBase):
    """Gives an iterator of chunks as a stream to read from."""

    def __init__(self, chunks: Iterable[bytes | memoryview]) -> None:
        self.chunks = iter(chunks)
        self.rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return bytes(self.rest) + b"".join(self.chunks)
        while not self.rest:
            chunk = next(self.chunks, None)
            if chunk is None:
                return b""
            self.rest = memoryview(chunk)
        taken, self.rest = self.rest[:size], self.rest[size:]
        return bytes(taken)


def unseal_to(
    backend: Backend, name: str, identities: Sequence[Identity], writer: sealing.Writer
) -> None:
    """Write the plain tar of an object to `writer`, in pieces, its name checked on the way.

    On any error what was written so far must be thrown away. Errors as `open_pack`.
    """
    with backend.open_read(object_name(name)) as reader:
        hashing = _HashingReader(reader)
        failure: UnburntError | None = None
        try:
            sealing.unseal_stream(hashing, writer, identities)
        except CannotOpenError as error:
            failure = error
        while hashing.read(_CHUNK):
            pass
    if hashing.digest.hexdigest() != name:
        raise damaged(name) from failure  # what is damaged says nothing about the key
    if failure is not None:
        raise failure


class _HashingReader(io.RawIOBase):
    def __init__(self, reader: BinaryIO) -> None:
        self.reader = reader
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self.reader.read(size)
        self.digest.update(data)
        return data
