"""Any export: the choice of the format, and archives."""

from __future__ import annotations

from tests.evidence.messages import examples
from unburnt.evidence.messages.reading import Reader

SEEDS = [*examples.ALL.values()]


def fuzz(data: bytes) -> None:
    """Read an export as it comes."""
    reader = Reader()
    for start in range(0, len(data), 5000):
        reader.feed(data[start : start + 5000])
    reader.finish()
