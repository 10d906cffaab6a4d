"""Taking in from a pipe and from a folder that is watched, as a person types it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cli.story import PASSPHRASE, WEAK
from tests.repository import ROOT
from unburnt.cli.main import unburnt

Run = Callable[..., Result]
ORIGIN = ["--from", "unknown", "--how", "unknown", "--consent", "unknown"]
TAKE = ["--compartment", "cases", *ORIGIN]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a secret and an archive, to be copied."""
    folder = tmp_path_factory.mktemp("founded")
    (folder / "secret").write_text(PASSPHRASE + "\n")
    (folder / "secret").chmod(0o600)
    words = ["--archive", str(folder / "archive"), "found", "heron", "laptop"]
    env = {"UNBURNT_PASSPHRASE_FILE": str(folder / "secret")}
    assert CliRunner().invoke(unburnt, words, obj=WEAK, env=env).exit_code == 0
    return folder


@pytest.fixture
def env(tmp_path: Path, founded: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    shutil.copytree(founded, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    secret = str(tmp_path / "secret")
    return {"UNBURNT_PASSPHRASE_FILE": secret, "LC_ALL": "C", "UNBURNT_ARCHIVE": "archive"}


@pytest.fixture
def run(env: dict[str, str]) -> Run:
    def run(*words: str, typed: bytes | None = None) -> Result:
        return CliRunner().invoke(unburnt, list(words), obj=WEAK, input=typed, env=env)

    return run


def restored(run: Run) -> dict[str, bytes]:
    assert run("evidence", "restore", "out", "--compartment", "cases").exit_code == 0
    return {path.name: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}


def test_what_comes_through_a_pipe_is_kept_under_the_name_that_was_said(run: Run) -> None:
    data = b"\x00\xff not text\r\n" * 9
    first = run("take", "-", "--name", "dump.bin", *TAKE, "--json", typed=data)
    assert (first.exit_code, json.loads(first.stdout)["new"]) == (0, 1)
    again = run("take", "-", "--name", "dump.bin", *TAKE, "--json", typed=data)
    assert [json.loads(again.stdout)[key] for key in ("new", "held", "entities")] == [0, 1, []]
    assert restored(run) == {"dump.bin": data}


def test_a_name_with_folders_and_commands_in_it_does_no_harm(run: Run) -> None:
    assert run("take", "-", "--name", "../\x1b[2Jx", *TAKE, typed=b"x").exit_code == 0
    assert list(restored(run).values()) == [b"x"]
    assert not Path("x").exists()


def test_a_long_original_comes_through_a_pipe(run: Run) -> None:
    data = os.urandom(2**20) * 9
    before = {path.name for path in Path("archive").iterdir() if path.is_file()}
    assert run("take", "-", "--name", "film.mp4", *TAKE, typed=data).exit_code == 0
    assert restored(run) == {"film.mp4": data}
    assert {path.name for path in Path("archive").iterdir() if path.is_file()} == before


REFUSED = {
    "a pipe without a name": ["-"],
    "a name without a pipe": ["inbox", "--name", "x"],
    "a pipe beside a folder": ["-", "inbox", "--name", "x"],
    "a blank name": ["-", "--name", " "],
    "a pipe that is watched": ["-", "--name", "x", "--watch"],
    "two folders that are watched": ["inbox", "inbox", "--watch"],
    "a folder to watch that is not there": ["nowhere", "--watch"],
    "once without a watch": ["inbox", "--once"],
    "a report of a watch without end": ["inbox", "--watch", "--json"],
    "an archive that watches itself": ["archive", "--watch", "--once"],
    "nothing through the pipe": ["-", "--name", "x"],
}


@pytest.mark.parametrize("words", REFUSED.values(), ids=REFUSED.keys())
def test_what_does_not_go_together_is_refused(words: list[str], run: Run) -> None:
    Path("inbox").mkdir()
    before = run("digest").stdout
    result = run("take", *words, *TAKE, typed=b"")
    assert (result.exit_code, "→" in result.stderr) == (2, True)
    assert run("digest").stdout == before


def test_a_watched_folder_is_taken_in_once_and_each_file_said(run: Run) -> None:
    Path("inbox").mkdir()
    Path("inbox/a.txt").write_bytes(b"a page")
    Path("inbox/link").symlink_to("a.txt")
    once = ["take", "inbox", "--watch", "--once", "--settle", "0.1", *TAKE]
    first = run(*once, "--token")
    assert first.exit_code == 1  # the link was left out
    assert "taken in: a.txt" in first.stdout
    assert "left out: link (It is a link or a device, not a file.)" in first.stdout
    assert "Claim token" in first.stderr
    report = json.loads(run(*once, "--json").stdout)
    assert (report["new"], report["held"], report["left_out"]) == (0, 0, 1)
    assert restored(run) == {"a.txt": b"a page"}


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_ctrl_c_ends_a_watch_quietly_and_what_was_said_is_kept(
    run: Run, env: dict[str, str]
) -> None:
    Path("inbox").mkdir()
    Path("inbox/a.txt").write_bytes(b"a page")
    words = ["take", "inbox", "--watch", "--settle", "0.2", *TAKE]
    program = subprocess.Popen(
        [sys.executable, "-u", "-m", "unburnt.cli.start", *words],
        env={**os.environ, **env, "PYTHONPATH": str(ROOT / "src")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "taken in: a.txt\n"
    program.send_signal(signal.SIGINT)
    _printed, complained = program.communicate(timeout=20)
    assert program.returncode == 130
    assert "What was said to be taken in is kept." in complained
    assert "Traceback" not in complained
    assert restored(run) == {"a.txt": b"a page"}
