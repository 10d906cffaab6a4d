"""Commitments: fix every field of a statement, and open some of them later.

    salts   = field_salts(secret, position, 16)
    fields  = [commit(salt, name, json_bytes) for …]       32 bytes each
    id      = statement_id(fields)
    tree    = [id, id, …, filler, filler]                  up to a power of two

Formulas: docs/spec/statement.md, "Commitments and the id". Salted, so that a withheld value cannot
be guessed; all parts of fixed length, so that no two statements share an encoding.
This module never sees a whole statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

from unburnt.crypto import merkle
from unburnt.crypto.hashing import expand

SALT = 16  # bytes
_FIELD = b"unburnt/field/v1\0"
_STATEMENT = b"unburnt/statement/v1\0"
_SALT = b"unburnt/salt/v1\0"
_FILLER = b"unburnt/filler/v1\0"


def field_salts(secret: bytes, position: int, count: int) -> list[bytes]:
    """Return `count` 16-byte salts for the statement at `position` (from 0) of a batch."""
    block = expand(secret, _SALT + position.to_bytes(4, "big"), SALT * count)
    return [block[start : start + SALT] for start in range(0, SALT * count, SALT)]


def commit(salt: bytes, name: str, json: bytes | None) -> bytes:
    """Return the 32-byte commitment to one field; `json` is its canonical JSON, None if absent."""
    return sha256(b"".join((_FIELD, salt, _opening(name), json or b"null", b"]"))).digest()


def statement_id(commitments: Sequence[bytes]) -> bytes:
    """Return the 32-byte id of a statement from all its field commitments, in order."""
    return sha256(_STATEMENT + b"".join(commitments)).digest()


def identify(secret: bytes, position: int, fields: Sequence[tuple[str, bytes | None]]) -> bytes:
    """Return the id of the statement with these (name, JSON) fields at `position`."""
    block = expand(secret, _SALT + position.to_bytes(4, "big"), SALT * len(fields))
    # `field_salts`, `commit` and `statement_id` in one expression, twice as fast: all statements
    # of an archive pass through here.
    return sha256(
        _STATEMENT
        + b"".join(
            [
                sha256(
                    _FIELD + block[at : at + SALT] + _opening(name) + (json or b"null") + b"]"
                ).digest()
                for at, (name, json) in zip(range(0, len(block), SALT), fields, strict=True)
            ]
        )
    ).digest()


def bucket(count: int) -> int:
    """Return the number of leaves that hides `count` statements: the next power of two."""
    return 1 << max(count - 1, 0).bit_length()


def leaves(secret: bytes, ids: Sequence[bytes]) -> list[bytes]:
    """Return the RFC 6962 leaf hashes of a batch: its ids, then filler up to the bucket."""
    filler = (
        expand(secret, _FILLER + position.to_bytes(4, "big"), 32)
        for position in range(len(ids), bucket(len(ids)))
    )
    return [merkle.leaf_hash(leaf) for leaf in (*ids, *filler)]


@lru_cache(1024)
def _opening(name: str) -> bytes:
    """Return the canonical JSON of [name, value] up to the value."""
    return f'["{name}",'.encode("ascii")
