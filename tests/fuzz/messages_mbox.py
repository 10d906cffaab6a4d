"""Mailboxes, in pieces."""

from __future__ import annotations

from tests.evidence.messages import examples
from unburnt.evidence.messages.mail import Mailbox

SEEDS = [examples.MBOX]


def fuzz(data: bytes) -> None:
    """Read a mailbox as it comes."""
    box = Mailbox()
    for start in range(0, len(data), 1000):
        box.feed(data[start : start + 1000])
    box.finish()
