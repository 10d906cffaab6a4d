"""Tables from strangers, read strictly and within bounds: CSV and XLSX, one row at a time.

    for row in rows(data, "list.csv", Form(encoding="utf-8"), ("id", "date")):
        row.number, row.cells          # 2, ("1", "04.12.2011"): the columns asked for, in order
        row.fault                      # why this row cannot be used, or ""; perhaps without cells

Row 1 is the header. Hostile bytes raise ForeignDataError and nothing else; a fault of one row never
stops the others. Never evaluates a formula, follows a link or guesses an encoding.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from importlib import import_module
from typing import Any

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.model.table_map import DELIMITERS, ENCODINGS, Form

MAX_BYTES = 128 * 2**20  # of the file; a million rows of ten columns take about 100 MB
MAX_ROWS = 2**20  # what spreadsheets hold
MAX_COLUMNS = 1024
MAX_CELLS = 2**26  # of an XLSX, empty ones before the last of a row as well; about 20 s
MAX_CELL = 32_767  # characters, as in spreadsheets
MAX_MEMBERS = 10_000  # files inside an XLSX
MAX_UNPACKED = 512 * 2**20  # bytes inside an XLSX, as it declares them; zipfile reads no further
MAX_RATIO = 250  # unpacked to packed; large real sheets reach 50
_SMALL = 2**20  # a member below this may have any ratio

_ZIP = b"PK\x03\x04"
_DOCTYPE = re.compile(rb"<\0?!\0?D\0?O\0?C\0?T\0?Y\0?P\0?E")
_PROLOGUE = 4096  # a document type may stand only before the first element
_ANOTHER = "Save it again as CSV in UTF-8, or as XLSX, with a current spreadsheet program."
_SPLIT = "Split the table into several files of one dataset only if no row then goes missing."


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number (the header is 1), its cells without outer blanks, and its fault."""

    number: int
    cells: tuple[str, ...]
    fault: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing stands in it."""
        return not self.fault and not any(self.cells)


def rows(data: bytes, name: str, form: Form, columns: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a table, with the named columns only, in the order asked for.

    `name` tells CSV from XLSX by its ending. Raises ForeignDataError for a file that is not what it
    should be, UsageError when a column is not there or the part for XLSX is not installed.
    """
    if len(data) > MAX_BYTES:
        raise ForeignDataError(f"The table is larger than {MAX_BYTES >> 20} MiB.", _SPLIT)
    if name.lower().endswith(".xlsx"):
        return _choose(_xlsx(data, form), columns, form)
    return _choose(_csv(data, form), columns, form)


Raw = tuple[Sequence[str], frozenset[int]]  # cells, and which of them hold no plain value


def _choose(table: Iterator[Raw], columns: Sequence[str], form: Form) -> Iterator[Row]:
    header, _ = next(table, ([], frozenset()))
    places = _places([cell.strip() for cell in header], columns, form)
    width = len(header)
    for number, (cells, strange) in enumerate(table, start=2):
        if number > MAX_ROWS:
            raise ForeignDataError(f"The table has more than {MAX_ROWS:,} rows.", _SPLIT)
        if not any(cells):
            yield Row(number, ("",) * len(places))
            continue
        if len(cells) != width:
            fault = f"it has {len(cells)} cells, and the header has {width}"
            yield Row(number, (), fault)  # none is known to stand in its place
            continue
        chosen = tuple([cells[at].strip() for at in places])
        yield Row(number, chosen, _fault(chosen, places, strange, columns))


def _fault(
    chosen: Sequence[str], places: Sequence[int], strange: frozenset[int], columns: Sequence[str]
) -> str:
    if strange:
        for name, at in zip(columns, places, strict=True):
            if at in strange:
                return f"“{name}” holds a formula or an error; save the table with plain values"
    for name, cell in zip(columns, chosen, strict=True):
        if len(cell) > MAX_CELL:
            return f"“{name}” is longer than {MAX_CELL:,} characters"
    return ""


def _places(header: Sequence[str], columns: Sequence[str], form: Form) -> list[int]:
    """Return where each column stands; names stand in messages only when the map wrote them."""
    if len(header) > MAX_COLUMNS:
        raise ForeignDataError(f"The table has more than {MAX_COLUMNS} columns.", _ANOTHER)
    for name in columns:
        if header.count(name) == 1:
            continue
        if header.count(name) > 1:
            raise UsageError(
                f"The table has several columns “{name}”.", "Give each its own name in the header."
            )
        other = [mark for mark in DELIMITERS.values() if mark != form.delimiter]
        split = len(header) == 1 and any(mark in header[0] for mark in other)
        raise UsageError(
            f"The table has no column “{name}” among its {len(header)}.",
            "State the delimiter in the map: comma, semicolon or tab."
            if split
            else "Correct the name in the map; letters, case and blanks count.",
        )
    return [header.index(name) for name in columns]


# --- CSV ---------------------------------------------------------------------------------------


def _csv(data: bytes, form: Form) -> Iterator[Raw]:
    _check_encoding(data, form.encoding)
    lines = io.TextIOWrapper(io.BytesIO(data), ENCODINGS[form.encoding], newline="")
    reader = csv.reader(lines, delimiter=form.delimiter, strict=True)
    nothing: frozenset[int] = frozenset()
    try:
        for cells in reader:
            yield cells, nothing
    except csv.Error as error:
        raise ForeignDataError(
            f"Line {reader.line_num} of the table is not CSV: a quotation mark is not closed, "
            "or stands inside a cell, or a cell is endless.",
            _ANOTHER,
        ) from error


def _check_encoding(data: bytes, encoding: str) -> None:
    """Refuse a file that is not in the encoding the map states; nothing is ever guessed."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff", _ZIP, b"\xd0\xcf\x11\xe0")):
        raise ForeignDataError("This is not a CSV file.", _ANOTHER)
    is_utf8 = _decodes(data, "utf-8")
    if encoding == "utf-8" and not is_utf8:
        raise ForeignDataError(
            "The table is not in UTF-8.",
            "If a Russian Windows wrote it, state “encoding: cp1251” in the map; "
            "or save it again as CSV in UTF-8.",
        )
    if encoding == "cp1251" and is_utf8 and not data.isascii():
        raise ForeignDataError(
            "The map says cp1251, and the table is in UTF-8: every letter would be wrong.",
            "State “encoding: utf-8” in the map.",
        )
    if encoding == "cp1251" and not _decodes(data, encoding):
        raise ForeignDataError("The table is not in cp1251.", _ANOTHER)


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


# --- XLSX --------------------------------------------------------------------------------------


def _xlsx(data: bytes, form: Form) -> Iterator[Raw]:
    openpyxl = _openpyxl()
    _check_zip(data)
    try:
        # data_only would show what a program computed some time ago; we want to know of formulas.
        with warnings.catch_warnings(action="ignore"):  # of styles and extensions; no data
            book = openpyxl.load_workbook(
                io.BytesIO(data), read_only=True, data_only=False, keep_links=False
            )
        sheet = _sheet(book, form.sheet)
        sheet.reset_dimensions()  # what the file claims about its size is not to be believed
        yield from _whole_rows(_spelled(row) for row in _counted(sheet.iter_rows()))
    except (ForeignDataError, UsageError):
        raise
    except Exception as error:  # openpyxl raises whatever the bytes lead it to
        raise _malformed() from error


def _whole_rows(table: Iterable[tuple[list[str], frozenset[int]]]) -> Iterator[Raw]:
    """Give every row the width of the header: trailing empty cells are not written in XLSX."""
    width = 0
    for number, (cells, strange) in enumerate(table):
        while cells and not cells[-1]:
            cells.pop()
        if number == 0:
            width = len(cells)
        yield cells + [""] * (width - len(cells) if cells else 0), strange


def _counted(table: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Yield rows; one cell far to the right makes thousands of empty ones before it."""
    seen = 0
    for row in table:
        seen += len(row)
        if seen > MAX_CELLS:
            raise ForeignDataError(f"The table has more than {MAX_CELLS:,} cells.", _SPLIT)
        yield row


def _openpyxl() -> Any:
    try:
        return import_module("openpyxl")
    except ImportError as error:
        raise UsageError(
            "Reading XLSX needs one more package.",
            "Install it: pip install 'unburnt[tables]'; or save the table as CSV in UTF-8.",
        ) from error


def _sheet(book: Any, name: str | None) -> Any:
    sheets = book.worksheets
    if name is not None:
        found = [sheet for sheet in sheets if sheet.title == name]
        if not found:
            raise UsageError("The workbook has no sheet of that name.", "Correct it in the map.")
        return found[0]
    if len(sheets) != 1:
        raise UsageError(
            f"The workbook has {len(sheets)} sheets.", "State in the map which one: “sheet: NAME”."
        )
    return sheets[0]


def _check_zip(data: bytes) -> None:
    """Refuse archives that would unpack to more than they promise, or hold document types."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            if len(members) > MAX_MEMBERS or total > MAX_UNPACKED:
                raise _bomb()
            for member in members:
                if member.flag_bits & 1:
                    raise ForeignDataError("The workbook has a password.", _ANOTHER)
                if member.file_size > max(_SMALL, MAX_RATIO * member.compress_size):
                    raise _bomb()
                with archive.open(member) as stream:
                    if _DOCTYPE.search(stream.read(_PROLOGUE)):
                        raise ForeignDataError("The workbook declares a document type.", _ANOTHER)
    except ForeignDataError:
        raise
    except Exception as error:  # zipfile raises a dozen kinds for damaged bytes
        raise _malformed() from error


def _spelled(row: Iterable[Any]) -> tuple[list[str], frozenset[int]]:
    """Return the cells as CSV would spell them, and the places of formulas and errors."""
    cells: list[str] = []
    strange: list[int] = []
    for at, cell in enumerate(row):
        if at >= MAX_COLUMNS and cell.value is not None:
            raise ForeignDataError(f"The table has more than {MAX_COLUMNS} columns.", _ANOTHER)
        if cell.data_type in ("f", "e"):
            strange.append(at)
        cells.append(_spell(cell.value))
    return cells, frozenset(strange)


def _spell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case date() | time():
            return value.isoformat()
    return str(value)


def _bomb() -> ForeignDataError:
    return ForeignDataError("The workbook would unpack to far more than its size.", _ANOTHER)


def _malformed() -> ForeignDataError:
    return ForeignDataError("The workbook is damaged or no XLSX file.", _ANOTHER)
