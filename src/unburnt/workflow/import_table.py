"""Importing a table, again and again: every row becomes statements, and later files correct them.

    report = import_table(session, Path("list.csv"), parse(map_text))
    report.totals()                        # {"rows": 180, "added": 180, "changed": 0, …}

The steps:

 1. Read the file once, within bounds, and hash what was read.
 2. Ask whether this device may write and read there, and that the dataset has one home.
 3. Find the file, the rows' entities and their voices by their import keys.
 4. For each stretch of rows: read each through the map; a row that cannot be read is refused alone.
 5. Compare with what this list said before; make new statements and answers to the old.
 6. Append an entry whenever a batch is full; a row's statements are never divided.
 7. Take back what the list no longer holds, unless a row without a key might be it.

Interrupted anywhere, the same command again finishes: step 5 finds what is in the log unchanged.
Nothing is overwritten, no formula evaluated, nothing guessed. User page: docs/import-tables.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from unburnt.core.errors import MediumError, UsageError
from unburnt.evidence.tables import MAX_BYTES, Row, rows
from unburnt.model.batch import MAX_BYTES as MAX_BATCH_BYTES
from unburnt.model.batch import MAX_STATEMENTS
from unburnt.model.statement import Statement
from unburnt.model.table_diff import Change, difference
from unburnt.model.table_map import Reading, TableMap
from unburnt.workflow.import_known import Known, Said
from unburnt.workflow.import_report import (
    ADDED,
    CHANGED,
    REFUSED,
    UNCHANGED,
    WITHDRAWN,
    Report,
    RowReport,
)
from unburnt.workflow.session import Progress, Session

_STRETCH = 256  # rows looked up together
_FIXED = 1_100  # bytes of a line besides its value, at most


def import_table(
    session: Session,
    path: Path,
    table: TableMap,
    progress: Progress = lambda what, count: None,
    batch: int = MAX_STATEMENTS,
) -> Report:
    """Bring a table into the archive, or what is new in it; returns what became of every row.

    `progress` hears ("rows", so far) and ("entries", so far). `batch` is the most statements of an
    entry, a single row excepted. Raises UsageError or ForeignDataError before anything is written
    when the file, the map or the rights do not fit; MediumError when the file cannot be read.
    """
    # 1. Read the file once, within bounds, and hash what was read.
    data = _read(path)
    report = Report(table.dataset, hashlib.sha256(data).hexdigest())
    found = rows(data, path.name, table.form, table.columns)
    first = next(found, None)
    if first is None:  # a file that was cut to nothing must not take everything back
        raise UsageError("The table has no rows.", "Export it again.")
    # 2. Ask whether this device may write and read there, and that the dataset has one home.
    session.catch_up()
    compartment = _compartment(session, table.compartment)
    # 3. Find the file, the rows' entities and their voices by their import keys.
    known = Known(session, table, compartment, report.sha256, path.name)
    report.file = known.file if known.has_file else ""
    writing = _Writing(session, known, report, progress, batch)
    stretches = chain([first], found)
    while some := list(islice(stretches, _STRETCH)):
        # 4. to 6. Read, compare, append.
        _take(some, known, writing)
        progress("rows", len(report.rows) + report.blank)
    # 7. Take back what the list no longer holds.
    _withdraw(known, writing)
    writing.flush()
    report.rows.sort(key=lambda row: (row.number is None, row.number or 0))
    return report


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise MediumError("The table cannot be read.", "Check its name and rights.") from error


def _compartment(session: Session, label: str) -> str:
    compartment = session.compartment(label)
    session.check_may_write(compartment)
    if not session.roster.may_read(session.device, compartment):
        raise UsageError(
            "This device cannot read that compartment, so it cannot tell what is there already.",
            "Import on a device that can read it.",
        )
    return compartment


# --- 4. and 5. a stretch of rows ---------------------------------------------------------------


def _take(some: Sequence[Row], known: Known, writing: _Writing) -> None:
    """Read a stretch of rows, compare each with what was said, and write what is new."""
    readings: list[tuple[int, Reading]] = []
    for row in some:
        if row.blank:
            writing.report.blank += 1
            continue
        key: str | None = None  # as long as it is not known which row this is
        try:
            if row.cells:
                key = known.table.key_of(row.cells)
                known.see(key, row.number)
            if row.fault or key is None:
                raise UsageError(f"The row cannot be read: {row.fault}.", "Correct it.")
            readings.append((row.number, known.table.read(key, row.cells)))
        except UsageError as error:
            known.keyless += key is None
            writing.note(RowReport(row.number, key, REFUSED, str(error)))
    said = known.said(reading.key for _, reading in readings)
    for number, reading in readings:
        _row(number, reading, said, known, writing)


def _row(number: int, reading: Reading, said: Said, known: Known, writing: _Writing) -> None:
    voices, new = known.voice(reading, number)
    wanted = known.wanted(reading, number, voices)
    before = list(known.of_row(reading.key, said))
    if not before:
        writing.write([*new, *wanted])
        writing.note(RowReport(number, reading.key, ADDED))
        return
    # What another map of this dataset made, and this one does not speak of, stays as it is.
    comparable = [
        record
        for handle, record in before
        if record.statement.property in known.covered.get(handle, ())
    ]
    change = difference(wanted, comparable)
    if not any(change):
        writing.note(RowReport(number, reading.key, UNCHANGED))
        return
    writing.write([*new, *_written(change, number, known)])
    fields = _fields(change, reading.key, known)
    writing.note(RowReport(number, reading.key, CHANGED, fields=fields))


def _written(change: Change, number: int, known: Known) -> Iterator[Statement]:
    yield from change.added
    for old, statement in change.replaced:
        yield statement
        yield known.answer(old, "superseded", number)
    for old in change.gone:
        yield known.answer(old, "retracted", number)


def _fields(change: Change, key: str, known: Known) -> tuple[str, ...]:
    handles = {entities.get(key): handle for handle, entities in known.entities.items()}
    touched = [*change.added, *(new for _, new in change.replaced)]
    touched += [old.statement for old in change.gone]
    return tuple(sorted({f"{handles[one.entity]}.{one.property}" for one in touched}))


# --- 7. what is gone ---------------------------------------------------------------------------


def _withdraw(known: Known, writing: _Writing) -> None:
    """Take back every row that the file no longer holds.

    When some row bore no key, it may be any of them: then none is taken back, and their number is
    reported.
    """
    every = {key for entities in known.entities.values() for key in entities}
    gone = iter(sorted(every - known.keys.keys()))
    while keys := list(islice(gone, _STRETCH)):
        said = known.said(keys)
        for key in keys:
            live_ones = list(known.of_row(key, said))
            if live_ones and known.keyless:
                writing.report.held += 1
            elif live_ones:
                writing.write([known.answer(old, "retracted", None) for _, old in live_ones])
                fields = {f"{handle}.{old.statement.property}" for handle, old in live_ones}
                writing.note(RowReport(None, key, WITHDRAWN, fields=tuple(sorted(fields))))


# --- 6. entries --------------------------------------------------------------------------------


class _Writing:
    """Statements that wait for their entry, and the report."""

    def __init__(
        self, session: Session, known: Known, report: Report, progress: Progress, batch: int
    ) -> None:
        self.session, self.known, self.report = session, known, report
        self.progress, self.batch = progress, batch
        self.pending: list[Statement] = []
        self.size = 0

    def note(self, row: RowReport) -> None:
        """Add a row to the report."""
        self.report.rows.append(row)

    def write(self, statements: list[Statement]) -> None:
        """Queue the statements of one row; they come into one entry, after those of the file."""
        if self.known.of_file:
            first, self.known.of_file = self.known.of_file, []
            self.write(first)
        size = sum([_FIXED + 4 * len(str(one.value)) for one in statements])
        if self.pending and (
            len(self.pending) + len(statements) > self.batch or self.size + size > MAX_BATCH_BYTES
        ):
            self.flush()
        self.pending += statements
        self.size += size

    def flush(self) -> None:
        """Append what is queued as one entry."""
        if not self.pending:
            return
        self.session.append(self.known.compartment, self.pending)
        report = self.report
        for one in self.pending:
            if one.stance == "superseded":
                report.superseded += 1
            elif one.stance == "retracted":
                report.retracted += 1
            else:
                report.stated += 1
        report.file = self.known.file
        report.entries += 1
        self.pending, self.size = [], 0
        self.progress("entries", report.entries)
