"""Extractors from the command line: a person names the command, and the device remembers it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cli.story import PASSPHRASE, WEAK
from unburnt.cli.main import unburnt


@pytest.mark.slow
def test_the_command_of_an_extractor_is_set_shown_and_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    secret = tmp_path / "secret"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)
    env = {"UNBURNT_PASSPHRASE_FILE": str(secret), "LC_ALL": "C"}

    def run(*words: str) -> Result:
        return CliRunner().invoke(unburnt, list(words), obj=WEAK, env=env)

    def shown() -> dict[str, list[str]]:
        told = json.loads(run("extractor", "list", "--json").stdout)
        return {one["name"]: one["command"] for one in told["extractors"]}

    assert run("found", "heron", "laptop").exit_code == 0
    assert run("extractor", "set", "mirror", "--", "wget", "--mirror", "{url}").exit_code == 0
    assert shown()["mirror"] == ["wget", "--mirror", "{url}"]
    assert run("extractor", "set", "bad", "--", "wget").exit_code == 2
    assert run("extractor", "forget", "mirror").exit_code == 0
    assert set(shown()) == {"yt-dlp", "auto-archiver"}
    assert run("extractor", "forget", "mirror").exit_code == 2
    unknown = run(
        *("capture", "https://example.org/", "--with", "mirror"),
        *("--reason", "a threat", "--compartment", "cases"),
    )
    assert unknown.exit_code == 2
