"""Dates as people write them, in English and Russian, proposed as EDTF; a person confirms.

    suggest("about 9 January 2018")           ->  parse("2018-01-09~")
    suggest("между 9 и 11 января 2018 г.")    ->  parse("[2018-01-09..2018-01-11]")
    suggest("late January 2018")              ->  parse("2018-01")      true, and says less
    suggest("9 January"), suggest("9/1/18")   ->  None                  no year, several readings
    read_table_date("09.01.2018")             ->  parse("2018-01-09")   or UsageError with a reason

A suggestion never says more than the words: no year, century or order of day and month is ever
filled in, and words with no EDTF for them ("late", "evening", "at 21:00") leave the wider date that
holds them. docs/spec/dates.md, section Suggestions, has the rules. What is not wholly understood is
None. Never "today": relative dates need somebody who knows when the words were said.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from unburnt.core.day import Day, days_in_month
from unburnt.core.edtf import Edtf, is_valid, parse
from unburnt.core.errors import UsageError

MAX_PHRASE = 120

_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "january jan январь января январе янв",
            "february feb февраль февраля феврале фев февр",
            "march mar март марта марте мар",
            "april apr апрель апреля апреле апр",
            "may май мая мае",
            "june jun июнь июня июне июн",
            "july jul июль июля июле июл",
            "august aug август августа августе авг",
            "september sep sept сентябрь сентября сентябре сен сент",
            "october oct октябрь октября октябре окт",
            "november nov ноябрь ноября ноябре ноя нояб",
            "december dec декабрь декабря декабре дек",
        ),
        start=1,
    )
    for name in names.split()
}
_SEASONS = {
    name: season
    for season, names in enumerate(
        (
            "spring весна весной весны весну",
            "summer лето летом лета",
            "autumn fall осень осенью осени",
            "winter зима зимой зимы зиму",
        ),
        start=21,
    )
    for name in names.split()
}
_WEEKDAYS = {
    name: weekday
    for weekday, names in enumerate(
        (
            "monday mon понедельник пн",
            "tuesday tue вторник вт",
            "wednesday wed среда среду ср",
            "thursday thu четверг чт",
            "friday fri пятница пятницу пт",
            "saturday sat суббота субботу сб",
            "sunday sun воскресенье вс",
        )
    )
    for name in names.split()
}

_MONTH = f"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})"
_DAY, _YEAR = r"(?P<day>[0-9]{1,2})", r"(?P<year>[0-9]{4})"
_FORMS = [
    re.compile(form)
    for form in (
        rf"{_DAY} {_MONTH}(?: {_YEAR})?",
        rf"{_MONTH} {_DAY}(?: {_YEAR})?",
        rf"{_MONTH}(?: {_YEAR})?",
        _YEAR,
        _DAY,
        rf"{_DAY}\.(?P<number>[0-9]{{1,2}})\.{_YEAR}",
        rf"{_YEAR}([-./])(?P<number>[0-9]{{1,2}})\2{_DAY}",
        rf"{_YEAR}-(?P<number>[0-9]{{2}})",
        rf"(?P<number>[0-9]{{1,2}})[./]{_YEAR}",
    )
]
# "1910-30" is a part of a year in EDTF, and twenty years for nearly everybody who writes it.
_TWO_YEARS = re.compile(r"[0-9]{4}-(?:1[3-9]|[2-9][0-9])[?~%]?")
_SLASHES = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_SEASON = re.compile(rf"({'|'.join(_SEASONS)}) (?:of )?{_YEAR}")
# "1900s" is not among them: a decade or a century.
_DECADE = re.compile(r"([0-9]{2}[1-9])0(?:s|-е|-х|-е гг?|-х гг?|-е годы|-х годах|-х годов)\.?")


class _Parts(NamedTuple):
    """What was said of a date; None where nothing was."""

    year: int | None
    month: int | None
    day: int | None


def suggest(text: str) -> Edtf | None:
    """Return the date that a short English or Russian phrase speaks of, or None.

    For a person to confirm beside the phrase. Text that is EDTF already comes back as it is.
    """
    text = text.strip()
    if len(text) > MAX_PHRASE or _TWO_YEARS.fullmatch(text):
        return None
    if is_valid(text):
        return parse(text)
    phrase = _normal(text)
    for rule in (_marked, _night, _two, _bounded, _single):
        found = rule(phrase)
        if found is not None:
            return parse(found) if is_valid(found) else None
    return None


def read_table_date(text: str) -> Edtf:
    """Return the date a spreadsheet cell holds; raises UsageError where it can be read in two ways.

    Read are EDTF, DD.MM.YYYY, D.M.YYYY, YYYY/MM/DD, MM/YYYY, MM.YYYY, DD/MM/YYYY where only one
    order is possible, and "2018-01-09 21:00:00", where midnight is how spreadsheets write a day.
    """
    text = text.strip()
    _refuse_ambiguous(text)
    if is_valid(text):
        return parse(text)
    moment = re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9:]{8})(?:\.0+)?", text)
    if moment:
        return parse(moment[1] if moment[2] == "00:00:00" else f"{moment[1]}T{moment[2]}")
    parts = _parts(text) if text[:1].isdigit() and not re.search("[^0-9./-]", text) else None
    if parts is None or parts.year is None:
        raise UsageError(
            "The cell is not a date this program reads.", "Write 2018-01-22, 22.01.2018 or 2018-01."
        )
    return parse(_spell(parts))


def _refuse_ambiguous(text: str) -> None:
    slashes = _SLASHES.fullmatch(text)
    if slashes and _parts(text) is None:
        raise UsageError(
            "This may be day/month/year or month/day/year.", "Write 2018-01-22 or 22.01.2018."
        )
    if _TWO_YEARS.fullmatch(text):
        raise UsageError(
            "This may be two years or a part of a year.",
            "Write 1910/1930 for the years; write a season in months.",
        )
    if re.fullmatch(r"[0-9]{1,2}([./-])[0-9]{1,2}\1[0-9]{2}", text):
        raise UsageError("The year has only two digits.", "Write all four, as in 22.01.2018.")
    if re.fullmatch(r"[0-9]{5,}(\.[0-9]+)?", text):
        raise UsageError(
            "This is a bare number; spreadsheets count days from different years.",
            "Format the column as a date and export it again.",
        )


# --- rules, in the order they are tried; each returns EDTF, perhaps of no real day, or None -------


def _marked(text: str) -> str | None:
    """Read "about", "perhaps" and "?" before or after one plain date."""
    uncertain, rest = _without(
        text,
        r"(?:perhaps|possibly|probably|maybe|возможно|вероятно|может быть|предположительно),? (.+)"
        r"|(.+?) ?(?:\?|\(\?\)|\(uncertain\))",
    )
    approximate, plain = _without(
        rest,
        r"(?:about|around|circa|ca?|approximately|approx|roughly|около|примерно|приблизительно|ок)"
        r"\.? ?(.+)|[~≈] ?(.+)|(.+) (?:approximately|approx\.?|приблизительно|примерно)",
    )
    if not (approximate or uncertain):
        return None
    found = _single(plain)
    return found and found + ("%" if approximate and uncertain else "~" if approximate else "?")


def _without(text: str, pattern: str) -> tuple[bool, str]:
    match = re.fullmatch(pattern, text)
    return (True, next(filter(None, match.groups()))) if match else (False, text)


def _night(text: str) -> str | None:
    """Read the night between two days: one of them."""
    match = re.fullmatch(r"(?:in |on )?the night of (.+) to (.+)|в ночь с (.+) на (.+)", text)
    if match:
        first, last = filter(None, match.groups())
        return _joined(first, last, "[{},{}]", next_day_only=True)
    match = re.fullmatch(r"в ночь на (.+)", text)
    last_parts = _parts(match[1]) if match else None
    if last_parts is None or last_parts.year is None or last_parts.day is None:
        return None
    before = _beside(last_parts, -1)
    return before and f"[{_spell(before)},{_spell(last_parts)}]"


# "between" and "or": one time, not known which; "from ... to" and a dash: a time that lasted.
_PAIRS = [
    (re.compile(pattern), form)
    for pattern, form in (
        (r"(?:some time |sometime )?between (.+) and (.+)|между (.+) и (.+)", "[{}..{}]"),
        (r"from (.+) (?:to|until|till) (.+)|со? (.+) (?:по|до) (.+)|(.+) (?:–|to) (.+)", "{}/{}"),
        (r"(?:on )?(?:either )?(.+) or (.+)|(.+) или (.+)", "[{},{}]"),
        (r"(?:on )?(?:both )?(.+) and (.+)|(.+) и (.+)", "{{{},{}}}"),
    )
]


def _two(text: str) -> str | None:
    for pattern, form in _PAIRS:
        match = pattern.fullmatch(text)
        if match:
            first, last = filter(None, match.groups())
            return _joined(first, last, form)
    return None


def _joined(first: str, last: str, form: str, *, next_day_only: bool = False) -> str | None:
    """Join two dates; the first may leave to the last what they share: "9 and 11 January 2018"."""
    one, other = _parts(first), _parts(last)
    if one is None or other is None or other.year is None:
        return None
    if one.month is None and one.day is not None:
        if other.day is None:
            return None
        one = one._replace(month=other.month)
    one = one._replace(year=one.year or other.year)
    if (one.day is None) != (other.day is None) or (one.month is None) != (other.month is None):
        return None
    if next_day_only and (one.day is None or _beside(one, +1) != other):
        return None
    return form.format(_spell(one), _spell(other))


_BOUNDS: list[tuple[re.Pattern[str], Callable[[str, str], str], int]] = [
    (re.compile(pattern), form, step)
    for pattern, form, step in (
        (r"(?:before|earlier than|prior to|ранее|раньше) (.+)", lambda _, near: f"[..{near}]", -1),
        (r"(?:after|later than|после|позже|позднее) (.+)", lambda _, near: f"[{near}..]", +1),
        # "до" may include the day itself: then the wider reading is the safe one
        (
            r"(?:by|not later than|no later than|до|не позднее|не позже) (.+)",
            lambda said, _: f"[..{said}]",
            0,
        ),
        (
            r"(?:not before|not earlier than|no earlier than|не ранее|не раньше) (.+)",
            lambda said, _: f"[{said}..]",
            0,
        ),
        (r"(?:since|начиная со?|со?) (.+)", lambda said, _: f"{said}/..", 0),
    )
]


def _bounded(text: str) -> str | None:
    """Read "before", "after", "since" and one plain date; the first two exclude it."""
    for pattern, form, step in _BOUNDS:
        match = pattern.fullmatch(text)
        if match:
            parts = _parts(match[1])
            near = _beside(parts, step) if parts and parts.year is not None else None
            return form(_spell(parts), _spell(near)) if parts and near else None
    return None


_ASIDE = (  # words around a date that leave it as wide as it is
    r"(?:on |in |at |в |во )?(?:the )?"
    r"(?:(?:beginning|start|middle|end|morning|afternoon|evening) of |early |mid[- ]|late "
    r"|(?:начале|середине|конце|начало|середина|конец) |утром |днем |вечером )?"
    r"(?:the )?(?:year )?(.+?)"
    r"(?: in the (?:morning|afternoon|evening)| утром| днем| вечером)?"
    r"(?:,? (?:at|в|около) [0-9]{1,2}[:.][0-9]{2})?"
)


def _single(text: str) -> str | None:
    """Read one date, month, year, decade or season."""
    match = re.fullmatch(_ASIDE, text)
    if not match:
        return None
    weekday, _, rest = match[1].partition(" ")
    weekday = weekday.rstrip(".")
    plain = rest if weekday in _WEEKDAYS else match[1]
    season = _SEASON.fullmatch(plain)
    if season:
        return f"{season['year']}-{_SEASONS[season[1]]}"
    decade = _DECADE.fullmatch(plain)
    if decade:
        return f"{decade[1]}X"
    parts = _parts(plain)
    if parts is None or parts.year is None:
        return None
    if weekday in _WEEKDAYS and not _falls_on(parts, _WEEKDAYS[weekday]):
        return None
    return _spell(parts)


# --- parts ----------------------------------------------------------------------------------------


def _normal(text: str) -> str:
    """Bring a phrase to small letters, single blanks, plain numbers and one kind of dash."""
    text = re.sub("[\u2012-\u2015]| -+ ", " – ", text.lower().replace("ё", "е"))
    text = re.sub("^c (?=.*[а-я])", "с ", text)  # a Latin c typed for the Russian preposition
    text = re.sub(r"\b([0-9]{1,2})(?:st|nd|rd|th|-?го|-?е|-?ое)\b(?: of )?", r"\1 ", text)
    text = re.sub(r"(?<=[0-9]) ?(?:гг?\.|года?\b|году\b|г\b)", " ", text)
    text = re.sub(rf"\b({'|'.join(_MONTHS)})\.", r"\1", text)
    text = re.sub(rf"\b({'|'.join(_MONTHS)}) (?:of )", r"\1 ", text)
    text = re.sub(r"^([0-9]{1,2})-([0-9]{1,2}) (?=[a-zа-я])|^([0-9]{4})-([0-9]{4})$", _dash, text)
    text = re.sub(r"(?<=[a-z0-9а-я]),(?= )", "", text)
    text = re.sub(  # "january 9 – 11 2018" -> "9 – 11 january 2018"
        rf"\b{_MONTH} {_DAY} *(?P<word>–|-|and|or) *(?P<other>[0-9]{{1,2}}) +{_YEAR}$",
        r"\g<day> \g<word> \g<other> \g<month> \g<year>",
        " ".join(text.split()),
    )
    return " ".join(text.split())


def _dash(match: re.Match[str]) -> str:
    return f"{match[1] or match[3]} – {match[2] or match[4]} "


def _parts(text: str) -> _Parts | None:
    slashes = _SLASHES.fullmatch(text)
    if slashes:
        first, second, said_year = map(int, slashes.groups())
        if first == second or second > 12:
            return _Parts(said_year, first, second)
        return (
            _Parts(said_year, second, first) if first > 12 else None
        )  # 9/1 is read in both orders
    for form in _FORMS:
        match = form.fullmatch(text)
        if match:
            said = match.groupdict()
            year, day, number = said.get("year"), said.get("day"), said.get("number")
            month = _MONTHS.get(said.get("month") or "")
            return _Parts(
                int(year) if year else None,
                int(number) if number else month,
                int(day) if day else None,
            )
    return None


def _spell(parts: _Parts) -> str:
    month = "" if parts.month is None else f"-{parts.month:02}"
    day = "" if parts.day is None else f"-{parts.day:02}"
    return f"{parts.year:04}{month}{day}"


def _beside(parts: _Parts, step: int) -> _Parts | None:
    """Return the day, month or year before (-1), itself (0) or after (+1), if it exists."""
    if parts.year is None or not is_valid(_spell(parts)):
        return None
    year, month, day = parts.year, parts.month, parts.day
    if day is not None and month is not None:
        day += step
        if 1 <= day <= days_in_month(year, month):
            return _Parts(year, month, day)
    if month is not None:
        month += step
        if not 1 <= month <= 12:
            year, month = year + step, (month - 1) % 12 + 1
    else:
        year += step
    if day is not None and month is not None:
        day = 1 if step > 0 else days_in_month(year, month)
    return _Parts(year, month, day)


def _falls_on(parts: _Parts, weekday: int) -> bool:
    """Say whether a full date falls on a weekday, Monday being 0."""
    if parts.year is None or parts.month is None or parts.day is None:
        return False
    if not is_valid(_spell(parts)):
        return False
    return (Day(parts.year, parts.month, parts.day).number - 1) % 7 == weekday
