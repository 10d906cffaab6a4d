"""A time proof has one spelling, and says whose checkpoint it is and who asked, or is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.crypto import note
from unburnt.crypto.checkpoint import Checkpoint
from unburnt.crypto.note import Verifier
from unburnt.crypto.signing import SigningKey
from unburnt.model import time_proof
from unburnt.model.entry import signer_name
from unburnt.model.time_proof import TimeProof

ARCHIVE = "1d" * 32
LOG, ASKER, STRANGER = "a" * 26, "b" * 25 + "a", "c" * 25 + "a"
KEYS = {device: SigningKey.from_seed(device[:1].encode() * 32) for device in (LOG, ASKER, STRANGER)}


def verifier(device: str) -> Verifier:
    if device not in (LOG, ASKER):
        raise UsageError("The roster knows no such device.", "Fetch it.")
    return Verifier(signer_name(ARCHIVE, device), KEYS[device].public)


def checkpoint(size: int = 7, log: str = LOG, by: str = LOG) -> bytes:
    text = Checkpoint(signer_name(ARCHIVE, log), size, bytes(32)).text()
    return note.sign(text, signer_name(ARCHIVE, log), KEYS[by]).encode()


def proof(**changes: object) -> TimeProof:
    fields: dict[str, object] = {
        "archive": ARCHIVE,
        "log": LOG,
        "size": 7,
        "kind": time_proof.RFC3161,
        "authority": "freetsa",
        "by": ASKER,
        "asked": "2026-01-09T14:00:00Z",
        "checkpoint": checkpoint(),
        "request": b"request",
        "reply": b"reply",
    }
    return TimeProof(**(fields | changes))  # type: ignore[arg-type]


GOOD = time_proof.sign(proof(), KEYS[ASKER])


def test_what_was_signed_is_read_again() -> None:
    read = time_proof.read(GOOD, verifier)
    assert read == proof()
    assert read.imprint == time_proof.imprint(checkpoint())
    assert read.stamped().size == 7


@given(st.binary(min_size=1, max_size=200), st.binary(min_size=1, max_size=300))
def test_any_request_and_reply_come_back(request: bytes, reply: bytes) -> None:
    made = proof(request=request, reply=reply)
    assert time_proof.read(time_proof.sign(made, KEYS[ASKER]), verifier) == made


FALSE: dict[str, Callable[[], bytes]] = {
    "signed by another than who asked": lambda: time_proof.sign(proof(), KEYS[LOG]),
    "asked by a stranger": lambda: time_proof.sign(proof(by=STRANGER), KEYS[STRANGER]),
    "about a checkpoint of another size": lambda: time_proof.sign(proof(size=8), KEYS[ASKER]),
    "about a checkpoint of another log": lambda: time_proof.sign(
        proof(checkpoint=checkpoint(log=ASKER, by=ASKER)), KEYS[ASKER]
    ),
    "about a checkpoint that somebody else signed": lambda: time_proof.sign(
        proof(checkpoint=checkpoint(by=ASKER)), KEYS[ASKER]
    ),
    "about no checkpoint": lambda: time_proof.sign(proof(checkpoint=b"x"), KEYS[ASKER]),
    "of another archive": lambda: time_proof.sign(proof(archive="2e" * 32), KEYS[ASKER]),
    "with two signatures": lambda: note.add_signature(
        note.parse(GOOD), signer_name(ARCHIVE, LOG), KEYS[LOG]
    ).encode(),
    "with one line more": lambda: note.sign(
        proof().text() + "more\n", signer_name(ARCHIVE, ASKER), KEYS[ASKER]
    ).encode(),
    "with stray bits in base64": lambda: note.sign(
        proof(request=b"a").text().replace("request YQ==", "request YR=="),
        signer_name(ARCHIVE, ASKER),
        KEYS[ASKER],
    ).encode(),
    "a checkpoint instead": checkpoint,
    "nothing": lambda: b"",
}


@pytest.mark.parametrize("make", FALSE.values(), ids=FALSE.keys())
def test_what_is_false_is_refused(make: Callable[[], bytes]) -> None:
    with pytest.raises(ForeignDataError):
        time_proof.read(make(), verifier)


ILLEGAL = {
    "no size": {"size": 0},
    "a kind nobody knows": {"kind": "sundial"},
    "an authority with a space": {"authority": "free tsa"},
    "an authority with a line feed": {"authority": "a\nby x"},
    "a moment that is none": {"asked": "2026-13-09T14:00:00Z"},
    "a moment without zone": {"asked": "2026-01-09T14:00:00"},
    "an empty reply": {"reply": b""},
    "a reply that is too large": {"reply": bytes(time_proof.MAX_PART + 1)},
    "a log that is no id": {"log": "../x"},
}


@pytest.mark.parametrize("changes", ILLEGAL.values(), ids=ILLEGAL.keys())
def test_what_is_illegal_cannot_be_made(changes: dict[str, object]) -> None:
    with pytest.raises(ForeignDataError):
        proof(**changes)


def test_the_largest_proof_fits() -> None:
    made = proof(
        request=bytes(time_proof.MAX_REQUEST), reply=bytes(time_proof.MAX_PART), authority="a" * 63
    )
    grown = len(time_proof.sign(made, KEYS[ASKER])) + time_proof.MAX_PART * 4 // 3
    assert grown < time_proof.MAX_FILE


def test_a_flipped_byte_anywhere_is_refused_or_leaves_another_name() -> None:
    for place in range(len(GOOD)):
        flipped = bytearray(GOOD)
        flipped[place] ^= 0x01
        assert time_proof.digest(bytes(flipped)) != time_proof.digest(GOOD)
        with pytest.raises(ForeignDataError):
            time_proof.read(bytes(flipped), verifier)
