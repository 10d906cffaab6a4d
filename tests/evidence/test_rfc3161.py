"""Time-stamp replies: what is good is good by two judges, and each fault has its own reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.evidence.local_authority import DAY, LATER, LONG_AGO, TODAY, LocalAuthority
from tests.shared_data import shared
from tests.stock import stock
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.evidence import openssl, rfc3161, time_extra, token
from unburnt.evidence.rfc3161 import LIBRARY, Roots
from unburnt.evidence.time_verdict import Verdict

pytestmark = pytest.mark.stock

DATA = b"unburnt/1/2\n7\nroot\n"
BOTH = (LIBRARY, openssl.NAME)


@dataclass(frozen=True)
class Scene:
    """Authorities, a request and the good reply to it; made once, for openssl takes its time."""

    good: LocalAuthority
    rogue: LocalAuthority
    expired: LocalAuthority
    chained: LocalAuthority
    fussy: LocalAuthority
    request: bytes
    reply: bytes

    def judge(self, reply: bytes, **changes: object) -> Verdict:
        """Judge a reply to the request by the root of the good authority."""
        given = {"request": self.request, "roots": Roots.of(self.good.roots), "now": _now()}
        return rfc3161.judge(reply=reply, **(given | changes))  # type: ignore[arg-type]


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    stock("openssl")
    folder = tmp_path_factory.mktemp("authorities")
    good = LocalAuthority.make(folder / "good", "good")
    request = rfc3161.make_request(DATA)
    return Scene(
        good=good,
        rogue=LocalAuthority.make(folder / "rogue", "good"),  # the same names, another key
        expired=LocalAuthority.make(folder / "expired", "expired", root_until=TODAY - DAY),
        chained=LocalAuthority.make(folder / "chained", "chained", chain=True),
        fussy=LocalAuthority.make(folder / "fussy", "fussy", digests="sha512"),
        request=request,
        reply=good.reply(request),
    )


def test_a_good_reply_is_verified_by_two_implementations(scene: Scene) -> None:
    verdict = scene.judge(scene.reply)
    assert (verdict.reason, verdict.checked_by) == ("", BOTH)
    assert verdict.twice
    moment = token.read(scene.reply).moment
    assert moment is not None
    assert verdict.moment == moment + timedelta(seconds=2)  # 1.5 s of accuracy, rounded up
    assert abs(moment - _now()) < timedelta(seconds=60)


Bad = Callable[[Scene], Verdict]
REFUSED: dict[str, tuple[str, Bad]] = {
    "by a rogue authority with the same names": (
        "untrusted",
        lambda s: s.judge(s.rogue.reply(s.request)),
    ),
    "by an authority whose root nobody gave": (
        "untrusted",
        lambda s: s.judge(s.expired.reply(s.request)),
    ),
    "to another request about the same bytes": (
        "other-nonce",
        lambda s: s.judge(s.good.reply(rfc3161.make_request(DATA))),
    ),
    "about other bytes": (
        "other-imprint",
        lambda s: s.judge(s.good.reply(rfc3161.make_request(DATA + b"x"))),
    ),
    "under a root that had expired": (
        "expired",
        lambda s: s.judge(s.expired.reply(s.request), roots=Roots.of(s.expired.roots)),
    ),
    "signed by a certificate for something else": (
        "not-for-time-stamping",
        lambda s: s.judge(s.good.with_purpose(s.reply, ExtendedKeyUsageOID.SERVER_AUTH)),
    ),
    "that is a refusal of the authority": (
        "not-granted",
        lambda s: s.judge(s.fussy.reply(s.request), roots=Roots.of(s.fussy.roots)),
    ),
    "that was cut": ("malformed", lambda s: s.judge(s.reply[:-1])),
    "with something after it": ("malformed", lambda s: s.judge(s.reply + b"\0")),
    "that is empty": ("malformed", lambda s: s.judge(b"")),
    "that is huge": ("malformed", lambda s: s.judge(s.reply + bytes(token.LIMIT))),
    "with a false signature": (
        "bad-signature",
        lambda s: s.judge(s.reply[:-1] + bytes([s.reply[-1] ^ 1])),
    ),
    "from the future": ("future", lambda s: s.judge(s.reply, now=_now() - DAY)),
    "from before it was asked for": (
        "before-asked",
        lambda s: s.judge(s.reply, asked=_now() + 2 * DAY),
    ),
    "to a request that is none": ("request", lambda s: s.judge(s.reply, request=b"\x30\x00")),
}


@pytest.mark.parametrize(("reason", "make"), REFUSED.values(), ids=REFUSED.keys())
def test_a_bad_reply_is_refused_with_its_own_reason(scene: Scene, reason: str, make: Bad) -> None:
    verdict = make(scene)
    assert verdict.reason == reason
    assert verdict.moment is None
    assert not verdict.accepted


ALONE = ["untrusted", "expired", "not-for-time-stamping", "bad-signature"]


@pytest.mark.parametrize("reason", ALONE)
def test_the_library_alone_refuses_what_both_refuse(
    scene: Scene, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openssl, "available", lambda: False)
    make = next(make for known, make in REFUSED.values() if known == reason)
    assert make(scene).reason == reason


def test_an_unsorted_certificate_set_is_verified_by_openssl_alone_and_says_so(
    scene: Scene,
) -> None:
    request, roots = scene.request, Roots.of(scene.chained.roots)
    reply = scene.chained.reply(request)
    with pytest.raises(ValueError, match="InvalidSetOrdering"):
        time_extra.rfc3161_client().decode_timestamp_response(reply)
    verdict = scene.judge(reply, roots=roots)
    assert verdict.accepted
    assert verdict.checked_by == (openssl.NAME,)
    assert not verdict.twice
    assert scene.judge(reply).reason == "untrusted"
    assert scene.judge(reply, roots=roots, with_openssl=False).reason == "malformed"


def test_without_openssl_the_library_alone_says_yes_and_says_so(scene: Scene) -> None:
    verdict = scene.judge(scene.reply, with_openssl=False)
    assert verdict.accepted
    assert verdict.checked_by == (LIBRARY,)
    assert not verdict.twice


def test_when_the_two_disagree_it_is_refused(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openssl, "verify", lambda *_: "Verification: FAILED")
    assert scene.judge(scene.reply).reason == "disagree"


def test_certificates_are_judged_at_the_moment_of_the_reply(scene: Scene) -> None:
    for moment, word in ((TODAY, ""), (LATER + DAY, "expired"), (LONG_AGO - DAY, "not yet valid")):
        said = openssl.verify(scene.request, scene.reply, scene.good.roots, b"", moment)
        assert word in said
        assert bool(said) == bool(word)


def test_every_cut_of_a_reply_is_malformed(scene: Scene) -> None:
    for end in range(len(scene.reply)):
        with pytest.raises(ForeignDataError):
            token.read(scene.reply[:end])


def test_no_flipped_byte_moves_the_moment(scene: Scene) -> None:
    _flip(scene, range(3, len(scene.reply), 41))


@pytest.mark.slow
def test_no_flipped_byte_anywhere_moves_the_moment(scene: Scene) -> None:
    _flip(scene, range(len(scene.reply)))


def _flip(scene: Scene, places: range) -> None:
    good = scene.judge(scene.reply)
    refused = 0
    for place in places:
        flipped = bytearray(scene.reply)
        flipped[place] ^= 0x01
        verdict = scene.judge(bytes(flipped))
        assert verdict.moment in (None, good.moment)
        refused += not verdict.accepted
    assert refused > len(places) * 0.9


def test_a_request_asks_about_exactly_these_bytes(scene: Scene) -> None:
    imprint = hashlib.sha256(DATA).digest()
    assert rfc3161.asks_about(scene.request, imprint)
    assert not rfc3161.asks_about(scene.request, bytes(32))
    assert not rfc3161.asks_about(scene.request[:-1], imprint)
    assert rfc3161.read_request(rfc3161.make_request(DATA)).nonce != (
        rfc3161.read_request(scene.request).nonce
    )


def test_roots_without_a_root_are_refused(scene: Scene) -> None:
    for pem in (b"", b"no PEM", scene.good.folder.joinpath("signer.pem").read_bytes()):
        with pytest.raises(UsageError):
            Roots.of(pem)


def test_without_the_library_the_way_to_install_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(time_extra, "import_module", missing)
    with pytest.raises(UsageError, match="unburnt\\[time\\]"):
        rfc3161.make_request(DATA)


# --- published vectors ----------------------------------------------------------------------------

VECTORS = {
    "good": ("test_tsa", "request.der", "response.tsr", ""),
    "good, with certificates of strangers beside": (
        "test_tsa",
        "request.der",
        "response-injected-certs.tsr",
        "",
    ),
    "of another request": ("test_tsa", "other_request.der", "response.tsr", "other-nonce"),
    "of another request, the other way": (
        "test_tsa",
        "request.der",
        "other_response.tsr",
        "other-nonce",
    ),
    "of another algorithm": ("sigstage", "request.der", "response-sha256.tsr", "other-imprint"),
}


@pytest.mark.shared
@pytest.mark.parametrize("case", VECTORS.values(), ids=VECTORS.keys())
def test_the_published_reply(case: tuple[str, str, str, str]) -> None:
    folder, request, reply, reason = case
    verdict = _published(folder, (_vector(folder, request)).read_bytes(), reply)
    assert verdict.reason == reason
    assert verdict.twice == (reason == "")


OWN_REQUEST = {
    "good": ("response-sha256.tsr", ""),
    "good, SHA-384": ("response-sha384.tsr", ""),
    "good, SHA-512": ("response-sha512.tsr", ""),
    "with an invalid signature": ("response-invalid-signature.tsr", "bad-signature"),
    "without a certificate": ("response-no-embedded-cert.tsr", "no-certificate"),
}


@pytest.mark.shared
@pytest.mark.parametrize(("reply", "reason"), OWN_REQUEST.values(), ids=OWN_REQUEST.keys())
def test_the_published_reply_to_a_request_that_is_lost(reply: str, reason: str) -> None:
    """The request is written again from what the reply says, so that only its proof is judged."""
    said = token.read(_vector("sigstage", reply).read_bytes())
    request = _request(said.algorithm, said.imprint, said.nonce or 0)
    assert _published("sigstage", request, reply).reason == reason


@pytest.mark.shared
def test_the_published_reply_under_an_expired_root_without_certificate() -> None:
    said = token.read(_vector("sigstore.mock", "response-expired.tsr").read_bytes())
    request = _request(said.algorithm, said.imprint, said.nonce or 0)
    verdict = _published("sigstore.mock", request, "response-expired.tsr")
    assert not verdict.accepted


def _published(folder: str, request: bytes, reply: str) -> Verdict:
    stock("openssl")
    roots = Roots.of(_vector(folder, "ts_chain.pem").read_bytes())
    return rfc3161.judge(request, _vector(folder, reply).read_bytes(), roots, now=_now())


def _vector(folder: str, name: str) -> Path:
    return shared(f"vectors/rfc3161/trailofbits/{folder}/{name}")


def _request(algorithm: bytes, imprint: bytes, nonce: int) -> bytes:
    """Return a DER TimeStampReq; every part is shorter than 128 bytes."""

    def value(tag: int, content: bytes) -> bytes:
        return bytes([tag, len(content)]) + content

    digits = nonce.to_bytes(nonce.bit_length() // 8 + 1, "big")
    asked = value(0x30, value(0x06, algorithm) + value(0x05, b"")) + value(0x04, imprint)
    parts = [value(0x02, b"\1"), value(0x30, asked), value(0x02, digits), value(0x01, b"\xff")]
    return value(0x30, b"".join(parts))
