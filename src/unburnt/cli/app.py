"""What every command has at hand: which folder, which passphrase, what a guess may cost.

    @command(book, "digest", Manual(...))
    def digest(app: App) -> None:
        with app.open() as session: ...

The passphrase comes from a prompt, a file descriptor or a file that only its owner can read; never
from an argument or from the environment itself.
"""

from __future__ import annotations

import getpass
import os
import stat
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from unburnt.cli.asking import prompt
from unburnt.cli.manual import Book, Manual, Page
from unburnt.cli.show import remark
from unburnt.cli.words import N_, _
from unburnt.core.errors import MediumError, UsageError
from unburnt.workflow.lookup import check_device_folder
from unburnt.workflow.passphrases import STANDARD, Cost, check_new
from unburnt.workflow.session import Session
from unburnt.workflow.withdrawal import carry_out

PASSPHRASE_FILE = "UNBURNT_PASSPHRASE_FILE"  # noqa: S105 - names a file
_LIMIT = 4096  # bytes of a passphrase
# Of every language at once: whoever reads one may have the keyboard of the other.
_YES = ("y", "yes", "д", "да")
_NO = ("", "n", "no", "н", "нет")

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass
class App:
    """One run: the folder of the archive, where the passphrase comes from, the cost of a guess."""

    root: Path
    descriptor: int | None = None
    cost: Cost = field(default=STANDARD)

    def open(self) -> Session:
        """Unlock the device in the folder; say so when something in it was refused."""
        session = Session.open(self.root, self.passphrase())
        if session.refused:
            count = len(session.refused)
            text = _("Entries that were refused: {count}. Look: unburnt verify.")
            remark(text.format(count=count))
        _carry_out(session)
        return session

    def passphrase(self, *, new: bool = False) -> str:
        """Return the passphrase; a new one is asked for twice and must be long enough."""
        if not new:
            check_device_folder(self.root)  # nobody should type a passphrase for nothing
        given = self._given()
        if given is None:
            given = _typed(new)
        return check_new(given) if new else given

    def _given(self) -> str | None:
        if self.descriptor is not None:
            try:
                with os.fdopen(os.dup(self.descriptor), "rb") as stream:
                    return _first_line(stream.read(_LIMIT))
            except OSError as error:
                raise UsageError(
                    "No passphrase can be read from that file descriptor.",
                    "Give the number of one that is open: --passphrase-fd 3 3<FILE.",
                ) from error
        named = os.environ.get(PASSPHRASE_FILE)
        return _first_line(read_private(Path(named), _LIMIT)) if named else None


def _carry_out(session: Session) -> None:
    """Destroy what was withdrawn; a disk that refuses it keeps nobody from opening the archive."""
    try:
        gone = len(carry_out(session))
    except MediumError:
        remark(_("Keys of withdrawn originals still lie here: this disk does not let them go."))
        return
    if gone:
        text = _("Keys of withdrawn originals that were destroyed on this device: {count}.")
        remark(text.format(count=gone))


def _typed(new: bool) -> str:
    with warnings.catch_warnings():
        # Without a terminal, getpass would warn in English and show what is typed.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            typed = click.prompt(
                _("New passphrase") if new else _("Passphrase"),
                hide_input=True,
                confirmation_prompt=_("Once more") if new else False,
                err=True,
            )
        except getpass.GetPassWarning as error:
            remark("")
            raise UsageError(
                "There is no terminal to type the passphrase at.",
                "Name a file that only you can read in UNBURNT_PASSPHRASE_FILE, or an open one by"
                " its number: --passphrase-fd 3 3<FILE.",
            ) from error
    return str(typed)


def read_private(path: Path, limit: int) -> bytes:
    """Return a file that only its owner can read; UsageError when others can."""
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise UsageError(
                "Others on this machine can read the file with your secret.",
                "Close it to them: chmod 600 FILE.",
            )
        with path.open("rb") as file:
            return file.read(limit)
    except OSError as error:
        raise _unreadable(path) from error


def read_file(path: Path, limit: int) -> bytes:
    """Return a file of at most `limit` bytes."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise _unreadable(path) from error
    if len(data) > limit:
        raise UsageError(f"The file is larger than {limit} bytes.", "Give another file.")
    return data


def _unreadable(path: Path) -> MediumError:
    return MediumError(f"The file “{path.name}” cannot be read.", "Check its path.")


def read_words(path: Path | None, heading: str) -> list[str]:
    """Return cards of words, one a line: from a private file, or typed until an empty line."""
    if path is not None:
        lines = read_private(path, 2**16).decode("utf-8", "replace").splitlines()
        return [line.strip() for line in lines if line.strip()]
    remark(heading)
    cards: list[str] = []
    while True:
        number = len(cards) + 1
        typed = click.prompt(
            _("Card {number}").format(number=number), default="", show_default=False, err=True
        )
        if not typed.strip():
            return cards
        cards.append(typed.strip())


class Stopped(click.Abort):
    """Ctrl-C in the middle of what cannot simply be run again; says what to do instead."""

    def __init__(self, step: str) -> None:
        super().__init__()
        self.step = step


@contextmanager
def when_stopped(step: str) -> Iterator[None]:
    """Let Ctrl-C say this next step, where “run it again” would be untrue."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise Stopped(step) from error


def agree(question: str) -> None:
    """Ask for the one confirmation; UsageError for a no."""
    either = _("[y/N]")
    while True:
        answer = prompt(f"{question} {either}", default="").strip().casefold()
        if answer in _YES:
            return
        if answer in _NO:
            raise UsageError("You said no: nothing was changed.", "Run it again when you are sure.")
        remark(_("Type yes or no."))


def command(book: Book, name: str, manual: Manual) -> Callable[[Function], Page]:
    """Make a function a command of a book, with its page."""

    def make(function: Function) -> Page:
        made = book.command(name, cls=Page)(click.pass_obj(function))
        assert isinstance(made, Page)  # noqa: S101 - click types it as its base
        made.manual = manual
        return made

    return make


def book(parent: Book, name: str, manual: Manual) -> Book:
    """Add a family of commands to a book."""
    made = Book(name)
    made.manual = manual
    parent.add_command(made)
    return made


as_json = click.option(
    "--json", "as_json", is_flag=True, help=N_("Write the report as JSON, with stable keys.")
)
yes = click.option("--yes", is_flag=True, help=N_("Do not ask; for programs."))

PATH = click.Path(path_type=Path)


def _first_line(data: bytes) -> str:
    return data.decode("utf-8", "replace").split("\n", 1)[0].rstrip("\r")
