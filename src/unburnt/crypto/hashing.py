"""SHA-256 under a label, and keys stretched from a key.

    digest("unburnt/field/v1", data) = SHA-256("unburnt/field/v1" ‖ 0x00 ‖ data)

The label says what a hash is for, so that bytes made for one purpose can never pass for another;
every label is listed in docs/spec/crypto.md section 2. Never hashes without a label: the plain
SHA-256 of stored bytes (an object's name) is taken where the bytes are.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from unburnt.core.errors import UsageError

SIZE = 32
"""Length of a SHA-256 digest in bytes."""

EXPAND_LIMIT = 255 * SIZE
"""The most bytes HKDF-Expand can give (RFC 5869 section 2.3)."""


def digest(label: str, data: bytes) -> bytes:
    """Return the 32 bytes SHA-256(label ‖ 0x00 ‖ data); UsageError for an illegal label."""
    return hashlib.sha256(_prefix(label) + data).digest()


def labelled(label: str, data: bytes) -> bytes:
    """Return label ‖ 0x00 ‖ data: the message to sign where a format has no label of its own.

    The zero byte keeps it apart from every signed note, which may not contain one.
    """
    return _prefix(label) + data


def expand(key: bytes, info: bytes, length: int) -> bytes:
    """Return `length` bytes stretched from a uniformly random 32-byte key.

    HKDF-Expand with SHA-256 (RFC 5869 section 2.3); UsageError for a key that is not 32 bytes,
    an empty `info` or a length outside 1..8160.
    """
    if len(key) != SIZE or not info or not 1 <= length <= EXPAND_LIMIT:
        raise UsageError(
            "A key is stretched from 32 bytes, for a named purpose, to at most 8160 bytes.",
            "Correct the call.",
        )
    return HKDFExpand(algorithm=SHA256(), length=length, info=info).derive(key)


@lru_cache(maxsize=256)
def _prefix(label: str) -> bytes:
    if not label.isascii() or not label.isprintable() or not label or " " in label:
        raise UsageError("A label is printable ASCII without spaces.", "Correct the call.")
    return label.encode("ascii") + b"\x00"
