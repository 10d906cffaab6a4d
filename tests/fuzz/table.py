"""A table somebody sent: CSV, and a workbook."""

from __future__ import annotations

import io

import openpyxl

from unburnt.evidence import tables
from unburnt.model.table_map import Form


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["name", "date"])
    book.active.append(["Somebody", "2018-01-09"])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


SEEDS = ['name,date\nКто-то,2018-01-09\n"a\nb",c\n'.encode(), _workbook()]


def fuzz(data: bytes) -> None:
    """Read all rows, as what the first bytes say it is."""
    name = "t.xlsx" if data.startswith(b"PK") else "t.csv"
    for _ in tables.rows(data, name, Form(), ["name", "date"]):
        pass
