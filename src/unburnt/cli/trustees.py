"""Trustees: the cards that together can recover everything, and a trustee's own check of one."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from unburnt.cli.app import PATH, App, as_json, book, command, read_words
from unburnt.cli.manual import CHECK, Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, remark, report, safe
from unburnt.cli.waiting import say_waiting
from unburnt.cli.words import N_, _
from unburnt.core.errors import UsageError
from unburnt.workflow import cards, people
from unburnt.workflow.lookup import open_place
from unburnt.workflow.people import ShareCard

trustees = book(
    unburnt,
    "trustees",
    Manual(
        what=N_("Choose who holds the cards that recover the archive."),
        when=N_("Right after founding, and again when a trustee is lost."),
        example='unburnt trustees appoint --group "3: ada, ben, cyn, dan, eva"',
        never=N_("Cards are shown once and stored nowhere."),
        exits=(0, 2),
    ),
)


@command(
    trustees,
    "appoint",
    Manual(
        what=N_(
            "Split a new recovery key among trustees and print one card for each, once. A group"
            " “3: ada, ben, cyn, dan, eva” needs three of its five cards."
        ),
        when=N_(
            "Right after founding; again, with all new cards, when a card may be in other hands."
            " Copy each card by hand onto paper, give it to its trustee alone, and let the trustee"
            " check it: share check. Put trustees abroad into a group of their own."
        ),
        example='unburnt trustees appoint --group "2: ada, ben, cyn" --group "2: dan, eva, fay"'
        " --groups-needed 2",
        never=N_(
            "It stores no card, and it refuses to print into a file or another program unless you"
            " insist. Old cards keep opening what was sealed before. Where several admins must"
            " agree, new cards count only when they have."
        ),
    ),
)
@click.option(
    "--group", multiple=True, required=True, metavar='"M: A, B, C"', help=N_("Who; M suffice.")
)
@click.option(
    "--groups-needed", type=int, default=1, help=N_("How many groups must come together.")
)
@click.option(
    "--yes-print", is_flag=True, help=N_("Print the cards even when this is no terminal.")
)
def appoint(app: App, group: tuple[str, ...], groups_needed: int, yes_print: bool) -> None:
    """Appoint trustees."""
    if not sys.stdout.isatty() and not yes_print:
        raise UsageError(
            "The cards would go into a file or another program.",
            "Run it in a terminal; or insist with --yes-print, and destroy the file.",
        )
    parts = [_group(text) for text in group]
    names = [name for _needed, listed in parts for name in listed]
    sizes = [(needed, len(listed)) for needed, listed in parts]
    with app.open() as session:
        made = people.appoint(session, names, sizes, groups_needed)
        in_force = people.counts(session, made)
        if not in_force:
            remark(_("These cards do NOT count yet: other admins must approve them first."))
        _print_cards(made)
        remark(_("Nobody will ever show these words again. Clear the screen when they are copied."))
        say_waiting(session)
    if in_force:
        remark(_("Next: unburnt sync; then each trustee: unburnt share check."))
    else:
        remark(
            _(
                "Hand these cards out now; keep those of before until each trustee's share check is"
                " right. If these are lost before, appoint again; never approve two appointments."
            )
        )


def _print_cards(made: list[ShareCard]) -> None:
    for number, card in enumerate(made, start=1):
        click.echo(
            _("--- card {number} of {count}: {trustee} ---").format(
                number=number, count=len(made), trustee=safe(card.trustee)
            )
        )
        click.echo(f"archive: {card.archive}")
        click.echo(f"words: {card.words}")
        click.echo(f"drill: {card.drill_words}")
        click.echo("")


def _group(text: str) -> tuple[int, list[str]]:
    needed, colon, listed = text.partition(":")
    names = [name.strip() for name in listed.split(",") if name.strip()]
    if not colon or not needed.strip().isdigit() or not names:
        raise UsageError(
            "A group is written as a number, a colon and names.",
            'Write --group "3: ada, ben, cyn, dan, eva".',
        )
    return int(needed), names


share = book(
    unburnt,
    "share",
    Manual(
        what=N_("For trustees: check your own card."),
        when=N_("When you get a card, and once a year."),
        example="unburnt share check --from /media/stick",
        never=N_("Nobody else needs to see your card for this."),
        exits=(0, 2),
    ),
)


@command(
    share,
    "check",
    Manual(
        what=N_(
            "Check a card against the hash that the archive publishes. It needs no key: any copy of"
            " the archive will do, even one that cannot be opened."
        ),
        when=N_("When you copied your card, and once a year: paper fades and cards get swapped."),
        example="unburnt share check --from /media/stick",
        never=N_(
            "It keeps and sends no words. It cannot know whether the other cards still exist: ask"
            " for a drill."
        ),
        exits=CHECK,
        keys={
            "known": N_("whether the card is one of the present cards"),
            "waits": N_("whether it is a card of an appointment that waits for signatures"),
            "trustee": N_("whose card it is"),
            "kind": N_("recovery or drill"),
        },
    ),
)
@click.option(
    "--from", "source", type=PATH, required=True, help=N_("Folder or bundle with any copy.")
)
@click.option("--card", type=PATH, help=N_("File with the words, readable by you alone."))
@as_json
def check_share(app: App, source: Path, card: Path | None, as_json: bool) -> int:
    """Check one card."""
    place = open_place(source)
    words = read_words(card, _("Type the words of the card, then an empty line."))
    if len(words) != 1:
        raise UsageError("One card is checked at a time.", "Give the words of one card.")
    found = cards.check_share(place, words[0])
    place.close()
    data = {
        "known": found is not None and not found.waits,
        "waits": found is not None and found.waits,
        "trustee": found.trustee if found else None,
        "kind": found.kind if found else None,
    }
    if found is None:
        report(as_json, data, [_("RED: this is none of the present cards of this archive.")])
        return 1
    lines = fields([(_("card of"), found.trustee), (_("kind"), found.kind)])
    if found.waits:
        waits = _("The words are right, but the card does NOT count yet: admins must approve it.")
        report(as_json, data, [*lines, waits])
        return 1
    report(as_json, data, [*lines, _("The card is right.")])
    return 0
