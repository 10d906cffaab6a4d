"""The table of a pack: every statement on one line, as its proof opens it, and in words.

    proven = facts("5e0b…", "mfrg…", 7, {"property": "startDate", "value": {…}, …})
    spell([{**proven, "about": "Arson of a car", …}])         # the bytes of statements.csv
    read(data)                                                 # the rows again, strictly

A spreadsheet runs what it takes for a formula, so such a cell begins with an apostrophe; so does
what stands after a semicolon, a tab or a line end in it: where numbers are written with a comma,
spreadsheets part the line there, whatever the quotes say. Columns in PROVEN are compared with the
proofs by whoever checks the pack; those in TOLD are words for people.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Never

from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError
from unburnt.model.statement import FIELDS

TOLD = ("number", "about", "says", "in_words", "according_to", "how_sure", "marks")
PROVEN = ("statement", "log", "entry", *FIELDS)
COLUMNS = (*TOLD, *PROVEN)

WITHHELD = "(withheld)"
MAX_TABLE = 256 * 2**20  # bytes

# Where some spreadsheet may begin a cell, and what makes it a formula; quotes it takes for its own.
_BEGINS = r"(?:^|(?<=[;\t\r\n]))"
_FORMULA = r"""(?="*[=+\-@\t\r\n'])"""
_RISKY = re.compile(_BEGINS + _FORMULA)
_MENDED = re.compile(f"{_BEGINS}'{_FORMULA}")


def facts(statement: str, device: str, sequence: int, fields: Mapping[str, Any]) -> dict[str, str]:
    """Return the proven cells of a statement from its id, its place, and the fields it opens."""
    cells = {name: _cell(fields[name]) if name in fields else WITHHELD for name in FIELDS}
    return {"statement": statement, "log": device, "entry": str(sequence), **cells}


def spell(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Return the table as bytes: UTF-8 with a mark, CRLF, every cell quoted and harmless."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([harmless(row[name]) for name in COLUMNS])
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")


def read(data: bytes) -> list[dict[str, str]]:
    """Return the rows of a table; ForeignDataError unless it is spelled as `spell` spells it."""
    if len(data) > MAX_TABLE or not data.startswith(b"\xef\xbb\xbf"):
        _refuse()
    try:
        text = data[3:].decode("utf-8")
        lines: list[Sequence[str]] = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ForeignDataError(_MESSAGE, _NEXT) from error
    if not lines or tuple(lines[0]) != COLUMNS or any(len(x) != len(COLUMNS) for x in lines):
        _refuse()
    rows = [
        {name: _plain(cell) for name, cell in zip(COLUMNS, line, strict=True)} for line in lines[1:]
    ]
    if spell(rows) != data:
        _refuse()
    return rows


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, wherever it parts the line."""
    return _RISKY.sub("'", cell)


def _plain(cell: str) -> str:
    return _MENDED.sub("", cell)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else canonical.encode(value).decode("utf-8")


_MESSAGE = "The table of statements is malformed."
_NEXT = "Ask whoever gave you the pack for a whole copy."


def _refuse() -> Never:
    raise ForeignDataError(_MESSAGE, _NEXT)
