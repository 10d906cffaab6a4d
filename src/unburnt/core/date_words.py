"""A date as people write it: EDTF in English or Russian words.

    describe_date("2018-01-09", "en")       "9 January 2018"
    describe_date("2018-01-23~", "en")      "about 23 January 2018"
    describe_date("2018-01-2X", "en")       "between 20 and 29 January 2018"
    describe_date("[..2017-12-20]", "ru")   "20 декабря 2017 или раньше"

Never says more than the date does; what it cannot say in words stays as it is written.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass

from unburnt.core import edtf
from unburnt.core.day import Day
from unburnt.core.edtf import Edtf
from unburnt.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class _Language:
    months: tuple[str, ...]
    months_of: tuple[str, ...]  # after a preposition or a day
    seasons: tuple[str, ...]
    year: str
    year_of: str
    about: str
    perhaps: str
    between: str
    since: str
    until: str
    through: str
    earlier: str
    later: str
    either: str
    both: str
    end_unknown: str
    start_unknown: str


_ENGLISH_MONTHS = tuple(calendar.month_name[1:])
_WORDS = {
    "en": _Language(
        months=_ENGLISH_MONTHS,
        months_of=_ENGLISH_MONTHS,
        seasons=("spring", "summer", "autumn", "winter"),
        year="{}",
        year_of="{}",
        about="about {}",
        perhaps="perhaps {}",
        between="between {} and {}",
        since="from {} on",
        until="until {}",
        through="from {} to {}",
        earlier="{} or earlier",
        later="{} or later",
        either=" or ",
        both=" and ",
        end_unknown="from {}, end not known",
        start_unknown="until {}, beginning not known",
    ),
    "ru": _Language(
        months=tuple(
            "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь"
            " декабрь".split()
        ),
        months_of=tuple(
            "января февраля марта апреля мая июня июля августа сентября октября ноября"
            " декабря".split()
        ),
        seasons=("весна", "лето", "осень", "зима"),
        year="{} год",
        year_of="{} года",
        about="около {}",
        perhaps="возможно, {}",
        between="в промежутке от {} до {}",
        since="начиная с {}",
        until="до {}",
        through="с {} до {}",
        earlier="{} или раньше",
        later="{} или позже",
        either=" или ",
        both=" и ",
        end_unknown="с {}, конец неизвестен",
        start_unknown="до {}, начало неизвестно",
    ),
}
LANGUAGES = tuple(_WORDS)


def describe_date(text: str, language: str) -> str:
    """Return the date that EDTF writes in words; `text` itself where it is not EDTF.

    English for a language that is not known here.
    """
    try:
        date = edtf.parse(text)
    except UsageError:
        return text
    return _described(date, _WORDS.get(language, _WORDS["en"]))


def _described(date: Edtf, words: _Language, after_preposition: bool = False) -> str:
    if date.kind == "interval":
        return _interval(date, words)
    if date.kind in {"one_of", "all_of"}:
        joint = words.either if date.kind == "one_of" else words.both
        return joint.join(_described(member, words) for member in date.members)
    if date.kind == "range":
        return _range(date, words)
    after = after_preposition or date.approximate
    said = _point(date, words, after)
    if date.approximate:
        said = words.about.format(said)
    return words.perhaps.format(said) if date.uncertain else said


def _interval(date: Edtf, words: _Language) -> str:
    first, last = date.members
    if last.kind in {"open", "unknown"}:
        form = words.since if last.kind == "open" else words.end_unknown
        return form.format(_described(first, words, after_preposition=True))
    if first.kind in {"open", "unknown"}:
        form = words.until if first.kind == "open" else words.start_unknown
        return form.format(_described(last, words, after_preposition=True))
    return words.through.format(
        *(_described(end, words, after_preposition=True) for end in (first, last))
    )


def _range(date: Edtf, words: _Language) -> str:
    first, last = date.members
    if first.kind == "open":
        return words.earlier.format(_described(last, words))
    if last.kind == "open":
        return words.later.format(_described(first, words))
    return words.between.format(
        *(_described(end, words, after_preposition=True) for end in (first, last))
    )


def _point(date: Edtf, words: _Language, after: bool) -> str:
    """Return a year, month, day, season or moment; two bounds where digits are not known."""
    first, last = date.lower, date.upper
    if first is None or last is None or first.year < 0:
        return date.text
    if date.kind == "time":
        return f"{_day(first, words)}, {date.text.partition('T')[2]}"
    if first == last:
        return _day(first, words)
    bare = date.text.strip("?~%").split("-")
    if date.kind == "season" and bare[1].strip("?~%") in {"21", "22", "23", "24"}:
        return f"{words.seasons[int(bare[1].strip('?~%')) - 21]} {first.year}"
    if "X" not in date.text and (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return (words.year_of if after else words.year).format(first.year)
    if "X" not in date.text and (first.year, first.month) == (last.year, last.month):
        names = words.months_of if after else words.months
        return f"{names[first.month - 1]} {first.year}"
    if (first.year, first.month) == (last.year, last.month):
        return words.between.format(str(first.day), _day(last, words))
    return words.between.format(_day(first, words), _day(last, words))


def _day(day: Day, words: _Language) -> str:
    return f"{day.day} {words.months_of[day.month - 1]} {day.year}"
