"""Stances and grades: what may be typed, what is computed, what comes from HURIDOCS."""

from __future__ import annotations

import pytest

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.model import grades, statement
from unburnt.model.schema import builtin

FROM_HURIDOCS = {
    "highly reliable needs a record to be A": ("Highly reliable", "B"),
    "likely reliable": ("Likely reliable", "C"),
    "unsure is not the middle": ("Unsure", "F"),
    "likely unreliable": ("Likely unreliable", "D"),
    "highly unreliable": (" highly unreliable ", "E"),
    "unknown": ("Unknown", "F"),
    "a short code": ("01", "B"),
    "a long code": ("040000000000", "D"),
    "unknown by code": ("990000000000", "F"),
}


@pytest.mark.parametrize(("word", "letter"), FROM_HURIDOCS.values(), ids=FROM_HURIDOCS)
def test_a_word_of_list_42_becomes_a_letter(word: str, letter: str) -> None:
    assert grades.from_huridocs(word) == letter


@pytest.mark.parametrize("word", ["", "reliable", "06", "010100000000", "0", "A", "٠١"])
def test_another_word_is_foreign(word: str) -> None:
    with pytest.raises(ForeignDataError):
        grades.from_huridocs(word)


def test_credibility_one_is_refused_with_its_reason() -> None:
    with pytest.raises(UsageError, match="computed from independent sources"):
        grades.check_credibility(1)


@pytest.mark.parametrize("grade", [0, 7, True, "2", 2.0, None, [2]])
def test_what_is_no_credibility_is_refused(grade: object) -> None:
    with pytest.raises(UsageError, match="not a grade of credibility"):
        grades.check_credibility(grade)


@pytest.mark.parametrize("grade", ["G", "a", "", "AB", 1, None, ["A"]])
def test_what_is_no_reliability_is_refused(grade: object) -> None:
    with pytest.raises(UsageError, match="not a grade of reliability"):
        grades.check_reliability(grade)


@pytest.mark.parametrize("word", ["Denied", "believed", "", None, ["denied"]])
def test_what_is_no_stance_is_refused(word: object) -> None:
    with pytest.raises(UsageError, match="not a stance"):
        grades.check_stance(word)


def test_all_grades_and_stances_pass() -> None:
    for letter in "ABCDEF":
        grades.check_reliability(letter)
    for number in range(2, 7):
        grades.check_credibility(number)
    for word in grades.STANCES:
        grades.check_stance(word)


def test_the_words_are_those_of_the_statement() -> None:
    assert tuple(grades.STANCES) == statement.STANCES
    assert {word for word, stance in grades.STANCES.items() if stance.answers} == set(
        statement.ANSWERING
    )


def test_every_grade_and_stance_has_its_label() -> None:
    vocabularies = builtin().vocabularies
    credibility = (grades.COMPUTED, *grades.CREDIBILITY.values())
    assert [grade.term for grade in credibility] == list(vocabularies["credibility"].terms)
    reliability = [grade.term for grade in grades.RELIABILITY.values()]
    assert reliability == list(vocabularies["reliability"].terms)
    assert tuple(grades.STANCES) == tuple(vocabularies["stances"].terms)
    for letter, grade in grades.RELIABILITY.items():
        assert builtin().label(grade.term, "en").startswith(f"{letter}: ")
