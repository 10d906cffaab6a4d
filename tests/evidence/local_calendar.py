"""A calendar of OpenTimestamps and a chain of blocks of our own.

calendar = LocalCalendar()
with serving(calendar.answer) as calendar.url: ...
calendar.confirm(height=101)               # from now on it knows the block
headers = chain([b"…root…", calendar.root]) # 80-byte headers with the least work there is
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

PENDING = bytes.fromhex("83dfe30d2ef90c8e")
BITCOIN = bytes.fromhex("0588960d73d71901")
EASY = 0x207FFFFF  # every second hash meets it
FIRST_TIME = 1_767_225_600  # 2026-01-01


def sha(data: bytes) -> bytes:
    """Return SHA-256."""
    return hashlib.sha256(data).digest()


def number(value: int) -> bytes:
    """Return LEB128."""
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def sized(data: bytes) -> bytes:
    """Return the length and the bytes."""
    return number(len(data)) + data


def pending(url: str) -> bytes:
    """Return a pending attestation."""
    return b"\x00" + PENDING + sized(sized(url.encode()))


def bitcoin(height: int) -> bytes:
    """Return an attestation by a block."""
    return b"\x00" + BITCOIN + sized(number(height))


@dataclass
class LocalCalendar:
    """Promises at once, and keeps the promise when a block is confirmed."""

    url: str = ""
    height: int = 0
    seen: list[bytes] = field(default_factory=list)

    def confirm(self, height: int) -> None:
        """Let a block commit to everything seen so far."""
        self.height = height

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Answer /digest and /timestamp/…"""
        if path == "/digest" and len(body) == 32:
            self.seen.append(body)
            return 200, b"\xf0" + sized(b"salt") + b"\x08" + pending(self.url)
        _, _, asked = path.rpartition("/")
        if self.height and path.startswith("/timestamp/") and bytes.fromhex(asked) in self.known:
            return 200, b"\xf1" + sized(b"left") + b"\x08\x08" + bitcoin(self.height)
        return 404, b"not yet"

    @property
    def known(self) -> list[bytes]:
        """What was promised, as it is asked for later."""
        return [sha(digest + b"salt") for digest in self.seen]

    @property
    def root(self) -> bytes:
        """The root of the block that commits to the first promise."""
        return sha(sha(b"left" + self.known[0]))


def chain(roots: list[bytes], before: bytes = bytes(32), bits: int = EASY) -> bytes:
    """Return headers with these Merkle roots, ten minutes apart, each with its work done."""
    made = b""
    for place, root in enumerate(roots):
        moment = (FIRST_TIME + 600 * place).to_bytes(4, "little")
        for nonce in range(10_000):
            fields = [b"\4\0\0\0", before, root, moment, bits.to_bytes(4, "little")]
            header = b"".join(fields) + nonce.to_bytes(4, "little")
            if sha(sha(header))[-1] < 0x7F:
                break
        before = sha(sha(header))
        made += header
    return made
