"""What a witness answers is frozen, requests have one spelling, and nonsense ends well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.crypto import note
from unburnt.crypto.checkpoint import Checkpoint, cosign, verify_cosignature
from unburnt.crypto.merkle import Tree, leaf_hash
from unburnt.crypto.note import COSIGNATURE, Note, Verifier
from unburnt.crypto.signing import SigningKey
from unburnt.crypto.witness import (
    Seen,
    answer,
    cosignature,
    new_secret,
    parse_request,
    parse_secret,
    read_answer,
    read_size,
    refusal,
    request_for,
    spell_secret,
)

PATH = Path(__file__).parents[1] / "vectors" / "witness" / "add-checkpoint.json"
FROZEN = json.loads(PATH.read_text(encoding="utf-8"))
CASES = {case["case"]: case for case in FROZEN["cases"]}
LOG = note.parse_vkey(FROZEN["log"])
NAME, KEY = parse_secret(FROZEN["witness"])
WITNESS = note.parse_vkey(FROZEN["witness_vkey"], COSIGNATURE)
GOOD = CASES["a log that grew from 1 to 3"]["request"].encode()
ANSWER = CASES["a log that grew from 1 to 3"]["answer"].encode()


def judged(case: dict[str, Any]) -> tuple[int, str | None]:
    """Return status and body, as a witness with this memory gives them."""
    known = case["seen"]
    seen = Seen(known["size"], bytes.fromhex(known["root"]), known["time"], b"") if known else None
    try:
        request = parse_request(case["request"].encode())
    except ForeignDataError:
        return 400, None
    log = LOG if request.checkpoint.origin == LOG.name else None
    no = refusal(request, log, seen)
    if no is not None:
        return no.status, no.body.decode() if no.status == 409 else None
    after = cosignature(request, LOG, NAME, KEY, FROZEN["now"], seen)
    return 200, answer(after).body.decode()


@pytest.mark.parametrize("name", CASES)
def test_the_frozen_answer_is_given(name: str) -> None:
    assert judged(CASES[name]) == (CASES[name]["status"], CASES[name]["answer"])


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if c["status"] != 400])
def test_a_request_has_one_spelling(name: str) -> None:
    spelled = CASES[name]["request"].encode()
    assert parse_request(spelled).encode() == spelled


@given(st.integers(1, 40), st.integers(0, 40))
def test_every_growth_is_accepted_and_verified(old: int, more: int) -> None:
    leaves = [leaf_hash(str(n).encode()) for n in range(old + more)]
    key = SigningKey.from_seed(b"k" * 32)
    log = Verifier("o", key.public)
    before, tree = Tree.of(leaves[:old]), Tree.of(leaves)
    signed = note.sign(Checkpoint("o", tree.size, tree.root).text(), "o", key)
    seen = Seen(old, before.root, 5, b"")
    request = parse_request(request_for(signed, tree, old).encode())
    assert refusal(request, log, seen) is None
    after = cosignature(request, log, NAME, KEY, 7, seen)
    kept = read_answer(signed, log, WITNESS, answer(after).body)
    assert verify_cosignature(kept, WITNESS) == 7
    assert kept.encode() == after.note


def test_a_request_is_made_of_the_tree_that_was_signed() -> None:
    request = parse_request(GOOD)
    with pytest.raises(UsageError):
        request_for(request.note, Tree.of([leaf_hash(b"z")] * 3), 0)


@given(st.data())
def test_a_changed_request_is_refused_or_its_signature_fails(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(GOOD) - 1))
    changed = GOOD[:at] + data.draw(st.binary(max_size=2)) + GOOD[at + 1 :]
    if changed == GOOD:
        return
    seen = CASES["a log that grew from 1 to 3"]["seen"]
    before = Seen(seen["size"], bytes.fromhex(seen["root"]), 0, b"")
    try:
        request = parse_request(changed)
    except ForeignDataError:
        return
    log = LOG if request.checkpoint.origin == LOG.name else None
    no = refusal(request, log, before)
    if no is None:  # what was added lies in a line of a key that nobody knows
        assert request.note.text == parse_request(GOOD).note.text


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_refused(data: bytes) -> None:
    for parse in (parse_request, read_size):
        try:
            parse(data)
        except ForeignDataError:
            continue


STRANGER = SigningKey.from_seed(b"s" * 32)
SIGNED = parse_request(GOOD).note


def strange(name: str) -> bytes:
    return f"{cosign(SIGNED, name, STRANGER, 1).signatures[-1].line()}\n".encode()


NONSENSE = {
    "nothing": b"",
    "a page of a hotel's network": b"<html>Log in</html>",
    "bytes": b"\xff\x00",
    "the line of another key": strange("x"),
    "our name with another key": strange(NAME),
    "a line that was cut": ANSWER[:-8] + b"\n",
    "a cosignature of another checkpoint": CASES["a first checkpoint"]["answer"].encode(),
    "no line feed": ANSWER[:-1],
    "a hundred lines and one": ANSWER * 101,
}


@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE.keys())
def test_an_answer_that_is_not_what_it_should_be_is_refused(body: bytes) -> None:
    with pytest.raises(ForeignDataError):
        read_answer(SIGNED, LOG, WITNESS, body)


def test_lines_of_other_keys_are_left_out_of_an_answer() -> None:
    other = strange("x")
    kept = read_answer(SIGNED, LOG, WITNESS, other + ANSWER)
    assert [line.name for line in kept.signatures] == [LOG.name, WITNESS.name]


@given(st.data())
def test_a_changed_answer_is_never_kept(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(ANSWER) - 2))
    changed = ANSWER[:at] + bytes([ANSWER[at] ^ data.draw(st.integers(1, 255))]) + ANSWER[at + 1 :]
    with pytest.raises(ForeignDataError):
        read_answer(SIGNED, LOG, WITNESS, changed)


def test_a_secret_has_one_spelling() -> None:
    secret, vkey = new_secret("w", lambda size: b"7" * size)
    name, key = parse_secret(secret)
    assert spell_secret(name, key) == secret
    assert note.vkey(name, key.public, COSIGNATURE) == vkey
    for wrong in (
        secret[:-1],
        secret + "\n",
        secret.replace("+w+", "+v+"),
        "",
        "PRIVATE+KEY+",
        vkey,
    ):
        with pytest.raises(ForeignDataError):
            parse_secret(wrong)
    with pytest.raises(UsageError):
        new_secret("two words", lambda size: b"7" * size)


def test_an_answer_keeps_the_log_and_the_witness_alone() -> None:
    signed = cosign(SIGNED, "x", STRANGER, 1)
    kept = read_answer(Note(SIGNED.text, signed.signatures), LOG, WITNESS, ANSWER)
    assert len(kept.signatures) == 2
