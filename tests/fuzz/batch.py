"""A batch of statements as a hostile member could seal it: its three members, and a pack."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from unburnt.core.errors import ForeignDataError
from unburnt.model import statement as statements
from unburnt.model.batch import Batch
from unburnt.storage import pack

_CASES = Path(__file__).parents[1] / "vectors" / "statement" / "batch.json"
_LINES = [item["line"].encode() for item in json.loads(_CASES.read_text())["statements"]]
_BATCH = Batch.of([statements.parse(line) for line in _LINES], bytes(range(32)))
_FIRST = statements.parse(_LINES[0])
SEEDS = [
    b"\0".join(_BATCH.to_members()[name] for name in ("secret", "statements.jsonl", "ids")),
    pack.write(_BATCH.to_members()),
]


def fuzz(data: bytes) -> None:
    """Read it as both, and compute every id again."""
    with suppress(ForeignDataError):
        _look(pack.read(data))
    secret, _, rest = data.partition(b"\0")
    lines, _, ids = rest.partition(b"\0")
    _look({"secret": secret, "ids": ids, "statements.jsonl": lines})


def _look(members: dict[str, bytes]) -> None:
    batch = Batch.read(members)
    assert batch.to_members() == members
    batch.root()
    batch.check_fully(_FIRST.device, _FIRST.compartment)
