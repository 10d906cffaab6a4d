"""Answers of the examining child."""

from __future__ import annotations

from unburnt.evidence.findings import Derived, Failure, Finding, Report, pack, unpack

_GOOD = Report(
    findings=(
        Finding("width", {"number": "640", "unit": "px"}),
        Finding("capturedAt", {"date": "2018-01-22", "as": "x"}, "reported", {"metadata": "EXIF"}),
        Finding("capturePlace", {"place": {"name": "a", "lat": "43.2", "lon": "45.7"}}),
    ),
    derived=(Derived("thumbnail", "image/jpeg", "t.jpg", "x 1", "made smaller", data=b""),),
    failures=(Failure("look", "It cannot be read."),),
    tools=("x 1",),
)
SEEDS = [pack(_GOOD)[0], pack(Report())[0]]


def fuzz(data: bytes) -> None:
    """Unpack an answer without derived bytes."""
    unpack(data, b"")
