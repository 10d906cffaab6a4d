"""Ranges of exact decimals, and what is read from phrases."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core.errors import UsageError
from unburnt.core.quantity import (
    Quantity,
    certainly_more,
    check_decimal,
    contains,
    overlap,
    spell,
    suggest,
)

NOT_DECIMALS: dict[str, object] = {
    "empty": "",
    "plus": "+1",
    "leading zero": "01",
    "trailing zero of a fraction": "1.50",
    "point without fraction": "1.",
    "point without whole": ".5",
    "minus zero": "-0",
    "exponent": "1e3",
    "blank": "1 000",
    "comma": "1,5",
    "newline after": "1\n",
    "Arabic digits": "٣",
    "not a number": "NaN",
    "infinity": "Infinity",
    "twenty-nine digits": "1" * 29,
    "twenty-nine digits around a point": "1." + "1" * 28,
    "an integer": 1,
    "a float": 0.5,
    "nothing": None,
}

decimals = st.decimals(
    min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=6
)


@pytest.mark.parametrize("text", NOT_DECIMALS.values(), ids=NOT_DECIMALS.keys())
def test_what_is_not_a_canonical_decimal_is_refused(text: object) -> None:
    with pytest.raises(UsageError):
        check_decimal(text)


@pytest.mark.parametrize("text", ["0", "-3", "101", "0.5", "-0.05", "1" * 28, "-0." + "1" * 27])
def test_canonical_decimals_are_returned_as_they_are(text: str) -> None:
    assert check_decimal(text) == text
    assert spell(Decimal(text)) == text


@given(decimals | st.integers(-(10**28) + 1, 10**28 - 1))
def test_every_number_has_one_spelling_that_keeps_its_value(number: Decimal | int) -> None:
    text = spell(number)
    assert Decimal(check_decimal(text)) == number


@given(st.text("-.0123", max_size=8))
def test_equal_numbers_are_spelled_equally(text: str) -> None:
    try:
        check_decimal(text)
    except UsageError:
        return
    assert spell(Decimal(text)) == text


@pytest.mark.parametrize(
    "number",
    [
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("1E+28"),
        10**28,
        Decimal("1E-28"),
        Decimal("1E+999999999"),
    ],
)
def test_numbers_without_a_spelling_are_refused(number: Decimal | int) -> None:
    with pytest.raises(UsageError):
        spell(number)


BAD_RANGES = {
    "no end": (None, None),
    "wrong way round": ("2", "1"),
    "wrong way round as numbers, right as text": ("10", "9"),
    "a bound that is not canonical": ("01", None),
    "an upper bound that is not canonical": (None, "1.0"),
}


@pytest.mark.parametrize(("lower", "upper"), BAD_RANGES.values(), ids=BAD_RANGES.keys())
def test_bad_ranges_are_refused(lower: str | None, upper: str | None) -> None:
    with pytest.raises(UsageError):
        Quantity(lower, upper)


def test_ranges_compare_as_numbers_not_as_text() -> None:
    assert Quantity("9", "10").bounds == (Decimal(9), Decimal(10))
    assert certainly_more(Quantity("100", None), Quantity(None, "99"))


@given(decimals, decimals, decimals)
def test_a_range_contains_what_lies_between_its_ends(a: Decimal, b: Decimal, c: Decimal) -> None:
    low, middle, high = sorted((a, b, c))
    assert contains(Quantity(spell(low), spell(high)), middle)
    assert contains(Quantity(spell(low), None), high)
    assert contains(Quantity(None, spell(high)), low)
    if low < middle:
        assert not contains(Quantity(spell(middle), None), low)
        assert certainly_more(Quantity(spell(middle), None), Quantity(None, spell(low)))
        assert not overlap(Quantity(spell(low), spell(low)), Quantity(spell(middle), None))
    assert overlap(Quantity(spell(low), spell(middle)), Quantity(spell(middle), spell(high)))
    assert not certainly_more(Quantity(spell(low), None), Quantity(spell(low), None))


# --- suggestions ----------------------------------------------------------------------------------

UNDERSTOOD: dict[str, tuple[str | None, str | None]] = {
    "4": ("4", "4"),
    "0": ("0", "0"),
    "exactly four people": ("4", "4"),
    "ровно 4 человека": ("4", "4"),
    "1,000": ("1000", "1000"),
    "1 000 000": ("1000000", "1000000"),
    "10\u00a0000 человек": ("10000", "10000"),
    "more than 100": ("101", None),
    "More than 100 people": ("101", None),
    "over 3 million": ("3000001", None),
    "свыше 3 млн. человек": ("3000001", None),
    "более 100": ("101", None),
    "at least 4": ("4", None),
    "no fewer than four": ("4", None),
    "не менее 4": ("4", None),
    "не менее четырёх человек": ("4", None),
    "100+": ("100", None),
    "100 or more": ("100", None),
    "100 и более": ("100", None),
    "up to 50": (None, "50"),
    "не более 50": (None, "50"),
    "до 50 человек": (None, "50"),
    "fewer than 50": (None, "49"),
    "almost 100": (None, "99"),
    "почти 100": (None, "99"),
    "100-150": ("100", "150"),
    "100–150": ("100", "150"),
    "100 — 150": ("100", "150"),
    "between 100 and 150": ("100", "150"),
    "от 100 до 150": ("100", "150"),
    "2–3 million": ("2000000", "3000000"),
    "900 to 1 million": ("900", "1000000"),
    "4 or 5": ("4", "5"),
    "4 или 5": ("4", "5"),
    "about 180": ("180", "180"),
    "около 180": ("180", "180"),
    "2.5 million": ("2500000", "2500000"),
    "2,5 млн": ("2500000", "2500000"),
    "5 тыс.": ("5000", "5000"),
}

NOT_UNDERSTOOD = {
    "empty": "",
    "many": "many",
    "a dozen": "over a dozen",
    "a point before three digits": "1.000",
    "a comma before three digits in Russian": "более 1,000",
    "a decimal comma in English": "about 2,5 million",
    "digits grouped unevenly": "1 00 000",
    "an Indian grouping": "1,00,000",
    "leading zeroes": "007",
    "half a person": "2.5",
    "two numbers far apart": "4 or 7",
    "wrong way round": "150-100",
    "a year ago": "100 years ago",
    "words after that change the meaning": "100 people at most",
    "words before that change the meaning": "not 100",
    "a negated excess": "not over 100",
    "two clauses": "4 dead, 5 wounded",
    "twenty-nine digits": "9" * 29,
    "one more than twenty-eight digits": "more than " + "9" * 28,
    "too long": "4" + " " * 200,
}


@pytest.mark.parametrize("phrase", UNDERSTOOD)
def test_understood(phrase: str) -> None:
    lower, upper = UNDERSTOOD[phrase]
    assert suggest(phrase) == Quantity(lower, upper, phrase)


@pytest.mark.parametrize("phrase", NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD.keys())
def test_not_understood(phrase: str) -> None:
    assert suggest(phrase) is None


MEASURED: dict[str, tuple[str | None, str | None] | None] = {
    "more than 100": ("100", None),
    "less than 0.5": (None, "0.5"),
    "2.5": ("2.5", "2.5"),
    "0.125": ("0.125", "0.125"),
    "менее 1,5": (None, "1.5"),
    "4 or 5": None,
}


@pytest.mark.parametrize("phrase", MEASURED)
def test_what_is_measured_is_not_rounded_to_whole_things(phrase: str) -> None:
    wanted = MEASURED[phrase]
    assert suggest(phrase, counted=False) == (Quantity(*wanted, phrase) if wanted else None)


@given(st.text(max_size=60) | st.text("0123456789 ,.-+<>~NотдоmillionорN", max_size=40))
def test_any_phrase_is_understood_or_not_but_never_an_error(phrase: str) -> None:
    found = suggest(phrase)
    assert found is None or found.text == phrase.strip()


@given(st.integers(0, 10**9))
def test_a_number_is_read_back_from_every_way_of_writing_it(number: int) -> None:
    for text in (str(number), f"{number:,}", f"{number:,}".replace(",", " ")):
        assert suggest(text) == Quantity(str(number), str(number), text)
