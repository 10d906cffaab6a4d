"""Dates at the head of chat lines: which number is the day, decided once for a whole file.

    decide(heads, None)    ->  Order("dmy", "every line fits only so")
    day_of(head, "dmy")    ->  date(2019, 1, 30)

Specification: docs/spec/messages.md, "Day and month". Never guesses: what cannot be decided is
refused with a question that the person answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from unburnt.core.errors import UsageError
from unburnt.evidence.messages.message import refuse

ORDERS = ("dmy", "mdy", "ymd")
_FIRST, _LAST = 2009, 2100  # WhatsApp exists since 2009


@dataclass(frozen=True, slots=True)
class Head:
    """The three numbers of a date as written, what stands between them, and the time of day."""

    numbers: tuple[str, str, str]
    separator: str
    hour: int
    minute: int
    second: int | None

    @property
    def clock(self) -> str:
        """The time of day, with seconds only where there are some."""
        told = f"{self.hour:02}:{self.minute:02}"
        return told if self.second is None else f"{told}:{self.second:02}"


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a file's dates, and how it was decided."""

    order: str
    why: str


def day_of(head: Head, order: str) -> date | None:
    """Return the day that a head means in this order, or None where it is none."""
    places = dict(zip(order, head.numbers, strict=True))
    if any(len(places[part]) > 2 for part in "dm") or len(places["y"]) not in (2, 4):
        return None
    year = int(places["y"]) + (2000 if len(places["y"]) == 2 else 0)
    if not _FIRST <= year <= _LAST:
        return None
    try:
        return date(year, int(places["m"]), int(places["d"]))
    except ValueError:
        return None


def decide(heads: Sequence[Head], asked: str | None, until: date = date.max) -> Order:
    """Return the order of all heads; UsageError with the question when several fit.

    No chat was exported after it came: an order with days after `until` does not fit.
    Raises ForeignDataError when none fits.
    """
    if asked is not None and asked not in ORDERS:
        raise UsageError("There is no such order of dates.", f"Choose one of: {', '.join(ORDERS)}.")
    if asked is not None:
        if not any(day_of(head, asked) for head in heads):
            refuse("The dates do not fit the order that was asked for.", "Choose another order.")
        return Order(asked, "as asked")  # single lines that do not fit get no date
    fitting = [order for order in _candidates(heads) if _days(heads, order, until)]
    if not fitting and _days(heads, "ymd", until):
        return Order("ymd", "every line fits only so")
    if not fitting:
        refuse(
            "Dates of this chat fit no order of day, month and year, or are of another calendar.",
            "Set the telephone to the Gregorian calendar and export again, or ask who made it.",
        )
    if len(fitting) == 1:
        return Order(fitting[0], "every line fits only so")
    rising = [order for order in fitting if _rises(heads, order)]
    if len(rising) == 1:
        return Order(rising[0], "only so does time never run backwards")
    raise UsageError(
        "Nothing in this chat tells whether the day or the month comes first.",
        "Ask whose telephone it was, then say: --order dmy, or --order mdy.",
    )


def _candidates(heads: Sequence[Head]) -> tuple[str, ...]:
    if all(len(head.numbers[0]) == 4 for head in heads):
        return ("ymd",)
    if all(head.separator == "." for head in heads):
        return ("dmy",)  # no locale writes the month first with dots
    return ("dmy", "mdy")


def _days(heads: Sequence[Head], order: str, until: date = date.max) -> list[date]:
    """Return the days of all heads in an order; none when one is no day, or after `until`."""
    found: list[date] = []
    for head in heads:
        day = day_of(head, order)
        if day is None or day > until:
            return []
        found.append(day)
    return found


def _rises(heads: Sequence[Head], order: str) -> bool:
    times = [
        (day, head.hour, head.minute) for day, head in zip(_days(heads, order), heads, strict=True)
    ]
    return all(one <= other for one, other in pairwise(times))
