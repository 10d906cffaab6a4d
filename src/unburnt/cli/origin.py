"""Asking where evidence comes from: options for every command that takes something in.

    @asks_origin
    def take(app: App, told: Told, …):
        origin = told.origin(session)      # asked for on a terminal, refused elsewhere

Nothing is filled in: who does not know says “unknown”. Words about a giver are never arguments:
every program on the machine sees those, and the shell writes them down.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from unburnt.cli.app import PATH, read_private
from unburnt.cli.asking import ASK, prompt
from unburnt.cli.show import remark
from unburnt.cli.words import N_, _, language
from unburnt.core.errors import UsageError
from unburnt.model import schema as schemas
from unburnt.workflow.lookup import find_entity
from unburnt.workflow.origin import UNKNOWN, Given, Origin
from unburnt.workflow.session import Session

ME = "me"
_MAX_FILE = 4096  # characters
_FIT = re.compile(f"{ME}|{UNKNOWN}|{ASK}|[a-z2-7]{{1,26}}")  # anything else is words
_HOW, _USES = "capture-kinds", "uses"

Function = TypeVar("Function", bound=Callable[..., Any])


def _terms(vocabulary: str) -> list[str]:
    terms = schemas.builtin().vocabularies[vocabulary].terms
    return [code for code, term in terms.items() if not term.retired]


@dataclass(frozen=True, slots=True)
class Told:
    """What the options said about origin; what is missing is asked for on a terminal."""

    giver: str | None  # an id or its beginning, ME, UNKNOWN or ASK
    how: str | None
    consent: tuple[str, ...]
    conditions: str | None
    token: bool
    words: str | None = None  # about the giver, out of a file

    @property
    def asks(self) -> bool:
        """Whether something is asked for although perhaps no person sits there."""
        return ASK in (self.giver, self.conditions)

    def origin(self, session: Session) -> Origin:
        """Return the origin; UsageError when something is missing and nobody can be asked."""
        known = self.words or self.giver
        if not sys.stdin.isatty() and not (known and self.how and self.consent):
            raise UsageError(
                "Nothing is said about where this comes from.",
                "Say it: --from, --how, --consent; each may be “unknown”.",
            )
        if known is None or known == ASK:
            giver = _giver(session, prompt(_("Who gave it (id, “me”, words, or “unknown”)")))
        else:
            giver = _giver(session, known) if self.words else _named(session, known)
        how = self.how or _choose(_("How it came"), _HOW)
        consent = self.consent or (_choose(_("What may be done with it"), _USES),)
        conditions = self.conditions
        if conditions == ASK or (sys.stdin.isatty() and conditions is None and not self.consent):
            conditions = prompt(_("Conditions, in the words of the giver"), default="") or None
        return Origin(giver, how, consent, conditions)


def asks_origin(function: Function) -> Callable[..., Any]:
    """Add the options about origin to a command, which gets them as `told`."""

    @wraps(function)
    def asked(
        *args: Any,
        giver: str | None,
        giver_file: Path | None,
        how: str | None,
        consent: tuple[str, ...],
        consent_note: str | None,
        token: bool,
        **named: Any,
    ) -> Any:
        words = _words_in(giver_file) if giver_file else None
        if giver is not None and (words or not _FIT.fullmatch(giver)):
            raise _refused()
        told = Told(giver, how, consent, consent_note, token, words)
        return function(*args, told=told, **named)

    for option in reversed(_OPTIONS):
        asked = option(asked)
    return asked


_OPTIONS = (
    click.option(
        "--from",
        "--source",
        "giver",
        metavar="WHO",
        help=N_("Who gave it: an id, “me”, “unknown”, or - to be asked. Words only when asked."),
    ),
    click.option(
        "--from-file",
        "giver_file",
        type=PATH,
        metavar="FILE",
        help=N_("A file that says who gave it, in words or by an id: one line."),
    ),
    click.option(
        "--how",
        metavar="TERM",
        help=N_("How it came: handed-over, own-recording, web-capture, downloaded, unknown …"),
    ),
    click.option(
        "--consent",
        multiple=True,
        metavar="TERM",
        help=N_(
            "What may be done with it: use-court, use-publish-named, use-publish-unnamed,"
            " use-internal, unknown; may be given several times."
        ),
    ),
    click.option(
        "--consent-note",
        metavar="WORDS",
        help=N_("Conditions, in the giver's words; - to be asked."),
    ),
    click.option(
        "--token", is_flag=True, help=N_("Make a claim token, with which the giver can come back.")
    ),
)


def tell_given(session: Session, given: Given, compartment: str) -> None:
    """Say what a person must know of an origin that was recorded: where the giver stands."""
    if given.giver_in == compartment:
        label = session.roster.compartments[compartment].label
        remark(
            _("The giver is recorded in “{label}”: everybody who reads there sees them.").format(
                label=label
            )
        )


def tell_token(token: str) -> None:
    """Show a claim token, once, with what it does and what it can do to its holder."""
    remark(_("Claim token, shown once; only its digest is kept:"))
    click.echo(token)
    remark(
        _(
            "Who has it can show that this came from them. If it is found on them, it shows that"
            " to anybody, too."
        )
    )


def _giver(session: Session, text: str) -> str | None:
    if text == UNKNOWN:
        return None
    if text == ME:
        return session.member
    try:
        return find_entity(session, text)
    except UsageError:
        return text  # words: a giver need not be an entity


def _named(session: Session, text: str) -> str | None:
    """Return a giver that the command line named: no words, they would be seen and kept there."""
    if text in (UNKNOWN, ME):
        return _giver(session, text)
    try:
        return find_entity(session, text)
    except UsageError as error:
        raise _refused() from error


def _refused() -> UsageError:
    return UsageError(
        "Who gave something is not said on the command line: other programs see it there, and the"
        " shell keeps it.",
        "Give the beginning of an id, or - to be asked, or --from-file FILE; and remove the line"
        " from your shell's history.",
    )


def _words_in(path: Path) -> str:
    try:
        text = read_private(path, _MAX_FILE + 1).decode("utf-8").strip()
    except UnicodeDecodeError:
        text = ""
    if not 0 < len(text) <= _MAX_FILE or len(text.splitlines()) > 1:
        raise UsageError("The file does not say who gave it.", "Write one line of text into it.")
    return text


def _choose(question: str, vocabulary: str) -> str:
    words, terms = schemas.builtin(), _terms(vocabulary)
    for code in terms:
        remark(f"  {code}: {words.label(code, language())}")
    while (chosen := prompt(question).strip()) not in terms:
        remark(_("Type one of the words before the colons."))
    return chosen
