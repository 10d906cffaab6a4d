"""Block headers follow each other and did their work, or none of them is taken."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evidence.local_calendar import FIRST_TIME, chain, sha
from unburnt.core.errors import ForeignDataError
from unburnt.evidence.block_headers import Headers

ROOTS = [sha(b"one"), sha(b"two"), sha(b"three")]
GOOD = chain(ROOTS)
# The first block ever, as everybody knows it.
GENESIS = bytes.fromhex(
    "01000000" + "00" * 32 + "3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a"
    "29ab5f49" + "ffff001d" + "1dac2b7c"
)


def test_headers_are_found_by_their_height() -> None:
    headers = Headers.of(GOOD, 100)
    second = headers.at(101)
    assert second is not None
    assert second.root == ROOTS[1]
    assert second.moment == datetime.fromtimestamp(FIRST_TIME + 600, UTC)
    assert headers.at(99) is headers.at(103) is None


def test_the_first_block_of_bitcoin_is_one() -> None:
    header = Headers.of(GENESIS, 0).at(0)
    assert header is not None
    assert header.moment == datetime(2009, 1, 3, 18, 15, 5, tzinfo=UTC)
    assert header.hash[::-1].hex() == (
        "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
    )


BAD = {
    "nothing": b"",
    "a header that was cut": GOOD[:-1],
    "a header that does not follow": GOOD[:80] + GOOD[160:],
    "headers in another order": GOOD[80:160] + GOOD[:80],
    "a block of Bitcoin with another root": GENESIS[:40] + b"\0" + GENESIS[41:],
    "a target of nothing": GENESIS[:72] + bytes(4) + GENESIS[76:],
    "a target beyond all hashes": GENESIS[:75] + b"\xff" + GENESIS[76:],
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
def test_what_is_no_chain_is_refused(data: bytes) -> None:
    with pytest.raises(ForeignDataError):
        Headers.of(data, 0)


@pytest.mark.parametrize("first", [-1, 10**9])
def test_a_height_out_of_reach_is_refused(first: int) -> None:
    with pytest.raises(ForeignDataError):
        Headers.of(GOOD, first)


@given(st.binary(max_size=400))
def test_hostile_bytes_raise_one_error_only(data: bytes) -> None:
    try:
        Headers.of(data, 0)
    except ForeignDataError:
        return
    assert len(data) % 80 == 0
