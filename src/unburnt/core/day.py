"""A calendar day of any year, ordered, with a number for arithmetic and indexes.

    Day(2018, 1, 22)          str: 2018-01-22      number: 736716
    Day(-43, 3, 15)           str: -0043-03-15     year -43 is 44 BCE
    Day(170000002, 1, 1)      str: +170000002-01-01

Proleptic Gregorian calendar with a year 0, as ISO 8601 counts. `datetime.date` ends at the years 1
and 9999; a date in a statement need not. Never a time of day, never "today".
"""

from __future__ import annotations

from calendar import isleap
from typing import NamedTuple

_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Day(NamedTuple):
    """One day; tuples compare in the order of time."""

    year: int
    month: int
    day: int

    @property
    def number(self) -> int:
        """Days since 0000-12-31, so that 0001-01-01 is 1, as `datetime.date.toordinal` counts."""
        before = self.year - 1  # full years before this one, from the year 1
        leap_days = before // 4 - before // 100 + before // 400
        months = sum(days_in_month(self.year, month) for month in range(1, self.month))
        return before * 365 + leap_days + months + self.day

    def __str__(self) -> str:
        """Write ISO 8601, with a sign where the year is not 0000-9999."""
        sign = "-" if self.year < 0 else "+" if self.year > 9999 else ""
        return f"{sign}{abs(self.year):04}-{self.month:02}-{self.day:02}"


def days_in_month(year: int, month: int) -> int:
    """Return 28 to 31 for a month from 1 to 12 of any year."""
    return 29 if month == 2 and isleap(year) else _LENGTHS[month - 1]
