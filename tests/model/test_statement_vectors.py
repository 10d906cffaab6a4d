"""Our own frozen bytes: each case in tests/vectors/statement keeps its verdict for ever.

Cases are only added. A changed verdict means that old archives would be read differently.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from unburnt.core.errors import ForeignDataError
from unburnt.model.batch import Batch
from unburnt.model.disclosure import disclose, parse, statement_id, verify
from unburnt.model.statement import field_bytes, line_of
from unburnt.model.statement import parse as parse_line

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "vectors" / "statement"
PAGE = (ROOT / "docs" / "spec" / "statement.md").read_text(encoding="utf-8")

Case = dict[str, Any]


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


BATCH = load("batch.json")
LINES = load("lines.json")["cases"]
DISCLOSURES = load("disclosure.json")["cases"]


def the_batch() -> Batch:
    lines = [case["line"].encode() for case in BATCH["statements"]]
    return Batch.of([parse_line(line) for line in lines], bytes.fromhex(BATCH["secret"]))


def test_the_frozen_batch_gives_its_lines_ids_and_root() -> None:
    batch = the_batch()
    assert [line.decode() for line in batch.lines] == [c["line"] for c in BATCH["statements"]]
    assert [id.hex() for id in batch.ids] == [case["id"] for case in BATCH["statements"]]
    assert (batch.bucket, batch.root().hex()) == (BATCH["bucket"], BATCH["root"])


@pytest.mark.parametrize("case", LINES, ids=[case["case"] for case in LINES])
def test_a_frozen_line_keeps_its_verdict(case: Case) -> None:
    line = case["line"].encode()
    if case["verdict"] == "kept":
        assert line_of(field_bytes(parse_line(line))) == line
        return
    assert case["verdict"] == "ForeignDataError"
    with pytest.raises(ForeignDataError):
        parse_line(line)


def prove(case: Case) -> tuple[dict[str, Any], str]:
    shown = parse(case["disclosure"].encode())
    return verify(shown, bytes.fromhex(case["root"]), case["bucket"]), statement_id(shown)


@pytest.mark.parametrize("case", DISCLOSURES, ids=[case["case"] for case in DISCLOSURES])
def test_a_frozen_disclosure_keeps_its_verdict(case: Case) -> None:
    if case["verdict"] == "proven":
        assert prove(case) == (case["opened"], case["id"])
        return
    assert case["verdict"] == "ForeignDataError"
    with pytest.raises(ForeignDataError):
        prove(case)


def test_the_frozen_disclosures_are_made_from_the_frozen_batch() -> None:
    for case in DISCLOSURES:
        if case["verdict"] == "proven":
            position = [c["id"] for c in BATCH["statements"]].index(case["id"])
            made = disclose(the_batch(), position, list(case["opened"]))
            assert made.to_bytes().decode() == case["disclosure"]


def test_no_frozen_case_was_lost() -> None:  # only ever raised
    assert (len(BATCH["statements"]), len(LINES), len(DISCLOSURES)) == (3, 30, 12)


def test_the_examples_of_the_page_are_the_frozen_bytes() -> None:
    first = BATCH["statements"][0]
    value = first["fields"].index("value")
    shown = [
        first["line"],
        first["id"],
        first["salts"][value],
        first["commitments"][value],
        BATCH["root"],
        DISCLOSURES[0]["disclosure"],
    ]
    bare = re.sub(r"\s+", "", PAGE)
    assert [text for text in shown if re.sub(r"\s+", "", text) not in bare] == []
