"""A courier bundle: one plain tar file that holds some of a site's blobs under the same names.

    $ tar tf to-partner.unburnt
    objects/ab/abcd…
    log/<device>/0000000001
    checkpoints/<device>/0000000002
    END

    with BundleWriter(path) as bundle:      # a backend; the file appears when the block ends
        bundle.put(name, data)
    with BundleBackend(path) as bundle:     # read through and judged as a whole, before anything
        bundle.get(name, limit)             # is taken from it

`END` counts the members and fixes their bytes, names and order, so that a bundle that was cut
short or changed is refused as a whole. It is no signature: whoever can write a bundle can write
`END`. What the members say is judged by those who read them.

Format: docs/spec/sites.md, "The courier's bundle". A bundle is never changed after it was written.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from unburnt.core.errors import MediumError, UsageError
from unburnt.storage.backend import (
    Draft,
)
from unburnt.storage.medium import (
    open_file,
    place,
    sync_file,
    sync_folder,
    write_all,
)
from unburnt.storage.scratch import Scratch, sweep
from unburnt.storage.ustar import BLOCK, filling, header
from unburnt.sync.members import CLOSING, END, MAX_MEMBERS, Member, Members, Sum, scan


class BundleBackend(Members):
    """A bundle to be read; opening reads all of it once and refuses it as a whole or not at all."""

    def __init__(self, path: Path | str, *, label: str = "") -> None:
        self._path = os.path.realpath(path)
        super().__init__(*_place_of(self._path, label), self._file_again)
        with self._medium(), open_file(self._path) as file:
            self._index = scan(file)
            self._stamp = _stamp(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, name: str, data: bytes, *, sync: bool = True) -> bool:
        """Raise UsageError: a bundle is written once."""
        raise _written_once()

    def draft(self) -> AbstractContextManager[Draft]:
        """Raise UsageError: a bundle is written once."""
        raise _written_once()

    def mend(self, name: str, data: bytes) -> str | None:
        """Raise UsageError: a bundle is written once."""
        raise _written_once()

    def destroy(self, name: str) -> bool:
        """Raise UsageError: a bundle is written once."""
        raise _written_once()

    def flush(self) -> None:
        """Do nothing: nothing was written."""

    def close(self) -> None:
        """Do nothing: no file stays open between two reads."""

    def _file_again(self) -> io.FileIO:
        file = open_file(self._path)
        if _stamp(file) == self._stamp:
            return file
        file.close()
        raise MediumError(
            f"{self._location} was changed while it was being read.", "Copy it again, then repeat."
        )


class BundleWriter(Members):
    """A bundle being written by one thread; nothing of it is durable, or there, before `close`."""

    def __init__(self, path: Path | str, *, label: str = "") -> None:
        self._path = os.path.realpath(path)
        super().__init__(*_place_of(self._path, label), self._file_again)
        self._sum = Sum()
        self._end = 0
        self._drafting = False
        if os.path.lexists(self._path):
            raise _taken(self._location)
        sweep(self._folder)
        self._scratch = Scratch(self._folder)
        with self._medium():
            descriptor, self._temporary = self._scratch.create()
        self._file = io.FileIO(descriptor, "wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def put(self, name: str, data: bytes, *, sync: bool = True) -> bool:
        """Append `data` as `name`, or return False when `name` is there."""
        if self.exists(name):
            return False
        self._check_room()
        digest = hashlib.sha256(data).hexdigest()
        with self._appending(BLOCK + len(data)):
            write_all(self._file, b"".join((header(name, len(data)), data, filling(len(data)))))
            self._add(name, len(data), digest)
        return True

    @contextmanager
    def draft(self) -> Iterator[Draft]:
        """Begin a member whose name is known only after writing; one at a time."""
        self._check_room()
        with self._appending(BLOCK):
            write_all(self._file, bytes(BLOCK))  # its header, once name and size are known
        draft = _BundleDraft(self)
        self._drafting = True
        try:
            yield draft
        finally:
            draft.close()

    def mend(self, name: str, data: bytes) -> str | None:
        """Raise UsageError: a bundle is written once."""
        raise _written_once()

    def destroy(self, name: str) -> bool:
        """Raise UsageError: a bundle is written once."""
        raise _written_once()

    def flush(self) -> None:
        """Do nothing: a bundle becomes durable as a whole, at `close`."""

    def close(self) -> None:
        """Write `END` and give the bundle its name, durably; raises UsageError if it is taken."""
        if self._file.closed:
            return
        try:
            end = self._sum.text()
            with self._appending(BLOCK + len(end)):
                write_all(self._file, header(END, len(end)) + end + filling(len(end)) + CLOSING)
            self._file.close()
            with self._medium():
                sync_file(self._temporary)
                if not place(self._temporary, self._path):
                    raise _taken(self._location)
                sync_folder(self._folder)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Drop what was written, unless it was closed before."""
        self._file.close()
        self._scratch.close()

    def _file_again(self) -> io.FileIO:
        return open_file(self._temporary)

    def _add(self, name: str, size: int, digest: str) -> None:
        """Take what was just written after `_end` as a whole member."""
        self._sum.add(name, size, digest)
        self._index[name] = Member(self._end + BLOCK, size)
        self._end += BLOCK + size + len(filling(size))

    @contextmanager
    def _appending(self, needed: int) -> Iterator[None]:
        """Let the body write after the last member; whatever fails there leaves no trace."""
        if self._drafting:
            raise UsageError("A bundle takes one draft at a time.", "Finish the draft first.")
        if self._file.closed:
            raise _finished()
        try:
            with self._medium(needed):
                yield
        except BaseException:
            self._cut()
            raise

    def _check_room(self) -> None:
        if len(self._index) >= MAX_MEMBERS:
            raise _finished()

    def _cut(self) -> None:
        with suppress(OSError):
            self._file.seek(self._end)
            self._file.truncate()


class _BundleDraft:
    """The last member of a bundle, whose header is written last."""

    def __init__(self, bundle: BundleWriter) -> None:
        self._bundle = bundle
        self._digest = hashlib.sha256()
        self._size = 0
        self._open = True

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Append `data` and return its length in bytes."""
        self._check()
        length = memoryview(data).nbytes
        try:
            with self._bundle._medium(self._size + length):
                write_all(self._bundle._file, data)
        except BaseException:
            self.close()
            raise
        self._digest.update(data)
        self._size += length
        return length

    def commit(self, name: str, *, sync: bool = True) -> bool:
        """Take what was written as member `name`."""
        self._check()
        bundle = self._bundle
        if bundle.exists(name):
            self.close()
            return False
        try:
            with bundle._medium(BLOCK):
                write_all(bundle._file, filling(self._size))
                bundle._file.seek(bundle._end)
                write_all(bundle._file, header(name, self._size))
            bundle._add(name, self._size, self._digest.hexdigest())
        finally:
            self.close()
        return True

    def mend(self, name: str) -> str | None:
        """Raise UsageError: a bundle is written once."""
        raise _written_once()

    def close(self) -> None:
        """Drop what was not committed."""
        if self._open:
            self._open = self._bundle._drafting = False
            self._bundle._cut()

    def _check(self) -> None:
        if not self._open:
            raise UsageError("This draft is finished.", "Begin another one.")


def _stamp(file: io.FileIO) -> tuple[int, int, int, int]:
    status = os.fstat(file.fileno())
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _place_of(path: str, label: str) -> tuple[str, str]:
    folder, name = os.path.split(path)
    return f"The bundle “{label or name}”", folder


def _written_once() -> UsageError:
    return UsageError("A bundle is written once.", "Write another bundle.")


def _finished() -> UsageError:
    return UsageError("This bundle takes nothing more.", "Begin another bundle.")


def _taken(location: str) -> UsageError:
    return UsageError(f"{location} is there already.", "Choose another name.")
