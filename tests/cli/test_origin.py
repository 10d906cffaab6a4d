"""On a terminal a person is asked where evidence comes from, and only for what was not said."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cli.story import PASSPHRASE, WEAK
from tests.repository import ROOT
from unburnt.cli.main import unburnt


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.chdir(tmp_path)
    secret = tmp_path / "secret"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)
    found = {"UNBURNT_PASSPHRASE_FILE": str(secret), "LC_ALL": "C"}
    made = CliRunner().invoke(unburnt, ["found", "heron", "laptop"], obj=WEAK, env=found)
    assert made.exit_code == 0
    (tmp_path / "letter").write_text("a letter")
    return found


def on_a_terminal(env: dict[str, str], words: list[str], typed: str) -> tuple[int, str, str]:
    """Run the program with a terminal as its input; returns exit code, output and remarks."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, typed.encode())
        done = subprocess.run(
            [sys.executable, "-m", "unburnt.cli.main", *words],
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, **env, "PYTHONPATH": str(ROOT / "src")},
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    return done.returncode, done.stdout, done.stderr


TAKE = ["take", "letter", "--compartment", "cases", "--json"]


def said(env: dict[str, str], origin: str) -> str:
    shown = CliRunner().invoke(unburnt, ["show", origin], obj=WEAK, env=env)
    assert shown.exit_code == 0
    return shown.stdout


@pytest.mark.slow
def test_what_was_not_said_is_asked_for_in_words(env: dict[str, str]) -> None:
    typed = "a neighbour\nhanded-over\nuse-internal\nnot before May\n"
    code, output, remarks = on_a_terminal(env, TAKE, typed)
    assert code == 0, remarks
    assert "use-court: May be used in court" in remarks
    shown = said(env, json.loads(output)["origin"])
    for word in ("a neighbour", "File handed over", "For our own work only", "not before May"):
        assert word in shown


@pytest.mark.slow
def test_what_was_said_is_not_asked_again(env: dict[str, str]) -> None:
    given = ["--from", "unknown", "--how", "unknown", "--consent", "unknown"]
    code, output, remarks = on_a_terminal(env, [*TAKE, *given], "")
    assert (code, remarks) == (0, "")
    assert "Given by" not in said(env, json.loads(output)["origin"])


def test_where_nobody_can_be_asked_nothing_is_guessed(env: dict[str, str]) -> None:
    result = CliRunner().invoke(unburnt, [*TAKE, "--from", "me"], obj=WEAK, env=env)
    assert result.exit_code == 2
    assert "--consent" in result.output


GIVER = "a neighbour with a car"
ELSE = ["--how", "unknown", "--consent", "unknown"]


@pytest.mark.parametrize("words", [GIVER, "neighbour", "Rowan", "рябина", "a\nb"])
def test_words_about_a_giver_are_refused_as_an_argument_and_not_repeated(
    env: dict[str, str], words: str
) -> None:
    result = CliRunner().invoke(unburnt, [*TAKE, "--from", words, *ELSE], obj=WEAK, env=env)
    assert result.exit_code == 2
    assert "history" in result.output
    assert words not in result.output


def test_words_about_a_giver_come_out_of_a_file(env: dict[str, str]) -> None:
    Path("giver").write_text(GIVER + "\n")
    Path("giver").chmod(0o644)
    refused = CliRunner().invoke(unburnt, [*TAKE, "--from-file", "giver", *ELSE], obj=WEAK, env=env)
    assert refused.exit_code == 2
    assert "chmod 600" in refused.output
    Path("giver").chmod(0o600)
    result = CliRunner().invoke(unburnt, [*TAKE, "--from-file", "giver", *ELSE], obj=WEAK, env=env)
    assert result.exit_code == 0
    assert GIVER in said(env, json.loads(result.stdout)["origin"])


@pytest.mark.parametrize("content", [b"", b" \n", b"one\ntwo\n", b"\xff", b"x" * 5000])
def test_a_file_that_names_nobody_is_refused(env: dict[str, str], content: bytes) -> None:
    Path("giver").write_bytes(content)
    Path("giver").chmod(0o600)
    result = CliRunner().invoke(unburnt, [*TAKE, "--from-file", "giver", *ELSE], obj=WEAK, env=env)
    assert result.exit_code in (2, 3)


def test_who_is_asked_may_answer_through_a_pipe_unless_the_original_comes_there(
    env: dict[str, str],
) -> None:
    asked = [*TAKE, "--from", "-", *ELSE]
    result = CliRunner().invoke(unburnt, asked, obj=WEAK, env=env, input=GIVER + "\n")
    assert result.exit_code == 0
    assert GIVER in said(env, json.loads(result.stdout)["origin"])
    for asked in (["--from", "-"], ["--from", "me", "--consent-note", "-"]):
        piped = ["take", "-", "--name", "page", "--compartment", "cases", *asked, *ELSE]
        result = CliRunner().invoke(unburnt, piped, obj=WEAK, env=env, input=GIVER + "\n")
        assert result.exit_code == 2
