"""What changes the tables: entries are applied, judged anew, forgotten, opened again.

    apply(db, terms, [Applied(…), …])
    set_standing(db, device, 7, "unconfirmed")
    forget(db, device, 3);  reopen(db, terms, device, 3, compartment, statements, ids)

Each is one transaction. Laws: docs/spec/index.md. Never judges an entry: its caller has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import apsw

from unburnt.core.errors import UsageError
from unburnt.index.database import fetch, put, writing
from unburnt.index.layout import PREFIX, SHIFT, STANDINGS
from unburnt.index.rows import WIDTH, Applied, insert, to_values
from unburnt.index.terms import Terms
from unburnt.model.batch import MAX_STATEMENTS
from unburnt.model.recorded import Standing
from unburnt.model.statement import Statement

LEAF = 32  # bytes of a leaf hash and of a statement id
FRESH = 65_536  # ids that are kept apart before they are sorted among the others
TOGETHER = 16  # statements in one INSERT; one by one costs half as much again

Heads = dict[str, tuple[int, bytes]]


def heads(db: apsw.Connection) -> Heads:
    """Return, for each device, how many of its entries are applied and the leaf of the last."""
    found = fetch(db, "select spelling, size, leaf from log join term on term.number = log.device")
    return {spelling.decode(): (size, leaf) for spelling, size, leaf in found}


def leaves(db: apsw.Connection, device: str) -> list[bytes]:
    """Return the leaf hashes of a log's applied entries, in order."""
    sql = (
        "select leaf from entry join term on term.number = device"
        " where spelling = ? order by sequence"
    )
    return [leaf for (leaf,) in fetch(db, sql, (device.encode(),))]


def apply(db: apsw.Connection, terms: Terms, items: Iterable[Applied]) -> None:
    """Add entries, each in its place; those that are there already change nothing.

    Raises UsageError for a gap in a log, another entry in a taken place, or a malformed item.
    """
    with _writing(db, terms):
        sizes = heads(db)
        (number,) = fetch(db, "select coalesce(max(number), 0) from entry")[0]
        touched: Heads = {}
        added = 0
        for item in items:
            _check(item)
            size, _ = sizes.get(item.device, (0, b""))
            if item.sequence < size:
                _check_same(db, item)
                continue
            if item.sequence > size:
                raise UsageError(
                    f"Entry {item.sequence} of a log cannot follow its first {size}.",
                    "Apply the entries between them first.",
                )
            number += 1
            _add_entry(db, terms, number, item)
            _add_statements(db, terms, number, item)
            added += len(item.ids)
            sizes[item.device] = touched[item.device] = (size + 1, item.leaf)
        devices = terms.ids.numbers(set(touched))
        put(
            db,
            "insert or replace into log (device, size, leaf) values (?, ?, ?)",
            [(devices[device], *head) for device, head in touched.items()],
        )
        _settle(db, added)


def set_standing(db: apsw.Connection, device: str, from_sequence: int, standing: Standing) -> None:
    """Judge anew all entries of a device from `from_sequence` on that are applied so far."""
    if standing not in STANDINGS:
        raise UsageError(f"There is no standing “{standing}”.", f"Use {', '.join(STANDINGS)}.")
    with writing(db):
        fetch(
            db,
            "update entry set standing = ? where sequence >= ?"
            " and device = (select number from term where spelling = ?)",
            (STANDINGS.index(standing), from_sequence, device.encode()),
        )


def forget(db: apsw.Connection, device: str, sequence: int) -> None:
    """Delete the statements of an applied entry; its place stays, as one that cannot be opened."""
    with writing(db):
        number, *_ = _entry(db, device, sequence)
        span = (number << SHIFT, (number + 1) << SHIFT)
        found = fetch(db, "select id, row from statement where row >= ? and row < ?", span)
        places = [(identity[:PREFIX], row) for identity, row in found]
        put(db, "delete from fresh where prefix = ? and row = ?", places)
        put(db, "delete from settled where prefix = ? and row = ?", places)
        fetch(db, "delete from statement where row >= ? and row < ?", span)
        fetch(db, "update entry set compartment = null, count = 0 where number = ?", (number,))


def reopen(
    db: apsw.Connection,
    terms: Terms,
    device: str,
    sequence: int,
    compartment: str,
    statements: Sequence[Statement],
    ids: Sequence[bytes],
) -> None:
    """Add the statements of an applied entry that could not be opened before.

    An entry that is open already changes nothing. Raises UsageError for an unknown entry.
    """
    with _writing(db, terms):
        number, leaf, opened, standing = _entry(db, device, sequence)
        item = Applied(
            device=device,
            sequence=sequence,
            leaf=leaf,
            compartment=compartment,
            standing=STANDINGS[standing],
            statements=statements,
            ids=ids,
        )
        _check(item)
        if opened is None:
            circle = terms.ids.numbers({compartment})[compartment]
            fetch(
                db,
                "update entry set compartment = ?, count = ? where number = ?",
                (circle, len(ids), number),
            )
            _add_statements(db, terms, number, item)
            _settle(db, len(ids))


@contextmanager
def _writing(db: apsw.Connection, terms: Terms) -> Iterator[None]:
    try:
        with writing(db):
            yield
    except BaseException:
        terms.forget()  # numbers made in the undone transaction are free again
        raise


def _check(item: Applied) -> None:
    fits = (
        item.standing in STANDINGS
        and len(item.leaf) == LEAF
        and len(item.statements) == len(item.ids) <= MAX_STATEMENTS
        and all(len(identity) == LEAF for identity in item.ids)
        and {s.device for s in item.statements} <= {item.device}
        and {s.compartment for s in item.statements} <= {item.compartment}
    )
    if not fits:
        raise UsageError(
            "An entry does not fit the index: lengths, device or compartment disagree.",
            "Apply only entries that were checked fully.",
        )


def _check_same(db: apsw.Connection, item: Applied) -> None:
    _, leaf, *_ = _entry(db, item.device, item.sequence)
    if leaf != item.leaf:
        raise UsageError(
            f"Another entry was applied as number {item.sequence} of its log.",
            "Keep the second as a fork; the index holds one history of each device.",
        )


def _entry(db: apsw.Connection, device: str, sequence: int) -> tuple[int, bytes, int | None, int]:
    found = fetch(
        db,
        "select entry.number, leaf, compartment, standing from entry join term"
        " on term.number = entry.device where term.spelling = ? and sequence = ?",
        (device.encode(), sequence),
    )
    if not found:
        raise UsageError(f"Entry {sequence} of a log is not applied.", "Apply the log first.")
    entry: tuple[int, bytes, int | None, int] = found[0]
    return entry


def _add_entry(db: apsw.Connection, terms: Terms, number: int, item: Applied) -> None:
    circle = item.compartment
    ids = terms.ids.numbers({item.device} if circle is None else {item.device, circle})
    fetch(
        db,
        "insert into entry (number, device, sequence, leaf, compartment, standing, count)"
        " values (?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            ids[item.device],
            item.sequence,
            item.leaf,
            None if circle is None else ids[circle],
            STANDINGS.index(item.standing),
            len(item.ids),
        ),
    )


def _add_statements(db: apsw.Connection, terms: Terms, number: int, item: Applied) -> None:
    for values in to_values(number, item, terms, TOGETHER):
        fetch(db, insert(len(values) // WIDTH), values)
    fetch(
        db,
        "insert into fresh select substr(id, 1, ?), row from statement"
        " where row >= ? and row < ? order by 1, 2",
        (PREFIX, number << SHIFT, (number + 1) << SHIFT),
    )


def _settle(db: apsw.Connection, added: int) -> None:
    """Sort the fresh ids among the others once they are many."""
    (fresh,) = fetch(db, "update upkeep set fresh = fresh + ? returning fresh", (added,))[0]
    if fresh >= FRESH:
        fetch(db, "insert into settled select prefix, row from fresh order by prefix, row")
        fetch(db, "delete from fresh")
        fetch(db, "update upkeep set fresh = 0")
