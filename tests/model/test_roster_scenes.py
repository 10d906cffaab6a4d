"""Every scene ends as it must, in whatever order its files arrive."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.model.roster_scenes import IN_FORCE, SCENES, WAITING, Scene
from unburnt.model.roster import Roster


def verdicts(roster: Roster) -> dict[str, str]:
    """Return what the roster says of each operation."""
    return (
        {name: IN_FORCE for name, _ in roster.history}
        | {item.op: f"pending {item.missing}" for item in roster.pending}
        | {item.op: item.reason for item in roster.rejected}
        | dict.fromkeys(roster.waiting, WAITING)
    )


each_scene = pytest.mark.parametrize("play", SCENES.values(), ids=SCENES)


@each_scene
def test_the_scene_ends_as_it_must(play: Callable[[], Scene]) -> None:
    scene = play()
    roster = Roster.of(scene.archive, scene.files)
    found = verdicts(roster)
    assert {op: found.get(op) for op in scene.verdicts} == scene.verdicts
    assert [ask(roster) for ask, _ in scene.facts] == [answer for _, answer in scene.facts]


@each_scene
def test_the_order_of_files_changes_nothing(play: Callable[[], Scene]) -> None:
    scene = play()
    dice = random.Random(scene.archive)
    whole = Roster.of(scene.archive, scene.files)
    for _ in range(3):
        files = scene.files + dice.choices(scene.files, k=3)
        dice.shuffle(files)
        assert Roster.of(scene.archive, files) == whole
