"""Words that are asked for, so that they never stand on a command line.

    @click.option("--receiver", callback=typed(N_("Who gets it")))
    $ unburnt pack aicq --out case --receiver -         asks: Who gets it:

Every program on the machine sees arguments, and the shell writes them into its history: a name
does not belong there. `-` asks for it. What was asked for is never written anywhere by this.
"""

from __future__ import annotations

from collections.abc import Callable

import click

from unburnt.cli.words import _

ASK = "-"


def prompt(question: str, default: str | None = None) -> str:
    """Ask beside the report; an empty answer is the default, where there is one."""
    return str(click.prompt(question, default=default, show_default=False, err=True))


def typed(question: str) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """Return a callback for click that asks this question, marked by N_, where `-` was given."""

    def ask(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
        return prompt(_(question)) if value == ASK else value

    return ask
