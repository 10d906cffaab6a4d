"""Backups of text messages."""

from __future__ import annotations

from tests.evidence.messages import examples
from unburnt.evidence.messages.sms_xml import read

SEEDS = [examples.SMS]


def fuzz(data: bytes) -> None:
    """Read a backup."""
    read(data)
