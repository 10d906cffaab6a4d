"""Ed25519 signatures (RFC 8032), judged strictly.

    key = SigningKey.generate(secrets.token_bytes)
    verify(key.public, message, key.sign(message)) is True

`verify` refuses what RFC 8032 leaves open and two programs could judge differently: keys and
nonces spelled in a second way, and points of low order, under which one signature fits many
messages. docs/spec/crypto.md section 5 has the table. Never shows the secret seed in a repr, and
never signs a digest in place of a message: the format being signed carries its own label.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from unburnt.core.errors import ForeignDataError
from unburnt.crypto.randomness import Random, draw

SEED_SIZE = 32
PUBLIC_SIZE = 32
SIGNATURE_SIZE = 64

_P = 2**255 - 19
"""The field prime of Curve25519."""

_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
"""The y coordinate of two of the four points of order 8; the other two have its negative."""

_LOW_ORDER_Y = frozenset({0, 1, _P - 1, _ORDER_8, _P - _ORDER_8})
"""The y coordinates of all eight points whose order divides 8; x does not matter."""


@dataclass(frozen=True, repr=False)
class SigningKey:
    """An Ed25519 private key; made by `from_seed` or `generate`."""

    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.seed) != SEED_SIZE:
            raise ForeignDataError(
                "A signing key is 32 bytes.", "Restore it from another copy of this device's keys."
            )

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """Return the key of a 32-byte seed (RFC 8032 section 5.1.5); ForeignDataError else."""
        return cls(bytes(seed))

    @classmethod
    def generate(cls, random: Random) -> SigningKey:
        """Return a fresh key from 32 bytes of `random`."""
        return cls(draw(random, SEED_SIZE))

    @cached_property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of `message`; the same message gives the same bytes."""
        return self._key.sign(message)

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def __repr__(self) -> str:
        return f"SigningKey(public={self.public.hex()})"


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether `signature` (64 bytes) is that of `public` (32 bytes) over `message`.

    RFC 8032 section 5.1.7 without the cofactor, S below the group order, and no low-order or
    second spelling of the key or of R. False for anything malformed; never raises.
    """
    if len(public) != PUBLIC_SIZE or len(signature) != SIGNATURE_SIZE:
        return False
    if not (_is_sound_point(public) and _is_sound_point(signature[:32])):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _is_sound_point(encoded: bytes) -> bool:
    y = int.from_bytes(encoded, "little") & (2**255 - 1)  # the top bit is the sign of x
    return y < _P and y not in _LOW_ORDER_Y
