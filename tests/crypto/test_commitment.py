"""Commitments: the formulas of the page computed a second way, and the frozen bytes."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core import canonical
from unburnt.crypto import commitment, merkle

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "statement"
BATCH = json.loads((FOLDER / "batch.json").read_text(encoding="utf-8"))
SECRET = bytes.fromhex(BATCH["secret"])
HASHES = st.binary(min_size=32, max_size=32)


def expand(key: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand as RFC 5869 section 2.3 says it."""
    block, out = b"", b""
    for number in range(1, -(-length // 32) + 1):
        block = hmac.new(key, block + info + bytes([number]), hashlib.sha256).digest()
        out += block
    return out[:length]


@given(HASHES, st.integers(0, 2**32 - 1), st.integers(1, 256))
def test_salts_are_slices_of_one_block(secret: bytes, position: int, count: int) -> None:
    info = b"unburnt/salt/v1\0" + position.to_bytes(4, "big")
    salts = commitment.field_salts(secret, position, count)
    assert b"".join(salts) == expand(secret, info, 16 * count)
    assert {len(salt) for salt in salts} == {16}


@given(st.binary(min_size=16, max_size=16), st.from_regex("[a-z_]{1,9}", fullmatch=True))
def test_a_commitment_is_the_hash_of_salt_and_pair(salt: bytes, name: str) -> None:
    for value in (None, 3, "text é", ["a"], {"date": "2018"}):
        data = b"unburnt/field/v1\0" + salt + canonical.encode([name, value])
        bare = None if value is None else canonical.encode(value)
        assert commitment.commit(salt, name, bare) == hashlib.sha256(data).digest()


@given(st.lists(HASHES, min_size=1, max_size=20))
def test_an_id_is_the_hash_of_all_commitments(commitments: list[bytes]) -> None:
    data = b"unburnt/statement/v1\0" + b"".join(commitments)
    assert commitment.statement_id(commitments) == hashlib.sha256(data).digest()


@pytest.mark.parametrize(
    ("count", "bucket"),
    [(0, 1), (1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (4096, 4096), (4097, 8192)],
)
def test_the_bucket_is_the_next_power_of_two(count: int, bucket: int) -> None:
    assert commitment.bucket(count) == bucket


@given(HASHES, st.lists(HASHES, min_size=1, max_size=9))
def test_leaves_are_ids_and_then_filler(secret: bytes, ids: list[bytes]) -> None:
    size = commitment.bucket(len(ids))
    filler = [
        expand(secret, b"unburnt/filler/v1\0" + n.to_bytes(4, "big"), 32)
        for n in range(len(ids), size)
    ]
    assert commitment.leaves(secret, ids) == [merkle.leaf_hash(x) for x in (*ids, *filler)]


def test_the_frozen_salts_and_commitments() -> None:
    for case in BATCH["statements"]:
        fields = json.loads(case["line"])
        pairs = [
            (name, canonical.encode(fields[name]) if name in fields else None)
            for name in case["fields"]
        ]
        salts = commitment.field_salts(SECRET, case["position"], len(pairs))
        made = [commitment.commit(s, n, json) for s, (n, json) in zip(salts, pairs, strict=True)]
        assert [salt.hex() for salt in salts] == case["salts"]
        assert [one.hex() for one in made] == case["commitments"]
        assert commitment.statement_id(made).hex() == case["id"]
        assert commitment.identify(SECRET, case["position"], pairs).hex() == case["id"]


def test_the_frozen_filler_and_root() -> None:
    ids = [bytes.fromhex(case["id"]) for case in BATCH["statements"]]
    leaves = commitment.leaves(SECRET, ids)
    filler = [merkle.leaf_hash(bytes.fromhex(one)) for one in BATCH["filler"]]
    assert leaves[len(ids) :] == filler
    assert merkle.root(leaves).hex() == BATCH["root"]


def test_the_same_value_is_committed_to_differently_at_each_place() -> None:
    fields = [("value", b'"x"')]
    ids = {commitment.identify(SECRET, place, fields) for place in range(100)}
    assert len(ids) == 100
    assert commitment.identify(bytes(32), 0, fields) not in ids


def test_a_name_and_a_value_cannot_lend_each_other_letters() -> None:
    salt = bytes(16)
    one = commitment.commit(salt, "ab", b'"c"')
    assert one != commitment.commit(salt, "a", b'"bc"')
    assert one != commitment.commit(salt, "abc", b'""')
