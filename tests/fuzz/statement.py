"""The line of a statement."""

from __future__ import annotations

import json
from pathlib import Path

from unburnt.model import statement

_CASES = Path(__file__).parents[1] / "vectors" / "statement" / "batch.json"
SEEDS = [item["line"].encode() for item in json.loads(_CASES.read_text())["statements"]]


def fuzz(data: bytes) -> None:
    """Read it; what is read has one spelling, the very same."""
    read = statement.parse(data)
    assert statement.line_of(statement.field_bytes(read)) == data
