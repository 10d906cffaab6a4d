"""What a child reports is foreign data: what it may say comes in, anything else is refused."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core.errors import ForeignDataError
from unburnt.core.text import clean
from unburnt.evidence.findings import (
    Derived,
    Failure,
    Finding,
    Report,
    harmless,
    one_line,
    pack,
    unpack,
)

GOOD = Report(
    findings=(
        Finding("width", {"number": "640", "unit": "px"}),
        Finding("metadata", {"text": "a"}, "reported", {"metadata": "EXIF", "tool": "x 1"}),
    ),
    derived=(Derived("thumbnail", "image/jpeg", "t.jpg", "x 1", "made smaller", data=b"jpeg"),),
    failures=(Failure("look", "It cannot be read."),),
    tools=("x 1",),
    next=3,
)


def test_a_report_comes_back_as_it_was_sent() -> None:
    json, blobs = pack(GOOD)
    back = unpack(json, b"".join(blobs))
    assert back == msgspec.structs.replace(
        GOOD, derived=(msgspec.structs.replace(GOOD.derived[0], size=4),)
    )


def said(**parts: Any) -> Report:
    return msgspec.structs.replace(GOOD, derived=(), **parts)


FORBIDDEN: dict[str, Report] = {
    "a property that no file may claim": said(findings=(Finding("file", {"text": "x"}),)),
    "a source of its own": said(findings=(Finding("receivedFrom", {"text": "x"}),)),
    "a retraction": said(findings=(Finding("width", {"number": "1"}, "retracted"),)),
    "a value of another kind": said(findings=(Finding("width", {"text": "wide"}),)),
    "a value that commands terminals": said(findings=(Finding("title", {"text": "a\x1b[2J"}),)),
    "a text too long": said(findings=(Finding("bodyText", {"text": "a" * 60_000}),)),
    "too many findings": said(findings=(Finding("width", {"number": "1"}),) * 65),
    "a locator of its own": said(findings=(Finding("width", {"number": "1"}, locator={"x": "y"}),)),
    "a reason with line breaks and colours": said(failures=(Failure("look", "\x1b[31m"),)),
    "an empty reason": said(failures=(Failure("", ""),)),
}


@pytest.mark.parametrize("report", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_what_a_child_may_not_say_is_refused(report: Report) -> None:
    json, _ = pack(report)
    with pytest.raises(ForeignDataError):
        unpack(json, b"")


def test_derived_files_of_wrong_kinds_or_lengths_are_refused() -> None:
    json, blobs = pack(GOOD)
    for wrong, rest in ((json, b""), (json, b"jpegs"), (json.replace(b"thumbnail", b"x"), b"jpeg")):
        with pytest.raises(ForeignDataError):
            unpack(wrong, rest)
    assert blobs == [b"jpeg"]


def test_a_changed_answer_is_refused_or_means_what_it_says() -> None:
    json, blobs = pack(GOOD)
    chance = random.Random(3)
    for _ in range(500):
        changed = bytearray(json)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        try:
            unpack(bytes(changed), b"".join(blobs))
        except ForeignDataError:
            continue


@given(st.text(max_size=400))
def test_any_text_can_be_made_harmless(text: str) -> None:
    made = harmless(text, 100)
    assert len(made.encode()) <= 100
    assert clean(made, 100) == made
    line = one_line(text, 60)
    assert line.strip()
    assert "\n" not in line
    assert clean(line, 60) == line


def test_a_letter_with_a_thousand_marks_is_kept_as_codes() -> None:
    assert harmless("a" + "\u0301" * 1000, 5000).startswith("a\\u0301")
