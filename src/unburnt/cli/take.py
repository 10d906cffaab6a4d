"""Taking in evidence: files and folders, what comes through a pipe, whatever is put in a folder."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click

from unburnt.cli.app import PATH, App, as_json, command, when_stopped
from unburnt.cli.error_words import spoken
from unburnt.cli.manual import CHECK, Manual
from unburnt.cli.origin import Told, asks_origin, tell_given, tell_token
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, progress, remark, report, safe
from unburnt.cli.words import N_, _
from unburnt.core.errors import UsageError
from unburnt.workflow.drop_folder import DropFolder, Look
from unburnt.workflow.examine import examine
from unburnt.workflow.origin import Given, origin_claims
from unburnt.workflow.session import Claim, Session
from unburnt.workflow.take_in import Taken, take_in, take_piped

_PIPE = Path("-")
_FEW = 3  # ids shown of what was taken in; find shows all
_STOPPED = N_("What was said to be taken in is kept. Run it again to go on.")


@command(
    unburnt,
    "take",
    Manual(
        what=N_(
            "Take in files and folders as evidence: sealed byte for byte, each with its digest,"
            " size and name, and read back before it is signed for. “-” is what comes through a"
            " pipe; --watch takes in whatever is put into a folder."
        ),
        when=N_("When photos, papers or messages arrive; again at any time, only new ones count."),
        example="unburnt take /media/phone/DCIM --compartment cases --from -"
        " --how handed-over --consent use-internal\n"
        "unburnt take inbox --watch --compartment cases --from unknown --how unknown"
        " --consent unknown\n"
        "curl -s URL | unburnt take - --name page.html --compartment cases --from me"
        " --how downloaded --consent unknown",
        never=N_(
            "It changes, moves and deletes no original, and it does not remove what a file says"
            " about its maker: names and places inside stay. It guesses no giver and no consent:"
            " say “unknown”. It cannot see whether the program before a pipe ended well. While it"
            " watches, this device is unlocked."
        ),
        exits=CHECK,
        keys={
            "new": N_("originals taken in"),
            "held": N_("originals that were here already"),
            "unchanged": N_("files unchanged since the last time"),
            "bytes": N_("bytes taken in"),
            "entities": N_("ids of the new evidence"),
            "origin": N_("id of the origin they rest on; null when nothing is new"),
            "token": N_("claim token for the giver, when one was asked for"),
            "left_out": N_("number of files that could not be read"),
            "unsettled": N_("files of a watched folder that were still changing"),
            "not_examined": N_("number of steps that failed, where they were examined at once"),
        },
    ),
)
@click.argument("paths", type=PATH, nargs=-1, required=True)
@click.option("--compartment", required=True, help=N_("Who may read it."))
@click.option("--examine", "examined", is_flag=True, help=N_("Examine them at once: examine."))
@click.option("--name", help=N_("What to call the original that comes through a pipe."))
@click.option(
    "--watch", is_flag=True, help=N_("Take in what is put into this one folder, until Ctrl-C.")
)
@click.option("--once", is_flag=True, help=N_("With --watch: once, what has settled; then end."))
@click.option(
    "--settle",
    type=click.FloatRange(0.1, 3600),
    default=5.0,
    metavar="SECONDS",
    help=N_("With --watch: how long a file must not have changed; 5 by itself."),
)
@asks_origin
@as_json
def take(
    app: App, paths: tuple[Path, ...], compartment: str, told: Told, as_json: bool, **how: Any
) -> int:
    """Take in files."""
    _check(paths, how["name"], how["watch"], how["once"], as_json)
    if told.asks and how["name"] is not None:
        raise UsageError(
            "The original comes through the pipe: nobody can be asked there.",
            "Say who gave it by an id, or by --from-file FILE.",
        )
    with app.open() as session:
        circle = session.compartment(compartment)
        given, claims = origin_claims(session, circle, told.origin(session), token=told.token)
        taking = _Taking(session, circle, given, claims, how["examined"], as_json)
        if how["watch"]:
            taking.watch(paths[0], how["once"], how["settle"])
        elif how["name"] is not None:
            stream = sys.stdin.buffer
            taking.add(take_piped(session, stream, how["name"], circle, given.entity, claims))
        else:
            with progress() as tell:
                found = take_in(session, paths, circle, given.entity, tell, first=claims)
            taking.left_out = found.left_out
            taking.add(found)
    return taking.end()


def _check(
    paths: tuple[Path, ...], name: str | None, watch: bool, once: bool, as_json: bool
) -> None:
    """Refuse what does not go together, before a passphrase is asked for."""
    if (_PIPE in paths) != (name is not None) or (_PIPE in paths and len(paths) > 1):
        raise UsageError(
            "What comes through a pipe is taken in alone, and has no name of its own.",
            "Write: unburnt take - --name NAME.",
        )
    if name is not None and not name.strip():
        raise UsageError("An original needs a name.", "Write: unburnt take - --name NAME.")
    if watch and (len(paths) > 1 or name is not None or not paths[0].is_dir()):
        raise UsageError("One folder is watched at a time.", "Name one that is there.")
    if once and not watch:
        raise UsageError("--once is for a folder that is watched.", "Give --watch too.")
    if watch and as_json and not once:
        raise UsageError("A watch without end has no report.", "Give --once too.")


class _Taking:
    """Adds up what was taken in and says what a person must know, when they must know it."""

    def __init__(
        self,
        session: Session,
        compartment: str,
        given: Given,
        claims: list[Claim],
        examined: bool,
        as_json: bool,
    ) -> None:
        self.session, self.compartment, self.given = session, compartment, given
        self.claims, self.examined, self.as_json = claims, examined, as_json
        self.total = Taken()
        self.left_out: list[tuple[str, str]] = []
        self.watching = False
        self.failures = self.unsettled = 0

    def watch(self, folder: Path, once: bool, settle: float) -> None:
        """Take in what settles in a folder, and say each file."""
        self.watching = True
        drop = DropFolder(self.session, folder, self.compartment, self.given.entity, self.claims)
        with when_stopped(_(_STOPPED)):
            for look in drop.looks(lambda: time.sleep(settle), once=once):
                self._say(look)
                self.unsettled = look.unsettled
                self.add(look.taken)
                self.left_out += look.left_out

    def add(self, found: Taken) -> None:
        """Add what was taken in, examine it where that was asked for, tell of the first giver."""
        first = bool(found.entities) and not self.total.entities
        for name in ("new", "held", "unchanged", "bytes", "entities"):
            setattr(self.total, name, getattr(self.total, name) + getattr(found, name))
        if first:
            tell_given(self.session, self.given, self.compartment)
            if self.watching:  # who knows when its end will be
                self._tell_token()
        if self.examined and found.entities:
            with progress() as tell:
                done = examine(self.session, found.entities, progress=tell)
            self.failures += len(done.failures)

    def end(self) -> int:
        """Write the report and return the exit code."""
        found, any_new = self.total, bool(self.total.entities)
        data = {
            "new": found.new,
            "held": found.held,
            "unchanged": found.unchanged,
            "bytes": found.bytes,
            "entities": found.entities,
            "origin": self.given.entity if any_new else None,
            "token": self.given.token if any_new else None,
            "left_out": len(self.left_out),
            "unsettled": self.unsettled,
            "not_examined": self.failures,
        }
        pairs = [
            (_("new"), found.new),
            (_("here already"), found.held),
            (_("unchanged"), found.unchanged),
            (_("left out"), len(self.left_out)),
        ]
        if self.unsettled:
            pairs.append((_("still changing"), self.unsettled))
        if self.examined:
            pairs.append((_("steps of examining that failed"), self.failures))
        ids: list[tuple[str, str]] = []
        if found.entities:
            first = ", ".join(found.entities[:_FEW])
            more = len(found.entities) > _FEW
            ids = [(_("evidence"), first + (", …" if more else ""))]
        why = [(path, spoken(reason)) for path, reason in self.left_out]
        report(self.as_json, data, [*fields(pairs), *fields(ids), *fields(why)])
        if any_new and not self.watching:
            self._tell_token()
        elif found.held + found.unchanged and not self.as_json and not self.watching:
            remark(_("It was all here before: nothing is recorded of who gave it this time."))
        return 1 if self.left_out or self.failures else 0

    def _tell_token(self) -> None:
        if self.given.token and not self.as_json:
            tell_token(self.given.token)

    def _say(self, look: Look) -> None:
        say = remark if self.as_json else click.echo
        for name in look.kept:
            say(_("taken in: {name}").format(name=safe(name)))
        for name, why in look.left_out:
            say(_("left out: {name} ({why})").format(name=safe(name), why=safe(spoken(why))))
