"""Plain search finds what a person would call the same text, in any string of a value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.index.cases import Log, opened, said
from unburnt.core.errors import UsageError
from unburnt.index import search
from unburnt.index.search import fold, texts
from unburnt.index.tables import Index

SAME = {
    "capitals": ("МАХАЧКАЛА", "махачкала"),
    "sharp s": ("Straße", "STRASSE"),
    "wide letters": ("ＡＢＣ１２", "abc12"),
    "a ligature": ("ﬁre", "FIRE"),
    "final sigma": ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    "an accent in two pieces": ("e\u0301te\u0301", "ÉTÉ"),
    "a sign that folds into two pieces": ("ŉ", "ʼN"),
}
DIFFERENT = {
    "letters that only look alike": ("Сhечня", "Чечня"),
    "an accent and none": ("été", "ete"),
    "short i and i": ("й", "и"),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_the_same_text_folds_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other) == fold(fold(one))


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_different_texts_fold_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_all_strings_of_a_value_are_looked_at_and_no_key() -> None:
    value = {"place": {"name": "Грозный", "lat": "43.3"}, "x": ["a", {"y": "b"}, 1, None, True]}
    assert list(texts(value)) == ["Грозный", "43.3", "a", "b"]


VALUES: list[dict[str, Any]] = [
    {"text": "Сожжён автомобиль «Мемориала»"},
    {"as": "в понедельник вечером", "date": "2018-01-22"},
    {"place": {"name": "Махачкала", "precision": 2}},
    {"note": "masked, not identified", "term": "carried-out"},
    {"text": 'tab\there, "quoted" \\ and МАХАЧКАЛА'},
    {"newer": ["unknown tag", {"deep": "МЕМОРИАЛ"}]},
]
FOUND = {
    "a word in other case": ("мемориал", [0, 5]),
    "words of a source": ("Понедельник", [1]),
    "part of a word": ("хачкал", [2, 4]),
    "a term": ("CARRIED-OUT", [3]),
    "a quotation mark as it was written": ('"QUOTED" \\', [4]),
    "a tab": ("tab\tHere", [4]),
    "a key is no text": ("precision", []),
    "texts are not joined": ("tagмемориал", []),
    "a per cent sign is itself": ("%", []),
}


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    monkeypatch.setattr(search, "_CHUNK", 2)
    with opened(tmp_path / "index.db") as index:
        index.apply([Log("d").entry(*[said(value) for value in VALUES])])
        yield index


@pytest.mark.parametrize(("wanted", "places"), FOUND.values(), ids=FOUND)
def test_what_is_found(index: Index, wanted: str, places: list[int]) -> None:
    assert sorted(r.position for r in index.find(wanted, 10)) == places


def test_no_more_are_given_than_asked_for_those_applied_first(index: Index) -> None:
    assert [r.position for r in index.find("мемориал", 1)] == [0]
    assert index.find("мемориал", 0) == []


def test_an_empty_text_is_not_looked_for(index: Index) -> None:
    with pytest.raises(UsageError, match="nothing to look for"):
        index.find("", 10)
