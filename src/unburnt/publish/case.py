"""A case: what belongs to an event, a chain of events or anything else, and what of it is withheld.

    case = gather(records, "aicq…", schemas, Choice(compartments={"6jul…"}))
    case.records         what goes into a pack, in the order of the logs
    case.withheld        {("sensitive", "Person"): Withheld(3, against=0)}

Belonging is followed to a fixed end: the case, its events, acts and ties; whom these speak of; what
all of it rests on. A statement is withheld whole or shown whole. Rules: docs/spec/court-pack.md.
Pure: it never reads more than it is given, and what is withheld leaves only its count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import structs

from unburnt.core.errors import UsageError
from unburnt.model import file_name
from unburnt.model.recorded import REFUSED, Recorded
from unburnt.model.schema import SchemaSet
from unburnt.model.statement import ANSWERING, FIELDS

MAX_STATEMENTS = 20_000

# Who points to the core of a case, and so belongs to it: (kind, property).
_TIES = frozenset(
    {
        ("Act", "event"),
        ("Involvement", "act"),
        ("Involvement", "event"),
        ("ChainOfEvents", "event"),
        ("ChainOfEvents", "relatedEvent"),
        ("Intervention", "event"),
        ("Finding", "about"),
        ("Documentation", "entity"),
    }
)
# Where a case leads on to other events: a chain to its two ends, an event to what it includes.
_LEADS = frozenset({("ChainOfEvents", "event"), ("ChainOfEvents", "relatedEvent")})
_INCLUDES = frozenset({"encompasses"})
# What a source rests on in its turn.
_BEHIND = frozenset({"author", "publisher", "platform", "evidence", "derivedFrom", "document"})
_CORE = ("Event", "Act", "ChainOfEvents")
# What may be withheld of every statement, and what stands in its place; nothing else may.
_BLANK: Mapping[str, Any] = {
    "attribution": (),
    "author": "a" * 26,
    "credibility": None,
    "device": "a" * 26,
    "lang": None,
    "locator": None,
    "recorded_at": "1970-01-01T00:00:00Z",
    "reliability": None,
    "source": "a" * 26,
}
WITHHOLDABLE = frozenset({*_BLANK, "compartment"})
AGAINST = frozenset({("Finding", "against"), ("Evidence", "isExculpatory")})


@dataclass(frozen=True, slots=True)
class Choice:
    """What may go in: compartments (ids), fields, and whether what is sensitive does."""

    compartments: frozenset[str]
    sensitive: bool = False
    names: bool = False  # of files
    shown: frozenset[str] = frozenset(FIELDS)
    gone: frozenset[str] = frozenset()  # own keys of withdrawn originals: nobody has those to give

    def opens(self, record: Recorded) -> frozenset[str]:
        """Return the fields that are opened of one statement: of a file's, not the name's.

        It is the same for every file, so it tells nothing of one of them.
        """
        if self.names or not file_name.is_file(record.statement):
            return self.shown
        return self.shown - {file_name.FIELD}


@dataclass(slots=True)
class Withheld:
    """How many statements of one reason and kind are withheld; how many speak against the case."""

    count: int = 0
    against: int = 0


@dataclass(slots=True)
class Case:
    """What was gathered; `core` are the entities it is about, `evidence` those with originals.

    `behind` is what only a withheld field leads to: of sources that nobody may see.
    """

    entity: str
    records: tuple[Recorded, ...]
    core: frozenset[str]
    evidence: tuple[str, ...]
    withheld: dict[tuple[str, str], Withheld] = field(default_factory=dict)
    behind: Withheld = field(default_factory=Withheld)
    names: bool = False  # whether files stand under their names


def gather(records: Iterable[Recorded], entity: str, schemas: SchemaSet, choice: Choice) -> Case:
    """Return the case that `entity` stands for, gathered from all that is readable.

    UsageError when nothing that may go in speaks of it, or when it is too large for one pack.
    """
    web = _Web(records, schemas)
    core = web.core(entity)
    reached = core | web.pointed_at(core)
    about = web.with_sources(reached, choice.shown)
    behind = Withheld()
    for one in web.with_sources(reached, frozenset(FIELDS)) - about:
        behind.count += len(web.about[one])
        behind.against += sum(map(speaks_against, web.about[one]))
    shown: list[Recorded] = []
    withheld: dict[tuple[str, str], Withheld] = {}
    for record in sorted((r for one in about for r in web.about[one]), key=_in_the_log):
        reason = reason_to_withhold(record, schemas, choice)
        if reason is None:
            shown.append(as_shown(record, choice))
            continue
        note = withheld.setdefault((reason, record.statement.schema), Withheld())
        note.count += 1
        note.against += speaks_against(record)
    if not any(record.statement.entity == entity for record in shown):
        raise UsageError(
            "Nothing of this case may go into a pack.",
            "Check its id, and name its compartment: --compartment LABEL.",
        )
    if len(shown) > MAX_STATEMENTS:
        raise UsageError(
            f"The case has more than {MAX_STATEMENTS} statements.", "Pack its events one by one."
        )
    evidence = dict.fromkeys(r.statement.entity for r in shown if "file" in r.statement.value)
    found = (entity, tuple(shown), frozenset(core), tuple(evidence), withheld, behind)
    return Case(*found, choice.names)


def as_shown(record: Recorded, choice: Choice) -> Recorded:
    """Return a record as one sees it who is shown what was chosen; its id stays."""
    opened = choice.opens(record)
    blanked = {name: blank for name, blank in _BLANK.items() if name not in opened}
    if not blanked:
        return record
    return structs.replace(record, statement=structs.replace(record.statement, **blanked))


def reason_to_withhold(record: Recorded, schemas: SchemaSet, choice: Choice) -> str | None:
    """Return why a statement may not be shown: compartment, sensitive, withdrawn; None: it may."""
    said = record.statement
    if said.compartment not in choice.compartments:
        return "compartment"
    if not choice.sensitive and is_sensitive(record, schemas):
        return "sensitive"
    if not choice.names and file_name.is_inside(record.statement):
        return "sensitive"  # of an older archive: digest and name under one commitment
    if "file" in said.value and said.value["file"].get("key") in choice.gone:
        return "withdrawn"
    return None


def is_sensitive(record: Recorded, schemas: SchemaSet) -> bool:
    """Tell whether the schema marks what a statement says as sensitive."""
    wanted = schemas.property(record.statement.schema, record.statement.property)
    return wanted is not None and wanted.sensitive


def speaks_against(record: Recorded) -> bool:
    """Tell whether a statement denies, takes back, or is marked as speaking for the accused."""
    said = record.statement
    if (said.schema, said.property) in AGAINST:
        return said.value != {"flag": False}
    return said.stance == "denied" or said.stance in ANSWERING


def _in_the_log(record: Recorded) -> tuple[str, int, int]:
    return (record.device, record.sequence, record.position)


class _Web:
    """All readable statements by what they are about and what they point to."""

    def __init__(self, records: Iterable[Recorded], schemas: SchemaSet) -> None:
        self._schemas = schemas
        self.about: dict[str, list[Recorded]] = defaultdict(list)
        self._ties: dict[str, set[str]] = defaultdict(set)
        for record in records:
            if record.standing == REFUSED:
                continue
            said = record.statement
            self.about[said.entity].append(record)
            if "entity" in said.value and self._is(said.schema, said.property, _TIES):
                self._ties[said.value["entity"]].add(said.entity)

    def core(self, entity: str) -> set[str]:
        """Return the entities the case is about: it, what it leads to, and all that is tied."""
        found = {entity}
        waiting = [entity, *self._led_to(entity)]
        seen: set[str] = set()
        while waiting:
            one = waiting.pop()
            if one in seen:
                continue
            seen.add(one)
            found.add(one)
            if self._is_core(one):
                for tie in self._ties.get(one, ()):
                    found.add(tie)
                    if self._is_a(tie, "Act"):
                        waiting.append(tie)
            waiting.extend(self._values(one, _INCLUDES))
        return found

    def pointed_at(self, entities: Iterable[str]) -> set[str]:
        """Return every entity that a value about one of these points to."""
        return {
            record.statement.value["entity"]
            for one in entities
            for record in self.about.get(one, ())
            if "entity" in record.statement.value
        }

    def with_sources(self, entities: set[str], shown: frozenset[str]) -> set[str]:
        """Return these, and all they rest on as far as the fields that are `shown` lead."""
        about = set(entities)
        while more := self._rests_on(about, shown) - about:
            about |= more
        return about

    def _rests_on(self, entities: Iterable[str], shown: frozenset[str]) -> set[str]:
        """Return sources, steps of hearsay and who or what is behind them."""
        found: set[str] = set()
        for one in entities:
            for record in self.about.get(one, ()):
                if "source" in shown:
                    found.add(record.statement.source)
                if "attribution" in shown:
                    found.update(record.statement.attribution)
            found.update(self._values(one, _BEHIND))
        return found

    def _led_to(self, entity: str) -> Iterator[str]:
        for record in self.about.get(entity, ()):
            said = record.statement
            if "entity" in said.value and self._is(said.schema, said.property, _LEADS):
                yield said.value["entity"]

    def _values(self, entity: str, names: frozenset[str]) -> Iterator[str]:
        for record in self.about.get(entity, ()):
            said = record.statement
            if said.property in names and "entity" in said.value:
                yield said.value["entity"]

    def _is_core(self, entity: str) -> bool:
        return any(self._is_a(entity, kind) for kind in _CORE)

    def _is_a(self, entity: str, ancestor: str) -> bool:
        return any(
            self._schemas.is_a(record.statement.schema, ancestor) for record in self.about[entity]
        )

    def _is(self, schema: str, name: str, ties: frozenset[tuple[str, str]]) -> bool:
        return any(name == wanted and self._schemas.is_a(schema, kind) for kind, wanted in ties)


def at_most(count: int) -> int:
    """Return the size class of a count: 0, else the next of 4, 16, 64, … that it does not pass."""
    most = 4 if count else 0
    while most < count:
        most *= 4
    return most


def redactions(case: Case, withheld_fields: Iterable[str]) -> dict[str, Any]:
    """Return the map of redactions as JSON: reasons, kinds and counts, nothing else.

    What lies behind withheld sources is told in size classes: the exact number, or a kind, would
    say something of those who must not be seen.
    """
    behind = case.behind
    return {
        "behind_sources": {
            "at_most": at_most(behind.count),
            "speak_against": at_most(behind.against),
        },
        "fields": sorted(withheld_fields),
        "file_names": "shown" if case.names else "withheld",
        "statements": [
            {"count": one.count, "kind": kind, "reason": reason, "speak_against": one.against}
            for (reason, kind), one in sorted(case.withheld.items())
        ],
        "type": "unburnt/redactions/v1",
    }
