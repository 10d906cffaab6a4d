"""What is to be examined: pieces of evidence, and the steps that this version has not done on them.

    waiting = list_pieces(session, None)       # Piece(entity, compartment, file, depth, …), …
    steps_for("image/jpeg", ocr=True)          ("metadata", "look", "credentials", "ocr")

What was done is visible in statements: `examination` names the version and the steps. Derived files
of our own making (thumbnails, texts) are not examined; members of archives are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from unburnt.evidence import credentials, document_text, film, kinds, members
from unburnt.evidence.examiner import VERSION
from unburnt.model import file_name
from unburnt.model.recorded import REFUSED, Recorded
from unburnt.workflow.derivatives import derived_from
from unburnt.workflow.own_keys import is_withdrawn
from unburnt.workflow.session import Session

TOOL = f"unburnt-examine {VERSION}"
_CHUNK = 2000  # entities asked for together
_RASTER = frozenset(
    f"image/{name}" for name in ("jpeg", "png", "gif", "tiff", "bmp", "webp", "heic", "avif")
)
_STEPS: tuple[tuple[str, Collection[str]], ...] = (
    ("metadata", _RASTER),
    ("look", _RASTER),
    ("film", film.READERS),
    ("still", [kind for kind in film.READERS if kind.startswith("video/")]),
    ("text", document_text.READABLE),
    ("credentials", credentials.KINDS),
    ("members", members.OPENED),
)
_RECOGNISED = _RASTER | {kinds.PDF}


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence to be examined: its file, when that was recorded, what came of it."""

    entity: str
    compartment: str
    file: dict[str, Any]
    received: str
    depth: int = 0  # how many archives it came out of
    derived: frozenset[str] = frozenset()  # digests of what was derived from it already
    outermost: str = ""  # the archive that it and all around it came out of, or itself


@dataclass(slots=True)
class Waiting:
    """Pieces to examine, and how many were left out because they are examined already."""

    pieces: list[Piece] = field(default_factory=list)
    skipped: int = 0


def steps_for(kind: str, *, ocr: bool) -> tuple[str, ...]:
    """Return the steps that a kind of file calls for, after the kind itself."""
    steps = [step for step, known in _STEPS if kind in known]
    return (*steps, "ocr") if ocr and kind in _RECOGNISED else tuple(steps)


def list_pieces(
    session: Session, entities: Collection[str] | None, *, again: bool = False, ocr: bool = False
) -> Waiting:
    """Return the readable evidence that is still to be examined, all or of the named entities."""
    waiting = Waiting()
    named = session.index.entities("Evidence") if entities is None else list(entities)
    for start in range(0, len(named), _CHUNK):
        for entity, about in session.index.of_entities(named[start : start + _CHUNK]).items():
            said = [one for one in about if one.standing != REFUSED]
            files = [one for one in said if one.statement.property == "file"]
            if not files or _is_derived(said):
                continue
            if is_withdrawn(session, files[0].statement.value["file"]):
                continue
            if not again and _is_examined(said, ocr=ocr):
                waiting.skipped += 1
                continue
            waiting.pieces.append(_piece(session, entity, files[0], said))
    return waiting


def _piece(session: Session, entity: str, file: Recorded, said: Iterable[Recorded]) -> Piece:
    made = session.index.of_entities(derived_from(session, entity))
    digests = {
        one.statement.value["file"]["sha256"]
        for about in made.values()
        for one in about
        if one.statement.property == "file" and one.standing != REFUSED
    }
    depth, outermost = _place(session, entity, said)
    return Piece(
        entity,
        file.statement.compartment,
        file_name.of(file.statement),
        file.statement.recorded_at,
        depth,
        frozenset(digests),
        outermost,
    )


def _place(session: Session, entity: str, said: Iterable[Recorded]) -> tuple[int, str]:
    """Return how many archives a piece came out of, as far as is counted, and the outermost."""
    depth = 0
    while depth <= members.MAX_DEPTH:
        parents = [one for one in said if one.statement.property == "derivedFrom"]
        if not parents or not _has_term(said, "archive-member"):
            break
        depth += 1
        entity = str(parents[0].statement.value.get("entity"))
        said = session.index.of_entity(entity)
    return depth, entity


def came_out(session: Session, entity: str) -> tuple[int, int]:
    """Return how many members came out of an archive and the archives in it, and their bytes.

    Counting ends where there are more than may be.
    """
    files = size = 0
    waiting = [(entity, 0)]
    while waiting and files <= members.MAX_ALL:
        one, depth = waiting.pop()
        for child, about in session.index.of_entities(derived_from(session, one)).items():
            said = [record for record in about if record.standing != REFUSED]
            if not _has_term(said, "archive-member"):
                continue
            files += 1
            values = [one.statement.value for one in said if one.statement.property == "file"]
            size += values[0]["file"]["size"] if values else 0
            if depth < members.MAX_DEPTH:
                waiting.append((child, depth + 1))
    return files, size


def _is_derived(said: Iterable[Recorded]) -> bool:
    return _has_term(said, "derived-copy")


def _has_term(said: Iterable[Recorded], term: str) -> bool:
    return any(
        one.statement.property == "captureKind" and one.statement.value.get("term") == term
        for one in said
    )


def _is_examined(said: Iterable[Recorded], *, ocr: bool) -> bool:
    """Tell whether this version did all steps that the kind calls for, with or without success."""
    done: set[str] = set()
    kind = ""
    for one in said:
        locator = one.statement.locator or {}
        if one.statement.property == "examination" and locator.get("tool") == TOOL:
            done |= set(str(locator.get("steps", "")).split())
        if one.statement.property == "mimeType":
            kind = str(one.statement.value.get("text"))
    return "original" in done or ("kind" in done and set(steps_for(kind, ocr=ocr)) <= done)
