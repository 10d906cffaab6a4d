"""What an authority, a calendar or a witness answers over HTTP."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from tests.answering import Answering
from unburnt.core.errors import UnburntError
from unburnt.crypto.witness import ANSWER_LIMIT
from unburnt.evidence import remote
from unburnt.sync.witness_client import http_send

SEEDS = [
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc",
    b"HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 409 No\r\nContent-Type: text/x.tlog.size\r\n\r\n5",
    b"no HTTP at all",
]


@cache
def _server() -> Answering:
    return Answering()


def fuzz(data: bytes) -> None:
    """Ask an address that answers so, once as each who asks; never more than the limit comes."""
    server = _server()
    server.said = data
    url = f"http://127.0.0.1:{server.port}"
    with suppress(UnburntError):
        assert len(remote.ask(url, b"question", "text/plain", patience=2.0)) <= remote.LIMIT
    with suppress(UnburntError):
        reply = http_send(url, timeout=2.0)("POST", "/add-checkpoint", b"question")
        assert len(reply.body) <= ANSWER_LIMIT
