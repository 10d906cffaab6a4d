"""A signed note, and the checkpoint in it."""

from __future__ import annotations

import json
from pathlib import Path

from unburnt.crypto import checkpoint, note

_VECTORS = Path(__file__).parents[1] / "vectors" / "crypto"
SEEDS = [
    case["note"].encode()
    for name in ("note", "checkpoint")
    for case in json.loads((_VECTORS / f"{name}.json").read_text())["cases"]
    if "note" in case
]


def fuzz(data: bytes) -> None:
    """Read the note, then the checkpoint."""
    checkpoint.parse_checkpoint(note.parse(data).text)
