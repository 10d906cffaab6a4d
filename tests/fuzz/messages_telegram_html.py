"""Pages exported by Telegram Desktop."""

from __future__ import annotations

from tests.evidence.messages import examples
from unburnt.evidence.messages.telegram_html import read

SEEDS = [examples.TELEGRAM_HTML]


def fuzz(data: bytes) -> None:
    """Read a page."""
    read(data)
