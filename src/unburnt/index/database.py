"""The encrypted file that holds the tables: opened, asked, written, thrown away.

    db = open_database(path, key)              # key: 32 random bytes; no passphrase, no KDF
    with writing(db):                          # one transaction: all of it or nothing
        put(db, "insert into …", rows)
    fetch(db, "select …", (device,))           # every row at once
    discard(path)                              # at any time: it can be built again

Specification: docs/spec/index.md, "Key and file". Every fault of SQLite leaves this module as one
of our own errors. Never migrates: an index of another version is discarded and built again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from unburnt.core.errors import CannotOpenError, MediumError, UsageError
from unburnt.index.layout import LAYOUT, VERSION

KEY = 32  # bytes
PATIENCE = 5.0  # seconds a writer waits for another one
_CACHE = 64 * 1024  # KiB; SQLite's own 2 MB make random insertion many times slower
_CHECKPOINT = 16_000  # pages; a larger WAL writes a page of the id table fewer times
_WAL_KEPT = 4_096 * _CHECKPOINT  # bytes

_DAMAGED = (apsw.NotADBError, apsw.CorruptError, apsw.FormatError)
_BUSY = (apsw.BusyError, apsw.LockedError)
_MEDIUM = (
    apsw.IOError,
    apsw.FullError,
    apsw.ReadOnlyError,
    apsw.CantOpenError,
    apsw.PermissionsError,
)


def open_database(path: Path, key: bytes, patience: float = PATIENCE) -> apsw.Connection:
    """Return the index at `path` with all its tables, made when there was none.

    Raises UsageError for a key that is not 32 bytes; CannotOpenError for a wrong key, a damaged or
    foreign file or another version (then `discard` and build again); MediumError when the disk or
    another writer stands in the way longer than `patience` seconds.
    """
    if len(key) != KEY:
        raise UsageError(f"An index is opened with {KEY} bytes, not {len(key)}.", "Give its key.")
    try:
        # SQLite would make it readable to others; -wal and -shm take over its permissions.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise _medium() from error
    with _in_our_words():
        db = apsw.Connection(str(path))
        try:
            _configure(db, key, patience)
            _lay_out(db)
        except BaseException:
            db.close()
            raise
    return db


def discard(path: Path) -> None:
    """Delete the index at `path`, if there is one; nobody may have it open."""
    try:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    except OSError as error:
        raise _medium() from error


def fetch(db: apsw.Connection, sql: str, values: Sequence[Any] = ()) -> list[Any]:
    """Return all rows that `sql` gives, as tuples."""
    with _in_our_words():
        return db.execute(sql, values).fetchall()


def put(db: apsw.Connection, sql: str, rows: Iterable[Sequence[Any]]) -> None:
    """Carry out `sql` once for each row of values; only inside `writing`."""
    with _in_our_words():
        db.executemany(sql, rows)


@contextmanager
def writing(db: apsw.Connection) -> Iterator[None]:
    """Make what is put inside one transaction, undone when anything is raised."""
    fetch(db, "begin immediate")
    try:
        yield
        fetch(db, "commit")
    except BaseException:
        if db.in_transaction:
            fetch(db, "rollback")
        raise


@contextmanager
def reading(db: apsw.Connection) -> Iterator[None]:
    """Show one unchanging state to all that is fetched inside."""
    fetch(db, "begin")
    try:
        yield
    finally:
        fetch(db, "rollback")


def _configure(db: apsw.Connection, key: bytes, patience: float) -> None:
    db.pragma("cipher", "chacha20")
    # "raw:" is what skips key derivation; `hexkey` would take the bytes for a passphrase.
    db.pragma("key", "raw:" + key.hex())
    db.set_busy_timeout(round(patience * 1000))
    db.pragma("temp_store", "memory")
    db.pragma("secure_delete", "on")
    db.pragma("cache_size", -_CACHE)
    db.pragma("journal_mode", "wal")
    db.pragma("synchronous", "normal")
    db.pragma("journal_size_limit", _WAL_KEPT)
    db.wal_autocheckpoint(_CHECKPOINT)


def _lay_out(db: apsw.Connection) -> None:
    if db.pragma("user_version") == 0:
        with writing(db):
            if db.pragma("user_version") == 0:  # nobody else has made them meanwhile
                db.execute(LAYOUT)
                db.pragma("user_version", VERSION)
    if db.pragma("user_version") != VERSION:
        raise _unreadable()


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        raise _unreadable() from error
    except _BUSY as error:
        raise MediumError(
            "Another program is writing to the index.", "Wait until it has finished."
        ) from error
    except _MEDIUM as error:
        raise _medium() from error


def _unreadable() -> CannotOpenError:
    return CannotOpenError(
        "The index cannot be opened.", "Delete it and let it be built again; nothing is lost."
    )


def _medium() -> MediumError:
    return MediumError(
        "The index cannot be read or written.", "Check free space and permissions of its folder."
    )
