"""Web pages before they vanish: capturing one, and watching many."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from unburnt.cli.app import App, as_json, book, command
from unburnt.cli.error_words import spoken
from unburnt.cli.manual import CHECK, Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, remark, report, table
from unburnt.cli.words import N_, _
from unburnt.core.errors import UsageError
from unburnt.workflow import capture as capturing
from unburnt.workflow import extract as extracting
from unburnt.workflow import watch as watching
from unburnt.workflow.capture import Captured

Function = TypeVar("Function", bound=Callable[..., Any])

OUTCOMES = {
    "capture-first": N_("captured"),
    "capture-same": N_("same as before"),
    "capture-changed": N_("changed"),
    "capture-gone": N_("gone"),
    "capture-blocked": N_("blocked"),
    "capture-withheld": N_("not shown to us"),
    "capture-unreachable": N_("not reached"),
    "capture-failed": N_("could not be kept"),
}
_THERE = {"capture-first", "capture-same", "capture-changed"}
_PROVES = N_(
    "This shows what your browser was given. An encrypted connection proves to nobody else what a"
    " server sent: have a partner capture the page too."
)

reason_option = click.option(
    "--reason", required=True, help=N_("Why this page is collected; recorded with it.")
)
compartment_option = click.option("--compartment", required=True, help=N_("Who may read it."))
private_option = click.option(
    "--allow-private",
    "private",
    multiple=True,
    metavar="HOST",
    help=N_("Host of an inner network that may be asked; recorded with the capture."),
)
proxy_option = click.option(
    "--proxy",
    metavar="URL",
    help=N_("Leave through a proxy, such as socks5h://127.0.0.1:9050 for Tor."),
)


@command(
    unburnt,
    "capture",
    Manual(
        what=N_(
            "Capture a web page as evidence: what your browser asked and was given, how the page"
            " looked, and how it was captured, in one WACZ file."
        ),
        when=N_("At once when a post or page matters: it may be gone tonight."),
        example="unburnt capture https://example.org/post --reason 'a threat to burn our office'"
        " --compartment cases",
        never=N_(
            "It asks nothing of anybody but the page itself and what the page refers to: no"
            " archive, no search engine. It logs in nowhere and keeps no cookies. The server sees"
            " your address, or that of the proxy."
        ),
        exits=CHECK,
        keys={
            "outcome": N_(
                "captured, same, changed, gone, blocked, withheld, unreachable or failed"
            ),
            "why": N_("why it is judged so"),
            "capture": N_("id of the look"),
            "evidence": N_("id of the web archive, null when none was kept"),
            "url": N_("address that answered"),
            "status": N_("HTTP status, 0 when nothing came"),
            "title": N_("title of the page"),
            "bytes": N_("size of the web archive"),
            "failed": N_("what could not be captured of it"),
            "files": N_("ids of what an extractor brought"),
            "tool": N_("extractor and its version"),
        },
    ),
)
@click.argument("url")
@reason_option
@compartment_option
@private_option
@proxy_option
@click.option(
    "--with",
    "extractor",
    metavar="PROGRAM",
    help=N_("Run an installed extractor instead, such as yt-dlp; its files become evidence."),
)
@as_json
def capture(
    app: App,
    url: str,
    reason: str,
    compartment: str,
    private: tuple[str, ...],
    proxy: str | None,
    extractor: str | None,
    as_json: bool,
) -> int:
    """Capture a web page."""
    if extractor is not None:
        return _extract(app, extractor, url, reason, compartment, private, proxy, as_json)
    how = capturing.options(private, proxy)
    with app.open() as session:
        circle = session.compartment(compartment)
        done = capturing.capture(session, url, reason=reason, compartment=circle, how=how)
    pairs = [
        (_("outcome"), _(OUTCOMES[done.outcome])),
        (_("why"), spoken(done.why)),
        (_("evidence"), done.evidence),
        (_("address"), done.url),
        (_("title"), done.title),
    ]
    lines = [
        *fields((k, v) for k, v in pairs if v),
        *fields((_("failed"), f) for f in done.failures),
    ]
    report(as_json, _plain(done), lines)
    if done.evidence:
        remark(_(_PROVES))
    return 0 if done.outcome in _THERE else 1


def _extract(
    app: App,
    name: str,
    url: str,
    reason: str,
    compartment: str,
    private: tuple[str, ...],
    proxy: str | None,
    as_json: bool,
) -> int:
    with app.open() as session:
        program = extracting.find(session, name)
        circle = session.compartment(compartment)
        done = extracting.extract(
            session,
            program,
            url,
            reason=reason,
            compartment=circle,
            proxy=proxy,
            private=private,
        )
    data = {
        "outcome": "failed" if done.failure else "captured",
        "why": done.failure,
        "capture": done.capture,
        "files": list(done.evidence),
        "tool": done.tool,
    }
    pairs = [(_("tool"), done.tool), (_("why"), spoken(done.failure))]
    evidence = [(_("evidence"), one) for one in done.evidence]
    report(as_json, data, fields([*((k, v) for k, v in pairs if v), *evidence]))
    return 1 if done.failure else 0


def _plain(done: Captured) -> dict[str, object]:
    short = done.outcome.removeprefix("capture-")
    return {
        "outcome": "captured" if short == "first" else short,
        "why": done.why,
        "capture": done.capture,
        "evidence": done.evidence,
        "url": done.url,
        "status": done.status,
        "title": done.title,
        "bytes": done.size,
        "failed": list(done.failures),
    }


watch = book(
    unburnt,
    "watch",
    Manual(
        what=N_("Pages that are looked at again and again."),
        when=N_("When it matters that a page changes or vanishes, and when."),
        example="unburnt watch add https://example.org/post --every 24h --reason 'their threat'"
        " --compartment cases",
        never=N_("Nothing runs by itself: let your system call “watch run” on a schedule."),
        exits=(0, 2),
    ),
)


@command(
    watch,
    "add",
    Manual(
        what=N_("Put a page on the list."),
        when=N_("As soon as a page matters for more than today."),
        example="unburnt watch add https://example.org/post --every 24h --reason 'their threat'"
        " --compartment cases",
        never=N_("It does not look at the page yet: watch run."),
        keys={"watch": N_("id of the watch")},
    ),
)
@click.argument("url")
@click.option("--every", required=True, metavar="TIME", help=N_("How often: 6h, 24h or 7d."))
@reason_option
@compartment_option
@as_json
def add(app: App, url: str, every: str, reason: str, compartment: str, as_json: bool) -> None:
    """Put a page on the list."""
    hours = _hours(every)
    with app.open() as session:
        circle = session.compartment(compartment)
        made = watching.add(session, url, hours=hours, reason=reason, compartment=circle)
    report(as_json, {"watch": made}, fields([(_("watch"), made)]))


def _hours(text: str) -> int:
    found = re.fullmatch(r"([1-9][0-9]{0,4})([hd])", text)
    if not found:
        raise UsageError("This is no time between captures.", "Write it like 6h, 24h or 7d.")
    return int(found[1]) * (24 if found[2] == "d" else 1)


@command(
    watch,
    "list",
    Manual(
        what=N_("Show which pages are watched, what was found last, and when each is due."),
        when=N_("To see what is looked after."),
        example="unburnt watch list",
        never=N_("It asks nothing of any server."),
        keys={"watched": N_("the pages: watch, url, hours, last, at, due, stopped, reason")},
    ),
)
@as_json
def list_(app: App, as_json: bool) -> None:
    """Show which pages are watched."""
    with app.open() as session:
        found = watching.watched(session)
    rows = [
        {
            "watch": one.id,
            "url": one.url,
            "hours": one.hours,
            "last": one.last.outcome.removeprefix("capture-") if one.last else None,
            "at": one.last.at if one.last else None,
            "due": None if one.stopped else one.due,
            "stopped": one.stopped,
            "reason": one.reason,
        }
        for one in found
    ]
    shown = [
        (
            one.id[:8],
            one.url,
            _("stopped") if one.stopped else f"{one.hours} h",
            _(OUTCOMES.get(one.last.outcome, "")) if one.last else "",
            one.last.at if one.last else "",
        )
        for one in found
    ]
    headings = (_("watch"), _("address"), _("every"), _("found"), _("when"))
    report(as_json, {"watched": rows}, table(headings, shown))


@command(
    watch,
    "run",
    Manual(
        what=N_(
            "Look at every page that is due, and record whether it is the same, changed, gone,"
            " blocked, not shown to us or not reached. Every version is kept."
        ),
        when=N_("On a schedule of your system, several times a day."),
        example="unburnt watch run\nunburnt watch run --all --json",
        never=N_(
            "What was blocked, not shown to us or not reached is never called gone: it may be there"
            " for others. Where a page is gone, that is what this network was told, today."
        ),
        exits=CHECK,
        keys={"looks": N_("watch, url, outcome, why, capture, evidence of each look")},
    ),
)
@private_option
@proxy_option
@click.option("--all", "all_", is_flag=True, help=N_("Also those that are not due yet."))
@as_json
def run(app: App, private: tuple[str, ...], proxy: str | None, all_: bool, as_json: bool) -> int:
    """Look at every page that is due."""
    how = capturing.options(private, proxy)
    with app.open() as session:
        listed = [one for one in watching.watched(session) if not one.stopped]
        if not listed:
            raise UsageError("No page is watched.", "Add one: unburnt watch add URL.")
        done = list(watching.run_due(session, how, all_=all_))
    looks = [{**_plain(found), "watch": one.id, "asked": one.url} for one, found in done]
    rows = [(one.url, _(OUTCOMES[found.outcome]), spoken(found.why)) for one, found in done]
    lines = table((_("address"), _("found"), _("why")), rows) if rows else [_("Nothing is due.")]
    report(as_json, {"looks": looks}, lines)
    quiet = {"capture-first", "capture-same"}
    return 0 if all(found.outcome in quiet for _one, found in done) else 1


@command(
    watch,
    "stop",
    Manual(
        what=N_("Take a page off the list."),
        when=N_("When it does not matter any more, or is gone for good."),
        example="unburnt watch stop aicq…",
        never=N_("What was captured stays, and so does that it was watched."),
    ),
)
@click.argument("watch_id", metavar="WATCH")
def stop(app: App, watch_id: str) -> None:
    """Take a page off the list."""
    with app.open() as session:
        known = [one.id for one in watching.watched(session) if one.id.startswith(watch_id)]
        if len(known) != 1 or len(watch_id) < 4:
            raise UsageError("This names no watch, or several.", "See: unburnt watch list.")
        watching.stop(session, known[0])
