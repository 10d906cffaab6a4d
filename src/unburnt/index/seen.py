"""What is remembered beside the archive: files taken in before, and small notes of the program.

    remember_files(db, "/media/stick", {"DCIM/1.jpg": Seen(size, mtime_ns, inode, sha256)})
    known_files(db, "/media/stick")            -> {"DCIM/1.jpg": Seen(…)}
    set_memory(db, "site/office", {"size": 7});  memory(db, "site/office")   -> {"size": 7}

Not derived from the archive, not in the digest, lost with the index: whoever uses it must stay
correct without it. Specification: docs/spec/index.md, "What is not derived".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import apsw
import msgspec

from unburnt.index.database import fetch, put, writing

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Seen(msgspec.Struct, frozen=True):
    """A file as it was when it was last read; the digest is 64 hex digits."""

    size: int
    mtime_ns: int
    inode: int
    sha256: str


def remember_files(db: apsw.Connection, root: str, files: Mapping[str, Seen]) -> None:
    """Remember files by their path below a root folder, in place of what was known of them."""
    with writing(db):
        spelled = _path_bytes(root)
        fetch(db, "insert into root (path) values (?) on conflict do nothing", (spelled,))
        (number,) = fetch(db, "select number from root where path = ?", (spelled,))[0]
        put(
            db,
            "insert or replace into seen_file values (?, ?, ?, ?, ?, ?)",
            [
                (number, _path_bytes(path), s.size, s.mtime_ns, _inode(s), bytes.fromhex(s.sha256))
                for path, s in files.items()
            ],
        )


def known_files(db: apsw.Connection, root: str) -> dict[str, Seen]:
    """Return all files remembered below a root folder, by path."""
    found = fetch(
        db,
        "select seen_file.path, size, mtime_ns, inode, sha256 from seen_file"
        " join root on root.number = seen_file.root where root.path = ?",
        (_path_bytes(root),),
    )
    return {
        path.decode("utf-8", "surrogateescape"): Seen(size, mtime_ns, int(inode), sha256.hex())
        for path, size, mtime_ns, inode, sha256 in found
    }


def memory(db: apsw.Connection, name: str) -> dict[str, Any] | None:
    """Return the note of that name, or None when there is none, or no longer."""
    found = fetch(db, "select value from memory where name = ?", (name,))
    return _decode(found[0][0]) if found else None


def set_memory(db: apsw.Connection, name: str, value: Mapping[str, Any]) -> None:
    """Keep a small JSON object under a name, in place of the one before."""
    with writing(db):
        text = msgspec.json.encode(value).decode()
        fetch(db, "insert or replace into memory (name, value) values (?, ?)", (name, text))


def _path_bytes(path: str) -> bytes:
    """Spell a path; names that are no valid UTF-8 exist and must come back as they were."""
    return path.encode("utf-8", "surrogateescape")


def _inode(file: Seen) -> int | str:
    """Spell a file number; some file systems use all 64 bits and more, SQLite has 63."""
    return file.inode if file.inode < 2**63 else str(file.inode)
