"""Making a court pack of a case, and checking one that was handed over.

    choice = Wanted(case="aicq…", compartments=("cases",), language="en")
    plan = prepare(session, choice)              # nothing is written: what would go in, what not
    done = pack(session, plan, Path("winter-2018"))      # done.fingerprint, to be told by phone

1. the case is gathered from what this device may read, and judged statement by statement;
2. each statement that goes in is proven from its own entry and the newest checkpoint of its log;
3. that the originals are exported is recorded, before anything is written;
4. originals are opened, compared and copied, pages and tables written beside the target, synced;
5. this device seals the pack, and it gets its name in one step. Docs: docs/spec/court-pack.md.

Whatever ends it before step 5 leaves no half of a pack. It never overwrites.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from unburnt.core.errors import MediumError, UsageError
from unburnt.crypto import note
from unburnt.model import schema as schemas
from unburnt.model.chronology import Telling
from unburnt.model.entry import signer_name
from unburnt.model.statement import FIELDS
from unburnt.publish import case as cases
from unburnt.publish import check_pack as checking
from unburnt.publish import court_pack
from unburnt.publish.bag_writing import Bag, Fill, aside
from unburnt.publish.bagit import Progress
from unburnt.publish.case import Case, Choice
from unburnt.publish.case_pages import PAGES, Exhibit, Told
from unburnt.publish.check_pack import Trust, Verdict
from unburnt.publish.court_pack import Material
from unburnt.publish.pack_pages import Front
from unburnt.workflow import leftovers, pack_custody, pack_proofs
from unburnt.workflow.custody import TOOL, record_event
from unburnt.workflow.originals import Originals
from unburnt.workflow.pack_proofs import Proven
from unburnt.workflow.session import Session

__all__ = ["Done", "Plan", "Trust", "Verdict", "Wanted", "check", "pack", "prepare", "to_zip"]

FILE_NAMES, PURPOSES = "file-names", "purposes"
ALSO = (FILE_NAMES, PURPOSES)  # what is shown only when it is asked for by this word
HIDDEN = frozenset({"author", "compartment", "device"})  # fields nobody is shown unless asked
PROGRAMS = ("verify_proof.py", "verify.html")
_FILE_NAME = "Evidence.fileName"
_FOLDER = Path(court_pack.__file__).parent
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks for; labels of compartments, names of fields."""

    case: str
    compartments: tuple[str, ...] = ()
    language: str = "en"
    sensitive: bool = False
    disclose: tuple[str, ...] = ()
    withhold: tuple[str, ...] = ()
    also: tuple[str, ...] = ()  # of ALSO; all of them where `sensitive`

    def shows(self, what: str) -> bool:
        """Tell whether something of ALSO goes in."""
        return self.sensitive or what in self.also


@dataclass(frozen=True, slots=True)
class Plan:
    """What would go into a pack, and what would be withheld; nothing is written yet."""

    wanted: Wanted
    case: Case
    choice: Choice
    sensitive: tuple[str, ...]  # marked sensitive and going in: "Person.ethnicity", each once


@dataclass(frozen=True, slots=True)
class Done:
    """What was made."""

    fingerprint: str
    statements: int
    originals: int
    withheld: int
    behind: int  # at most so many more, behind withheld sources
    missing: tuple[str, ...]


def prepare(session: Session, wanted: Wanted) -> Plan:
    """Gather the case and judge what may be shown; writes nothing. UsageError as `gather`."""
    words = schemas.builtin()
    choice = Choice(
        _compartments(session, wanted),
        sensitive=wanted.sensitive,
        names=wanted.shows(FILE_NAMES),
        gone=session.roster.withdrawn,
        shown=frozenset(FIELDS) - _hidden(wanted),
    )
    case = cases.gather(session.index.all(), wanted.case, words, choice)
    sensitive = {
        f"{record.statement.schema}.{record.statement.property}"
        for record in case.records
        if cases.is_sensitive(record, words)
    }
    if any("name" in file for one in case.records if (file := court_pack.file_of(one))):
        sensitive.add(_FILE_NAME)
    if case.evidence and wanted.shows(PURPOSES):
        sensitive.add("CustodyEvent.purpose")
    return Plan(wanted, case, choice, tuple(sorted(sensitive)))


def pack(
    session: Session,
    plan: Plan,
    target: Path,
    progress: Progress = lambda what, count: None,
    *,
    purpose: str | None = None,
    receiver: str | None = None,
) -> Done:
    """Write the pack to the new folder `target`; returns its fingerprint and counts.

    Raises UsageError when something is there or this device may not record the export, MediumError
    and BrokenArchiveError when an original is not here or not what it was.
    """
    leftovers.remove(session)
    with Bag(target) as bag, leftovers.writing(session, bag.folder):
        made = session.clock()
        told = _told(plan)  # (1) told from what goes in, so that nothing else can be in the words
        proven = pack_proofs.prove(session, plan.case.records, plan.choice.opens, progress)  # (2)
        if plan.case.evidence:  # (3)
            details = {"tool": TOOL, "purpose": purpose, "receiver": receiver}
            record_event(session, "exported", plan.case.evidence, **details)
        material = _material(session, plan, told, proven, made, progress)
        # (4), (5)
        fingerprint = court_pack.write(bag, material, lambda text: _signed(session, text))
        bag.settle()
    withheld = sum(one.count for one in plan.case.withheld.values())
    behind = cases.at_most(plan.case.behind.count)
    counts = (len(plan.case.records), len(told.exhibits), withheld, behind)
    return Done(fingerprint, *counts, material.front.missing)


def check(place: Path, trust: Trust, progress: Progress = lambda what, count: None) -> Verdict:
    """Return the verdict on a pack; MediumError when there is no folder to read."""
    if not place.is_dir():
        raise MediumError(
            "There is no such folder.", "Unpack the ZIP file first, or check the path."
        )
    return checking.check_pack(place, trust, progress)


def to_zip(session: Session, folder: Path) -> Path:
    """Write a pack as one ZIP file beside it, stored, always the same bytes; returns its path."""
    target = folder.with_name(f"{folder.name}.zip")
    if target.exists():
        raise UsageError("There is something of that name already.", "Choose another folder.")
    part = aside(target)
    try:
        with leftovers.writing(session, part):
            try:
                _zip(folder, part)
                part.rename(target)
            finally:
                part.unlink(missing_ok=True)
    except OSError as error:
        raise MediumError("The pack cannot be written.", "Check the disk and its space.") from error
    return target


def _zip(folder: Path, part: Path) -> None:
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w") as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
            info = zipfile.ZipInfo(name, _ZIP_TIME)
            info.external_attr = 0o644 << 16
            with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as to:
                shutil.copyfileobj(source, to, 1 << 20)


def _hidden(wanted: Wanted) -> frozenset[str]:
    """Return the fields that are withheld of every statement; UsageError for one that cannot be."""
    for name in wanted.disclose:
        if name not in FIELDS:
            raise UsageError(f"A statement has no field “{name}”.", f"Fields: {', '.join(FIELDS)}.")
    for name in wanted.withhold:
        if name not in cases.WITHHOLDABLE:
            choice = ", ".join(sorted(cases.WITHHOLDABLE))
            raise UsageError(f"The field “{name}” cannot be withheld.", f"Choose from: {choice}.")
    return (HIDDEN - set(wanted.disclose)) | set(wanted.withhold)


def _compartments(session: Session, wanted: Wanted) -> frozenset[str]:
    """Return the compartments a pack may be made from: the case's own, and those named."""
    own = {record.statement.compartment for record in session.index.of_entity(wanted.case)}
    named = {session.compartment(label) for label in wanted.compartments}
    never = {one for one in session.roster.compartments if session.roster.purposes(one)}
    if named & never:
        raise UsageError(
            "What is in a compartment for sources or staff never goes into a pack.",
            "Record what may be said in another compartment.",
        )
    return frozenset(own | named) - never


def _told(plan: Plan) -> Told:
    words = schemas.builtin()
    return Told(
        case=plan.case,
        telling=Telling(plan.case.records, words, plan.wanted.language),
        schemas=words,
        language=plan.wanted.language,
        exhibits=court_pack.exhibits(plan.case.records),
        pages=PAGES if plan.case.evidence else tuple(name for name in PAGES if name != "custody"),
    )


def _material(
    session: Session, plan: Plan, told: Told, proven: Proven, made: str, progress: Progress
) -> Material:
    """Return everything that goes in, with what is missing said."""
    programs = {
        name: (_FOLDER / name).read_bytes() for name in PROGRAMS if (_FOLDER / name).is_file()
    }
    seen = pack_custody.Seen(plan.choice, purposes=plan.wanted.shows(PURPOSES))
    custody = pack_custody.tell(session, told, seen)
    has = {
        "verifier": len(programs) == len(PROGRAMS),
        "custody": bool(custody),
        "time": bool(proven.times),
        "witness": proven.policy is not None,
        "captures": any(one.path.startswith(court_pack.CAPTURES) for one in told.exhibits),
    }
    front = Front(
        title=told.title,
        archive=session.archive,
        device=session.device,
        recipient=session.roster.devices[session.device].recipient,
        made=made,
        language=plan.wanted.language,
        missing=tuple(f"without-{name}" for name, here in has.items() if not here),
    )
    return Material(
        told=told,
        front=front,
        shown=plan.choice.shown,
        opens=plan.choice.opens,
        proofs=proven.proofs,
        fill=_filler(session, plan.case, progress),
        checkpoints=proven.checkpoints,
        vkeys=proven.vkeys,
        times=proven.times,
        policy=proven.policy,
        custody=custody,
        programs=programs,
    )


def _filler(session: Session, case: Case, progress: Progress) -> Callable[[Exhibit], Fill]:
    """Return what hands an original over, opened and compared with its recorded digest."""
    originals = Originals(session)
    files = {record.id: court_pack.file_of(record) for record in case.records}
    count = 0

    def fill(exhibit: Exhibit) -> Fill:
        nonlocal count
        count += 1
        progress("originals", count)
        file = files[exhibit.statement] or {}
        return lambda take: originals.give(file, take)

    return fill


def _signed(session: Session, text: str) -> bytes:
    return note.sign(
        text, signer_name(session.archive, session.device), session.keys.signing
    ).encode()
