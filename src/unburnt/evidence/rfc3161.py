"""RFC 3161: asking a time-stamping authority, and judging what it replied.

    request = make_request(data)               # DER, random nonce; about SHA-256 of `data`
    verdict = judge(request, reply, Roots.of(pem), now=…)
    verdict.moment, verdict.checked_by         # existed by; ("rfc3161-client", "openssl")
    verdict.reason                             # or why not: "untrusted", "other-nonce", …

Steps, as in docs/spec/time.md, "RFC 3161": (1) the request is one; (2) the reply can be read and
was granted; (3) it is about the same bytes and answers this request; (4) its moment is sane; (5)
the library and `openssl ts` verify signature, purpose and chain to the roots given, at that moment.
Never uses the system's trust store, never asks the network, does not look at revocation lists.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.evidence import openssl, token
from unburnt.evidence.time_extra import request_reader, rfc3161_client
from unburnt.evidence.time_verdict import Verdict
from unburnt.evidence.token import Token

LIBRARY = "rfc3161-client"
MAX_REQUEST = 1024
MAX_ROOTS = 64 * 1024  # bytes of PEM
MAX_CERTIFICATES = 16

_LONGEST_DETAIL = 120  # characters

EARLY = timedelta(days=1)  # a device's clock may be wrong, but a day is a fault to be looked at
LATE = timedelta(minutes=10)

_SHA256 = "2.16.840.1.101.3.4.2.1"
# What the two say when they refuse, from the most telling; both quote OpenSSL's errors.
_REASONS = (
    ("message imprint mismatch", "other-imprint"),
    ("mismatch between messages", "other-imprint"),
    ("nonce", "other-nonce"),
    ("signer certificate not found", "no-certificate"),
    ("certificates neither found", "no-certificate"),
    ("no leaf certificate", "no-certificate"),
    ("has expired", "expired"),
    ("not yet valid", "expired"),
    ("purpose", "not-for-time-stamping"),
    ("eku extension", "not-for-time-stamping"),
    ("unable to get", "untrusted"),
    ("self-signed certificate", "untrusted"),
    ("certificate verify error", "untrusted"),
    ("signature", "bad-signature"),
    ("digest failure", "bad-signature"),
)


@dataclass(frozen=True, slots=True)
class Roots:
    """The certificates a person trusts for one authority: self-signed roots, and others."""

    anchors: tuple[x509.Certificate, ...]
    others: tuple[x509.Certificate, ...]

    @classmethod
    def of(cls, pem: bytes) -> Roots:
        """Return the certificates of a PEM file; UsageError when no root is among them."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # old roots have the serial number 0
                found = x509.load_pem_x509_certificates(pem) if len(pem) <= MAX_ROOTS else []
                certificates = tuple(dict.fromkeys(found))
                anchors = tuple(c for c in certificates if c.issuer == c.subject)
        except (ValueError, x509.InvalidVersion):
            certificates = anchors = ()
        if not anchors or len(certificates) > MAX_CERTIFICATES:
            raise UsageError(
                "A file of roots holds no self-signed certificate that can be read.",
                "Give the authority's root certificate as a PEM file.",
            )
        return cls(anchors, tuple(c for c in certificates if c not in anchors))

    def pem(self) -> bytes:
        """Return the roots as PEM."""
        return _pem(self.anchors)

    def other_pem(self) -> bytes:
        """Return the certificates that are no roots, as PEM."""
        return _pem(self.others)


@dataclass(frozen=True, slots=True)
class Question:
    """What a request asks: algorithm OID (dotted), digest and nonce."""

    algorithm: str
    digest: bytes
    nonce: int


def make_request(data: bytes) -> bytes:
    """Return a DER TimeStampReq about SHA-256 of `data`, with a random nonce and certReq."""
    library = rfc3161_client()
    builder = library.TimestampRequestBuilder(data=data)
    request = builder.hash_algorithm(library.HashAlgorithm.SHA256).build()
    made: bytes = request.as_bytes()
    return made


def read_request(request: bytes) -> Question:
    """Return what a DER request asks; ForeignDataError when it lacks nonce or certReq."""
    try:
        read = request_reader()(request[: MAX_REQUEST + 1])
        imprint, nonce = read.message_imprint, read.nonce
        question = Question(imprint.hash_algorithm.dotted_string, imprint.message, nonce)
        sound = read.cert_req and nonce is not None and nonce > 0
    except (ValueError, TypeError, OverflowError):
        sound = False
    if not sound or len(request) > MAX_REQUEST:
        raise ForeignDataError("This is not a time-stamp request.", "Ask the authority again.")
    return question


def asks_about(request: bytes, imprint: bytes) -> bool:
    """Tell whether a request asks about this SHA-256 imprint."""
    try:
        question = read_request(request)
    except ForeignDataError:
        return False
    return question.algorithm == _SHA256 and question.digest == imprint


def judge(
    request: bytes,
    reply: bytes,
    roots: Roots,
    *,
    now: datetime,
    asked: datetime | None = None,
    with_openssl: bool = True,
) -> Verdict:
    """Return what a reply to a request is worth; see the module for the steps.

    `now` is the verifier's clock, `asked` the asking device's. `with_openssl=False` judges as where
    the program is not installed. Raises UsageError without the library.
    """
    try:
        question = read_request(request)  # (1)
    except ForeignDataError:
        return Verdict("request")
    try:
        said = token.read(reply)  # (2)
    except ForeignDataError:
        return Verdict("malformed")
    reason = _disqualified(said, question, now, asked)  # (2) to (4)
    if reason:
        return Verdict(reason, detail=said.words)
    return _verified(request, reply, roots, question, said, with_openssl)  # (5)


def _disqualified(said: Token, question: Question, now: datetime, asked: datetime | None) -> str:
    if said.status != token.GRANTED or said.moment is None:
        return "not-granted"
    if _dotted(said.algorithm) != question.algorithm or said.imprint != question.digest:
        return "other-imprint"
    if said.nonce != question.nonce:
        return "other-nonce"
    if said.moment > now + LATE:
        return "future"
    if asked is not None and said.moment < asked - EARLY:
        return "before-asked"
    return ""


def _verified(
    request: bytes,
    reply: bytes,
    roots: Roots,
    question: Question,
    said: Token,
    with_openssl: bool,
) -> Verdict:
    moment = said.moment
    assert moment is not None  # noqa: S101 - `_disqualified` has seen it; for the type checker
    refusals: dict[str, str] = {}
    decoded = _decode(reply)
    if decoded is not None:
        refusals[LIBRARY] = _by_library(decoded, roots, question, said)
    if with_openssl and openssl.available():
        words = openssl.verify(request, reply, roots.pem(), roots.other_pem(), moment)
        refusals[openssl.NAME] = words
    yes = tuple(name for name, words in refusals.items() if not words)
    no = [words for words in refusals.values() if words]
    if yes and no:
        # openssl takes the signer's certificate from the roots file; we asked for it in the reply.
        lacks = _reason(no[0]) == "no-certificate"
        return Verdict("no-certificate" if lacks else "disagree", detail=_first_line(no[0]))
    if yes:
        return Verdict(moment=said.upper_bound(), checked_by=yes)
    if not no:
        return Verdict("malformed")  # the library cannot decode it, and openssl is not here
    return Verdict(_reason(no[-1]), detail=_first_line(no[-1]))


def _decode(reply: bytes) -> Any:
    """Return the reply as the library reads it; None when its strict DER refuses it."""
    try:
        return rfc3161_client().decode_timestamp_response(reply)
    except (ValueError, TypeError, OverflowError):
        return None


def _by_library(decoded: Any, roots: Roots, question: Question, said: Token) -> str:
    """Return "" when the library verifies it and reads the same as we do, else its words."""
    library = rfc3161_client()
    try:
        info = decoded.tst_info
        if (info.gen_time.replace(microsecond=0), info.nonce) != (
            said.moment.replace(microsecond=0) if said.moment else None,
            said.nonce,
        ):
            return "it reads another moment or nonce"
        builder = library.VerifierBuilder(
            roots=list(roots.anchors), intermediates=list(roots.others), nonce=question.nonce
        )
        accepted = builder.build().verify(decoded, question.digest)
    except (library.VerificationError, ValueError, TypeError, OverflowError) as error:
        return str(error) or "refused"
    return "" if accepted is True else "refused"


def _reason(words: str) -> str:
    lowered = words.lower()
    return next((reason for needle, reason in _REASONS if needle in lowered), "malformed")


def _first_line(words: str) -> str:
    """Return the telling part of the first error; OpenSSL writes id:error:code:…:file:line:data."""
    lines = [line for line in words.splitlines() if "rror" in line] or words.splitlines() or [""]
    parts = lines[0].split(":")
    if len(parts) > 7 and parts[1] == "error":
        return (":".join(parts[8:]).strip() or parts[5])[:_LONGEST_DETAIL]
    return lines[0][:_LONGEST_DETAIL]


def _dotted(oid: bytes) -> str:
    """Return an OID's content as dotted numbers (X.690 section 8.19)."""
    numbers, value = [], 0
    for byte in oid:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    if not numbers:
        return ""
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


def _pem(certificates: tuple[x509.Certificate, ...]) -> bytes:
    return b"".join(c.public_bytes(Encoding.PEM) for c in certificates)
