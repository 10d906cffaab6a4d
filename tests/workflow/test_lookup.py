"""A statement is named by its id or the beginning of one, and never by what fits two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World
from unburnt.core.errors import UsageError
from unburnt.workflow.lookup import LEAST_DIGITS, find_statement
from unburnt.workflow.retract import retract
from unburnt.workflow.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    world = World(tmp_path / "world")
    with world.found("office", ["cases"]) as opened:
        world.say(opened, "cases", "a name")
        yield opened


@pytest.mark.parametrize("digits", [LEAST_DIGITS, 9, 11, 12, 13, 40, 63, 64])
def test_a_beginning_of_any_length_finds_it(session: Session, digits: int) -> None:
    (said,) = session.index.find("a name", 10)
    assert find_statement(session, said.id[:digits]).id == said.id
    other = said.id[: digits - 1] + f"{int(said.id[digits - 1], 16) ^ 1:x}"
    with pytest.raises(UsageError, match="No statement"):
        find_statement(session, other)


@pytest.mark.parametrize("text", ["", "0", "5e0b1c4", "5E0B1C44", "g" * 8, "0" * 65, "%", "٣" * 8])
def test_what_is_no_beginning_of_an_id_finds_nothing(session: Session, text: str) -> None:
    with pytest.raises(UsageError, match="No statement"):
        find_statement(session, text)


def test_what_fits_two_is_refused(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    (said,) = session.index.find("a name", 10)
    retract(session, said.id[:12])
    monkeypatch.setattr("unburnt.workflow.lookup._DIGITS", re.compile("[0-9a-f]*"))
    with pytest.raises(UsageError, match="2 statements begin"):
        find_statement(session, "")
