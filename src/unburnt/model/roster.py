"""The roster: who belongs to an archive, and what each device may do. Spec: docs/spec/roster.md.

    roster = Roster.of(archive, files)             any order, any repeats: the same roster
    roster.may_write("ai…", "bu…")                 a device, a compartment
    roster.current_epoch("bu…").recipient          what to seal new batches to
    roster.revoked("ai…").last                     entries of its log that are accepted
    roster.at(header.roster).may_write("ai…", …)   as the author of an entry had seen it
    roster = roster.merge([sign_op(text, roster.archive, device, key)])

A frozen value: bytes in, answers out. How operations are written is in `roster_write`, who is
believed in `roster_rules`. It never takes a bad file for an error of the whole: it is listed in
`rejected` with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

import msgspec

from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.crypto.hashing import digest
from unburnt.crypto.note import Verifier
from unburnt.model import roster_registers as registers
from unburnt.model.entry import signer_name
from unburnt.model.roster_alarms import alarms
from unburnt.model.roster_file import SignedOp, parse_op
from unburnt.model.roster_graph import Graph, Set, members
from unburnt.model.roster_ops import Op, Policy
from unburnt.model.roster_rules import Judge
from unburnt.model.roster_values import (
    Alarm,
    Compartment,
    Device,
    Epoch,
    Grants,
    Member,
    Pending,
    Recovery,
    Rejected,
    Revocation,
    Role,
)


@dataclass(frozen=True, eq=False, repr=False)
class Roster:
    """What a set of roster files says; made by `Roster.of`."""

    archive: str
    _files: tuple[SignedOp, ...]
    _aside: tuple[Rejected, ...]
    _judge: Judge
    _chosen: Set
    _views: dict[Set, Roster] = field(default_factory=dict)

    # --- making -----------------------------------------------------------------------------

    @classmethod
    def of(cls, archive: str, files: Iterable[bytes]) -> Roster:
        """Return the roster of an archive from the bytes of its files.

        Unreadable and foreign files are set aside in `rejected`. Raises ForeignDataError when the
        founding operation is missing or not signed by its own device.
        """
        return cls._judged(archive, *_read(set(files)))

    def merge(self, files: Iterable[bytes]) -> Roster:
        """Return the roster with more files, as if it had been made from all of them."""
        signed, aside = _read(files)
        return self._judged(self.archive, [*self._files, *signed], [*self._aside, *aside])

    @classmethod
    def _judged(cls, archive: str, signed: list[SignedOp], aside: list[Rejected]) -> Roster:
        own = [file for file in signed if file.archive == archive]
        foreign = [
            Rejected(file.hash, "foreign", "It belongs to another archive.")
            for file in signed
            if file.archive != archive
        ]
        graph = Graph.of(archive, own)
        judge = Judge(graph)
        if not judge.cases[0].lawful:
            raise ForeignDataError(
                "The founding operation is not signed by its own device.",
                "Fetch the roster from another site.",
            )
        put_aside = tuple(sorted({*aside, *foreign}))
        return cls(archive, tuple(signed), put_aside, judge, graph.all)

    @staticmethod
    def names_file(archive: str, name: str, data: bytes) -> bool:
        """Tell whether `data` is a roster file of this archive that belongs under this name."""
        try:
            signed = parse_op(data)
        except ForeignDataError:
            return False
        return signed.archive == archive and signed.name == name and not signed.denies_itself

    def at(self, heads: Iterable[str]) -> Roster | None:
        """Return the roster as one who had seen just these operations and their ancestors.

        None while one of them has not arrived, or something it rests on. Raises ForeignDataError
        for no heads at all: everybody has seen the founding operation.
        """
        names = set(heads)
        if not names:
            raise ForeignDataError("No roster heads are named.", "Ask the sender to name them.")
        numbers = [self._graph.numbers.get(name, -1) for name in names]
        if any(number < 0 or not self._chosen >> number & 1 for number in numbers):
            return None
        chosen = self._graph.closure(numbers)
        view = self._views.get(chosen)
        if view is None:
            view = Roster(self.archive, self._files, (), self._judge, chosen, self._views)
            self._views[chosen] = view
        return view

    def follows(self, newer: Iterable[str], older: Iterable[str]) -> bool:
        """Tell whether one who had seen `newer` had seen all that one of `older` had seen.

        What the two together void need not have been seen again. False while one of the heads, or
        something it rests on, is not here.
        """
        numbers = [[self._graph.numbers.get(n, -1) for n in heads] for heads in (newer, older)]
        if any(number < 0 for heads in numbers for number in heads):
            return False
        seen, before = (self._graph.closure(heads) for heads in numbers)
        return not self._judge.in_force(seen | before) & ~seen

    def newest(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return, sorted, those operations that rest under no other of them; unknown ones left out.

        Whoever had seen the ones returned had seen all of them.
        """
        known = (self._graph.numbers[name] for name in names if name in self._graph.numbers)
        return tuple(
            sorted(self._graph.hashes[n] for n in self._graph.heads(self._graph.closure(known)))
        )

    # --- people and machines ------------------------------------------------------------------

    @cached_property
    def members(self) -> Mapping[str, Member]:
        """Every member by id."""
        return _by_id(
            registers.member(self._graph, self._standing, n) for n in self._named("member")
        )

    @cached_property
    def devices(self) -> Mapping[str, Device]:
        """Every device by id, revoked ones too."""
        return _by_id(
            registers.device(self._graph, self._standing, n) for n in self._named("device")
        )

    @property
    def admins(self) -> tuple[Device, ...]:
        """The devices whose signatures count, by id."""
        return tuple(device for device in self.devices.values() if device.admin)

    @property
    def trustees(self) -> Device | None:
        """The device whose keys exist only when enough trustees stand together; None without."""
        if self.recovery is None:
            return None
        recipient = self.recovery.recovery.recipient
        return next((d for d in self.devices.values() if d.recipient == recipient), None)

    def revoked(self, device: str) -> Revocation | None:
        """Return how a device was revoked; None when it was not."""
        return registers.revocation(self._graph, self._standing, device)

    def verifier(self, device: str) -> Verifier:
        """Return what verifies notes of a device, revoked or not; UsageError for an unknown one."""
        known = self.devices.get(device)
        if known is None:
            raise UsageError("The roster knows no such device.", "Fetch the newest roster first.")
        return Verifier(signer_name(self.archive, device), known.public)

    # --- compartments -------------------------------------------------------------------------

    @cached_property
    def compartments(self) -> Mapping[str, Compartment]:
        """Every compartment by id."""
        names = self._named("compartment")
        return _by_id(registers.compartment(self._graph, self._standing, n) for n in names)

    @cached_property
    def epochs(self) -> Mapping[str, Epoch]:
        """Every epoch by id, void ones too."""
        graph, lawful = self._graph, self._lawful
        names = self._named("epoch")
        return _by_id(registers.epoch(graph, self._standing, lawful, n) for n in names)

    def access(self, device: str, compartment: str) -> Role:
        """Return what a device may do in a compartment; NONE for unknown and revoked devices."""
        return registers.role(self._graph, self._standing, device, compartment)

    def may_write(self, device: str, compartment: str) -> bool:
        """Tell whether entries of a device are accepted in a compartment: drop and write."""
        return self.access(device, compartment).may_write

    def may_read(self, device: str, compartment: str) -> bool:
        """Tell whether a device may open a compartment: read and write."""
        return self.access(device, compartment).may_read

    def readers(self, compartment: str) -> tuple[Device, ...]:
        """Return the devices that may open a compartment, by id."""
        return tuple(d for d in self.devices.values() if self.may_read(d.id, compartment))

    def current_epoch(self, compartment: str) -> Epoch | None:
        """Return the epoch to seal new batches to; None before the first."""
        return registers.current_epoch(self._graph, self._standing, compartment)

    def granted(self, epoch: str) -> Grants:
        """Return {holder: SHA-256 of each grant given to it}; holders: device ids, "recovery"."""
        return registers.grants(self._graph, self._lawful, epoch)

    def is_withdrawable(self, compartment: str) -> bool:
        """Tell whether originals taken into a compartment get keys of their own."""
        return registers.is_withdrawable(self._graph, self._standing, compartment)

    def purposes(self, compartment: str) -> frozenset[str]:
        """Return what a compartment is for: "sources", "staff", both or neither."""
        return registers.purposes(self._graph, self._standing, compartment)

    @cached_property
    def withdrawn(self) -> frozenset[str]:
        """The own keys that every copy is to destroy; never an epoch's id."""
        return registers.withdrawn(self._graph, self._standing)

    # --- rules and their state ----------------------------------------------------------------

    @cached_property
    def policy(self) -> Policy:
        """How many members must sign."""
        return registers.policy(self._graph, self._standing)

    @cached_property
    def recovery(self) -> Recovery | None:
        """Who holds shares of the recovery and drill identities; None before that was set."""
        return registers.recovery(self._graph, self._standing)

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """The parents of the next operation, sorted."""
        return tuple(sorted(self._graph.hashes[n] for n in self._graph.heads(self._standing)))

    @cached_property
    def pending(self) -> tuple[Pending, ...]:
        """Operations that need more signatures."""
        return tuple(v for v in self._verdicts if isinstance(v, Pending))

    @cached_property
    def rejected(self) -> tuple[Rejected, ...]:
        """Operations and files that are not believed, and why, sorted."""
        return tuple(
            sorted({*self._aside, *(v for v in self._verdicts if isinstance(v, Rejected))})
        )

    @property
    def waiting(self) -> tuple[str, ...]:
        """Operations that rest on others which have not arrived, sorted."""
        return self._graph.waiting if self._chosen == self._graph.all else ()

    @cached_property
    def alarms(self) -> tuple[Alarm, ...]:
        """What people should look at, sorted."""
        return alarms(self._judge, self._chosen)

    @cached_property
    def history(self) -> tuple[tuple[str, Op], ...]:
        """The operations in force with their hashes, parents first."""
        return tuple((self._graph.hashes[n], self._graph.ops[n]) for n in members(self._standing))

    def proposed(self, *topic: str) -> bool:
        """Tell whether a pending operation speaks about a topic, such as "member" and an id."""
        about = self._graph.topic(*topic)
        return any(about >> self._graph.numbers[item.op] & 1 for item in self.pending)

    def text(self, op: str) -> str:
        """Return the text of an operation, to be co-signed; UsageError when it is not here."""
        number = self._graph.numbers.get(op)
        if number is None:
            raise UsageError("The roster has no such operation.", "Fetch the newest roster first.")
        return self._graph.signatures[number][0].text

    def signers(self, op: str) -> tuple[str, ...]:
        """Return the devices whose signatures on an operation counted for its author, sorted."""
        number = self._graph.numbers.get(op)
        return () if number is None else tuple(sorted(self._judge.cases[number].signers))

    # --- comparing ----------------------------------------------------------------------------

    def summary(self) -> dict[str, Any]:
        """Return what is in force as plain values, for comparison and for people."""
        compartments = list(self.compartments)
        return {
            "access": {
                device: {c: self.access(device, c).name.lower() for c in compartments}
                for device in self.devices
            },
            "archive": self.archive,
            "compartments": _plain(self.compartments),
            "current": {c: _plain(self.current_epoch(c)) for c in compartments},
            "devices": {
                d.id: _plain(d) | {"public": d.public.hex()} for d in self.devices.values()
            },
            "epochs": _plain(self.epochs),
            "granted": {epoch: _plain(self.granted(epoch)) for epoch in self.epochs},
            "heads": list(self.heads),
            "history": [name for name, _ in self.history],
            "members": _plain(self.members),
            "pending": _plain(self.pending),
            "policy": _plain(self.policy),
            "recovery": _plain(self.recovery),
            **self._withdrawal(),
            "revoked": {device: _plain(self.revoked(device)) for device in self.devices},
        }

    def _withdrawal(self) -> dict[str, Any]:
        """Return what an archive without these operations says nothing of: its digest stays."""
        marked = [c for c in self.compartments if self.is_withdrawable(c)]
        said = {"withdrawable": marked, "withdrawn": sorted(self.withdrawn)}
        about = [c for c in self.compartments if self._graph.topic("purpose", c) & self._standing]
        purposes = {c: sorted(self.purposes(c)) for c in about}
        return {name: what for name, what in (said | {"purposes": purposes}).items() if what}

    def digest(self) -> str:
        """Return the hash of `summary`: equal on every copy with the same operations."""
        return digest("unburnt/roster-state/v1", canonical.encode(self.summary())).hex()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Roster) and self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash((self.archive, self.heads))

    def __repr__(self) -> str:
        return f"Roster(archive={self.archive}, operations={len(self.history)})"

    def _compared(self) -> tuple[object, ...]:
        return self.summary(), self.rejected, self.waiting, self.alarms

    @property
    def _graph(self) -> Graph:
        return self._judge.graph

    @cached_property
    def _standing(self) -> Set:
        return self._judge.in_force(self._chosen)

    @property
    def _lawful(self) -> Set:
        return self._judge.lawful & self._chosen

    @cached_property
    def _verdicts(self) -> tuple[Pending | Rejected, ...]:
        others = members(self._chosen & ~self._standing)
        found = (self._judge.verdict(number, self._chosen) for number in others)
        return tuple(verdict for verdict in found if verdict)

    def _named(self, kind: str) -> list[str]:
        return self._graph.named(kind)


def _read(files: Iterable[bytes]) -> tuple[list[SignedOp], list[Rejected]]:
    signed, aside = [], []
    for data in files:
        try:
            signed.append(parse_op(data))
        except ForeignDataError as error:
            aside.append(Rejected("", "unreadable", error.message))
    return signed, aside


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


Kind = TypeVar("Kind", bound=_Identified)


def _by_id(values: Iterable[Kind | None]) -> Mapping[str, Kind]:
    return MappingProxyType({value.id: value for value in values if value is not None})


def _plain(value: object) -> Any:
    return msgspec.to_builtins(dict(value) if isinstance(value, Mapping) else value)
