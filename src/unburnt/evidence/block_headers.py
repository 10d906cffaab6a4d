"""Bitcoin block headers that a person supplies: consecutive, each naming the one before it.

    headers = Headers.of(data, first=840_000)  # 80 bytes each
    headers.at(840_001)                        # Header(root=b"…", moment=datetime(…)) or None

    version 4 | hash of the one before 32 | Merkle root 32 | time 4 | target 4 | nonce 4   (LE)

Each must meet the target it states. That they are the chain everybody else sees is not checked and
cannot be here: docs/spec/time.md, "OpenTimestamps".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from unburnt.core.errors import ForeignDataError

SIZE = 80
MAX_HEADERS = 2_000_000  # all of them until about the year 2047
MAX_HEIGHT = 10_000_000


@dataclass(frozen=True, slots=True)
class Header:
    """What a proof is held against, and the header's own bytes."""

    raw: bytes

    @property
    def root(self) -> bytes:
        """The Merkle root, 32 bytes in the order of the header."""
        return self.raw[36:68]

    @property
    def moment(self) -> datetime:
        """When its miner says it was made."""
        return datetime.fromtimestamp(int.from_bytes(self.raw[68:72], "little"), UTC)

    @property
    def hash(self) -> bytes:
        """Double SHA-256, as the next header names it."""
        return hashlib.sha256(hashlib.sha256(self.raw).digest()).digest()

    @property
    def meets_target(self) -> bool:
        """Whether the work was done that the header says was to be done."""
        exponent, mantissa = self.raw[75], int.from_bytes(self.raw[72:75], "little")
        if not 3 <= exponent <= 32 or not 0 < mantissa < 0x800000:
            return False
        return int.from_bytes(self.hash, "little") <= mantissa << 8 * (exponent - 3)


@dataclass(frozen=True, slots=True)
class Headers:
    """Headers by height."""

    by_height: Mapping[int, Header]

    @classmethod
    def of(cls, data: bytes, first: int) -> Headers:
        """Return the headers of a file whose first has this height; ForeignDataError else."""
        count, rest = divmod(len(data), SIZE)
        if rest or not 1 <= count <= MAX_HEADERS or not 0 <= first <= MAX_HEIGHT:
            raise _malformed("is not a row of 80-byte headers")
        found: dict[int, Header] = {}
        before = b""
        for number in range(count):
            header = Header(data[number * SIZE : (number + 1) * SIZE])
            if before and header.raw[4:36] != before:
                raise _malformed(f"has a header that does not follow, at height {first + number}")
            before = header.hash
            if not header.meets_target:
                raise _malformed(f"has a header without its work, at height {first + number}")
            found[first + number] = header
        return cls(found)

    def at(self, height: int) -> Header | None:
        """Return the header at a height, when it was supplied."""
        return self.by_height.get(height)


def _malformed(why: str) -> ForeignDataError:
    return ForeignDataError(
        f"The file of block headers {why}.", "Export the headers again from a node you trust."
    )
