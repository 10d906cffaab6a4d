"""Custody: recording what was done to evidence, and telling its whole chain.

    record_event(session, "exported", ["bu4t…"], purpose="for the court", tool="unburnt 0.2")
    for link in chain(session, "bu4t…").links: …          # see `model.custody`

An event is recorded in the compartment of its evidence, before what it tells of is done: so there
may be an event without its deed, never a deed without its event. Format: docs/spec/custody.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from unburnt import __version__
from unburnt.core.errors import UnburntError, UsageError
from unburnt.core.ids import new_id
from unburnt.model.custody import Chain, Place, Seat, fold
from unburnt.model.custody_event import SCHEMA, Happened, statements
from unburnt.model.recorded import REFUSED, Recorded
from unburnt.storage.journal import MAX_CHECKPOINT, read_checkpoint
from unburnt.workflow.clocks import Clocks
from unburnt.workflow.session import Claim, Session
from unburnt.workflow.sites import Site, sites

TOOL = f"unburnt {__version__}"

ExistedBy = Callable[[str, int], str | None]  # device, sequence -> RFC 3339, None if only claimed
_AT_ONCE = 4000  # pieces of evidence an event; an entry holds 4096 statements


def record_event(
    session: Session,
    kind: str,
    evidence: str | Sequence[str],
    *,
    compartment: str | None = None,
    **details: Any,
) -> list[str]:
    """Record one custody event about one or more pieces of evidence; returns the events' ids.

    `details` are the fields of `Happened`: tool, purpose, receiver, digest, result, happened,
    note … One event is made for each compartment the evidence lies in, and for each 4,000 pieces;
    give `compartment` (an id) where this device cannot read back what it wrote. Raises UsageError,
    before anything is written, for an unknown kind, for evidence not readable here, or where this
    device may not write.
    """
    pieces = [evidence] if isinstance(evidence, str) else list(dict.fromkeys(evidence))
    made: list[str] = []
    for circle, items in _by_compartment(session, pieces, compartment).items():
        for start in range(0, len(items), _AT_ONCE):
            part = tuple(items[start : start + _AT_ONCE])
            event, claims = event_claims(
                session, Happened(kind=kind, evidence=part, **details), circle
            )
            session.say(claims)
            made.append(event)
    return made


def event_claims(session: Session, event: Happened, compartment: str) -> tuple[str, list[Claim]]:
    """Return a new event's id and its claims, for those who record it together with other things.

    One entry takes 4,096 claims: an event about more must be divided.
    """
    identity = new_id(session.random)
    claims = [
        Claim(
            entity=identity,
            schema=SCHEMA,
            property=name,
            value=value,
            source=session.member,
            compartment=compartment,
        )
        for name, value in statements(event)
    ]
    return identity, claims


def compartment_of(session: Session, evidence: str) -> str:
    """Return the compartment that a piece of evidence lies in; UsageError when not readable."""
    for record in session.index.of_entity(evidence):
        said = record.statement
        if said.schema == "Evidence" and record.standing != REFUSED:
            return said.compartment
    raise UsageError("No evidence with this id can be read here.", "Look for its id: unburnt find.")


def _by_compartment(
    session: Session, evidence: Iterable[str], compartment: str | None
) -> dict[str, list[str]]:
    """Group evidence by compartment, having made sure that this device may write to each."""
    groups: dict[str, list[str]] = {}
    for piece in evidence:
        circle = compartment or compartment_of(session, piece)
        groups.setdefault(circle, []).append(piece)
    if not groups:
        raise UsageError("A custody event is about evidence.", "Name at least one piece of it.")
    for circle in groups:
        session.check_may_write(circle)
    return groups


# --- the chain ------------------------------------------------------------------------------------


def chain(
    session: Session,
    evidence: str,
    clocks: Clocks | None = None,
    existed: ExistedBy = lambda device, sequence: None,
) -> Chain:
    """Return the chain of custody of one piece of evidence, as far as this device can read.

    Who asks for many gives the same `clocks` each time: they remember. Times are claimed unless
    `existed` says by when an entry did, as `Moments.by`. Raises UsageError when no file statement
    about it can be read here.
    """
    about = session.index.of_entity(evidence)
    pointing = session.index.referring_to(evidence)
    events = _told_by(session, pointing, SCHEMA, "evidence")
    derived = _told_by(session, pointing, "Evidence", "derivedFrom")
    everything = [*about, *(r for said in (*events.values(), *derived.values()) for r in said)]
    known = sites(session).values()
    seats = {(record.device, record.sequence) for record in everything}
    clocks = clocks or Clocks(session)
    places = {
        seat: replace(_place(session, seat, known, clocks), existed_by=existed(*seat))
        for seat in seats
    }
    kinds = [r for said in events.values() for r in said if r.statement.property == "kind"]
    retracted = {record.id for record in kinds if _is_taken_back(session, record)}
    return fold(evidence, about, events, derived, places, retracted, session.roster.members.keys())


def _told_by(
    session: Session, pointing: Iterable[Recorded], schema: str, name: str
) -> dict[str, list[Recorded]]:
    """Return what is said of each entity of a schema that points to the evidence so."""
    entities = {
        record.statement.entity
        for record in pointing
        if record.statement.schema == schema and record.statement.property == name
    }
    return session.index.of_entities(sorted(entities))


def _is_taken_back(session: Session, record: Recorded) -> bool:
    """Tell whether the author of a statement took it back; nobody else can."""
    return any(
        answer.standing != REFUSED
        and answer.statement.stance == "retracted"
        and answer.statement.author == record.statement.author
        for answer in session.index.answers_to(record.id)
    )


def _place(session: Session, seat: Seat, known: Iterable[Site], clocks: Clocks) -> Place:
    """Return what this device knows of an entry: a checkpoint over it, and where copies are."""
    device, sequence = seat
    holding = [site for site in known if site.sizes.get(device, 0) > sequence]
    whole = [
        site
        for site in holding
        if site.check == "green" and (site.checked_at or "") >= (site.synced_at or "")
    ]
    return Place(
        _covered(session, device, sequence),
        len(holding),
        len(whole),
        before=clocks.before(*seat),
        seen=clocks.seen(*seat),
    )


def _covered(session: Session, device: str, sequence: int) -> int | None:
    """Return the size of the smallest checkpoint here that its device signed over an entry."""
    for name in session.backend.names(f"checkpoints/{device}/"):
        size = int(name.rsplit("/", 1)[1])
        if size <= sequence:
            continue
        try:
            verifier = session.roster.verifier(device)
            if read_checkpoint(session.backend.get(name, MAX_CHECKPOINT), verifier).size == size:
                return size
        except UnburntError:
            continue  # damaged: a check names it
    return None
