"""From what the child found to what the archive says: claims, sealed derivatives, one entry.

    writer = Writer(session)
    writer.add(piece, findings, derived, failures, steps, tools)
    writer.flush()

Registry of derivatives: each is a piece of evidence of its own with its file, the parent it is
derived from, the tool and version that made it, and the operations. Specification:
docs/spec/media.md, "What is recorded". All that belongs to one derivative stands in one entry.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec import structs

from unburnt.core.errors import UsageError
from unburnt.core.ids import new_id
from unburnt.core.text import clean
from unburnt.evidence.findings import (
    Derived,
    Failure,
    Finding,
    Report,
    cut,
    harmless,
    one_line,
)
from unburnt.model.batch import MAX_STATEMENTS
from unburnt.model.custody_event import Happened
from unburnt.model.values import MAX_NAME, MAX_NOTE
from unburnt.storage import objects
from unburnt.storage.objects import Sealed
from unburnt.storage.own_key import Fresh
from unburnt.workflow.custody import event_claims
from unburnt.workflow.examined import TOOL, Piece
from unburnt.workflow.own_keys import seal_alone, sealing_for, with_key
from unburnt.workflow.session import Claim, Session

_PACK = 16 * 2**20  # bytes of derived files in one object
_RESULTS = 1000  # derived files named by one custody event
_EASTMOST, _WESTMOST = 14, 12  # hours of the widest time zones


@dataclass(slots=True)
class Made:
    """A derived file on its way into the archive: sealed before it is said."""

    entity: str
    derived: Derived
    sha256: str
    words: str
    name: str = ""
    parent: str = ""
    object: Sealed | None = None
    key: Fresh | None = None  # its own, where originals can be withdrawn


@dataclass(slots=True)
class Found:
    """What all steps on one file found together."""

    steps: list[str] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)

    def add(self, step: str, report: Report) -> None:
        """Take what one step found, without its derived files."""
        if step not in self.steps:
            self.steps.append(step)
        self.tools += [tool for tool in report.tools if tool not in self.tools]
        self.findings += report.findings
        self.failures += report.failures

    def kind(self) -> str | None:
        """Return the media type that was found, if any."""
        found = (f.value["text"] for f in self.findings if f.property == "mimeType")
        return next(found, None)


class Writer:
    """Gathers files of one compartment and says them, with their derived files sealed first."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._units: list[tuple[list[Claim], list[Made]]] = []
        self._parents: list[str] = []
        self._unsealed: list[tuple[Made, bytes]] = []
        self._bytes = 0
        self.compartment = ""
        self.files = 0

    def keep(self, piece: Piece, derived: Iterable[Derived]) -> list[Made]:
        """Take derived files in; what is derived from the piece already is passed over."""
        self._move_to(piece.compartment)
        kept: list[Made] = []
        for one in derived:
            digest = hashlib.sha256(one.data).hexdigest()
            if digest in piece.derived:
                continue
            words = harmless(one.data.decode("utf-8", "replace")) if one.kind == "ocr" else ""
            made = Made(new_id(self._session.random), _light(one), digest, words)
            self._unsealed.append((made, one.data))
            self._bytes += len(one.data)
            kept.append(made)
            if self._bytes >= _PACK:
                self._seal()
        return kept

    def add(self, piece: Piece, found: Found) -> None:
        """Let one examined file wait for its entry."""
        self._move_to(piece.compartment)
        for made in found.made:
            self._units.append((self._about_derived(piece, made), [made]))
        self._units.append((self._about_piece(piece, found), []))
        self._parents += [piece.entity] if found.made else []
        self.files += 1

    def flush(self) -> None:
        """Seal what waits, then say it: as few entries as hold it, no derivative cut in two."""
        self._seal()
        batch: list[Claim] = []
        needs: dict[str, int] = {}
        keys: list[Fresh] = []
        for claims, made in [*self._units, *self._events()]:
            if len(batch) + len(claims) > MAX_STATEMENTS:
                self._session.say(batch, sorted(needs.items()), keys)
                batch, needs, keys = [], {}, []
            for one in made:
                assert one.object is not None  # noqa: S101 - sealed above
                claims = [*claims, self._file(one, one.object)]
                needs[one.object.name] = one.object.size
                keys += [one.key] if one.key else []
            batch += claims
        if batch:
            self._session.say(batch, sorted(needs.items()), keys)
        self._units, self._parents, self.files = [], [], 0

    def _move_to(self, compartment: str) -> None:
        if compartment != self.compartment:
            self.flush()
            self.compartment = compartment

    def _seal(self) -> None:
        """Put the derived files that wait into one object, or each alone under its own key."""
        waiting, self._unsealed, self._bytes = self._unsealed, [], 0
        if not waiting:
            return
        recipient, own = sealing_for(self._session, self.compartment)
        if own is not None:
            for made, data in waiting:
                made.object, made.key = seal_alone(self._session, self.compartment, data)
            return
        members = {made.sha256: data for made, data in waiting}
        sealed = objects.seal_pack(self._session.backend, members, recipient)
        for made, _ in waiting:
            made.object = sealed

    # --- claims --------------------------------------------------------------------------------

    def _claim(
        self, entity: str, source: str, name: str, value: dict[str, Any], **more: Any
    ) -> Claim:
        return Claim(
            entity=entity,
            schema="Evidence",
            property=name,
            value=value,
            source=source,
            compartment=self.compartment,
            **more,
        )

    def _about_piece(self, piece: Piece, found: Found) -> list[Claim]:
        claims = [
            self._claim(
                piece.entity,
                piece.entity,
                one.property,
                one.value,
                stance=one.stance,
                locator=one.locator,
            )
            for one in found.findings
        ]
        for one in found.findings:
            if one.property == "capturedAt" and (value := difference(piece.received, one.value)):
                where = {"metadata": "receipt less capturedAt", "tool": TOOL}
                claims.append(
                    self._claim(piece.entity, piece.entity, "clockDifference", value, locator=where)
                )
                break
        locator = {"tool": TOOL, "steps": " ".join(found.steps)}
        if found.tools:
            locator["with"] = one_line("; ".join(found.tools), 1000)
        claims.append(
            self._claim(piece.entity, piece.entity, "examination", outcome(found), locator=locator)
        )
        return claims

    def _about_derived(self, piece: Piece, made: Made) -> list[Claim]:
        one = made.derived
        term = "archive-member" if one.kind == "member" else "derived-copy"
        values: list[tuple[str, dict[str, Any]]] = [
            ("derivedFrom", {"entity": piece.entity}),
            ("captureKind", {"term": term}),
            ("captureTool", {"text": one.tool}),
            ("operations", {"text": one.operations}),
        ]
        if made.words:
            values.append(("bodyText", {"text": made.words}))
        claims = [self._claim(made.entity, piece.entity, name, value) for name, value in values]
        made.name, made.parent = _name(piece, one), piece.entity
        return claims

    def _file(self, made: Made, sealed: Sealed) -> Claim:
        value = {
            "sha256": made.sha256,
            "size": made.derived.size,
            "object": sealed.name,
            "name": made.name,
            "type": made.derived.type,
        }
        file = {"file": with_key(value, made.key)}
        return self._claim(made.entity, made.parent, "file", file)

    def _events(self) -> Iterator[tuple[list[Claim], list[Made]]]:
        """Yield the custody event that tells which pieces others were derived from."""
        results = tuple(made.entity for _, all_made in self._units for made in all_made)
        for start in range(0, len(results), _RESULTS):
            event = Happened(
                kind="derived",
                evidence=tuple(dict.fromkeys(self._parents)),
                tool=TOOL,
                result=results[start : start + _RESULTS],
            )
            yield event_claims(self._session, event, self.compartment)[1], []


def outcome(found: Found) -> dict[str, Any]:
    """Return how an examination ended, and why whatever failed did."""
    if not found.failures:
        return {"term": "examined"}
    whys = list(dict.fromkeys(f"{one.step}: {one.why}" for one in found.failures))
    note = cut("; ".join(whys), MAX_NOTE)
    term = "partly-examined" if len(found.findings) > 1 or found.made else "not-examined"
    return {"term": term, "note": harmless(note, MAX_NOTE)}


def difference(received: str, captured: dict[str, Any]) -> dict[str, Any] | None:
    """Return the seconds from the camera's time to the receipt, None for a date alone.

    A time without a zone may lie anywhere from 14 hours east to 12 hours west: then it is a range.
    """
    if "T" not in captured["date"]:
        return None
    try:
        moment = datetime.fromisoformat(captured["date"].replace("Z", "+00:00"))
        receipt = datetime.fromisoformat(received.replace("Z", "+00:00"))
    except ValueError:  # EDTF knows times that this calendar does not, such as 24:00:00
        return None
    if moment.tzinfo is not None:
        return {"number": str(round((receipt - moment).total_seconds())), "unit": "s"}
    plain = round((receipt.replace(tzinfo=None) - moment).total_seconds())
    ends = [str(plain - 3600 * _WESTMOST), str(plain + 3600 * _EASTMOST)]
    return {"range": ends, "unit": "s"}


def _light(one: Derived) -> Derived:
    return structs.replace(one, data=b"", size=len(one.data))


def _name(piece: Piece, one: Derived) -> str:
    """Return how a derived file is called: after its parent, never by a path that it brought."""
    parent = str(piece.file.get("name") or piece.entity)
    joined = f"{parent}.members/{one.name}" if one.kind == "member" else f"{parent}.{one.name}"
    try:
        return clean(joined, MAX_NAME)
    except UsageError:
        return clean(
            joined.encode("ascii", "backslashreplace").decode("ascii")[-MAX_NAME:], MAX_NAME
        )
