"""Dates that say how much is known: a strict reader of EDTF (ISO 8601-2:2019).

    parse("2018-01-2X~")  ->  Edtf(text="2018-01-2X~", kind="date",
                                   lower=Day(2018, 1, 20), upper=Day(2018, 1, 29),
                                   approximate=True, uncertain=False, members=())
    parse("[..2018-05-15]").upper  ->  Day(2018, 5, 15)

Levels 0 and 1, sets, marks and unknown digits anywhere: docs/spec/dates.md says what is accepted,
what the bounds are and why. Linear in the length of the text, which is capped.

It never guesses: no other spelling is repaired, and a mark such as "~" moves no bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from unburnt.core.day import Day, days_in_month
from unburnt.core.errors import UsageError

__all__ = ["Day", "Edtf", "certainly_before", "is_valid", "may_overlap", "order_key", "parse"]

MAX_CHARACTERS = 128
MAX_MEMBERS = 16  # a longer list is many dates, and each deserves its own statement

_HOW = "Write it like 2018-01-22, 2018-01, 2018, 2018-01~, 2018-01-09/2018-01-11 or [..2018-05-15]."
_MARK = r"([?~%]?)"
_POINT = re.compile(
    rf"{_MARK}(-?)([0-9X]{{4}}){_MARK}(?:-{_MARK}([0-9X]{{2}}){_MARK}(?:-{_MARK}([0-9X]{{2}}){_MARK})?)?"
)
_LONG_YEAR = re.compile(r"Y(-?[1-9][0-9]{4,8})")
_TIME = re.compile(
    r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]|24:00:00)"
    r"(?:Z|[+](?:0[0-9]|1[0-3])(?::[0-5][0-9])?|[+]14(?::00)?"
    r"|-(?:0[1-9]|1[01])(?::[0-5][0-9])?|-12(?::00)?|-00:(?:0[1-9]|[1-5][0-9]))?"
)

# First and last month of the parts of a year (ISO 8601-2:2019, 4.8); 14 is next year's February.
_SPRING, _SUMMER, _AUTUMN, _WINTER = (3, 5), (6, 8), (9, 11), (1, 14)
_PARTS: dict[str, tuple[int, int]] = {
    str(number): months
    for number, months in enumerate(
        (
            *(_SPRING, _SUMMER, _AUTUMN, _WINTER),  # 21-24, read as northern
            *(_SPRING, _SUMMER, _AUTUMN, _WINTER),  # 25-28, northern
            *(_AUTUMN, _WINTER, _SPRING, _SUMMER),  # 29-32, southern spring to winter
            *((1, 3), (4, 6), (7, 9), (10, 12)),  # 33-36, quarters
            *((1, 4), (5, 8), (9, 12)),  # 37-39, thirds
            *((1, 6), (7, 12)),  # 40-41, halves
        ),
        start=21,
    )
}


@dataclass(frozen=True, slots=True)
class Edtf:
    """A date as it was written, and the earliest and latest day it may mean.

    `kind`: date, time, season, interval, one_of, all_of; among the members of these last three also
    range ("a..b"), open ("..") and unknown (""). `lower` and `upper` are None where nothing bounds
    the date. `members` are the two ends of an interval or range, or the members of a set.
    """

    text: str
    kind: str
    lower: Day | None
    upper: Day | None
    approximate: bool = False
    uncertain: bool = False
    members: tuple[Edtf, ...] = ()


_OPEN = Edtf("..", "open", None, None)
_UNKNOWN = Edtf("", "unknown", None, None)


def parse(text: str) -> Edtf:
    """Return the date that `text` writes in EDTF; raises UsageError naming what is wrong."""
    if not text or len(text) > MAX_CHARACTERS or not text.isascii():
        raise UsageError(
            f"A date is 1 to {MAX_CHARACTERS} plain characters (digits, -, /, ?, ~, ...).", _HOW
        )
    if text[0] in "[{":
        return _set(text)
    if "/" in text:
        return _interval(text)
    if text[0] == "Y":
        return _long_year(text)
    if "T" in text:
        return _date_and_time(text)
    return _point(text)


def is_valid(text: str) -> bool:
    """Say whether `text` is a date that `parse` reads."""
    try:
        parse(text)
    except UsageError:
        return False
    return True


def order_key(date: Edtf) -> tuple[tuple[int, Day], tuple[int, Day], str, str]:
    """Return a key that sorts dates for a chronology: lower bound, upper bound, local time, text.

    A missing lower bound comes first, a missing upper bound last.
    """
    nowhere = Day(0, 0, 0)
    return (
        (1, date.lower) if date.lower else (0, nowhere),
        (0, date.upper) if date.upper else (1, nowhere),
        date.text.partition("T")[2],
        date.text,
    )


def certainly_before(one: Edtf, other: Edtf) -> bool:
    """Say whether `one` ended before `other` began, whichever days they mean.

    A date marked approximate or uncertain is never certainly before another.
    """
    if one.approximate or one.uncertain or other.approximate or other.uncertain:
        return False
    return one.upper is not None and other.lower is not None and one.upper < other.lower


def may_overlap(one: Edtf, other: Edtf) -> bool:
    """Say whether the two may have a day in common."""
    return not certainly_before(one, other) and not certainly_before(other, one)


# --- the productions ------------------------------------------------------------------------------


def _point(text: str) -> Edtf:
    """Read a year, month, day or part of a year, with marks and unknown digits."""
    match = _POINT.fullmatch(text)
    if not match:
        raise UsageError("This is not a date in EDTF.", _HOW)
    y1, sign, year, y2, m1, month, m2, d1, day, d2 = (part or "" for part in match.groups())
    if (y1 and y2) or (m1 and m2) or (d1 and d2):
        raise UsageError("A part of the date has two marks.", "Write % for both ? and ~.")
    if sign and year == "0000":
        raise UsageError("There is no year -0000.", "Write 0000 for 1 BCE, -0001 for 2 BCE.")
    marks = y1 + y2 + m1 + m2 + d1 + d2
    if month in _PARTS and not day and "X" not in year:
        kind, (lower, upper) = "season", _season(int(sign + year), month)
    else:
        kind, (lower, upper) = "date", _bounds(sign, year, month or "XX", day or "XX")
    return Edtf(text, kind, lower, upper, _any(marks, "~%"), _any(marks, "?%"))


def _long_year(text: str) -> Edtf:
    match = _LONG_YEAR.fullmatch(text)
    if not match:
        raise UsageError(
            "A year with Y has five to nine digits and nothing after them.",
            "Write years of four digits without Y.",
        )
    year = int(match[1])
    return Edtf(text, "date", Day(year, 1, 1), Day(year, 12, 31))


def _date_and_time(text: str) -> Edtf:
    date, _, time = text.partition("T")
    point = _point(date)
    if point.lower != point.upper or _any(date, "?~%X"):
        raise UsageError("A time needs one known day before it.", _HOW)
    if not _TIME.fullmatch(time):
        raise UsageError(
            "The time of day is not hours, minutes and seconds with a possible shift.",
            "Write 2018-01-22T21:00:00 or 2018-01-22T21:00:00+03:00; if the seconds are not known, "
            "write only the day and put the time in words.",
        )
    return Edtf(text, "time", point.lower, point.upper)


def _interval(text: str) -> Edtf:
    first, _, last = text.partition("/")
    if "/" in last or not (first or last):
        raise UsageError("An interval has one / between two dates.", "Write 2018-01-09/2018-01-11.")
    ends = (_end(first), _end(last))
    return _joined(text, "interval", ends)


def _end(text: str) -> Edtf:
    return _OPEN if text == ".." else _point(text) if text else _UNKNOWN


def _set(text: str) -> Edtf:
    closing, kind = ("]", "one_of") if text[0] == "[" else ("}", "all_of")
    if text[-1] != closing:
        raise UsageError(f"A set that begins with {text[0]} ends with {closing}.", _HOW)
    parts = text[1:-1].split(",")
    if len(parts) > MAX_MEMBERS:
        raise UsageError(f"A set has at most {MAX_MEMBERS} dates.", "Make several statements.")
    if len(parts) == 1 and ".." not in text:
        raise UsageError("A set of one is not a set.", "Write the date without brackets.")
    last = len(parts) - 1
    members = tuple(_member(part, i == 0, i == last) for i, part in enumerate(parts))
    lowers = [member.lower for member in members]
    uppers = [member.upper for member in members]
    return Edtf(
        text,
        kind,
        None if None in lowers else min(day for day in lowers if day),
        None if None in uppers else max(day for day in uppers if day),
        any(member.approximate for member in members),
        any(member.uncertain for member in members),
        members,
    )


def _member(text: str, is_first: bool, is_last: bool) -> Edtf:
    if ".." not in text:
        return _point(text)
    first, _, last = text.partition("..")
    if (not first and not (is_first and last)) or (not last and not is_last):
        raise UsageError(
            "In a set, ..date comes first and date.. comes last.", "Write [..2017,2018,2019..]."
        )
    ends = (_end(first or ".."), _end(last or ".."))
    if first and last and (len(first.lstrip("-")) != len(last.lstrip("-")) or _any(text, "?~%X")):
        raise UsageError(
            "In a set, .. joins two plain dates of the same length.", "Write [2018-01..2018-03]."
        )
    return _joined(text, "range", ends)


def _joined(text: str, kind: str, ends: tuple[Edtf, Edtf]) -> Edtf:
    first, last = ends
    if first.lower and last.upper and last.upper < first.lower:
        raise UsageError("The end is before the beginning.", "Swap the two dates.")
    return Edtf(
        text,
        kind,
        first.lower,
        last.upper,
        first.approximate or last.approximate,
        first.uncertain or last.uncertain,
        ends,
    )


def _any(text: str, characters: str) -> bool:
    return any(character in text for character in characters)


# --- bounds ---------------------------------------------------------------------------------------


def _season(year: int, part: str) -> tuple[Day, Day]:
    first, last = _PARTS[part]
    year_of_last, last = (year + 1, last - 12) if last > 12 else (year, last)
    return Day(year, first, 1), Day(year_of_last, last, days_in_month(year_of_last, last))


def _bounds(sign: str, year: str, month: str, day: str) -> tuple[Day, Day]:
    months, days = _fitting(month, 12), _fitting(day, 31)
    # The year 2000 has every day there is; so at most 1000 years are tried below, for XXX1-02-29.
    if any(day <= days_in_month(2000, month) for month in months for day in days):
        upwards, downwards = "0123456789", "9876543210"
        early, late = (downwards, upwards) if sign else (upwards, downwards)
        lower = next(_days(_years(sign, year, early), months, days), None)
        upper = next(_days(_years(sign, year, late), months[::-1], days[::-1]), None)
        if lower and upper:
            return lower, upper
    raise UsageError("There is no such day or month in the calendar.", "Check the numbers.")


def _days(years: Iterator[int], months: Sequence[int], days: Sequence[int]) -> Iterator[Day]:
    for year in years:
        for month in months:
            for day in days:
                if day <= days_in_month(year, month):
                    yield Day(year, month, day)


def _years(sign: str, pattern: str, digits: str) -> Iterator[int]:
    """Yield the years a pattern such as "20XX" may mean, each X taking `digits` in their order."""
    for choice in product(*(digits if digit == "X" else digit for digit in pattern)):
        year = int(sign + "".join(choice))
        if year or not sign:
            yield year


@cache  # 121 patterns, twice
def _fitting(pattern: str, last: int) -> tuple[int, ...]:
    """Return the numbers from 1 to `last` that a pattern such as "2X" may mean."""
    tens, ones = pattern[0], pattern[1]
    return tuple(n for n in range(1, last + 1) if tens in f"X{n // 10}" and ones in f"X{n % 10}")
