"""What a proxy answers: to SOCKS5 with and without a password, and to CONNECT."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from tests.answering import Answering
from unburnt.storage.proxy import connect, parse

_OPENED = b"\x05\x00\x05\x00\x00\x01\x7f\x00\x00\x01\x04\xd2"
SEEDS = [
    b"HTTP/1.1 200 Connection established\r\nVia: a\r\n\r\n",
    b"HTTP/1.0 407 Proxy Authentication Required\r\n\r\n",
    _OPENED,
    b"\x05\x02\x01\x00\x05\x00\x00\x03\x09localhost\x04\xd2",
    b"\x05\x02\x01\x00\x05\x04\x00\x04" + bytes(18),
    _OPENED + b"and what the other end says",
]


@cache
def _server() -> Answering:
    return Answering()


def fuzz(data: bytes) -> None:
    """Ask a proxy that answers so for a line; OSError is what its callers expect."""
    server = _server()
    server.said = data
    for kind in ("http://", "socks5h://", "socks5h://name:word@"):
        with suppress(OSError):
            connect(parse(f"{kind}127.0.0.1:{server.port}"), "example.org", 443, 2.0).close()
