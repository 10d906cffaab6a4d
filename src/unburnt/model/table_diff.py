"""What a row says now against what its list said before: the smallest set of new statements.

    said = live(records, files, compartment)         # of an entity, as the list's files left it
    change = difference(wanted, said)
    change.added, change.replaced, change.gone       # new ones; (old, new) pairs; taken back

Two statements are the same when they say the same of the same thing: where in which file a row
stood, who typed it and when do not count. Pure: makes no statement, knows no row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from unburnt.model.recorded import REFUSED, Recorded
from unburnt.model.statement import ANSWERING, Statement


class Change(NamedTuple):
    """What to state, what replaces what, and what to take back."""

    added: list[Statement]
    replaced: list[tuple[Recorded, Statement]]
    gone: list[Recorded]


def live(records: Iterable[Recorded], files: Collection[str], compartment: str) -> list[Recorded]:
    """Return what the list's files said of an entity and did not take back themselves.

    An answer that a person gave is not the list's: it neither hides a statement here nor is it
    undone by importing the same list again.
    """
    own = [
        record
        for record in records
        if record.statement.source in files
        and record.standing != REFUSED
        and record.statement.compartment == compartment
    ]
    answered = {record.statement.answers for record in own if record.statement.stance in ANSWERING}
    return [
        record
        for record in own
        if record.statement.stance not in ANSWERING and record.id not in answered
    ]


def difference(wanted: Sequence[Statement], said: Sequence[Recorded]) -> Change:
    """Compare statements about the same entities; both may hold several of one property."""
    added: list[Statement] = []
    replaced: list[tuple[Recorded, Statement]] = []
    left: dict[tuple[str, str], list[Recorded]] = {}
    for record in said:
        left.setdefault((record.statement.entity, record.statement.property), []).append(record)
    new: list[Statement] = []
    for statement in wanted:  # first whatever stays, so that a value that moved replaces nothing
        candidates = left.get((statement.entity, statement.property), [])
        same = next((one for one in candidates if says_same(one.statement, statement)), None)
        if same is None:
            new.append(statement)
        else:
            candidates.remove(same)
    for statement in new:
        candidates = left.get((statement.entity, statement.property), [])
        if candidates:
            replaced.append((candidates.pop(0), statement))
        else:
            added.append(statement)
    return Change(added, replaced, [record for records in left.values() for record in records])


def says_same(one: Statement, other: Statement) -> bool:
    """Tell whether two statements about one entity and property say the same, equally surely."""
    return (
        one.value == other.value
        and one.schema == other.schema
        and one.stance == other.stance
        and one.reliability == other.reliability
        and one.credibility == other.credibility
        and one.lang == other.lang
        and one.attribution == other.attribution
    )
