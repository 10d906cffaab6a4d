"""Random bytes come from the caller, so that a value can be made again in a test.

    draw(secrets.token_bytes, 32) -> 32 bytes

Never a generator of its own: this room holds no state and asks no operating system.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from unburnt.core.errors import UsageError

Random: TypeAlias = Callable[[int], bytes]
"""Given a count, returns that many unpredictable bytes, as `secrets.token_bytes` does."""


def draw(random: Random, length: int) -> bytes:
    """Return `length` bytes from `random`; UsageError if it gave another count.

    A source that falls short would otherwise make a key that is silently weaker.
    """
    data = bytes(random(length))
    if len(data) != length:
        raise UsageError(
            "The source of randomness gave another number of bytes than asked.",
            "Use the operating system's source, such as secrets.token_bytes.",
        )
    return data
