"""What happened, in order, in plain words: who says so, from whom they have it, how sure.

    story = Telling(records, schemas.builtin(), "en")
    for happening in story.chronology():         events with their acts, earliest first
        happening.date, happening.title          "about 23 January 2018", "Anonymous texts …"
        for heading in happening.headings:       "Place", contested or not
            for said in heading.values:          best first, none left out
                said.text, said.voices           each voice: stance, according to, grades
    story.view(entity)                           the same for one entity

Everything readable about an event or act is told: what was denied beside what was alleged, what was
withdrawn marked as such. An entity without a readable name is not guessed: it "is kept apart".
Pure: statements in, words out. Folding: docs/spec/folding.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from unburnt.core import edtf
from unburnt.core.date_words import describe_date
from unburnt.core.errors import UsageError
from unburnt.model import file_name, values
from unburnt.model.chronology_words import ORDER, UNTOLD, WORDS, Phrases
from unburnt.model.folding import PropertyView, ValueView, fold
from unburnt.model.recorded import REFUSED, UNCONFIRMED, Recorded
from unburnt.model.schema import SchemaSet

_NAMES = ("name", "title", "alias", "wholeName", "lastName")
_DOCUMENTS = ("author", "publisher")
_MARK = 4  # characters of an id that tell apart two entities whose names are kept apart


@dataclass(frozen=True, slots=True)
class Voice:
    """One claim in words: stance, according to whom, grades; what it is worth now."""

    stance: str
    according_to: str
    reliability: str | None
    credibility: str | None
    grades: str
    withdrawn: bool
    unconfirmed: bool
    statement: str
    device: str


@dataclass(frozen=True, slots=True)
class Said:
    """One value with every voice for and against it; `lost_by` says why it is not the first."""

    text: str
    prevailing: bool
    lost_by: str | None
    sources: int
    standing: str
    voices: tuple[Voice, ...]
    denied: tuple[Voice, ...]
    withdrawn: tuple[Voice, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """One thing that is said, such as the place, with all its values, best first."""

    property: str
    label: str
    contested: bool
    values: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Happening:
    """An event with its acts, an act, or any other entity; `date` is in words, "" when unknown."""

    entity: str
    kind: str
    title: str
    date: str
    edtf: str | None
    contested: bool
    headings: tuple[Heading, ...]
    parts: tuple[Happening, ...] = ()

    def to_value(self) -> dict[str, Any]:
        """Return the same as JSON values."""
        return asdict(self)


class Telling:
    """All that one reader may see, told in one language."""

    def __init__(self, records: Iterable[Recorded], schemas: SchemaSet, language: str) -> None:
        self._schemas = schemas
        self._language = language
        self._words: Phrases = WORDS.get(language, WORDS["en"])
        self._about: dict[str, list[Recorded]] = defaultdict(list)
        self._towards: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for record in records:
            if record.standing != REFUSED:
                said = record.statement
                self._about[said.entity].append(file_name.told(record))
                if "entity" in said.value:
                    self._towards[said.value["entity"]].add((said.entity, said.property))
        self.views = cache(self._views)
        self.name = cache(self._name)

    # --- what is told --------------------------------------------------------------------------

    def chronology(self) -> list[Happening]:
        """Return every event with its acts, and the acts of no readable event, earliest first."""
        events = [entity for entity in self._about if self.is_a(entity, "Event")]
        parts = {entity: self._parts(entity) for entity in events}
        told = {part for found in parts.values() for part in found}
        loose = [e for e in self._about if self.is_a(e, "Act") and e not in told]
        happenings = [self.view(entity, parts.get(entity, ())) for entity in [*events, *loose]]
        return sorted(happenings, key=_order)

    def view(self, entity: str, parts: Iterable[str] = (), *, whole: bool = False) -> Happening:
        """Return what is said about one entity, and by the ties that lead to it.

        `whole`: names and working notes too, which a chronology leaves to the title.
        """
        told = tuple(sorted((self.view(part) for part in parts), key=_order))
        views = self.views(entity)
        date = self._date(views) or min(
            (p.edtf for p in told if p.edtf), key=_day_order, default=None
        )
        names = [name for name in views if whole or name not in UNTOLD]
        headings = [self._heading(name, views[name], self.kind(entity)) for name in _ordered(names)]
        headings += self._ties(entity)
        return Happening(
            entity=entity,
            kind=self.kind(entity),
            title=self._title(entity),
            date=describe_date(date, self._language) if date else "",
            edtf=date,
            contested=any(h.contested for h in headings) or any(p.contested for p in told),
            headings=tuple(headings),
            parts=told,
        )

    def kind(self, entity: str) -> str:
        """Return the schema that most statements about an entity name; "" when none is readable."""
        found = [record.statement.schema for record in self._about.get(entity, ())]
        return max(sorted(set(found)), key=found.count, default="")

    def is_a(self, entity: str, ancestor: str) -> bool:
        """Say whether an entity is of a kind or of one that descends from it."""
        return self._schemas.is_a(self.kind(entity), ancestor)

    # --- headings ------------------------------------------------------------------------------

    def _views(self, entity: str) -> dict[str, PropertyView]:
        return fold(self._about.get(entity, ()), self._schemas.is_single, self._behind)

    def _behind(self, entity: str) -> Iterable[str]:
        """Return the authors and publishers of a document: who speaks through it."""
        return {
            record.statement.value["entity"]
            for record in self._about.get(entity, ())
            if record.statement.property in _DOCUMENTS and "entity" in record.statement.value
        } - {entity}

    def _heading(self, name: str, view: PropertyView, kind: str, label: str = "") -> Heading:
        # Where several values can be true together, none has lost to another.
        lost = {
            id(other): rule
            for other, rule in view.passed_over
            if view.single or rule in {"standing", "withdrawn", "denied"}
        }
        said = (
            self._said(value, view.prevailing is value, lost.get(id(value)))
            for value in view.values
        )
        return Heading(name, label or self._label(kind, name), view.contested, tuple(said))

    def _label(self, kind: str, name: str) -> str:
        if not self._schemas.is_known(kind, name):
            return name.removeprefix("x-").replace("-", " ").capitalize()
        return self._schemas.label(f"{kind}.{name}", self._language)

    def _said(self, value: ValueView, prevailing: bool, rule: str | None) -> Said:
        everyone = {
            name: tuple(self._voice(c, name == "withdrawn") for c in sorted(claims, key=_first))
            for name, claims in (
                ("support", value.support),
                ("denied", value.denied),
                ("withdrawn", value.withdrawn),
            )
        }
        return Said(
            text=self.text(value.value),
            prevailing=prevailing,
            lost_by=None if rule is None else self._words.rules[rule],
            sources=value.sources,
            standing=self._standing(value),
            voices=everyone["support"],
            denied=everyone["denied"],
            withdrawn=everyone["withdrawn"],
        )

    def _standing(self, value: ValueView) -> str:
        """Say how many independent sources there are, where that says more than the voices do."""
        if value.confirmed:
            return self._words.confirmed.format(value.sources)
        accepted = sum(claim.standing != UNCONFIRMED for claim in value.support)
        if accepted > 1:
            return self._words.one_voice.format(accepted)
        return ""

    def _voice(self, claim: Recorded, withdrawn: bool) -> Voice:
        said = claim.statement
        letters = f"{said.reliability or '-'}{said.credibility or '-'}"
        grades = [
            self._schemas.label(f"{scale}-{str(grade).lower()}", self._language)
            for scale, grade in (
                ("reliability", said.reliability),
                ("credibility", said.credibility),
            )
            if grade is not None
        ]
        return Voice(
            stance=self._words.stances.get(said.stance, said.stance),
            according_to=self.according_to(claim),
            reliability=grades[0] if said.reliability else None,
            credibility=grades[-1] if said.credibility else None,
            grades=letters if grades else "",
            withdrawn=withdrawn,
            unconfirmed=claim.standing == UNCONFIRMED,
            statement=claim.id,
            device=claim.device,
        )

    def according_to(self, claim: Recorded) -> str:
        """Return source and hearsay chain in words, nearest first, nobody twice in a row."""
        said = claim.statement
        steps = [self._speaker(entity) for entity in (said.source, *said.attribution)]
        names = [name for n, name in enumerate(steps) if n == 0 or name != steps[n - 1]]
        return self._words.heard_from.join(names)

    def _speaker(self, entity: str) -> str:
        """Return who speaks: the authors of a document, else its title, else a name."""
        authors = sorted(self.name(author) for author in self._behind(entity))
        if authors:
            return ", ".join(authors)
        return f"“{self.name(entity)}”" if self.is_a(entity, "Document") else self.name(entity)

    # --- ties ----------------------------------------------------------------------------------

    def _ties(self, entity: str) -> list[Heading]:
        """Return what other entities say of this one: who did it, what it led to, who helped."""
        found: list[Heading] = []
        for tie, name in sorted(self._towards.get(entity, ()), key=lambda t: (self.kind(t[0]), t)):
            kind = self.kind(tie)
            if (kind, name) not in self._words.ties:
                continue
            views = self.views(tie)
            for other in _ordered(n for n in views if n not in UNTOLD and n != name):
                label = f"{self._words.ties[kind, name]}: {self._label(kind, other).lower()}"
                found.append(self._heading(other, views[other], kind, label))
        return found

    def _parts(self, event: str) -> tuple[str, ...]:
        return tuple(
            sorted(
                entity
                for entity, name in self._towards.get(event, ())
                if name == "event" and self.is_a(entity, "Act")
            )
        )

    # --- words ---------------------------------------------------------------------------------

    def text(self, value: Mapping[str, Any]) -> str:
        """Return a value in plain words: dates as people write them, entities by their names."""
        tag = values.kind(value)
        if tag == "entity":
            return self.name(value["entity"])
        shown = self._plain(tag, value)
        return f"{shown} (“{value['as']}”)" if "as" in value and tag != "unknown" else shown

    def _plain(self, tag: str, value: Mapping[str, Any]) -> str:
        bare = {key: item for key, item in value.items() if key != "as"}
        if tag == "date":
            return describe_date(str(value["date"]), self._language)
        if tag == "range" and isinstance(value["range"], list) and len(value["range"]) == 2:
            lower, upper = value["range"]
            unit = f" {value['unit']}" if "unit" in value else ""
            if upper is None:
                return self._words.at_least.format(lower) + unit
            if lower is None:
                return self._words.at_most.format(upper) + unit
        if tag == "place" and isinstance(value["place"], dict):
            return str(value["place"].get("name", ""))
        return values.plain(bare, self._language, self._schemas)

    def _name(self, entity: str) -> str:
        views = self.views(entity)
        names = [v for n in _NAMES if n in views for v in views[n].values if v.live]
        # Names live side by side in several languages: the reader's own goes first.
        own = [v for v in names if v.support[0].statement.lang == self._words.lang]
        for value in (own or names)[:1]:
            return self.text(value.value)
        if not views:
            return self._words.kept_apart.format(entity[:_MARK])
        label = self._schemas.label(self.kind(entity), self._language)
        return f"{label} ({entity[:_MARK]})"

    def _title(self, entity: str) -> str:
        views = self.views(entity)
        kind = views.get("type")
        if not self.is_a(entity, "Act") or any(n in views for n in _NAMES) or kind is None:
            return self.name(entity)
        what = ", ".join(dict.fromkeys(self.text(v.value) for v in kind.values if v.live))
        whom = views.get("victim")
        named = [self.name(v.value["entity"]) for v in whom.values if v.live] if whom else []
        return f"{what[:1].upper()}{what[1:]}: {', '.join(named)}" if named else what

    def _date(self, views: Mapping[str, PropertyView]) -> str | None:
        best = views["startDate"].prevailing if "startDate" in views else None
        return str(best.value["date"]) if best and "date" in best.value else None


def _first(claim: Recorded) -> tuple[bool, str, str]:
    """Order voices as they were written down, doubtful ones last."""
    return (claim.standing == UNCONFIRMED, claim.statement.recorded_at, claim.id)


def _ordered(names: Iterable[str]) -> list[str]:
    return sorted(
        names, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name)
    )


def _day_order(date: str) -> Any:
    try:
        return (0, edtf.order_key(edtf.parse(date)))
    except UsageError:
        return (1, date)


def _order(happening: Happening) -> Any:
    """Order by the prevailing date, the larger event first; undated last."""
    if happening.edtf is None:
        return (1, happening.title, happening.entity)
    return (0, _day_order(happening.edtf), happening.title, happening.entity)
