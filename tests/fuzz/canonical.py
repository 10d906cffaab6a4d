"""Canonical bytes: ours and the stranger's reader must take the same bytes for the same value."""

from __future__ import annotations

from contextlib import suppress

from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError
from unburnt.publish import verify_proof

SEEDS = [
    '{"a":[1,null,true,-7],"b":{"é":"ё\\u0000\\n","ж":9007199254740991}}'.encode(),
    b"[" * 31 + b"[]" + b"]" * 31,
    b"[" * 32 + b"[]" + b"]" * 32,
    '{"\ue000":1,"\U00010000":2}'.encode(),
    '{"\U00010000":2,"\ue000":1}'.encode(),
    '"\\nе\u0308"'.encode(),
    b"[-0,1.0,1e3,9007199254740992]",
    b'"\\ud800"',
]


def fuzz(data: bytes) -> None:
    """Read it twice; the same value or two refusals come of it."""
    ours: object = None
    with suppress(ForeignDataError):
        ours = [canonical.decode(data, 2**20)]
    try:
        theirs: object = [verify_proof._decode(data)]
    except (ValueError, RecursionError):
        theirs = None
    assert ours == theirs, (ours, theirs)
