"""Labels keep hashes apart; HKDF-Expand and HMAC give what the published vectors say."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from tests.crypto.published import wycheproof
from unburnt.core.errors import UsageError
from unburnt.crypto.hashing import digest, expand, labelled
from unburnt.crypto.randomness import draw

LABELS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20)


def test_a_digest_is_sha256_of_label_zero_byte_and_data() -> None:
    expected = hashlib.sha256(b"unburnt/field/v1\x00salt").digest()
    assert digest("unburnt/field/v1", b"salt") == expected
    assert hashlib.sha256(labelled("unburnt/field/v1", b"salt")).digest() == expected


@given(LABELS, LABELS, st.binary(max_size=40), st.binary(max_size=40))
def test_label_and_data_are_never_confused(one: str, two: str, a: bytes, b: bytes) -> None:
    assert (labelled(one, a) == labelled(two, b)) == ((one, a) == (two, b))


@pytest.mark.parametrize("label", ["", "with space", "zéro", "nul\x00", "line\n", "\x7f"])
def test_an_illegal_label_is_refused(label: str) -> None:
    with pytest.raises(UsageError):
        digest(label, b"")


RFC_5869_EXPAND = {  # the Expand halves of appendices A.1 and A.2: PRK, info, OKM
    "A.1, a short info": (
        "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
        "f0f1f2f3f4f5f6f7f8f9",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    "A.2, longer than one block": (
        "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
        bytes(range(0xB0, 0x100)).hex(),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
        "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
        "cc30c58179ec3e87c14c01d5c1f3434f1d87",
    ),
}


@pytest.mark.parametrize("case", RFC_5869_EXPAND.values(), ids=RFC_5869_EXPAND)
def test_expand_follows_rfc_5869(case: tuple[str, str, str]) -> None:
    key, info, expected = map(bytes.fromhex, case)
    assert expand(key, info, len(expected)) == expected


@pytest.mark.shared
def test_expand_follows_wycheproof_hkdf() -> None:
    judged = 0
    for group in wycheproof("hkdf_sha256"):
        for test in group["tests"]:
            ikm, salt, info = (bytes.fromhex(test[key]) for key in ("ikm", "salt", "info"))
            if test["result"] == "invalid":
                with pytest.raises(UsageError):
                    expand(bytes(32), info or b"-", test["size"])
            else:
                prk = HKDF.extract(SHA256(), salt or None, ikm)
                okm = bytes.fromhex(test["okm"])
                if info:  # our Expand demands a purpose, so an empty info is refused
                    assert expand(prk, info, test["size"]) == okm
                else:
                    assert HKDF(SHA256(), test["size"], salt, info).derive(ikm) == okm
            judged += 1
    assert judged == 86


@pytest.mark.shared
def test_the_hmac_below_expand_follows_wycheproof() -> None:
    judged = 0
    for group in wycheproof("hmac_sha256"):
        for test in group["tests"]:
            key, message, tag = (bytes.fromhex(test[name]) for name in ("key", "msg", "tag"))
            computed = hmac.digest(key, message, "sha256")[: group["tagSize"] // 8]
            assert (computed == tag) == (test["result"] == "valid"), test["comment"]
            judged += 1
    assert judged == 174


@pytest.mark.parametrize(
    ("key", "info", "length"),
    [
        (bytes(31), b"i", 1),
        (bytes(33), b"i", 1),
        (bytes(32), b"", 1),
        (bytes(32), b"i", 0),
        (bytes(32), b"i", 8161),
    ],
)
def test_expand_refuses_what_would_be_weak(key: bytes, info: bytes, length: int) -> None:
    with pytest.raises(UsageError):
        expand(key, info, length)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=1), st.integers(1, 300))
def test_a_shorter_expansion_is_the_beginning_of_a_longer_one(
    key: bytes, info: bytes, length: int
) -> None:
    assert expand(key, info, 300)[:length] == expand(key, info, length)


def test_randomness_that_falls_short_is_refused() -> None:
    assert draw(lambda n: bytes(n), 32) == bytes(32)
    with pytest.raises(UsageError):
        draw(lambda n: bytes(n - 1), 32)
