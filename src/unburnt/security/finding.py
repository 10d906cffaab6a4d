"""A finding: what a check has to say, as a code with values, and as a sentence with a next step.

    values = {"site": "stick", "entries": 3, "age": Span(7200)}
    finding = Finding(Level.AMBER, "site-behind", values)
    describe(finding, SENTENCES)      "stick was last written 2 h ago; entries it lacks: 3."
    advise(finding, SENTENCES)        "Sync it."

Programs read code and values, people the sentence. Sentences are whole templates that `_` marks for
translation and `translate` looks up; numbers come after a colon, so that no plural is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple, TypeAlias


class Level(IntEnum):
    """How bad it is; the worst of several holds for the whole."""

    GREEN = 0
    AMBER = 1
    RED = 2


class Span(int):
    """A length of time in whole seconds."""


class Word(str):
    """A word or sentence of our own among the values: it is translated like a template."""

    __slots__ = ()


class Sentence(NamedTuple):
    """What is the case, and what to do next ("" when there is nothing to do)."""

    says: str
    step: str = ""


Dated: TypeAlias = tuple[str, Span]
Value: TypeAlias = str | int | tuple[str, ...] | tuple[Dated, ...]
Values: TypeAlias = Mapping[str, Value]
Translate: TypeAlias = Callable[[str], str]
Sentences: TypeAlias = Mapping[str, Sentence]


@dataclass(frozen=True, slots=True)
class Finding:
    """A level, a code, and the values that belong to it."""

    level: Level
    code: str
    values: Values = field(default_factory=dict)


def _(text: str) -> str:
    """Mark a template for translation."""
    return text


_NONE = _("none")
_PAIR = _("{first} and {second}")
_DATED = _("{age} old in {place}")
_SPANS = (
    (2 * 86_400, 86_400, _("{count} days")),
    (2 * 3_600, 3_600, _("{count} h")),
    (0, 60, _("{count} min")),
)


def worst(findings: tuple[Finding, ...]) -> Level:
    """Return the worst level; RED for no findings at all: nothing was looked at."""
    return max((finding.level for finding in findings), default=Level.RED)


def describe(finding: Finding, sentences: Sentences, translate: Translate = str) -> str:
    """Return what a finding says, in the language of `translate`."""
    return _fill(sentences[finding.code].says, finding, translate)


def advise(finding: Finding, sentences: Sentences, translate: Translate = str) -> str:
    """Return the next step of a finding, "" when there is none."""
    step = sentences[finding.code].step
    return _fill(step, finding, translate) if step else ""


def _fill(template: str, finding: Finding, translate: Translate) -> str:
    values = {name: _spell(value, translate) for name, value in finding.values.items()}
    return translate(template).format_map(values)


def _spell(value: Value, translate: Translate) -> str:
    if isinstance(value, Word):
        return translate(value)
    if isinstance(value, Span):
        return _span(value, translate)
    if not isinstance(value, tuple):
        return str(value)
    return _listed([_item(item, translate) for item in value], translate)


def _item(item: str | Dated, translate: Translate) -> str:
    if isinstance(item, str):
        return item
    place, age = item
    return translate(_DATED).format(age=_span(age, translate), place=place)


def _listed(items: list[str], translate: Translate) -> str:
    if not items:
        return translate(_NONE)
    if len(items) == 1:
        return items[0]
    return translate(_PAIR).format(first=", ".join(items[:-1]), second=items[-1])


def _span(span: Span, translate: Translate) -> str:
    unit, template = next((unit, text) for least, unit, text in _SPANS if span >= least)
    return translate(template).format(count=span // unit)
