"""A line that gives at most so many bytes: whoever reads on finds its end.

    connection.connect()
    connection.sock = Bounded(connection.sock, 128 * 1024)

`http.client` trusts the sizes in an answer: of a chunk "of -1 bytes" it reads into memory whatever
comes, and for one of 2^63 it asks for the memory first. Only what `http.client` calls is here.
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
        return _Reader(_Most(raw, self._most), self._most)

    def close(self) -> None:
        """Close the line, once what was read from it is closed as well."""
        self._line.close()


class _Reader(io.BufferedReader):
    """Reads no more at a time than there can be: it would ask for the memory of all of it."""

    def __init__(self, raw: io.RawIOBase, most: int) -> None:
        super().__init__(raw)
        self._most = most

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = self._most if size is None or size < 0 else min(size, self._most)
        return super().read(wanted)


class _Most(io.RawIOBase):
    """Ends after so many bytes."""

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
