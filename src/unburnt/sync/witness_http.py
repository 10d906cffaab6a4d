"""The little of HTTP/1.1 that a witness speaks: a strict head, a bounded body, one answer.

    POST /add-checkpoint HTTP/1.1               GET /<sha256 of the origin>/checkpoint HTTP/1.1
    Host: witness.example
    Content-Length: 412

    read_head(data) -> Head("POST", "/add-checkpoint", 412)
    render(reply)   -> bytes, "Connection: close" in it

Two addresses, no escapes in them, no query, no folders: there is no path to climb out of. Whatever
is not this is refused with its status and never guessed at. Pure: the sockets are in
`witness_server`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from unburnt.core.errors import ForeignDataError
from unburnt.crypto.witness import PLAIN, REQUEST_LIMIT, Reply

HEAD_LIMIT = 8 * 1024
"""Bound on the bytes of request line and headers, as other servers have it."""

HEADERS = 64
"""Bound on the number of headers."""

END = b"\r\n\r\n"
ADD = "/add-checkpoint"

_REQUEST_LINE = re.compile(rb"([A-Z]{1,16}) (/[!-~]{0,255}) HTTP/1\.[01]")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}):[ \t]*([\x20-\x7e\t\x80-\xff]*)")
_LENGTH = re.compile(rb"[0-9]{1,9}")
_NEWEST = re.compile(r"/([0-9a-f]{64})/checkpoint")
_REASONS = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    411: "Length Required",
    413: "Content Too Large",
    422: "Unprocessable Content",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Head:
    """What a request asks for; `length` bytes of body follow, None when it did not say."""

    method: str
    path: str
    length: int | None


def read_head(data: bytes) -> Head:
    """Return what request line and headers say, without `END`; ForeignDataError when malformed."""
    line, *headers = data.split(b"\r\n")
    asked = _REQUEST_LINE.fullmatch(line)
    if asked is None or len(data) > HEAD_LIMIT or len(headers) > HEADERS:
        raise _malformed()
    lengths: list[bytes] = []
    for header in headers:
        found = _HEADER.fullmatch(header)
        if found is None:
            raise _malformed()
        name = found[1].lower()
        if name == b"transfer-encoding":  # two ways to say a length are one too many
            raise _malformed()
        if name == b"content-length":
            lengths.append(found[2].rstrip(b" \t"))
    if len(lengths) > 1 or any(_LENGTH.fullmatch(length) is None for length in lengths):
        raise _malformed()
    length = int(lengths[0]) if lengths else None
    return Head(asked[1].decode("ascii"), asked[2].decode("ascii"), length)


def refused(head: Head) -> Reply | None:
    """Return why a request is not served at all, before its body is read; None when it may be."""
    if head.path == ADD:
        if head.method != "POST":
            return Reply(405, b"Use POST.\n")
        if head.length is None:
            return Reply(411, b"Say the length.\n")
        if head.length > REQUEST_LIMIT:
            return Reply(413, b"This is too long.\n")
        return None
    if origin_in(head.path) is None:
        return Reply(404, b"There is nothing here.\n")
    if head.method != "GET":
        return Reply(405, b"Use GET.\n")
    return Reply(400, b"A GET has no body.\n") if head.length else None


def origin_in(path: str) -> str | None:
    """Return the hash of the origin whose newest checkpoint a path names, else None."""
    found = _NEWEST.fullmatch(path)
    return found[1] if found else None


def render(reply: Reply) -> bytes:
    """Return the bytes of an answer, after which the connection is closed."""
    allow = "Allow: GET, POST\r\n" if reply.status == 405 else ""
    head = (
        f"HTTP/1.1 {reply.status} {_REASONS[reply.status]}\r\n"
        f"Content-Type: {reply.content_type or PLAIN}\r\nContent-Length: {len(reply.body)}\r\n"
        f"{allow}Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + reply.body


def _malformed() -> ForeignDataError:
    return ForeignDataError("A request is not HTTP as it is spoken here.", "Ask in HTTP/1.1.")
