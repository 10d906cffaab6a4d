"""Frozen rosters are read the same way for ever, and every scene is frozen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.model.roster_scenes import SCENES
from tests.model.roster_vectors import OPERATIONS_FILE, SCENES_FILE, operations, outcome, scenes
from unburnt.core.errors import ForeignDataError
from unburnt.model.roster import Roster
from unburnt.model.roster_ops import op_hash, read_op

FROZEN: dict[str, Any] = json.loads(SCENES_FILE.read_text(encoding="utf-8"))
OPERATIONS: dict[str, Any] = json.loads(OPERATIONS_FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FROZEN["scenes"])
def test_a_frozen_scene_ends_as_it_did(name: str) -> None:
    scene = FROZEN["scenes"][name]
    files = [FROZEN["files"][label].encode() for label in scene["files"]]
    roster = Roster.of(scene["archive"], files)
    found = outcome(roster)
    alarms = [alarm for alarm in found.pop("alarms") if alarm in scene["alarms"]]
    assert alarms == scene["alarms"]  # a later version may sound more alarms, never fewer
    assert found == {key: scene[key] for key in found}


@pytest.mark.parametrize("kind", OPERATIONS["sound"])
def test_a_frozen_operation_keeps_its_hash(kind: str) -> None:
    case = OPERATIONS["sound"][kind]
    assert read_op(case["text"]).text() == case["text"]
    assert op_hash(case["text"]) == case["hash"]


@pytest.mark.parametrize("name", OPERATIONS["refused"])
def test_a_frozen_malformed_operation_stays_refused(name: str) -> None:
    with pytest.raises(ForeignDataError):
        read_op(OPERATIONS["refused"][name])


def test_every_scene_and_every_kind_of_operation_is_frozen() -> None:
    assert FROZEN["scenes"].keys() >= SCENES.keys()
    assert OPERATIONS["sound"].keys() == operations()["sound"].keys()
    assert OPERATIONS["refused"].keys() >= operations()["refused"].keys()


def test_what_is_written_today_is_what_was_frozen() -> None:
    now = scenes()
    assert {name: FROZEN["scenes"][name] for name in now["scenes"]} == now["scenes"]
