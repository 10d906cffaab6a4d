"""Recording: a page of statements, one statement, taking one back; taking in files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from unburnt.cli.app import PATH, App, as_json, book, command, read_file
from unburnt.cli.asking import typed
from unburnt.cli.manual import CHECK, Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, progress, remark, report, safe, table
from unburnt.cli.words import N_, _
from unburnt.core.errors import UsageError
from unburnt.core.ids import new_id
from unburnt.model.statement import STANCES
from unburnt.workflow import give_back, leftovers
from unburnt.workflow.lookup import find_entity, find_statement
from unburnt.workflow.record import Line, load_case, record_case
from unburnt.workflow.retract import retract, schema_of
from unburnt.workflow.session import Claim, Session
from unburnt.workflow.spoken import value_of

_PAGE = 2**20  # bytes
NEW = "new"


@command(
    unburnt,
    "record",
    Manual(
        what=N_(
            "Record a page of statements. Entities have handles on the page and become ids; every"
            " statement says on which source it rests, from whom that was heard, and how sure it"
            " is."
        ),
        when=N_("When a case was written down in a text editor, or prepared by a program."),
        example="unburnt record case.yaml --files evidence/",
        never=N_(
            "Nothing of a page is recorded when one statement of it cannot be. It fills in no"
            " grade, no source and no date, and it never overwrites: a correction is one more"
            " statement."
        ),
        keys={
            "statements": N_("how many were recorded"),
            "entities": N_("handle on the page → id"),
            "named": N_("name on the page → id of the statement"),
        },
    ),
)
@click.argument("page", type=PATH)
@click.option("--files", type=PATH, help=N_("Folder of the files that the page refers to."))
@click.option("--phase", help=N_("Record only the statements of this phase."))
@as_json
def record(app: App, page: Path, files: Path | None, phase: str | None, as_json: bool) -> None:
    """Record a page."""
    text = read_file(page, _PAGE).decode("utf-8", "replace")

    def chosen(line: Line) -> bool:
        return phase is None or line.phase == phase

    with app.open() as session:
        case = load_case(text, session.random)
        named = record_case(session, case, files, chosen)
    entities = {handle: one.id for handle, one in case.entities.items()}
    data = {
        "statements": sum(map(chosen, case.lines)),
        "entities": entities,
        "named": named,
    }
    rows = sorted(entities.items())
    lines = [*fields([(_("statements"), data["statements"])]), *table((_("handle"), _("id")), rows)]
    report(as_json, data, lines)


@command(
    unburnt,
    "say",
    Manual(
        what=N_(
            "Record one statement: of ENTITY (an id, or “new”), PROPERTY is VALUE. The value is"
            " read as the property wants it: text, date, number, term, id of an entity; or give a"
            " JSON object. “-” is asked for: names are not for a command line."
        ),
        when=N_("For one more fact. For a whole case write a page: record."),
        example="unburnt say new name - --schema Person --source me --compartment sources\n"
        "unburnt say aicq… startDate 2018-01-22 --source bu4t… --stance reported"
        " --reliability B --credibility 3 --compartment cases",
        never=N_(
            "It guesses no grade and no source. “Asserted” means that you yourselves say so: what"
            " somebody told you is reported or alleged."
        ),
        keys={"entity": N_("id of the entity"), "statement": N_("id of the statement")},
    ),
)
@click.argument("entity")
@click.argument("property")
@click.argument("value", callback=typed(N_("Value")))
@click.option("--source", required=True, help=N_("Id it rests on; “me” for your own knowledge."))
@click.option("--compartment", required=True, help=N_("Who may read it."))
@click.option("--schema", help=N_("Kind of entity; needed for a new one."))
@click.option(
    "--stance", type=click.Choice(sorted(STANCES)), default="asserted", help=N_("How it is said.")
)
@click.option("--attribution", multiple=True, help=N_("From whom it was heard, nearest first."))
@click.option("--reliability", type=click.Choice(list("ABCDEF")), help=N_("Grade of the source."))
@click.option(
    "--credibility", type=click.IntRange(2, 6), help=N_("Grade of this information, 2 to 6.")
)
@click.option("--lang", help=N_("Language of a text, three letters."))
@click.option("--locator", metavar="JSON", help=N_("Where in the source."))
@click.option("--answers", metavar="ID", help=N_("Statement it retracts or supersedes."))
@as_json
def say(
    app: App,
    entity: str,
    property: str,
    value: str,
    source: str,
    compartment: str,
    schema: str | None,
    attribution: tuple[str, ...],
    locator: str | None,
    answers: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Record one statement."""
    with app.open() as session:
        about = new_id(os.urandom) if entity == NEW else find_entity(session, entity)
        kind = schema or schema_of(session, about)
        if kind is None:
            raise UsageError("A new entity needs its kind.", "Say it: --schema Person.")
        claim = Claim(
            entity=about,
            schema=kind,
            property=property,
            value=value_of(kind, property, value, lambda text: find_entity(session, text)),
            source=_source(session, source, about),
            compartment=session.compartment(compartment),
            attribution=tuple(find_entity(session, heard) for heard in attribution),
            locator=_json(locator),
            answers=find_statement(session, answers).id if answers else None,
            **given,
        )
        statement = session.say([claim])[0][0]
    pairs = [(_("entity"), about), (_("statement"), statement)]
    report(as_json, {"entity": about, "statement": statement}, fields(pairs))


def _source(session: Session, text: str, about: str) -> str:
    if text == "me":
        return session.member
    return about if text == "self" else find_entity(session, text)


def _json(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            "A locator is a JSON object.", "Write --locator '{\"page\": 3}'."
        ) from error
    if not isinstance(read, dict):
        raise UsageError("A locator is a JSON object.", "Write --locator '{\"page\": 3}'.")
    return read


@command(
    unburnt,
    "retract",
    Manual(
        what=N_("Take back a statement: it stays, shown as withdrawn."),
        when=N_("When it was wrong, or its source withdrew it."),
        example="unburnt retract 5e3b0c44298f",
        never=N_("It deletes nothing: who has read the statement has read it."),
        keys={"statement": N_("id of the retraction")},
    ),
)
@click.argument("statement")
@click.option("--source", help=N_("Id that the retraction rests on; else the same source."))
@as_json
def retract_statement(app: App, statement: str, source: str | None, as_json: bool) -> None:
    """Take back a statement."""
    with app.open() as session:
        rests_on = _source(session, source, "") if source else None
        made = retract(session, statement, rests_on)
    report(as_json, {"statement": made}, fields([(_("statement"), made)]))


evidence = book(
    unburnt,
    "evidence",
    Manual(
        what=N_("Originals that were taken in."),
        when=N_("When somebody needs the files themselves."),
        example="unburnt evidence restore out/ --compartment cases",
        never=N_("Sealed originals are never changed."),
        exits=(0, 2),
    ),
)


@command(
    evidence,
    "restore",
    Manual(
        what=N_("Write the originals of a compartment into a folder, each compared by its digest."),
        when=N_("For a court, a laboratory, or to look at a picture."),
        example="unburnt evidence restore out/ --compartment cases",
        never=N_(
            "What it writes is not sealed: whoever takes the machine can read it, and no program"
            " can wipe it reliably from a modern disk. It leaves no original without recording"
            " first that it was exported, unless you say --unrecorded."
        ),
        exits=CHECK,
        keys={
            "originals": N_("originals written and compared"),
            "bytes": N_("bytes written"),
            "withdrawn": N_("number of those that were withdrawn"),
            "problems": N_("number of those that could not be restored"),
        },
    ),
)
@click.argument("folder", type=PATH)
@click.option("--compartment", required=True, help=N_("Whose originals."))
@click.option("--purpose", help=N_("Why; it stands in the chain of custody."))
@click.option(
    "--to",
    "receiver",
    metavar="WORDS",
    callback=typed(N_("Who gets it")),
    help=N_("Who gets them; - to be asked."),
)
@click.option(
    "--unrecorded", is_flag=True, help=N_("Where this device may only read: leave no trace of it.")
)
@as_json
def restore(app: App, folder: Path, compartment: str, as_json: bool, **told: Any) -> int:
    """Restore originals."""
    with app.open() as session, progress() as tell:
        circle = session.compartment(compartment)
        found = give_back.restore(session, folder, circle, tell, **told)
    remark(_("These files are not sealed any more."))
    data = {
        "originals": found.originals,
        "bytes": found.bytes,
        "withdrawn": found.withdrawn,
        "problems": len(found.problems),
    }
    pairs = [(_("originals"), found.originals), (_("bytes"), found.bytes)]
    pairs += [(_("withdrawn by their givers"), found.withdrawn)] if found.withdrawn else []
    report(as_json, data, [*fields(pairs), *fields(found.problems)])
    return 1 if found.problems else 0


@command(
    evidence,
    "leftovers",
    Manual(
        what=N_(
            "Remove what a pack or a restoring that was killed left lying open: originals in clear"
            " under a name of their own, beside where they should have gone."
        ),
        when=N_(
            "When health says so, or after the power went. Every pack and restore does it, too."
        ),
        example="unburnt evidence leftovers",
        never=N_(
            "It removes nothing that has its final name. It cannot wipe: what lay on a disk may be"
            " found there until it is written over. On a disk that is not here it finds nothing."
        ),
        exits=CHECK,
        keys={
            "removed": N_("places at which something was removed"),
            "left": N_("places that cannot be reached or refuse"),
        },
    ),
)
@click.option("--forget", is_flag=True, help=N_("Forget places whose disk will not come back."))
@as_json
def remove_leftovers(app: App, forget: bool, as_json: bool) -> int:
    """Remove what lies open."""
    with app.open() as session:
        removed, kept = leftovers.remove(session, forget=forget)
        places = leftovers.left(session)
    pairs = [(_("removed"), removed), (_("not to be reached"), kept)]
    report(as_json, {"removed": removed, "left": kept}, fields(pairs))
    for place in places:
        remark(_("Look there: {place}").format(place=safe(str(place))))
    return 1 if kept else 0
