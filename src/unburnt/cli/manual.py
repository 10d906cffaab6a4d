"""Pages of the manual: what every command says of itself, on the terminal and in docs/cli.md.

    Manual(what=…, when=…, example=…, never=…, exits=(0, 2, 4), keys={"level": …})

`keys` are the stable keys of `--json`. `make messages` writes docs/cli.md from these pages,
and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import click

from unburnt.cli.words import N_, _

EXITS: Mapping[int, str] = {
    0: N_("done, and nothing is wrong"),
    1: N_("not green: a check found something wrong (RED), or had nothing to go by (OPEN)"),
    2: N_("the request cannot be carried out as it was put"),
    3: N_("bytes from outside are not what they should be"),
    4: N_("this cannot be opened here: passphrase, cards or access"),
    5: N_("a disk, stick or network did not do what was asked"),
    6: N_("the archive's own bytes are damaged, missing or forged"),
    70: N_("a fault of this program"),
    130: N_("stopped from the keyboard"),
}
EVERY = (0, 2, 3, 4, 5, 6)
CHECK = (0, 1, 2, 3, 4, 5, 6)

_HEADINGS = {
    "when": N_("When to use it"),
    "example": N_("Example"),
    "never": N_("What it will not do"),
    "options": N_("Options"),
    "commands": N_("Commands"),
    "exits": N_("Exit codes"),
    "keys": N_("Keys of --json"),
}


@dataclass(frozen=True, slots=True)
class Manual:
    """A page: whole sentences, an example that can be typed, and what it refuses to do."""

    what: str
    when: str
    example: str
    never: str
    exits: tuple[int, ...] = EVERY
    keys: Mapping[str, str] = field(default_factory=dict)


class Page(click.Command):
    """A command with a manual page."""

    manual: Manual

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the page in the language in use."""
        _usage(ctx, formatter)
        _sections(self, self.manual, ctx, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the first sentence of the page."""
        return _first(self.manual)


class Book(click.Group):
    """A family of commands with a page of its own."""

    manual: Manual
    command_class = Page

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the page and the list of commands."""
        _usage(ctx, formatter)
        _sections(self, self.manual, ctx, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the first sentence of the page."""
        return _first(self.manual)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the book, not of the alphabet."""
        return list(self.commands)


def _first(manual: Manual) -> str:
    sentence = _(manual.what)
    end = sentence.find(". ")
    return sentence if end < 0 else sentence[: end + 1]


def _usage(ctx: click.Context, formatter: click.HelpFormatter) -> None:
    pieces = " ".join(ctx.command.collect_usage_pieces(ctx))
    formatter.write_usage(ctx.command_path, pieces, _("Usage") + ": ")


def _sections(
    command: click.Command, manual: Manual, ctx: click.Context, formatter: click.HelpFormatter
) -> None:
    formatter.write_paragraph()
    formatter.write_text(_(manual.what))
    _prose(formatter, "when", _(manual.when))
    with formatter.section(_heading("example")):
        for line in manual.example.splitlines():
            formatter.write(f"    {line}\n")
    _prose(formatter, "never", _(manual.never))
    with formatter.section(_heading("options")):
        formatter.write_dl(_options(command, ctx))
    if isinstance(command, click.Group):
        with formatter.section(_heading("commands")):
            formatter.write_dl(
                [
                    (name, command.commands[name].get_short_help_str())
                    for name in command.list_commands(ctx)
                ]
            )
    if manual.keys:
        with formatter.section(_heading("keys")):
            formatter.write_dl([(key, _(text)) for key, text in manual.keys.items()])
    with formatter.section(_heading("exits")):
        formatter.write_dl([(str(code), _(EXITS[code])) for code in (*manual.exits, 70, 130)])


def _heading(name: str) -> str:
    return _(_HEADINGS[name])


def _prose(formatter: click.HelpFormatter, name: str, text: str) -> None:
    with formatter.section(_heading(name)):
        formatter.write_text(text)


def _options(command: click.Command, ctx: click.Context) -> list[tuple[str, str]]:
    """Return every option with its help in the language in use."""
    rows = []
    for parameter in command.get_params(ctx):
        if isinstance(parameter, click.Option):
            names = ", ".join([*parameter.opts, *parameter.secondary_opts])
            metavar = "" if parameter.is_flag else f" {parameter.make_metavar(ctx)}"
            text = parameter.help or ""
            rows.append((names + metavar, _(text)))
    return rows


# --- docs/cli.md --------------------------------------------------------------------------------

HEAD = """\
# The command line

What `unburnt` can be told to do, in the order in which a group comes to need it.
This page is written from the commands themselves (`make messages`).
Each command also shows its own page: `unburnt revoke --help`.

Everything that reports takes `--json`; the keys listed are stable.
Errors go to the standard error, as what is wrong and the next step.
A passphrase is asked for, read from a file descriptor (`--passphrase-fd`), or from a file that
only its owner can read (`UNBURNT_PASSPHRASE_FILE` names it).
It is never an argument, because other people on the machine can see arguments.
"""


def pages(command: click.Command, ctx: click.Context) -> Iterator[tuple[str, click.Command]]:
    """Yield (full name, command) of a command and all below it, in the order of the book."""
    yield ctx.command_path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            sub = command.commands[name]
            yield from pages(sub, click.Context(sub, info_name=name, parent=ctx))


def document(root: click.Command) -> str:
    """Return the text of docs/cli.md."""
    parts = [HEAD]
    for name, command in pages(root, click.Context(root, info_name="unburnt")):
        if isinstance(command, Page | Book):
            parts.append(_chapter(name, command))
    return "\n".join(parts)


def _chapter(name: str, command: Page | Book) -> str:
    manual, ctx = command.manual, click.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(ctx))
    lines = [f"## {name}", "", f"`{name} {usage}`", "", manual.what, "", manual.when, ""]
    lines += ["```", manual.example, "```", "", f"{manual.never}", ""]
    lines += ["| option | |", "|---|---|"]
    lines += [f"| `{names}` | {_cell(text)} |" for names, text in _options(command, ctx)]
    if manual.keys:
        lines += ["", "| key of `--json` | |", "|---|---|"]
        lines += [f"| `{key}` | {_cell(text)} |" for key, text in manual.keys.items()]
    codes = "; ".join(f"{code} {EXITS[code]}" for code in (*manual.exits, 70, 130))
    return "\n".join([*lines, "", f"Exits: {codes}.", ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
