"""For those who hold a copy and no key: partners abroad, prosecutors, journalists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from unburnt.cli.app import PATH, App, as_json, command, read_file
from unburnt.cli.manual import CHECK, Manual
from unburnt.cli.problem_words import problem_data, problem_lines
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, progress, report
from unburnt.cli.verdicts import verdict
from unburnt.cli.words import N_, _
from unburnt.workflow.inspect import inspect as inspect_copy
from unburnt.workflow.lookup import check_archive_id

_CARD = 256 * 1024  # bytes


@command(
    unburnt,
    "inspect",
    Manual(
        what=N_(
            "Check a copy without any key: every signature, every object read and hashed, and that"
            " nothing is missing which head cards or other copies have seen."
        ),
        when=N_(
            "When you keep a copy for others, or were given one and trust nobody. Get the archive's"
            " id from the group over another way than the copy itself."
        ),
        example="unburnt inspect /srv/copy --archive-id 6f1c... --head-card heads.txt",
        never=N_(
            "It needs no passphrase and opens nothing. It cannot tell whether what is sealed can"
            " still be opened, nor whether it is true."
        ),
        exits=CHECK,
        keys={
            "green": N_("whether nothing is wrong"),
            "entries": N_("entries looked at"),
            "objects": N_("objects looked at"),
            "bytes": N_("bytes read and hashed"),
            "problems": N_("list of: code, device, sequence, detail"),
            "alarms": N_("the same, where a key seems to be abused"),
        },
    ),
)
@click.argument("place", type=PATH)
@click.option("--archive-id", required=True, metavar="ID", help=N_("Which archive it must be."))
@click.option(
    "--head-card", "cards", type=PATH, multiple=True, help=N_("What must be there at least.")
)
@click.option(
    "--other", "others", type=PATH, multiple=True, help=N_("Another copy, to compare with.")
)
@as_json
def inspect(
    _app: App,
    place: Path,
    archive_id: str,
    cards: tuple[Path, ...],
    others: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Inspect a copy."""
    check_archive_id(archive_id)
    with progress() as tell:
        found = inspect_copy(place, archive_id, [read_file(c, _CARD) for c in cards], others, tell)
    data: dict[str, Any] = {
        "green": found.green,
        "entries": found.entries,
        "objects": found.objects,
        "bytes": found.read,
        "problems": problem_data(found.problems),
        "alarms": problem_data(found.alarms),
    }
    counted = [
        (_("entries"), found.entries),
        (_("objects"), found.objects),
        (_("bytes read"), found.read),
    ]
    wrong = problem_lines([*data["problems"], *data["alarms"]])
    report(as_json, data, [verdict(found.green), *fields(counted), *wrong])
    return 0 if found.green else 1
