"""Words: they are said in the language in use, and what is foreign is shown harmlessly."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from unburnt.cli import words
from unburnt.cli.error_words import in_words, spoken
from unburnt.cli.main import unburnt
from unburnt.cli.show import fields, table
from unburnt.core.errors import CannotOpenError, UsageError


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    words.use("en")


def test_errors_are_told_in_the_language_in_use() -> None:
    words.use("ru")
    message, step = in_words(CannotOpenError())
    assert message == "Здесь это не открывается."
    assert step.startswith("Проверьте парольную фразу")
    label, _step = in_words(UsageError("There is no compartment “case”.", "Choose one of: a, b."))
    assert label == "Нет раздела «case»."
    assert spoken("A sentence of a newer version.") == "A sentence of a newer version."


def test_errors_show_foreign_text_harmlessly() -> None:
    message, _step = in_words(UsageError("There is no site “\x1b[2J”.", "x"))
    assert "\x1b" not in message


def test_tables_show_foreign_text_as_text() -> None:
    lines = table(("name",), [("[bold red]x\x1b[2J\u202ey",)])
    assert lines[1] == "[bold red]x\\x1b[2J\\u202ey"
    assert fields([("name", "a\nb: forged")]) == ["name: a\\nb: forged"]


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LC_ALL": "ru_RU", "LANG": "en_GB"}, "ru"),
        ({}, "en"),
    ],
)
def test_the_environment_chooses_the_language(environment: dict[str, str], language: str) -> None:
    assert words.spoken(environment) == language


@pytest.mark.parametrize("arguments", [["--language", "ru", "--help"], ["--help"]])
def test_pages_are_told_in_the_language_in_use(arguments: list[str]) -> None:
    result = CliRunner().invoke(unburnt, arguments, env={"LC_ALL": "ru_RU.UTF-8"})
    assert "Чего не делает" in result.stdout
    assert "What it will not do" not in result.stdout
