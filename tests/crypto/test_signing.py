"""Ed25519 as RFC 8032 says, and a fixed answer where it says nothing."""

from __future__ import annotations

import copy
import gzip
import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.crypto.published import wycheproof
from tests.shared_data import shared
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.crypto import signing
from unburnt.crypto.signing import SigningKey, verify

SEEDS = st.binary(min_size=32, max_size=32)
P = 2**255 - 19

RFC_8032 = {  # section 7.1: seed, public key, message, signature
    "test 1, the empty message": (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
        "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    "test 3, two bytes": (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac1"
        "8ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
}


@pytest.mark.parametrize("case", RFC_8032.values(), ids=RFC_8032)
def test_signatures_are_those_of_rfc_8032(case: tuple[str, str, str, str]) -> None:
    seed, public, message, signature = map(bytes.fromhex, case)
    key = SigningKey.from_seed(seed)
    assert key.public == public
    assert key.sign(message) == signature
    assert verify(public, message, signature)


@given(SEEDS, st.binary(max_size=100), st.integers(0, 8 * 64 - 1))
def test_one_flipped_bit_breaks_a_signature(seed: bytes, message: bytes, bit: int) -> None:
    key = SigningKey.from_seed(seed)
    signature = bytearray(key.sign(message))
    assert verify(key.public, message, bytes(signature))
    assert not verify(key.public, message + b"\x00", bytes(signature))
    signature[bit // 8] ^= 1 << bit % 8
    assert not verify(key.public, message, bytes(signature))


@given(st.binary(max_size=70), st.binary(max_size=8), st.binary(max_size=70))
def test_junk_is_false_and_never_raises(public: bytes, message: bytes, signature: bytes) -> None:
    assert verify(public, message, signature) is False


@given(SEEDS)
def test_the_seed_is_in_no_representation(seed: bytes) -> None:
    key = SigningKey.from_seed(seed)
    for shown in (repr(key), str(key), f"{key!r}", repr([key])):
        assert seed.hex() not in shown
        assert repr(seed) not in shown
    assert key.public.hex() in repr(key)


def test_a_key_is_32_bytes_and_comes_from_the_randomness_given() -> None:
    assert SigningKey.generate(lambda n: bytes(range(n))).seed == bytes(range(32))
    assert SigningKey.from_seed(bytes(32)) == copy.deepcopy(SigningKey.from_seed(bytes(32)))
    for wrong in (b"", bytes(31), bytes(33), bytes(64)):
        with pytest.raises(ForeignDataError):
            SigningKey.from_seed(wrong)
    with pytest.raises(UsageError):
        SigningKey.generate(lambda n: b"")


# --- what RFC 8032 leaves open -------------------------------------------------------------------


def add(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    d = -121665 * pow(121666, -1, P) % P
    (x1, y1), (x2, y2) = one, two
    mixed = d * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + mixed, -1, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - mixed, -1, P) % P
    return x, y


def curve_x(y: int) -> int:
    d = -121665 * pow(121666, -1, P) % P
    square = (y * y - 1) * pow(d * y * y + 1, -1, P) % P
    root = pow(square, (P + 3) // 8, P)
    if root * root % P != square:
        root = root * pow(2, (P - 1) // 4, P) % P
    assert root * root % P == square
    return root


def test_the_refused_points_are_exactly_those_whose_order_divides_8() -> None:
    points = set()
    for y in signing._LOW_ORDER_Y:
        x = curve_x(y)
        for point in {(x, y), (-x % P, y)}:
            multiple = point
            for _ in range(3):
                multiple = add(multiple, multiple)
            assert multiple == (0, 1)
            points.add(point)
    assert len(points) == 8


@pytest.mark.shared
def test_which_edge_cases_verify_is_fixed_by_their_flags() -> None:
    """Of 914 signatures on the edge, 43 are accepted: by these flags and no others.

    A component of low order alone is let through: to find it costs a multiplication for each
    signature, and it allows nobody but the key's owner to do anything new.
    """
    with gzip.open(shared("vectors/ed25519_cctv/ed25519vectors.json.gz")) as file:
        cases: list[dict[str, Any]] = json.load(file)
    verdicts: dict[bool, Counter[tuple[str, ...]]] = {True: Counter(), False: Counter()}
    for case in cases:
        public, signature = bytes.fromhex(case["key"]), bytes.fromhex(case["sig"])
        accepted = verify(public, case["msg"].encode(), signature)
        verdicts[accepted][tuple(sorted(case["flags"] or ()))] += 1
    assert verdicts[True] == {
        (): 1,
        ("low_order_component_A",): 7,
        ("low_order_component_A", "low_order_component_R"): 35,
    }
    assert verdicts[True].keys().isdisjoint(verdicts[False])
    assert sum(verdicts[False].values()) == 914 - 43


@pytest.mark.shared
def test_wycheproof_ed25519() -> None:
    judged: Counter[str] = Counter()
    for group in wycheproof("ed25519"):
        public = bytes.fromhex(group["publicKey"]["pk"])
        for test in group["tests"]:
            message, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
            accepted = verify(public, message, signature)
            assert accepted == (test["result"] == "valid"), test["comment"]
            judged[test["result"]] += 1
    assert judged == {"valid": 88, "invalid": 63}
