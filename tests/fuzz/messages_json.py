"""Exports in JSON: Telegram, Instagram."""

from __future__ import annotations

from tests.evidence.messages import examples
from unburnt.evidence.messages.reading import read

SEEDS = [examples.TELEGRAM, examples.INSTAGRAM]


def fuzz(data: bytes) -> None:
    """Read whatever begins like JSON."""
    read(b"{" + data[1:])
