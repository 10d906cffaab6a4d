"""The graph of roster operations, as sets of small numbers. Spec: docs/spec/roster.md.

    graph = Graph.of(archive, signed)     operations in an order in which parents come first
    graph.hashes[0] == archive            the founding operation is number 0
    graph.ancestors[5] == 0b11011         a set of operations is an int: bit i is operation i
    graph.about[("device", "ai…")]        the operations that speak about this device

Sets as integers make "all that is in force and speaks about X" one `&`. The numbers depend on the
set of operations alone, never on the order they came in. Never judges who signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from unburnt.core.errors import ForeignDataError
from unburnt.model.roster_file import SignedOp
from unburnt.model.roster_ops import (
    AddDevice,
    Found,
    Grant,
    Op,
    Revoke,
    Rotate,
    SetAccess,
    SetAdmin,
    SetCompartment,
    SetMember,
    SetPolicy,
    SetPurpose,
    SetTrustees,
    SetWithdrawable,
    Withdraw,
)

Set: TypeAlias = int
"""A set of operations: bit i stands for operation i."""

Topic: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """Operations whose ancestors are all there; `waiting` are the hashes of the others."""

    ops: tuple[Op, ...]
    hashes: tuple[str, ...]
    numbers: Mapping[str, int]
    parents: tuple[Set, ...]
    ancestors: tuple[Set, ...]
    about: Mapping[Topic, Set]
    signatures: tuple[tuple[SignedOp, ...], ...]
    waiting: tuple[str, ...]

    @classmethod
    def of(cls, archive: str, signed: Iterable[SignedOp]) -> Graph:
        """Return the graph of these operations of one archive; repeats are welcome.

        Raises ForeignDataError when the founding operation is not among them.
        """
        files: dict[str, list[SignedOp]] = {}
        for item in signed:
            files.setdefault(item.hash, []).append(item)
        if archive not in files:
            raise ForeignDataError(
                "The founding operation of this archive is not among its roster files.",
                "Fetch the roster from another site.",
            )
        ops = {name: same[0].op for name, same in files.items()}
        order = _parents_first(ops, archive)
        numbers = {name: number for number, name in enumerate(order)}
        parents = tuple(_set(numbers[parent] for parent in ops[name].parents) for name in order)
        return cls(
            ops=tuple(ops[name] for name in order),
            hashes=tuple(order),
            numbers=numbers,
            parents=parents,
            ancestors=_ancestors(parents),
            about=_about([ops[name] for name in order]),
            signatures=tuple(tuple(_distinct(files[name])) for name in order),
            waiting=tuple(sorted(ops.keys() - numbers.keys())),
        )

    @property
    def all(self) -> Set:
        """Every operation of the graph."""
        return (1 << len(self.ops)) - 1

    def topic(self, *topic: str) -> Set:
        """The operations that speak about a topic."""
        return self.about.get(topic, 0)

    def named(self, kind: str) -> list[str]:
        """Return, sorted, the ids that topics of a kind with one id are about, such as devices."""
        return sorted(topic[1] for topic in self.about if topic[0] == kind)

    def heads(self, chosen: Set) -> list[int]:
        """Return the members of a set that are no ancestor of another member, in rising order."""
        heads = []
        while chosen:
            last = chosen.bit_length() - 1  # the last in order is nobody's ancestor
            heads.append(last)
            chosen &= ~(1 << last | self.ancestors[last])
        return heads[::-1]

    def closure(self, numbers: Iterable[int]) -> Set:
        """Return these operations with all their ancestors."""
        closed = 0
        for number in numbers:
            closed |= 1 << number | self.ancestors[number]
        return closed


def members(chosen: Set) -> Iterator[int]:
    """Yield the numbers of the operations in a set, rising."""
    while chosen:
        lowest = chosen & -chosen
        yield lowest.bit_length() - 1
        chosen ^= lowest


def _set(numbers: Iterable[int]) -> Set:
    chosen = 0
    for number in numbers:
        chosen |= 1 << number
    return chosen


def _parents_first(ops: Mapping[str, Op], archive: str) -> list[str]:
    """Return the hashes reachable from the founding operation, by rounds, sorted in each."""
    children: dict[str, list[str]] = {}
    missing = {name: len(op.parents) for name, op in ops.items()}
    for name, op in ops.items():
        for parent in op.parents:
            children.setdefault(parent, []).append(name)
    order: list[str] = []
    ready = [archive]
    while ready:
        order += ready
        following = []
        for name in ready:
            for child in children.get(name, ()):
                missing[child] -= 1
                if not missing[child]:
                    following.append(child)
        ready = sorted(following)
    return order


def _ancestors(parents: tuple[Set, ...]) -> tuple[Set, ...]:
    ancestors: list[Set] = []
    for own in parents:
        above = own
        for parent in members(own):
            above |= ancestors[parent]
        ancestors.append(above)
    return tuple(ancestors)


def _distinct(files: list[SignedOp]) -> list[SignedOp]:
    by_line = {file.note.signatures[0].line(): file for file in files}
    return [by_line[line] for line in sorted(by_line)]


def _about(ops: list[Op]) -> dict[Topic, Set]:
    about: dict[Topic, Set] = {}
    for number, op in enumerate(ops):
        for topic in _topics(op):
            about[topic] = about.get(topic, 0) | 1 << number
    return about


def _topics(op: Op) -> list[Topic]:
    """What an operation speaks about; operations on one topic compete with each other."""
    match op:
        case Found(card=card):
            topics = [("member", op.member.id), ("policy",)]
            return [*topics, ("device", card.device), ("admin", card.device), *_keys(op)]
        case SetMember():
            return [("member", op.member.id)]
        case AddDevice(card=card):
            return [("device", card.device), ("admin", card.device), *_keys(op)]
        case SetAccess():
            return [("access", op.device, op.compartment)]
        case SetAdmin():
            return [("admin", op.device)]
        case SetCompartment():
            return [("compartment", op.compartment.id)]
        case Rotate():
            return [("rotate", op.compartment), ("epoch", op.epoch), ("grant", op.epoch)]
        case Grant():
            return [("grant", op.epoch)]
        case Revoke():
            return [("revoke", op.device)]
        case SetTrustees():
            return [("trustees",)]
        case SetPolicy():
            return [("policy",)]
        case SetPurpose():
            return [("purpose", op.compartment)]
        case SetWithdrawable():
            return [("withdrawable", op.compartment)]
        case Withdraw():
            return [("withdraw", key) for key in op.keys]


def _keys(op: Found | AddDevice) -> list[Topic]:
    return [("key", op.card.signing), ("key", op.card.recipient)]
