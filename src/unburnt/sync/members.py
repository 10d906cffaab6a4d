"""The members of a bundle: where each lies in the file, and what `END` says of them all.

    scan(file)      {"objects/ab/abcd…": Member(start=512, size=16384), …}

Scanning reads every byte of the file and accepts it only if a writer of bundles could have made it:
one spelling per header, legal names, no name twice, zero filling, `END`, nothing behind.
Format: docs/spec/sites.md, "The courier's bundle".
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, NamedTuple

from unburnt.core.errors import ForeignDataError
from unburnt.storage.backend import check_length, check_name, check_prefix, check_range, missing
from unburnt.storage.medium import ReadingFile, free_in, on_medium
from unburnt.storage.ustar import BLOCK, filling, parse_header

END = "END"
MAX_MEMBERS = 1_000_000  # about 300 MB of index; a larger exchange is several bundles
CLOSING = bytes(2 * BLOCK)
_CHUNK = 1 << 20


class Member(NamedTuple):
    """Where the bytes of a member begin in the file, and how many there are."""

    start: int
    size: int


class Sum:
    """What `END` will say: the members so far, in order."""

    def __init__(self) -> None:
        self._count = 0
        self._bytes = 0
        self._digest = hashlib.sha256()

    def add(self, name: str, size: int, digest: str) -> None:
        """Count one member; the line is what `sha256sum` prints, so that a person can check it."""
        self._count += 1
        self._bytes += size
        self._digest.update(f"{digest}  {name}\n".encode("ascii"))

    def text(self) -> bytes:
        """Return the content of `END`."""
        return (
            f"unburnt/bundle/v1\nmembers {self._count}\nbytes {self._bytes}\n"
            f"sha256 {self._digest.hexdigest()}\n"
        ).encode("ascii")


class Members:
    """The reading half: an index into one file."""

    def __init__(self, location: str, folder: str, reopen: Callable[[], io.FileIO]) -> None:
        self._location = location
        self._folder = folder
        self._reopen = reopen
        self._index: dict[str, Member] = {}

    @property
    def location(self) -> str:
        """What to call this bundle in a message."""
        return self._location

    def names(self, prefix: str = "") -> Iterator[str]:
        """Yield the names that begin with `prefix`, sorted."""
        check_prefix(prefix)
        return iter(sorted(name for name in self._index if name.startswith(prefix)))

    def exists(self, name: str) -> bool:
        """Tell whether `name` is there."""
        return check_name(name) in self._index

    def size(self, name: str) -> int:
        """Return the size of a blob in bytes."""
        return self._member(name).size

    def get(self, name: str, limit: int) -> bytes:
        """Return a whole blob of at most `limit` bytes."""
        member = self._member(name)
        check_length(name, member.size, limit)
        return self._exactly(name, member)

    def get_range(self, name: str, start: int, length: int) -> bytes:
        """Return exactly `length` bytes from `start`."""
        member = self._member(name)
        check_range(name, member.size, start, length)
        return self._exactly(name, Member(member.start + start, length))

    def open_read(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a blob to be read forward."""
        return io.BufferedReader(self._part(self._member(name)), _CHUNK)

    def free_bytes(self) -> int | None:
        """Return how many bytes still fit beside the bundle."""
        return free_in(self._folder)

    def _medium(self, needed: int | None = None) -> AbstractContextManager[None]:
        return on_medium(self._location, self._folder, needed)

    def _member(self, name: str) -> Member:
        try:
            return self._index[check_name(name)]
        except KeyError:
            raise missing(name) from None

    def _exactly(self, name: str, member: Member) -> bytes:
        with io.BufferedReader(self._part(member)) as file:
            data = file.read()
        check_range(name, len(data), 0, member.size)
        return data

    def _part(self, member: Member) -> ReadingFile:
        with self._medium():
            file = self._reopen()
            file.seek(member.start)
        return ReadingFile(file, member.size, self._location)


def scan(file: io.FileIO) -> dict[str, Member]:
    """Return the members of a bundle; ForeignDataError unless all of it is as it must be."""
    size = os.fstat(file.fileno()).st_size
    index: dict[str, Member] = {}
    total = Sum()
    buffer = memoryview(bytearray(_CHUNK))
    while True:
        name, length = parse_header(_read(file, BLOCK))
        start = file.tell()
        if name == END:
            break
        if check_name(name) in index or len(index) >= MAX_MEMBERS:
            raise _damaged()
        total.add(name, length, _hash(file, length, buffer))
        if any(_read(file, -length % BLOCK)):
            raise _damaged()
        index[name] = Member(start, length)
    end = total.text()
    closing = end + filling(len(end)) + CLOSING
    if length != len(end) or _read(file, len(closing)) != closing or file.tell() != size:
        raise _damaged()
    return index


def _read(file: io.FileIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) != length:
        raise _damaged()
    return data


def _hash(file: io.FileIO, length: int, buffer: memoryview) -> str:
    digest = hashlib.sha256()
    while length:
        count = file.readinto(buffer[:length])
        if not count:
            raise _damaged()
        digest.update(buffer[:count])
        length -= count
    return digest.hexdigest()


def _damaged() -> ForeignDataError:
    return ForeignDataError(
        "This bundle was cut short or changed on its way; nothing was taken from it.",
        "Copy it again, or ask its sender for another one.",
    )
