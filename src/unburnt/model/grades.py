"""Stances and the two grades: who stands behind a value, and how far it is to be believed.

    STANCES["denied"]      -> Stance(word="denied", answers=False)
    RELIABILITY["B"]       -> Grade(code="B", term="reliability-b")
    check_credibility(1)   -> UsageError: it is computed, not typed

Reliability is of the source, credibility of the one piece of information (Admiralty system,
docs/spec/schema.md). F and 6 mean "cannot be judged"; nothing here turns a grade into a number
that could be averaged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from unburnt.core.errors import ForeignDataError, UsageError


@dataclass(frozen=True, slots=True)
class Stance:
    """How a source stands to a value; the word is also the code of its label."""

    word: str
    answers: bool  # names the statement it takes back or replaces


@dataclass(frozen=True, slots=True)
class Grade:
    """One grade and the code of the term that has its label."""

    code: str | int
    term: str


STANCES: Mapping[str, Stance] = MappingProxyType(
    {
        "asserted": Stance("asserted", answers=False),
        "alleged": Stance("alleged", answers=False),
        "reported": Stance("reported", answers=False),
        "denied": Stance("denied", answers=False),
        "retracted": Stance("retracted", answers=True),
        "superseded": Stance("superseded", answers=True),
    }
)
RELIABILITY: Mapping[str, Grade] = MappingProxyType(
    {letter: Grade(letter, f"reliability-{letter.lower()}") for letter in "ABCDEF"}
)
COMPUTED = Grade(1, "credibility-1")  # from two sources that share no ancestor
CREDIBILITY: Mapping[int, Grade] = MappingProxyType(  # what people may type
    {number: Grade(number, f"credibility-{number}") for number in range(2, 7)}
)

# List 42 by code and by the English word, one way only; "highly" is B since A asks for a record.
_FROM_HURIDOCS = {
    "01": "B",
    "02": "C",
    "03": "F",
    "04": "D",
    "05": "E",
    "99": "F",
    "highly reliable": "B",
    "likely reliable": "C",
    "unsure": "F",
    "likely unreliable": "D",
    "highly unreliable": "E",
    "unknown": "F",
}


def check_stance(word: object) -> None:
    """Raise UsageError unless `word` is a stance."""
    if not isinstance(word, str) or word not in STANCES:
        raise UsageError("This is not a stance.", f"Use one of {', '.join(STANCES)}.")


def check_reliability(grade: object) -> None:
    """Raise UsageError unless `grade` is a letter from A to F."""
    if not isinstance(grade, str) or grade not in RELIABILITY:
        raise UsageError(
            "This is not a grade of reliability.",
            "Use A (completely reliable) to E (unreliable), or F where it cannot be judged.",
        )


def check_credibility(grade: object) -> None:
    """Raise UsageError unless `grade` is a whole number from 2 to 6: what people may write down."""
    if type(grade) is int and grade == COMPUTED.code:
        raise UsageError(
            "Credibility 1 (confirmed) is computed from independent sources, never typed.",
            "Record the other source's own statement; write 2 for this one if it is likely.",
        )
    if type(grade) is not int or grade not in CREDIBILITY:
        raise UsageError(
            "This is not a grade of credibility.",
            "Use 2 (probably true) to 5 (improbable), or 6 where it cannot be judged.",
        )


def from_huridocs(word: str) -> str:
    """Return the reliability letter for a word or code of HURIDOCS list 42.

    The original word is to be kept beside it. Raises ForeignDataError for any other word.
    """
    key = word.strip().lower()
    if key.isdigit() and len(key) % 2 == 0:
        key = key[:2] if not key[2:].strip("0") else key
    letter = _FROM_HURIDOCS.get(key)
    if letter is None:
        raise ForeignDataError(
            "This is not one of the six words of HURIDOCS list 42.",
            "Choose a letter from A to F by hand and keep the original word as a remark.",
        )
    return letter
