"""What a schema is made of: terms, vocabularies, properties, schemas; frozen, without behaviour.

    Property(name="birthDate", labels={"en": "Date of birth", "ru": "Дата рождения"},
             kinds=("date",), reason="…", huridocs="911", ftm="Person.birthDate", single=True)

docs/spec/schema.md says what each key means. These values never check anything: `schema_reading`
has done so, and `schema.SchemaSet` answers questions about them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Labels = Mapping[str, str]  # language -> words; "en" and "ru" are always there


@dataclass(frozen=True, slots=True)
class Term:
    """One answer of a vocabulary, named by a code that no other vocabulary uses."""

    code: str
    labels: Labels
    broader: str | None = None  # the term this one is a special case of
    huridocs: str | None = None  # "MT4 030101"
    ftm: str | None = None  # "role.act"
    gap: bool = False  # the external vocabulary has no such term
    reason: str | None = None
    retired: bool = False  # readable, no longer writable


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A closed list of terms for one question, in order of display."""

    name: str
    labels: Labels
    reason: str
    terms: Mapping[str, Term]
    huridocs: str | None = None  # "MT4"


@dataclass(frozen=True, slots=True)
class Property:
    """Something that can be said of a schema's entities; `kinds[0]` is what a form offers."""

    name: str
    labels: Labels
    kinds: tuple[str, ...]
    reason: str
    vocabulary: str | None = None
    range: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    single: bool = False
    sensitive: bool = False
    huridocs: str | None = None  # "2109"
    ftm: str | None = None  # "Interval.startDate"


@dataclass(frozen=True, slots=True)
class Schema:
    """A kind of entity with all its properties, inherited ones included."""

    name: str
    labels: Labels
    reason: str
    properties: Mapping[str, Property]
    ancestors: tuple[str, ...]  # itself first, then parents, nearest first
    abstract: bool = False
    ftm: str | None = None
    huridocs: str | None = None  # "21xx"
