"""How many, as far as it is known: ranges of exact decimals, open where nothing was said.

    Quantity("101", None, "more than 100")      at least 101: people are counted whole
    Quantity("4", "4", None)                    exactly 4
    suggest("не менее 4 человек")           ->  Quantity("4", None, "не менее 4 человек")

A bound is a decimal in its one legal spelling (`check_decimal`), never a float: 0.1 stays 0.1. Both
bounds belong to the range. `text` keeps the words it was read from, and with them what a range
cannot carry: "about 180" has the bounds 180 and 180, as a date's "~" moves no bound.

`suggest` proposes, a person confirms. It never makes a statement say more than its words, and it
answers None to whatever it does not wholly understand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from unburnt.core.errors import UsageError

MAX_DIGITS = 28  # what decimal arithmetic keeps exactly without being asked
MAX_PHRASE = 120

_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?")
_HOW = "Write it like 101, 0.5 or -3: no signs but -, no spaces, no zeroes that could be left out."


@dataclass(frozen=True, slots=True)
class Quantity:
    """A range from `lower` to `upper`, both included; None where it is open, but not on both sides.

    Raises UsageError for bounds that are not canonical decimals or stand the wrong way round.
    """

    lower: str | None
    upper: str | None
    text: str | None = None

    def __post_init__(self) -> None:
        lower, upper = self.bounds
        if lower is None and upper is None:
            raise UsageError(
                "A range needs at least one end.", "If no number is known, write text."
            )
        if lower is not None and upper is not None and lower > upper:
            raise UsageError("The lower end is above the upper end.", "Swap the two numbers.")

    @property
    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        """The two ends as numbers."""
        return (
            None if self.lower is None else Decimal(check_decimal(self.lower)),
            None if self.upper is None else Decimal(check_decimal(self.upper)),
        )


def check_decimal(text: object) -> str:
    """Return `text` if it is a decimal in its one legal spelling, else raise UsageError."""
    if isinstance(text, str) and len(text) <= MAX_DIGITS + 2 and _DECIMAL.fullmatch(text):
        digits = len(text) - text.count("-") - text.count(".")
        if text != "-0" and digits <= MAX_DIGITS:
            return text
    raise UsageError(f"This is not a number of at most {MAX_DIGITS} digits.", _HOW)


def spell(number: Decimal | int) -> str:
    """Return the one legal spelling of a number; raises UsageError for what has none."""
    number = Decimal(number)
    if not number.is_finite() or not -MAX_DIGITS <= number.adjusted() < MAX_DIGITS:
        raise UsageError(f"This is not a number of at most {MAX_DIGITS} digits.", _HOW)
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return check_decimal("0" if text == "-0" else text)


def contains(quantity: Quantity, number: Decimal | int) -> bool:
    """Say whether `number` lies in the range."""
    lower, upper = quantity.bounds
    return (lower is None or lower <= number) and (upper is None or number <= upper)


def certainly_more(one: Quantity, other: Quantity) -> bool:
    """Say whether `one` is more than `other`, whichever numbers of their ranges they are."""
    lower, upper = one.bounds[0], other.bounds[1]
    return lower is not None and upper is not None and lower > upper


def overlap(one: Quantity, other: Quantity) -> bool:
    """Say whether some number lies in both ranges."""
    return not certainly_more(one, other) and not certainly_more(other, one)


# --- suggestions ----------------------------------------------------------------------------------

_WORDS = {
    word: number
    for number, words in enumerate(
        (
            "one один одного одна одной",
            "two два двух две",
            "three три трех",
            "four четыре четырех",
            "five пять пяти",
            "six шесть шести",
            "seven семь семи",
            "eight восемь восьми",
            "nine девять девяти",
            "ten десять десяти",
        ),
        start=1,
    )
    for word in words.split()
}
_TIMES = {
    word: 10**zeroes
    for zeroes, words in {
        3: "thousand тысяча тысячи тысяч тыс.",
        6: "million миллион миллиона миллионов млн.",
        9: "billion миллиард миллиарда миллиардов млрд.",
    }.items()
    for word in (*words.split(), words.split()[-1].rstrip("."))
}
_COUNTED = (
    "people persons men women children civilians victims detainees cases "
    "человек человека людей мужчин женщин детей жертв задержанных случаев случая"
)

# What is said around a number, and the range it makes; in the order they are tried.
_AROUND: dict[str, tuple[str, ...]] = {
    "at least": (
        *("at least N", "no fewer than N", "no less than N", "not less than N", "N or more", "N+"),
        *("не менее N", "не меньше N", "как минимум N", "минимум N", "по меньшей мере N"),
        *("N и более", "N или более", "N и больше", "N или больше"),
    ),
    "at most": (
        *("at most N", "no more than N", "not more than N", "up to N", "N or fewer", "N or less"),
        *("не более N", "не больше N", "максимум N", "до N", "N или менее", "N или меньше"),
    ),
    "above": (
        *("more than N", "over N", "above N", "upwards of N", "in excess of N", ">N"),
        *("более N", "больше N", "свыше N"),
    ),
    "below": (
        *("less than N", "fewer than N", "under N", "below N", "nearly N", "almost N", "<N"),
        *("менее N", "меньше N", "почти N"),
    ),
    "number": (
        *("N", "exactly N", "about N", "around N", "approximately N", "roughly N", "some N", "~N"),
        *("ровно N", "около N", "примерно N", "приблизительно N", "порядка N"),
    ),
    "between": (
        *("between N and N", "from N to N", "N to N", "N-N"),
        *("между N и N", "от N до N"),
    ),
    "either": ("N or N", "N или N"),
}


def _one_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_NUMBER = (
    rf"([0-9]+(?:[ ,.][0-9]+)*|(?:{_one_of(_WORDS)})(?![a-zа-я]))"
    rf"(?: ?({_one_of(_TIMES)})(?![a-zа-я]))?"
)
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:([ ,])[0-9]{3}(?:\1[0-9]{3})*)?(?:\.[0-9]+)?")


@cache  # not at import: compiling takes longer than loading most of the package
def _phrases() -> list[tuple[str, re.Pattern[str]]]:
    counted = _one_of(_COUNTED.split())
    return [
        (
            shape,
            re.compile(
                "(?:"
                + "|".join(re.escape(phrase).replace("N", _NUMBER) for phrase in phrases)
                + rf")(?: (?:{counted}))?"
            ),
        )
        for shape, phrases in _AROUND.items()
    ]


def suggest(phrase: str, *, counted: bool = True) -> Quantity | None:
    """Return the range an English or Russian phrase speaks of, or None; for a person to confirm.

    `counted`: the things come whole, so that "more than 100" begins at 101. For what is measured it
    begins at 100, which says slightly less than the words, never more. "Almost 100" and "fewer than
    100" have no lower bound, "4 or 7" is no range, "1.000" and the Russian "1,000" have two
    readings: None.
    """
    if len(phrase) > MAX_PHRASE:
        return None
    text = re.sub("[\u2010-\u2015\u2212]", "-", phrase.lower().replace("ё", "е"))
    text = re.sub(" ?- ?", "-", " ".join(text.split()))
    for shape, pattern in _phrases():
        match = pattern.fullmatch(text)
        if match:
            found = [part for part in match.groups() if part is not None]
            russian = any("а" <= letter <= "я" for letter in text)
            return _quantity(shape, _numbers(found, russian), phrase.strip(), counted)
    return None


def _quantity(shape: str, numbers: list[Decimal], text: str, counted: bool) -> Quantity | None:
    if not numbers or (counted and any(number != int(number) for number in numbers)):
        return None
    first, last = numbers[0], numbers[-1]
    step = 1 if counted else 0
    lower, upper = {
        "at least": (first, None),
        "at most": (None, first),
        "above": (first + step, None),
        "below": (None, first - step),
        "number": (first, first),
        "between": (first, last),
        "either": (first, last if last - first == 1 and counted else first - 1),
    }[shape]
    try:
        return Quantity(
            None if lower is None else spell(lower), None if upper is None else spell(upper), text
        )
    except UsageError:  # too many digits, or the wrong way round: not understood
        return None


def _numbers(parts: list[str], russian: bool) -> list[Decimal]:
    """Read digits or words, each perhaps with a multiplier after it; empty if one is ambiguous."""
    numbers: list[Decimal] = []
    times: list[int] = []
    for part in parts:
        if part in _TIMES:
            times[-1] = _TIMES[part]
            continue
        number = _number(part, russian)
        if number is None:
            return []
        numbers.append(number)
        times.append(1)
    if len(numbers) == 2 and times[0] == 1 and numbers[0] < numbers[1]:
        times[0] = times[1]  # "2-3 million" are both millions; "900 to 1 million" are not
    return [number * factor for number, factor in zip(numbers, times, strict=True)]


def _number(text: str, russian: bool) -> Decimal | None:
    if text in _WORDS:
        return Decimal(_WORDS[text])
    if text.isdigit() and (text == "0" or text[0] != "0"):
        return Decimal(text)
    if re.fullmatch(r"[0-9]+,[0-9]+", text) and russian:
        whole, _, fraction = text.partition(",")
        return None if len(fraction) == 3 else Decimal(f"{whole}.{fraction}")
    if re.fullmatch(r"(?:0|[1-9][0-9]*)\.[0-9]+", text):
        whole, _, fraction = text.partition(".")
        return None if len(fraction) == 3 and whole != "0" else Decimal(text)
    if _GROUPED.fullmatch(text):
        return Decimal(text.replace(" ", "").replace(",", ""))
    return None
