"""Recording a case that people wrote as one YAML page: handles become entities, lines statements.

    case = load_case(page, os.urandom)               # strict; nothing is written yet
    said = record_case(session, case, folder)        # sealed files, signed entries
    case.entities["act-car"].id                      # the entity behind a handle

The page has two parts (example: demo/winter_2018/case.yaml):

    entities:
      act-car: {schema: Act, compartment: cases}     # with `id: …` it is one that exists already
    statements:
      - {entity: act-car, property: startDate, value: {date: "2018-01-22"}, source: field-note,
         attribution: [owner], stance: reported, reliability: B, credibility: 3,
         compartment: cases, id: first-date}         # `answers: first-date` takes it back later

A value `{entity: HANDLE}` points to an entity, `{file: NAME}` to a file in the folder, sealed as it
is recorded. `phase`, `device` and `note` are for the reader; they are carried and not recorded.
Never says anything the page does not: no grade, no source and no date is filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Never

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.core.ids import check_hash, check_id, new_id
from unburnt.core.text import clean, printable
from unburnt.evidence.intake import Intake, Kept, LeftOut
from unburnt.model import schema as schemas
from unburnt.model.grades import check_credibility, check_reliability, check_stance
from unburnt.model.strict_yaml import parse
from unburnt.workflow.own_keys import sealing_for, with_key
from unburnt.workflow.session import Claim, Random, Session

_REQUIRED = frozenset({"entity", "property", "value", "source", "stance", "compartment"})
_OPTIONAL = frozenset(
    "attribution reliability credibility lang locator answers id recorded_at device phase note"
    " schema".split()
)
_NOTHING = frozenset({"", "~", "null"})  # how YAML writes an open end
_COUNTED = frozenset({"page", "line", "row"})
_MAX_NAME = 1024


@dataclass(frozen=True, slots=True)
class Named:
    """An entity of a page: its id, kind, and the label of the compartment its identity is in."""

    id: str
    schema: str
    compartment: str


@dataclass(frozen=True, slots=True)
class Line:
    """One statement of a page, its handles not yet turned into ids."""

    number: int
    entity: str
    schema: str
    property: str
    value: Mapping[str, Any]
    source: str
    stance: str
    compartment: str
    attribution: tuple[str, ...] = ()
    reliability: str | None = None
    credibility: int | None = None
    lang: str | None = None
    locator: Mapping[str, Any] | None = None
    recorded_at: str | None = None
    name: str | None = None
    answers: str | None = None
    device: str | None = None
    phase: str | None = None

    def file(self) -> str | None:
        """Return the name of the file this line records, if it does."""
        named = self.value.get("file")
        return named if isinstance(named, str) else None


@dataclass(frozen=True, slots=True)
class Case:
    """A page that was read: its entities by handle, its lines in order."""

    entities: Mapping[str, Named]
    lines: tuple[Line, ...]

    def handle(self, entity: str) -> str | None:
        """Return the handle of an entity, or None when it is not of this page."""
        return next((handle for handle, one in self.entities.items() if one.id == entity), None)


# --- reading a page ----------------------------------------------------------------------------


def load_case(text: str, random: Random) -> Case:
    """Return the case that a YAML page writes, with a fresh id for every new handle.

    Raises ForeignDataError naming the line (counted from 1 under `statements`) that breaks a rule.
    """
    page = parse(text)
    if not isinstance(page, dict) or page.keys() != {"entities", "statements"}:
        _refuse("It has not the two parts `entities` and `statements`.")
    if not isinstance(page["entities"], dict) or not isinstance(page["statements"], list):
        _refuse("`entities` is not a list of handles, or `statements` not a list of lines.")
    entities = {
        handle: _named(handle, fields, random) for handle, fields in page["entities"].items()
    }
    lines = tuple(_line(n, fields, entities) for n, fields in enumerate(page["statements"], 1))
    _check_answers(lines)
    return Case(entities, lines)


def _named(handle: str, fields: object, random: Random) -> Named:
    keys = {"schema", "compartment"}
    if not isinstance(fields, dict) or not keys <= fields.keys() <= keys | {"id"}:
        _refuse("An entity does not have `schema` and `compartment`, and perhaps `id`.")
    if not all(isinstance(word, str) for word in fields.values()):
        _refuse("An entity has something other than words.")
    known = fields.get("id")
    return Named(
        check_id(known) if known is not None else new_id(random),
        fields["schema"],
        fields["compartment"],
    )


def _line(number: int, fields: object, entities: Mapping[str, Named]) -> Line:
    if not isinstance(fields, dict) or not _REQUIRED <= fields.keys() <= _REQUIRED | _OPTIONAL:
        wanted = ", ".join(sorted(_REQUIRED))
        _refuse(f"Line {number} lacks one of {wanted}, or has a key that is not known.")
    value, chain = fields["value"], fields.get("attribution", [])
    if not isinstance(value, dict) or not isinstance(chain, list):
        _refuse(f"Line {number} has no value with a tag, or an attribution that is not a list.")
    words = {key: fields.get(key) for key in (_REQUIRED | _OPTIONAL) - _SHAPED}
    if not all(word is None or isinstance(word, str) for word in words.values()):
        _refuse(f"Line {number} has something other than a word where a word belongs.")
    handles = [fields["entity"], fields["source"], *chain]
    if "entity" in value:
        handles.append(value["entity"])
    if not all(isinstance(handle, str) and handle in entities for handle in handles):
        _refuse(f"Line {number} speaks of something that is not under `entities`.")
    return Line(
        number=number,
        entity=fields["entity"],
        schema=fields.get("schema") or entities[fields["entity"]].schema,
        property=fields["property"],
        value=_value(number, value),
        source=fields["source"],
        stance=fields["stance"],
        compartment=fields["compartment"],
        attribution=tuple(chain),
        reliability=fields.get("reliability"),
        credibility=_whole(number, fields["credibility"]) if "credibility" in fields else None,
        lang=fields.get("lang"),
        locator=_locator(number, fields["locator"]) if "locator" in fields else None,
        recorded_at=fields.get("recorded_at"),
        name=fields.get("id"),
        answers=fields.get("answers"),
        device=fields.get("device"),
        phase=fields.get("phase"),
    )


_SHAPED = frozenset({"value", "attribution", "locator"})


def _value(number: int, value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value with the numbers and open ends that a strict page leaves as words."""
    if isinstance(ends := value.get("range"), list):
        return {**value, "range": [None if end in _NOTHING else end for end in ends]}
    if isinstance(place := value.get("place"), dict) and "precision" in place:
        precise = {**place, "precision": _whole(number, place["precision"])}
        return {**value, "place": precise}
    return dict(value)


def _locator(number: int, locator: object) -> dict[str, Any]:
    if not isinstance(locator, dict):
        _refuse(f"Line {number} has a locator that is not an object.")
    return {k: _whole(number, v) if k in _COUNTED else v for k, v in locator.items()}


def _whole(number: int, word: object) -> int:
    if not isinstance(word, str) or not (word.isascii() and word.isdigit() and len(word) <= 9):
        _refuse(f"Line {number} has something else where a whole number belongs.")
    return int(word)


def _check_answers(lines: Iterable[Line]) -> None:
    """A statement is answered after it was made; the answer may also name an id of the archive."""
    names: set[str] = set()
    for line in lines:
        if line.answers is not None and line.answers not in names:
            try:
                check_hash(line.answers)
            except ForeignDataError:
                _refuse(f"Line {line.number} answers something that no line above it is named.")
        if line.name is not None:
            if line.name in names:
                _refuse(f"Line {line.number} has a name that stands above already.")
            names.add(line.name)


def _refuse(why: str) -> Never:
    raise ForeignDataError(
        f"This page cannot be recorded. {why}", "Compare it with demo/winter_2018/case.yaml."
    )


# --- recording it ------------------------------------------------------------------------------


def record_case(
    session: Session,
    case: Case,
    folder: Path | None = None,
    chosen: Callable[[Line], bool] = lambda line: True,
    said: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Record the chosen lines of a case; returns the id of every named statement so far.

    `folder` holds the files that lines refer to; `said` are the ids of statements recorded before,
    also on other devices. Raises UsageError, before anything is written, for a line that does not
    fit the schema or names a compartment this device may not write to.
    """
    ids = dict(said or {})
    lines = [line for line in case.lines if chosen(line)]
    for line in lines:
        _check(session, case, line, folder)
    files = _seal(session, lines, folder)
    waiting: list[Line] = []
    for line in lines:
        if line.answers in {other.name for other in waiting} - {None}:
            _say(session, case, waiting, files, ids)
            waiting = []
        waiting.append(line)
    _say(session, case, waiting, files, ids)
    return ids


def _check(session: Session, case: Case, line: Line, folder: Path | None) -> None:
    """Raise UsageError for a line that could not be recorded, so that no half of a page is."""
    session.check_may_write(session.compartment(line.compartment))
    check_stance(line.stance)
    if line.reliability is not None:
        check_reliability(line.reliability)
    if line.credibility is not None:
        check_credibility(line.credibility)
    if (name := line.file()) is None:
        value = _value_of(case, line)
        schemas.builtin().check_value(line.schema, line.property, value)
    elif folder is None:
        raise UsageError("The page refers to files.", "Say in which folder they are.")
    else:
        _inside(folder, name)


def _value_of(case: Case, line: Line) -> dict[str, Any]:
    """Return the value of a line, its handle turned into an id."""
    value = dict(line.value)
    return {**value, "entity": case.entities[value["entity"]].id} if "entity" in value else value


def _say(
    session: Session,
    case: Case,
    lines: list[Line],
    files: Mapping[str, tuple[dict[str, Any], Kept]],
    ids: dict[str, str],
) -> None:
    """Say lines that do not answer each other, one compartment after the other."""
    for label in dict.fromkeys(line.compartment for line in lines):
        here = [line for line in lines if line.compartment == label]
        claims = [_claim(session, case, line, files, ids) for line in here]
        sealed = [files[name][1] for line in here if (name := line.file()) is not None]
        needs = {one.object.name: one.object.size for one in sealed}
        keys = {one.key.id: one.key for one in sealed if one.key}
        rests = sorted(needs.items()), list(keys.values())
        found = [id for entry in session.say(claims, *rests) for id in entry]
        ids.update((line.name, id) for line, id in zip(here, found, strict=True) if line.name)


def _claim(
    session: Session,
    case: Case,
    line: Line,
    files: Mapping[str, tuple[dict[str, Any], Kept]],
    ids: Mapping[str, str],
) -> Claim:
    name = line.file()
    value = _value_of(case, line) if name is None else {"file": files[name][0]}
    return Claim(
        entity=case.entities[line.entity].id,
        schema=line.schema,
        property=line.property,
        value=value,
        source=case.entities[line.source].id,
        compartment=session.compartment(line.compartment),
        stance=line.stance,
        attribution=tuple(case.entities[handle].id for handle in line.attribution),
        reliability=line.reliability,
        credibility=line.credibility,
        lang=line.lang,
        locator=dict(line.locator) if line.locator else None,
        answers=ids.get(line.answers, line.answers) if line.answers else None,
        recorded_at=line.recorded_at,
    )


def _seal(
    session: Session, lines: Iterable[Line], folder: Path | None
) -> dict[str, tuple[dict[str, Any], Kept]]:
    """Seal every file the lines refer to; returns its value and object by its name in the page."""
    found: dict[str, tuple[dict[str, Any], Kept]] = {}
    by_compartment: dict[str, list[str]] = {}
    for line in lines:
        if (name := line.file()) is not None:
            by_compartment.setdefault(line.compartment, []).append(name)
    for label, names in by_compartment.items():
        assert folder is not None  # noqa: S101 - `_check` came first
        recipient, own = sealing_for(session, session.compartment(label))
        intake = Intake(session.backend, recipient, own_keys=own)
        paths = {str(_inside(folder, name)): name for name in names}
        taken = [kept for path in paths for kept in intake.take(path)]
        for kept in [*taken, *intake.finish()]:
            if isinstance(kept, LeftOut):
                raise kept.error
            value: dict[str, Any] = {
                "sha256": kept.sha256,
                "size": kept.size,
                "object": kept.object.name,
                "name": clean(printable(Path(kept.path).name), _MAX_NAME),
                **({"type": kept.type} if kept.type else {}),
                "modified": datetime.fromtimestamp(kept.mtime_ns // 10**9, UTC).strftime(
                    "%Y-%m-%dT%H:%M:%SZ"
                ),
            }
            found[paths[kept.path]] = (with_key(value, kept.key), kept)
    return found


def _inside(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        raise UsageError("A file of the page is not in its folder.", "Put it into the folder.")
    return path
