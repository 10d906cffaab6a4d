"""Chats exported as text by WhatsApp and Signal."""

from __future__ import annotations

from tests.evidence.messages import examples
from unburnt.evidence.messages.chat_text import read

SEEDS = [examples.ANDROID_RU, examples.IPHONE]


def fuzz(data: bytes) -> None:
    """Read a chat; also in an order that was asked for."""
    read(data, "dmy" if data[-1:] == b"!" else None)
