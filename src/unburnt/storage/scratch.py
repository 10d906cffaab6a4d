"""One writer's temporary files, all in one folder that nobody takes for content.

    site/.tmp-3f9a51c07be2d846/17     the seventeenth file this writer began

The folder is on the disk of the site, so that a finished file is moved, not copied. Its writer
holds a lock on it; what a killed writer left is swept away when the site is next opened.
It never holds anything that was acknowledged as durable.
"""
# Strings, not Paths: see `medium`.
# ruff: noqa: PTH102, PTH106, PTH108

from __future__ import annotations

import os
import sys
import time
import weakref
from contextlib import suppress

from unburnt.storage.medium import CREATE, lock, refuse_special

PREFIX = ".tmp-"
_YOUNG = 60.0  # seconds: its writer may not have locked it yet
_ANCIENT = 86_400.0  # seconds: abandoned even where nothing can be locked


class Scratch:
    """A folder for temporary files in `root`, made when first needed."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._folder: str | None = None
        self._count = 0
        self._release: weakref.finalize[[int], Scratch] | None = None

    def create(self) -> tuple[int, str]:
        """Return the descriptor (for writing) and path of a new, empty file, mode 0600."""
        if self._folder is None:
            self._folder = self._make()
        self._count += 1
        path = f"{self._folder}/{self._count}"
        return os.open(path, CREATE, 0o600), path

    def close(self) -> None:
        """Remove the folder and what is in it."""
        if self._folder is not None:
            with suppress(OSError):
                _remove(self._folder)
        if self._release is not None:
            self._release()
        self._folder = self._release = None

    def _make(self) -> str:
        folder = f"{self._root}/{PREFIX}{os.urandom(8).hex()}"
        os.mkdir(folder, 0o700)
        if sys.platform != "win32":
            descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
            lock(descriptor)
            self._release = weakref.finalize(self, os.close, descriptor)
        return folder


def sweep(root: str) -> None:
    """Remove what killed writers of this user left in `root`; never raises OSError."""
    with suppress(OSError), os.scandir(root) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    _sweep(entry.path)


def _sweep(folder: str) -> None:
    status = os.lstat(folder)
    refuse_special(status, folder=True)
    age = time.time() - status.st_mtime
    if age < _YOUNG or (hasattr(os, "geteuid") and status.st_uid != os.geteuid()):
        return
    if sys.platform == "win32":
        if age > _ANCIENT:
            _remove(folder)
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        free = lock(descriptor)
        if free or (free is None and age > _ANCIENT):
            _remove(folder)
    finally:
        os.close(descriptor)


def _remove(folder: str) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            os.unlink(entry.path)
    os.rmdir(folder)
