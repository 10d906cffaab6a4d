"""The primitives below age, judged by Wycheproof, and pyrage judged by a second implementation."""

from __future__ import annotations

from collections import Counter

import bech32
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crypto import plain_age
from tests.crypto.published import wycheproof
from unburnt.core.errors import ForeignDataError
from unburnt.crypto.sealing import Identity, check_recipient, seal, unseal

SECRETS = st.binary(min_size=32, max_size=32)


def public_of(identity: Identity) -> bytes:
    _, values = bech32.bech32_decode(identity.recipient)
    assert values is not None
    return bytes(bech32.convertbits(values, 5, 8, False) or [])


def spelled_recipient(public: bytes) -> str:
    return bech32.bech32_encode("age", bech32.convertbits(public, 8, 5) or [])


@settings(max_examples=30)
@given(SECRETS, st.binary(max_size=100), SECRETS, st.binary(min_size=32, max_size=32))
def test_a_second_implementation_opens_what_we_seal_and_the_reverse(
    secret: bytes, plaintext: bytes, ephemeral: bytes, drawn: bytes
) -> None:
    identity = Identity.from_secret(secret)
    other = Identity.from_secret(ephemeral)
    assert (
        plain_age.read(seal(plaintext, [other.recipient, identity.recipient]), secret) == plaintext
    )
    theirs = plain_age.write(plaintext, public_of(identity), drawn[:16], ephemeral, drawn[16:])
    assert unseal(theirs, [identity]) == plaintext


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 131072, 200_000])
def test_both_implementations_agree_around_every_chunk(size: int) -> None:
    identity = Identity.from_secret(bytes(range(32)))
    plaintext = bytes(size)
    assert plain_age.read(seal(plaintext, [identity.recipient]), identity.secret) == plaintext
    theirs = plain_age.write(plaintext, public_of(identity), b"k" * 16, b"e" * 32, b"n" * 16)
    assert unseal(theirs, [identity]) == plaintext


@pytest.mark.shared
def test_wycheproof_x25519() -> None:
    """Keys that share zero with everybody are refused, also as recipients; all others agree."""
    judged: Counter[str] = Counter()
    for group in wycheproof("x25519"):
        for test in group["tests"]:
            private, public = bytes.fromhex(test["private"]), bytes.fromhex(test["public"])
            key, other = (
                X25519PrivateKey.from_private_bytes(private),
                X25519PublicKey.from_public_bytes(public),
            )
            if "ZeroSharedSecret" in test["flags"]:
                with pytest.raises(ValueError, match="shared key"):
                    key.exchange(other)
                with pytest.raises(ForeignDataError):
                    check_recipient(spelled_recipient(public))
                judged["refused"] += 1
            else:
                assert key.exchange(other).hex() == test["shared"]
                judged["agreed"] += 1
            if "NonCanonicalPublic" in test["flags"]:
                with pytest.raises(ForeignDataError):
                    check_recipient(spelled_recipient(public))
    assert judged == {"agreed": 487, "refused": 31}


@pytest.mark.shared
def test_a_sealed_file_opens_with_every_private_key_of_wycheproof() -> None:
    privates = {test["private"] for group in wycheproof("x25519") for test in group["tests"]}
    for private in privates:
        identity = Identity.from_secret(bytes.fromhex(private))
        assert unseal(seal(b"x", [identity.recipient]), [identity]) == b"x"
    assert len(privates) > 200


@pytest.mark.shared
def test_wycheproof_chacha20_poly1305() -> None:
    judged: Counter[str] = Counter()
    for group in wycheproof("chacha20_poly1305"):
        for test in group["tests"]:
            key, nonce, aad, text, sealed, tag = (
                bytes.fromhex(test[name]) for name in ("key", "iv", "aad", "msg", "ct", "tag")
            )
            try:
                opened = ChaCha20Poly1305(key).decrypt(nonce, sealed + tag, aad) == text
            except (InvalidTag, ValueError):
                opened = False
            assert opened == (test["result"] == "valid"), test["comment"]
            judged[test["result"]] += 1
    assert judged == {"valid": 256, "invalid": 69}
