"""A partner runs a witness with two commands; the group asks it with two more."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.cli.story import PASSPHRASE, WEAK
from unburnt.cli.main import unburnt

SOURCE = Path(__file__).resolve().parents[2] / "src"


class Group:
    """A group with an archive, at the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secret = folder / "passphrase"
        self.secret.write_text(PASSPHRASE + "\n", encoding="utf-8")
        self.secret.chmod(0o600)

    def run(self, *words: str, code: int = 0) -> str:
        env = {"UNBURNT_PASSPHRASE_FILE": str(self.secret), "LC_ALL": "C"}
        archive = ["--archive", str(self.folder / "office")]
        result = CliRunner().invoke(unburnt, [*archive, *words], obj=WEAK, env=env)
        assert result.exit_code == code, result.output
        return result.stdout

    def say(self, name: str) -> None:
        where = ("--schema", "Person", "--source", "me", "--compartment", "cases")
        self.run("say", "new", "name", name, *where)

    def json(self, *words: str, code: int = 0) -> Any:
        return json.loads(self.run(*words, "--json", code=code))


@pytest.fixture
def group(tmp_path: Path) -> Group:
    made = Group(tmp_path)
    made.run("found", "heron", "laptop")
    made.say("Rowan")
    return made


def partner(*words: str) -> subprocess.Popen[str]:
    """Run the program as a partner does, who has no archive and no passphrase."""
    return subprocess.Popen(
        [sys.executable, "-m", "unburnt.cli.main", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "LC_ALL": "C"},
    )


@contextmanager
def serving(folder: Path, *vkeys: str) -> Iterator[str]:
    logs = [word for vkey in vkeys for word in ("--log", vkey)]
    child = partner("witness", "serve", str(folder), "--port", "0", *logs)
    assert child.stdout is not None
    said = re.fullmatch(r"Listening on (http://127\.0\.0\.1:[0-9]+)\n", child.stdout.readline())
    try:
        assert said is not None
        yield said[1]
    finally:
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=10)


@pytest.mark.slow
def test_a_partner_runs_a_witness_with_two_commands(group: Group, tmp_path: Path) -> None:
    vkeys = group.run("witness", "logs").split()
    made = partner("witness", "new", str(tmp_path / "w"), "--name", "w.example")  # the first
    vkey, remarks = made.communicate(timeout=20)
    assert made.returncode == 0, remarks
    with serving(tmp_path / "w", *vkeys) as url:  # and the second
        (tmp_path / "policy").write_text(f"witness abroad {vkey.strip()} {url}\nquorum abroad\n")
        assert "RED" in group.run("witness", "status", code=1)
        group.run("witness", "policy", str(tmp_path / "policy"))
        assert "claimed" in group.run("witness", "status", code=1)
        asked = group.json("witness", "ask")
        assert asked["kept"] == len([a for a in asked["answers"] if a["code"] == "cosigned"]) == 1
        found = group.json("witness", "status")
        assert (found["green"], found["answers"]) == (True, [])
        (log,) = found["logs"]
        assert (log["word"], log["by"], log["waiting"]) == ("witnessed", ["abroad"], [])
    group.say("Birch")
    group.run("witness", "ask")  # nobody is there: queued, and no error
    queued = group.json("witness", "status", code=1)
    assert [answer["code"] for answer in queued["answers"]] == ["unreachable"]
    assert queued["logs"][0]["waiting"] == ["abroad"]
    assert "cannot be reached" in group.run("witness", "status", code=1)
    with serving(tmp_path / "w") as url:  # it remembers its logs, and what it has cosigned
        (tmp_path / "policy").write_text(f"witness abroad {vkey.strip()} {url}\nquorum abroad\n")
        group.run("witness", "policy", str(tmp_path / "policy"))
        group.run("witness", "ask")
        assert group.run("witness", "status").startswith("GREEN\n")


def test_the_policy_in_use_is_shown_as_it_was_given(group: Group, tmp_path: Path) -> None:
    group.run("witness", "policy", code=2)
    (tmp_path / "policy").write_text("# nobody yet\nquorum none\n")
    group.run("witness", "policy", str(tmp_path / "policy"))
    assert group.run("witness", "policy") == "# nobody yet\nquorum none\n"
    group.run("witness", "policy", "--proxy", "127.0.0.1:9080", code=2)
    group.run("witness", "policy", str(tmp_path / "policy"), "--proxy", "tor", code=2)
    (tmp_path / "policy").write_text("quorum nobody\n")
    group.run("witness", "policy", str(tmp_path / "policy"), code=3)


def test_logs_are_added_to_a_witness_once(group: Group, tmp_path: Path) -> None:
    folder = str(tmp_path / "w")
    group.run("witness", "add-log", folder, "x", code=2)  # there is no witness yet
    group.run("witness", "new", folder, "--name", "w")
    (vkey,) = group.run("witness", "logs").split()
    assert "1" in group.run("witness", "add-log", folder, vkey)
    assert "0" in group.run("witness", "add-log", folder, vkey)
    group.run("witness", "add-log", folder, vkey[:-3], code=3)
    group.run("witness", "new", folder, "--name", "w", code=2)
    (tmp_path / "w" / "witness.db").unlink()
    group.run("witness", "serve", folder, code=6)
