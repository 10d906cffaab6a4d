"""docs/spec/roster.md shows real bytes and names every operation, verdict and alarm."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from tests.model.roster_world import HERON
from tests.model.test_roster_file import texts
from unburnt.core import canonical
from unburnt.model import roster_alarms
from unburnt.model.roster_file import SignedOp, parse_op
from unburnt.model.roster_ops import Reason, RoleName

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "spec" / "roster.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ALARMS = set(re.findall(r'Alarm\(\s*"([a-z-]+)"', Path(roster_alarms.__file__).read_text("utf-8")))


def shown() -> list[SignedOp]:
    """Return the operations that the page shows, their lines put together again."""
    notes = [block for block in BLOCKS if '"type":"unburnt/roster/v1"' in block]
    return [
        parse_op((text.replace("\n", "") + "\n\n" + line.replace("\n ", "")).encode())
        for text, line in (block.split("\n\n") for block in notes)
    ]


def test_the_page_shows_true_operations() -> None:
    founding, access = shown()
    assert access.archive == founding.hash
    for operation in (founding, access):
        assert operation.signer == HERON.id
        assert operation.signed_by(HERON.key.public)
        assert f"{operation.name}\n" in PAGE


@pytest.mark.parametrize("op", texts())
def test_every_operation_has_its_row_and_its_fields(op: str) -> None:
    (row,) = re.findall(rf"^\| `{op}` \|.*$", PAGE, re.MULTILINE)
    header = set(re.findall(r"^\| `([a-z]+)` \|[^|]*\|[^|]*\|$", PAGE, re.MULTILINE))
    fields = canonical.decode(texts()[op][:-1].encode(), 2**20).keys()
    assert fields - header <= set(re.findall(r"`([a-z_]+)`", row))


def test_every_role_reason_and_alarm_is_named() -> None:
    assert len(ALARMS) == 7
    for word in (*get_args(RoleName), *get_args(Reason)):
        assert re.search(rf"\b{word}\b", PAGE)
    for kind in ALARMS:
        assert f"| `{kind}` |" in PAGE
