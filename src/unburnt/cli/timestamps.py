"""Time: whom to ask by when a checkpoint existed, asking them, and what that allows to be said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from unburnt.cli.app import PATH, App, as_json, book, command
from unburnt.cli.manual import CHECK, Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, remark, report, safe, table
from unburnt.cli.words import N_, _
from unburnt.core.errors import UsageError
from unburnt.workflow import time_settings, timestamps
from unburnt.workflow.session import Session
from unburnt.workflow.time_status import CLAIMED, EXISTED, ONCE, QUEUED, Status, status

_WORDS = {
    EXISTED: N_("existed by"),
    ONCE: N_("existed by, but one implementation alone checked some of it"),
    CLAIMED: N_("claimed: fewer authorities than the quorum"),
    QUEUED: N_("queued: no proof yet"),
}
_STATUS = N_(
    "list of: log, size, word (existed by; existed by, once checked; claimed; queued), by, once,"
    " proofs (file, authority, kind, asked, moment, checked_by, reason, detail), queued"
)

time = book(
    unburnt,
    "time",
    Manual(
        what=N_(
            "Let strangers prove by when your records existed: time-stamping authorities (RFC 3161)"
            " and OpenTimestamps. One stamp of a log's newest checkpoint covers all before it."
        ),
        when=N_("Name the authorities once; stamp after important work, and daily."),
        example="unburnt time stamp",
        never=N_(
            "A stamp never proves since when something existed, who wrote it, or that it is true."
            " Whoever is asked sees your address and the moment: use the proxy of the settings."
        ),
    ),
)


@command(
    time,
    "authorities",
    Manual(
        what=N_(
            "Name whom to ask, from a YAML file with their addresses and roots; without FILE, show"
            " who is asked now."
        ),
        when=N_(
            "Once. Choose at least two that have nothing in common: not the owner, not the country."
        ),
        example="unburnt time authorities authorities.yaml",
        never=N_(
            "It asks nobody yet, trusts no root but those you give, and keeps the list sealed on"
            " this device alone."
        ),
        exits=(0, 2, 3, 4, 5, 6),
        keys={
            "quorum": N_("how many of different names must agree"),
            "proxy": N_("address of the proxy, or null"),
            "authorities": N_("list of: name, url"),
            "calendars": N_("list of: name, url"),
        },
    ),
)
@click.argument("file", type=PATH, required=False)
@as_json
def authorities(app: App, file: Path | None, as_json: bool) -> None:
    """Name or show authorities."""
    with app.open() as session:
        known = time_settings.use(session, file) if file else time_settings.chosen(session)
    data = {
        "quorum": known.quorum,
        "proxy": known.proxy_shown,
        "authorities": [{"name": a.name, "url": a.url} for a in known.authorities],
        "calendars": [{"name": c.name, "url": c.url} for c in known.calendars],
    }
    rows = [(a.name, "RFC 3161", a.url) for a in known.authorities]
    rows += [(c.name, "OpenTimestamps", c.url) for c in known.calendars]
    lines = [
        *fields([(_("must agree"), known.quorum), (_("proxy"), known.proxy_shown or _("none"))]),
        *(table((_("name"), _("kind"), _("address")), rows) if rows else [_("Nobody is asked.")]),
    ]
    report(as_json, data, lines)
    if file:
        remark(_("Next: unburnt time stamp."))


_STAMPED = {
    "kept": N_("list of: log, size, authority, checked_by, waits"),
    "queued": N_("list of: log, size, authority, reason"),
}


@command(
    time,
    "stamp",
    Manual(
        what=N_(
            "Ask every authority about the newest checkpoint of each log, verify the replies and"
            " keep them raw. What fails stays queued, with its reason."
        ),
        when=N_("After important work and before a sync, so that the proofs travel with it."),
        example="unburnt time stamp",
        never=N_(
            "It sends a hash, never a record, and asks nobody twice about one checkpoint. Without a"
            " network it does no harm: nothing is lost but time."
        ),
        keys=_STAMPED,
    ),
)
@as_json
def stamp(app: App, as_json: bool) -> None:
    """Stamp."""
    _made(app, as_json, timestamps.stamp)


@command(
    time,
    "upgrade",
    Manual(
        what=N_(
            "Ask the calendars of OpenTimestamps for the block of Bitcoin that commits to what"
            " they promised, and keep the complete proof beside the pending one."
        ),
        when=N_("The day after a stamp: a pending proof dies with its calendar."),
        example="unburnt time upgrade",
        never=N_("It asks only calendars of the settings, and believes none of them."),
        keys=_STAMPED,
    ),
)
@as_json
def upgrade(app: App, as_json: bool) -> None:
    """Upgrade."""
    _made(app, as_json, timestamps.upgrade)


def _made(app: App, as_json: bool, work: Callable[[Session], timestamps.Stamped]) -> None:
    with app.open() as session:
        done = work(session)
    data = {
        "kept": [
            {
                "log": k.log,
                "size": k.size,
                "authority": k.authority,
                "checked_by": list(k.checked_by),
                "waits": k.waits,
            }
            for k in done.kept
        ],
        "queued": [
            {"log": q.log, "size": q.size, "authority": q.authority, "reason": q.reason}
            for q in done.queued
        ],
    }
    rows = [(k.log, k.size, k.authority, _checked(k.checked_by)) for k in done.kept]
    rows += [(q.log, q.size, q.authority, _("queued: ") + q.reason) for q in done.queued]
    headings = (_("log"), _("entries"), _("authority"), _("result"))
    report(as_json, data, table(headings, rows) if rows else [_("There was nothing to ask.")])


def _checked(by: tuple[str, ...]) -> str:
    if not by:
        return _("waits for its block")
    if len(by) == 1:
        return _("verified by one implementation only: {name}").format(name=by[0])
    return _("verified by {names}").format(names=", ".join(by))


@command(
    time,
    "status",
    Manual(
        what=N_(
            "Say of every stamped checkpoint, and of the newest of each log, by when it existed"
            " and who says so; or that this is only claimed, or queued and why."
        ),
        when=N_("Before you tell anybody that something existed by some moment."),
        example="unburnt time status",
        never=N_("It says “existed by” only when a quorum does, and never “since”."),
        keys={"checkpoints": _STATUS},
    ),
)
@as_json
def show_status(app: App, as_json: bool) -> None:
    """Show the status."""
    with app.open() as session:
        found = status(session)
    report(as_json, {"checkpoints": [_data(one) for one in found]}, _lines(found))


@command(
    time,
    "verify",
    Manual(
        what=N_(
            "Verify every time proof again, by two implementations where there are two; RED when"
            " one is refused, or when there is none. With headers, check them and keep those that"
            " our proofs name."
        ),
        when=N_("Yearly, before a roots file expires, and when a proof is doubted."),
        example="unburnt time verify --headers headers.bin --first 840000",
        never=N_(
            "It asks no network. That the headers are the chain everybody else sees is yours to"
            " know: take them from a node of your own."
        ),
        exits=CHECK,
        keys={
            "green": N_("whether there are proofs and none is refused"),
            "headers": N_("block headers that were new and named by a proof"),
            "refused": N_("number of proofs that were refused"),
            "checkpoints": _STATUS,
        },
    ),
)
@click.option(
    "--headers", type=PATH, metavar="FILE", help=N_("Consecutive block headers, 80 bytes each.")
)
@click.option("--first", type=click.IntRange(0), metavar="HEIGHT", help=N_("Of the first header."))
@as_json
def verify(app: App, headers: Path | None, first: int | None, as_json: bool) -> int:
    """Verify."""
    if (headers is None) != (first is None):
        raise UsageError(
            "Headers and the height of the first belong together.",
            "Give --headers FILE and --first HEIGHT.",
        )
    with app.open() as session:
        kept = 0
        if headers is not None and first is not None:
            kept = time_settings.use_headers(session, headers, first)
        found = status(session)
    proofs = [proof for one in found for proof in one.proofs]
    refused = sum(not p.verdict.accepted and not p.verdict.waiting for p in proofs)
    green = not refused and any(p.verdict.accepted for p in proofs)
    data = {
        "green": green,
        "headers": kept,
        "refused": refused,
        "checkpoints": [_data(one) for one in found],
    }
    pairs = [(_("proofs"), len(proofs)), (_("refused"), refused)]
    report(as_json, data, [_("GREEN") if green else _("RED"), *fields(pairs), *_lines(found)])
    return 0 if green else 1


def _data(one: Status) -> dict[str, Any]:
    return {
        "log": one.log,
        "size": one.size,
        "word": one.word,
        "by": None if one.by is None else f"{one.by:%Y-%m-%dT%H:%M:%SZ}",
        "once": list(one.once),
        "proofs": [
            {
                "file": p.name,
                "authority": p.authority,
                "kind": p.kind,
                "asked": p.asked,
                "moment": p.verdict.moment and f"{p.verdict.moment:%Y-%m-%dT%H:%M:%SZ}",
                "checked_by": list(p.verdict.checked_by),
                "reason": p.verdict.reason,
                "detail": p.verdict.detail,
            }
            for p in one.proofs
        ],
        "queued": [{"authority": name, "reason": why} for name, why in one.queued],
    }


def _lines(found: list[Status]) -> Iterator[str]:
    if not found:
        yield _("There is no checkpoint yet.")
    for one in found:
        moment = f" {one.by:%Y-%m-%d %H:%M:%S} UTC" if one.by else ""
        yield f"{safe(one.log)} {one.size}  {_(_WORDS[one.word])}{moment}"
        if one.once:
            yield f"  {_('checked by one implementation only')}: {', '.join(one.once)}"
        for p in one.proofs:
            when = f"{p.verdict.moment:%Y-%m-%d %H:%M:%S}" if p.verdict.moment else p.verdict.reason
            by = f" ({_checked(p.verdict.checked_by)})" if p.verdict.accepted else ""
            yield f"  {safe(p.authority)}: {safe(when)}{safe(by)} {safe(p.verdict.detail)}".rstrip()
        for name, why in one.queued:
            yield f"  {safe(name)}: {_('queued: ')}{safe(why)}"
