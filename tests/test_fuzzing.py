"""Every harness stays silent for a moment, and the search finds what is there to be found."""

from __future__ import annotations

import random
import time

import pytest

from tests.fuzzing import names, search, wrong
from unburnt.core.errors import ForeignDataError

SCENES = {"media_child", "pack_folder", "site"}  # make a world first
QUICK = [pytest.param(name, marks=pytest.mark.slow) if name in SCENES else name for name in names()]


@pytest.mark.parametrize("name", QUICK)
def test_a_harness_stays_silent(name: str) -> None:
    tried, finding = search(name, 0.02, random.Random(2018), most=150)
    assert tried
    assert finding is None, finding


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_a_harness_stays_silent_a_little_longer(name: str) -> None:
    tried, finding = search(name, 0.5, random.Random(2018), most=500)
    assert tried
    assert finding is None, finding


def _refuses(data: bytes) -> None:
    raise ForeignDataError("It is malformed.", "Ask for it again.")


def _breaks(data: bytes) -> None:
    raise ValueError


def test_our_own_errors_are_right_and_others_wrong() -> None:
    assert wrong(_refuses, b"") == ""
    assert "ValueError" in wrong(_breaks, b"")


def test_what_takes_long_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzzing.SLOW", 0.001)
    assert "took" in wrong(lambda data: time.sleep(0.01), b"")
