"""The first page of the book: the command `unburnt` itself, and how every run ends.

    code = unburnt.run(["health"])      exit code, by the family of the error

Errors go to the standard error as what is wrong and the next step, in the reader's language; no
traceback, because it could name people and paths. UNBURNT_DEBUG=1 shows it to whoever asks for it.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from unburnt.cli import words
from unburnt.cli.app import App, Stopped
from unburnt.cli.error_words import in_words, spoken
from unburnt.cli.manual import Book, Manual
from unburnt.cli.shelf import PLACES, Shelf
from unburnt.cli.show import remark
from unburnt.cli.words import N_, _
from unburnt.core.errors import UnburntError
from unburnt.core.text import printable
from unburnt.workflow.passphrases import STANDARD, Cost

STOPPED = 130
FAULT = 70
NO_INPUT = 2
MEDIUM = 5


class Root(Book):
    """The whole book; turns every way a run can end into words and an exit code."""

    def main(self, *args: Any, standalone_mode: bool = True, **more: Any) -> Any:
        """Run as click does; a code other than 0 leaves by SystemExit."""
        try:
            words.use(words.spoken(dict(os.environ)))
            code = self._ended(*args, **more)
        except KeyboardInterrupt:  # before click looks out for it, or after
            code = _complain(_("Stopped."), "", STOPPED)
        if standalone_mode:
            sys.exit(code)
        return code

    def _ended(self, *args: Any, **more: Any) -> int:
        try:
            more["standalone_mode"] = False
            returned: Any = click.Group.main(self, *args, **more)
            return returned if isinstance(returned, int) else 0
        except UnburntError as error:
            message, step = in_words(error)
            return _complain(message, step, error.exit_code)
        except click.exceptions.NoArgsIsHelpError as error:
            remark(error.format_message())
            return error.exit_code
        except click.UsageError as error:
            path = error.ctx.command_path if error.ctx else "unburnt"
            step = _("Read the page: {command} --help.").format(command=path)
            return _complain(printable(spoken(error.format_message())), step, error.exit_code)
        except click.ClickException as error:
            return _complain(printable(error.format_message()), "", error.exit_code)
        except click.Abort as error:
            return _aborted(error)
        except OSError as error:
            _debug()
            what = _("A file or folder cannot be used: {why}.").format(why=error.strerror or "?")
            return _complain(what, _("Check the path, free space and permissions."), MEDIUM)
        except Exception as error:
            _debug()
            what = _("This is a fault of unburnt, not yours ({kind}). Nothing more was written.")
            step = _(
                "Run it again. If it stays, report what you typed, without names and paths, and"
                " what “unburnt version” says; see SECURITY.md before sending anything more."
            )
            return _complain(what.format(kind=type(error).__name__), step, FAULT)


def _aborted(error: click.Abort) -> int:
    if isinstance(error.__context__, EOFError):
        return _complain(
            _("Nothing was typed where an answer is needed."),
            _("Run it in a terminal, or give the answer as the page says."),
            NO_INPUT,
        )
    step = error.step if isinstance(error, Stopped) else _("Run it again to go on.")
    return _complain(_("Stopped. Nothing half-done is shown."), step, STOPPED)


def _complain(message: str, step: str, code: int) -> int:
    remark(f"unburnt: {message}")
    if step:
        remark(f"  → {step}")
    return code


def _debug() -> None:
    if os.environ.get("UNBURNT_DEBUG") == "1":
        traceback.print_exc()


def _speak(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        words.use(value)
    return value


def _root(ctx: click.Context, archive: Path, passphrase_fd: int | None, language: str) -> None:
    cost = ctx.obj if isinstance(ctx.obj, Cost) else STANDARD  # tests bring a cheaper one
    ctx.obj = App(archive, passphrase_fd, cost)


unburnt = Root(
    "unburnt",
    commands=Shelf(PLACES),
    callback=click.pass_context(_root),
    params=[
        click.Option(
            ["--archive"],
            type=click.Path(path_type=Path),
            default=".",
            envvar="UNBURNT_ARCHIVE",
            metavar="DIR",
            help=N_("Folder of the archive (or UNBURNT_ARCHIVE); else the current one."),
        ),
        click.Option(
            ["--passphrase-fd"],
            type=int,
            metavar="N",
            help=N_("Read the passphrase from this file descriptor instead of asking."),
        ),
        click.Option(
            ["--language"],
            type=click.Choice(words.LANGUAGES),
            is_eager=True,
            callback=_speak,
            help=N_("Language of words and messages; else that of LANG."),
        ),
    ],
)
unburnt.manual = Manual(
    what=N_(
        "Keep the records of a human-rights monitor under attack: true, provable, unburnable and"
        " discreet."
    ),
    when=N_(
        "Found an archive once. Then record and take in daily, sync to several places weekly, look"
        " at its health and rehearse a loss every few months. When something is taken: exposure,"
        " then revoke. When everything is gone: recover."
    ),
    example="unburnt --archive ~/archive found heron office-laptop\n"
    "unburnt --archive ~/archive health",
    never=N_(
        "It never sends anything anywhere but to the sites you name, never deletes a record, and"
        " never takes a passphrase as an argument. It cannot wipe a disk securely, and it does not"
        " hide that an archive exists."
    ),
    exits=(0, 1, 2, 3, 4, 5, 6),
)


def run(arguments: Sequence[str] | None = None) -> None:
    """Run `unburnt` and leave with its exit code."""
    unburnt.main(args=None if arguments is None else list(arguments), prog_name="unburnt")
