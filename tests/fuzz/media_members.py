"""Archives, as the examining child opens them."""

from __future__ import annotations

import io

from tests.evidence.media_files import tarred, zipped
from unburnt.evidence import kinds
from unburnt.evidence.members import OPENED, members

SEEDS = [
    zipped({"a": b"x" * 50, "../b": b"y"}),
    tarred({"a": b"x"}, "w", links=("l",)),
    tarred({"a": b"x", "b": b"y" * 600}),
    tarred({"a": b"x"}, "w:bz2"),
    tarred({"a": b"x"}, "w:xz"),
]


def fuzz(data: bytes) -> None:
    """Take the members out of whatever opens as an archive."""
    kind = kinds.first_kind(data[: kinds.HEAD])
    if kind in OPENED:
        members(io.BytesIO(data), kind)
