"""How runs end: codes by family of error, secrets from safe places, JSON with promised keys."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from tests.cli.story import PASSPHRASE, WEAK
from tests.repository import ROOT
from unburnt.cli.main import unburnt
from unburnt.cli.manual import Page
from unburnt.core import errors
from unburnt.workflow.passphrases import STANDARD

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in an empty folder; the passphrase lies in a private file."""
    monkeypatch.chdir(tmp_path)
    secret = tmp_path / "secret"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)

    def run(*words: str, typed: str | None = None, **env: str | None) -> Result:
        surroundings = {"UNBURNT_PASSPHRASE_FILE": str(secret), "LC_ALL": "C", **env}
        return CliRunner().invoke(unburnt, list(words), obj=WEAK, input=typed, env=surroundings)

    return run


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive and a person in it, to be copied."""
    folder = tmp_path_factory.mktemp("founded")
    secret = folder.parent / "secret-of-founded"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)
    for line in (
        "found heron laptop",
        "say new name Rowan --schema Person --source me --compartment cases",
    ):
        words = ["--archive", str(folder), *line.split()]
        env = {"UNBURNT_PASSPHRASE_FILE": str(secret)}
        assert CliRunner().invoke(unburnt, words, obj=WEAK, env=env).exit_code == 0
    return folder


@pytest.fixture
def archive(run: Run, founded: Path, tmp_path: Path) -> Run:
    """Run a command in a folder with an archive and a person in it."""
    shutil.copytree(founded, tmp_path, dirs_exist_ok=True)
    return run


# --- families of errors ---------------------------------------------------------------------------

FAMILIES = {
    "you": (errors.UsageError("a", "b"), 2),
    "them": (errors.ForeignDataError("a", "b"), 3),
    "the key": (errors.CannotOpenError("a", "b"), 4),
    "the disk": (errors.MediumError("a", "b"), 5),
    "our own bytes": (errors.BrokenArchiveError("a", "b"), 6),
    "the operating system": (PermissionError(13, "Permission denied"), 5),
    "a fault of ours": (RuntimeError("Rowan lives at /home/rowan"), 70),
    "the keyboard": (KeyboardInterrupt(), 130),
    "no answer": (EOFError(), 2),
}


@pytest.mark.parametrize(("error", "code"), FAMILIES.values(), ids=FAMILIES.keys())
def test_an_error_ends_with_the_code_of_its_family(
    error: BaseException, code: int, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(unburnt.commands["version"], "callback", fail)
    result = run("version")
    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr.lstrip().startswith("unburnt: ")
    assert "→" in result.stderr
    assert "Rowan" not in result.stderr
    assert "Traceback" not in result.stderr


def test_a_traceback_is_shown_only_to_whoever_asks(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("seen")

    monkeypatch.setattr(unburnt.commands["version"], "callback", fail)
    assert "Traceback" in run("version", UNBURNT_DEBUG="1").stderr


def test_a_recovery_that_was_stopped_is_not_said_to_go_on(
    archive: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("unburnt.cli.survive.recover", stop)
    words = archive("trustees", "appoint", "--group", "2: ada, ben, cyn", "--yes-print").stdout
    cards = [line.split(": ")[1] for line in words.splitlines() if line.startswith("words: ")]
    number = next(line.split(": ")[1] for line in words.splitlines() if line.startswith("archive"))
    asked = ["--archive", "new", "recover", number, "--from", ".", "--member", "heron"]
    result = archive(*asked, "--device", "new", typed="\n".join([*cards[:2], "", ""]))
    assert result.exit_code == 130
    assert "another empty folder" in result.stderr
    assert "to go on" not in result.stderr


# --- secrets --------------------------------------------------------------------------------------


def test_a_passphrase_is_asked_for_twice_and_not_echoed(run: Run) -> None:
    typed = f"{PASSPHRASE}\n{PASSPHRASE}\n"
    result = run("found", "heron", "laptop", typed=typed, UNBURNT_PASSPHRASE_FILE=None)
    assert result.exit_code == 0
    assert PASSPHRASE not in result.output
    assert run("digest", typed=f"{PASSPHRASE}\n", UNBURNT_PASSPHRASE_FILE=None).exit_code == 0


NO_PASSPHRASE = {
    "a folder that holds no archive": ["--archive", "nowhere", "health"],
    "founding where an archive is": ["found", "heron", "laptop"],
    "a recovery into a used folder": ["recover", "00", "--from", ".", "--member", "a"],
}


@pytest.mark.parametrize("words", NO_PASSPHRASE.values(), ids=NO_PASSPHRASE.keys())
def test_nobody_types_a_passphrase_for_what_cannot_be(words: list[str], archive: Run) -> None:
    if "recover" in words:
        words = [*words, "--device", "b"]
    result = archive(*words, typed="", UNBURNT_PASSPHRASE_FILE=None)
    assert result.exit_code == 2
    assert "folder" in result.stderr
    assert "assphrase" not in result.stderr


def test_founding_that_was_interrupted_is_gone_on_with(archive: Run) -> None:
    more = archive("found", "heron", "laptop", "cases", "another")
    assert "This folder already holds an archive." in more.stderr  # said by the vault itself
    Path("device/vault.json").unlink()
    gone = archive("found", "heron", "laptop", "another", UNBURNT_PASSPHRASE_FILE=None)
    assert (gone.exit_code, "assphrase" in gone.stderr) == (2, False)  # a copy is no place either


@pytest.mark.skipif(os.name != "posix", reason="asks for a session without a terminal")
def test_without_a_terminal_a_person_is_told_how_else_to_give_the_passphrase(
    archive: Run, tmp_path: Path
) -> None:
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "LC_ALL": "C"}
    surroundings.pop("UNBURNT_PASSPHRASE_FILE", None)
    done = subprocess.run(
        [sys.executable, "-m", "unburnt.cli.start", "health"],
        cwd=tmp_path,
        env=surroundings,
        input=f"{PASSPHRASE}\n",
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    assert done.returncode == 2
    assert "UNBURNT_PASSPHRASE_FILE" in done.stderr
    assert "--passphrase-fd" in done.stderr
    assert "GetPassWarning" not in done.stderr


def test_a_short_new_passphrase_is_refused(run: Run) -> None:
    result = run("found", "heron", "laptop", typed="short\nshort\n", UNBURNT_PASSPHRASE_FILE=None)
    assert result.exit_code == 2
    assert "12 characters" in result.stderr
    assert not Path("device").exists()


@pytest.mark.skipif(os.name != "posix", reason="permissions of files are those of POSIX")
def test_a_passphrase_file_that_others_can_read_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "secret").chmod(0o644)
    result = run("found", "heron", "laptop")
    assert result.exit_code == 2
    assert "chmod 600" in result.stderr


def test_a_passphrase_is_read_from_a_file_descriptor(run: Run) -> None:
    reading, writing = os.pipe()
    os.write(writing, f"{PASSPHRASE}\n".encode())
    os.close(writing)
    words = ["--passphrase-fd", str(reading), "found", "heron", "laptop"]
    assert run(*words, UNBURNT_PASSPHRASE_FILE=None).exit_code == 0
    os.close(reading)
    assert run("--passphrase-fd", "987", "digest").exit_code == 2
    assert run("digest").exit_code == 0


def test_the_ordinary_cost_holds_unless_a_test_brings_another(run: Run, tmp_path: Path) -> None:
    secret = str(tmp_path / "secret")
    env = {"UNBURNT_PASSPHRASE_FILE": secret, "UNBURNT_TEST_WEAK_PASSPHRASE": "1"}
    assert CliRunner().invoke(unburnt, ["found", "heron", "laptop"], env=env).exit_code == 0
    vault = json.loads((tmp_path / "device" / "vault.json").read_bytes())
    assert vault["argon2id"]["memory_kib"] == STANDARD.memory_kib
    assert vault["argon2id"]["iterations"] == STANDARD.iterations


def test_cards_go_to_a_terminal_only(archive: Run) -> None:
    result = archive("trustees", "appoint", "--group", "2: ada, ben, cyn")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert json.loads(archive("roster", "--json").stdout)["trustees"] == []


# --- reports --------------------------------------------------------------------------------------

REPORTS = {
    "device list": 0,
    "member list": 0,
    "compartment list": 0,
    "roster": 0,
    "find rowan": 0,
    "chronology": 0,
    "exposure laptop": 0,
    "health": 1,
    "verify": 0,
    "verify --deep": 0,
    "rebuild": 0,
    "digest": 0,
    "version": 0,
    "site list": 0,
    "compartment add legal": 0,
    "rotate cases": 0,
    "send out.unburnt": 0,
    "say new name Birch --schema Person --source me --compartment cases": 0,
}


@pytest.mark.parametrize(("line", "code"), REPORTS.items(), ids=REPORTS.keys())
def test_a_report_has_the_keys_its_page_promises(line: str, code: int, archive: Run) -> None:
    words = line.split()
    result = archive(*words, "--json")
    assert result.exit_code == code, result.stderr
    page: Any = unburnt
    for word in words:
        if isinstance(page, click.Group):
            page = page.commands[word]
    assert isinstance(page, Page)
    assert set(json.loads(result.stdout)) == set(page.manual.keys)
    assert result.exit_code in page.manual.exits


@pytest.mark.parametrize("line", REPORTS)
def test_a_report_says_something_to_people(line: str, archive: Run) -> None:
    result = archive(*line.split())
    assert "{" not in result.stdout
    assert line == "chronology" or result.stdout.strip() or result.stderr.strip()


def test_what_is_foreign_cannot_command_the_terminal(archive: Run) -> None:
    name = "x[bold]\u2066y\u2069"
    said = ["say", "new", "name", name, "--schema", "Person", "--source", "me"]
    assert archive(*said, "--compartment", "cases").exit_code == 0
    shown = archive("find", "[bold]").stdout
    assert "x[bold]\\u2066y\\u2069" in shown


# --- acts -----------------------------------------------------------------------------------------


def test_no_means_that_nothing_changes(archive: Run) -> None:
    prepared = archive("--archive", "b", "device", "prepare", "field")
    Path("card").write_text(prepared.stdout)
    spoken = prepared.stderr.split()[-1]
    enrolled = archive("device", "enrol", "card", "wren", "--role", "cases=read", "--id", spoken)
    assert enrolled.exit_code == 0
    before = archive("roster", "--json").stdout
    assert archive("revoke", "field", typed="n\n").exit_code == 2
    assert archive("roster", "--json").stdout == before
    done = archive("revoke", "field", "--yes", "--json", "--reason", "arrested")
    assert set(json.loads(done.stdout)) == set(_page("revoke").manual.keys)
    assert json.loads(done.stdout)["rotated"] == ["cases"]
    assert "revoked" in archive("device", "list").stdout


def test_a_card_whose_id_was_not_said_by_voice_stays_outside(archive: Run) -> None:
    Path("card").write_text(archive("--archive", "b", "device", "prepare", "field").stdout)
    result = archive("device", "enrol", "card", "wren", typed="a" * 26 + "\n")
    assert result.exit_code == 2
    assert "field" not in archive("device", "list").stdout


def test_a_stranger_s_file_is_no_card(archive: Run) -> None:
    Path("card").write_text('{"label": "x"}')
    assert archive("device", "enrol", "card", "wren", "--id", "x").exit_code == 3


def test_a_statement_is_taken_back_and_stays(archive: Run) -> None:
    found = json.loads(archive("find", "rowan", "--json").stdout)["found"][0]
    assert archive("retract", found["statement"]).exit_code == 0
    shown = archive("show", found["entity"][:6]).stdout
    assert "Rowan" in shown
    assert "withdrawn" in shown
    assert archive("retract", "f" * 64).exit_code == 2
    assert archive("retract", "f").exit_code == 2


def test_a_page_is_recorded_whole_or_not_at_all(archive: Run) -> None:
    page = (
        "entities:\n  rowan: {schema: Person, compartment: cases}\n"
        "statements:\n"
        "  - {entity: rowan, property: name, value: {text: Rowan}, source: rowan,"
        " stance: asserted, compartment: cases}\n"
    )
    broken = page + page.splitlines()[3].replace("name", "favouriteColour") + "\n"
    before = archive("digest").stdout
    Path("page.yaml").write_text(broken)
    assert archive("record", "page.yaml").exit_code == 2
    assert archive("digest").stdout == before
    Path("page.yaml").write_text(page)
    result = archive("record", "page.yaml", "--json")
    assert json.loads(result.stdout)["statements"] == 1
    Path("page.yaml").write_text("- not a page")
    assert archive("record", "page.yaml").exit_code == 3


def test_evidence_is_taken_in_once_and_given_back_byte_for_byte(archive: Run) -> None:
    Path("in").mkdir()
    Path("in/note.txt").write_bytes(b"the car burned\r\n")
    words = ["take", "in", "--compartment", "cases", "--source", "me", "--json"]
    words += ["--how", "unknown", "--consent", "unknown"]
    first = json.loads(archive(*words).stdout)
    assert (first["new"], set(first)) == (1, set(_page("take").manual.keys))
    assert json.loads(archive(*words).stdout)["new"] == 0
    restored = archive("evidence", "restore", "out", "--compartment", "cases", "--json")
    assert json.loads(restored.stdout)["originals"] == 1
    assert [p.read_bytes() for p in Path("out").rglob("*") if p.is_file()] == [
        b"the car burned\r\n"
    ]


def test_damage_turns_every_check_red(archive: Run) -> None:
    assert archive("site", "add", "stick", "stick", "--make").exit_code == 0
    assert archive("sync").exit_code == 0
    assert archive("site", "check", "stick").exit_code == 0
    for top in ("stick", "."):
        victim = next(path for path in Path(top, "objects").rglob("*") if path.is_file())
        victim.chmod(0o600)
        victim.write_bytes(victim.read_bytes()[:-1] + b"\0")
    assert archive("site", "check", "stick").exit_code == 1
    assert archive("verify", "--deep").exit_code == 1


def test_a_false_head_card_is_refused(archive: Run) -> None:
    text = archive("card").stdout
    Path("heads").write_text(text)
    assert archive("card", "check", "heads").exit_code == 0
    Path("heads").write_text(text.replace(" 1 ", " 2 "))
    assert archive("card", "check", "heads").exit_code == 3
    Path("heads").write_text("nothing")
    assert archive("card", "check", "heads").exit_code == 3


def test_a_log_that_was_cut_since_the_card_is_missing(archive: Run) -> None:
    Path("before").mkdir()
    assert archive("send", "before/all.unburnt").exit_code == 0
    words = "say new name Birch --schema Person --source me --compartment cases"
    assert archive(*words.split()).exit_code == 0
    Path("heads").write_text(archive("card").stdout)
    log = sorted(path for path in Path("log").rglob("*") if path.is_file())
    log[-1].unlink()
    result = archive("card", "check", "heads", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["gaps"][0]["kind"] == "missing"


def _page(name: str) -> Page:
    page = unburnt.commands[name]
    assert isinstance(page, Page)
    return page
