"""Days of any year, judged by datetime.date where it reaches."""

from __future__ import annotations

import datetime

from hypothesis import given
from hypothesis import strategies as st

from unburnt.core.day import Day, days_in_month


def day_after(day: Day) -> Day:
    if day.day < days_in_month(day.year, day.month):
        return day._replace(day=day.day + 1)
    return Day(day.year, day.month + 1, 1) if day.month < 12 else Day(day.year + 1, 1, 1)


days = st.builds(
    Day, st.integers(-999_999_999, 999_999_999), st.integers(1, 12), st.integers(1, 28)
)


@given(st.dates())
def test_number_and_text_are_those_of_datetime(date: datetime.date) -> None:
    day = Day(date.year, date.month, date.day)
    assert day.number == date.toordinal()
    assert str(day) == date.isoformat()


@given(days)
def test_the_next_day_has_the_next_number_in_every_year(day: Day) -> None:
    assert day_after(day).number == day.number + 1
    assert day_after(day) > day


@given(days, days)
def test_days_and_their_numbers_have_the_same_order(one: Day, other: Day) -> None:
    assert (one < other) == (one.number < other.number)


def test_every_day_of_the_years_around_the_year_zero_is_counted() -> None:
    day = Day(-5, 1, 1)
    for number in range(day.number, day.number + 365 * 10):
        assert day.number == number
        day = day_after(day)


def test_years_of_four_digits_have_no_sign_and_others_do() -> None:
    assert str(Day(0, 2, 29)) == "0000-02-29"
    assert str(Day(-43, 3, 15)) == "-0043-03-15"
    assert str(Day(170_000_002, 1, 1)) == "+170000002-01-01"
