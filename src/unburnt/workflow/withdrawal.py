"""Withdrawal: proposing that own keys be destroyed, and destroying them when it is in force.

    mark_withdrawable(session, compartment)        originals taken in from now on get own keys
    wished = plan(session, ["bu4t…"])              keys of the evidence and what was derived from it
    withdraw(session, wished, "the giver asks")    a proposal; another admin approves it
    carry_out(session)                             after every opening, sync and approval

The object, the entry and every statement stay; `cli.waiting.HONEST` is shown before anybody signs.
Never destroys anything but own keys that an operation in force names: docs/spec/withdrawal.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from unburnt.core.errors import UnburntError, UsageError
from unburnt.model import roster_write as write
from unburnt.model.custody_event import SCHEMA
from unburnt.model.recorded import REFUSED, Recorded
from unburnt.model.roster_ops import MAX_KEYS, Withdraw, read_op
from unburnt.storage import settings
from unburnt.storage.names import key_id
from unburnt.sync.withdrawal import lingering, withdrawn
from unburnt.workflow import keys
from unburnt.workflow.custody import TOOL, compartment_of, record_event
from unburnt.workflow.derivatives import derived_from
from unburnt.workflow.session import Session

_REASONS = "withdrawals"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a withdrawal would end: evidence with derivatives, their keys, and what has none."""

    evidence: tuple[str, ...]
    keys: tuple[str, ...]
    staying: tuple[str, ...] = ()  # readable all the same: no own key, or the same bytes elsewhere


def mark_withdrawable(session: Session, compartment: str) -> str | None:
    """Propose that originals of a compartment get own keys from now on; None when it is so."""
    if session.roster.is_withdrawable(compartment):
        return None
    operation = keys.propose(session, write.set_withdrawable, compartment)
    session.backend.flush()
    return operation


def plan(session: Session, evidence: Collection[str]) -> Plan:
    """Return what withdrawing these pieces would destroy; nothing is done.

    Raises UsageError for evidence without a key of its own, for one that was withdrawn already, and
    for a key that two entries claim, with which somebody could end what is not theirs.
    """
    claimed = _claims(session)
    found: set[str] = set()
    staying: set[str] = set()
    digests: set[str] = set()
    pieces = list(dict.fromkeys(evidence))
    for piece in pieces:
        files = list(_files(session, piece))
        own = [key for record in files for key in _key(record, claimed)]
        if not own and piece in evidence:
            raise UsageError(
                "This original has no key of its own: it cannot be withdrawn.",
                "It was taken in before its compartment was made withdrawable, or elsewhere.",
            )
        if len(own) < len(files):
            staying.add(piece)
        found.update(own)
        digests |= {record.statement.value["file"]["sha256"] for record in files}
        for child in derived_from(session, piece):
            if not _was_made_from(session, child, piece):
                staying.add(child)
            elif child not in pieces:
                pieces.append(child)
    staying |= _elsewhere(session, digests) - set(pieces)
    left = sorted(found - withdrawn(session.roster))
    if not left:
        raise UsageError("This was withdrawn already.", "See its chain: unburnt custody.")
    if len(left) > MAX_KEYS:
        raise UsageError(
            f"At most {MAX_KEYS} originals are withdrawn at once.", "Do it in several steps."
        )
    return Plan(tuple(pieces), tuple(left), tuple(sorted(staying)))


def withdraw(session: Session, wished: Plan, reason: str) -> str:
    """Propose a withdrawal, or sign the same one that waits; returns the operation.

    The reason stays on this device until its keys are destroyed; then it stands in the chain of
    custody. The roster, which every site reads, does not say it. Raises UsageError where fewer than
    two people are admins.
    """
    operation = keys.propose(session, write.withdraw, wished.keys)
    stored = settings.read(session.root, session.keys.settings)
    stored.setdefault(_REASONS, {})[operation] = reason
    settings.write(session.root, session.keys.settings, stored)
    session.backend.flush()
    carry_out(session)
    return operation


def carry_out(session: Session) -> list[str]:
    """Destroy the withdrawn keys that lie here, having recorded it; returns their names.

    What this device may not write or cannot read is destroyed unrecorded. Harmless to repeat.
    """
    names = lingering(session.backend, withdrawn(session.roster))
    if not names:
        return []
    unsaid = _unrecorded(session, {key_id(name) for name in names})
    for (reason, compartment), evidence in unsaid.items():
        # A disk that is full, or a role that only reads, must not keep the key alive.
        with suppress(UnburntError):
            record_event(
                session,
                "withdrawn",
                evidence,
                compartment=compartment,
                tool=TOOL,
                note=reason or None,
            )
    return [name for name in names if session.backend.destroy(name)]


def evidence_of(session: Session, ids: Collection[str]) -> dict[str, set[str]]:
    """Return the evidence that each of these own keys belongs to, as far as it can be read here.

    Only what the entry that brings a key says of it counts: anybody can name another's.
    """
    found: dict[str, set[str]] = {}
    for compartment in session.index.compartments():
        for _, value in session.index.files(compartment):
            if value["file"].get("key") in ids:
                for record in session.index.file(value["file"]["sha256"]):
                    key = _says(record)
                    if key is None or key not in ids or record.standing == REFUSED:
                        continue
                    if _brings(session, record, key):
                        found.setdefault(key, set()).add(record.statement.entity)
    return found


def _brings(session: Session, record: Recorded, key: str) -> bool:
    header = session.journal.entry(record.device, record.sequence).header
    return any(one == key for one, _, _ in header.keys)


def _was_made_from(session: Session, child: str, piece: str) -> bool:
    """Tell whether the entry that brings a derivative says so: nobody else's word ends it."""
    said = {
        (one.device, one.sequence)
        for one in session.index.of_entity(child)
        if one.statement.property == "derivedFrom" and one.statement.value == {"entity": piece}
    }
    return any((file.device, file.sequence) in said for file in _files(session, child))


def _elsewhere(session: Session, digests: Collection[str]) -> set[str]:
    """Return what evidence holds the same bytes and was not withdrawn."""
    gone = withdrawn(session.roster)
    return {
        record.statement.entity
        for digest in digests
        for record in session.index.file(digest)
        if record.standing != REFUSED and _says(record) not in gone
    }


def _unrecorded(session: Session, ids: Collection[str]) -> dict[tuple[str, str], list[str]]:
    """Return the evidence whose end this device has not recorded, by reason and compartment."""
    why = _reasons(session)
    groups: dict[tuple[str, str], list[str]] = {}
    for key, entities in evidence_of(session, ids).items():
        for entity in sorted(entities):
            if not _is_recorded(session, entity):
                place = why.get(key, ""), compartment_of(session, entity)
                groups.setdefault(place, []).append(entity)
    return groups


def _reasons(session: Session) -> Mapping[str, str]:
    """Return the reasons that were given on this device, by key."""
    stored = settings.read(session.root, session.keys.settings).get(_REASONS, {})
    found: dict[str, str] = {}
    for operation, reason in stored.items():
        with suppress(UsageError):  # of a roster that was put back to an older state
            op = read_op(session.roster.text(operation))
            found |= dict.fromkeys(op.keys if isinstance(op, Withdraw) else (), reason)
    return found


def _is_recorded(session: Session, evidence: str) -> bool:
    """Tell whether this device has recorded the deed; a person's note of the wish names no tool."""
    events = {
        one.statement.entity
        for one in session.index.referring_to(evidence)
        if one.statement.schema == SCHEMA and one.device == session.device
    }
    for about in session.index.of_entities(events).values():
        said = {one.statement.property: one.statement.value for one in about}
        if {"term": "withdrawn"} in said.values() and "tool" in said:
            return True
    return False


def _claims(session: Session) -> dict[str, list[tuple[str, int]]]:
    """Return the entries that bring each own key, by key."""
    found: dict[str, list[tuple[str, int]]] = {}
    for device, tip in session.journal.tips.items():
        for sequence in range(tip.size):
            for key, _, _ in session.journal.entry(device, sequence).header.keys:
                found.setdefault(key, []).append((device, sequence))
    return found


def _files(session: Session, entity: str) -> Iterator[Recorded]:
    for record in session.index.of_entity(entity):
        if record.statement.property == "file" and record.standing != REFUSED:
            yield record


def _key(record: Recorded, claimed: Mapping[str, Collection[tuple[str, int]]]) -> list[str]:
    key, place = _says(record), (record.device, record.sequence)
    if key is None or place not in claimed.get(key, ()):
        return []  # another's key that somebody says is this one's
    if len(claimed[key]) > 1:
        raise UsageError(
            "This key is not this original's alone: it cannot be withdrawn.",
            "Somebody may try to end what is not theirs. Ask whoever took it in.",
        )
    return [key]


def _says(record: Recorded) -> str | None:
    """Return the own key that a file statement names; its value was checked, so it is an id."""
    key: str | None = record.statement.value.get("file", {}).get("key")
    return key
