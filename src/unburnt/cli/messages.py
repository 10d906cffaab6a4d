"""Messages: those of an export, each with its place; a threat among them becomes an incident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click

from unburnt.cli.app import App, as_json, command
from unburnt.cli.asking import typed
from unburnt.cli.error_words import spoken
from unburnt.cli.manual import Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, remark, report, table
from unburnt.cli.words import N_, _
from unburnt.core.text import printable
from unburnt.workflow.lookup import find_entity
from unburnt.workflow.messages import THREAT, find_target, record_threat, threads

_ORDERS = ("dmy", "mdy", "ymd")
_LONGEST = 160  # characters of a message in the list
_ORDER = click.option(
    "--order",
    type=click.Choice(_ORDERS),
    help=N_("Order of day, month and year, where the export does not tell."),
)


@command(
    unburnt,
    "messages",
    Manual(
        what=N_(
            "List the messages of an export that was taken in, each with its place in it: WhatsApp"
            " and Signal text, Telegram, Instagram, SMS backups, e-mail and mailboxes. They are"
            " read in memory from the sealed original."
        ),
        when=N_("When a chat was handed over and you look for the messages that matter."),
        example="unburnt messages bu4t… --from '+7 900'",
        never=N_(
            "It believes nothing: an export is text that anybody can type. It adds no time zone"
            " and no seconds, and where the file does not tell whether the day or the month comes"
            " first, it asks. It writes no message in clear to the disk; that you looked is"
            " recorded in the chain of custody, unless you say --unrecorded."
        ),
        keys={
            "format": N_("format that was recognised"),
            "service": N_("messenger or service"),
            "total": N_("messages in the export"),
            "messages": N_(
                "list of: locator, kind, sender, account, time, date, clock, text, recipients,"
                " subject, attachments, reply_to, forwarded_from, identity, marks"
            ),
            "remarks": N_("what was noticed while reading"),
        },
    ),
)
@click.argument("id")
@click.option(
    "--from",
    "sender",
    metavar="TEXT",
    callback=typed(N_("Sender")),
    help=N_("Only senders or accounts with this; - to be asked."),
)
@_ORDER
@click.option("--purpose", metavar="WORDS", help=N_("Why; it stands in the chain of custody."))
@click.option(
    "--unrecorded", is_flag=True, help=N_("Where this device may only read: leave no trace of it.")
)
@as_json
def messages(
    app: App,
    id: str,
    sender: str | None,
    order: str | None,
    purpose: str | None,
    unrecorded: bool,
    as_json: bool,
) -> None:
    """List messages."""
    viewed = None if unrecorded else purpose or "messages read"
    with app.open() as session:
        export = threads(session, find_entity(session, id), order=order, viewed=viewed)
    wanted = (sender or "").casefold()
    shown = [
        one
        for one in export.messages
        if wanted in (one.sender or "").casefold() or wanted in (one.account or "").casefold()
    ]
    data = {
        "format": export.format,
        "service": export.service,
        "total": len(export.messages),
        "messages": [asdict(one) for one in shown],
        "remarks": list(export.remarks),
    }
    rows = [
        (
            one.locator,
            one.time or one.date or "",
            one.sender or "",
            _short(one.text),
            _more(one.attachments, one.marks),
        )
        for one in shown
    ]
    headings = (_("place"), _("time as written"), _("sender"), _("text"), _("besides"))
    lines = table(headings, rows) if rows else [_("No message fits.")]
    if not as_json:
        for note in export.remarks:
            remark(printable(spoken(note)))
    report(as_json, data, lines)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _more(attachments: Sequence[str], marks: Sequence[str]) -> str:
    return "; ".join((*attachments, *marks))


@command(
    unburnt,
    "threat",
    Manual(
        what=N_(
            "Record that a message of an export is a threat: the message with its verbatim words,"
            " time and account, a security incident, and the act against the person. All of it"
            " names the export and the place in it."
        ),
        when=N_("At once when one of you is threatened; a threat is known by the ones before it."),
        example="unburnt threat bu4t… line:12 --against - --kind death-threat",
        never=N_(
            "It does not say who holds the account, nor that the message was ever sent. That it is"
            " a threat is your word, and is recorded as yours. It changes no word of it."
        ),
        keys={
            "incident": N_("id of the security incident"),
            "act": N_("id of the act"),
            "message": N_("id of the message"),
            "account": N_("id of the sender's account; null when the export names none"),
        },
    ),
)
@click.argument("id")
@click.argument("locator")
@click.option(
    "--against",
    required=True,
    metavar="WHO",
    callback=typed(N_("Who is threatened")),
    help=N_("Member, id, or recorded name of who is threatened; - to be asked."),
)
@click.option(
    "--kind",
    default=THREAT,
    show_default=True,
    metavar="TERM",
    help=N_("Kind of threat: death-threat, threat-to-relatives, arson-threat …"),
)
@click.option("--channel", metavar="TERM", help=N_("How it came, if not as the export says."))
@click.option("--compartment", help=N_("Who may read it; else those who read the export."))
@_ORDER
@as_json
def threat(
    app: App,
    id: str,
    locator: str,
    against: str,
    kind: str,
    channel: str | None,
    compartment: str | None,
    order: str | None,
    as_json: bool,
) -> None:
    """Record a threat."""
    with app.open() as session:
        made = record_threat(
            session,
            find_entity(session, id),
            locator,
            find_target(session, against),
            kind=kind,
            channel=channel,
            compartment=session.compartment(compartment) if compartment else None,
            order=order,
        )
    pairs = [
        (_("incident"), made.incident),
        (_("act"), made.act),
        (_("message"), made.message),
        (_("account"), made.account or "-"),
    ]
    report(as_json, asdict(made), fields(pairs))
