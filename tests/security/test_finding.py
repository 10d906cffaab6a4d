"""Findings are whole sentences in any language."""

from __future__ import annotations

import pytest

from unburnt.security.finding import (
    Finding,
    Level,
    Sentence,
    Span,
    Value,
    Word,
    advise,
    describe,
    worst,
)

SENTENCES = {"x": Sentence("{a} it is.", "Look at {a}."), "y": Sentence("Nothing to do.")}

VALUES: dict[str, tuple[Value, str]] = {
    "a word": ("stick", "stick it is."),
    "braces in a word": ("{b}", "{b} it is."),
    "a word of our own": (Word("building"), "building it is."),
    "a number": (3, "3 it is."),
    "none of them": ((), "none it is."),
    "one of them": (("a",), "a it is."),
    "two of them": (("a", "b"), "a and b it is."),
    "three of them": (("a", "b", "c"), "a, b and c it is."),
    "no time": (Span(0), "0 min it is."),
    "minutes": (Span(119 * 60), "119 min it is."),
    "hours": (Span(2 * 3600), "2 h it is."),
    "less than two days": (Span(2 * 86400 - 1), "47 h it is."),
    "days": (Span(9 * 86400), "9 days it is."),
    "ages of places": (
        (("A", Span(7200)), ("B", Span(9 * 86400))),
        "2 h old in A and 9 days old in B it is.",
    ),
}


@pytest.mark.parametrize(("value", "said"), VALUES.values(), ids=VALUES.keys())
def test_values_are_spelled(value: Value, said: str) -> None:
    finding = Finding(Level.RED, "x", {"a": value})
    assert describe(finding, SENTENCES) == said
    assert advise(finding, SENTENCES) == f"Look at {said.removesuffix(' it is.')}."


def test_a_finding_without_a_next_step_advises_nothing() -> None:
    assert advise(Finding(Level.GREEN, "y"), SENTENCES) == ""


def test_templates_are_translated_before_they_are_filled() -> None:
    russian = {"{a} it is.": "Это {a}.", "{first} and {second}": "{first} и {second}"}
    finding = Finding(Level.AMBER, "x", {"a": ("стик", "диск")})
    assert describe(finding, SENTENCES, lambda text: russian[text]) == "Это стик и диск."


def test_words_of_our_own_are_translated_and_names_never() -> None:
    russian = {"{a} it is.": "Это {a}.", "building": "здание"}
    for value, said in ((Word("building"), "Это здание."), ("building", "Это building.")):
        finding = Finding(Level.AMBER, "x", {"a": value})
        assert describe(finding, SENTENCES, lambda text: russian[text]) == said


def test_the_worst_finding_counts_and_none_at_all_is_red() -> None:
    assert worst((Finding(Level.GREEN, "y"), Finding(Level.AMBER, "y"))) is Level.AMBER
    assert worst((Finding(Level.GREEN, "y"),)) is Level.GREEN
    assert worst(()) is Level.RED
