"""The digest of the tables' content: equal wherever the same entries were applied.

    digest.combine(
        digest.pair(id, device, sequence, position, "accepted", line) for …
    )                                                                     -> "5be0…"

Formula: docs/spec/index.md, "The digest". It needs no database: a drill computes what the tables
should give from opened batches alone. Never sees a row number or a term number.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from unburnt.crypto import hashing

LABEL = "unburnt/index-digest/v1"
_SLICE = 16_384  # pairs hashed at once: 1 MiB


def pair(
    identity: bytes, device: str, sequence: int, position: int, standing: str, line: bytes
) -> bytes:
    """Return the 64 bytes of one row: the statement's id and the hash of place, standing, line."""
    place = f'["{device}",{sequence},{position},"{standing}"]\n'
    return identity + sha256(place.encode() + line).digest()


def combine(pairs: Iterable[bytes]) -> str:
    """Return the digest, in hex, of rows in any order."""
    ordered = sorted(pairs)
    inner = sha256()
    for start in range(0, len(ordered), _SLICE):
        inner.update(b"".join(ordered[start : start + _SLICE]))
    return hashing.digest(LABEL, inner.digest()).hex()
