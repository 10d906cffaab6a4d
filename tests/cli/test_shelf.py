"""Every command stands in its place, and no command loads what only another needs."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from tests.repository import ROOT
from unburnt.cli.main import unburnt
from unburnt.cli.shelf import PLACES, Shelf

CLI = ROOT / "src" / "unburnt" / "cli"


def makers(command: click.Command) -> Iterator[str]:
    """Yield the modules of `cli` that the functions of a command and all below it stand in."""
    if isinstance(command, click.Group):
        for sub in command.commands.values():
            yield from makers(sub)
    elif command.callback is not None:
        yield inspect.unwrap(command.callback).__module__.removeprefix("unburnt.cli.")


@pytest.mark.parametrize(("name", "place"), PLACES.items())
def test_the_place_of_a_command_is_true(name: str, place: str) -> None:
    assert place in makers(unburnt.commands[name])


@pytest.mark.slow  # starts a program
def test_a_family_of_two_modules_is_whole_when_only_its_place_was_loaded() -> None:
    made = {
        name: {f"unburnt.cli.{one}" for one in makers(unburnt.commands[name])} for name in PLACES
    }
    together = {name: modules for name, modules in made.items() if len(modules) > 1}
    assert together
    for name, modules in together.items():
        assert modules <= loaded_by(f"unburnt.commands[{name!r}]")


def test_every_module_with_commands_is_loaded_by_some_place() -> None:
    with_commands = {
        path.stem for path in CLI.glob("*.py") if "root import unburnt" in path.read_text("utf-8")
    } - {"main"}
    made = {module for name in PLACES for module in makers(unburnt.commands[name])}
    assert with_commands == made


@pytest.mark.slow  # starts a program
def test_names_are_listed_and_refused_without_loading_a_page() -> None:
    asked = "list(unburnt.commands), len(unburnt.commands), 'take' in unburnt.commands"
    for code in (asked, "unburnt.commands.get('nonsense')"):
        pages = {"unburnt.cli." + place for place in PLACES.values()}
        assert not pages & loaded_by(code)


@pytest.mark.slow  # starts a program
@pytest.mark.parametrize("name", ["version", "health"])
def test_what_is_asked_most_loads_nothing_that_is_slow(name: str) -> None:
    loaded = loaded_by(f"unburnt.commands[{name!r}]")
    slow = ("unburnt.evidence.capture", "unburnt.evidence.intake", "unburnt.publish", "http", "PIL")
    assert [module for module in loaded if module.startswith(slow)] == []


def test_a_command_without_a_place_is_refused() -> None:
    with pytest.raises(LookupError, match=r"cli/shelf\.py"):
        Shelf({})["lost"] = click.Command("lost")


def loaded_by(code: str) -> set[str]:
    """Return the modules that a fresh interpreter holds after the program looked something up."""
    program = f"import sys; from unburnt.cli.main import unburnt; {code}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())
