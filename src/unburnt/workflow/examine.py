"""Examining evidence: what each file is, says of itself and looks like becomes statements.

    report = examine(session, ["bu4t…"], ocr=True)       # or all that was not examined yet
    report.examined, report.derived, report.failures

1. every readable piece of evidence is listed, and the steps that this version has not done on it;
2. its original goes from the sealed object through memory to the examining child, step by step;
3. derived files (thumbnails, texts, members of archives) are sealed in packs;
4. one entry says the findings, the derived files and that this was examined, or why it was not.

Cut anywhere, it goes on with what has no examination yet; what was found for one file is said whole
or not at all. Members of an archive are examined in the same run. Never changes an original, and
one file that cannot be read stops no other. Specification: docs/spec/media.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from unburnt.core.errors import ForeignDataError, UnburntError
from unburnt.evidence.examiner import Examiner
from unburnt.evidence.findings import Derived, Failure, Report
from unburnt.evidence.members import (
    MAX_ALL,
    MAX_ALL_TOTAL,
    MAX_DEPTH,
    MAX_MEMBERS,
    MAX_TOTAL,
)
from unburnt.workflow.examined import Piece, came_out, list_pieces, steps_for
from unburnt.workflow.examined_claims import Found, Writer
from unburnt.workflow.originals import Originals
from unburnt.workflow.session import Progress, Session

_AT_ONCE = 64  # files an entry: as much is done again when it is cut

StartExaminer = Callable[[], Examiner]


@dataclass(slots=True)
class Examined:
    """What a run did: files examined, skipped, what came of them, (entity, step, why) of failures.

    `network_closed` tells whether the system kept the child off every network; None: no child ran.
    """

    examined: int = 0
    skipped: int = 0
    findings: int = 0
    derived: int = 0
    members: int = 0
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    network_closed: bool | None = None


def examine(
    session: Session,
    entities: Collection[str] | None = None,
    *,
    ocr: bool = False,
    again: bool = False,
    anchors: str | None = None,
    progress: Progress = lambda what, count: None,
    start: StartExaminer = Examiner,
) -> Examined:
    """Examine evidence, all of it or the named pieces, and record what was found.

    `anchors` are certificates (PEM) that signers of content credentials are trusted by. `again`
    examines also what was examined by this version. Raises UsageError when a part is not installed
    or this device may not write where the evidence lies.
    """
    report = Examined()
    with start() as examiner:
        run = _Run(session, examiner, report, ocr, anchors)
        waiting = list_pieces(session, entities, again=again, ocr=ocr)
        report.skipped = waiting.skipped
        todo = waiting.pieces
        for compartment in {piece.compartment for piece in todo}:
            session.check_may_write(compartment)
        try:
            while todo:
                for piece in sorted(todo, key=lambda one: (one.compartment, one.file["object"])):
                    run.one(piece)
                    progress("files examined", report.examined)
                members = run.flush()
                todo = list_pieces(session, members, again=again, ocr=ocr).pieces
        except KeyboardInterrupt:
            run.flush()  # what was examined whole is said; the rest is for the next time
            raise
        report.network_closed = examiner.network_closed
    return report


class _Run:
    """One run: the child, the originals, and what waits to be said."""

    def __init__(
        self,
        session: Session,
        examiner: Examiner,
        report: Examined,
        ocr: bool,
        anchors: str | None,
    ) -> None:
        self._session = session
        self._examiner = examiner
        self._report = report
        self._ocr = ocr
        self._anchors = anchors
        self._originals = Originals(session)
        self._writer = Writer(session)
        self._members: list[str] = []
        self._came_out: dict[str, tuple[int, int]] = {}  # by outermost archive: members, bytes

    def one(self, piece: Piece) -> None:
        """Examine one file and let it wait for its entry."""
        self._report.examined += 1
        try:
            found = self._look(piece)
        except UnburntError as error:  # of our copy, not of the file: nothing to be recorded
            self._report.failures.append((piece.entity, "original", error.message))
            return
        self._writer.add(piece, found)
        members = [made.entity for made in found.made if made.derived.kind == "member"]
        self._members += members
        report = self._report
        report.findings += len(found.findings)
        report.derived += len(found.made)
        report.members += len(members)
        report.failures += [(piece.entity, f.step, f.why) for f in found.failures]
        if self._writer.files >= _AT_ONCE:
            self._writer.flush()

    def flush(self) -> list[str]:
        """Say what waits; returns the members that came out of archives, to be examined next."""
        self._writer.flush()
        members, self._members = self._members, []
        return members

    def _look(self, piece: Piece) -> Found:
        found = Found()
        try:
            with self._examiner.file() as put:
                self._originals.give(piece.file, put)
        except ForeignDataError as error:  # too large
            found.add("original", Report(failures=(Failure("original", error.message),)))
            return found
        found.add("kind", self._examiner.ask("kind", ""))
        kind = found.kind() or ""
        for step in steps_for(kind, ocr=self._ocr):
            for report in self._asked(step, kind, piece):
                found.add(step, report)
                made = self._writer.keep(piece, report.derived)
                found.made += made
                self._count(piece, [one.derived for one in made if one.derived.kind == "member"])
        return found

    def _asked(self, step: str, kind: str, piece: Piece) -> Iterator[Report]:
        if step != "members":
            yield self._examiner.ask(step, kind, anchors=self._anchors)
        elif piece.depth >= MAX_DEPTH:
            why = f"It is an archive inside {MAX_DEPTH} others; it is kept unopened."
            yield Report(failures=(Failure("members", why),))
        else:
            yield from self._unpacked(kind, piece)

    def _count(self, piece: Piece, members: Collection[Derived]) -> None:
        if members:
            files, size = self._so_far(piece)
            size += sum(one.size for one in members)
            self._came_out[piece.outermost] = files + len(members), size

    def _so_far(self, piece: Piece) -> tuple[int, int]:
        """Return the members that came out of the outermost archive, in earlier runs as well."""
        if piece.outermost not in self._came_out:
            self._came_out[piece.outermost] = came_out(self._session, piece.outermost)
        return self._came_out[piece.outermost]

    def _is_full(self, piece: Piece, more: Report) -> bool:
        files, size = self._so_far(piece)
        fresh = [one for one in more.derived if sha256(one.data).hexdigest() not in piece.derived]
        size += sum(one.size for one in fresh)
        return files + len(fresh) > MAX_ALL or size > MAX_ALL_TOTAL

    def _unpacked(self, kind: str, piece: Piece) -> Iterator[Report]:
        """Yield the list of an archive, then its members; of a bomb nothing is taken."""
        listed = self._examiner.ask("members", kind, start=MAX_MEMBERS)
        if not listed.findings:
            yield listed
            return
        yield Report(listed.findings, tools=listed.tools)
        following: int | None = 0
        left = MAX_TOTAL
        while following is not None and following < MAX_MEMBERS:
            part = self._examiner.ask("members", kind, start=following)
            left -= sum(one.size for one in part.derived)
            if left < 0:  # the list said otherwise: the child itself may have been taken over
                why = "Its members are more than were listed; the rest is left out."
                yield Report(failures=(Failure("members", why),))
                return
            if piece.depth and self._is_full(piece, part):
                why = (
                    f"The archive it came in holds more than {MAX_ALL} files or"
                    f" {MAX_ALL_TOTAL >> 30} GiB in its archives; the rest is left out."
                )
                yield Report(failures=(Failure("members", why),))
                return
            yield Report(derived=part.derived, failures=part.failures)
            following = part.next if part.next is not None and part.next > following else None
