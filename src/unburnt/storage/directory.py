"""A site that is a folder: this disk, a USB stick, a mounted share.

    stick/
    ├── ARCHIVE
    ├── objects/ab/abcd…            mode 0600, folders 0700
    ├── log/<device>/0000000001
    ├── quarantine/objects/ab/…-1   damaged bytes that were replaced
    └── .tmp-3f9a51c07be2d846/      what is being written

A file is written aside, synced, and only then given its name; so a name never shows half a file,
not even after the power went. What is put with sync=False is readable at once through this backend
and gets its name at `flush`.

It never follows a link, never writes into a folder that is not the one it was opened on (a stick
that was pulled out leaves an empty folder behind), and never removes anything but its own
temporary files and sealed keys that it is told to destroy.
"""
# Strings, not Paths: see `medium`.
# ruff: noqa: PTH102, PTH108, PTH116, PTH119

from __future__ import annotations

import errno
import filecmp
import io
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from unburnt.core.errors import MediumError, UsageError
from unburnt.storage.backend import (
    Draft,
    check_length,
    check_name,
    check_prefix,
    check_range,
    missing,
)
from unburnt.storage.listing import asides, walk
from unburnt.storage.medium import (
    ReadingFile,
    discard,
    each,
    free_in,
    make_folder,
    medium_error,
    on_medium,
    open_file,
    place,
    refuse_special,
    sync_file,
    sync_folder,
    unlink_each,
    write_all,
)
from unburnt.storage.names import destroyable_name, rank
from unburnt.storage.scratch import Scratch, sweep

_BUFFER = 1 << 20


class DirectoryBackend:
    """Immutable files below `path`; `label` is what messages call it (default: its last part)."""

    def __init__(self, path: Path | str, *, create: bool = False, label: str = "") -> None:
        self._root = os.path.realpath(path)
        self._location = f"The folder {label or os.path.basename(self._root) or 'at the top'}"
        self._folders: set[str] = set()  # looked at and found to be real folders
        self._pending: dict[str, str] = {}  # name → temporary file that `flush` will place
        self._rank = 0  # the lowest rank pending
        self._lock = threading.RLock()
        with self._medium():
            if create:
                make_folder(self._root)
            self._identity = self._look()
        sweep(self._root)
        self._scratch = Scratch(self._root)

    @property
    def location(self) -> str:
        """What to call this place in a message."""
        return self._location

    def names(self, prefix: str = "") -> Iterator[str]:
        """Yield the names that begin with `prefix`, sorted; flushes first."""
        check_prefix(prefix)
        self.flush()
        return self._list(prefix)

    def exists(self, name: str) -> bool:
        """Tell whether `name` is there."""
        if check_name(name) in self._pending:
            return True
        try:
            return self._is_there(name)
        except OSError as error:
            raise medium_error(error, self._location, None, None) from error

    def size(self, name: str) -> int:
        """Return the size of a blob in bytes."""
        with self._open(name) as file:
            return os.fstat(file.fileno()).st_size

    def get(self, name: str, limit: int) -> bytes:
        """Return a whole blob of at most `limit` bytes."""
        with self._open(name) as file:
            size = os.fstat(file.fileno()).st_size
            check_length(name, size, limit)
            return self._exactly(file, name, size)

    def get_range(self, name: str, start: int, length: int) -> bytes:
        """Return exactly `length` bytes from `start`."""
        with self._open(name) as file:
            check_range(name, os.fstat(file.fileno()).st_size, start, length)
            file.seek(start)
            return self._exactly(file, name, length)

    def open_read(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a blob to be read forward."""
        file = self._open(name)
        size = os.fstat(file.fileno()).st_size
        return io.BufferedReader(ReadingFile(file, size, self._location), _BUFFER)

    def put(self, name: str, data: bytes, *, sync: bool = True) -> bool:
        """Keep `data` under `name`, or return False when `name` is there."""
        with self._lock:
            if self.exists(name):
                return False
            with self._medium(len(data)):
                return self._adopt(name, self._write(data), sync=sync)

    @contextmanager
    def draft(self) -> Iterator[Draft]:
        """Begin a blob whose name is known only after writing."""
        draft = _DirectoryDraft(self)
        try:
            yield draft
        finally:
            draft.close()

    def mend(self, name: str, data: bytes) -> str | None:
        """Replace bytes that failed verification and keep them in quarantine."""
        check_name(name)
        with self._lock, self._medium(len(data)):
            return self._replace(name, self._write(data))

    def destroy(self, name: str) -> bool:
        """Unlink a sealed key, what `mend` kept of it first, and sync their folders."""
        destroyable_name(name)
        with self._lock, self._medium():
            self._same_place()
            self._flush()
            found = asides(self._root, f"quarantine/{name}", self._check_folders)
            found += [name] if self._is_there(name) else []
            unlink_each(self._path(one) for one in found)
            return bool(found)

    def flush(self) -> None:
        """Make every write so far durable."""
        with self._lock:
            if self._pending:
                with self._medium():
                    self._flush()

    def free_bytes(self) -> int | None:
        """Return how many bytes still fit."""
        return free_in(self._root)

    def close(self) -> None:
        """Flush and remove what is left of temporary files."""
        try:
            self.flush()
        finally:
            self._scratch.close()

    def _medium(self, needed: int | None = None) -> AbstractContextManager[None]:
        return on_medium(self._location, self._root, needed)

    def _look(self) -> tuple[int, int]:
        refuse_special(status := os.stat(self._root), folder=True)
        return status.st_dev, status.st_ino

    def _same_place(self) -> None:
        if self._look() != self._identity:
            raise FileNotFoundError(errno.ENOENT, "another folder has taken this place")

    def _check_folders(self, name: str) -> None:
        """Raise OSError unless every folder above `name` is there and none is a link."""
        folder = name.rpartition("/")[0]
        if folder in self._folders or not folder:
            return
        self._check_folders(folder)
        refuse_special(os.lstat(f"{self._root}/{folder}"), folder=True)
        self._folders.add(folder)

    def _is_there(self, name: str) -> bool:
        try:
            self._check_folders(name)
            refuse_special(os.lstat(f"{self._root}/{name}"))
        except FileNotFoundError:
            self._same_place()  # a stick that was pulled out is not an empty site
            return False
        return True

    def _open(self, name: str) -> io.FileIO:
        check_name(name)
        with self._medium():
            aside = self._pending.get(name)
            if aside is not None:
                with suppress(FileNotFoundError):  # placed by another thread in this moment
                    return open_file(aside)
            try:
                self._check_folders(name)
                return open_file(f"{self._root}/{name}")
            except FileNotFoundError:
                self._same_place()
        raise missing(name)

    def _exactly(self, file: io.FileIO, name: str, length: int) -> bytes:
        with self._medium():
            data = file.read(length)
            while len(data) < length and (more := file.read(length - len(data))):
                data += more
        check_range(name, len(data), 0, length)
        return data

    def _list(self, prefix: str) -> Iterator[str]:
        with self._medium():
            self._same_place()
            yield from walk(self._root, prefix)
            self._same_place()

    def _write(self, data: bytes) -> str:
        descriptor, path = self._create()
        try:
            with io.FileIO(descriptor, "wb") as file:
                write_all(file, data)
        except BaseException:
            discard(path)
            raise
        return path

    def _create(self) -> tuple[int, str]:
        with self._lock:
            self._same_place()
            return self._scratch.create()

    def _adopt(self, name: str, path: str, *, sync: bool) -> bool:
        """Take a written file as `name`: now, or with the next flush."""
        if self._pending and rank(name) > self._rank:
            try:
                self._flush()
            except BaseException:
                discard(path)
                raise
        self._rank = min(rank(name), self._rank) if self._pending else rank(name)
        self._pending[name] = path
        return name not in self._flush(name) if sync else True

    def _flush(self, asked: str = "") -> set[str]:
        """Place all that is pending; `asked` is returned if another writer has just taken it."""
        pending, self._pending = self._pending, {}
        try:
            each(sync_file, pending.values())
            dirty = {folder for name in pending for folder in self._make_folders(name)}
            taken = {name for name, path in pending.items() if not place(path, self._path(name))}
            each(sync_folder, dirty)
            for name in taken:
                self._settle(name, pending[name], asked)
        except BaseException:
            self._folders.clear()  # some may not be durable yet: look at them again
            for path in pending.values():
                discard(path)
            raise
        return taken

    def _settle(self, name: str, path: str, asked: str) -> None:
        """Drop a file whose name another writer took, if that writer's bytes are the same."""
        if name != asked and not filecmp.cmp(path, self._path(name), shallow=False):
            raise MediumError(
                f"{self._location} was written by two programs at once.",
                "Close the other program, then repeat the last step.",
            )
        os.unlink(path)

    def _replace(self, name: str, path: str) -> str | None:
        """Put damaged bytes aside and a written file in their place."""
        aside = None
        try:
            self._flush()
            sync_file(path)
            dirty = set(self._make_folders(name))
            if os.path.lexists(self._path(name)):
                aside = self._put_aside(name, dirty)
            # Between these two the name is missing, which is no worse than damaged.
            place(path, self._path(name))
            each(sync_folder, dirty)
        except BaseException:
            discard(path)
            raise
        return aside

    def _put_aside(self, name: str, dirty: set[str]) -> str:
        number = 1
        while True:
            aside = f"quarantine/{name}-{number}"
            dirty.update(self._make_folders(aside))
            if place(self._path(name), self._path(aside)):
                return aside
            number += 1

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _make_folders(self, name: str) -> list[str]:
        """Make the folders above `name`; return the paths of those that must be synced."""
        folder = name.rpartition("/")[0]
        if not folder:
            return [self._root]
        path = self._path(folder)
        if folder in self._folders:
            return [path]
        above = self._make_folders(folder)
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            refuse_special(os.lstat(path), folder=True)
        self._folders.add(folder)
        return [path, *above]


class _DirectoryDraft:
    """A temporary file waiting for its name."""

    def __init__(self, backend: DirectoryBackend) -> None:
        self._backend = backend
        self._size = 0
        with backend._medium():
            descriptor, self._path = backend._create()
        self._file: io.FileIO | None = io.FileIO(descriptor, "wb")

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Append `data` and return its length in bytes."""
        length = memoryview(data).nbytes
        with self._backend._medium(self._size + length):
            try:
                write_all(self._open(), data)
            except BaseException:
                self.close()
                raise
        self._size += length
        return length

    def commit(self, name: str, *, sync: bool = True) -> bool:
        """Put what was written under `name`."""
        backend = self._backend
        with backend._lock:
            self._open()
            if backend.exists(name):
                self.close()
                return False
            with backend._medium(self._size):
                return backend._adopt(name, self._take(), sync=sync)

    def mend(self, name: str) -> str | None:
        """Replace damaged bytes by what was written."""
        check_name(name)
        with self._backend._lock, self._backend._medium(self._size):
            return self._backend._replace(name, self._take())

    def close(self) -> None:
        """Remove the file unless it was committed."""
        if self._file is not None:
            self._file.close()
            self._file = None
            discard(self._path)

    def _open(self) -> io.FileIO:
        if self._file is None:
            raise UsageError("This draft is finished.", "Begin another one.")
        return self._file

    def _take(self) -> str:
        self._open().close()
        self._file = None
        return self._path
