"""An original out of a pipe: its bytes come once, and how many there are shows only at the end.

    with Piped(sys.stdin.buffer, "dump.sql", folder, random) as piped:
        for one in intake.take_open(piped): …

Up to 4 MiB wait in memory. What is longer is put aside in pieces, each sealed to a key that exists
in this memory alone, in a file without a name in `folder`: a header of a pack says the size, so
none can be written before the end was seen. Specification: docs/spec/log.md, "Packs".
Never writes a byte in clear; what was put aside cannot be opened once the program has ended.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from unburnt.core.errors import MediumError, UnburntError, UsageError
from unburnt.crypto import sealing
from unburnt.crypto.randomness import Random
from unburnt.crypto.sealing import Identity

PIECE = 4 * 2**20  # bytes, also of what waits in memory


class Piped:
    """Reads a stream to its end at once; then it is read like a file, as often as wanted.

    Raises UsageError for a stream that gives nothing, MediumError when it or the disk fails.
    """

    is_file = False

    def __init__(self, stream: BinaryIO, name: str, folder: Path, random: Random) -> None:
        self.path = name
        self.kind: str | None = None
        self.error: UnburntError | None = None
        self.size = self.mtime_ns = self.inode = 0
        self._identity = Identity.generate(random)
        self._aside: BinaryIO | None = None
        self._sealed: list[int] = []  # lengths of the sealed pieces in the file put aside
        self._memory = b""
        self._digest = ""
        try:
            self._read(stream, folder)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Piped:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of what was put aside; it was never anywhere else."""
        if self._aside is not None:
            self._aside.close()

    def read_into(self, room: memoryview) -> int:
        """Copy a small original into `room` and return its length."""
        room[: self.size] = self._memory
        return self.size

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes again; MediumError when the disk gave back others than it was given."""
        if self._aside is None:
            yield self._memory
            return
        running = hashlib.sha256()
        self._aside.seek(0)
        for length in self._sealed:
            piece = self._piece(self._aside, length)
            running.update(piece)
            yield piece
        if running.hexdigest() != self._digest:
            raise self._spoilt()

    def _piece(self, aside: BinaryIO, length: int) -> bytes:
        try:
            return sealing.unseal(aside.read(length), [self._identity])
        except (OSError, UnburntError) as error:
            raise self._spoilt() from error

    def _spoilt(self) -> MediumError:
        self.error = MediumError(
            "What was put aside for a moment did not come back from the disk as it was.",
            "Check the disk; then send it through the pipe again.",
        )
        return self.error

    def _read(self, stream: BinaryIO, folder: Path) -> None:
        running = hashlib.sha256()
        piece = _filled(stream)
        if not piece:
            raise UsageError(
                "Nothing came through the pipe.", "Check the program before it, then repeat."
            )
        while piece:
            self.size += len(piece)
            running.update(piece)
            following = _filled(stream) if len(piece) == PIECE else b""
            if self._aside is None and not following:
                self._memory = piece
            else:
                self._put_aside(piece, folder)
            piece = following
        self._digest = running.hexdigest()

    def _put_aside(self, piece: bytes, folder: Path) -> None:
        sealed = sealing.seal(piece, [self._identity.recipient])
        try:
            if self._aside is None:
                self._aside = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - see close
            self._aside.write(sealed)
        except OSError as error:
            raise MediumError(
                "There is no room to put aside what comes through the pipe.",
                "Make room on the disk of the archive: twice the size of the original.",
            ) from error
        self._sealed.append(len(sealed))


def _filled(stream: BinaryIO) -> bytes:
    """Return the next 4 MiB, fewer only at the end: a pipe gives a little at a time."""
    parts: list[bytes] = []
    missing = PIECE
    try:
        while missing and (part := stream.read(missing)):
            parts.append(part)
            missing -= len(part)
    except (OSError, ValueError) as error:
        raise MediumError(
            "The pipe cannot be read.", "Check the program before it, then repeat."
        ) from error
    return b"".join(parts)
