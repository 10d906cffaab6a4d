"""Head cards: on paper, how long every log was; and whether all of it is still there."""

from __future__ import annotations

from pathlib import Path

import click

from unburnt.cli.app import PATH, App, as_json, command, read_file
from unburnt.cli.manual import CHECK, Book, Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, report, table
from unburnt.cli.verdicts import verdict
from unburnt.cli.words import N_, _
from unburnt.workflow import cards

_CARD = 256 * 1024  # bytes


def _card(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        with ctx.obj.open() as session:
            click.echo(cards.head_card(session), nl=False)


card = Book("card", invoke_without_command=True, callback=click.pass_context(_card))
card.manual = Manual(
    what=N_("Print a head card: how long every log is, and its fingerprint, signed."),
    when=N_(
        "After important work. Print it, read it to somebody, keep it in another country: whoever"
        " holds it can prove later that something was taken away."
    ),
    example="unburnt card > heads.txt",
    never=N_("It opens nothing and names no person; it holds ids of devices and numbers."),
)
unburnt.add_command(card)


@command(
    card,
    "check",
    Manual(
        what=N_("Check that nothing a head card saw is missing here or was replaced."),
        when=N_("After fetching or recovering an archive, with the oldest and newest card."),
        example="unburnt card check heads.txt",
        never=N_("It says nothing about what was written after the card."),
        exits=CHECK,
        keys={
            "green": N_("whether nothing is wrong"),
            "at": N_("when the card was made, as its device claims"),
            "by": N_("id of the device that signed it"),
            "logs": N_("number of logs on the card"),
            "gaps": N_("list of: kind (missing or forked), device, found, known"),
        },
    ),
)
@click.argument("file", type=PATH)
@as_json
def check_card(app: App, file: Path, as_json: bool) -> int:
    """Check a head card."""
    with app.open() as session:
        seen, gaps = cards.check_head_card(session, read_file(file, _CARD))
    data = {
        "green": not gaps,
        "at": seen.at,
        "by": seen.by,
        "logs": len(seen.heads),
        "gaps": [
            {"kind": g.kind, "device": g.device, "found": g.found, "known": g.known} for g in gaps
        ],
    }
    pairs = [(_("made"), seen.at), (_("signed by"), seen.by), (_("logs"), len(seen.heads))]
    rows = [(g.kind, g.device, g.found, g.known) for g in gaps]
    headings = (_("problem"), _("log"), _("found"), _("known"))
    lines = [verdict(not gaps), *fields(pairs), *(table(headings, rows) if rows else ())]
    report(as_json, data, lines)
    return 1 if gaps else 0
