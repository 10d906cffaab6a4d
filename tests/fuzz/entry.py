"""An entry as it lies in a log."""

from __future__ import annotations

import json
from pathlib import Path

from unburnt.model import entry

_CASES = Path(__file__).parents[1] / "vectors" / "log" / "entries.json"
SEEDS = [case["note"].encode() for case in json.loads(_CASES.read_text())["cases"]]


def fuzz(data: bytes) -> None:
    """Read it."""
    entry.read(data)
