"""Asking: what names somebody can be typed instead of standing on a command line."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from unburnt.cli import words
from unburnt.cli.app import agree
from unburnt.cli.asking import typed
from unburnt.cli.error_words import spoken
from unburnt.cli.main import unburnt
from unburnt.core.errors import UsageError

NAMES = {
    ("say",): "value",
    ("find",): "text",
    ("messages",): "sender",
    ("threat",): "against",
    ("custody", "transfer"): "outside",
    ("custody", "note"): "by",
    ("evidence", "restore"): "receiver",
    ("pack",): "receiver",
}


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    words.use("en")


def _parameter(path: tuple[str, ...], name: str) -> click.Parameter:
    found: click.Command = unburnt
    for word in path:
        assert isinstance(found, click.Group)
        below = found.get_command(click.Context(found), word)
        assert below is not None
        found = below
    return next(one for one in found.params if one.name == name)


@click.command()
@click.option("--receiver", callback=typed("Who gets it"))
def hand_over(receiver: str | None) -> None:
    """Hand over."""
    click.echo(repr(receiver))


@click.command()
def destroy() -> None:
    """Destroy."""
    agree("Destroy it?")
    click.echo("destroyed")


def test_a_hyphen_is_asked_for_and_anything_else_is_taken_as_it_is() -> None:
    asked = CliRunner().invoke(hand_over, ["--receiver", "-"], input="суд\n")
    assert asked.stdout == "'суд'\n"
    assert "Who gets it: " in asked.stderr
    assert CliRunner().invoke(hand_over, ["--receiver", "a-b"]).stdout == "'a-b'\n"
    assert CliRunner().invoke(hand_over, []).stdout == "None\n"


@pytest.mark.parametrize("path", NAMES, ids=" ".join)
def test_every_place_for_a_name_can_be_asked_for(path: tuple[str, ...]) -> None:
    parameter = _parameter(path, NAMES[path])
    assert parameter.callback is not None
    assert parameter.callback.__qualname__.startswith(typed.__name__)


@pytest.mark.parametrize("answer", ["y", "YES", "д", "Да", "nonsense\nyes"])
def test_yes_is_yes_in_either_language(answer: str) -> None:
    assert CliRunner().invoke(destroy, input=answer + "\n").stdout == "destroyed\n"


@pytest.mark.parametrize("answer", ["", "n", "нет", "Н", "perhaps\nno"])
def test_no_is_no_in_either_language_and_so_is_nothing(answer: str) -> None:
    result = CliRunner().invoke(destroy, input=answer + "\n")
    assert isinstance(result.exception, UsageError)
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("said", "russian"),
    [
        ("Dates are read as mdy: every line fits only so.", "только так подходит каждая строка"),
        ("Line 3 of the policy repeats a key.", "Строка 3 политики повторяет ключ."),
        ("This address cannot be captured. Only http and https are captured.", "только http"),
        ("This host may not be captured: this machine.", "это сам компьютер"),
        ("This is not a term of capture-kinds.", "в словаре capture-kinds"),
        ("No such option '--allow-private'.", "Нет такого ключа: '--allow-private'."),
        ("Got unexpected extra argument (x)", "Лишний аргумент (x)"),
        ("Invalid value for '--kind': 'foo' is not one of 'a', 'b'.", "'foo' нет среди 'a', 'b'."),
        ("This is not a property of Person.", "У Person нет такого свойства."),
        ("Write it like 2018-01, 2018~ or 2018.", "Напишите в виде 2018-01, 2018~ или 2018."),
        ("Show this message and exit.", "Показать эту страницу"),
    ],
)
def test_what_was_typed_wrongly_is_said_in_russian_throughout(said: str, russian: str) -> None:
    words.use("ru")
    assert russian.casefold() in spoken(said).casefold()


def test_a_name_that_happens_to_be_a_word_of_ours_is_left_alone() -> None:
    words.use("ru")
    assert spoken("There is no compartment “denied”.") == "Нет раздела «denied»."
