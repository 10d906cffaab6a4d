"""A proof of OpenTimestamps, and an answer of a calendar."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.evidence.local_calendar import bitcoin, chain, pending, sha, sized
from unburnt.evidence import ots
from unburnt.evidence.block_headers import Headers

_ASKED = ots.ask_about(sha(b"unburnt"), bytes)
_ANSWERS = [
    b"\xf0" + sized(b"salt") + b"\x08" + pending("https://calendar.example"),
    b"\xf1" + sized(b"left") + b"\x08\x08" + bitcoin(800_000),
    b"\xff" + pending("https://calendar.example") + b"\x08\xff" + bitcoin(1) + bitcoin(2),
]
_HEADERS = chain([sha(b"1"), sha(b"2")])
SEEDS = [*map(_ASKED.joined, _ANSWERS), *_ANSWERS, _HEADERS]
_NOW = datetime(2030, 1, 1, tzinfo=UTC)


def fuzz(data: bytes) -> None:
    """Read it as a proof, as an answer to what was asked, and as block headers."""
    verdict = ots.judge(_ASKED.commitment, data, _ASKED.imprint, Headers({}).at, now=_NOW)
    assert not verdict.accepted  # no block was supplied
    if len(data) % 80 == 0:
        Headers.of(data, 0)
    _ASKED.joined(data)
