"""Custody: through whose hands evidence went, noting it, handing it over, acknowledging it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from unburnt.cli.app import PATH, App, as_json, command
from unburnt.cli.asking import typed
from unburnt.cli.manual import CHECK, Book, Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, remark, report, safe
from unburnt.cli.words import N_, _, language
from unburnt.core.errors import UsageError
from unburnt.model.custody import Chain
from unburnt.model.custody_event import RECORDED
from unburnt.model.custody_words import WORDS, sentence
from unburnt.workflow import custody as chains
from unburnt.workflow import handing_over
from unburnt.workflow.custody_file import write_jsonld
from unburnt.workflow.lookup import find_entity, find_member
from unburnt.workflow.moments import Moments
from unburnt.workflow.origin import claimed
from unburnt.workflow.session import Session

_EVENT = N_("event → custody event that was recorded")


class _Chains(Book):
    """`unburnt custody ID` tells the chain, as `unburnt custody show ID` does."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take a word that is no command for the id of evidence."""
        known = not args or args[0] in self.commands or args[0].startswith("-")
        return super().resolve_command(ctx, args if known else ["show", *args])


custody = _Chains("custody")
custody.manual = Manual(
    what=N_("Who had evidence in their hands, what was done to it, and what is not known."),
    when=N_("Before evidence is used in court, and whenever it is shown or handed on."),
    example="unburnt custody bu4t",
    never=N_(
        "It does not say that nothing else happened: whoever holds the keys can open an original"
        " with other programs, and nothing is recorded."
    ),
    exits=(0, 2),
)
unburnt.add_command(custody)


@command(
    custody,
    "show",
    Manual(
        what=N_(
            "Tell the whole chain of custody of EVIDENCE in plain sentences: what follows from the"
            " signed log, what people recorded, and where nothing was recorded for long."
        ),
        when=N_("When a court, a partner or you yourselves ask where a file has been."),
        example="unburnt custody show bu4t\nunburnt custody show bu4t --export custody.jsonld",
        never=N_(
            "Times are those of the devices' clocks unless a witness signed; it never calls them"
            " proven. The file it exports holds no giver and no site."
        ),
        exits=CHECK,
        keys={
            "evidence": N_("id of the evidence"),
            "digests": N_("SHA-256 of the original"),
            "red": N_("whether some digest is not that of the evidence"),
            "refused": N_("statements left out because their device had no right to them"),
            "events": N_("list of events in order: kind, when, marks, sentence and details"),
        },
    ),
)
@click.argument("evidence")
@click.option("--export", type=PATH, help=N_("Write the chain as PROV and CASE JSON-LD, too."))
@as_json
def show(app: App, evidence: str, export: Path | None, as_json: bool) -> int:
    """Tell the chain."""
    with app.open() as session:
        entity = find_entity(session, evidence)
        found = chains.chain(session, entity, existed=Moments(session).by)
        if export is not None:
            write_jsonld(session, found, export)
            remark(_("This file is not sealed."))
        told = list(_told(session, found))
    data = {
        "evidence": found.evidence,
        "digests": list(found.digests),
        "red": found.red,
        "refused": found.refused,
        "events": [
            {**asdict(link), "sentence": words}
            for link, (_when, words) in zip(found.links, told, strict=True)
        ],
    }
    lines = [found.evidence, *(f"{when}  {safe(words)}" for when, words in told)]
    if found.refused:
        lines.append(_("left out, refused: {count}").format(count=found.refused))
    if found.red:
        lines.append(_("RED: a digest is not that of this evidence."))
    report(as_json, data, lines)
    return 1 if found.red else 0


def _told(session: Session, chain: Chain) -> Iterator[tuple[str, str]]:
    roster = session.roster

    def name(identity: str) -> str:
        known = roster.members.get(identity) or roster.devices.get(identity)
        return known.label if known else identity

    for link in chain.links:
        yield f"{safe(link.when):<20}", sentence(link, WORDS[language()], name)


@command(
    custody,
    "note",
    Manual(
        what=N_("Record one custody event about EVIDENCE, one or more."),
        when=N_(
            "When evidence was shown, verified or copied outside this program, or when you"
            " notice that something was not written down (gap)."
        ),
        example="unburnt custody note bu4t --kind viewed --purpose 'identification'\n"
        "unburnt custody note bu4t --kind gap --happened 2026-05 --note 'nobody wrote it down'",
        never=N_(
            "What is said afterwards is shown as entered afterwards. Taking in, hashing, sealing"
            " and storing cannot be noted: they follow from the signed log."
        ),
        keys={"events": _EVENT},
    ),
)
@click.argument("evidence", nargs=-1, required=True)
@click.option(
    "--kind",
    required=True,
    type=click.Choice([k for k in RECORDED if k not in ("transferred", "acknowledged")]),
    help=N_("What was done."),
)
@click.option("--purpose", help=N_("Why."))
@click.option("--happened", metavar="DATE", help=N_("When, if not now (2026-05-02, 2026-05)."))
@click.option(
    "--by",
    callback=typed(N_("Who did it")),
    help=N_("Who, if not you; an id or words; - to be asked."),
)
@click.option("--tool", help=N_("Program and version."))
@click.option("--note", help=N_("Anything else."))
@as_json
def note(app: App, evidence: tuple[str, ...], kind: str, as_json: bool, **details: Any) -> None:
    """Record an event."""
    with app.open() as session:
        found = [find_entity(session, text) for text in evidence]
        events = chains.record_event(session, kind, found, **details)
    report(as_json, {"events": events}, fields((_("event"), event) for event in events))


@command(
    custody,
    "transfer",
    Manual(
        what=N_("Record that EVIDENCE is handed over, to a member or to somebody outside."),
        when=N_("Before it leaves your hands. The receiver acknowledges it afterwards."),
        example="unburnt custody transfer bu4t --to rowan --purpose analysis\n"
        "unburnt custody transfer bu4t --outside - --purpose analysis",
        never=N_("It hands nothing over itself: it writes down that you do."),
        keys={"events": _EVENT},
    ),
)
@click.argument("evidence", nargs=-1, required=True)
@click.option("--to", metavar="MEMBER", help=N_("Member who receives it."))
@click.option(
    "--outside",
    metavar="WORDS",
    callback=typed(N_("Who gets it")),
    help=N_("Receiver who is no member, in words; - to be asked."),
)
@click.option("--purpose", required=True, help=N_("Why."))
@click.option("--note", help=N_("Anything else."))
@as_json
def transfer(
    app: App,
    evidence: tuple[str, ...],
    to: str | None,
    outside: str | None,
    purpose: str,
    note: str | None,
    as_json: bool,
) -> None:
    """Record a handing-over."""
    if (to is None) == (outside is None):
        raise UsageError(
            "A handing-over has one receiver.", "Give --to MEMBER, or --outside WORDS."
        )
    with app.open() as session:
        receiver = find_member(session.roster, to).id if to is not None else str(outside)
        found = [find_entity(session, text) for text in evidence]
        events = handing_over.transfer(session, found, receiver, purpose=purpose, note=note)
    report(as_json, {"events": events}, fields((_("event"), event) for event in events))


@command(
    custody,
    "acknowledge",
    Manual(
        what=N_(
            "Acknowledge a handing-over EVENT. On the receiver's device: each original is opened"
            " and hashed here, and the digest is signed."
        ),
        when=N_("When you received evidence, or a receiver outside told you the digest they got."),
        example="unburnt custody acknowledge ahnq\n"
        "unburnt custody acknowledge ahnq --digest 3bbc60d6…",
        never=N_(
            "What a receiver outside told is marked as told: nobody signed it. A digest that"
            " does not fit is recorded, and the chain turns RED."
        ),
        exits=CHECK,
        keys={"digests": N_("evidence → digest that was recorded")},
    ),
)
@click.argument("event")
@click.option("--digest", "digests", multiple=True, help=N_("Digest that a receiver outside told."))
@click.option("--note", help=N_("How they told it, or anything else."))
@as_json
def acknowledge(
    app: App, event: str, digests: tuple[str, ...], note: str | None, as_json: bool
) -> int:
    """Acknowledge a handing-over."""
    with app.open() as session:
        found = handing_over.acknowledge(session, find_entity(session, event), digests, note)
        red = any(chains.chain(session, piece).red for piece in found)
    lines = [f"{piece}  {digest}" for piece, digest in found.items()]
    if red:
        lines.append(_("RED: a digest is not that of this evidence."))
    report(as_json, {"digests": found}, lines)
    return 1 if red else 0


@command(
    custody,
    "claim",
    Manual(
        what=N_("Find the evidence that came from whoever shows a claim token."),
        when=N_("When a giver comes back: to add, to ask, to take back, or to be protected."),
        example="unburnt custody claim",
        never=N_(
            "It takes the token only typed, never as an argument. It shows that somebody holds"
            " the token, not that nobody else does."
        ),
        exits=CHECK,
        keys={"origins": N_("origin → ids of the evidence that rests on it")},
    ),
)
@as_json
def claim(app: App, as_json: bool) -> int:
    """Find what belongs to a token."""
    token = click.prompt(_("Claim token"), hide_input=True, err=True)
    with app.open() as session:
        found = dict(claimed(session, token))
    lines = [f"{origin}  {piece}" for origin, pieces in found.items() for piece in pieces]
    lines = lines or [_("RED: this token fits nothing that can be read here.")]
    report(as_json, {"origins": found}, lines)
    return 0 if found else 1
