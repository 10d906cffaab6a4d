"""Copies: the places that hold them, syncing, and couriers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from unburnt.cli.app import PATH, App, as_json, book, command
from unburnt.cli.error_words import in_words
from unburnt.cli.manual import CHECK, Manual
from unburnt.cli.problem_words import labels, problem_data, problem_lines
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, progress, remark, report, safe, table
from unburnt.cli.verdicts import verdict
from unburnt.cli.words import N_, _
from unburnt.core.errors import UnburntError, UsageError
from unburnt.workflow import exchange, health
from unburnt.workflow.session import Progress, Session

site = book(
    unburnt,
    "site",
    Manual(
        what=N_("The places that hold a sealed copy: sticks, disks, folders of partners."),
        when=N_("When you add a place, and every week to check one."),
        example="unburnt site add stick /media/stick --building 'Tbilisi, Rose 4'",
        never=N_("Where copies lie is remembered on this device alone, sealed; no site knows it."),
        exits=(0, 2),
    ),
)


@command(
    site,
    "add",
    Manual(
        what=N_("Remember a folder as a site, and what could take it away together with others."),
        when=N_(
            "Add at least three, under different operators, in different buildings and countries,"
            " paid by different people. Say of each where it is: health counts only what differs."
        ),
        example="unburnt site add stick /media/stick --operator us --building 'Tbilisi, Rose 4'"
        " --jurisdiction GE --payer us",
        never=N_(
            "It copies nothing yet: sync does. It makes no folder unasked: where a stick is not in,"
            " that would be a folder on this device."
        ),
        exits=(0, 2, 4, 5),
    ),
)
@click.argument("label")
@click.argument("folder", type=PATH)
@click.option("--operator", default="", help=N_("Who runs it."))
@click.option("--building", default="", help=N_("In which house it stands."))
@click.option("--jurisdiction", default="", help=N_("Under whose courts it is."))
@click.option("--payer", default="", help=N_("Who pays for it."))
@click.option("--make", is_flag=True, help=N_("Make the folder when it is not there."))
def add(app: App, label: str, folder: Path, make: bool, **attributes: str) -> None:
    """Remember a site."""
    given = {axis: text for axis, text in attributes.items() if text}
    with app.open() as session:
        exchange.add_site(session, label, folder, given, make=make)
    click.echo(_("Site {label} is known.").format(label=safe(label)))
    remark(_("Next: unburnt sync {label}, then unburnt site check {label}.").format(label=label))


@command(
    site,
    "here",
    Manual(
        what=N_("Say in which building this device stands."),
        when=N_("Once, and when you move: health needs it to tell which copies are elsewhere."),
        example="unburnt site here 'Nazran, Mutalieva 13'",
        never=N_("It is remembered on this device alone, sealed."),
        exits=(0, 2, 4, 5),
    ),
)
@click.argument("building")
def here(app: App, building: str) -> None:
    """Say where this device stands."""
    with app.open() as session:
        health.say_where(session, building)
    click.echo(_("Done."))


@command(
    site,
    "list",
    Manual(
        what=N_("List the sites with when they were last synced and checked."),
        when=N_("Before you travel with a stick."),
        example="unburnt site list",
        never=N_("It asks no site: it shows what this device remembers."),
        keys={
            "sites": N_(
                "list of: label, path, attributes, synced_at, begun_again_at, checked_at, check,"
                " problems"
            )
        },
    ),
)
@as_json
def list_sites(app: App, as_json: bool) -> None:
    """List sites."""
    with app.open() as session:
        known = [
            {
                "label": s.label,
                "path": s.path,
                "attributes": dict(s.attributes),
                "synced_at": s.synced_at,
                "begun_again_at": s.begun_again_at,
                "checked_at": s.checked_at,
                "check": s.check,
                "problems": list(s.problems),
            }
            for s in sorted(exchange.sites(session).values(), key=lambda s: s.label)
        ]
    never = _("never")
    rows = [
        (s["label"], s["synced_at"] or never, s["checked_at"] or never, s["check"] or "")
        for s in known
    ]
    headings = (_("site"), _("synced"), _("checked"), _("result"))
    report(as_json, {"sites": known}, table(headings, rows))


@command(
    site,
    "check",
    Manual(
        what=N_(
            "Check a site against everything this device has seen: all signatures, every object"
            " read and hashed, nothing missing, no second history."
        ),
        when=N_("Every week for one site, and before you rely on it."),
        example="unburnt site check stick",
        never=N_("It repairs nothing and opens nothing; a site that is empty is RED."),
        exits=CHECK,
        keys={
            "site": N_("label of the site"),
            "begun_again_at": N_("when a new copy was begun in place of a lost one, else null"),
            "green": N_("whether nothing is wrong"),
            "entries": N_("entries looked at"),
            "objects": N_("objects looked at"),
            "bytes": N_("bytes read and hashed"),
            "problems": N_("list of: code, device, sequence, detail"),
            "alarms": N_("the same, where a key seems to be abused"),
        },
    ),
)
@click.argument("label")
@click.option("--quick", is_flag=True, help=N_("Look at sizes only; says nothing of damaged bits."))
@as_json
def check(app: App, label: str, quick: bool, as_json: bool) -> int:
    """Check a site."""
    with app.open() as session, progress() as tell:
        found = exchange.check_site(session, label, not quick, tell)
        begun_again = exchange.sites(session)[label].begun_again_at
        named = labels(session.roster)
    data: dict[str, Any] = {
        "site": label,
        "begun_again_at": begun_again,
        "green": found.green,
        "entries": found.entries,
        "objects": found.objects,
        "bytes": found.read,
        "problems": problem_data(found.problems),
        "alarms": problem_data(found.alarms),
    }
    lines = [
        verdict(found.green),
        *fields(
            [
                (_("entries"), found.entries),
                (_("objects"), found.objects),
                (_("bytes read"), found.read),
            ]
        ),
        *problem_lines([*data["problems"], *data["alarms"]], named),
    ]
    if begun_again:
        text = _("This is not the copy that was here before {when}: it was begun again then.")
        lines.append(text.format(when=begun_again))
    report(as_json, data, lines)
    return 0 if found.green else 1


@command(
    unburnt,
    "sync",
    Manual(
        what=N_(
            "Bring this device and sites up to date with each other: fetch and verify what is new"
            " there, then give what is new here. Without SITE: all sites."
        ),
        when=N_("At the end of every working day, and at once after revoke."),
        example="unburnt sync stick partner",
        never=N_(
            "It deletes nothing anywhere and believes no site: what fails its check is left out and"
            " listed. A site that is not there does not keep it from the others, and a folder that"
            " was a copy and is empty now is not filled unasked: the stick may not be in."
        ),
        exits=CHECK,
        keys={
            "sites": N_(
                "list of: site, fetched, given, new_entries, withheld, destroyed_here,"
                " destroyed_there, problems, or error"
            ),
        },
    ),
)
@click.argument("sites", nargs=-1, metavar="[SITE]...")
@click.option(
    "--begin-again", is_flag=True, help=N_("Write a new copy to a SITE that lost its own.")
)
@as_json
def sync(app: App, sites: tuple[str, ...], begin_again: bool, as_json: bool) -> int:
    """Sync sites."""
    if begin_again and not sites:
        raise UsageError("Beginning again is for a site that is named.", "Name it: sync SITE.")
    with app.open() as session, progress() as tell:
        chosen = sites or tuple(sorted(exchange.sites(session)))
        if not chosen:
            raise UsageError("No site is known yet.", "Add one: unburnt site add.")
        done = [_synced(session, label, tell, begin_again) for label in chosen]
        newest = max((n for n, (item, _code) in enumerate(done) if item.get("fetched")), default=0)
        for n, (item, code) in enumerate(done[:newest]):  # given theirs before the newest came
            if "error" not in item:
                again, later = _synced(session, chosen[n], tell)
                done[n] = _together(item, again), max(code, later)
        named = labels(session.roster)
    items = [item for item, _code in done]
    told = [line for item in items for line in _sync_lines(item, named)]
    report(as_json, {"sites": items}, told)
    codes = [code for _item, code in done]
    return next((code for code in reversed(codes) if code > 1), max(codes))


def _synced(
    session: Session, label: str, tell: Progress, begin_again: bool = False
) -> tuple[dict[str, Any], int]:
    """Sync one site; return what is to be reported, and the exit code it alone would have."""
    try:
        found = exchange.sync(session, label, tell, begin_again=begin_again)
    except UnburntError as error:
        message, step = in_words(error)
        remark(f"unburnt: {safe(label)}: {message}\n  → {step}")
        return {"site": label, "error": str(error)}, error.exit_code
    item = {
        "site": label,
        "fetched": found.pulled.moved,
        "given": found.pushed.moved,
        "new_entries": found.new_entries,
        "withheld": found.pushed.withheld,
        "destroyed_here": found.pulled.destroyed,
        "destroyed_there": found.pushed.destroyed,
        "problems": problem_data(found.problems),
    }
    return item, 1 if found.problems else 0


_SUMS = ("fetched", "given", "new_entries", "destroyed_here", "destroyed_there")


def _together(first: dict[str, Any], again: dict[str, Any]) -> dict[str, Any]:
    """Return two visits to one site as one."""
    if "error" in again:
        return again
    sums = {key: first[key] + again[key] for key in _SUMS}
    new = [problem for problem in again["problems"] if problem not in first["problems"]]
    return {**again, **sums, "problems": [*first["problems"], *new]}


def _sync_lines(item: dict[str, Any], named: dict[str, str]) -> list[str]:
    if "error" in item:
        return []  # said on the other stream already
    text = _("{site}: {fetched} fetched, {given} given, {new} new entries here")
    line = text.format(
        site=safe(item["site"]),
        fetched=item["fetched"],
        given=item["given"],
        new=item["new_entries"],
    )
    lines = [line, *problem_lines(item["problems"], named)]
    if item["destroyed_here"] or item["destroyed_there"]:
        said = _("Keys of withdrawn originals destroyed: {here} on this device, {there} on {site}.")
        here, there = item["destroyed_here"], item["destroyed_there"]
        lines.append(said.format(here=here, there=there, site=safe(item["site"])))
    return lines


@command(
    unburnt,
    "send",
    Manual(
        what=N_("Write a courier's bundle: one file with everything, or what one site lacks."),
        when=N_("When a stick travels to somebody who has no connection."),
        example="unburnt send /media/stick/to-partner.unburnt --to partner",
        never=N_("It overwrites no file, and nobody without keys can read the bundle."),
        keys={"entries": N_("entries in it"), "bytes": N_("bytes copied")},
    ),
)
@click.argument("bundle", type=PATH)
@click.option("--to", metavar="SITE", help=N_("Only what this site lacked at the last sync."))
@as_json
def send(app: App, bundle: Path, to: str | None, as_json: bool) -> None:
    """Write a bundle."""
    with app.open() as session:
        if to is not None:
            exchange.site_backend(session, to).close()
        sent = exchange.send(session, bundle, to)
    data = {"entries": sent.entries, "bytes": sent.copied}
    report(as_json, data, fields([(_("entries"), sent.entries), (_("bytes"), sent.copied)]))


@command(
    unburnt,
    "receive",
    Manual(
        what=N_("Take in what a courier's bundle holds, verified."),
        when=N_("When somebody brought a bundle; receiving it twice changes nothing."),
        example="unburnt receive /media/stick/to-partner.unburnt",
        never=N_("What fails its check is left out and listed; a cut bundle is refused whole."),
        exits=CHECK,
        keys={
            "fetched": N_("things taken from it"),
            "new_entries": N_("entries that are new here"),
            "problems": N_("list of: code, device, sequence, detail"),
        },
    ),
)
@click.argument("bundle", type=PATH)
@as_json
def receive(app: App, bundle: Path, as_json: bool) -> int:
    """Receive a bundle."""
    with app.open() as session, progress() as tell:
        found = exchange.receive(session, bundle, tell)
        named = labels(session.roster)
    data: dict[str, Any] = {
        "fetched": found.pulled.moved,
        "new_entries": found.new_entries,
        "problems": problem_data(found.problems),
    }
    pairs = [(_("fetched"), found.pulled.moved), (_("new entries"), found.new_entries)]
    report(as_json, data, [*fields(pairs), *problem_lines(data["problems"], named)])
    return 1 if found.problems else 0
