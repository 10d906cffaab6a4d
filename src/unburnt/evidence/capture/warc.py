"""The WARC file of a capture: requests, responses, how the page looked, and the capture record.

    data = write(seen)                 # gzip per record, WARC/1.1

The same capture always gives the same bytes: record ids are made from what they name, dates from
when the requests were made. Which records: docs/spec/capture.md, "The WARC file".
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import uuid
from collections.abc import Iterable, Mapping

from unburnt import __version__
from unburnt.evidence.capture import door
from unburnt.evidence.capture.record import Exchange, Seen, plain_text, record

RECORD = "urn:unburnt-capture:"
PICTURE = "urn:fullPage:"
PDF = "urn:pdf:"
DOM = "urn:dom:"
TEXT = "urn:text:"
_DESCRIBING = ("content-encoding", "transfer-encoding", "content-length", "trailer")
_BEYOND = re.compile("[\x80-\xff]")
_MOVED = "X-Archive-Orig-"
_SPACE = uuid.UUID("6f6e2f0e-6d7c-5a0e-9c0c-1d6a4b8a0c11")  # of our record ids


def write(seen: Seen) -> bytes:
    """Return the WARC file; UsageError when the extra `capture` is not installed."""
    out = _Out(seen)
    out.info()
    for number, one in enumerate(seen.exchanges):
        out.exchange(number, one)
    view = seen.view
    if view.picture is not None:
        out.resource(PICTURE, "image/png", view.picture)
    if view.pdf is not None:
        out.resource(PDF, "application/pdf", view.pdf)
    if view.dom is not None:
        out.resource(DOM, "text/html; charset=utf-8", view.dom.encode("utf-8", "replace"))
    text = plain_text(view.text).encode("utf-8", "replace")
    out.resource(TEXT, "text/plain; charset=utf-8", text)
    out.resource(
        RECORD, "application/json", json.dumps(record(seen), sort_keys=True).encode("ascii")
    )
    return out.file.getvalue()


class _Out:
    """A file being written."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.file = io.BytesIO()
        self._headers = door.warcio("statusandheaders").StatusAndHeaders
        self._writer = door.warcio("warcwriter").WARCWriter(self.file, warc_version="1.1")

    def info(self) -> None:
        """Write what this file is and who wrote it."""
        fields = (
            f"software: unburnt {__version__}\r\nformat: WARC File Format 1.1\r\n"
            "conformsTo: https://iipc.github.io/warc-specifications/specifications/"
            "warc-format/warc-1.1/\r\n"
        ).encode("ascii")
        self._record(None, "warcinfo", fields, "application/warc-fields", self.seen.started)

    def exchange(self, number: int, one: Exchange) -> None:
        """Write the response, if one came, and the request that belongs to it."""
        more = {"WARC-IP-Address": one.address} if one.address else {}
        asked = self._id("request", number)
        if one.status:
            answered = self._id("response", number)
            body, headers = one.body or b"", _as_decoded(one)
            if one.body is None:
                more = {**more, "WARC-Truncated": "unspecified"}
            self._http(
                "response",
                one,
                (f"{one.status} {_line(one.status_text)}".strip(), headers, "HTTP/1.1"),
                body,
                {**more, "WARC-Record-ID": answered},
            )
            more = {k: v for k, v in more.items() if k != "WARC-Truncated"}
            more["WARC-Concurrent-To"] = answered
        self._http(
            "request",
            one,
            (f"{one.method} {_path(one.url)} HTTP/1.1", one.request_headers, ""),
            one.request_body,
            {**more, "WARC-Record-ID": asked},
        )

    def resource(self, prefix: str, kind: str, data: bytes) -> None:
        """Write something made from the page at the end of the capture."""
        self._record(prefix + self.seen.final, "resource", data, kind, self.seen.ended)

    def _http(
        self,
        kind: str,
        one: Exchange,
        head: tuple[str, Iterable[tuple[str, str]], str],
        body: bytes,
        fields: Mapping[str, str],
    ) -> None:
        status, headers, protocol = head
        clean = [(_line(name), _line(value)) for name, value in headers]
        made = self._writer.create_warc_record(
            one.url,
            kind,
            payload=io.BytesIO(body),
            length=len(body),
            warc_headers_dict={"WARC-Date": one.started, **_digest("Payload", body), **fields},
            http_headers=self._headers(status, clean, protocol=protocol),
        )
        made.http_headers.compute_headers_buffer(None)
        block = made.http_headers.headers_buff + body
        for name, value in _digest("Block", block).items():
            made.rec_headers.add_header(name, value)
        self._writer.write_record(made)

    def _record(self, uri: str | None, kind: str, data: bytes, content: str, date: str) -> None:
        fields = {"WARC-Date": date, "WARC-Record-ID": self._id(uri or kind, 0)}
        made = self._writer.create_warc_record(
            uri,
            kind,
            payload=io.BytesIO(data),
            length=len(data),
            warc_content_type=content,
            warc_headers_dict={**fields, **_digest("Block", data), **_payload(kind, data)},
        )
        self._writer.write_record(made)

    def _id(self, name: str, number: int) -> str:
        made = uuid.uuid5(_SPACE, f"{self.seen.started}\n{self.seen.asked}\n{name}\n{number}")
        return f"<urn:uuid:{made}>"


def _payload(kind: str, data: bytes) -> dict[str, str]:
    return {} if kind == "warcinfo" else _digest("Payload", data)


def _digest(part: str, data: bytes) -> dict[str, str]:
    """SHA-256 where the writer would take SHA-1, for which collisions can be bought."""
    spelled = base64.b32encode(hashlib.sha256(data).digest()).decode("ascii")
    return {f"WARC-{part}-Digest": f"sha256:{spelled}"}


def _as_decoded(one: Exchange) -> list[tuple[str, str]]:
    """Return headers that fit the decoded body; those that described the wire move aside."""
    moved = [
        (f"{_MOVED}{k}" if k.lower() in _DESCRIBING else k, v) for k, v in one.response_headers
    ]
    return [*moved, ("Content-Length", str(len(one.body or b"")))]


def _line(text: str) -> str:
    """Return a header's text on one line: the browser joins repeated headers with line feeds.

    Bytes beyond ASCII become %XX; the writer does so only with some, and fails on the others.
    """
    plain = text.encode("latin-1", "replace").decode("latin-1")
    return " ".join(_BEYOND.sub(lambda found: f"%{ord(found[0]):02X}", plain).split())


def _path(url: str) -> str:
    rest = url.partition("://")[2]
    slash = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    path = rest[slash:].partition("#")[0]
    return path if path.startswith("/") else f"/{path}"
