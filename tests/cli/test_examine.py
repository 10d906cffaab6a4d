"""Examining from the command line: reports, codes, and facts to be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.cli.story import PASSPHRASE, WEAK
from tests.evidence import media_files as files
from unburnt.cli.main import unburnt
from unburnt.workflow.session import Session
from unburnt.workflow.take_in import take_in

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in a folder with an archive that holds three files."""
    monkeypatch.chdir(tmp_path)
    secret = tmp_path / "secret"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)
    env = {"UNBURNT_PASSPHRASE_FILE": str(secret), "LC_ALL": "C"}

    def run(*words: str) -> Result:
        return CliRunner().invoke(unburnt, list(words), obj=WEAK, env=env)

    assert run("found", "heron", "laptop").exit_code == 0
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "a.jpg").write_bytes(files.with_exif(files.exif_with_time()))
    (stick / "b.png").write_bytes(files.picture("PNG"))
    (stick / "bomb.png").write_bytes(files.png(50_000, 50_000, b"x"))
    with Session.open(tmp_path, PASSPHRASE) as session:
        take_in(session, [stick], session.compartment("cases"), session.member)
    return run


@pytest.mark.slow
def test_files_are_examined_told_and_compared(run: Run) -> None:
    result = run("examine", "--json")
    assert result.exit_code == 1, result.output  # the bomb could not be examined
    told: dict[str, Any] = json.loads(result.stdout)
    assert (told["examined"], told["skipped"], told["derived"]) == (3, 0, 2)
    assert {one["step"] for one in told["failures"]} == {"metadata", "look"}
    bomb = told["failures"][0]["entity"]
    again = run("examine")
    assert again.exit_code == 0
    assert "examined before: 3" in again.stdout

    facts = json.loads(run("facts", bomb, "--json").stdout)
    (last,) = (one for one in facts["facts"] if one["property"] == "examination")
    assert "megapixels" in last["value"]
    assert "Examination" in run("facts", bomb).stdout

    other = next(iter(json.loads(run("find", "2018-01-22T21", "--json").stdout)["found"]))
    near = run("near-duplicates", other["entity"], "--most", "0", "--json")
    assert len(json.loads(near.stdout)["near"]) == 1
    assert run("near-duplicates", bomb).exit_code == 2


@pytest.mark.slow
def test_what_is_taken_in_can_be_examined_at_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.png").write_bytes(files.picture("PNG", seed=9))
    words = "take c.png --compartment cases --examine --how handed-over --consent unknown"
    result = run(*words.split(), "--from", "unknown", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["not_examined"] == 0
    facts = json.loads(run("facts", told["entities"][0], "--json").stdout)
    assert "examination" in {one["property"] for one in facts["facts"]}
