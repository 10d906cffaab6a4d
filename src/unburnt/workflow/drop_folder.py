"""A drop folder: what settles in it is taken in, again and again; nothing in it is ever changed.

    drop = DropFolder(session, Path("inbox"), compartment, given.entity, claims)
    for look in drop.looks(lambda: time.sleep(5)):
        look.kept, look.left_out, look.unsettled

A file has settled when two looks in a row find the same size, times and inode; so the pause between
looks is how long it must rest. What is still being copied waits. What was left out is tried again
when something about it has changed. Whoever stops it between or within looks loses nothing: what
is in an entry is kept, and the rest is found again. Specification: docs/spec/custody.md,
"A drop folder". Never writes to, moves or deletes what it watches.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from unburnt.core.errors import MediumError, UsageError
from unburnt.sync.copying import read_roster
from unburnt.workflow.held import prefix_of
from unburnt.workflow.session import Claim, Session
from unburnt.workflow.take_in import Taken, is_unchanged, take_files, walk

_Stamp = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """What one look did: names kept (new or held already), left out and why, not settled yet."""

    kept: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    unsettled: int = 0
    taken: Taken = field(default_factory=Taken)


class DropFolder:
    """Watches one folder for one session; everything rests on one `source`, said with `first`.

    Raises UsageError when the folder and the archive lie in each other, MediumError when the folder
    is not there, or not any more.
    """

    def __init__(
        self,
        session: Session,
        folder: Path,
        compartment: str,
        source: str,
        first: Sequence[Claim] = (),
    ) -> None:
        self._session, self._compartment, self._source = session, compartment, source
        self._first: Sequence[Claim] = first
        self._folder = folder.absolute()
        watched, archive = folder.resolve(), session.root.resolve()
        if watched.is_relative_to(archive) or archive.is_relative_to(watched):
            raise UsageError(
                "The watched folder and the archive lie in each other.",
                "Watch a folder beside the archive.",
            )
        session.check_may_write(compartment)
        self._known = session.index.known_files(str(watched))
        self._before: dict[str, _Stamp] = {}
        self._done: dict[str, _Stamp] = {}
        self._told: set[str] = set()

    def looks(self, pause: Callable[[], None], *, once: bool = False) -> Iterator[Look]:
        """Look, pause and look again, without end or `once`; yield what each later look did."""
        self._before, odd = self._now()
        self._told -= {path for path, _ in odd}  # the look after the pause will say it
        while True:
            pause()
            yield self._look()
            if once:
                return

    def _look(self) -> Look:
        now, odd = self._now()
        waiting = {path: stamp for path, stamp in now.items() if self._done.get(path) != stamp}
        settled = [path for path, stamp in waiting.items() if self._before.get(path) == stamp]
        self._before = now
        self._done = {path: stamp for path, stamp in self._done.items() if path in now}
        taken = self._take(settled) if settled else Taken()
        self._done.update((path, now[path]) for path in settled)
        start = prefix_of(self._folder)
        failed = {path for path, _ in taken.left_out}
        return Look(
            tuple(path[start:] for path in settled if path not in failed),
            tuple((path[start:], why) for path, why in [*odd, *taken.left_out]),
            len(waiting) - len(settled),
            taken,
        )

    def _take(self, settled: list[str]) -> Taken:
        # Another program may have used this device meanwhile: its log has grown, or a key was
        # rotated; nothing more may be sealed to the old one.
        self._session.use_roster(read_roster(self._session.backend, self._session.archive))
        self._session.refresh()
        taken = take_files(
            self._session, self._folder, settled, self._compartment, self._source, self._first
        )
        if taken.entities:
            self._first = ()
        return taken

    def _now(self) -> tuple[dict[str, _Stamp], list[tuple[str, str]]]:
        """Return the files that were not taken in by an earlier run, and what is odd and new."""
        start = prefix_of(self._folder)
        report = Taken()
        found: dict[str, _Stamp] = {}
        if not self._folder.is_dir():
            raise _gone()
        for entry in walk(self._folder, report):
            seen = self._known.get(entry.path[start:])
            if (stamp := _stamp(entry)) and not (seen and is_unchanged(entry, seen)):
                found[entry.path] = stamp
        if any(path == str(self._folder) for path, _ in report.left_out):
            raise _gone()
        odd = [(path, why) for path, why in report.left_out if path not in self._told]
        self._told = {path for path, _ in report.left_out}
        return found, odd


def _stamp(entry: os.DirEntry[str]) -> _Stamp | None:
    """Return what changes with a file; None for one that is gone already."""
    try:
        now = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino


def _gone() -> MediumError:
    return MediumError(
        "The watched folder is not there, or cannot be read.",
        "Put it back and run it again; what was taken in is kept.",
    )
