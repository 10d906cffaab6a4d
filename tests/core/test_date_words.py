"""Dates in words: as much as is known, never more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core.date_words import LANGUAGES, describe_date

CASES = {
    "a day": ("2018-01-09", "9 January 2018", "9 января 2018"),
    "about a day": ("2018-01-23~", "about 23 January 2018", "около 23 января 2018"),
    "perhaps a month": ("2018-01?", "perhaps January 2018", "возможно, январь 2018"),
    "a month": ("2018-01", "January 2018", "январь 2018"),
    "about a month": ("2018-01~", "about January 2018", "около января 2018"),
    "a year": ("2017", "2017", "2017 год"),
    "a day in its twenties": (
        "2018-01-2X",
        "between 20 and 29 January 2018",
        "в промежутке от 20 до 29 января 2018",
    ),
    "a day or earlier": (
        "[..2017-12-20]",
        "20 December 2017 or earlier",
        "20 декабря 2017 или раньше",
    ),
    "one of two years": ("[2016,2018]", "2016 or 2018", "2016 год или 2018 год"),
    "a stretch of days": (
        "2018-01-09/2018-01-11",
        "from 9 January 2018 to 11 January 2018",
        "с 9 января 2018 до 11 января 2018",
    ),
    "still going on": ("2018-01-09/..", "from 9 January 2018 on", "начиная с 9 января 2018"),
    "end not known": (
        "2018-01-09/",
        "from 9 January 2018, end not known",
        "с 9 января 2018, конец неизвестен",
    ),
    "a season": ("2018-24", "winter 2018", "зима 2018"),
    "not a date": ("one evening", "one evening", "one evening"),
}


@pytest.mark.parametrize(("text", "english", "russian"), CASES.values(), ids=CASES.keys())
def test_a_date_is_said_as_people_write_it(text: str, english: str, russian: str) -> None:
    assert describe_date(text, "en") == english
    assert describe_date(text, "ru") == russian
    assert describe_date(text, "tlh") == english, "English where a language is not known"


@given(st.dates(), st.sampled_from(LANGUAGES))
def test_day_and_year_are_never_lost(day: object, language: str) -> None:
    year, _, last = str(day).split("-")
    said = describe_date(str(day), language)
    assert said.startswith(f"{int(last)} ")
    assert said.endswith(f" {int(year)}")


@given(st.text(max_size=40), st.sampled_from(LANGUAGES))
def test_any_text_gives_words(text: str, language: str) -> None:
    assert isinstance(describe_date(text, language), str)
