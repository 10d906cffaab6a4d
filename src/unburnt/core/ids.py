"""Opaque names: random ids for things, SHA-256 digests for bytes; each has exactly one spelling.

    mfrggzdfmztwq2lknnwg23tpoa      id: 16 random bytes in 26 characters of base32
    e3b0c442…7852b855               hash: 32 bytes in 64 lower-case hex characters

Base32 (RFC 4648 section 6, lower case, no padding) because an id is read aloud, typed, and used as
a file name on systems that ignore case. 26 characters carry 130 bits; the last two bits must be
zero, so the last character is one of `aeimquy4`.

An id never says anything about what it names: no time, no counter, no device.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from unburnt.core.errors import ForeignDataError, UsageError

ID_BYTES = 16
ID_CHARACTERS = 26
_ID = re.compile(r"[a-z2-7]{25}[aeimquy4]")
_HASH = re.compile(r"[0-9a-f]{64}")


def new_id(random: Callable[[int], bytes]) -> str:
    """Return a fresh id; `random(n)` gives n unpredictable bytes, as `os.urandom` does."""
    return encode_id(random(ID_BYTES))


def encode_id(raw: bytes) -> str:
    """Spell 16 bytes as an id; raises UsageError for any other length."""
    if len(raw) != ID_BYTES:
        raise UsageError(f"An id is made of {ID_BYTES} bytes, not {len(raw)}.", "Give 16 bytes.")
    return base64.b32encode(raw).decode("ascii").rstrip("=").lower()


def decode_id(text: object) -> bytes:
    """Return the 16 bytes an id spells; raises ForeignDataError for anything but an id."""
    return base64.b32decode(check_id(text).upper() + "======")


def check_id(text: object) -> str:
    """Return `text` if it is an id in its one legal spelling, else raise ForeignDataError."""
    if isinstance(text, str) and _ID.fullmatch(text):
        return text
    raise ForeignDataError(
        "This is not an id.", "An id is 26 characters a-z and 2-7, copied exactly as it was shown."
    )


def is_id(text: str) -> bool:
    """Tell whether a text is an id, rather than words."""
    return _ID.fullmatch(text) is not None


def check_hash(text: object) -> str:
    """Return `text` if it is a SHA-256 digest in lower-case hex, else raise ForeignDataError."""
    if isinstance(text, str) and _HASH.fullmatch(text):
        return text
    raise ForeignDataError(
        "This is not a SHA-256 digest.", "A digest is 64 characters 0-9 and a-f, in lower case."
    )
