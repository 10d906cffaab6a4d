"""EDTF, judged by the tables of two other projects and the validator of a third.

Where a table disagrees with us, the value is listed here with the reason; nothing is loosened.
"""

from __future__ import annotations

import ast
import csv
import re
import warnings
from collections.abc import Callable, Iterator
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.shared_data import shared
from unburnt.core.day import Day
from unburnt.core.edtf import Edtf, certainly_before, is_valid, may_overlap, order_key, parse
from unburnt.core.errors import UsageError

VECTORS = "vectors/edtf"


def table(name: str) -> Iterator[dict[str, str]]:
    with shared(f"{VECTORS}/{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def bound(day: Day | None) -> str:
    return str(day) if day else "none"


# --- what we decide otherwise than the tables, by value -------------------------------------------

CENTURY = "a century or decade of two or three digits is not in the profile: 19XX, 193X"
TWO_MARKS = "two marks on one part"
POSSIBLE = "the end may lie after the beginning"

VERDICTS_OTHERWISE = {
    **dict.fromkeys(("-04", "00", "19"), CENTURY),
    **dict.fromkeys(("-019", "-193", "000", "009", "019", "193"), CENTURY),
    **dict.fromkeys(("19%", "19?", "19~", "197%", "197?", "197~"), CENTURY),
    "2001-?09~-09": TWO_MARKS,
    "2012-21/2012-22": "from spring to summer; lists.csv accepts 2003-22/2003-23",
}
LISTS_OTHERWISE = {
    "0000-01-03/0000-01": POSSIBLE,
    "0000-02/0000": POSSIBLE,
    "2004-06-11%/2004-%06": POSSIBLE,
    "2004-06-11%/2004-06~": POSSIBLE,
    "2012-24/2012-21": "winter 2012 may mean January, which is before spring",
}
BOUNDS_OTHERWISE = {
    "/2006": ("none", "2006-12-31"),  # they take ten years for an unknown end
    "2004-06-01/": ("2004-06-01", "none"),
    "1984-06-02?/": ("1984-06-02", "none"),
    "2010-24": ("2010-01-01", "2011-02-28"),  # their winter ends on 31 December
}
NOT_IN_OUR_PROFILE = {
    **dict.fromkeys(("Y17E7", "Y-17E7"), "exponent"),
    **dict.fromkeys(("1950S2", "1953S2", "1953S3"), "significant digits"),
    **dict.fromkeys(("Y17101E4S3", "Y3388E2S3", "Y171010000S3"), "significant digits"),
    # lists.csv refuses blanks too
    **dict.fromkeys(("[1667, 1668, 1670..1672]", "[1760-01, 1760-02, 1760-12..]"), "blanks"),
    **dict.fromkeys(("[1667, 1760-12]", "{1667,1668, 1670..1672}", "{1960, 1961-12}"), "blanks"),
}


def test_verdicts_agree_but_for_those_listed() -> None:
    rows = list(table("verdicts"))
    otherwise = {
        row["edtf"] for row in rows if is_valid(row["edtf"]) != (row["verdict"] == "valid")
    }
    assert len(rows) == 81
    assert otherwise == set(VERDICTS_OTHERWISE)


def test_lists_agree_but_for_those_listed() -> None:
    rows = list(table("lists"))
    otherwise = {
        row["edtf"] for row in rows if is_valid(row["edtf"]) == row["list"].startswith("invalid")
    }
    assert len(rows) == 157
    assert otherwise == set(LISTS_OTHERWISE)


def examples(group: str) -> list[tuple[str, tuple[object, ...]]]:
    rows = [row for row in table("bounds") if row["group"] == group]
    return [ast.literal_eval(row["case"]) for row in rows]


def test_bounds_agree_but_for_those_listed() -> None:
    cases = examples("EXAMPLES")
    assert len(cases) == 90
    for text, theirs in cases:
        if text in NOT_IN_OUR_PROFILE:
            assert not is_valid(text), text
            continue
        # one day; or first and last day; a third and fourth, or second and third, widen by a mark
        lower, upper = (theirs[0], theirs[0]) if len(theirs) in (1, 3) else theirs[:2]
        wanted = tuple("none" if str(day).endswith("inf") else str(day) for day in (lower, upper))
        date = parse(text)
        ours = tuple(bound(day).lstrip("+") for day in (date.lower, date.upper))
        assert ours == BOUNDS_OTHERWISE.get(text, wanted), text


def test_marks_agree() -> None:
    cases = examples("APPROXIMATE_UNCERTAIN_EXAMPLES")
    assert len(cases) == 26
    for text, (uncertain, approximate, both) in cases:
        date = parse(text)
        assert (date.uncertain, date.approximate) == (uncertain or both, approximate or both), text


def test_bad_examples_are_refused() -> None:
    cases = cast("list[str | None]", examples("BAD_EXAMPLES"))
    assert len(cases) == 17
    assert not [text for text in cases if text is not None and is_valid(text)]


def test_dates_suggested_for_natural_language_are_valid() -> None:
    texts = {row["edtf"] for row in table("natural_language")} - {"", "1849-21-XX", "1849-21-XX%"}
    assert len(texts) > 70
    assert {text for text in texts if not is_valid(text)} == {"[1858, 1860]"}  # blank


# --- the validator --------------------------------------------------------------------------------

DIFFERS: dict[str, tuple[re.Pattern[str], bool]] = {
    # reason: (which texts, do we accept them)
    "zero shift, and +14 without minutes": (re.compile(r".*T.*[+](00(:00)?|14)"), True),
    "a mark on a date with unknown digits": (re.compile(r".*X.*[?~%]|[?~%].*X.*"), True),
    "a mark on a part of a year, or before a season": (
        re.compile(r".*-(2[5-9]|3\d|4[01])[?~%]|[?~%].*-2[1-4][?~%]?"),
        True,
    ),
    "no such day": (re.compile(r".*-(02-29|02-3[01]|0[469]-31|11-31).*"), False),
    "a time without a day": (re.compile(r"-?\d{4}(-\d\d)?T.*"), False),
    "a shift west of -12:00": (re.compile(r".*T.*-1[234](:\d\d)?"), False),
    "no civil shift: between -12:00 and -13:00": (re.compile(r".*T.*-12:(?!00)\d\d"), False),
    "unknown digits beside an open or unknown end": (
        re.compile(r".*X.*/(\.\.)?|(\.\.)?/.*X.*"),
        True,
    ),
    "the year 0000 at an end": (re.compile(r".*/0000.*|0000.*/.*"), True),
    "two negative years, or one with an open beginning": (re.compile(r"(-.*|\.\.|)/-.*"), True),
    "months within one negative year, backwards": (re.compile(r"-(\d{4}).*/-\1.*"), False),
    "a plain negative year, then a season": (
        re.compile(r"-[-\d]+/.*-2[1-4][?~%]?"),
        True,
    ),
    "an end that contains the beginning": (re.compile(r"([-\d]+)-\d\d.*/\1[?~%]?"), True),
    "winter, which may mean January, before months": (
        re.compile(r"(-?\d{4})-24.*/\1-\d\d.*"),
        True,
    ),
    "a season after the months it begins in": (
        re.compile(r"(-?\d{4})-2[123].*/\1-\d\d.*"),
        False,
    ),
}

DIFFERENCES = {
    "zero shift, and +14 without minutes": "2018-01-22T21:00:00+00:00",
    "a mark on a date with unknown digits": "201X~",
    "a mark on a part of a year, or before a season": "2018-33~",
    "no such day": "2018-02-29",
    "a time without a day": "2018-01T21:00:00",
    "a shift west of -12:00": "2018-01-22T21:00:00-13:00",
    "no civil shift: between -12:00 and -13:00": "2018-01-22T21:00:00-12:30",
    "unknown digits beside an open or unknown end": "2018-01-XX/..",
    "the year 0000 at an end": "/0000",
    "two negative years, or one with an open beginning": "-0044-03/-0044-04",
    "months within one negative year, backwards": "-0044-04/-0044-03",
    "a plain negative year, then a season": "-0044/0001-21",
    "an end that contains the beginning": "2018-01-09/2018-01",
    "winter, which may mean January, before months": "2018-24/2018-02",
    "a season after the months it begins in": "2018-22/2018-05",
}


@pytest.fixture(scope="session")
def validator() -> Callable[[str], bool]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it calls its parser by names that are going away
        module = pytest.importorskip("edtf_validate.valid_edtf")
    return cast("Callable[[str], bool]", module.is_valid)


@pytest.mark.parametrize("reason", DIFFERS)
def test_each_difference_from_the_validator_is_real(
    reason: str, validator: Callable[[str], bool]
) -> None:
    text = DIFFERENCES[reason]
    pattern, accepted = DIFFERS[reason]
    assert pattern.fullmatch(text)
    assert is_valid(text) is accepted
    assert bool(validator(text)) is not accepted


def agrees(text: str, validator: Callable[[str], bool]) -> bool:
    """Whether both decide alike, or the difference is one of those listed."""
    ours = is_valid(text)
    if ours == bool(validator(text)):
        return True
    return any(p.fullmatch(text) and ours is accepted for p, accepted in DIFFERS.values())


years = st.integers(-9999, 9999).map(lambda y: f"-{-y:04}" if y < 0 else f"{y:04}")
two_digits = st.integers(0, 33).map("{:02}".format)
marks = st.sampled_from(["", "", "", "?", "~", "%"])
plain = st.one_of(
    st.builds("{}{}".format, years, marks),
    st.builds("{}-{}{}".format, years, st.integers(0, 24).map("{:02}".format), marks),
    st.builds(
        "{}-{}-{}{}".format, years, st.integers(0, 13).map("{:02}".format), two_digits, marks
    ),
    st.builds("Y{}".format, st.integers(-200_000, 200_000)),
)
unspecified = st.one_of(
    st.builds("{}X".format, years.map(lambda y: y[:-1])),
    st.builds("{}XX".format, years.map(lambda y: y[:-2])),
    st.builds("{}-XX".format, years),
    st.builds("{}-{}-XX".format, years, two_digits),
    st.builds("{}-XX-XX".format, years),
)
times = st.builds(
    "{}-{}-{}T{}:{}:{}{}".format,
    years,
    st.integers(1, 12).map("{:02}".format),
    two_digits,
    st.integers(0, 25).map("{:02}".format),
    st.integers(0, 61).map("{:02}".format),
    st.integers(0, 61).map("{:02}".format),
    st.sampled_from(["", "Z", "z", "+03", "+03:30", "-12:00", "+14:00", "-00:00", "+15", "+0300"])
    | st.builds(
        "{}{:02}:{:02}".format, st.sampled_from("+-"), st.integers(0, 15), st.integers(0, 61)
    ),
)
ends = plain | st.sampled_from(["", "..", "2018", "2018-01", "2018-12-31"])
intervals = st.builds("{}/{}".format, ends, ends)
characters = st.text("0123456789-/X?~%.TZ:+ []{},Y", min_size=1, max_size=12)


SLOW = settings(max_examples=40, deadline=None)  # the validator takes up to 10 ms for a text


@pytest.mark.slow
@SLOW
@given(plain | unspecified | times | characters)
def test_the_validator_agrees_on_dates(validator: Callable[[str], bool], text: str) -> None:
    assert agrees(text, validator), text


@pytest.mark.slow
@SLOW
@given(intervals)
def test_the_validator_agrees_on_intervals(validator: Callable[[str], bool], text: str) -> None:
    assert agrees(text, validator), text


@pytest.mark.slow
@SLOW
@given(plain | unspecified, st.integers(0, 10), st.sampled_from("0123456789-/X?~%.TZ"))
def test_the_validator_agrees_on_dates_with_a_typing_error(
    validator: Callable[[str], bool], text: str, place: int, letter: str
) -> None:
    changed = text[:place] + letter + text[place + 1 :]
    assert agrees(changed, validator), changed


# --- what we say ourselves ------------------------------------------------------------------------

BOUNDS = {
    "2018": ("2018-01-01", "2018-12-31"),
    "2016-02": ("2016-02-01", "2016-02-29"),
    "1900-02": ("1900-02-01", "1900-02-28"),
    "0000-02": ("0000-02-01", "0000-02-29"),
    "2018-01-2X~": ("2018-01-20", "2018-01-29"),
    "2018-02-2X": ("2018-02-20", "2018-02-28"),
    "2018-X1-31": ("2018-01-31", "2018-01-31"),
    "2018-0X": ("2018-01-01", "2018-09-30"),
    "2018-XX-31": ("2018-01-31", "2018-12-31"),
    "XXXX-02-29": ("0000-02-29", "9996-02-29"),
    "19XX-02-29": ("1904-02-29", "1996-02-29"),
    "-19XX-02-29": ("-1996-02-29", "-1904-02-29"),
    "-000X": ("-0009-01-01", "-0001-12-31"),
    "-XXXX": ("-9999-01-01", "-0001-12-31"),
    "Y-12000": ("-12000-01-01", "-12000-12-31"),
    "2018-01-22T23:30:00-05:00": ("2018-01-22", "2018-01-22"),
    "2018-01-22T24:00:00": ("2018-01-22", "2018-01-22"),
    "2018-21": ("2018-03-01", "2018-05-31"),
    "2018-24": ("2018-01-01", "2019-02-28"),
    "2019-24": ("2019-01-01", "2020-02-29"),
    "2018-28": ("2018-01-01", "2019-02-28"),
    "2018-30": ("2018-01-01", "2019-02-28"),
    "2018-32": ("2018-06-01", "2018-08-31"),
    "2018-33": ("2018-01-01", "2018-03-31"),
    "2018-39": ("2018-09-01", "2018-12-31"),
    "2018-41": ("2018-07-01", "2018-12-31"),
    "2018-01-09/2018-02": ("2018-01-09", "2018-02-28"),
    "2018-01/..": ("2018-01-01", "none"),
    "/2018-01": ("none", "2018-01-31"),
    "../..": ("none", "none"),
    "[2018-01-09,2017]": ("2017-01-01", "2018-01-09"),
    "[..2018-05-15]": ("none", "2018-05-15"),
    "[2018-05-16..]": ("2018-05-16", "none"),
    "[..2017,2018-03,2020..]": ("none", "none"),
    "{2018-01-09..2018-01-11,2018-02~}": ("2018-01-09", "2018-02-28"),
    "[-0001..0001]": ("-0001-01-01", "0001-12-31"),
    "[2018-21,2018-22]": ("2018-03-01", "2018-08-31"),
}


@pytest.mark.parametrize("text", BOUNDS)
def test_bounds(text: str) -> None:
    date = parse(text)
    assert (bound(date.lower), bound(date.upper)) == BOUNDS[text]
    assert date.text == text


KINDS = {
    "2018-01-22": "date",
    "201X": "date",
    "Y12000": "date",
    "2018-01-22T21:00:00Z": "time",
    "2018-24~": "season",
    "2018/..": "interval",
    "[2017,2018]": "one_of",
    "{2017,2018}": "all_of",
}


@pytest.mark.parametrize(("text", "kind"), KINDS.items())
def test_kinds(text: str, kind: str) -> None:
    assert parse(text).kind == kind


def test_members_show_how_a_date_is_built() -> None:
    before, between, one = parse("[..2017,2018-01..2018-03,2019~]").members
    assert [member.kind for member in (before, between, one)] == ["range", "range", "date"]
    assert [end.kind for end in before.members] == ["open", "date"]
    assert [end.text for end in between.members] == ["2018-01", "2018-03"]
    assert [end.kind for end in parse("/..").members] == ["unknown", "open"]
    assert one.approximate


REFUSED = {
    "empty": "",
    "one character too many": "[" + ",".join(["2018-01-09"] * 11) + ",20180]",
    "too many members": "[" + ",".join(["2018"] * 17) + "]",
    "a blank": "2018-01 ",
    "a newline after": "2018-01\n",
    "Arabic digits": "٢٠١٨",
    "full-width digits": "２０１８",
    "a long dash": "2018–01",
    "no zeroes": "2018-1-9",
    "day first": "09.01.2018",
    "slashes": "2018/01/09",
    "basic format": "20180109",
    "a week": "2018-W03",
    "day of the year": "2018-022",
    "day 0": "2018-01-00",
    "29 February in a common year": "2018-02-29",
    "29 February in years that are never leap": "20X1-02-29",
    "30 February in any year": "XXXX-02-30",
    "a month that no digit makes": "2018-2X",
    "a day that no digit makes": "2018-01-4X",
    "a day of a season": "2018-21-09",
    "a season of an unknown year": "201X-21",
    "small x": "201x",
    "two marks": "2018-01~?",
    "a mark on both sides": "?2018?",
    "a mark alone": "~",
    "minutes only": "2018-01-22T21:00",
    "fractions of a second": "2018-01-22T21:00:00.5",
    "a leap second": "2016-12-31T23:59:60Z",
    "an hour beyond 24": "2018-01-22T25:00:00",
    "after the end of the day": "2018-01-22T24:00:01",
    "minus zero shift": "2018-01-22T21:00:00-00:00",
    "shift without colon": "2018-01-22T21:00:00+0300",
    "a time of an uncertain day": "2018-01-22~T21:00:00",
    "a time of an unknown day": "2018-01-XXT21:00:00",
    "a time of a month": "2018-01T21:00:00",
    "times in an interval": "2018-01-22T21:00:00/2018-01-22T22:00:00",
    "a slash alone": "/",
    "three ends": "2018/2019/2020",
    "end before beginning": "2018-06/2018-01",
    "a marked open end": "2018/..~",
    "long year in an interval": "Y12000/..",
    "long year of four digits": "Y2018",
    "long year of ten digits": "Y1234567890",
    "long year with a month": "Y12000-01",
    "long year with a mark": "Y12000~",
    "exponent": "Y17E7",
    "significant digits": "1950S2",
    "a set never closed": "[2018,2019",
    "a set closed otherwise": "[2018,2019}",
    "a set of none": "[]",
    "a set of one": "[2018]",
    "a set of all time": "[..]",
    "an empty member": "[2018,,2019]",
    "a blank in a set": "[2018, 2019]",
    "a set in a set": "[[2018,2019],2020]",
    "an interval in a set": "[2018/2019,2020]",
    "a time in a set": "[2018-01-22T21:00:00,2019]",
    "earlier, but not first": "[2018,..2017]",
    "later, but not last": "[2018..,2019]",
    "falling range": "[2019..2018]",
    "range of unequal length": "[2018..2018-03]",
    "range of marked dates": "[2018~..2019]",
    "range with three ends": "[2017..2018..2019]",
    "three dots": "[2018...2019]",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert caught.value.next_step
    assert not is_valid(text)


def test_the_longest_text_is_read_and_one_longer_is_not() -> None:
    longest = "[" + ",".join(["2018-01-09"] * 11) + ",2018]"
    assert len(longest) == 127
    assert is_valid(longest)
    assert is_valid("[" + ",".join(["2018-01-09"] * 11) + ",?2018]")
    with pytest.raises(UsageError, match="128"):
        parse("[" + ",".join(["2018-01-09"] * 11) + ",?2018~]")


@given(st.text(max_size=140) | characters)
def test_any_text_is_read_or_refused_with_a_usage_error(text: str) -> None:
    try:
        date = parse(text)
    except UsageError:
        return
    assert date.text == text
    assert date.lower is None or date.upper is None or date.lower <= date.upper


@given(plain | unspecified)
def test_a_known_digit_never_widens_the_bounds(text: str) -> None:
    """Each X replaced by a digit gives bounds inside those of the unknown date."""
    if not is_valid(text) or "X" not in text or text.startswith("-"):
        return  # bounds of negative years do not compare as text
    wide = parse(text)
    for digit in "0123456789":
        narrower = text.replace("X", digit, 1)
        if is_valid(narrower):
            narrow = parse(narrower)
            if narrow.kind == "date":  # 2018-2X is no month, but 2018-21 is a season
                assert bound(wide.lower) <= bound(narrow.lower)
                assert bound(narrow.upper) <= bound(wide.upper)


@given(plain | unspecified, st.sampled_from("?~%"))
def test_a_mark_moves_no_bound(text: str, mark: str) -> None:
    if is_valid(text) and is_valid(text + mark):
        plain_date, marked = parse(text), parse(text + mark)
        assert (plain_date.lower, plain_date.upper) == (marked.lower, marked.upper)


def test_a_chronology_goes_by_lower_then_upper_bound_then_time() -> None:
    ordered = [
        "../2017",
        "../2018",
        "[..2018]",
        "../..",
        "-0044-03-15",
        "0000",
        "2017",
        "2018-01-01",
        "2018-01",
        "2018",
        "2018-01-09",
        "2018-01-09T08:00:00",
        "2018-01-09T21:00:00",
        "2018-01-09/2018-01-11",
        "2018-01-09/..",
        "2018-01-10",
        "Y12000",
    ]
    dates = [parse(text) for text in ordered]
    dates.reverse()
    assert [date.text for date in sorted(dates, key=order_key)] == ordered


BEFORE = {
    ("2017", "2018-01-01"): True,
    ("2017", "2017-12-31"): False,
    ("2018", "2017"): False,
    ("2017~", "2018"): False,
    ("2017", "2018?"): False,
    ("2017/..", "2018"): False,
    ("[..2017]", "2018"): True,
    ("2017", "/2018"): False,
}


@pytest.mark.parametrize(("pair", "certain"), BEFORE.items(), ids=map(" before ".join, BEFORE))
def test_certainly_before(pair: tuple[str, str], certain: bool) -> None:
    one, other = map(parse, pair)
    assert certainly_before(one, other) is certain
    if certain:
        assert not may_overlap(one, other)
        assert not may_overlap(other, one)


def test_dates_that_share_a_day_may_overlap() -> None:
    assert may_overlap(parse("2018-01"), parse("2018-01-31/2018-02"))
    assert not may_overlap(parse("2018-02"), parse("2018-01"))


def test_a_date_is_a_frozen_value() -> None:
    date = parse("2018-01")
    assert date == parse("2018-01")
    assert hash(date) == hash(parse("2018-01"))
    assert isinstance(date, Edtf)
    with pytest.raises(AttributeError):
        date.text = "2019"  # type: ignore[misc]
