"""Verifying the copy on this device: signatures, chains, objects, batches, and the tables.

    report = verify(session)               # signatures, histories, and that every object is there
    report = verify(session, deep=True)    # every byte, batch and original, and the tables
    report.green, report.problems

A report that looked at nothing is not green. It repairs nothing: the next sync mends.
"""

from __future__ import annotations

from dataclasses import dataclass

from unburnt.core.errors import CannotOpenError, UnburntError
from unburnt.index import digest
from unburnt.storage.names import object_name
from unburnt.storage.own_key import own_key_names
from unburnt.sync.check import check
from unburnt.sync.report import Problem
from unburnt.workflow import give_back
from unburnt.workflow.exchange import keeps, knowledge, note_broken
from unburnt.workflow.opening import open_batch
from unburnt.workflow.session import Progress, Session


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at and what is wrong; None stands for what only a deep look sees."""

    entries: int
    objects: int
    bytes_read: int
    statements: int
    batches: int | None
    originals: int | None
    digests_equal: bool | None
    withdrawn: int
    problems: tuple[Problem, ...]
    alarms: tuple[Problem, ...]

    @property
    def green(self) -> bool:
        """Whether something was looked at and nothing is wrong with it."""
        return self.entries > 0 and not self.problems and not self.alarms


def verify(
    session: Session, deep: bool = False, progress: Progress = lambda what, count: None
) -> Verified:
    """Return what is wrong with the copy on this device; `deep` reads and opens everything."""
    # What is opened is hashed on the way: no object is read twice.
    batches, equal, proven = _tables(session, progress) if deep else (None, None, set())
    originals = give_back.verify(session, progress) if deep else None
    report = check(
        session.backend,
        session.archive,
        knowledge(session),
        read_objects=deep,
        roster=session.roster,
        progress=progress,
        proven=proven | originals.objects if originals is not None else (),
    )
    held = {
        name
        for device, tip in session.journal.tips.items()
        for sequence in range(tip.size)
        if keeps(session, (entry := session.journal.entry(device, sequence)).header)
        for name in (*(name for name, _size in entry.objects()), *own_key_names(entry.header))
    }
    own = ("object-missing", "key-missing")
    problems = [
        p
        for p in report.problems
        if p.code not in own or p.detail in held or _is_grant(session, p.detail)
    ]
    lost = {
        p.detail if p.code == "key-missing" else object_name(p.detail)
        for p in report.problems
        if p not in problems
    }
    note_broken(session, [name for name in report.broken if name not in lost])
    problems += [Problem("refused", device, n, why) for device, n, why in session.refused]
    if equal is False:
        problems.append(Problem("tables-differ"))
    if originals is not None:
        problems += [Problem("original", detail=why) for _name, why in originals.problems]
    return Verified(
        entries=report.entries,
        objects=report.objects,
        bytes_read=report.read,
        statements=session.index.count(),
        batches=batches,
        originals=originals.originals if originals is not None else None,
        digests_equal=equal,
        withdrawn=report.withdrawn,
        problems=tuple(problems),
        alarms=tuple(report.alarms),
    )


def _is_grant(session: Session, name: str) -> bool:
    return name.startswith("keys/") and name.split("/")[2] not in session.roster.epochs


def rebuild(session: Session, progress: Progress = lambda what, count: None) -> tuple[str, str]:
    """Throw the tables away and build them again; returns their digest before and after."""
    before = session.index.digest()
    session.rebuild_index()
    session.refresh(progress)
    return before, session.index.digest()


def _tables(session: Session, progress: Progress) -> tuple[int, bool, set[str]]:
    """Open every batch and compare the tables with the lines and ids in it.

    Returns how many opened, whether the tables agree, and the objects that were read whole. That
    each id is its line's was computed when the entry came; since then the hash in the signed
    header stands for both.
    """
    closed = set(session.index.closed())
    opened: set[str] = set()
    pairs: list[bytes] = []
    agree = True
    for device, tip in sorted(session.journal.tips.items()):
        for sequence in range(tip.size):
            entry = session.journal.entry(device, sequence)
            if (device, sequence) in closed:
                # Full tables would have it if it can be opened by now.
                agree = agree and session.open_entry(entry).compartment is None
                continue
            identity = session.identities.get(entry.header.epoch)
            try:
                if identity is None:
                    raise CannotOpenError
                batch = open_batch(session.backend, entry.header, identity)
            except UnburntError:
                agree = False
                continue
            standing = session.judges.standing(session.roster, entry.header)
            rows = zip(batch.ids, batch.lines, strict=True)
            pairs += [
                digest.pair(identity, device, sequence, position, standing, line)
                for position, (identity, line) in enumerate(rows)
            ]
            opened.add(entry.header.object[0])
            progress("batches", len(opened))
    return len(opened), agree and digest.combine(pairs) == session.index.digest(), opened
