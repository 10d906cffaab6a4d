"""OpenTimestamps proofs: promised, kept, held against a block; nothing believed on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentimestamps.core.serialize import BytesDeserializationContext
from opentimestamps.core.timestamp import DetachedTimestampFile

from tests.evidence.local_calendar import (
    FIRST_TIME,
    LocalCalendar,
    bitcoin,
    chain,
    pending,
    sha,
    sized,
)
from unburnt.core.errors import ForeignDataError
from unburnt.evidence import ots
from unburnt.evidence.block_headers import Headers
from unburnt.evidence.time_verdict import Verdict

IMPRINT = sha(b"a checkpoint")
NOW = datetime(2026, 2, 1, tzinfo=UTC)
URL = "https://calendar.example"
HEIGHT = 101


def stamped() -> tuple[LocalCalendar, bytes, bytes]:
    """Return a calendar, what it was asked, and the pending proof."""
    calendar = LocalCalendar(URL)
    asked = ots.ask_about(IMPRINT, lambda size: bytes(range(size)))
    status, answer = calendar.answer("/digest", asked.commitment)
    assert status == 200
    return calendar, asked.commitment, asked.joined(answer)


def confirmed() -> tuple[bytes, bytes, Headers]:
    """Return what was asked, the complete proof, and the headers that bear it out."""
    calendar, commitment, proof = stamped()
    calendar.confirm(HEIGHT)
    (waiting,) = ots.read(proof).of_kind(ots.PENDING)
    status, answer = calendar.answer(f"/timestamp/{waiting.message.hex()}", b"")
    assert status == 200
    headers = Headers.of(chain([sha(b"before"), calendar.root, sha(b"after")]), HEIGHT - 1)
    return commitment, ots.upgraded(proof, waiting, answer), headers


COMMITMENT, PROOF, HEADERS = confirmed()


def judge(proof: bytes, headers: Headers = HEADERS, **changes: object) -> Verdict:
    given = {"request": COMMITMENT, "imprint": IMPRINT, "now": NOW}
    return ots.judge(proof=proof, header=headers.at, **(given | changes))  # type: ignore[arg-type]


def test_a_promise_is_pending_and_a_block_makes_it_true() -> None:
    _, commitment, proof = stamped()
    assert judge(proof).reason == "pending"
    assert judge(proof).waiting
    assert commitment == COMMITMENT != IMPRINT
    verdict = judge(PROOF)
    assert verdict.twice
    made = datetime.fromtimestamp(FIRST_TIME + 600, UTC)
    assert verdict.moment == made + timedelta(hours=2)


def test_the_stock_library_reads_what_we_write_as_it_would_write_it() -> None:
    for proof in (stamped()[2], PROOF):
        context = BytesDeserializationContext(proof)
        file = DetachedTimestampFile.deserialize(context)
        assert file.file_digest == IMPRINT
    ((message, attestation),) = file.timestamp.all_attestations()
    header = HEADERS.at(attestation.height)
    assert header is not None
    assert message == header.root


def test_the_calendar_sees_nothing_that_it_could_compare() -> None:
    random = iter([bytes(16), bytes([1]) * 16])
    first, second = (ots.ask_about(IMPRINT, lambda _: next(random)) for _ in range(2))
    assert len({first.commitment, second.commitment, IMPRINT}) == 3


REFUSED = {
    "about other bytes": ("other-imprint", lambda: judge(PROOF, imprint=bytes(32))),
    "to another request": ("other-request", lambda: judge(PROOF, request=bytes(32))),
    "of a block with another root": (
        "other-block",
        lambda: judge(PROOF, Headers.of(chain([sha(b"1"), sha(b"2"), sha(b"3")]), HEIGHT - 1)),
    ),
    "of a block at another height": (
        "other-block",
        lambda: judge(PROOF, Headers.of(chain([sha(b"0"), sha(b"1")]), HEIGHT)),
    ),
    "of a block nobody supplied": ("no-header", lambda: judge(PROOF, Headers({}))),
    "from the future": ("future", lambda: judge(PROOF, now=NOW - timedelta(days=60))),
    "that was cut": ("malformed", lambda: judge(PROOF[:-1])),
    "with something after it": ("malformed", lambda: judge(PROOF + b"\0")),
    "without a nonce": (
        "malformed",
        lambda: judge(ots.MAGIC + b"\1\x08" + IMPRINT + b"\x08" + bitcoin(HEIGHT)),
    ),
    "that is huge": ("malformed", lambda: judge(PROOF + bytes(ots.LIMIT))),
}


@pytest.mark.parametrize(("reason", "make"), REFUSED.values(), ids=REFUSED.keys())
def test_a_proof_is_refused(reason: str, make: Callable[[], Verdict]) -> None:
    verdict = make()
    assert (verdict.reason, verdict.moment) == (reason, None)


def test_a_flipped_bit_anywhere_is_refused() -> None:
    for place in range(len(PROOF)):
        for bit in range(8):
            flipped = bytearray(PROOF)
            flipped[place] ^= 1 << bit
            assert not judge(bytes(flipped)).accepted, (place, bit)


HEAD = PROOF[:84]  # up to what the calendar was asked: magic 31, 1, 1 + 32, 2 + 16, 1


def _answers() -> dict[str, bytes]:
    deep = (b"\xf0\x01x" * 251) + bitcoin(1)
    return {
        "an operation that nobody uses": b"\x03" + bitcoin(1),
        "an empty append": b"\xf0\x00" + bitcoin(1),
        "a message that grows without end": (b"\xf0" + sized(b"x" * 3000)) * 2 + pending(URL),
        "a tree that is too deep": deep,
        "too many forks": b"\xff\xf0\x01a" * 300,
        "a number in a longer spelling": b"\xf0\x81\x00x" + pending(URL),
        "a number without end": b"\xf0" + b"\xff" * 40,
        "an address with a query": pending(URL + "?a=b"),
        "an empty address": pending(""),
        "a block over no hash": b"\xf0\x01x" + bitcoin(1),
        "a height beyond all blocks": bitcoin(10**8),
        "one attestation twice": b"\xff" + pending(URL) + pending(URL),
        "one operation twice": (b"\xff\x08" + pending(URL)) + b"\x08" + pending(URL + "/b"),
        "nobody": b"",
    }


@pytest.mark.parametrize("answer", _answers().values(), ids=_answers().keys())
def test_a_calendar_that_answers_something_else_is_refused(answer: bytes) -> None:
    asked = ots.read(PROOF).asked
    assert asked.joined(PROOF[84:]) == PROOF
    with pytest.raises(ForeignDataError):
        asked.joined(answer)


def test_a_fork_and_an_unknown_attestation_are_carried() -> None:
    unknown = b"\x00" + bytes(8) + sized(b"payload")
    proof = ots.read(PROOF).asked.joined(
        b"\xff" + unknown + b"\xff\x08" + pending(URL) + PROOF[84:]
    )
    kinds = sorted(one.kind for one in ots.read(proof).attestations)
    assert kinds == [ots.BITCOIN, ots.PENDING, ots.UNKNOWN]
    assert judge(proof).accepted


def test_the_earliest_block_counts_and_a_false_one_spoils_all() -> None:
    asked = ots.read(PROOF).asked
    false = asked.joined(b"\xff\x08" + bitcoin(HEIGHT + 1) + PROOF[84:])
    assert judge(false).reason == "other-block"
    root = sha(asked.commitment)
    headers = Headers.of(chain([root, HEADERS.by_height[HEIGHT].root]), HEIGHT - 1)
    both = asked.joined(b"\xff\x08" + bitcoin(HEIGHT - 1) + PROOF[84:])
    assert judge(both, headers).moment == datetime.fromtimestamp(FIRST_TIME, UTC) + ots.INEXACT


@given(st.binary(max_size=200))
def test_hostile_answers_raise_one_error_only(answer: bytes) -> None:
    try:
        ots.read(HEAD + answer)
    except ForeignDataError:
        return


@given(st.integers(0, len(PROOF)), st.binary(max_size=6), st.integers(0, 6))
def test_hostile_edits_raise_one_error_only(at: int, put: bytes, gone: int) -> None:
    try:
        ots.read(PROOF[:at] + put + PROOF[at + gone :])
    except ForeignDataError:
        return
