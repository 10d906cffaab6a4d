"""A place that holds immutable named blobs: the port of every site, with few verbs.

    with backend.draft() as draft:            # large: its name is known only after writing
        draft.write(ciphertext)
        draft.commit(object_name(digest), sync=False)
    backend.put(object_name(other), small, sync=False)
    backend.put(entry_name(device, 7), header)        # durable, and so is all before it

Three laws, which one contract suite asks of every backend:

1. *Immutable.* A name once there keeps its bytes. `put` of a name that is there returns False and
   changes nothing, whatever the bytes. Only `mend` replaces bytes, and keeps the damaged ones.
2. *Durable order.* When `put`, `commit` (sync=True) or `flush` returns, that write and every
   earlier one through this backend is durable. A write with sync=False may be lost by a crash
   until then, but never torn, and never outlived by a higher rank: before an entry is written the
   objects are made durable, before a checkpoint the entries (`names.rank`).
   When one of them raises, whatever was not yet durable may be gone: put it again.
3. *Whole or absent.* A name shows all of its bytes or is not there; an abandoned draft leaves
   nothing.

A backend never interprets what it holds, and never trusts a name. It deletes nothing but sealed
keys that it is told to `destroy`, for withdrawal: docs/spec/withdrawal.md.

Errors, the same everywhere: a name of no legal shape or a blob beyond a limit is ForeignDataError;
a name that is not there, or that ends too early, is BrokenArchiveError; what the disk, the network
or the service refuses is MediumError; writing to what can only be read is UsageError.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

from unburnt.core.errors import BrokenArchiveError, ForeignDataError, UsageError
from unburnt.storage.names import check_name as check_name  # part of the port: callers need both
from unburnt.storage.names import check_prefix as check_prefix


class Draft(Protocol):
    """A blob being written whose name comes last; leaving its context without commit drops it."""

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Append `data` and return its length in bytes."""
        ...

    def commit(self, name: str, *, sync: bool = True) -> bool:
        """Put what was written under `name`, as `Backend.put` does; once per draft."""
        ...

    def mend(self, name: str) -> str | None:
        """Replace damaged bytes by what was written, as `Backend.mend` does; once per draft."""
        ...


class Backend(Protocol):
    """Named immutable blobs in some place; see the laws above."""

    @property
    def location(self) -> str:
        """What to call this place in a message; no full path, no account."""
        ...

    def names(self, prefix: str = "") -> Iterator[str]:
        """Yield the names that begin with `prefix`, sorted; strangers' files are left out."""
        ...

    def exists(self, name: str) -> bool:
        """Tell whether `name` is there."""
        ...

    def size(self, name: str) -> int:
        """Return the size of a blob in bytes."""
        ...

    def get(self, name: str, limit: int) -> bytes:
        """Return a whole blob; one larger than `limit` bytes is refused before it is read."""
        ...

    def get_range(self, name: str, start: int, length: int) -> bytes:
        """Return exactly `length` bytes from `start`; a blob that ends before is refused."""
        ...

    def open_read(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a blob to be read forward, in pieces of the caller's size."""
        ...

    def put(self, name: str, data: bytes, *, sync: bool = True) -> bool:
        """Keep `data` under `name` and return True, or return False when `name` is there."""
        ...

    def draft(self) -> AbstractContextManager[Draft]:
        """Begin a blob whose name is known only after writing."""
        ...

    def mend(self, name: str, data: bytes) -> str | None:
        """Replace bytes that failed verification by `data`, which the caller has verified.

        The damaged bytes are kept; returns `quarantine/<name>-<n>`, where they lie now, or None
        when `name` was not there. Durable on return.
        """
        ...

    def destroy(self, name: str) -> bool:
        """Destroy a sealed key and every damaged copy of it in quarantine; the one deletion.

        Durable on return; returns whether anything was there. UsageError for any name that does
        not begin with `keys/`; the caller makes sure that it is no epoch's.
        """
        ...

    def flush(self) -> None:
        """Make every write so far durable."""
        ...

    def free_bytes(self) -> int | None:
        """Return how many bytes still fit, or None when the place does not say."""
        ...

    def close(self) -> None:
        """Flush and let go of the place; closing twice is harmless."""
        ...


def missing(name: str) -> BrokenArchiveError:
    """Return the error for a name that is not there."""
    return BrokenArchiveError(
        f"{name} is missing.", "Fetch it from another site, then check again."
    )


def check_length(name: str, size: int, limit: int) -> None:
    """Refuse a blob of `size` bytes when it is beyond `limit`, with ForeignDataError."""
    if size > limit:
        raise ForeignDataError(
            f"{name} has {size:,} bytes, and at most {limit:,} are read here.",
            "It is not what its name says: fetch it from another site.",
        )


def check_range(name: str, size: int, start: int, length: int) -> None:
    """Refuse a range beyond a blob of `size` bytes, with BrokenArchiveError."""
    if start < 0 or length < 0:
        raise UsageError("A range begins at 0 or later and has a length.", "Ask for another range.")
    if start + length > size:
        raise BrokenArchiveError(
            f"{name} ends after {size:,} bytes; {start + length:,} were expected.",
            "It is damaged here: fetch it from another site.",
        )
