"""A capture that no browser made: every field is chosen, so that its bytes are always the same."""

from __future__ import annotations

from tests.evidence.capture.pages import PNG
from unburnt.evidence.capture.record import Exchange, Seen, Settings, View

BODY = "<!doctype html><title>Пост</title><p>Сожжём.</p>".encode()
PAGE = "https://example.org/post/1"


def exchange(url: str, kind: str = "document", **more: object) -> Exchange:
    fields = {
        "method": "GET",
        "started": "2026-11-22T20:00:00.250Z",
        "request_headers": (("User-Agent", "common"), ("Accept", "*/*")),
        "status": 200,
        "status_text": "OK",
        "response_headers": (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Encoding", "br"),
            ("Set-Cookie", "a=1\nb=2"),
        ),
        "body": BODY,
        "address": "203.0.113.9",
        **more,
    }
    return Exchange(url=url, kind=kind, **fields)  # type: ignore[arg-type]


def seen(**more: object) -> Seen:
    fields = {
        "asked": "https://example.org/p/1",
        "final": PAGE,
        "started": "2026-11-22T20:00:00.000Z",
        "ended": "2026-11-22T20:00:03.000Z",
        "reason": "a threat",
        "settings": Settings(),
        "agent": "common",
        "tools": ("unburnt 0.1.0", "Chromium 156"),
        "exchanges": (
            exchange(
                "https://example.org/p/1",
                status=302,
                status_text="Found",
                response_headers=(("Location", "/post/1"),),
                body=b"",
            ),
            exchange(PAGE),
            exchange(
                "https://example.org/a.png",
                "image",
                response_headers=(("Content-Type", "image/png"),),
                body=PNG,
            ),
            exchange("https://example.org/late", "fetch", body=None, failure="cut"),
            exchange("http://10.0.0.7/x", "script", status=0, body=None, address=None),
        ),
        "view": View("Пост", "Сожжём.\n\n\n  и  ещё", "<p>после</p>", PNG, b"%PDF-1.4"),
        "chains": (("https://example.org", (b"\x30\x03der",)),),
        "refused": (("10.0.0.7", 80, "private"),),
        "failures": ("https://example.org/late: cut",),
        **more,
    }
    return Seen(**fields)  # type: ignore[arg-type]
