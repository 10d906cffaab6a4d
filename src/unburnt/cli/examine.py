"""Examining: what files are, say and look like; pictures that look alike; what is known of one."""

from __future__ import annotations

from pathlib import Path

import click

from unburnt.cli.app import PATH, App, as_json, command, read_file
from unburnt.cli.manual import CHECK, Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, progress, remark, report, table
from unburnt.cli.words import N_, _, language
from unburnt.model import file_name, values
from unburnt.model import schema as schemas
from unburnt.model.recorded import Recorded
from unburnt.workflow import examine as examining
from unburnt.workflow import facts as knowing
from unburnt.workflow.examine import Examined
from unburnt.workflow.lookup import find_entity

READ = (0, 2, 4, 5, 6)
_TRUST = 4 * 2**20  # bytes of a list of certificates
_LONGEST = 200  # characters of a value in a list
EXAMINED = N_("files examined")  # as the progress of the recipe says it


@command(
    unburnt,
    "examine",
    Manual(
        what=N_(
            "Examine evidence, all that was not examined yet or the pieces named: kind by content,"
            " size, what the metadata claims (time, place, device), content credentials (C2PA),"
            " text, a thumbnail, how a picture looks; the files inside archives are taken in one"
            " by one. Each finding becomes a statement that rests on the file itself."
        ),
        when=N_("After taking in; again at any time, only what is new costs time."),
        example="unburnt examine\nunburnt examine bu4t… --ocr",
        never=N_(
            "It changes no original and asks nothing of the network. What a file says of itself"
            " anybody may have written; credentials prove who signed, not that it is true;"
            " recognised text is a guess. A file that cannot be read is recorded as such, with"
            " the reason."
        ),
        exits=CHECK,
        keys={
            "examined": N_("files examined in this run"),
            "skipped": N_("files that were examined before"),
            "findings": N_("statements about them"),
            "derived": N_("files made from them: thumbnails, texts, members of archives"),
            "members": N_("files taken out of archives"),
            "failures": N_("list of: entity, step, why"),
            "network_closed": N_("whether the system itself kept the reading program offline"),
        },
    ),
)
@click.argument("ids", nargs=-1)
@click.option("--ocr", is_flag=True, help=N_("Recognise text in pictures and scanned pages."))
@click.option("--again", is_flag=True, help=N_("Examine also what was examined before."))
@click.option("--trust", type=PATH, help=N_("Certificates (PEM) of signers you trust."))
@as_json
def examine(
    app: App, ids: tuple[str, ...], ocr: bool, again: bool, trust: Path | None, as_json: bool
) -> int:
    """Examine evidence."""
    anchors = read_file(trust, _TRUST).decode("utf-8", "replace") if trust else None
    with app.open() as session, progress() as tell:
        named = [find_entity(session, one) for one in ids] or None
        found = examining.examine(
            session, named, ocr=ocr, again=again, anchors=anchors, progress=tell
        )
    return tell_examined(found, as_json)


def tell_examined(found: Examined, as_json: bool) -> int:
    """Report on an examination; returns the exit code."""
    data = {
        "examined": found.examined,
        "skipped": found.skipped,
        "findings": found.findings,
        "derived": found.derived,
        "members": found.members,
        "failures": [{"entity": e, "step": step, "why": why} for e, step, why in found.failures],
        "network_closed": found.network_closed,
    }
    pairs = [
        (_("examined"), found.examined),
        (_("examined before"), found.skipped),
        (_("findings"), found.findings),
        (_("derived files"), found.derived),
        (_("taken out of archives"), found.members),
    ]
    lines = fields(pairs)
    if found.failures:
        headings = (_("entity"), _("step"), _("why"))
        lines += [_("Could not be examined, or not wholly:"), *table(headings, found.failures)]
    if found.network_closed is False:
        remark(_("This system does not let a program be kept offline; nothing asked for it."))
    report(as_json, data, lines)
    return 1 if found.failures else 0


@command(
    unburnt,
    "facts",
    Manual(
        what=N_("Show what is recorded of one piece of evidence, and what was derived from it."),
        when=N_("Before you rely on a picture, a film or a paper."),
        example="unburnt facts bu4t…",
        never=N_("It does not judge: claims of the file stand beside what was computed from it."),
        exits=READ,
        keys={
            "facts": N_("list of: property, value, stance, locator, statement"),
            "derived": N_("ids of what was derived from it"),
        },
    ),
)
@click.argument("id")
@as_json
def facts(app: App, id: str, as_json: bool) -> None:
    """Show what is known of a file."""
    with app.open() as session:
        told = knowing.facts(session, find_entity(session, id))
    words = schemas.builtin()
    listed = [
        {
            "property": one.statement.property,
            "value": values.plain(file_name.told(one).statement.value, language(), words),
            "stance": one.statement.stance,
            "locator": dict(one.statement.locator or {}),
            "statement": one.id,
        }
        for one in told.said
    ]
    rows = [_row(one) for one in told.said]
    headings = (_("property"), _("value"), _("stance"), _("where"))
    lines = table(headings, rows) + fields((_("derived"), one) for one in told.derived)
    report(as_json, {"facts": listed, "derived": list(told.derived)}, lines)


def _row(one: Recorded) -> tuple[str, str, str, str]:
    words = schemas.builtin()
    shown = values.plain(file_name.told(one).statement.value, language(), words)
    short = shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"
    where = ", ".join(str(part) for part in (one.statement.locator or {}).values())
    label = words.label(f"{one.statement.schema}.{one.statement.property}", language())
    return label, short, _(one.statement.stance), where


@command(
    unburnt,
    "near-duplicates",
    Manual(
        what=N_(
            "List pictures that look like this one, by their perceptual hashes: made smaller, saved"
            " again, a little cut."
        ),
        when=N_("To find the larger or earlier copy of a picture, or to count one picture once."),
        example="unburnt near-duplicates bu4t…",
        never=N_(
            "It does not say that two pictures are the same, or which came first; a mirrored or"
            " much cut picture it does not find."
        ),
        exits=READ,
        keys={"near": N_("list of: entity, bits (of 64 that differ)")},
    ),
)
@click.argument("id")
@click.option(
    "--most",
    type=click.IntRange(0, 64),
    default=knowing.NEAR,
    show_default=True,
    help=N_("How many bits of 64 may differ."),
)
@as_json
def near_duplicates(app: App, id: str, most: int, as_json: bool) -> None:
    """List pictures that look alike."""
    with app.open() as session:
        found = knowing.near_duplicates(session, find_entity(session, id), most)
    data = {"near": [{"entity": entity, "bits": bits} for bits, entity in found]}
    rows = [(entity, bits) for bits, entity in found]
    headings = (_("entity"), _("bits that differ"))
    lines = table(headings, rows) if rows else [_("No picture looks like it where you can read.")]
    report(as_json, data, lines)
