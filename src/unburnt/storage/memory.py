"""A site in memory that itself asserts the rules: for tests, simulations and rehearsals.

    backend = MemoryBackend(invariant=objects_before_entries)
    backend.put("log/…/0000000001", header)      # the invariant sees all names, this one, its bytes

It keeps the laws of `backend` and calls `invariant(blobs, name, data)` before each write becomes
visible; a rule that is broken raises there, at the line that broke it.
It keeps nothing after the program ends, and counts nothing as lost: crashes are made by the tests.
"""

from __future__ import annotations

import hashlib
import io
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import takewhile
from types import MappingProxyType
from typing import BinaryIO

from unburnt.core.errors import BrokenArchiveError, UsageError
from unburnt.storage.backend import (
    Draft,
    check_length,
    check_name,
    check_prefix,
    check_range,
    missing,
)
from unburnt.storage.names import destroyable_name

Invariant = Callable[[Mapping[str, bytes], str, bytes], None]


def named_by_hash(_blobs: Mapping[str, bytes], name: str, data: bytes) -> None:
    """Refuse an object whose name is not the SHA-256 of its bytes; usable as an invariant."""
    if name.startswith("objects/") and hashlib.sha256(data).hexdigest() != name[-64:]:
        raise BrokenArchiveError(f"{name} is not named by its bytes.", "Name it by their SHA-256.")


class MemoryBackend:
    """Blobs in a dictionary; `invariant` is asked before each of them becomes visible."""

    def __init__(self, invariant: Invariant | None = None, location: str = "memory") -> None:
        self._blobs: dict[str, bytes] = {}
        self._sorted: list[str] = []
        self._quarantine: dict[str, bytes] = {}
        self._invariant = invariant
        self._location = location

    @property
    def location(self) -> str:
        """What to call this place in a message."""
        return self._location

    @property
    def blobs(self) -> Mapping[str, bytes]:
        """All that is there, to be looked at only."""
        return MappingProxyType(self._blobs)

    @property
    def quarantine(self) -> Mapping[str, bytes]:
        """Damaged bytes that `mend` kept, to be looked at only."""
        return MappingProxyType(self._quarantine)

    def names(self, prefix: str = "") -> Iterator[str]:
        """Yield the names that begin with `prefix`, sorted, as they are at this moment."""
        start = bisect_left(self._sorted, check_prefix(prefix))
        return takewhile(lambda name: name.startswith(prefix), self._sorted[start:])

    def exists(self, name: str) -> bool:
        """Tell whether `name` is there."""
        return check_name(name) in self._blobs

    def size(self, name: str) -> int:
        """Return the size of a blob in bytes."""
        return len(self._blob(name))

    def get(self, name: str, limit: int) -> bytes:
        """Return a whole blob of at most `limit` bytes."""
        blob = self._blob(name)
        check_length(name, len(blob), limit)
        return blob

    def get_range(self, name: str, start: int, length: int) -> bytes:
        """Return exactly `length` bytes from `start`."""
        blob = self._blob(name)
        check_range(name, len(blob), start, length)
        return blob[start : start + length]

    def open_read(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a blob to be read forward."""
        return io.BytesIO(self._blob(name))

    def put(self, name: str, data: bytes, *, sync: bool = True) -> bool:
        """Keep `data` under `name`, or return False when `name` is there."""
        if check_name(name) in self._blobs:
            return False
        self._keep(name, bytes(data))
        insort(self._sorted, name)
        return True

    @contextmanager
    def draft(self) -> Iterator[Draft]:
        """Begin a blob whose name is known only after writing."""
        draft = _MemoryDraft(self)
        try:
            yield draft
        finally:
            draft.close()

    def mend(self, name: str, data: bytes) -> str | None:
        """Replace bytes that failed verification and keep them in quarantine."""
        damaged = self._blobs.get(check_name(name))
        if damaged is None:
            self.put(name, data)
            return None
        self._keep(name, bytes(data))
        number = 1
        while (aside := f"quarantine/{name}-{number}") in self._quarantine:
            number += 1
        self._quarantine[aside] = damaged
        return aside

    def destroy(self, name: str) -> bool:
        """Forget a sealed key and what `mend` kept of it."""
        aside = f"quarantine/{destroyable_name(name)}-"
        kept = [other for other in self._quarantine if other.startswith(aside)]
        for other in kept:
            del self._quarantine[other]
        if self._blobs.pop(name, None) is None:
            return bool(kept)
        self._sorted.remove(name)
        return True

    def flush(self) -> None:
        """Do nothing: memory has no later."""

    def free_bytes(self) -> int | None:
        """Return None: memory does not say."""
        return None

    def close(self) -> None:
        """Do nothing: the blobs live as long as this value."""

    def _blob(self, name: str) -> bytes:
        try:
            return self._blobs[check_name(name)]
        except KeyError:
            raise missing(name) from None

    def _keep(self, name: str, data: bytes) -> None:
        if self._invariant is not None:
            self._invariant(self.blobs, name, data)
        self._blobs[name] = data


class _MemoryDraft:
    """Bytes waiting for their name."""

    def __init__(self, backend: MemoryBackend) -> None:
        self._backend = backend
        self._bytes: bytearray | None = bytearray()

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Append `data` and return its length in bytes."""
        self._open().extend(data)
        return memoryview(data).nbytes

    def commit(self, name: str, *, sync: bool = True) -> bool:
        """Put what was written under `name`."""
        return self._backend.put(check_name(name), self._take(), sync=sync)

    def mend(self, name: str) -> str | None:
        """Replace damaged bytes by what was written."""
        return self._backend.mend(check_name(name), self._take())

    def close(self) -> None:
        """Drop what was not committed."""
        self._bytes = None

    def _open(self) -> bytearray:
        if self._bytes is None:
            raise UsageError("This draft is finished.", "Begin another one.")
        return self._bytes

    def _take(self) -> bytes:
        data = bytes(self._open())
        self.close()
        return data
