"""Plain originals that something killed left behind: known beforehand, so that they can be found.

    with writing(session, folder):              # a pack in the making, or where originals go
        …
    left(session)                               # [Path("/media/stick/.case.part-71")]
    remove(session)                             # (1, 0): removed; not to be reached or removed

Before a plain original is written anywhere, the place is noted in this device's sealed settings;
the note goes when the writing ends, well or badly, for then the writer itself cleans up. A note
that stands while its process is gone is a leftover. Removing unlinks: no program can wipe a modern
disk. Never removes what has its final name. Specification: docs/spec/court-pack.md, "Leftovers".
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from unburnt.storage import settings
from unburnt.workflow.session import Session

_NOTES = "writing"
_LONG = timedelta(days=1)  # a process of that number is another one by then
_MAKING = re.compile(r"\..+\.part-[0-9]+", re.DOTALL)  # a folder or ZIP file of a pack
_ASIDE = re.compile(r"\.[0-9a-f]{64}\.part")  # an original of `evidence restore`

Note = dict[str, Any]


@contextmanager
def writing(session: Session, place: Path) -> Iterator[None]:
    """Note that plain originals are written at a place, until that has ended."""
    note = begin(session, place)
    try:
        yield
    finally:
        _change(session, drop=note)


def begin(session: Session, place: Path) -> Note:
    """Note that plain originals are written at a place from now on."""
    note = {
        "at": session.clock(),
        "disk": _disk(place),
        "path": str(place.absolute()),
        "process": os.getpid(),
    }
    _change(session, add=note)
    return note


def left(session: Session) -> list[Path]:
    """Return the places that a process which is gone had noted, whether they can be reached or not.

    Those at which nothing is left are forgotten when `remove` looks.
    """
    return [Path(note["path"]) for note in _notes(session) if _is_over(session, note)]


def remove(session: Session, *, forget: bool = False) -> tuple[int, int]:
    """Remove what was left; returns how many places had something, and how many stay noted.

    A place stays noted when its disk is not here, or refuses, unless it shall be forgotten.
    """
    removed = kept = 0
    for note in _notes(session):
        if not _is_over(session, note):
            continue
        place = Path(note["path"])
        try:
            found = _removed(place)
            gone = found or forget or _disk(place) == note["disk"]
        except OSError:
            found, gone = False, forget
        removed += found
        kept += not gone
        if gone:
            _change(session, drop=note)
    return removed, kept


def _disk(place: Path) -> int:
    """Return which disk a place is on: where a stick was taken out, it is that of the machine."""
    while not place.is_dir() and place != place.parent:
        place = place.parent
    return place.stat().st_dev


def _removed(place: Path) -> bool:
    """Remove what was being written at a place; returns whether there was any of it."""
    if not _MAKING.fullmatch(place.name):
        inside = list(place.iterdir()) if place.is_dir() else []
        aside = [path for path in inside if _ASIDE.fullmatch(path.name)]
        for path in aside:
            path.unlink()
        return bool(aside)
    if not os.path.lexists(place):
        return False
    if stat.S_ISDIR(place.lstat().st_mode):
        shutil.rmtree(place)
    else:
        place.unlink()
    return True


def _is_over(session: Session, note: Note) -> bool:
    began = datetime.fromisoformat(note["at"])
    if datetime.fromisoformat(session.clock()) - began > _LONG:
        return True
    process = int(note["process"])
    if process == os.getpid() or sys.platform == "win32":  # where a look would end it
        return process != os.getpid()
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _notes(session: Session) -> list[Note]:
    found: list[Note] = settings.read(session.root, session.keys.settings).get(_NOTES, [])
    return found


def _change(session: Session, add: Note | None = None, drop: Note | None = None) -> None:
    stored = settings.read(session.root, session.keys.settings)
    notes = [note for note in stored.get(_NOTES, []) if note != drop]
    stored[_NOTES] = [*notes, add] if add else notes
    settings.write(session.root, session.keys.settings, stored)
