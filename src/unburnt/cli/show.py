"""Showing: reports as words or JSON on the standard output, remarks and progress on the other.

    table((_("device"), _("entries")), rows)     columns that stay columns in every script
    report(as_json, {"level": "red"}, lines)     one of the two, never both
    remark("This is not secret.")                for people, on the standard error

Foreign text is shown through `core.text.printable`: it can neither command the terminal nor forge a
line of ours. Nothing here colours by meaning alone: the word is always there.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from unburnt.cli.words import _
from unburnt.core.text import printable

PIPED_WIDTH = 240  # columns, where there is no terminal that says how many it has
_PATIENCE = 1.0  # seconds before progress is shown


def report(as_json: bool, data: Mapping[str, Any], lines: Iterable[str]) -> None:
    """Write a report: its stable keys as JSON, or its lines for people."""
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True))
        return
    for line in lines:
        click.echo(line)


def safe(value: object) -> str:
    """Return any value as harmless text on one line."""
    return printable(str(value))


def remark(text: str) -> None:
    """Say something to the person, not to the program that reads the output."""
    click.echo(text, err=True)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return the lines of a table; cells are made harmless."""
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        drawn.add_column(Text(heading), overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(safe(cell)) for cell in row))
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    console = Console(width=width, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(drawn)
    return [line.rstrip() for line in captured.get().splitlines()]


def fields(pairs: Iterable[tuple[str, object]]) -> list[str]:
    """Return lines of “name: value”."""
    return [f"{name}: {safe(value)}" for name, value in pairs]


@contextmanager
def progress() -> Iterator[Callable[[str, int], None]]:
    """Give a function that shows how far a long task is, on a terminal and after a second."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda what, count: None
        return
    begun = time.monotonic()
    status = console.status("")
    shown = False

    def tell(what: str, count: int) -> None:
        nonlocal shown
        if time.monotonic() - begun < _PATIENCE:
            return
        if not shown:
            status.start()
            shown = True
        status.update(Text(f"{_(what)}: {count}"))

    try:
        yield tell
    finally:
        if shown:
            status.stop()
