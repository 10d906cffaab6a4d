"""Messages from the command line: listed with their places, one of them recorded as a threat."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cli.story import PASSPHRASE, WEAK
from tests.evidence.messages import examples
from unburnt.cli.main import unburnt
from unburnt.workflow.session import Session
from unburnt.workflow.take_in import take_in

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in a folder with an archive that holds one export; `EXPORT` is its id."""
    monkeypatch.chdir(tmp_path)
    secret = tmp_path / "secret"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)
    env = {"UNBURNT_PASSPHRASE_FILE": str(secret), "LC_ALL": "C"}
    entity = ""

    def run(*words: str) -> Result:
        given = [entity if word == "EXPORT" else word for word in words]
        return CliRunner().invoke(unburnt, given, obj=WEAK, env=env)

    assert run("found", "heron", "laptop").exit_code == 0
    (tmp_path / "chat.txt").write_bytes(examples.ANDROID_RU)
    with Session.open(tmp_path, PASSPHRASE) as session:
        circle = session.compartment("cases")
        (entity,) = take_in(session, [tmp_path / "chat.txt"], circle, session.member).entities
    return run


def test_messages_are_listed_with_their_places(run: Run) -> None:
    told = json.loads(run("messages", "EXPORT", "--json").stdout)
    assert (told["format"], told["total"], len(told["messages"])) == ("whatsapp-text", 6, 6)
    assert told["messages"][1]["locator"] == "line:2"
    shown = run("messages", "EXPORT", "--from", "+7 900")
    assert shown.exit_code == 0
    assert "line:2" in shown.stdout
    assert "line:4" not in shown.stdout
    assert "No message fits." in run("messages", "EXPORT", "--from", "nobody").stdout


def test_a_threat_is_recorded_and_found(run: Run) -> None:
    result = run("threat", "EXPORT", "line:2", "--against", "heron", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told.keys() == {"incident", "act", "message", "account"}
    shown = run("show", told["incident"])
    assert "мы тебя найдём" in shown.stdout


def test_a_place_that_is_not_there_is_refused(run: Run) -> None:
    result = run("threat", "EXPORT", "line:99", "--against", "heron")
    assert result.exit_code == 2
