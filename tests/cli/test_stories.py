"""The stories happen as they are told, on real folders; and a false story is found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.story import play
from tests.repository import ROOT

STORIES = {path.stem: path for path in sorted((ROOT / "tests" / "stories").glob("*.md"))}

FALSE = {
    "another output": "    $ unburnt version\n    unburnt of another world\n",
    "an output that goes on": "    $ unburnt --archive a found heron laptop\n    archive: …\n",
    "another exit code": "    $ unburnt version\n    ...\n    [exit 3]\n",
    "an error that was not told": "    $ unburnt --archive nowhere health\n    ...\n",
    "a word that changed": "    $ unburnt version\n    {x} …\n\n    $ unburnt version\n    … {x}\n",
}


LONG = {"two-admins"}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if n in LONG else ()) for n in STORIES]
)
def test_the_story_happens(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert play(STORIES[name].read_text(encoding="utf-8"), tmp_path) == []


@pytest.mark.parametrize("page", FALSE.values(), ids=FALSE.keys())
def test_a_false_story_is_found_out(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(play(page, tmp_path)) == 1


def test_there_are_stories() -> None:
    assert len(STORIES) >= 3
