"""Importing tables that partners keep: again and again, row by row."""

from __future__ import annotations

from pathlib import Path

import click

from unburnt.cli.app import PATH, App, as_json, book, command, read_file
from unburnt.cli.manual import CHECK, Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, progress, report, table
from unburnt.cli.words import N_, _
from unburnt.model.table_map_reading import parse
from unburnt.workflow.import_table import import_table

_MAP = 2**20  # bytes

imports = book(
    unburnt,
    "import",
    Manual(
        what=N_("Bring in what others keep in their own programs."),
        when=N_("When a partner sends a list."),
        example="unburnt import table list.csv --map list.map.yaml",
        never=N_("Nothing is guessed: a map written by a person says what each column means."),
        exits=(0, 2),
    ),
)


@command(
    imports,
    "table",
    Manual(
        what=N_(
            "Import a spreadsheet or CSV file by a map; a later version of the file corrects the"
            " earlier one, statement by statement."
        ),
        when=N_(
            "Whenever the partner sends the list anew; the same file twice changes nothing. How to"
            " write a map: docs/spec/table-map.md."
        ),
        example="unburnt import table list.csv --map list.map.yaml",
        never=N_(
            "A row that cannot be read whole is refused and listed; no formula is evaluated. It"
            " takes back what a list no longer holds, and deletes nothing."
        ),
        exits=CHECK,
        keys={
            "dataset": N_("name of the list"),
            "file": N_("id of the file"),
            "sha256": N_("digest of the file"),
            "totals": N_("rows, added, changed, unchanged, refused, withdrawn, blank, held"),
            "statements": N_("stated, superseded, retracted"),
            "entries": N_("entries written"),
            "rows": N_("list of: row, key, outcome, reason, fields"),
        },
    ),
)
@click.argument("file", type=PATH)
@click.option("--map", "map_file", type=PATH, required=True, help=N_("The map, a YAML file."))
@as_json
def import_file(app: App, file: Path, map_file: Path, as_json: bool) -> int:
    """Import a table."""
    mapping = parse(read_file(map_file, _MAP).decode("utf-8", "replace"))
    with app.open() as session, progress() as tell:
        found = import_table(session, file, mapping, tell)
    totals = found.totals()
    refused = [(row.number, row.reason) for row in found.of("refused")]
    lines = [
        *fields((_(name), count) for name, count in totals.items()),
        *(table((_("row"), _("why")), refused) if refused else ()),
    ]
    report(as_json, found.to_value(), lines)
    return 1 if refused else 0


TOTALS = (  # the words that `totals` shows
    N_("rows"),
    N_("added"),
    N_("changed"),
    N_("unchanged"),
    N_("refused"),
    N_("withdrawn"),
    N_("blank"),
    N_("held"),
)
PROGRESS = (N_("entries"), N_("objects"), N_("batches"), N_("rows"), N_("originals"))
