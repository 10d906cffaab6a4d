"""Signatures of web archives: certificates, bare keys, signatures, whoever made them."""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from unburnt.core.errors import ForeignDataError
from unburnt.evidence.capture.wacz_signature import check_signature

_DIGEST = "sha256:" + "0" * 64
_CREATED = "2026-01-02T10:00:00Z"
_KEY = ec.derive_private_key(7, ec.SECP256R1())
_PUBLIC = _KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
_SIGNATURE = _KEY.sign(_DIGEST.encode(), ec.ECDSA(hashes.SHA256()))
_OTHER = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()


def _certificate() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example.org")])
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    made = made.public_key(_KEY.public_key()).not_valid_before(begun)
    made = made.not_valid_after(begun + timedelta(days=90))
    named = x509.SubjectAlternativeName([x509.DNSName("example.org")])
    return made.add_extension(named, critical=False).sign(_KEY, hashes.SHA256())


_CERTIFICATE = _certificate()
SEEDS = [
    base64.b64encode(_PUBLIC),
    base64.b64encode(_OTHER.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
    base64.b64encode(_SIGNATURE),
    _CERTIFICATE.public_bytes(Encoding.PEM),
    _CERTIFICATE.public_bytes(Encoding.DER),
    2 * _CERTIFICATE.public_bytes(Encoding.PEM),
    _PUBLIC,
    _CREATED.encode(),
]


def fuzz(data: bytes) -> None:
    """Let it be each part of a signature; only what was signed by the key at hand passes."""
    spelled = base64.b64encode(data).decode()
    pem = f"-----BEGIN CERTIFICATE-----\n{spelled}\n-----END CERTIFICATE-----\n"
    text = data.decode("utf-8", "replace")
    for part in (text, spelled):
        _check(publicKey=part)
        _check(publicKey=base64.b64encode(_PUBLIC).decode(), signature=part)
    for chain in (text, pem):
        _check(domainCert=chain, domain="example.org", timeSignature="t", timestampCert="t")
    _check(publicKey=base64.b64encode(_PUBLIC).decode(), created=text)


def _check(**parts: str) -> None:
    signed = {
        "created": _CREATED,
        "hash": _DIGEST,
        "signature": base64.b64encode(_SIGNATURE).decode(),
        "software": "",
        **parts,
    }
    with suppress(ForeignDataError):
        check_signature(signed, _DIGEST, {"created": signed["created"]}, [_CERTIFICATE])
