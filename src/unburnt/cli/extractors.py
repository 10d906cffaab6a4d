"""Programs of others that fetch what a browser cannot: which of them may be run, and how."""

from __future__ import annotations

import click

from unburnt.cli.app import App, as_json, book, command
from unburnt.cli.manual import Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import remark, report, table
from unburnt.cli.words import N_, _
from unburnt.workflow import extract as extracting

extractor = book(
    unburnt,
    "extractor",
    Manual(
        what=N_("Programs of others that capture --with runs: films, whole sites, applications."),
        when=N_("When a page is more than a browser can keep."),
        example="unburnt extractor set mirror -- wget --page-requisites {url}\n"
        "unburnt capture https://example.org/ --with mirror --reason 'a threat'"
        " --compartment cases",
        never=N_(
            "A program runs with your rights. It is told to ask through our gate, and what it"
            " writes in its folder is bounded; one that ignores proxy or folder is not held."
        ),
        exits=(0, 2),
    ),
)


@command(
    extractor,
    "set",
    Manual(
        what=N_("Remember, on this device alone, by which command an extractor is run."),
        when=N_("Before the first capture --with NAME."),
        example="unburnt extractor set mirror -- wget --page-requisites {url}",
        never=N_("No shell reads it: every word is one argument, and {url} becomes the address."),
    ),
)
@click.argument("name")
@click.argument("words", nargs=-1, required=True, metavar="PROGRAM ARGUMENT...")
def set_(app: App, name: str, words: tuple[str, ...]) -> None:
    """Set the command of an extractor."""
    with app.open() as session:
        extracting.set_extractor(session, name, words)
    remark(_("It makes its requests with your rights: name only programs that you trust."))


@command(
    extractor,
    "forget",
    Manual(
        what=N_("Forget the command of an extractor."),
        when=N_("When it shall not be run any more."),
        example="unburnt extractor forget mirror",
        never=N_("What it brought stays, and so does its name in the record."),
    ),
)
@click.argument("name")
def forget(app: App, name: str) -> None:
    """Forget the command of an extractor."""
    with app.open() as session:
        extracting.set_extractor(session, name, ())


@command(
    extractor,
    "list",
    Manual(
        what=N_("Show which extractors can be named, and how each is run."),
        when=N_("To see what --with takes."),
        example="unburnt extractor list",
        never=N_("It runs none of them, and does not tell whether they are installed."),
        keys={"extractors": N_("name and command of each")},
    ),
)
@as_json
def list_(app: App, as_json: bool) -> None:
    """Show which extractors can be named."""
    with app.open() as session:
        found = extracting.known(session)
    rows = [(name, [one.program, *one.arguments]) for name, one in sorted(found.items())]
    data = {"extractors": [{"name": name, "command": words} for name, words in rows]}
    shown = [(name, " ".join(words)) for name, words in rows]
    report(as_json, data, table((_("name"), _("command")), shown))
