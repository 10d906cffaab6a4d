"""Reading: what is said about an entity, what happened when, and finding a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from unburnt.cli.app import App, as_json, command
from unburnt.cli.asking import typed
from unburnt.cli.manual import Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import report, safe, table
from unburnt.cli.words import N_, _, language
from unburnt.model import file_name, values
from unburnt.model import schema as schemas
from unburnt.model.chronology import Happening, Heading, Said, Voice
from unburnt.workflow.lookup import find_entity
from unburnt.workflow.recall import chronology, entity_view

_DIGITS = 12  # of the id of a statement: enough to name it again
_MOST = 1000  # hits, unless more are asked for
READ = (0, 2, 4, 5, 6)

_HAPPENING = N_(
    "entity, kind, title, date (in words), edtf, contested, headings (property, label, contested,"
    " values with voices), parts"
)


@command(
    unburnt,
    "show",
    Manual(
        what=N_(
            "Show all that is said about an entity: every property, the value that prevails, what"
            " was passed over and by which rule, who denies it, according to whom, how sure."
        ),
        when=N_("Before you write or publish anything about it. ENTITY is an id or its beginning."),
        example="unburnt show aicq",
        never=N_(
            "It decides nothing: the first value is a reading aid, and all others stay beside it."
            " What this device may not read is not there."
        ),
        exits=READ,
        keys={"entity": _HAPPENING},
    ),
)
@click.argument("entity")
@as_json
def show(app: App, entity: str, as_json: bool) -> None:
    """Show an entity."""
    with app.open() as session:
        seen = entity_view(session, find_entity(session, entity), language())
    report(as_json, {"entity": seen.to_value()}, _told(seen, 0, full=True))


@command(
    unburnt,
    "chronology",
    Manual(
        what=N_("Tell what happened in the order of time, with who says so and who denies it."),
        when=N_("To see a case as a whole, or to prepare a report."),
        example="unburnt chronology --since 2017-12",
        never=N_("It leaves out what this device may not read, and it picks no truth."),
        exits=READ,
        keys={"happenings": _HAPPENING},
    ),
)
@click.option("--since", metavar="DATE", help=N_("Begin with this date (2018-01-22 or 2018-01)."))
@click.option("--until", metavar="DATE", help=N_("End with this date."))
@as_json
def tell(app: App, since: str | None, until: str | None, as_json: bool) -> None:
    """Tell the chronology."""
    with app.open() as session:
        told = [h for h in chronology(session, language()) if _within(h, since, until)]
    data = {"happenings": [happening.to_value() for happening in told]}
    lines = (line for happening in told for line in [*_told(happening, 0), ""])
    report(as_json, data, lines)


def _within(happening: Happening, since: str | None, until: str | None) -> bool:
    """Compare the beginning of a date as text: years have four digits wherever people ask."""
    if since is None and until is None:
        return True
    date = happening.edtf or ""
    return bool(date) and date >= (since or "") and (until is None or date[: len(until)] <= until)


def _told(happening: Happening, depth: int, *, full: bool = False) -> Iterator[str]:
    """Yield the lines of an event, an act or any other entity."""
    margin = "  " * depth
    mark = f" [{_('contested')}]" if happening.contested else ""
    date = f"{safe(happening.date)}  " if happening.date else ""
    yield f"{margin}{date}{safe(happening.title)}{mark}"
    if full:
        yield f"{margin}  {safe(happening.kind)} {safe(happening.entity)}"
    for heading in happening.headings:
        yield from _heading(heading, margin + "  ", full)
    for part in happening.parts:
        yield from _told(part, depth + 1, full=full)


def _heading(heading: Heading, margin: str, full: bool) -> Iterator[str]:
    mark = f" [{_('contested')}]" if heading.contested else ""
    yield f"{margin}{safe(heading.label)}{mark}"
    for said in heading.values:
        yield from _said(said, margin + "  ", full)


def _said(said: Said, margin: str, full: bool) -> Iterator[str]:
    sign = "•" if said.prevailing else "◦"
    lost = "" if said.lost_by is None else f"  ({_('passed over')}: {safe(said.lost_by)})"
    yield f"{margin}{sign} {safe(said.text)}{lost}"
    if said.standing:
        yield f"{margin}    {safe(said.standing)}"
    yield from _voices(said.voices, margin, full)
    yield from _voices(said.denied, margin, full)
    yield from _voices(said.withdrawn, margin, full)


def _voices(voices: Iterable[Voice], margin: str, full: bool) -> Iterator[str]:
    for voice in voices:
        marks = [_("withdrawn")] if voice.withdrawn else []
        marks += [_("after compromise, unconfirmed")] if voice.unconfirmed else []
        grades = f"; {voice.grades}" if voice.grades else ""
        note = f" [{', '.join(marks)}]" if marks else ""
        identity = f"  {voice.statement[:_DIGITS]}" if full else ""
        said = f"{safe(voice.stance)}: {safe(voice.according_to)}{safe(grades)}{note}"
        yield f"{margin}    {said}{identity}"


@command(
    unburnt,
    "find",
    Manual(
        what=N_("Find statements whose value contains a text, in any script and case."),
        when=N_("To find the id of a person, a place or an event."),
        example="unburnt find Титиев",
        never=N_(
            "It does not guess other spellings of a name, and it finds nothing inside originals."
        ),
        exits=READ,
        keys={
            "found": N_("list of: entity, kind, property, value, statement"),
            "more": N_("whether there may be more than were shown"),
        },
    ),
)
@click.argument("text", callback=typed(N_("Text to look for")))
@click.option("--limit", type=click.IntRange(1), default=_MOST, help=N_("Show at most so many."))
@as_json
def find(app: App, text: str, limit: int, as_json: bool) -> None:
    """Find a text."""
    words = schemas.builtin()
    with app.open() as session:
        hits = session.index.find(text, limit)
    found = [
        {
            "entity": hit.statement.entity,
            "kind": hit.statement.schema,
            "property": hit.statement.property,
            "value": values.plain(file_name.told(hit).statement.value, language(), words),
            "statement": hit.id,
        }
        for hit in hits
        if hit.standing != "refused"
    ]
    rows = [
        (f["entity"], f["kind"], f["property"], f["value"], f["statement"][:_DIGITS]) for f in found
    ]
    headings = (_("entity"), _("kind"), _("property"), _("value"), _("statement"))
    lines = table(headings, rows) if rows else [_("Nothing was found where this device can read.")]
    report(as_json, {"found": found, "more": len(hits) == limit}, lines)
