"""Phrases become dates only where they have one reading, and never say more than they said."""

from __future__ import annotations

import contextlib
import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared_data import shared
from unburnt.core.edtf import Edtf, parse
from unburnt.core.errors import UsageError
from unburnt.core.humandate import read_table_date, suggest

UNDERSTOOD = {
    "2018-01-09": "2018-01-09",
    " [..2018-05-15] ": "[..2018-05-15]",
    # a day
    "9 January 2018": "2018-01-09",
    "9th of January, 2018": "2018-01-09",
    "the 9th January 2018": "2018-01-09",
    "January 9, 2018": "2018-01-09",
    "Jan. 9, 2018": "2018-01-09",
    "on 9 Jan 2018": "2018-01-09",
    "09.01.2018": "2018-01-09",
    "9.1.2018": "2018-01-09",
    "2018.01.09": "2018-01-09",
    "2018-1-9": "2018-01-09",
    "25/1/2018": "2018-01-25",
    "1/25/2018": "2018-01-25",
    "9/9/2018": "2018-09-09",
    "9 января 2018": "2018-01-09",
    "9 января 2018 г.": "2018-01-09",
    "9 января 2018г.": "2018-01-09",
    "9-го января 2018 года": "2018-01-09",
    "29 февраля 2016 года": "2016-02-29",
    "Tuesday, 9 January 2018": "2018-01-09",
    "во вторник, 9 января 2018 года": "2018-01-09",
    # less than a day
    "on the evening of 9 January 2018": "2018-01-09",
    "9 January 2018 in the evening": "2018-01-09",
    "9 January 2018 at 21:00": "2018-01-09",
    "9 января 2018 вечером": "2018-01-09",
    "утром 9 января 2018": "2018-01-09",
    "9 января 2018 г. в 21:00": "2018-01-09",
    "в ночь на 10 января 2018": "[2018-01-09,2018-01-10]",
    "в ночь на 1 января 2018 г.": "[2017-12-31,2018-01-01]",
    "в ночь с 9 на 10 января 2018": "[2018-01-09,2018-01-10]",
    "the night of 31 January to 1 February 2018": "[2018-01-31,2018-02-01]",
    # a month, a year, a season
    "January 2018": "2018-01",
    "in January 2018": "2018-01",
    "в мае 2018 г.": "2018-05",
    "05.2018": "2018-05",
    "the year 2018": "2018",
    "в 2018 году": "2018",
    "1990s": "199X",
    "in the 1990s": "199X",
    "в 1990-х годах": "199X",
    "spring of 2018": "2018-21",
    "winter 2018": "2018-24",
    "зимой 2018 г.": "2018-24",
    "летом 2018 года": "2018-22",
    # wider, because EDTF has no word for it
    "late January 2018": "2018-01",
    "mid-January 2018": "2018-01",
    "at the end of January 2018": "2018-01",
    "в конце января 2018": "2018-01",
    "early 2018": "2018",
    "в начале 2018 г.": "2018",
    # marks
    "about 9 January 2018": "2018-01-09~",
    "ca. 2018": "2018~",
    "около 9 января 2018 г.": "2018-01-09~",
    "примерно в мае 2018": "2018-05~",
    "9 January 2018?": "2018-01-09?",
    "perhaps in January 2018": "2018-01?",
    "возможно, 9 января 2018": "2018-01-09?",
    "possibly about 2018": "2018%",
    "about late January 2018": "2018-01~",
    # two dates
    "between 9 and 11 January 2018": "[2018-01-09..2018-01-11]",
    "between 30 January and 2 February 2018": "[2018-01-30..2018-02-02]",
    "between January and March 2018": "[2018-01..2018-03]",
    "между 9 и 11 января 2018": "[2018-01-09..2018-01-11]",
    "9-11 January 2018": "2018-01-09/2018-01-11",
    "9–11 января 2018 г.": "2018-01-09/2018-01-11",
    "January 9–11, 2018": "2018-01-09/2018-01-11",
    "from 30 January to 2 February 2018": "2018-01-30/2018-02-02",
    "с 9 по 11 января 2018": "2018-01-09/2018-01-11",
    "со 2 по 3 мая 2018": "2018-05-02/2018-05-03",
    "January to March 2018": "2018-01/2018-03",
    "2017–2018": "2017/2018",
    "2017-2018": "2017/2018",
    "09.01.2018 - 11.01.2018": "2018-01-09/2018-01-11",
    "9 or 11 January 2018": "[2018-01-09,2018-01-11]",
    "9 или 11 января 2018": "[2018-01-09,2018-01-11]",
    "9 and 11 January 2018": "{2018-01-09,2018-01-11}",
    "January 9 and 11, 2018": "{2018-01-09,2018-01-11}",
    # one side
    "before 2018-05": "[..2018-04]",
    "before 1 January 2018": "[..2017-12-31]",
    "ранее мая 2018": "[..2018-04]",
    "after 31 December 2018": "[2019-01-01..]",
    "после 28 февраля 2016": "[2016-02-29..]",
    "after 2018": "[2019..]",
    "by 15 May 2018": "[..2018-05-15]",
    "до 15 мая 2018": "[..2018-05-15]",
    "не позднее мая 2018": "[..2018-05]",
    "not before May 2018": "[2018-05..]",
    "since March 2018": "2018-03/..",
    "с 9 января 2018": "2018-01-09/..",
    "c 9 января 2018": "2018-01-09/..",  # with a Latin c
}

NOT_UNDERSTOOD = {
    "empty": "",
    "no date": "this is not a date",
    "no year": "9 January",
    "no year in Russian": "9 января",
    "a month alone": "January",
    "yesterday": "yesterday",
    "a weekday": "Monday",
    "day or month first": "9/1/2018",
    "a year of two digits": "9.1.18",
    "a decade of two digits": "the 90s",
    "decade or century": "1900s",
    "a century, which is not 18XX": "19th century",
    "two years or a part of a year": "1910-30",
    "two years or a season": "1918-24",
    "two years or an impossible month": "2017-18",
    "a winter over two years": "winter 2017-2018",
    "a winter over two years in Russian": "зимой 2017/18",
    "the wrong weekday": "Monday 9 January 2018",
    "a weekday of an impossible date": "Monday 9.45.2018",
    "a weekday of a month": "Monday January 2018",
    "a day that never was": "30 February 2018",
    "the day before a day that never was": "before 31 June 2018",
    "a night over three days": "the night of 9 to 11 January 2018",
    "a night that may be either": "the night of 9 January 2018",
    "backwards": "11-9 January 2018",
    "between unequal dates": "between 9 January and March 2018",
    "between a day and a year": "between 9 and 2018",
    "about a span": "about between 9 and 11 January 2018",
    "denied": "not 9 January 2018",
    "or later": "9 January 2018 or later",
    "before about": "before about 2018",
    "until": "until 9 January 2018",
    "two facts": "2018, printed 2019",
    "before the first year": "before 0000",
    "too long": "9 January 2018" + " " * 10 + "x" * 120,
}


@pytest.mark.parametrize("phrase", UNDERSTOOD)
def test_understood(phrase: str) -> None:
    assert suggest(phrase) == parse(UNDERSTOOD[phrase])


@pytest.mark.parametrize("phrase", NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD.keys())
def test_not_understood(phrase: str) -> None:
    assert suggest(phrase) is None


# natural_language.csv is made for catalogues of museums; we answer less, and where we answer
# otherwise, this is why.
OTHERWISE = {
    "earlier than 1928": "[..1927]",  # theirs, /1928, is an interval with an unknown beginning
    "before 1928": "[..1927]",
    "after 1928": "[1929..]",
    "later than 1928": "[1929..]",
    "before January 1928": "[..1927-12]",
    "before 18 January 1928": "[..1928-01-17]",
    "1858/1860": "1858/1860",  # is EDTF as it stands; theirs, [1858, 1860], has a blank
    "1863 or 1864": "[1863,1864]",  # theirs drops the second
    "1864 or 1866": "[1864,1866]",
}


def test_natural_language_table_is_met_or_unanswered_but_for_those_listed() -> None:
    with shared("vectors/edtf/natural_language.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    answers = {row["text"]: suggest(row["text"]) for row in rows}
    wanted = {row["text"]: OTHERWISE.get(row["text"], row["edtf"]) for row in rows}
    assert set(OTHERWISE) <= set(answers)
    answered = {text: date.text for text, date in answers.items() if date}
    assert answered == {text: wanted[text] for text in answered}
    assert len(answered) == 47


@given(st.dates())
def test_every_day_is_read_from_each_way_of_writing_it(day: object) -> None:
    iso = str(day)
    year, month, number = iso.split("-")
    english = (
        "January February March April May June July August September October November December"
    )
    russian = (
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
    )
    name = english.split()[int(month) - 1]
    for phrase in (
        f"{int(number)} {name} {year}",
        f"{name} {int(number)}, {year}",
        f"{int(number)} {russian[int(month) - 1]} {year} г.",
        f"{number}.{month}.{year}",
    ):
        assert suggest(phrase) == parse(iso)


words = st.lists(
    st.sampled_from(
        "9 11 31 2018 2016 January февраля May в on the between и and or or – - от с по до before "
        "after about около ? ~ 1990s winter зимой г. late Monday 09.01.2018 1/2/2018".split()
    ),
    max_size=8,
).map(" ".join)


@given(words | st.text(max_size=130))
def test_any_phrase_is_understood_or_not_but_never_an_error(phrase: str) -> None:
    found = suggest(phrase)
    assert found is None or isinstance(found, Edtf)


@given(words)
def test_no_year_is_ever_filled_in(phrase: str) -> None:
    found = suggest(phrase)
    if found and found.lower and "before" not in phrase and "after" not in phrase:
        # the night or day before New Year is the one year that is not written
        assert str(found.lower.year)[:3] in phrase


# --- cells of tables ------------------------------------------------------------------------------

CELLS = {
    "2018-01-09": "2018-01-09",
    "2018": "2018",
    "2018-01": "2018-01",
    "2018-01-09~": "2018-01-09~",
    "09.01.2018": "2018-01-09",
    " 9.1.2018 ": "2018-01-09",
    "31.12.2018": "2018-12-31",
    "25/01/2018": "2018-01-25",
    "01/25/2018": "2018-01-25",
    "2018/01/09": "2018-01-09",
    "2018-1-9": "2018-01-09",
    "01/2018": "2018-01",
    "1.2018": "2018-01",
    "2018-01-09 00:00:00": "2018-01-09",
    "2018-01-09T00:00:00": "2018-01-09T00:00:00",  # as EDTF says it
    "2018-01-09 21:15:00": "2018-01-09T21:15:00",
    "2018-01-09 00:00:00.000": "2018-01-09",
}

BAD_CELLS = {
    "empty": ("", "not a date"),
    "day or month first": ("09/01/2018", "day/month/year or month/day/year"),
    "two digits": ("09.01.18", "two digits"),
    "two digits with slashes": ("1/2/03", "two digits"),
    "a spreadsheet's count of days": ("43109", "bare number"),
    "a count of days and hours": ("43109.75", "bare number"),
    "two years or a season": ("1918-24", "two years"),
    "two years or part of a year": ("1910-30", "two years"),
    "thirteenth month": ("13/2018", "no such day"),
    "31 June": ("31.06.2018", "no such day"),
    "month and day both beyond twelve": ("13/14/2018", "no such day"),
    "an hour beyond the day": ("2018-01-09 25:00:00", "time of day"),
    "words": ("9 January 2018", "not a date"),
    "a day alone": ("9", "not a date"),
    "an error value": ("#REF!", "not a date"),
    "Arabic digits": ("٠٩.٠١.٢٠١٨", "not a date"),
}


@pytest.mark.parametrize("cell", CELLS)
def test_cells_that_are_read(cell: str) -> None:
    assert read_table_date(cell) == parse(CELLS[cell])


@pytest.mark.parametrize(("cell", "reason"), BAD_CELLS.values(), ids=BAD_CELLS.keys())
def test_cells_that_are_refused_with_a_reason(cell: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        read_table_date(cell)
    assert caught.value.next_step


@given(st.text("0123456789./-: T", max_size=20) | st.text(max_size=20))
def test_any_cell_is_read_or_refused_with_a_usage_error(cell: str) -> None:
    with contextlib.suppress(UsageError):
        assert isinstance(read_table_date(cell), Edtf)
