"""The browser: one page, fetched once by the system's Chromium in a profile that is thrown away.

    seen = capture("https://example.org/page", "a threat", Options())
    seen.exchanges, seen.view, seen.refused, seen.failures

Everything leaves through the `gate`; nothing but what the page asks for is let out. Scripts run, so
that what a reader saw is seen; lazy pictures are scrolled for, within bounds. A page that leaves
for no address at all before its body was kept is asked for once more, without its scripts.
Downloads, dialogs and service workers are refused. Raises MediumError when no page came at all;
what failed besides is in `failures`. Never keeps a cookie, never logs in, never asks an archive or
search engine.
"""

from __future__ import annotations

import base64
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version as version_of
from typing import Any
from urllib.parse import urlsplit

from unburnt import __version__
from unburnt.core.errors import ForeignDataError, MediumError, UnburntError, UsageError
from unburnt.evidence import own_memory
from unburnt.evidence.capture import browser_process, door
from unburnt.evidence.capture.gate import Gate, Limits, resolve
from unburnt.evidence.capture.listener import Listener, moment
from unburnt.evidence.capture.record import Seen, Settings, View
from unburnt.evidence.capture.urls import MAX_URL, Places, Resolve, check_url
from unburnt.storage import proxy
from unburnt.storage.proxy import Proxy

_OFF = (
    "OptimizationHints,MediaRouter,Translate,NetworkPrediction,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,AutofillServerCommunication,InterestFeedContentSuggestions,"
    "CertificateTransparencyComponentUpdater,PreconnectToSearch,DialMediaRouteProvider"
)
# The gate refuses all of this anyway; not asking is quieter and faster.
_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-client-side-phishing-detection",
    "--disable-quic",
    "--disable-extensions",
    "--disable-breakpad",
    "--disable-gaia-services",
    "--dns-prefetch-disable",
    "--no-pings",
    "--no-first-run",
    "--no-default-browser-check",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",  # its name in older ones
    f"--disable-features={_OFF}",
)
# The gate speaks SOCKS to the browser: whatever it cannot reach looks like this.
_UNANSWERED = "net::ERR_SOCKS_CONNECTION_FAILED"
_SCROLL = """(async (steps, pause) => {
  for (let i = 0; i < steps; i++) {
    const before = window.scrollY;
    window.scrollBy(0, Math.max(200, window.innerHeight * 0.9));
    await new Promise(done => setTimeout(done, pause));
    if (window.scrollY <= before) break;
  }
  const whole = window.scrollY + window.innerHeight >= document.documentElement.scrollHeight - 2;
  window.scrollTo(0, 0);
  return whole;
})(%d, %d)"""


@dataclass(frozen=True, slots=True)
class Options:
    """How a page is fetched: settings, limits, inner hosts allowed by name, and who resolves."""

    settings: Settings = field(default_factory=Settings)
    limits: Limits = field(default_factory=Limits)
    private: frozenset[str] = frozenset()
    resolve: Resolve = resolve
    flags: tuple[str, ...] = ()


def capture(url: str, reason: str, options: Options) -> Seen:
    """Fetch a page once and return all that was seen of it.

    Raises UsageError for an address that may not be captured or a missing program, MediumError when
    the page did not come, ForeignDataError when what the browser gave cannot be read.
    """
    check_url(url)
    upstream = check_proxy(options.settings.proxy)
    places = Places(None if upstream else options.resolve, options.private)
    with Gate(places, options.limits, upstream) as gate:
        target = check_url(url)
        gate.announce(url)
        if why := places.find(target.host, target.port)[1]:
            raise _refusal(why)
        visit = _Visit(url, reason, options, places, gate)
        seen = visit.run()
        if visit.lost:
            visit = _Visit(url, reason, options, places, gate, still=True)
            seen = visit.run()
        if visit.lost:
            raise MediumError(
                "The page left for an address that is none before its body could be kept.",
                "Look at the address by hand.",
            )
        return seen


def _refusal(why: str) -> UnburntError:
    if why == "no such name":
        return MediumError(
            "The page could not be fetched: there is no such host.",
            "Check the address and the network.",
        )
    return UsageError(
        f"This host may not be captured: {why}.",
        "If it is yours and you mean it: --allow-private HOST.",
    )


def check_proxy(setting: str | None) -> Proxy | None:
    """Return the proxy that a setting names, None for none; UsageError for what is no proxy."""
    return None if setting is None else proxy.parse(setting)


class _Visit:
    """One visit: starts the browser, loads the page, looks at it, ends the browser.

    A `still` one keeps each document back until it is whole, and runs no script of it. `lost` is
    known afterwards: the page left for an address that is none, and its body is not here.
    """

    def __init__(
        self,
        url: str,
        reason: str,
        options: Options,
        places: Places,
        gate: Gate,
        still: bool = False,
    ) -> None:
        self.url, self.reason, self.options = url, reason, options
        self.places, self.gate, self.still = places, gate, still
        self.lost = False
        self.failures: list[str] = [_AGAIN] if still else []
        self.fault: Any = None  # the driver's class of errors
        # The browser refuses to keep its sandbox for the superuser.
        self.sandboxed = not hasattr(os, "geteuid") or os.geteuid() != 0

    def run(self) -> Seen:
        sync = door.playwright()
        self.fault = sync.Error
        started = moment()
        own_memory.close()
        with (
            tempfile.TemporaryDirectory(prefix="unburnt-", ignore_cleanup_errors=True) as home,
            ExitStack() as afterwards,  # when the driver is gone, and the browser with it
            sync.sync_playwright() as driver,
        ):
            try:
                browser = driver.chromium.launch(**self._launch(home))
            except sync.Error as error:
                raise MediumError(
                    "The browser could not be started.", "Check that chromium runs here by itself."
                ) from error
            pid, profile = browser_process.find(browser, sync.Error)
            if profile:
                # The driver removes it, but not what a browser that is killed still writes into it.
                afterwards.callback(shutil.rmtree, profile, ignore_errors=True)
            # A hostile page can make every question wait for ever; killing the browser ends them.
            guard = threading.Timer(self.options.limits.seconds, browser_process.kill, [pid])
            guard.daemon = True
            guard.start()
            try:
                return self._look(browser, started)
            except (ValueError, TypeError, LookupError, RecursionError) as error:
                raise ForeignDataError(
                    "What the browser gave cannot be read.", "Look at the address by hand."
                ) from error
            except sync.Error as error:
                raise MediumError(
                    "The page could not be captured: the browser ended or took too long.",
                    "Repeat it later.",
                ) from error
            finally:
                guard.cancel()
                with suppress(sync.Error):
                    browser.close()

    def _launch(self, home: str) -> dict[str, Any]:
        return {
            "executable_path": door.browser(),
            "headless": True,
            "chromium_sandbox": self.sandboxed,
            "args": [
                *_QUIET,
                f"--proxy-server=socks5://127.0.0.1:{self.gate.port}",
                "--proxy-bypass-list=<-loopback>",
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
                *self.options.flags,
            ],
            "env": {"PATH": os.environ.get("PATH", ""), "HOME": home, "TZ": "UTC"},
            "timeout": 30_000,
        }

    def _look(self, browser: Any, started: str) -> Seen:
        settings = self.options.settings
        agent = settings.agent or _common_agent(browser.version)
        context = browser.new_context(
            user_agent=agent,
            viewport={"width": settings.width, "height": settings.height},
            locale=settings.locale,
            timezone_id=settings.zone,
            accept_downloads=False,
            java_script_enabled=not self.still,
            service_workers="block",
        )
        page = context.new_page()
        page.set_default_timeout(10_000)
        listener = Listener(context, page, self.gate, self.options.limits, self.places, self.fault)
        session = context.new_cdp_session(page)
        session.send("Network.enable")  # certificates are remembered from now on only
        if self.still:
            listener.hold(session)
        self._load(page, session)
        view = self._view(page, session)
        listener.settle()
        came = [one.url for one in listener.exchanges if one.is_page]
        # Only redirects, nothing, or bytes that the browser would not show.
        if not came or (listener.download and page.url == "about:blank"):
            raise self._nothing(listener)
        left = not page.url.startswith(("http:", "https:"))
        seen = Seen(
            asked=self.url,
            final=self._final(page.url, came),
            started=started,
            ended=moment(),
            reason=self.reason,
            settings=settings,
            agent=agent,
            tools=(
                f"unburnt {__version__}",
                f"Chromium {browser.version}",
                f"playwright {version_of('playwright')}",
                f"warcio {version_of('warcio')}",
            ),
            exchanges=tuple(listener.exchanges),
            view=view,
            chains=self._chains(session, listener),
            refused=tuple(self.gate.refusals()),
            private=tuple(sorted(self.places.private)),
            failures=tuple(dict.fromkeys([*self.failures, *listener.failures, *self._limits()])),
            sandboxed=self.sandboxed,
        )
        self.lost = left and (seen.main is None or seen.main.body is None)
        return seen

    def _nothing(self, listener: Listener) -> UnburntError:
        if listener.download:
            return MediumError(
                "This address is a file to download, not a page.",
                "Download it, then take it in: unburnt take FILE.",
            )
        refused = [f"{h}: {why}" for h, _, why in self.gate.refused if listener.asked(h)]
        known = [one.failure for one in listener.exchanges if one.failure]
        why = next(iter([*refused, *known, *self.failures]), "no answer")
        if why == _UNANSWERED:
            why = "nobody answers there"
        return MediumError(f"The page could not be fetched ({why}).", "Repeat it later.")

    def _limits(self) -> list[str]:
        return ["the limit of bytes to download was reached"] if self.gate.too_much else []

    def _step(self, name: str, action: Callable[[], Any]) -> Any:
        """Do one thing with the page; when it fails, note which and go on."""
        try:
            return action()
        except self.fault as error:
            self.failures.append(f"{name}: {_short(error)}")
            return None

    def _final(self, shown: str, came: list[str]) -> str:
        """Return the last address: a page may show one that is none, or fill it with megabytes."""
        for url in (shown, *reversed(came)):
            if url.startswith(("http:", "https:")) and len(url) <= MAX_URL:
                return url
            self.failures.append(
                f"the page ended at an address not kept, and looks as it did there: {url[:200]}"
            )
        return self.url

    def _asked_apart(self, session: Any, script: str) -> Any:
        """Return what a script finds, run where the page's own scripts cannot reach it."""
        frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        world = session.send("Page.createIsolatedWorld", {"frameId": frame})
        asked = {"awaitPromise": True, "returnByValue": True, "expression": script}
        answer = session.send(
            "Runtime.evaluate", {"contextId": world["executionContextId"], **asked}
        )
        if "exceptionDetails" in answer:
            raise self.fault("the page has nothing of the kind")
        return answer["result"].get("value")

    def _load(self, page: Any, session: Any) -> None:
        wait = self.options.limits.load_seconds * 1000
        self._step("loading", lambda: page.goto(self.url, wait_until="commit", timeout=wait))
        self._step("loading whole", lambda: page.wait_for_load_state("load", timeout=wait))
        scroll = _SCROLL % (self.options.limits.scrolls, 100)
        if not self.still:  # without scripts no promise is ever kept, ours neither
            whole = self._step("scrolling", lambda: self._asked_apart(session, scroll))
            if whole is False:
                self.failures.append("scrolling: the page goes on; its end was not reached")
        # Pictures that scrolling called for; a page that never falls silent is not waited for.
        with suppress(self.fault):
            page.wait_for_load_state("networkidle", timeout=3_000)

    def _view(self, page: Any, session: Any) -> View:
        text = self._step("text", lambda: self._asked_apart(session, _TEXT))
        return View(
            title=str(self._step("title", page.title) or ""),
            text=str(text or ""),
            dom=self._step("DOM", page.content),
            picture=self._step("picture", lambda: self._picture(page, session)),
            pdf=self._step("PDF", lambda: page.pdf(print_background=True)),
        )

    def _picture(self, page: Any, session: Any) -> bytes:
        width = self.options.settings.width
        height = int(self._asked_apart(session, _HEIGHT) or 1)
        most = self.options.limits.height
        if height > most:
            self.failures.append(f"picture: cut at {most} of {height} pixels")
        clip = {"x": 0, "y": 0, "width": width, "height": max(1, min(height, most))}
        return bytes(page.screenshot(full_page=True, clip=clip, animations="disabled"))

    def _chains(
        self, session: Any, listener: Listener
    ) -> tuple[tuple[str, tuple[bytes, ...]], ...]:
        """Return the certificates that the browser itself saw, for the page's own origins."""
        found = {}
        for one in listener.exchanges:
            parts = urlsplit(one.url)
            if one.kind == "document" and one.status and parts.scheme == "https":
                found[f"https://{parts.netloc}"] = ()
        chains = []
        for origin in found:
            ask = partial(session.send, "Network.getCertificate", {"origin": origin})
            answer = self._step("certificates", ask)
            names = (answer or {}).get("tableNames", [])
            chains.append((origin, tuple(base64.b64decode(name) for name in names)))
        return tuple(chains)


_AGAIN = (
    "the page left before its body could be kept: it was asked for again, and this is how it looks"
    " without its scripts"
)
_HEIGHT = "document.documentElement.scrollHeight"
_TEXT = """(() => {
  const parts = [document.body ? document.body.innerText : ''];
  for (const frame of document.querySelectorAll('iframe')) {
    try { parts.push(frame.contentDocument.body.innerText); } catch (e) {}
  }
  return parts.join('\\n').slice(0, 4194304);
})()"""


def _common_agent(version: str) -> str:
    major = version.partition(".")[0]
    return (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
        f" Chrome/{major}.0.0.0 Safari/537.36"
    )


def _short(error: Any) -> str:
    return str(error).split("\n", 1)[0][:200]
