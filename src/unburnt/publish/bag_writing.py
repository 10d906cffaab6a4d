"""Writing a bag: every file hashed while it is written, durable, whole or not there at all.

    with Bag(Path("pack")) as bag:
        bag.put("data/note.txt", b"…")
        bag.put_pieces("data/photo.jpg", pieces)
        bag.finish({"Bagging-Date": "2018-02-01"})       # now it is at its name

It is written to a folder beside, synced, and renamed in one step; whatever ends it before, Ctrl-C
as well, leaves nothing. Equal files and equal words give equal bytes. Never overwrites.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType

from unburnt.core.errors import MediumError, UsageError
from unburnt.publish.bagit import (
    DECLARATION,
    INFO,
    PAYLOAD,
    is_inside,
    one_name,
    spell_manifest,
)

MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"

_DECLARED = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_TIME = 315_532_800  # 1980-01-01, the first moment that a ZIP file knows
_UNSAFE = re.compile(r"[^\w.-]+")
_LONGEST = 80  # characters of a harmless name
# A disk of Windows takes these for devices, whatever their ending.
_DEVICES = frozenset({"con", "prn", "aux", "nul"}) | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(10)
}


Piece = bytes | memoryview
Fill = Callable[[Callable[[Piece], object]], None]  # hands a file over, piece by piece


class Bag:
    """One bag in the making."""

    def __init__(self, target: Path) -> None:
        if os.path.lexists(target):
            raise _taken()
        self._target = target
        self._folder = aside(target)
        self._digests: dict[str, str] = {}
        self._names: set[str] = set()
        self.sizes: dict[str, int] = {}

    def __enter__(self) -> Bag:
        try:
            self._folder.mkdir(mode=0o700)
        except OSError as error:
            raise _failed() from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def folder(self) -> Path:
        """Where it is written before it gets its name."""
        return self._folder

    @property
    def digests(self) -> Mapping[str, str]:
        """The SHA-256 of every file so far, by its path."""
        return self._digests

    def put(self, path: str, data: bytes) -> None:
        """Write one file."""
        self.put_pieces(path, (data,))

    def put_pieces(self, path: str, pieces: Iterable[Piece]) -> str:
        """Write one file piece by piece; returns its SHA-256."""

        def fill(take: Callable[[Piece], object]) -> None:
            for piece in pieces:
                take(piece)

        return self.fill(path, fill)

    def fill(self, path: str, fill: Fill) -> str:
        """Write one file with what `fill` hands over, synced; returns its SHA-256.

        UsageError for a name that leads out or that some disk takes for another file's.
        """
        if not is_inside(path) or one_name(path) in self._names:
            raise UsageError("A file of the pack has an impossible name.", "Report this fault.")
        running = hashlib.sha256()
        try:
            place = self._folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as file:

                def take(piece: Piece) -> None:
                    running.update(piece)
                    file.write(piece)

                fill(take)
                self.sizes[path] = file.tell()
                file.flush()
                os.fsync(file.fileno())
            os.utime(place, (_TIME, _TIME))
        except OSError as error:
            raise _failed() from error
        self._names.add(one_name(path))
        self._digests[path] = running.hexdigest()
        return running.hexdigest()

    def finish(self, info: Mapping[str, str]) -> bytes:
        """Write what makes it a bag; returns the tag manifest, which names all else."""
        payload = {path: digest for path, digest in self._digests.items() if _is_payload(path)}
        total = sum(self.sizes[path] for path in payload)
        lines = {**info, "Payload-Oxum": f"{total}.{len(payload)}"}
        self.put(DECLARATION, _DECLARED)
        self.put(INFO, "".join(f"{k}: {_one_line(v)}\n" for k, v in sorted(lines.items())).encode())
        self.put(MANIFEST, spell_manifest(payload))
        tags = {path: digest for path, digest in self._digests.items() if not _is_payload(path)}
        data = spell_manifest(tags)
        self.put(TAG_MANIFEST, data)
        return data

    def settle(self) -> None:
        """Give the finished bag its name, durably; UsageError when the name is taken meanwhile."""
        try:
            for folder, _, _ in os.walk(self._folder, topdown=False):
                _sync(Path(folder))
                os.utime(folder, (_TIME, _TIME))
            if os.path.lexists(self._target):
                raise _taken()
            self._folder.rename(self._target)
            _sync(self._target.parent)
        except OSError as error:
            raise _failed() from error


def aside(target: Path) -> Path:
    """Return where something is written by this process before it gets its name."""
    return target.parent / f".{target.name}.part-{os.getpid()}"


def harmless(name: str) -> str:
    """Return a file name without anything that a disk, a shell or a page could misread.

    Letters and digits of any script, dots, dashes and underlines stay; at most 80 characters.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    plain = _UNSAFE.sub("-", last).strip("-. ")
    stem, dot, ending = plain.rpartition(".")
    if dot and len(ending) <= 10:
        plain = f"{stem[: _LONGEST - len(ending) - 1].rstrip('-. ')}.{ending}"
    plain = plain[:_LONGEST].strip("-. ")
    if plain.partition(".")[0].casefold() in _DEVICES:
        plain = f"file-{plain}"
    return plain or "file"


def _is_payload(path: str) -> bool:
    return path.startswith(PAYLOAD)


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _failed() -> MediumError:
    return MediumError("The pack cannot be written.", "Check the disk and its space.")


def _taken() -> UsageError:
    return UsageError("There is something of that name already.", "Choose another folder.")
