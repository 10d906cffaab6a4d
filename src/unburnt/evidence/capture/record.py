"""What a capture saw, as values; and its record, the page of facts that goes into every WACZ.

    seen = Seen(asked="http://…", exchanges=(Exchange(…), …), view=View(…), …)
    record(seen)                       -> {"format": "unburnt-capture/v1", "requestedUrl": …}

Pure: no clock, no browser, no disk. Fields: docs/spec/capture.md, "The capture record".
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

FORMAT = "unburnt-capture/v1"
BODIES = (
    "Bodies are what the browser decoded, not the bytes on the wire; headers that described those"
    " bytes stand as X-Archive-Orig-…"
)
AUTHORSHIP = (
    "An encrypted connection leaves no proof for others of what the server sent: both ends could"
    " have made these bytes. That the page said this is the word of whoever captured it."
)
CLOCK = "Times are those of this machine's clock, which was not compared with another."

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request of the page and what came of it; `body` is None when it could not be kept."""

    url: str
    method: str
    kind: str  # document, image, script, …, as the browser says
    started: str  # RFC 3339 UTC with milliseconds
    request_headers: Headers = ()
    request_body: bytes = b""
    status: int = 0
    status_text: str = ""
    response_headers: Headers = ()
    body: bytes | None = None
    address: str | None = None
    failure: str = ""

    @property
    def is_page(self) -> bool:
        """Whether this answer is a page itself, neither a part of one nor a way to one."""
        return self.kind == "document" and self.status != 0 and not 300 <= self.status < 400


@dataclass(frozen=True, slots=True)
class View:
    """How the page looked in the end; whatever could not be made is None, with a failure noted."""

    title: str = ""
    text: str = ""
    dom: str | None = None
    picture: bytes | None = None
    pdf: bytes | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How the browser presents itself, and by which way it leaves."""

    width: int = 1280
    height: int = 800
    locale: str = "en-US"
    zone: str = "UTC"
    agent: str = ""  # "" is that of a common browser of this version
    proxy: str | None = None  # socks5://HOST:PORT


@dataclass(frozen=True, slots=True)
class Seen:
    """One finished capture."""

    asked: str
    final: str
    started: str
    ended: str
    reason: str
    settings: Settings
    agent: str
    tools: tuple[str, ...]
    exchanges: tuple[Exchange, ...] = ()
    view: View = field(default_factory=View)
    chains: tuple[tuple[str, tuple[bytes, ...]], ...] = ()  # (origin, DER certificates)
    refused: tuple[tuple[str, int, str], ...] = ()
    private: tuple[str, ...] = ()  # inner hosts that a person allowed, and that were used
    failures: tuple[str, ...] = ()
    sandboxed: bool = True

    @property
    def main(self) -> Exchange | None:
        """The exchange that brought the page itself: the last document with the final address.

        A page may give itself another address than it came from; then it is the last document.
        """
        pages = [one for one in self.exchanges if one.is_page]
        same = [one for one in pages if without_fragment(one.url) == without_fragment(self.final)]
        return next(reversed(same or pages), None)

    @property
    def redirects(self) -> tuple[Exchange, ...]:
        """The answers that sent the browser elsewhere before the page came, in order."""
        found: list[Exchange] = []
        for one in self.exchanges:
            if one is self.main:
                break
            if one.kind == "document" and 300 <= one.status < 400:
                found.append(one)
        return tuple(found)


def record(seen: Seen) -> dict[str, Any]:
    """Return the capture record as JSON values."""
    main = seen.main
    return {
        "format": FORMAT,
        "requestedUrl": seen.asked,
        "finalUrl": seen.final,
        "redirects": [
            {"url": one.url, "status": one.status, "location": header(one, "location")}
            for one in seen.redirects
        ],
        "status": main.status if main else None,
        "serverAddress": main.address if main else None,
        "certificates": {
            origin: [{"sha256": hashlib.sha256(der).hexdigest(), "der": der.hex()} for der in chain]
            for origin, chain in seen.chains
        },
        "requestHeaders": [list(pair) for pair in main.request_headers] if main else [],
        "viewport": {"width": seen.settings.width, "height": seen.settings.height},
        "locale": seen.settings.locale,
        "timeZone": seen.settings.zone,
        "userAgent": seen.agent,
        "exit": "proxy" if seen.settings.proxy else "direct",
        "tools": list(seen.tools),
        "sandboxed": seen.sandboxed,
        "started": seen.started,
        "ended": seen.ended,
        "clock": CLOCK,
        "reason": seen.reason,
        "requests": len(seen.exchanges),
        "refused": [{"host": h, "port": p, "why": why} for h, p, why in seen.refused],
        "allowedPrivate": list(seen.private),
        "failed": list(seen.failures),
        "bodies": BODIES,
        "authorship": AUTHORSHIP,
    }


def header(exchange: Exchange, name: str) -> str | None:
    """Return the first response header of this name, or None."""
    return next((v for k, v in exchange.response_headers if k.lower() == name), None)


def without_fragment(url: str) -> str:
    """Return an address without what stands behind #, which no server ever sees."""
    return url.partition("#")[0]


def plain_text(text: str) -> str:
    """Return a page's words in one spelling: NFC, blanks and empty lines folded."""
    words = unicodedata.normalize("NFC", text)
    lines = (re.sub(r"\s+", " ", line).strip() for line in words.splitlines())
    return "\n".join(line for line in lines if line)


def text_digest(seen: Seen) -> str:
    """Return the SHA-256, in hex, of the page's words in one spelling."""
    return hashlib.sha256(plain_text(seen.view.text).encode("utf-8", "replace")).hexdigest()


def media_digest(seen: Seen) -> str:
    """Return the SHA-256, in hex, of the sorted digests of all its pictures, sounds and films."""
    found = {
        hashlib.sha256(one.body).hexdigest()
        for one in seen.exchanges
        if one.body and (header(one, "content-type") or "").startswith(_MEDIA)
    }
    return hashlib.sha256("\n".join(sorted(found)).encode("ascii")).hexdigest()


_MEDIA = ("image/", "video/", "audio/")
