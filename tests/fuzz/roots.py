"""The file of roots that an authority publishes."""

from __future__ import annotations

import base64
from contextlib import suppress

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tests.evidence.local_authority import certificate
from unburnt.core.errors import UsageError
from unburnt.evidence.authorities import Authorities, Authority
from unburnt.evidence.rfc3161 import Roots

_KEYS = [ec.derive_private_key(number, ec.SECP256R1()) for number in (7, 11)]
_ROOT = certificate("root", _KEYS[0], None, _KEYS[0])
_OTHER = certificate("other", _KEYS[1], _ROOT, _KEYS[0])
SEEDS = [
    _ROOT.public_bytes(Encoding.PEM),
    _ROOT.public_bytes(Encoding.PEM) + _OTHER.public_bytes(Encoding.PEM),
    _ROOT.public_bytes(Encoding.DER),
]


def fuzz(data: bytes) -> None:
    """Read it as PEM, and what it holds when it is DER; then as the roots of the settings."""
    spelled = base64.encodebytes(data).decode()
    pem = f"-----BEGIN CERTIFICATE-----\n{spelled}-----END CERTIFICATE-----\n".encode()
    for text in (data, pem):
        with suppress(UsageError):
            roots = Roots.of(text)
            assert Roots.of(roots.pem()).anchors == roots.anchors
            roots.other_pem()
        with suppress(UsageError):
            authority = Authority("a", "https://example.org", text.decode("ascii", "replace"))
            Authorities(authorities=(authority,))
