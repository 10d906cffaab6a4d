"""A line that gives at most so many bytes: whoever reads on finds its end.

    connection.connect()
    connection.sock = Bounded(connection.sock, 128 * 1024)

`http.client` trusts the sizes in an answer: after a chunk "of -1 bytes" it reads into memory
whatever comes, however little was asked for. Only what `http.client` calls is here.
"""

from __future__ import annotations

import io
import socket
from typing import Any


class Bounded:
    """A socket to write to, and to read `most` bytes from."""

    def __init__(self, line: socket.socket, most: int) -> None:
        self._line, self._most = line, most

    def sendall(self, data: bytes) -> None:
        """Write all of it."""
        self._line.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return what is read from the line; `mode` is "rb"."""
        raw = self._line.makefile(mode, buffering=0)  # type: ignore[call-overload]  # "rb" alone
        return io.BufferedReader(_Most(raw, self._most))

    def close(self) -> None:
        """Close the line, once what was read from it is closed as well."""
        self._line.close()


class _Most(io.RawIOBase):
    def __init__(self, file: io.RawIOBase, most: int) -> None:
        self._file, self._left = file, most

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int | None:
        count: int | None = self._file.readinto(memoryview(room)[: self._left])
        self._left -= count or 0
        return count

    def close(self) -> None:
        self._file.close()
        super().close()
