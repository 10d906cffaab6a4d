"""An age file."""

from __future__ import annotations

from unburnt.crypto import sealing

_ALICE = sealing.Identity.from_secret(bytes(range(32)))
SEEDS = [sealing.seal(b"plain " * size, [_ALICE.recipient]) for size in (1, 30_000)]


def fuzz(data: bytes) -> None:
    """Open it."""
    sealing.unseal(data, [_ALICE])
