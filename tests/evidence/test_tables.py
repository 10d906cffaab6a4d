"""Tables from strangers: read as they stand, or refused; never anything but our errors."""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.evidence import tables
from unburnt.evidence.tables import MAX_CELL, MAX_COLUMNS, Row, rows
from unburnt.model.table_map import Form

COLUMNS = ("id", "name")


def read(data: bytes | str, name: str = "t.csv", columns: Any = COLUMNS, **form: Any) -> list[Row]:
    """Return all rows of a table."""
    raw = data.encode("utf-8") if isinstance(data, str) else data
    return list(rows(raw, name, Form(**form), columns))


def workbook(table: Sequence[Sequence[Any]], **more: Any) -> bytes:
    """Return the bytes of an XLSX with one sheet; `more` maps titles to further sheets."""
    book = openpyxl.Workbook()
    for row in table:
        book.active.append(row)
    for title, other in more.items():
        sheet = book.create_sheet(title)
        for row in other:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def repacked(data: bytes, change: dict[str, bytes]) -> bytes:
    """Return a zip with some members replaced."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in {*old.namelist(), *change}:
            new.writestr(name, change[name] if name in change else old.read(name))
    return stream.getvalue()


SHEET = "xl/worksheets/sheet1.xml"

# --- CSV ---------------------------------------------------------------------------------------

GOOD = {
    "commas": ("name,x,id\nA,1,7\n", {}, [("7", "A")]),
    "semicolons": ("id;name\n7;A\n", {"delimiter": ";"}, [("7", "A")]),
    "tabs": ("id\tname\n7\tA\n", {"delimiter": "\t"}, [("7", "A")]),
    "a byte order mark": ("\ufeffid,name\n7,A\n", {}, [("7", "A")]),
    "Windows' letters": (
        "id,name\n7,Оюб\n".encode("cp1251"),
        {"encoding": "cp1251"},
        [("7", "Оюб")],
    ),
    "Windows' line ends": ("id,name\r\n7,A\r\n", {}, [("7", "A")]),
    "a line feed inside a cell": ('id,name\n7,"A\nB"\n', {}, [("7", "A\nB")]),
    "outer blanks": ("id , name\n 7 , A \n", {}, [("7", "A")]),
    "an empty row": ("id,name\n,\n7,A\n", {}, [("", ""), ("7", "A")]),
    "a header alone": ("id,name\n", {}, []),
}


@pytest.mark.parametrize(("data", "form", "cells"), GOOD.values(), ids=GOOD.keys())
def test_a_table_is_read(data: bytes | str, form: dict[str, str], cells: list[Any]) -> None:
    found = read(data, **form)
    assert [row.cells for row in found] == cells
    assert [row.number for row in found] == list(range(2, 2 + len(cells)))
    assert not any(row.fault for row in found)


FAULTY_ROWS = {
    "too few cells": ("id,name\n7\n8,B\n", "has 1 cells", ()),
    "too many cells": ("id,name\n7,A,x\n8,B\n", "has 3 cells", ()),
    "a cell too long": (
        f"name,id\n{'a' * (MAX_CELL + 1)},7\nB,8\n",
        "longer",
        ("7", "a" * (MAX_CELL + 1)),
    ),
}


@pytest.mark.parametrize(("data", "fault", "cells"), FAULTY_ROWS.values(), ids=FAULTY_ROWS.keys())
def test_a_faulty_row_does_not_stop_the_others(
    data: str, fault: str, cells: tuple[str, ...]
) -> None:
    first, second = read(data)
    assert fault in first.fault
    assert first.cells == cells, "where cells are missing, none is known to be in its place"
    assert (second.cells, second.fault) == (("8", "B"), "")


REFUSED: dict[str, tuple[bytes | str, dict[str, str], str]] = {
    "cp1251 under the name of UTF-8": ("id,name\n7,Оюб\n".encode("cp1251"), {}, "cp1251"),
    "UTF-8 under the name of cp1251": ("id,name\n7,Оюб\n", {"encoding": "cp1251"}, "utf-8"),
    "UTF-16": ("id,name\n7,A\n".encode("utf-16"), {}, "CSV in UTF-8"),
    "a workbook under the name of CSV": (workbook([["id"]]), {}, "not a CSV"),
    "a quotation mark that is not closed": ('id,name\n7,"A\n', {}, "quotation"),
    "a quotation mark in the middle": ('id,name\n7,"A"B"\n', {}, "quotation"),
    "an endless cell": ("id,name\n7," + "a" * 140_000, {}, "endless"),
    "a column that is not there": ("id,nom\n7,A\n", {}, "no column “name”"),
    "a column that is there twice": ("id,name,name\n7,A,B\n", {}, "several columns"),
    "another delimiter": ("id;name\n7;A\n", {}, "State the delimiter"),
    "nothing": ("", {}, "no column"),
    "too many columns": (",".join(map(str, range(MAX_COLUMNS + 1))) + "\n", {}, "columns"),
}


@pytest.mark.parametrize(("data", "form", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_bad_csv_is_refused(data: bytes | str, form: dict[str, str], reason: str) -> None:
    with pytest.raises((ForeignDataError, UsageError)) as refusal:
        read(data, **form)
    assert reason in str(refusal.value)


def test_cells_far_to_the_right_cannot_fill_rows_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "MAX_CELLS", 50)
    assert len(read(workbook([["id", "name"], [7, "A"]]), name="t.xlsx")) == 1
    far = b"".join(b'<row r="%d"><c r="XFD%d"/></row>' % (n, n) for n in range(2, 5))
    head = b'<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row>'
    begin = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    sheet = begin + b"<sheetData>" + head + far + b"</sheetData></worksheet>"
    with pytest.raises(ForeignDataError, match="more than 50 cells"):
        read(repacked(workbook([]), {SHEET: sheet}), name="t.xlsx", columns=("id",))


def test_size_and_rows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 3)
    assert len(read("id,name\n1,A\n2,B\n")) == 2
    with pytest.raises(ForeignDataError, match="more than 3 rows"):
        read("id,name\n1,A\n2,B\n3,C\n")
    monkeypatch.setattr(tables, "MAX_BYTES", 10)
    with pytest.raises(ForeignDataError, match="larger"):
        read("id,name\n1,A\n")


@given(st.lists(st.tuples(st.text("ab,;\"'\n\t é", max_size=6), st.text('ab," \n', max_size=6))))
def test_what_the_csv_module_wrote_is_read_back(table: list[tuple[str, str]]) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([COLUMNS, *table])
    assert [row.cells for row in read(stream.getvalue())] == [
        (one.strip(), two.strip()) for one, two in table
    ]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_csv_or_refused(data: bytes) -> None:
    for head in (b"", b"id,name\n"):
        try:
            read(head + data)
        except (ForeignDataError, UsageError):
            continue


# --- XLSX --------------------------------------------------------------------------------------


def test_a_workbook_is_read_as_csv_would_be() -> None:
    table: list[list[Any]] = [
        ["id", "name"],
        [7, "Оюб"],
        [8.0, 0.5],
        [None, None],
        [9, datetime(2018, 1, 9)],
        [10, date(2018, 1, 9)],
        [11, datetime(2018, 1, 9, 21, 0)],
        [True, "0012"],
        [12],
    ]
    found = read(workbook(table), "t.XLSX")
    assert [row.cells for row in found] == [
        ("7", "Оюб"),
        ("8", "0.5"),
        ("", ""),
        ("9", "2018-01-09 00:00:00"),
        ("10", "2018-01-09 00:00:00"),
        ("11", "2018-01-09 21:00:00"),
        ("true", "0012"),
        ("12", ""),
    ]
    assert [row.number for row in found] == list(range(2, 10))


def test_a_formula_is_never_evaluated_and_refuses_its_row_alone() -> None:
    table: list[list[Any]] = [
        ["id", "name", "sum"],
        [7, "=1+1", 1],
        [8, "B", "=1+1"],
        [9, "#N/A", 2],
    ]
    first, second, third = read(workbook(table), "t.xlsx")
    assert "formula" in first.fault
    assert (second.cells, second.fault) == (("8", "B"), "")
    assert "error" in third.fault


def test_a_sheet_must_be_named_where_there_are_several() -> None:
    data = workbook([["id", "name"]], second=[["id", "name"], [7, "A"]])
    with pytest.raises(UsageError, match="2 sheets"):
        read(data, "t.xlsx")
    with pytest.raises(UsageError, match="no sheet"):
        read(data, "t.xlsx", sheet="third")
    assert [row.cells for row in read(data, "t.xlsx", sheet="second")] == [("7", "A")]


def test_without_the_package_the_command_that_installs_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = workbook([["id", "name"]])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(UsageError, match=r"pip install 'unburnt\[tables\]'"):
        read(data, "t.xlsx")


NS = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
FAR = b'<worksheet %b><dimension ref="A1:XFD1048576"/><sheetData>%b</sheetData></worksheet>'
BOMBS = {
    "a member that unpacks to far more than its size": {"xl/media/x.bin": bytes(8 * 2**20)},
    "a document type": {SHEET: b'<!DOCTYPE x [<!ENTITY a "b">]>' + FAR % (NS, b"")},
    "a document type in UTF-16": {SHEET: "<!DOCTYPE x>".encode("utf-16")},
    "rows without end": {SHEET: FAR % (NS, b'<row r="1"/><row r="99999999999"/>')},
    "a sheet that is no XML": {SHEET: b"\x00\x01"},
    "no sheet": {"xl/workbook.xml": b"<workbook/>"},
}


@pytest.mark.parametrize("change", BOMBS.values(), ids=BOMBS.keys())
def test_a_hostile_workbook_is_refused(
    change: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 10_000)
    with pytest.raises((ForeignDataError, UsageError)):
        read(repacked(workbook([["id", "name"], [7, "A"]]), change), "t.xlsx")


WORKBOOK = workbook([["id", "name"], [7, "A"], [8, "=1+1"]])
PARTS = zipfile.ZipFile(io.BytesIO(WORKBOOK)).namelist()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_workbook_gives_our_errors_alone(data: st.DataObject) -> None:
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(WORKBOOK) - 1))
        damaged = WORKBOOK[:at] + data.draw(st.binary(max_size=8)) + WORKBOOK[at + 4 :]
    else:
        part = data.draw(st.sampled_from(PARTS))
        with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as archive:
            text = archive.read(part)
        at = data.draw(st.integers(0, len(text)))
        piece = data.draw(st.sampled_from([b"", b"<", b'"', b"99999999", b"-1", b"&a;", b"\xff"]))
        length = data.draw(st.integers(0, 40))
        damaged = repacked(WORKBOOK, {part: text[:at] + piece + text[at + length :]})
    try:
        read(damaged, "t.xlsx")
    except (ForeignDataError, UsageError):
        return
