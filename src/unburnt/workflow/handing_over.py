"""Handing evidence over, and acknowledging it: what each side says, and what each side signs.

    (event,) = transfer(session, ["bu4t…"], receiver, purpose="analysis")
    acknowledge(session, event)                         # on the receiver's device: hashes its copy
    acknowledge(session, event, digests=["3bbc…"])      # what a receiver outside told us

A member acknowledges with the digest that their own device computed from their own copy. What
somebody outside says they computed is typed in and marked as told: nobody signed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.core.ids import check_hash
from unburnt.model.custody_event import SCHEMA, Happened
from unburnt.model.recorded import REFUSED, Recorded
from unburnt.workflow.custody import TOOL, event_claims, record_event
from unburnt.workflow.give_back import digest_of
from unburnt.workflow.session import Session


def transfer(
    session: Session,
    evidence: Sequence[str],
    receiver: str,
    *,
    purpose: str | None = None,
    note: str | None = None,
) -> list[str]:
    """Record that evidence is handed over to a member (an id) or to somebody outside (words)."""
    return record_event(
        session, "transferred", evidence, receiver=receiver, purpose=purpose, note=note
    )


def acknowledge(
    session: Session, event: str, digests: Sequence[str] = (), note: str | None = None
) -> dict[str, str]:
    """Acknowledge a handing-over; returns the digest that was recorded for each evidence.

    Without `digests` this device must act for the receiver; it opens and hashes each original.
    With them, one for each piece, somebody outside told us. Raises UsageError when the event is no
    handing-over that can be read here, or the way to acknowledge it is the other one.
    """
    said = _transfer(session, event)
    compartment = said[0].statement.compartment
    session.check_may_write(compartment)
    evidence = _targets(said, "evidence")
    members = [r for r in _targets(said, "receiver") if r in session.roster.members]
    if members and digests:
        raise UsageError(
            "It was handed over to a member: a typed digest is worth less than their signature.",
            "Let the receiver run this on their own device, without a digest.",
        )
    if members and session.member not in members:
        raise UsageError(
            "It was handed over to another member.", "Let the receiver acknowledge it."
        )
    if not members and len(digests) != len(evidence):
        raise UsageError(
            f"The receiver is outside: {len(evidence)} digests are needed, as they told them.",
            "Give each: --digest SHA256.",
        )
    if members:
        found = {piece: digest_of(session, _file(session, piece)) for piece in evidence}
    else:
        found = _assigned(session, evidence, digests)
    claims = []
    for piece, digest in found.items():
        claims += event_claims(
            session,
            Happened(
                kind="acknowledged",
                evidence=(piece,),
                digest=digest,
                answers_event=event,
                told=not members,
                tool=TOOL if members else None,
                note=note,
            ),
            compartment,
        )[1]
    session.say(claims)
    return found


def _transfer(session: Session, event: str) -> list[Recorded]:
    """Return the statements of the entry that recorded a handing-over."""
    said = [r for r in session.index.of_entity(event) if r.standing != REFUSED]
    for record in said:
        s = record.statement
        if (s.schema, s.property, s.value) == (SCHEMA, "kind", {"term": "transferred"}):
            seat = (record.device, record.sequence)
            return [r for r in said if (r.device, r.sequence) == seat]
    raise UsageError(
        "No handing-over with this id can be read here.", "Look for it: unburnt custody EVIDENCE."
    )


def _targets(said: Sequence[Recorded], name: str) -> list[str]:
    """Return the entities that a property of the event points to."""
    values = [r.statement.value for r in said if r.statement.property == name]
    return sorted(value["entity"] for value in values if isinstance(value.get("entity"), str))


def _file(session: Session, evidence: str) -> dict[str, Any]:
    for record in session.index.of_entity(evidence):
        if record.standing != REFUSED and record.statement.property == "file":
            file: dict[str, Any] = record.statement.value["file"]
            return file
    raise UsageError(
        "What was handed over cannot be read here.", "Ask for access to its compartment."
    )


def _assigned(session: Session, evidence: Sequence[str], digests: Sequence[str]) -> dict[str, str]:
    """Return which digest belongs to which evidence; what fits none is not hidden but shown."""
    try:
        left = [check_hash(digest.strip().lower()) for digest in digests]
    except ForeignDataError as error:
        raise UsageError(error.message, error.next_step) from error
    found: dict[str, str] = {}
    for piece in evidence:
        recorded = _file(session, piece)["sha256"]
        if recorded in left:
            left.remove(recorded)
            found[piece] = recorded
    rest = [piece for piece in evidence if piece not in found]
    return {**found, **dict(zip(rest, left, strict=True))}
