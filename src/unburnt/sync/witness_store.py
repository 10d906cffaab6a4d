"""What a witness must never forget: its key, the logs it serves, the newest tree of each.

    witness/
    ├── witness.key     0600, one line: PRIVATE+KEY+name+id+base64; no passphrase: it is a server
    └── witness.db      SQLite: log(origin, hash, vkey), seen(origin, size, root, time, note)

    found(folder, "witness.example/w1", os.urandom)     the vkey to give to those who shall trust it
    with WitnessStore.open(folder) as store:
        store.advance(origin, before, after)            True when nobody else came first; durable

One statement compares and sets, so that no two requests, threads or processes can both go on from
one state. `synchronous = extra`: in the journal mode used here `full` may lose the newest commit
in a power cut, and a witness that forgets can be made to cosign a second history. For the same
reason a key without its database is refused: begin again with a new key, never with a new memory.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import apsw

from unburnt.core.errors import BrokenArchiveError, ForeignDataError, MediumError, UsageError
from unburnt.crypto import note
from unburnt.crypto.note import Verifier
from unburnt.crypto.signing import SigningKey
from unburnt.crypto.witness import Seen, new_secret, origin_hash, parse_secret

KEY, DATABASE = "witness.key", "witness.db"
VERSION = 1
MAX_LOGS = 10_000
_PATIENCE = 10_000  # milliseconds that a writer waits for another one
_KEY_LIMIT = 4096  # bytes
_LAYOUT = """
create table log (origin text primary key, hash text unique not null, vkey text not null) strict;
create table seen (origin text primary key references log, size integer not null,
  root blob not null, time integer not null, note blob not null) strict;
"""


class WitnessStore:
    """The state of one witness; safe between threads and processes."""

    def __init__(self, name: str, key: SigningKey, db: apsw.Connection) -> None:
        self.name = name
        self.key = key
        self._db = db
        self._lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path) -> WitnessStore:
        """Open the witness in a folder.

        UsageError when there is none, or others can read its key; BrokenArchiveError when its
        memory is gone or damaged.
        """
        name, key = _read_key(folder / KEY)
        if not (folder / DATABASE).is_file():
            raise BrokenArchiveError(
                "The memory of this witness is gone: what it had cosigned is not known any more.",
                "Do not use its key again. Make another witness, and give its new vkey out.",
            )
        return cls(name, key, _connect(folder / DATABASE))

    def __enter__(self) -> WitnessStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    @property
    def vkey(self) -> str:
        """The verifier key, to be given to those who shall trust this witness."""
        return note.vkey(self.name, self.key.public, note.COSIGNATURE)

    # --- logs ----------------------------------------------------------------------------------

    def add_log(self, vkey: str) -> bool:
        """Serve a log from now on; True when it is new. Its origin is the name in its vkey.

        ForeignDataError for a malformed vkey; UsageError when the origin has another key already.
        """
        log = note.parse_vkey(vkey)
        if len(self.logs()) >= MAX_LOGS:
            raise UsageError(f"A witness serves {MAX_LOGS} logs.", "Run a second one.")
        row = (log.name, origin_hash(log.name), vkey)
        changed = self._run("insert or ignore into log values (?, ?, ?)", row)[1]
        if self.log(log.name) != log:
            raise UsageError(
                "This witness knows that log with another key.",
                "A log keeps its key. Ask its group over another channel what happened.",
            )
        return changed > 0

    def logs(self) -> list[str]:
        """Return the vkeys of all logs, by origin."""
        return [vkey for (vkey,) in self._run("select vkey from log order by origin")[0]]

    def log(self, origin: str) -> Verifier | None:
        """Return who signs the checkpoints of this origin, None when it is not served."""
        rows = self._run("select vkey from log where origin = ?", (origin,))[0]
        return note.parse_vkey(rows[0][0]) if rows else None

    # --- what was seen -------------------------------------------------------------------------

    def seen(self, origin: str) -> Seen | None:
        """Return the newest checkpoint that was cosigned for an origin."""
        sql = "select size, root, time, note from seen where origin = ?"
        rows = self._run(sql, (origin,))[0]
        return Seen(*rows[0]) if rows else None

    def newest(self, digest: str) -> bytes | None:
        """Return the cosigned note of the origin with this SHA-256 (hex), None when there is none.

        For those who ask without knowing more than the origin.
        """
        sql = "select note from seen join log using (origin) where hash = ?"
        rows = self._run(sql, (digest,))[0]
        return rows[0][0] if rows else None

    def advance(self, origin: str, before: Seen | None, after: Seen) -> bool:
        """Replace `before` by `after`; False, and nothing done, when the state is another by now.

        Durable on return. Never goes back, whatever the caller says.
        """
        values = (after.size, after.root, after.time, after.note)
        if before is None:
            sql = "insert or ignore into seen values (?, ?, ?, ?, ?)"
            return self._run(sql, (origin, *values))[1] > 0
        sql = (
            "update seen set size = ?, root = ?, time = ?, note = ?"
            " where origin = ? and size = ? and root = ? and time = ? and size <= ?"
            " and (size < ? or root = ?)"
        )
        old = (origin, before.size, before.root, before.time)
        return self._run(sql, (*values, *old, after.size, after.size, after.root))[1] > 0

    def _run(self, sql: str, values: Sequence[Any] = ()) -> tuple[list[Any], int]:
        """Return the rows and how many were changed; each statement is a transaction."""
        with self._lock, _in_our_words():
            rows = self._db.execute(sql, values).fetchall()
            return rows, self._db.changes()


def found(folder: Path, name: str, random: Callable[[int], bytes]) -> str:
    """Make a witness in a folder that has none; returns its vkey.

    The database comes first: a key that exists has its memory.
    """
    secret, vkey = new_secret(name, random)
    if (folder / KEY).exists() or (folder / DATABASE).exists():
        raise UsageError("There is a witness in this folder already.", "Choose another folder.")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(folder / DATABASE, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        _connect(folder / DATABASE, new=True).close()
        file = os.open(folder / KEY, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.write(f"{secret}\n".encode())
            stream.flush()
            os.fsync(stream.fileno())
        _sync_folder(folder)
    except OSError as error:
        raise MediumError("The folder of the witness cannot be written.", "Check it.") from error
    return vkey


def _read_key(path: Path) -> tuple[str, SigningKey]:
    if not path.is_file():
        raise UsageError("There is no witness in this folder.", "Make one: unburnt witness new.")
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise UsageError(
                "Others on this machine can read the key of the witness.",
                "Close it to them: chmod 600 witness.key.",
            )
        with path.open("rb") as file:
            text = file.read(_KEY_LIMIT).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MediumError("The key of the witness cannot be read.", "Check the file.") from error
    try:
        return parse_secret(text.removesuffix("\n"))
    except ForeignDataError as error:
        raise BrokenArchiveError(error.message, error.next_step) from error


def _connect(path: Path, new: bool = False) -> apsw.Connection:
    with _in_our_words():
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            db.set_busy_timeout(_PATIENCE)
            db.pragma("journal_mode", "delete")
            db.pragma("synchronous", "extra")
            db.pragma("trusted_schema", False)
            if new:
                with db:
                    db.execute(_LAYOUT)
                    db.pragma("user_version", VERSION)
            if db.pragma("user_version") != VERSION:
                raise _damaged()
        except BaseException:
            db.close()
            raise
    return db


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except (apsw.NotADBError, apsw.CorruptError, apsw.FormatError, apsw.SQLError) as error:
        raise _damaged() from error
    except apsw.Error as error:
        raise MediumError(
            "The memory of the witness cannot be read or written.",
            "Check free space and permissions; it answers again when they are right.",
        ) from error


def _damaged() -> BrokenArchiveError:
    return BrokenArchiveError(
        "The memory of this witness is damaged.",
        "Do not use its key again. Make another witness, and give its new vkey out.",
    )


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # some systems cannot sync a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
