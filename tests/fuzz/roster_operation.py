"""An operation of the roster, signed."""

from __future__ import annotations

import json
from pathlib import Path

from unburnt.crypto import note
from unburnt.crypto.signing import SigningKey
from unburnt.model import roster_file

_CASES = Path(__file__).parents[1] / "vectors" / "roster" / "operations.json"
_KEY = SigningKey.from_seed(bytes(range(32)))
_WORLD = json.loads(_CASES.read_text())
_TEXTS = [*_WORLD["refused"].values(), *(case["text"] for case in _WORLD["sound"].values())]
SEEDS = [note.sign(text, f"unburnt/{'0' * 64}/{'a' * 26}", _KEY).encode() for text in _TEXTS]


def fuzz(data: bytes) -> None:
    """Read it."""
    roster_file.parse_op(data)
