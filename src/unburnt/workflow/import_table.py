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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from unburnt.core.errors import MediumError, UsageError
from unburnt.core.ids import new_id
from unburnt.core.text import clean
from unburnt.evidence.tables import MAX_BYTES, Row, rows
from unburnt.model.batch import MAX_BYTES as MAX_BATCH_BYTES
from unburnt.model.batch import MAX_STATEMENTS
from unburnt.model.recorded import Recorded
from unburnt.model.statement import Statement
from unburnt.model.table_diff import Change, difference, live
from unburnt.model.table_map import Reading, TableMap
from unburnt.model.values import MAX_NAME
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
KEY = "importKey"

Said = Mapping[str, list[Recorded]]  # by entity


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
    known = _Known(session, table, compartment, report.sha256, path.name)
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


# --- 3. what is known of the dataset -----------------------------------------------------------


class _Known:
    """The dataset as the archive holds it, and the statements this file would make."""

    def __init__(
        self, session: Session, table: TableMap, compartment: str, sha256: str, name: str
    ) -> None:
        self.session, self.table, self.compartment = session, table, compartment
        self.at, self.member, self.device = session.clock(), session.member, session.device
        self.files: set[str] = set()
        self.handles = {entity.handle: None for entity in table.entities}
        find = session.index.all_identifiers
        files = find(f"{table.dataset}.file")
        self._learn(files.values())
        self.entities = {handle: find(table.scheme(handle)) for handle in self.handles}
        self.voices = find(f"{table.dataset}.said")
        self.covered = {
            entity.handle: {KEY, *(rule.property for rule in entity.rules)}
            for entity in table.entities
        }
        self.keys: dict[str, int] = {}  # of rows seen in this file -> row number
        self.keyless = 0
        self.file = files.get(sha256) or new_id(session.random)
        self.of_file = self._of_file(sha256, name)
        self.files.add(self.file)

    def _learn(self, files: Iterable[str]) -> None:
        """Take in what earlier imports noted with their files: handles, and where they went."""
        dataset, main = self.table.dataset, self.table.entities[0].handle
        for entity, records in self.session.index.of_entities(files).items():
            self.files.add(entity)
            for said in [record.statement for record in records]:
                scheme = said.value.get("scheme")
                if said.source != entity or scheme not in (f"{dataset}.main", f"{dataset}.handle"):
                    continue
                if said.compartment != self.compartment:
                    raise UsageError(
                        "This dataset was imported into another compartment.",
                        "Name that one in the map, or give this dataset another name.",
                    )
                handle = said.value["identifier"]
                self.handles.setdefault(handle)
                if scheme == f"{dataset}.main" and handle != main:
                    raise UsageError(
                        "The rows of this dataset were imported with another entity first.",
                        f"Let “{handle}” come first in the map, or rename the dataset.",
                    )

    def _of_file(self, sha256: str, name: str) -> list[Statement]:
        """Return what is still to be said of the file; it goes with the first row that changes."""
        handles = [entity.handle for entity in self.table.entities]
        keys = [("file", sha256), ("main", handles[0]), *(("handle", each) for each in handles)]
        values: list[tuple[str, dict[str, Any]]] = [
            ("fileName", {"text": clean(name, MAX_NAME)}),
            ("contentHash", {"identifier": sha256, "scheme": "sha256"}),
        ]
        for kind, key in keys:
            values.append((KEY, {"identifier": key, "scheme": f"{self.table.dataset}.{kind}"}))
        wanted = [self.state(self.file, "Document", *each, row=None) for each in values]
        there = live(self.session.index.of_entity(self.file), {self.file}, self.compartment)
        return difference(wanted, there).added

    def said(self, keys: Iterable[str]) -> Said:
        """Return what the list said so far of every known entity of the rows with these keys."""
        wanted = [
            entities[key] for key in keys for entities in self.entities.values() if key in entities
        ]
        found = self.session.index.of_entities(wanted) if wanted else {}
        return {
            entity: live(records, self.files, self.compartment) for entity, records in found.items()
        }

    def of_row(self, key: str, said: Said) -> Iterator[tuple[str, Recorded]]:
        """Yield (handle, record) for all that the list said of a row."""
        for handle, entities in self.entities.items():
            for record in said.get(entities.get(key, ""), ()):
                yield handle, record

    def wanted(self, reading: Reading, row: int, chain: tuple[str, ...]) -> list[Statement]:
        """Return the statements that a row makes; entities it makes for the first time get ids."""
        ids: dict[str, str] = {}
        found: list[Statement] = []
        for made in self.table.entities:
            if made.handle in reading.handles:
                by_key = self.entities[made.handle]
                entity = by_key.get(reading.key)
                if entity is None:
                    entity = by_key[reading.key] = new_id(self.session.random)
                ids[made.handle] = entity
                value = {"identifier": reading.key, "scheme": self.table.scheme(made.handle)}
                found.append(self.state(entity, made.schema, KEY, value, row=row))
        for rule, value in reading.facts:
            grades = rule.grades
            found.append(
                Statement(
                    author=self.member,
                    compartment=self.compartment,
                    device=self.device,
                    entity=ids[rule.handle],
                    property=rule.property,
                    recorded_at=self.at,
                    schema=rule.schema,
                    source=self.file,
                    stance=grades.stance,
                    value=value if rule.reference is None else {"entity": ids[rule.reference]},
                    attribution=chain,
                    credibility=grades.credibility,
                    lang=grades.lang,
                    locator={"row": row},
                    reliability=grades.reliability,
                )
            )
        return found

    def voice(self, reading: Reading, row: int) -> tuple[tuple[str, ...], list[Statement]]:
        """Return the chain of those who said so, and what introduces the new ones among them."""
        ids: list[str] = []
        new: list[Statement] = []
        for schema, name in reading.chain if reading.facts else ():
            if name not in self.voices:
                entity = self.voices[name] = new_id(self.session.random)
                value = {"identifier": name, "scheme": f"{self.table.dataset}.said"}
                new.append(self.state(entity, schema, KEY, value, row=row))
                new.append(self.state(entity, schema, "name", {"text": name}, row=row))
            ids.append(self.voices[name])
        return tuple(ids), new

    def state(
        self, entity: str, schema: str, property: str, value: dict[str, Any], row: int | None
    ) -> Statement:
        """Return a statement of the import's own: it rests on the file alone."""
        return Statement(
            author=self.member,
            compartment=self.compartment,
            device=self.device,
            entity=entity,
            property=property,
            recorded_at=self.at,
            schema=schema,
            source=self.file,
            stance="asserted",
            value=value,
            locator=None if row is None else {"row": row},
        )

    def answer(self, old: Recorded, stance: str, row: int | None) -> Statement:
        """Return the statement by which this file replaces or takes back an older one."""
        said = old.statement
        return Statement(
            author=self.member,
            compartment=self.compartment,
            device=self.device,
            entity=said.entity,
            property=said.property,
            recorded_at=self.at,
            schema=said.schema,
            source=self.file,
            stance=stance,
            value=said.value,
            answers=old.id,
            lang=said.lang,
            locator=None if row is None else {"row": row},
        )


# --- 4. and 5. a stretch of rows ---------------------------------------------------------------


def _take(some: Sequence[Row], known: _Known, writing: _Writing) -> None:
    """Read a stretch of rows, compare each with what was said, and write what is new."""
    readings: list[tuple[int, Reading]] = []
    for row in some:
        if row.blank:
            writing.report.blank += 1
            continue
        key: str | None = None
        try:
            key = known.table.key_of(row.cells)
            before = known.keys.setdefault(key, row.number)
            if before != row.number:
                raise UsageError(f"The key stands in row {before} already.", "Keep one of them.")
            if row.fault:
                raise UsageError(f"The row cannot be read: {row.fault}.", "Correct it.")
            readings.append((row.number, known.table.read(key, row.cells)))
        except UsageError as error:
            known.keyless += key is None
            writing.note(RowReport(row.number, key, REFUSED, str(error)))
    said = known.said(reading.key for _, reading in readings)
    for number, reading in readings:
        _row(number, reading, said, known, writing)


def _row(number: int, reading: Reading, said: Said, known: _Known, writing: _Writing) -> None:
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


def _written(change: Change, number: int, known: _Known) -> Iterator[Statement]:
    yield from change.added
    for old, statement in change.replaced:
        yield statement
        yield known.answer(old, "superseded", number)
    for old in change.gone:
        yield known.answer(old, "retracted", number)


def _fields(change: Change, key: str, known: _Known) -> tuple[str, ...]:
    handles = {entities.get(key): handle for handle, entities in known.entities.items()}
    touched = [*change.added, *(new for _, new in change.replaced)]
    touched += [old.statement for old in change.gone]
    return tuple(sorted({f"{handles[one.entity]}.{one.property}" for one in touched}))


# --- 7. what is gone ---------------------------------------------------------------------------


def _withdraw(known: _Known, writing: _Writing) -> None:
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
        self, session: Session, known: _Known, report: Report, progress: Progress, batch: int
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
