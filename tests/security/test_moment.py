"""Moments have one spelling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core.errors import ForeignDataError
from unburnt.security import moment


@given(st.datetimes(timezones=st.just(UTC)).map(lambda m: m.replace(microsecond=0)))
def test_a_moment_spelled_is_read_again(when: datetime) -> None:
    assert moment.parse(moment.spell(when)) == when


WRONG = {
    "another zone": "2018-01-24T09:10:00+03:00",
    "no zone": "2018-01-24T09:10:00",
    "a fraction": "2018-01-24T09:10:00.5Z",
    "a day that never was": "2018-02-30T09:10:00Z",
    "hour 24": "2018-01-24T24:00:00Z",
    "the year 0": "0000-01-24T09:10:00Z",
    "a small t": "2018-01-24t09:10:00Z",
    "a line feed": "2018-01-24T09:10:00Z\n",
    "digits of another script": "٢٠١٨-01-24T09:10:00Z",
    "a number": 1516785000,
    "nothing": None,
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_any_other_spelling_is_refused(text: object) -> None:
    with pytest.raises(ForeignDataError):
        moment.parse(text)


def test_later_moments_are_counted() -> None:
    assert moment.later("2018-01-24T09:10:00Z", timedelta(days=90)) == "2018-04-24T09:10:00Z"


def test_there_is_no_moment_beyond_the_year_9999() -> None:
    with pytest.raises(ForeignDataError):
        moment.later("9999-12-31T23:59:59Z", timedelta(seconds=1))
