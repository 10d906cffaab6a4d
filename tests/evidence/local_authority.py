"""A time-stamping authority of our own: certificates made here, replies made by `openssl ts`.

authority = LocalAuthority.make(folder, "alpha")
reply = authority.reply(request)
with serving(authority.reply, "/tsr") as url: ...      # a real HTTP server on loopback
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

TODAY = datetime.now(UTC).replace(microsecond=0)
LONG_AGO, LATER = TODAY - timedelta(days=400), TODAY + timedelta(days=400)
DAY = timedelta(days=1)

CONFIG = """
[tsa]
default_tsa = one
[one]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = {digests}
accuracy = secs:1, millisecs:500
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""

Key = ec.EllipticCurvePrivateKey


def certificate(
    name: str,
    key: Key,
    issuer: x509.Certificate | None,
    issuer_key: Key,
    *,
    purpose: ObjectIdentifier | None = None,
    until: datetime = LATER,
    serial: int | None = None,
) -> x509.Certificate:
    """Return a certificate; an authority's when no purpose is given."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(LONG_AGO)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(purpose is None, None), critical=True)
    )
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


@dataclass(frozen=True)
class LocalAuthority:
    """A root, perhaps an intermediate, a signer and a folder for `openssl ts`."""

    folder: Path
    root: x509.Certificate
    signer: x509.Certificate
    signer_key: Key
    issuer: x509.Certificate
    issuer_key: Key

    @classmethod
    def make(
        cls,
        folder: Path,
        name: str,
        *,
        chain: bool = False,
        root_until: datetime = LATER,
        digests: str = "sha256, sha384, sha512",
    ) -> LocalAuthority:
        """Make an authority; `chain` puts an intermediate between root and signer."""
        folder.mkdir()
        key, signer_key = ec.generate_private_key(ec.SECP256R1()), _new_key()
        root = certificate(f"{name} root", key, None, key, until=root_until)
        issuer, issuer_key = root, key
        if chain:
            issuer_key = _new_key()
            issuer = certificate(f"{name} ca", issuer_key, root, key)
        # A long name: DER sorts a set by its bytes, so the signer, written first, comes last.
        signer = certificate(
            f"{name} signer of time stamps",
            signer_key,
            issuer,
            issuer_key,
            purpose=ExtendedKeyUsageOID.TIME_STAMPING,
        )
        (folder / "config").write_text(CONFIG.format(digests=digests))
        (folder / "serial").write_text("01\n")
        (folder / "signer.pem").write_bytes(signer.public_bytes(Encoding.PEM))
        (folder / "chain.pem").write_bytes(issuer.public_bytes(Encoding.PEM) if chain else b"")
        (folder / "key.pem").write_bytes(
            signer_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        return cls(folder, root, signer, signer_key, issuer, issuer_key)

    @property
    def roots(self) -> bytes:
        """The root as PEM: what a person would be given."""
        return self.root.public_bytes(Encoding.PEM)

    def reply(self, request: bytes) -> bytes:
        """Return what `openssl ts -reply` answers to a request."""
        program = shutil.which("openssl")
        assert program
        (self.folder / "request").write_bytes(request)
        words = "ts -reply -config config -section one -queryfile request -signer signer.pem"
        words += " -inkey key.pem -out reply"
        if (self.folder / "chain.pem").stat().st_size:
            words += " -chain chain.pem"
        subprocess.run(
            [program, *words.split()], cwd=self.folder, check=True, capture_output=True, timeout=20
        )
        return (self.folder / "reply").read_bytes()

    def with_purpose(self, reply: bytes, purpose: ObjectIdentifier) -> bytes:
        """Return the reply with a signer's certificate that is for something else.

        Same key, issuer and serial; the same length, so that every length around it stays true.
        """
        before = self.signer.public_bytes(Encoding.DER)
        for _ in range(200):
            other = certificate(
                self.signer.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value.__str__(),
                self.signer_key,
                self.issuer,
                self.issuer_key,
                purpose=purpose,
                serial=self.signer.serial_number,
            ).public_bytes(Encoding.DER)
            if len(other) == len(before):
                assert reply.count(before) == 1
                return reply.replace(before, other)
        raise AssertionError("no certificate of the same length came out")


def _new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


Answer = Callable[[str, bytes], tuple[int, bytes]]


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """Serve on loopback: `answer(path, body)` gives status and bytes; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._say(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def do_GET(self) -> None:
            self._say(b"")

        def _say(self, body: bytes) -> None:
            status, data = answer(self.path, body)
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", data.decode())
                data = b""
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def stamping(authority: LocalAuthority) -> Answer:
    """Answer as an authority does."""
    return lambda path, body: (200, authority.reply(body))
