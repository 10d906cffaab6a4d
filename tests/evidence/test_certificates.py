"""Certificates that are none: whatever the library raises for them is a refusal here."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tests.evidence.local_authority import certificate
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.evidence.capture.wacz_signature import check_signature
from unburnt.evidence.rfc3161 import Roots

_DIGEST = "sha256:" + "0" * 64


@pytest.fixture(scope="module")
def of_no_version() -> str:
    """A sound certificate but for its version, 91."""
    key = ec.generate_private_key(ec.SECP256R1())
    sound = certificate("root", key, None, key).public_bytes(Encoding.DER)
    twisted = sound.replace(bytes.fromhex("a003020102"), bytes.fromhex("a00302015b"), 1)
    assert twisted != sound
    spelled = base64.encodebytes(twisted).decode()
    return f"-----BEGIN CERTIFICATE-----\n{spelled}-----END CERTIFICATE-----\n"


def test_a_root_of_no_known_version_is_refused(of_no_version: str) -> None:
    with pytest.raises(UsageError):
        Roots.of(of_no_version.encode())


def test_a_signature_by_a_certificate_of_no_known_version_is_refused(of_no_version: str) -> None:
    signed = {
        **{"hash": _DIGEST, "created": "", "software": "", "signature": "", "domain": "a"},
        **{"domainCert": of_no_version, "timeSignature": "t", "timestampCert": "t"},
    }
    with pytest.raises(ForeignDataError):
        check_signature(signed, _DIGEST, {"created": ""}, [])
