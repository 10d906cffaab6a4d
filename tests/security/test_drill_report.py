"""The report of a drill is red unless everything was rehearsed, looked at and equal."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.roster_world import GULL, HERON, a_hash, an_id, settled
from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.crypto import note
from unburnt.security.drill_report import (
    SENTENCES,
    STEPS,
    TYPE,
    Digest,
    DrillReport,
    Step,
    read,
    sign,
)
from unburnt.security.finding import Level, describe

ARCHIVE = settled().roster.archive
CASES = an_id("cases")


def a_report(**changes: Any) -> DrillReport:
    fields: dict[str, Any] = {
        "started_at": "2018-01-24T09:10:00Z",
        "finished_at": "2018-01-24T09:15:12Z",
        "burned": ("office",),
        "arrested": ("heron",),
        "survivor": "stick",
        "steps": tuple(Step(name, True, 12, f"12 of 12 looked at ({name})") for name in STEPS),
        "digests": (Digest(CASES, a_hash("tables"), a_hash("tables")),),
        "shares_rehearsed": True,
        "seconds": 312,
    }
    return DrillReport(**(fields | changes))


def steps_with(name: str, **changes: Any) -> tuple[Step, ...]:
    return tuple(
        msgspec.structs.replace(step, **changes) if step.name == name else step
        for step in a_report().steps
    )


def test_a_drill_in_which_everything_went_well_is_green() -> None:
    verdict = a_report().verdict()
    assert verdict.level is Level.GREEN
    assert [describe(finding, SENTENCES) for finding in verdict.findings] == [
        "All 6 steps were rehearsed and went well, in 312 s."
    ]


RED = {
    "a step failed": ({"steps": steps_with("objects", ok=False)}, ["step-failed"]),
    "a step was left out on purpose": (
        {"steps": steps_with("keys", ok=None)},
        ["step-not-rehearsed"],
    ),
    "a step looked at nothing": (
        {"steps": steps_with("open", looked=0)},
        ["step-looked-at-nothing"],
    ),
    "a step is not mentioned": ({"steps": a_report().steps[1:]}, ["step-missing"]),
    "a step of its own failed": (
        {"steps": (*a_report().steps, Step("replay", False, 1, "1 capture"))},
        ["step-failed"],
    ),
    "nothing was done at all": ({"steps": ()}, ["step-missing"] * len(STEPS)),
    "no table was compared": ({"digests": ()}, ["digests-none"]),
    "a table differs": (
        {"digests": (Digest(CASES, a_hash("live"), a_hash("old")),)},
        ["digests-differ"],
    ),
    "a table was not recovered": (
        {"digests": (Digest(CASES, a_hash("live"), None),)},
        ["digests-differ"],
    ),
    "one table of two differs": (
        {
            "digests": (
                *a_report().digests,
                Digest(an_id("sources"), a_hash("live"), a_hash("old")),
            )
        },
        ["digests-differ"],
    ),
    "the shares stayed at home": ({"shares_rehearsed": False}, ["shares-not-rehearsed"]),
    "nothing burned": ({"burned": ()}, ["nothing-burned"]),
    "what burned was used": ({"burned": ("office", "stick")}, ["survivor-burned"]),
}


@pytest.mark.parametrize(("changes", "codes"), RED.values(), ids=RED.keys())
def test_a_drill_is_red_when(changes: dict[str, Any], codes: list[str]) -> None:
    verdict = a_report(**changes).verdict()
    assert verdict.level is Level.RED
    assert [finding.code for finding in verdict.findings] == codes
    assert all(describe(finding, SENTENCES) for finding in verdict.findings)


def test_everything_that_went_wrong_is_said_at_once() -> None:
    verdict = a_report(burned=(), digests=(), shares_rehearsed=False).verdict()
    assert len(verdict.findings) == 3


def test_it_expires_after_ninety_days() -> None:
    assert a_report().expires_at == "2018-04-24T09:15:12Z"


COUNTS = st.integers(0, canonical.MAX_INTEGER)
WORDS = st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1, max_size=20)


@given(st.builds(Step, st.sampled_from(STEPS), st.none() | st.booleans(), COUNTS, WORDS), COUNTS)
def test_what_is_written_is_read_again(step: Step, seconds: int) -> None:
    report = a_report(steps=(step,), seconds=seconds)
    assert DrillReport.from_value(report.to_value()) == report


MALFORMED: dict[str, object] = {
    "not an object": [],
    "nothing": None,
    "a field too many": a_report().to_value() | {"mood": "good"},
    "a field too few": {k: v for k, v in a_report().to_value().items() if k != "survivor"},
    "an end before the beginning": a_report().to_value() | {"finished_at": "2018-01-24T09:09:59Z"},
    "a time that never was": a_report().to_value() | {"started_at": "2018-02-30T09:10:00Z"},
    "an end beyond which there is no time": a_report().to_value()
    | {"finished_at": "9999-12-31T00:00:00Z"},
    "a yes that is a number": a_report().to_value() | {"shares_rehearsed": 1},
    "a count that is a yes": a_report().to_value() | {"seconds": True},
    "a negative count": a_report().to_value() | {"seconds": -1},
    "a fraction": a_report().to_value() | {"seconds": 1.5},
    "a site named twice": a_report().to_value() | {"burned": ["a", "a"]},
    "a line break in a name": a_report().to_value() | {"survivor": "a\nb"},
    "a name that turns the text around": a_report().to_value() | {"survivor": "a\u202eb"},
    "an empty name": a_report().to_value() | {"survivor": ""},
    "a step told twice": a_report().to_value() | {"steps": [a_report().to_value()["steps"][0]] * 2},
    "a digest that is none": a_report().to_value()
    | {"digests": [{"compartment": CASES, "live": "ab", "recovered": None}]},
}


@pytest.mark.parametrize("value", MALFORMED.values(), ids=MALFORMED.keys())
def test_another_shape_is_refused(value: object) -> None:
    with pytest.raises(ForeignDataError):
        DrillReport.from_value(value)


def test_a_signed_report_is_read_by_those_who_know_the_device() -> None:
    data = sign(a_report(), ARCHIVE, HERON.id, HERON.key).encode()
    assert read(data, settled().roster.verifier(HERON.id)) == a_report()
    assert data.startswith(b'{"archive":"' + ARCHIVE.encode())


def test_a_report_of_another_device_is_refused() -> None:
    data = sign(a_report(), ARCHIVE, GULL.id, GULL.key).encode()
    with pytest.raises(ForeignDataError):
        read(data, settled().roster.verifier(HERON.id))


def test_a_report_that_names_another_archive_than_its_signature_is_refused() -> None:
    text = a_report().text(a_hash("another"), HERON.id)
    data = note.sign(text, f"unburnt/{ARCHIVE}/{HERON.id}", HERON.key).encode()
    with pytest.raises(ForeignDataError):
        read(data, settled().roster.verifier(HERON.id))


TAMPERED: dict[str, tuple[bytes, bytes]] = {
    "a failure made good": (b'"ok":false', b'"ok":true'),
    "another survivor": (b'"survivor":"stick"', b'"survivor":"cloud"'),
    "another type": (TYPE.encode(), b"unburnt/drill/v2"),
}


@pytest.mark.parametrize(("old", "new"), TAMPERED.values(), ids=TAMPERED.keys())
def test_a_report_that_was_touched_is_refused(old: bytes, new: bytes) -> None:
    report = a_report(steps=steps_with("objects", ok=False))
    data = sign(report, ARCHIVE, HERON.id, HERON.key).encode()
    assert old in data
    with pytest.raises(ForeignDataError):
        read(data.replace(old, new), settled().roster.verifier(HERON.id))


OTHER_TEXTS = {
    "no JSON": "hello\n",
    "a list": "[]\n",
    "an entry's type": '{"type":"unburnt/entry/v1"}\n',
    "no report": '{"type":"unburnt/drill/v1"}\n',
    "spare blanks": a_report().text(ARCHIVE, HERON.id).replace(",", ", ", 1),
    "one more field": a_report().text(ARCHIVE, HERON.id).replace("}\n", ',"z":1}\n'),
    "two lines": a_report().text(ARCHIVE, HERON.id) * 2,
}


@pytest.mark.parametrize("text", OTHER_TEXTS.values(), ids=OTHER_TEXTS.keys())
def test_what_a_device_signs_otherwise_is_no_report(text: str) -> None:
    data = note.sign(text, f"unburnt/{ARCHIVE}/{HERON.id}", HERON.key).encode()
    with pytest.raises(ForeignDataError):
        read(data, settled().roster.verifier(HERON.id))


@given(st.binary(max_size=200))
def test_hostile_bytes_raise_nothing_else(data: bytes) -> None:
    with pytest.raises(ForeignDataError):
        read(data, settled().roster.verifier(HERON.id))


UNSIGNABLE = {
    "a name that cannot be read back": {"survivor": "a\nb"},
    "a list where a tuple belongs": {"burned": ["office"]},
    "details without end": {
        "steps": tuple(Step(f"step-{n}", True, 1, "ы" * 1000) for n in range(100))
    },
}


@pytest.mark.parametrize("changes", UNSIGNABLE.values(), ids=UNSIGNABLE.keys())
def test_what_nobody_could_read_is_not_signed(changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        sign(a_report(**changes), ARCHIVE, HERON.id, HERON.key)
