"""Capturing a web page: one look at one address becomes evidence, or a recorded failure.

    done = capture(session, "https://example.org/post", reason="a threat", compartment=cases)
    done.outcome, done.evidence, done.why

1. the request is checked: reason, rights, address; nothing is asked of anybody yet;
2. the page is fetched once, through the gate, in a browser that is thrown away;
3. it is compared with the page before, if there was one;
4. unless it is the same, its web archive is made in memory and read back by our own strict reader;
5. unless it is the same, the archive is sealed (durable before the entry);
6. what was seen is said: of the evidence by itself, of the look by who looked.

When nothing came, that is said too, with the reason; and so is that something came of which no
sound archive could be made: then nothing of it is kept. Statements: docs/spec/capture.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from unburnt.core import text
from unburnt.core.errors import ForeignDataError, MediumError, UsageError
from unburnt.core.ids import new_id
from unburnt.evidence.capture import browser, door, gone, wacz, wacz_reading
from unburnt.evidence.capture.browser import Options
from unburnt.evidence.capture.gate import Limits
from unburnt.evidence.capture.record import Seen, Settings, media_digest, plain_text, text_digest
from unburnt.evidence.capture.urls import check_host, check_url
from unburnt.model import values
from unburnt.storage.objects import Sealed
from unburnt.workflow.own_keys import seal_alone, with_key
from unburnt.workflow.session import Claim, Session

TYPE = "application/wacz"
Fetch = Callable[[str, str, Options], Seen]
"""(address, reason, how) → what was seen; the browser, unless a caller has another."""

_MOST_FAILURES = 50  # statements; the capture record in the file has them all


@dataclass(frozen=True, slots=True)
class Request:
    """What to look at, why, for whom; the rest when it is a look at a watched page.

    `before` are the digests of the last page that was itself seen, `held` those of whatever came
    last, a notice of blocking say: neither is kept twice.
    """

    url: str
    reason: str
    compartment: str
    source: str
    watch: str | None = None
    before: tuple[str, str] | None = None
    held: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Captured:
    """One look: its entity, what came of it and why; `evidence` is None when none was kept."""

    capture: str
    outcome: str
    why: str = ""
    evidence: str | None = None
    url: str = ""
    status: int = 0
    title: str = ""
    size: int = 0
    failures: tuple[str, ...] = ()


def options(allow_private: Iterable[str] = (), proxy: str | None = None) -> Options:
    """Return how pages are fetched; UsageError for a host or proxy that is none."""
    browser.check_proxy(proxy)
    settings = Settings(proxy=proxy)
    return Options(settings, Limits(), frozenset(check_host(host) for host in allow_private))


def capture(
    session: Session,
    url: str,
    *,
    reason: str,
    compartment: str,
    source: str | None = None,
    how: Options | None = None,
    watch: str | None = None,
    before: tuple[str, str] | None = None,
    held: tuple[str, str] | None = None,
    fetch: Fetch = browser.capture,
) -> Captured:
    """Capture a page and record it, or record that it could not be captured and why.

    Raises UsageError, before anything is asked of anybody, without a reason or for an address that
    may not be captured; and when the extra `capture` or Chromium is missing.
    """
    asked = Request(
        check_url(url).url,
        check_reason(reason),
        compartment,
        source or session.member,
        watch,
        before,
        held,
    )
    session.check_may_write(compartment)
    door.check()
    started = session.clock()
    done = Captured(new_id(session.random), gone.UNREACHABLE, url=asked.url)
    try:
        seen = fetch(asked.url, asked.reason, how or Options())
        done, now = _judged(asked, seen, done.capture)
        is_held = now in (asked.before, asked.held)
        data = b"" if is_held else archive(seen)
    except (MediumError, UsageError, ForeignDataError) as error:
        # A watched name may come to lead inside when it is blocked; the others must be looked at.
        if isinstance(error, UsageError) and watch is None:
            raise
        outcome = gone.FAILED if isinstance(error, ForeignDataError) else gone.UNREACHABLE
        done = replace(done, outcome=outcome, why=error.message)
        session.say(_look(session, asked, done, started, None))
        return done
    if is_held:
        session.say(_look(session, asked, done, started, now))
        return done
    return _keep(session, asked, seen, data, replace(done, size=len(data)), started, now)


def archive(seen: Seen) -> bytes:
    """Return the web archive of what was seen, read back; ForeignDataError when it is not sound."""
    data = wacz.write(seen)
    wacz_reading.read(data, roots=())
    return data


def check_reason(reason: str) -> str:
    """Return a reason as it is recorded; UsageError when there is none."""
    if not reason.strip():
        raise UsageError(
            "A capture needs a reason.", "Say in a few words why this page is collected."
        )
    return text.clean(reason.strip(), values.MAX_NOTE)


def _judged(asked: Request, seen: Seen, capture: str) -> tuple[Captured, tuple[str, str]]:
    """Return what a look means, and the digests of words and pictures."""
    now = text_digest(seen), media_digest(seen)
    main = seen.main
    words = f"{seen.view.title}\n{seen.view.text}"
    headers = main.response_headers if main else ()
    look = gone.Look(seen.final, main.status if main else 0, words, *now, headers, asked.url)
    verdict = gone.verdict(look, asked.before)
    done = Captured(
        capture,
        verdict.outcome,
        verdict.why,
        url=seen.final,
        status=look.status,
        title=seen.view.title,
        failures=seen.failures,
    )
    return done, now


def _keep(
    session: Session,
    asked: Request,
    seen: Seen,
    data: bytes,
    done: Captured,
    started: str,
    now: tuple[str, str],
) -> Captured:
    sealed, key = seal_alone(session, asked.compartment, data)
    done = replace(done, evidence=new_id(session.random))
    claims = [
        *_evidence(session, asked, seen, done, with_key(_file(data, sealed, seen), key), started),
        *_look(session, asked, done, started, now),
    ]
    session.say(claims, [(sealed.name, sealed.size)], [key] if key else [])
    return done


def _file(data: bytes, sealed: Sealed, seen: Seen) -> dict[str, Any]:
    host = urlsplit(seen.final).hostname or "page"
    stamp = seen.started[:19].replace("-", "").replace(":", "")
    return {
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "object": sealed.name,
        "name": f"{host.replace(':', '-')}-{stamp}Z.wacz",
        "type": TYPE,
    }


# --- what is said ------------------------------------------------------------------------------


def _evidence(
    session: Session,
    asked: Request,
    seen: Seen,
    done: Captured,
    file: dict[str, Any],
    started: str,
) -> list[Claim]:
    """Return what is said of the web archive: by whoever captured it, and by the archive itself."""
    assert done.evidence is not None  # noqa: S101 - only called with one
    said: list[tuple[str, dict[str, Any], str]] = [
        ("file", {"file": file}, asked.source),
        ("captureKind", {"term": "web-capture"}, asked.source),
        ("capturedAt", {"date": started}, done.evidence),
        *(("captureTool", {"text": tool}, done.evidence) for tool in seen.tools),
        *((name, value, done.evidence) for name, value in _page(seen)),
    ]
    return [
        Claim(
            entity=done.evidence,
            schema="Evidence",
            property=name,
            value=value,
            source=source,
            compartment=asked.compartment,
        )
        for name, value, source in said
    ]


def _page(seen: Seen) -> list[tuple[str, dict[str, Any]]]:
    """Return address, title and words of a page, each where it can be recorded."""
    said = []
    if url := _url(seen.final):
        said.append(("sourceUrl", {"url": url}))
    if title := harmless(seen.view.title, values.MAX_NAME):
        said.append(("title", {"text": title}))
    if words := harmless(plain_text(seen.view.text), values.MAX_TEXT):
        said.append(("bodyText", {"text": words}))
    return said


def _look(
    session: Session,
    asked: Request,
    done: Captured,
    started: str,
    digests: tuple[str, str] | None,
) -> list[Claim]:
    """Return what is said of the look itself."""
    said: list[tuple[str, dict[str, Any]]] = [
        ("url", {"url": asked.url}),
        ("capturedAt", {"date": started}),
        ("captureReason", {"text": asked.reason}),
        ("outcome", _term(done)),
    ]
    if digests is not None and (url := _url(done.url)):
        said.append(("finalUrl", {"url": url}))
    if done.status:
        said.append(("httpStatus", {"number": str(done.status)}))
    for name, digest in zip(("textDigest", "mediaDigest"), digests or (), strict=False):
        said.append((name, {"identifier": digest, "scheme": "sha256"}))
    if done.evidence is not None:
        said.append(("evidence", {"entity": done.evidence}))
    if asked.watch is not None:
        said.append(("watch", {"entity": asked.watch}))
    for failure in dict.fromkeys(done.failures[:_MOST_FAILURES]):
        if words := harmless(failure, values.MAX_NOTE):
            said.append(("failure", {"text": words}))
    return [
        Claim(
            entity=done.capture,
            schema="Capture",
            property=name,
            value=value,
            source=asked.source,
            compartment=asked.compartment,
        )
        for name, value in said
    ]


def _term(done: Captured) -> dict[str, Any]:
    note = harmless(done.why, values.MAX_NOTE)
    return {"term": done.outcome, "note": note} if note else {"term": done.outcome}


def _url(url: str) -> str:
    """Return an address that can be recorded as one, or ""."""
    try:
        values.check({"url": url})
    except UsageError:
        return ""
    return url


def harmless(words: str, limit: int) -> str:
    """Return foreign words as they can be recorded: at most `limit` bytes, or "" when they cannot.

    Line by line, what could command a terminal is escaped; what is too long is cut at its end.
    """
    lines = "\n".join(text.printable(line) for line in words.splitlines())
    cut = lines.encode("utf-8", "replace")[: limit // 2].decode("utf-8", "ignore")
    try:
        return text.clean(cut, limit).strip()
    except UsageError:
        return ""
