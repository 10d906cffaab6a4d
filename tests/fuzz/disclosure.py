"""A disclosure of one statement."""

from __future__ import annotations

import json
from pathlib import Path

from unburnt.model import disclosure

_CASES = Path(__file__).parents[1] / "vectors" / "statement" / "disclosure.json"
SEEDS = [case["disclosure"].encode() for case in json.loads(_CASES.read_text())["cases"]]


def fuzz(data: bytes) -> None:
    """Read it, and verify it against a root it cannot have."""
    disclosure.verify(disclosure.parse(data), bytes(32), 4)
