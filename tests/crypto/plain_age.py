"""A second, plain age v1 implementation from other primitives, to judge the one we use.

    write(b"text", public, file_key, ephemeral, nonce)  -> the same bytes every time
    read(sealed, secret)                                -> b"text"

Written from age-encryption.org/v1, for tests alone: one X25519 stanza is written, the first that
opens is read, and damage raises whatever it raises.
"""

from __future__ import annotations

import base64
import hmac
import itertools

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK = 64 * 1024
TAG = 16


def write(
    plaintext: bytes, public: bytes, file_key: bytes, ephemeral: bytes, nonce: bytes
) -> bytes:
    """Return an age file with one X25519 recipient (32 bytes) from the randomness given."""
    private = X25519PrivateKey.from_private_bytes(ephemeral)
    share = private.public_key().public_bytes_raw()
    wrapping = _wrapping_key(private, public, share + public)
    body = ChaCha20Poly1305(wrapping).encrypt(bytes(12), file_key, None)
    header = b"age-encryption.org/v1\n-> X25519 %b\n%b\n---" % (_base64(share), _base64(body))
    mac = hmac.digest(_hkdf(file_key, b"", b"header"), header, "sha256")
    payload = ChaCha20Poly1305(_hkdf(file_key, nonce, b"payload"))
    chunks = [plaintext[start : start + CHUNK] for start in range(0, len(plaintext), CHUNK)] or [
        b""
    ]
    stream = b"".join(
        payload.encrypt(_chunk_nonce(i, i == len(chunks) - 1), chunk, None)
        for i, chunk in enumerate(chunks)
    )
    return header + b" " + _base64(mac) + b"\n" + nonce + stream


def read(sealed: bytes, secret: bytes) -> bytes:
    """Return the plaintext of an age file that the X25519 `secret` (32 bytes) opens."""
    end = sealed.index(b"\n---") + 4
    header, mac = sealed[:end], sealed[end + 1 : end + 44]
    file_key = _file_key(header.decode("ascii").split("\n")[1:-1], secret)
    if _base64(hmac.digest(_hkdf(file_key, b"", b"header"), header, "sha256")) != mac:
        raise ValueError("the header was changed")
    body = sealed[end + 45 :]
    payload = ChaCha20Poly1305(_hkdf(file_key, body[:16], b"payload"))
    stream = body[16:]
    starts = range(0, len(stream), CHUNK + TAG)
    return b"".join(
        payload.decrypt(
            _chunk_nonce(i, start == starts[-1]), stream[start : start + CHUNK + TAG], None
        )
        for i, start in enumerate(starts)
    )


def _file_key(lines: list[str], secret: bytes) -> bytes:
    private = X25519PrivateKey.from_private_bytes(secret)
    public = private.public_key().public_bytes_raw()
    for stanza, body in itertools.pairwise(lines):
        if not stanza.startswith("-> X25519 "):
            continue
        share = base64.b64decode(stanza.split(" ")[2] + "=")
        wrapping = _wrapping_key(private, share, share + public)
        try:
            return ChaCha20Poly1305(wrapping).decrypt(bytes(12), base64.b64decode(body + "="), None)
        except InvalidTag:
            continue
    raise ValueError("no stanza for this identity")


def _wrapping_key(private: X25519PrivateKey, public: bytes, salt: bytes) -> bytes:
    shared = private.exchange(X25519PublicKey.from_public_bytes(public))
    return _hkdf(shared, salt, b"age-encryption.org/v1/X25519")


def _hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt or None, info).derive(key)


def _chunk_nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")
