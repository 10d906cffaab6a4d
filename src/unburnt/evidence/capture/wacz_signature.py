"""The signature that a WACZ may carry: checked as far as it can be from the file alone.

    check_signature(signed, "sha256:…", package, roots)
    -> "the time token of its signature was not judged"

WACZ signing 0.1.0 (specs.webrecorder.net/wacz-auth/0.1.0): either a bare public key or a domain's
certificate with a time token. The signature and the chain of the certificate up to a root known
here are checked; the time token is not. Neither says what the captured server sent.
"""

from __future__ import annotations

import base64
import re
import ssl
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509 import verification

from unburnt.evidence.capture.warc_reading import refusal

_COMMON = frozenset({"hash", "created", "software", "signature"})
_ANONYMOUS = _COMMON | {"publicKey", "version"}
_DOMAIN = _COMMON | {
    *("version", "domain", "domainCert", "timeSignature", "timestampCert", "crossSignedCert")
}
_MAX = 65_536  # characters of one field
# What the library raises for certificates that are none; these have no base of their own.
_BAD_CERTIFICATE = (
    *(ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension),
    *(x509.ExtensionNotFound, x509.UnsupportedGeneralNameType),
)


def check_signature(
    signed: object, digest: str, package: Mapping[str, Any], roots: Sequence[x509.Certificate]
) -> str:
    """Return what was not judged of a signature; ForeignDataError for a bad one."""
    if not isinstance(signed, dict) or not signed.keys() >= _COMMON:
        raise refusal("Its signature lacks a field.")
    if not signed.keys() <= (_DOMAIN if "domainCert" in signed else _ANONYMOUS):
        raise refusal("Its signature has a field that does not belong there.")
    if not all(isinstance(text, str) and len(text) <= _MAX for text in signed.values()):
        raise refusal("Its signature has something other than text.")
    if signed["hash"] != digest:
        raise refusal("Its signature is for another package.")
    if signed["created"] != package.get("created"):
        raise refusal("Its signature was made at another time than its package.")
    signature = _base64(signed["signature"])
    if "domainCert" in signed:
        key = _certified(signed, roots)
        open_ = "the time token of its signature was not judged"
    else:
        key = _bare(signed.get("publicKey", ""))
        open_ = "its signature is by a key that nobody here knows"
    if not _is_good(key, signature, digest.encode("ascii")):
        raise refusal("Its signature is wrong.")
    return open_


def system_roots() -> tuple[x509.Certificate, ...]:
    """Return the authorities that this system trusts; none where it names none."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for der in ssl.create_default_context().get_ca_certs(binary_form=True):
            # Some old roots are malformed by today's rules.
            with suppress(ValueError, Warning):
                found.append(x509.load_der_x509_certificate(der))
    return tuple(found)


def _certified(signed: Mapping[str, str], roots: Sequence[x509.Certificate]) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old roots have the serial number 0
            chain = x509.load_pem_x509_certificates(signed["domainCert"].encode("utf-8", "replace"))
            key = chain[0].public_key()
            names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            domains = names.get_values_for_type(x509.DNSName)
    except _BAD_CERTIFICATE as error:
        raise refusal("The certificate of its signature is malformed.") from error
    if signed.get("domain") not in domains:
        raise refusal("The certificate of its signature is for another domain.")
    if not signed.get("timeSignature") or not signed.get("timestampCert"):
        raise refusal("Its signature lacks a field.")
    _check_chain(chain, signed["domain"], signed["created"], roots)
    return key


def _check_chain(
    chain: list[x509.Certificate], domain: str, created: str, roots: Sequence[x509.Certificate]
) -> None:
    """Refuse a certificate that no known root vouched for at the time of signing."""
    try:
        moment = datetime.strptime(created, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if not roots:
            raise refusal("No authority is known here that could vouch for its signature.")
        judge = (
            verification.PolicyBuilder()
            .store(verification.Store(list(roots)))
            .time(moment)
            .build_server_verifier(x509.DNSName(domain))
        )
        judge.verify(chain[0], chain[1:])
    except (*_BAD_CERTIFICATE, verification.VerificationError) as error:
        raise refusal("No authority known here vouches for its signature.") from error


def _bare(text: str) -> Any:
    try:
        return serialization.load_der_public_key(_base64(text))
    except (ValueError, UnsupportedAlgorithm, TypeError) as error:
        raise refusal("The key of its signature is malformed.") from error


def _is_good(key: Any, signature: bytes, message: bytes) -> bool:
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            if len(signature) == 2 * ((key.key_size + 7) // 8):  # as browsers spell it
                signature = _as_der(signature)
            key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, PKCS1v15(), hashes.SHA256())
        else:
            return False
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True


def _as_der(raw: bytes) -> bytes:
    half = len(raw) // 2
    return encode_dss_signature(
        int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
    )


def _base64(text: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", text):
        raise refusal("Its signature is malformed.")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise refusal("Its signature is malformed.") from error
