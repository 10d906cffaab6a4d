"""Witnesses: partners who cosign how far our logs went; and being such a partner."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from unburnt.cli.app import PATH, App, as_json, book, command, read_file
from unburnt.cli.manual import CHECK, Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import remark, report, table
from unburnt.cli.words import N_, _
from unburnt.core.errors import UsageError
from unburnt.workflow import witness_policy, witness_serving, witnessing
from unburnt.workflow.witnessing import Answer, LogStatus

_POLICY = 64 * 1024  # bytes

CODES = {
    "cosigned": N_("cosigned"),
    "seen": N_("has seen it"),
    "behind": N_("ALARM: has seen more than is here"),
    "fork": N_("ALARM: was shown another history"),
    "unknown-log": N_("does not serve this log: give its vkey to who runs it"),
    "not-signed": N_("knows this log with another key"),
    "refused": N_("refused"),
    "nonsense": N_("answered what cannot be true"),
    "unreachable": N_("cannot be reached"),
    "slow": N_("did not answer in time"),
}

witness = book(
    unburnt,
    "witness",
    Manual(
        what=N_(
            "Partners who cosign how far each log went, so that no other history can be told later;"
            " and the server that such a partner runs."
        ),
        when=N_(
            "Ask at least two organisations in different countries to run one: two commands, new"
            " and serve. Put them into a policy, and ask them every day."
        ),
        example="unburnt witness new ~/witness --name witness.example/w1\n"
        "unburnt witness serve ~/witness --log 'unburnt/…'",
        never=N_(
            "A witness sees the size and root of a log, and when it grew: no name, no text, no"
            " file. It does not say that anything recorded is true."
        ),
    ),
)


@command(
    witness,
    "new",
    Manual(
        what=N_("Make a witness: its key and its memory, in a new folder. Writes its vkey."),
        when=N_("Once, on the server that shall run it. It needs no archive and no passphrase."),
        example="unburnt witness new ~/witness --name witness.example/w1",
        never=N_(
            "The key lies in the file witness.key without a passphrase, because a server starts"
            " alone: whoever can read the file can cosign in your name. Never put the folder back"
            " from a backup: make a new witness instead."
        ),
        exits=(0, 2, 5),
    ),
)
@click.argument("folder", type=PATH)
@click.option("--name", required=True, help=N_("A name without spaces, such as your host's."))
def new(_app: App, folder: Path, name: str) -> None:
    """Make a witness."""
    click.echo(witness_serving.new_witness(folder, name))
    remark(_("This line is public: give it to the group, for its policy."))
    remark(_("Next: unburnt witness serve FOLDER --log VKEY, with the vkeys that they give you."))


@command(
    witness,
    "serve",
    Manual(
        what=N_("Run the witness of a folder: answer over HTTP until it is stopped."),
        when=N_(
            "All the time, on a machine that the group does not run. Put a web server with TLS, or"
            " an onion service, in front of it."
        ),
        example="unburnt witness serve ~/witness --port 8490 --log 'unburnt/…'",
        never=N_(
            "It speaks plain HTTP on this machine alone unless --host says otherwise, cosigns"
            " nothing that contradicts what it cosigned before, and writes down nobody's address."
        ),
        exits=(0, 2, 3, 5, 6),
    ),
)
@click.argument("folder", type=PATH)
@click.option("--host", default=witness_serving.LOOPBACK, help=N_("Address to listen on."))
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=witness_serving.PORT,
    help=N_("Port to listen on; 0 takes a free one."),
)
@click.option(
    "--log", "logs", multiple=True, metavar="VKEY", help=N_("Serve this log from now on, too.")
)
def serve(_app: App, folder: Path, host: str, port: int, logs: tuple[str, ...]) -> None:
    """Run a witness."""
    witness_serving.add_logs(folder, logs)
    with witness_serving.opened(folder, host, port) as server:
        where, number = server.address
        shown = f"[{where}]" if ":" in where else where
        click.echo(_("Listening on http://{where}:{port}").format(where=shown, port=number))
        sys.stdout.flush()
        server.serve()


@command(
    witness,
    "add-log",
    Manual(
        what=N_("Let a witness serve more logs."),
        when=N_("When the group enrols a device. The server need not be stopped."),
        example="unburnt witness add-log ~/witness 'unburnt/…'",
        never=N_("It never takes a second key for a log that it knows."),
        exits=(0, 2, 3, 5, 6),
    ),
)
@click.argument("folder", type=PATH)
@click.argument("vkeys", nargs=-1, required=True, metavar="VKEY...")
def add_log(_app: App, folder: Path, vkeys: tuple[str, ...]) -> None:
    """Serve more logs."""
    count = witness_serving.add_logs(folder, vkeys)
    click.echo(_("New logs: {count}.").format(count=count))


@command(
    witness,
    "logs",
    Manual(
        what=N_("Write the vkey of each device's log: what a witness must be told."),
        when=N_("When a partner sets up a witness, and after each enrolment."),
        example="unburnt witness logs",
        never=N_("A vkey opens nothing; it shows the archive's id and the device's."),
        keys={"logs": N_("list of: device, vkey")},
    ),
)
@as_json
def logs(app: App, as_json: bool) -> None:
    """Write the vkeys of the logs."""
    with app.open() as session:
        found = witnessing.log_vkeys(session)
    data = {"logs": [{"device": device, "vkey": vkey} for device, vkey in found]}
    report(as_json, data, [vkey for _device, vkey in found])


@command(
    witness,
    "policy",
    Manual(
        what=N_(
            "Say which witnesses count, and how many of them together, in a policy file"
            " (c2sp.org/tlog-policy). Without FILE: write the one in use."
        ),
        when=N_("Once, and whenever a witness comes or goes. Each device is told by its person."),
        example="unburnt witness policy witnesses.policy --proxy socks5h://127.0.0.1:9050",
        never=N_(
            "It asks nobody. The policy stays on this device, sealed: no site can change whom you"
            " trust."
        ),
    ),
)
@click.argument("file", type=PATH, required=False)
@click.option(
    "--proxy",
    metavar="URL",
    help=N_(
        "Reach witnesses through this proxy, such as socks5h://127.0.0.1:9050 for Tor; '' for none."
    ),
)
def policy(app: App, file: Path | None, proxy: str | None) -> None:
    """Set or show the policy."""
    if file is None and proxy is not None:
        raise UsageError("A proxy is set together with a policy.", "Give the policy file too.")
    data = read_file(file, _POLICY) if file else None
    with app.open() as session:
        if data is None:
            click.echo(witness_policy.policy_text(session), nl=False)
            return
        count = len(witness_policy.set_policy(session, data, proxy).witnesses)
    click.echo(_("The policy is in use; witnesses: {count}.").format(count=count))
    remark(_("Next: unburnt witness ask."))


@command(
    witness,
    "ask",
    Manual(
        what=N_("Ask every witness of the policy to cosign the newest checkpoint of each log."),
        when=N_("Every day, after sync. What cannot be asked now is asked the next time."),
        example="unburnt witness ask",
        never=N_(
            "It waits half a minute at most and fails for no witness that is silent. It sends"
            " sizes, hashes and signatures, nothing else. RED when a witness has seen another"
            " history, or more than is here."
        ),
        exits=CHECK,
        keys={
            "kept": N_("how many cosignatures are new here"),
            "answers": N_("list of: witness, device, code, size, detail, at"),
        },
    ),
)
@as_json
def ask(app: App, as_json: bool) -> int:
    """Ask the witnesses."""
    with app.open() as session:
        asked = witnessing.ask(session)
    data = {"kept": asked.kept, "answers": [asdict(answer) for answer in asked.answers]}
    lines = [
        _("New cosignatures: {count}.").format(count=asked.kept),
        *_answers([answer for answer in asked.answers if answer.code != "seen"]),
    ]
    report(as_json, data, lines)
    if asked.alarms:
        remark(
            _(
                "More of a log is known than is here, or another history of it: perhaps only a sync"
                " is missing; perhaps a device was put back to an older state, was cloned, or lost"
                " its key. Sync with every site, then: unburnt verify."
            )
        )
    return 1 if asked.alarms else 0


@command(
    witness,
    "status",
    Manual(
        what=N_("Show how far each log is witnessed, by whom and since when, and what waits."),
        when=N_("Before you tell a court or an editor since when something is known."),
        example="unburnt witness status",
        never=N_(
            "It asks nobody. “Witnessed” is said only when the quorum of the policy cosigned; else"
            " a time is only claimed. RED while a log is not witnessed whole."
        ),
        exits=CHECK,
        keys={
            "green": N_("whether every log is witnessed whole"),
            "logs": N_("list of: device, size, word, witnessed, since, by, waiting"),
            "answers": N_("list of last answers that were no cosignature"),
        },
    ),
)
@as_json
def status(app: App, as_json: bool) -> int:
    """Show how far logs are witnessed."""
    with app.open() as session:
        found, waiting = witnessing.status(session), witnessing.last_answers(session)
    alarms = any(answer.code in witnessing.ALARMS for answer in waiting)
    green = bool(found) and all(log.word == witnessing.WITNESSED for log in found) and not alarms
    data = {
        "green": green,
        "logs": [{**asdict(log), "word": log.word} for log in found],
        "answers": [asdict(answer) for answer in waiting],
    }
    report(as_json, data, [_("GREEN") if green else _("RED"), *_logs(found), *_answers(waiting)])
    return 0 if green else 1


def _logs(found: list[LogStatus]) -> list[str]:
    words = {witnessing.WITNESSED: _("witnessed"), witnessing.CLAIMED: _("claimed")}
    rows: list[tuple[Any, ...]] = [
        (
            log.device,
            words[log.word],
            _("{witnessed} of {size}").format(witnessed=log.witnessed, size=log.size),
            log.since or "",
            ", ".join(log.by),
            ", ".join(log.waiting),
        )
        for log in found
    ]
    headings = (_("log"), _("time"), _("entries"), _("since"), _("by"), _("waiting for"))
    return table(headings, rows) if rows else []


def _answers(answers: list[Answer]) -> list[str]:
    rows = [(a.witness, a.device, _(CODES.get(a.code, a.code)), a.detail, a.at) for a in answers]
    headings = (_("witness"), _("log"), _("answer"), _("detail"), _("at"))
    return table(headings, rows) if rows else []
