"""The pages of a case: what happened, who, every statement, both sides, and what is withheld.

    told = Told(case, Telling(case.records, schemas, "en"), schemas, "en", exhibits)
    chronology(told)            # bytes of data/chronology.html

Each value stands with every voice: stance, according to whom, how sure, and the statement's number
in the table. The order is `model.chronology`'s; nothing is left out that is in the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from unburnt.model.chronology import Happening, Heading, Said, Telling, Voice
from unburnt.model.recorded import UNCONFIRMED, Recorded
from unburnt.model.schema import SchemaSet
from unburnt.model.statement import ANSWERING
from unburnt.publish import pages
from unburnt.publish.case import AGAINST, Case
from unburnt.publish.pack_words import Say, speaker
from unburnt.publish.pages import Html, text

PAGES = (
    "chronology",
    "people",
    "statements",
    "contradictions",
    "exculpatory",
    "originals",
    "custody",
)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """An original in the pack: its number, its path, what was recorded of it."""

    number: str
    path: str
    sha256: str
    size: int
    entity: str
    statement: str


@dataclass(frozen=True)
class Told:
    """A case with its words: what every page is made from."""

    case: Case
    telling: Telling
    schemas: SchemaSet
    language: str
    exhibits: tuple[Exhibit, ...]
    pages: tuple[str, ...] = PAGES

    @cached_property
    def say(self) -> Say:
        """The phrases of the language."""
        return speaker(self.language)

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number of each statement in the table, from 1."""
        return {record.id: number for number, record in enumerate(self.case.records, 1)}

    @cached_property
    def entities(self) -> tuple[str, ...]:
        """Every entity that is spoken of, in the order of the logs."""
        return tuple(dict.fromkeys(r.statement.entity for r in self.case.records))

    @cached_property
    def views(self) -> Mapping[str, Happening]:
        """All that is said of each entity."""
        return {one: self.telling.view(one, whole=True) for one in self.entities}

    @cached_property
    def title(self) -> str:
        """What the case is called; a link between events by what it links."""
        seen = self.views[self.case.entity]
        ends = [
            heading.values[0].text
            for name in ("event", "relatedEvent")
            for heading in seen.headings
            if heading.property == name and seen.kind == "ChainOfEvents"
        ]
        return " → ".join(ends) if len(ends) == 2 else seen.title

    def about(self, record: Recorded) -> str:
        """Return what a statement is about, as its title."""
        return self.views[record.statement.entity].title

    def label(self, record: Recorded) -> str:
        """Return the words for a statement's property."""
        said = record.statement
        for heading in self.views[said.entity].headings:
            if heading.property == said.property:
                return heading.label
        if self.schemas.is_known(said.schema, said.property):
            return self.schemas.label(f"{said.schema}.{said.property}", self.language)
        return said.property.removeprefix("x-").replace("-", " ").capitalize()

    def sure(self, record: Recorded) -> str:
        """Return the grades of a statement in words."""
        said, label, say = record.statement, self.schemas.label, self.say
        words = []
        if said.reliability:
            grade = label(f"reliability-{said.reliability.lower()}", self.language)
            words.append(say("reliability", grade=grade))
        if said.credibility:
            grade = label(f"credibility-{said.credibility}", self.language)
            words.append(say("credibility", grade=grade))
        return "; ".join(words) or say("ungraded")

    def marks(self, record: Recorded) -> str:
        """Return what must be known of a statement before it is quoted."""
        marks = [self.say("unconfirmed")] if record.standing == UNCONFIRMED else []
        if record.id in self.taken_back:
            marks.append(self.say("withdrawn"))
        return "; ".join(marks)

    @cached_property
    def taken_back(self) -> frozenset[str]:
        """The ids of the statements that another one here answers."""
        return frozenset(r.statement.answers for r in self.case.records if r.statement.answers)

    def nav(self) -> list[Html]:
        """Return the links that stand above each page of the case."""
        inside = [pages.link(f"{name}.html", self.say(name)) for name in self.pages]
        return [pages.link("../index.html", self.say("index")), *inside]

    def page(self, name: str, parts: Iterable[Html]) -> bytes:
        """Return a page of the case."""
        return pages.page(self.say(name), self.language, parts, self.nav())


def chronology(told: Told) -> bytes:
    """Return the page that tells the case in order."""
    happenings = [h for h in told.telling.chronology() if h.entity in told.case.core]
    parts: list[Html] = []
    if all(told.case.entity != h.entity for h in happenings):
        seen = replace(told.views[told.case.entity], title=told.title)
        parts += [pages.heading(2, told.say("the-case")), _happening(told, seen, 3)]
    parts += [_happening(told, happening, 2) for happening in happenings]
    return told.page("chronology", parts)


def people(told: Told) -> bytes:
    """Return the page of those who are spoken of, the papers, and everything else."""
    groups: dict[str, list[Html]] = {"persons": [], "papers": [], "other": []}
    ordered = sorted(told.entities, key=lambda one: (told.views[one].title, one))
    for one in ordered:
        if one in told.case.core:
            continue
        kinds = (("LegalEntity", "persons"), ("Document", "papers"), ("Record", "other"))
        group = next((g for kind, g in kinds if told.telling.is_a(one, kind)), "other")
        groups[group].append(_happening(told, told.views[one], 3))
    parts: list[Html] = []
    for group, found in groups.items():
        parts += [pages.heading(2, told.say(group)), *(found or [_nothing(told, "nothing-told")])]
    return told.page("people", parts)


def statements(told: Told, proofs: Mapping[str, str]) -> bytes:
    """Return the page of the table; `proofs` maps ids to their files, relative to the pack."""
    say = told.say
    names = ("number", "about", "says", "stance", "according-to", "how-sure", "proof")
    rows = []
    for record in told.case.records:
        said, number = record.statement, told.numbers[record.id]
        value = pages.lines(told.telling.text(said.value))
        answered = [pages.paragraph(_answers(told, record), "note")] if said.answers else []
        marks = [_mark(told.marks(record))] if told.marks(record) else []
        proof = proofs.get(record.id)
        rows.append(
            (
                pages.tag("span", text(number), id=f"s{number}"),
                text(told.about(record)),
                pages.join(
                    [pages.tag("strong", text(f"{told.label(record)}: ")), value, *answered]
                ),
                pages.join([text(stance(told, record)), Html(" "), *marks]),
                text(told.telling.according_to(record)),
                text(told.sure(record)),
                pages.link(f"../{proof}", record.id[:8]) if proof else text(record.id[:8]),
            )
        )
    return told.page("statements", [pages.table([say(name) for name in names], rows)])


def contradictions(told: Told) -> bytes:
    """Return the page of what cannot all be true, every value with its voices, side by side."""
    parts: list[Html] = [pages.paragraph(told.say("side-note"), "note")]
    for view, heading in contested(told):
        boxes = [_side(told, said) for said in heading.values]
        parts += [
            pages.heading(2, f"{view.title} — {heading.label}"),
            pages.tag("div", *boxes, class_="sides"),
        ]
    if len(parts) == 1:
        parts.append(_nothing(told, "no-contradictions"))
    return told.page("contradictions", [*parts, looked(told)])


def contested(told: Told) -> Iterator[tuple[Happening, Heading]]:
    """Yield every contested heading once, with the entity it is said of."""
    seen: set[frozenset[str]] = set()
    for one in told.entities:
        for heading in told.views[one].headings:
            voices = frozenset(v.statement for said in heading.values for v in everyone(said))
            if heading.contested and voices not in seen:
                seen.add(voices)
                yield told.views[one], heading


def originals(told: Told) -> bytes:
    """Return the page of the files, with their digests."""
    if not told.exhibits:
        return told.page("originals", [_nothing(told, "no-originals")])
    names = ("exhibit", "about", "file", "bytes", "sha256", "statements")
    rows = [
        (
            text(one.number),
            text(told.views[one.entity].title),
            pages.link(one.path.removeprefix("data/"), one.path.rpartition("/")[2]),
            text(one.size),
            pages.digest(one.sha256),
            _number(told, one.statement),
        )
        for one in told.exhibits
    ]
    return told.page("originals", [pages.table([told.say(name) for name in names], rows)])


def looked(told: Told) -> Html:
    """Return where was looked: said even, and above all, where nothing was found."""
    counts = {"statements": len(told.case.records), "entities": len(told.entities)}
    return pages.paragraph(told.say("looked", **counts), "note")


def everyone(said: Said) -> tuple[Voice, ...]:
    """Return all voices of a value, for, against and withdrawn."""
    return (*said.voices, *said.denied, *said.withdrawn)


def stance(told: Told, record: Recorded) -> str:
    """Return a statement's stance in words."""
    return told.schemas.label(record.statement.stance, told.language)


def against(told: Told) -> list[Recorded]:
    """Return what is marked as speaking for the other side."""
    return [
        record
        for record in told.case.records
        if (record.statement.schema, record.statement.property) in AGAINST
        and record.statement.value != {"flag": False}
    ]


def line(told: Told, record: Recorded) -> Html:
    """Return one statement in one paragraph, with everything that must be known of it."""
    said = record.statement
    words = f"{told.about(record)} — {told.label(record)}: "
    voice = f"{stance(told, record)}; {told.telling.according_to(record)}; {told.sure(record)}"
    more = [_answers(told, record)] if said.stance in ANSWERING else []
    marks = [told.marks(record)] if told.marks(record) else []
    note = f"{told.say('according-to')}: {voice}"
    return pages.join(
        [
            text(words),
            pages.tag("strong", pages.lines(told.telling.text(said.value))),
            pages.tag(
                "div", text("; ".join([note, *more, *marks])), Html(" "), _number(told, record.id)
            ),
        ]
    )


def _answers(told: Told, record: Recorded) -> str:
    number = told.numbers.get(record.statement.answers or "")
    return told.say("answers", number=number) if number else told.say("answers-other")


def _happening(told: Told, happening: Happening, level: int) -> Html:
    mark = [Html(" "), _mark(told.say("contested"))] if happening.contested else []
    kind = told.schemas.label(happening.kind, told.language) if happening.kind else ""
    date = happening.date or (
        told.say("undated") if told.telling.is_a(happening.entity, "Event") else ""
    )
    parts = [
        pages.heading(level, happening.title, *mark, id_=f"e-{happening.entity}"),
        pages.paragraph(" · ".join(part for part in (date, kind) if part), "note"),
    ]
    for heading in happening.headings:
        parts.append(_heading(told, heading, min(level + 1, 5)))
    parts += [_happening(told, part, min(level + 1, 5)) for part in happening.parts]
    return pages.tag("section", *parts)


def _heading(told: Told, heading: Heading, level: int) -> Html:
    mark = [Html(" "), _mark(told.say("contested"))] if heading.contested else []
    inside = [pages.items([_said(told, said) for said in heading.values])]
    return pages.join([pages.heading(min(level, 6), heading.label, *mark), *inside])


def _said(told: Told, said: Said) -> Html:
    parts = [pages.tag("strong", pages.lines(said.text))]
    if said.lost_by:
        parts += [
            Html(" "),
            pages.tag("span", text(told.say("passed-over", rule=said.lost_by)), class_="note"),
        ]
    if said.standing:
        parts.append(pages.tag("div", text(said.standing), class_="note"))
    parts.append(_voices(told, said.voices))
    parts.append(_voices(told, (*said.denied, *said.withdrawn), "against"))
    return pages.join(parts)


def _side(told: Told, said: Said) -> Html:
    parts = [pages.tag("strong", pages.lines(said.text))]
    if said.standing:
        parts.append(pages.paragraph(said.standing, "note"))
    for name, voices in (("for", said.voices), ("against", (*said.denied, *said.withdrawn))):
        shown = _voices(told, voices, name) or pages.paragraph(told.say("nobody"), "note")
        parts += [pages.heading(3, told.say(name)), shown]
    return pages.tag("div", *parts, class_="box")


def _voices(told: Told, voices: Iterable[Voice], side: str = "") -> Html:
    return pages.items((_voice(told, voice) for voice in voices), f"voices {side}".strip())


def _voice(told: Told, voice: Voice) -> Html:
    say = told.say
    grades = [
        say(name, grade=grade)
        for name, grade in (("reliability", voice.reliability), ("credibility", voice.credibility))
        if grade
    ]
    sure = f"{voice.grades} ({'; '.join(grades)})" if grades else say("ungraded")
    marks = [say("withdrawn")] if voice.withdrawn else []
    marks += [say("unconfirmed")] if voice.unconfirmed else []
    return pages.join(
        [
            text(f"{voice.stance}: {voice.according_to} — {say('how-sure').lower()}: {sure} "),
            *(pages.join([_mark(mark), Html(" ")]) for mark in marks),
            _number(told, voice.statement),
        ]
    )


def _number(told: Told, statement: str) -> Html:
    number = told.numbers[statement]
    return pages.link(f"statements.html#s{number}", told.say("statement", number=number))


def _mark(words: str) -> Html:
    return pages.tag("span", text(words), class_="mark")


def _nothing(told: Told, phrase: str) -> Html:
    return pages.paragraph(told.say(phrase))
