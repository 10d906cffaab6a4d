"""The gate's other door: asked in HTTP, as programs do that know no SOCKS.

    CONNECT example.org:443 HTTP/1.1           GET http://example.org/film HTTP/1.1

    read(client, b"C", until) -> Asked("example.org", 443, …)

One request a connection. A plain one goes on with its path alone and without what was meant for
the proxy, and its connection ends with its answer; of a tunnel nothing is read.
"""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

HEAD_LIMIT = 64 * 1024
_LINE = re.compile(r"([A-Z]{1,16}) (\S{1,16384}) HTTP/1\.[01]")
_PLACE = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([^:\[\]@/]{1,255})):([0-9]{1,5})")
_END = b"\r\n\r\n"
_DROPPED = ("proxy-", "connection:", "keep-alive:")


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a client wants to go, what it is answered, and what is to be sent there first."""

    host: str
    port: int
    granted: bytes
    forbidden: bytes
    unreachable: bytes
    begun: bytes = b""


def read(client: socket.socket, first: bytes, until: float) -> Asked:
    """Return what a request asks for; ValueError when it is none, or has no end in time."""
    data = first
    while _END not in data:
        if len(data) > HEAD_LIMIT or time.monotonic() > until:
            raise ValueError("no request")
        part = client.recv(HEAD_LIMIT)
        if not part:
            raise ValueError("cut short")
        data += part
    head, _, body = data.partition(_END)
    line, *headers = head.decode("latin-1").split("\r\n")
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError("no request")
    if found[1] == "CONNECT":
        place = _PLACE.fullmatch(found[2])
        if place is None:
            raise ValueError("no place")
        host, port = place[1] or place[2], int(place[3])
        if port >= 2**16:
            raise ValueError("no port")
        return Asked(host, port, b"HTTP/1.1 200 Connected\r\n\r\n", _no(403), _no(502), body)
    return _plain(found[1], found[2], headers, body)


def _plain(method: str, url: str, headers: list[str], body: bytes) -> Asked:
    parts = urlsplit(url)
    if parts.scheme.lower() != "http" or not parts.hostname:
        raise ValueError("no address of http")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kept = [one for one in headers if not one.lower().startswith(_DROPPED)]
    lines = [f"{method} {path} HTTP/1.1", *kept, "Connection: close"]
    begun = "\r\n".join(lines).encode("latin-1") + _END + body
    return Asked(parts.hostname, parts.port or 80, b"", _no(403), _no(502), begun)


def _no(status: int) -> bytes:
    reason = {403: "Forbidden", 502: "Bad Gateway"}[status]
    return (f"HTTP/1.1 {status} {reason}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").encode(
        "ascii"
    )
