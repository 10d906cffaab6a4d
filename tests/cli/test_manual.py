"""Every command has a whole page, and docs/cli.md is written from the same pages."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from tests.repository import ROOT
from unburnt.cli.main import unburnt
from unburnt.cli.manual import EXITS, Book, Manual, Page, document, pages
from unburnt.cli.shelf import PLACES

COMMANDS = dict(pages(unburnt, click.Context(unburnt, info_name="unburnt")))
PAGE = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
REPORTS_NOTHING = {  # commands that print one thing, or act and say so
    "unburnt device prepare",
    "unburnt device card",
    "unburnt access",
    "unburnt approve",
    "unburnt trustees appoint",
    "unburnt site add",
    "unburnt site here",
    "unburnt watch stop",
    "unburnt extractor set",
    "unburnt extractor forget",
    "unburnt witness new",
    "unburnt witness serve",
    "unburnt witness add-log",
    "unburnt witness policy",
}


def test_the_page_is_that_of_the_commands() -> None:
    assert document(unburnt) == PAGE, "run: make messages"


def test_every_command_of_the_plan_is_there() -> None:
    assert unburnt.list_commands(click.Context(unburnt)) == list(PLACES)
    assert len(COMMANDS) > 40


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_has_a_whole_page(name: str) -> None:
    command = COMMANDS[name]
    assert isinstance(command, Page | Book)
    manual: Manual = command.manual
    for sentence in (manual.what, manual.when, manual.never):
        assert sentence.endswith((".", "!")), name
    assert "unburnt" in manual.example
    assert set(manual.exits) <= EXITS.keys()
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.name}"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_shows_its_page(name: str) -> None:
    result = CliRunner().invoke(unburnt, [*name.split()[1:], "--help"])
    assert result.exit_code == 0
    for heading in ("When to use it", "Example", "What it will not do", "Exit codes"):
        assert heading in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_whatever_reports_has_json_with_named_keys(name: str) -> None:
    command = COMMANDS[name]
    assert isinstance(command, Page | Book)
    if isinstance(command, Page) and name not in REPORTS_NOTHING:
        assert any("--json" in parameter.opts for parameter in command.params)
        assert command.manual.keys


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_begins_with_a_command_that_exists(name: str) -> None:
    command = COMMANDS[name]
    assert isinstance(command, Page | Book)
    line = command.manual.example.splitlines()[0]
    words = [word for word in line.split() if not word.startswith(("--archive", "~"))]
    assert any(" ".join(words).startswith(known) for known in COMMANDS if known != "unburnt"), line


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_takes_a_secret(name: str) -> None:
    for parameter in COMMANDS[name].params:
        for option in parameter.opts:
            assert option not in ("--passphrase", "--password", "--words", "--share"), name
