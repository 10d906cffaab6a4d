"""Metadata are claims: read exactly, with their own words, and nothing invented."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.evidence.camera_claims import captured, decimal, from_xmp, position
from unburnt.model import values

TIMES: dict[str, tuple[str, str, str | None]] = {
    "a time without a zone stays without one": (
        "2008:05:30 15:56:01",
        "",
        "2008-05-30T15:56:01",
    ),
    "a zone that is given is kept": (
        "2018:01:22 21:15:07",
        "+03:00",
        "2018-01-22T21:15:07+03:00",
    ),
    "a zone inside the time is kept": (
        "2018-01-22T21:15:07+03:00",
        "",
        "2018-01-22T21:15:07+03:00",
    ),
    "UTC is kept": ("2018-01-22T21:15:07Z", "", "2018-01-22T21:15:07Z"),
    "without seconds it is a day": ("2018-01-22T21:15", "", "2018-01-22"),
    "a date alone is a date": ("2003-08-31", "", "2003-08-31"),
    "a zone of blanks is no zone": ("2018:01:22 21:15:07", "   :  ", "2018-01-22T21:15:07"),
    "a clock that was never set is no time": ("0000:00:00 00:00:00", "", None),
    "blanks are no time": ("    :  :     :  :  ", "", None),
    "31 February is no time": ("2018:02:31 10:00:00", "", None),
    "words are no time": ("yesterday", "", None),
}


@pytest.mark.parametrize(("moment", "zone", "expected"), TIMES.values(), ids=TIMES.keys())
def test_a_claimed_time(moment: str, zone: str, expected: str | None) -> None:
    found = captured(moment, zone, "EXIF", "test")
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert found.value["date"] == expected
    assert found.value["as"].startswith(moment)
    assert found.stance == "reported"
    values.check(found.value)


def gps(latitude: Any, longitude: Any, sides: str = "NE") -> dict[int, Any]:
    return {1: sides[0], 2: latitude, 3: sides[1], 4: longitude}


F = Fraction
PLACES: dict[str, tuple[dict[int, Any], tuple[str, str, int] | None]] = {
    "degrees, minutes, seconds": (
        gps((F(43), F(28), F(2814, 1000)), (F(11), F(53), F(6456, 1000))),
        ("43.467448", "11.885127", 1),
    ),
    "south and west are negative": (
        gps((F(43), F(30), F(1)), (F(45), F(0), F(1)), "SW"),
        ("-43.500278", "-45.000278", 1),
    ),
    "parts of minutes": (
        gps((F(0), F(22278, 1000), F(0)), (F(36), F(3385, 1000), F(0))),
        ("0.3713", "36.056417", 1),
    ),
    "whole minutes are only near": (
        gps((F(43), F(28), F(0)), (F(11), F(53), F(0))),
        ("43.466667", "11.883333", 2),
    ),
    "zero and zero is no fix": (gps((F(0),) * 3, (F(0),) * 3), None),
    "a pole too far": (gps((F(91), F(0), F(0)), (F(1), F(0), F(1))), None),
    "sixty minutes": (gps((F(43), F(60), F(0)), (F(1), F(0), F(1))), None),
    "no side": (gps((F(43), F(1), F(1)), (F(1), F(1), F(1)), "XE"), None),
    "no longitude": ({1: "N", 2: (F(43), F(1), F(1))}, None),
    "text instead of numbers": (gps("43", "45"), None),
    "not a number": (gps((float("nan"),) * 3, (F(1),) * 3), None),
    "nothing": ({}, None),
}


@pytest.mark.parametrize(("tags", "expected"), PLACES.values(), ids=PLACES.keys())
def test_a_claimed_place(tags: dict[int, Any], expected: tuple[str, str, int] | None) -> None:
    place = position(tags)
    if expected is None:
        assert place is None
        return
    assert place is not None
    assert (place["lat"], place["lon"], place["precision"]) == expected
    values.check({"place": place})


@given(st.fractions(min_value=-180, max_value=180))
def test_degrees_have_one_spelling_and_six_decimals(number: Fraction) -> None:
    assert abs(Fraction(decimal(number)) - number) <= Fraction(1, 2 * 10**6)
    values.check({"number": decimal(number)})


def test_xmp_gives_its_fields_and_claims() -> None:
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="r"><rdf:Description'
        b' xmlns:exif="e" exif:DateTimeOriginal="2018-01-22T21:15:07+03:00" xmlns:tiff="t"'
        b' tiff:Make="Nokia" tiff:Model="3310"/></rdf:RDF></x:xmpmeta>'
    )
    fields, found = from_xmp(packet, "test")
    assert fields["Make"] == "Nokia"
    assert [one.property for one in found] == ["capturedAt", "captureDevice"]


@pytest.mark.parametrize(
    "packet",
    [b"", b"<", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", b"\xff" * 99, b"<x>" * 5000],
    ids=["empty", "cut", "entities", "noise", "deep"],
)
def test_xmp_that_is_none_gives_nothing(packet: bytes) -> None:
    assert from_xmp(packet, "test") == ({}, [])
