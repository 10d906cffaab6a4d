"""Letters."""

from __future__ import annotations

from tests.evidence.messages import examples
from unburnt.evidence.messages.mail import read

SEEDS = [examples.EML]


def fuzz(data: bytes) -> None:
    """Read a letter."""
    read(data)
