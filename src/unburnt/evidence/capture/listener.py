"""Listening to one page: each request it makes is announced to the gate and kept with its answer.

    listener = Listener(context, page, gate, limits, places, Error)
    listener.settle()
    listener.exchanges, listener.failures

Bodies are taken as soon as each is whole: the browser forgets them when the page moves on. What
could not be kept stays as an exchange without a body, with the reason among the failures.
`listener.hold(session)` keeps each document back until its body is here.
"""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from unburnt.core.errors import UsageError
from unburnt.evidence.capture.gate import Gate, Limits
from unburnt.evidence.capture.record import Exchange, Headers, without_fragment
from unburnt.evidence.capture.urls import Places, host_of

_PATIENCE = 5.0  # seconds for one more question to the browser
_LONGEST = 32_768  # characters of an address; it stands in the header of a record


def moment() -> str:
    """Return the present as RFC 3339 UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Listener:
    """Hears every request of a browser context; made before the page is loaded."""

    def __init__(
        self, context: Any, page: Any, gate: Gate, limits: Limits, places: Places, fault: Any
    ) -> None:
        self._page, self._gate, self._limits = page, gate, limits
        self._places, self._fault = places, fault
        self._begun: dict[Any, tuple[int, str]] = {}
        self._done: dict[int, Exchange] = {}
        self._held: dict[str, bytes] = {}
        self._kept = 0
        self._count = 0
        self.failures: list[str] = []
        self.download = False
        context.on("request", self._on_request)
        context.on("requestfinished", self._on_finished)
        context.on("requestfailed", self._on_failed)
        context.on("page", self._on_page)
        page.on("dialog", lambda dialog: dialog.dismiss())
        page.on("download", self._on_download)
        page.on("websocket", self._on_socket)

    @property
    def exchanges(self) -> list[Exchange]:
        """What was heard, in the order of the requests."""
        return [self._done[number] for number in sorted(self._done)]

    def asked(self, host: str) -> bool:
        """Tell whether the page itself, after redirects, was to come from this host."""
        return any(
            one.kind == "document" and urlsplit(one.url).hostname == host for one in self.exchanges
        )

    def hold(self, session: Any) -> None:
        """Keep each document back until it is whole, and take its body before the page has it."""

        def paused(event: Any) -> None:
            asked = {"requestId": event["requestId"]}
            with suppress(self._fault):  # a redirect has none; the browser may end
                answer = session.send("Fetch.getResponseBody", asked)
                spelled = answer["body"]
                packed = answer["base64Encoded"]
                body = base64.b64decode(spelled) if packed else spelled.encode("utf-8", "replace")
                self._held[without_fragment(event["request"]["url"])] = body
            with suppress(self._fault):
                session.send("Fetch.continueRequest", asked)

        session.on("Fetch.requestPaused", paused)
        documents = {"urlPattern": "*", "resourceType": "Document", "requestStage": "Response"}
        session.send("Fetch.enable", {"patterns": [documents]})

    def settle(self) -> None:
        """Write down what was begun and has not ended."""
        for request in list(self._begun):
            try:
                self._keep(request, "it had not ended when the capture ended")
            except self._fault:
                self.failures.append("a request was lost when the browser ended")

    def _on_request(self, request: Any) -> None:
        if not request.url.startswith(("http:", "https:")):
            return
        if len(request.url) > _LONGEST:
            self.failures.append(f"{request.url[:200]}…: too long an address to be kept")
            self._gate.announce(request.url)
            return
        if self._count >= self._limits.requests:
            self.failures.append(f"more than {self._limits.requests} requests: the rest was left")
            return
        self._begun[request] = (self._count, moment())
        self._count += 1
        self._gate.announce(request.url)

    def _on_finished(self, request: Any) -> None:
        self._guarded(request, "")

    def _on_failed(self, request: Any) -> None:
        self._guarded(request, str(request.failure or "failed"))

    def _guarded(self, request: Any, failure: str) -> None:
        try:
            self._keep(request, failure)
        except self._fault:
            self.failures.append("a request was lost when the browser ended")

    def _on_page(self, page: Any) -> None:
        if page is not self._page:
            self.failures.append("the page tried to open another window")
            page.close()

    def _on_download(self, download: Any) -> None:
        self.download = True
        self.failures.append("the page is, or began, a download; files are not taken this way")

    def _on_socket(self, channel: Any) -> None:
        self._gate.announce(channel.url)
        self.failures.append("the page opened a web socket; what passed through it is not kept")

    def _keep(self, request: Any, failure: str) -> None:
        begun = self._begun.pop(request, None)
        if begun is None:
            return
        number, started = begun
        response = request.response() if not failure or _answered(request) else None
        body: bytes | None = b""
        if response is not None and not _has_no_body(response.status, request.method):
            body, failure = self._body(request, response, failure)
        if failure:
            self.failures.append(f"{request.url[:200]}: {failure}")
        self._done[number] = Exchange(
            url=request.url,
            method=request.method,
            kind=self._kind(request),
            started=started,
            request_headers=_headers(request),
            request_body=request.post_data_buffer or b"",
            status=response.status if response else 0,
            status_text=response.status_text if response else "",
            response_headers=_headers(response) if response else (),
            body=body if response else None,
            address=self._address(request.url),
            failure=failure,
        )

    def _body(self, request: Any, response: Any, failure: str) -> tuple[bytes | None, str]:
        held = self._held.get(without_fragment(request.url))
        if held is None and failure:
            return None, failure
        try:
            body = response.body() if held is None else held
        except self._fault:
            return None, "the body is larger than the browser keeps, or the page left too soon"
        self._kept += len(body)
        if self._kept > self._limits.kept:
            return None, "the limit of bytes to keep was reached"
        return bytes(body), failure

    def _kind(self, request: Any) -> str:
        if not request.is_navigation_request():
            return str(request.resource_type)
        return "document" if request.frame == self._page.main_frame else "frame"

    def _address(self, url: str) -> str | None:
        try:
            return self._places.address(host_of(url))
        except UsageError:
            return None


def _answered(request: Any) -> bool:
    """Tell whether an answer had begun before a request failed: a cut body, a refused download."""
    return bool(request.existing_response)


def _has_no_body(status: int, method: str) -> bool:
    return method == "HEAD" or status in (204, 304) or 300 <= status < 400


def _headers(message: Any) -> Headers:
    return tuple((pair["name"], pair["value"]) for pair in message.headers_array())
