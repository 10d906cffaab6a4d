"""docs/spec/security.md shows real bytes, names every code, and states the defaults that hold."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from unburnt.core.errors import ForeignDataError
from unburnt.crypto.note import parse_vkey
from unburnt.security import drill_report, exposure, health
from unburnt.security.drill_report import STEPS
from unburnt.security.finding import Level
from unburnt.security.health import Thresholds
from unburnt.security.roles import PLACES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "spec" / "security.md").read_text(encoding="utf-8")
VECTORS = json.loads((ROOT / "tests" / "vectors" / "security" / "drill.json").read_text("utf-8"))
CASES: list[dict[str, Any]] = VECTORS["cases"]
SENTENCES = {**health.SENTENCES, **exposure.SENTENCES}


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_a_frozen_report_gets_its_verdict(case: dict[str, Any]) -> None:
    verifier = parse_vkey(case["vkey"])
    data = case["note"].encode("utf-8")
    if case["verdict"] == "refused":
        with pytest.raises(ForeignDataError):
            drill_report.read(data, verifier)
        return
    verdict = drill_report.read(data, verifier).verdict()
    assert verdict.level is Level[case["verdict"]]
    assert [finding.code for finding in verdict.findings] == case["codes"]


def test_the_example_is_the_first_frozen_report() -> None:
    shown = re.search(r"\n```\n(\{\"archive\".*?)```\n", PAGE, re.DOTALL)
    assert shown is not None
    assert re.sub(r"\s", "", shown[1]) == re.sub(r"\s", "", CASES[0]["note"])


def test_every_code_stands_in_the_page_with_its_sentence() -> None:
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (.*?) \|", PAGE, re.MULTILINE))
    assert {code: sentence.says for code, sentence in SENTENCES.items()} == {
        code: says for code, says in rows.items() if code in SENTENCES
    }


def test_every_step_and_reason_stands_in_the_page() -> None:
    assert [word for word in (*STEPS, *PLACES) if f"`{word}`" not in PAGE] == []


def test_the_defaults_are_those_of_the_page() -> None:
    wanted = Thresholds()
    assert (wanted.copies, wanted.outside, wanted.idle) == (3, 1, timedelta(days=365))
    assert {need.axis: (need.least, need.otherwise) for need in wanted.apart} == {
        "operator": (2, Level.RED),
        "building": (2, Level.RED),
        "jurisdiction": (2, Level.RED),
        "payer": (2, Level.AMBER),
    }
    limits = wanted.limits
    days = [limits.check_amber.days, limits.check_red.days, limits.behind_red.days]
    assert (days, limits.clock) == ([7, 30, 30], timedelta(minutes=10))
    assert (drill_report.LASTS.days, wanted.drill_soon.days) == (90, 14)
