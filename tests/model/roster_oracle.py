"""The rules of docs/spec/roster.md once more, word by word, with plain sets and no cleverness.

    Oracle(files).in_force(hashes)     eff(S), S a set of hashes that holds its members' ancestors

It is slow and believes every signature to be genuine; `roster_rules` is judged against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from unburnt.model.roster_file import parse_op
from unburnt.model.roster_ops import (
    AddDevice,
    Found,
    Grant,
    Op,
    Revoke,
    Rotate,
    SetAdmin,
    SetCompartment,
    SetPolicy,
    SetPurpose,
    SetTrustees,
    SetWithdrawable,
    Withdraw,
)

Hashes = frozenset[str]


class Oracle:
    """What is in force among the operations of these files, whose ancestors are all there."""

    def __init__(self, files: Iterable[bytes]) -> None:
        self.ops: dict[str, Op] = {}
        self.signers: dict[str, set[str]] = {}
        for file in map(parse_op, files):
            self.ops[file.hash] = file.op
            self.signers.setdefault(file.hash, set()).add(file.signer)
        self.ancestors = lru_cache(maxsize=None)(self._ancestors)
        self.in_force = lru_cache(maxsize=None)(self._in_force)
        self.is_admin = lru_cache(maxsize=None)(self._is_admin)
        self.lawful = lru_cache(maxsize=None)(self._lawful)
        self.order = sorted(self.ops, key=lambda name: (len(self.ancestors(name)), name))

    def _ancestors(self, name: str) -> Hashes:
        parents = self.ops[name].parents
        return frozenset(parents).union(*(self.ancestors(parent) for parent in parents))

    def _in_force(self, chosen: Hashes) -> Hashes:
        lawful = {name for name in chosen if self.lawful(name)}
        revocations = {name for name in lawful if isinstance(self.ops[name], Revoke)}
        void = self.void(chosen, revocations)
        demotions = {name for name in lawful - void if self.demotes(name)}
        return frozenset(lawful - self.void(chosen, revocations | demotions))

    def _lawful(self, name: str) -> bool:
        """Rules 1 to 3."""
        op = self.ops[name]
        if isinstance(op, Found):
            return op.card.device in self.signers[name]
        known = self.in_force(self.ancestors(name))
        counted = {device for device in self.signers[name] if self.is_admin(known, device)}
        enough = len(self.people(known, counted)) >= self.needed(known, op)
        together = any(self.is_trustees(known, device) for device in counted)
        return (enough or together) and self.possible(known, op)

    def void(self, chosen: Hashes, removals: set[str]) -> set[str]:
        """Rules 5 and 6: what no longer has enough signatures; `removals` cut and are exempt."""
        void: set[str] = set()
        for name in self.order:
            op = self.ops[name]
            if name not in chosen or name in removals or isinstance(op, Found):
                continue
            if not self.lawful(name):
                continue
            before = self.in_force(self.ancestors(name))
            after = before - void
            counted = {
                device
                for device in self.signers[name]
                if self.is_admin(before, device) and self.is_admin(after, device)
                if not any(self.cuts(removal, name, device) for removal in removals)
            }
            needed = max(self.needed(before, op), self.needed(after, op))
            together = any(self.is_trustees(after, device) for device in counted)
            if len(self.people(before, counted)) < needed and not together:
                void.add(name)
        return void

    def cuts(self, removal: str, name: str, device: str) -> bool:
        """Rule 5 for one signature."""
        op = self.ops[removal]
        unseen = removal not in self.ancestors(name) and name not in self.ancestors(removal)
        return isinstance(op, Revoke | SetAdmin) and op.device == device and unseen

    def demotes(self, name: str) -> bool:
        """Whether an operation takes admin away."""
        op = self.ops[name]
        return isinstance(op, SetAdmin) and not op.admin

    def possible(self, known: Hashes, op: Op) -> bool:
        """Rule 3."""
        if not set(op.parents) <= known:
            return False
        if isinstance(op, AddDevice):
            cards = [o.card for o in map(self.ops.get, known) if isinstance(o, Found | AddDevice)]
            keys = {key for card in cards for key in (card.signing, card.recipient)}
            fresh = not keys & {op.card.signing, op.card.recipient}
            return fresh and not self.revoked(known, op.card.device)
        if isinstance(op, Rotate):
            made = [o for o in map(self.ops.get, known) if isinstance(o, Rotate)]
            last = max((o.generation for o in made if o.compartment == op.compartment), default=0)
            return op.generation == last + 1 and op.epoch not in {o.epoch for o in made}
        return True

    def needed(self, known: Hashes, op: Op) -> int:
        """How many members must sign."""
        if isinstance(op, Rotate | Grant | SetCompartment | SetWithdrawable):
            return 1
        if isinstance(op, SetPurpose) and op.purpose in ("sources", "staff"):
            return 1
        said = [(n, o.policy) for n, o in self.pick(known) if isinstance(o, Found | SetPolicy)]
        latest = [policy for name, policy in said if self.is_latest(name, [n for n, _ in said])]
        if isinstance(op, Revoke):
            return max(policy.revoke_threshold for policy in latest)
        threshold = max(policy.threshold for policy in latest)
        return max(threshold, 2) if isinstance(op, Withdraw) else threshold

    def _is_admin(self, known: Hashes, device: str) -> bool:
        """Whether a device is known, admin and not revoked."""
        said = [
            (name, isinstance(op, Found) or op.admin)
            for name, op in self.pick(known)
            if (isinstance(op, Found | AddDevice) and op.card.device == device)
            or (isinstance(op, SetAdmin) and op.device == device)
        ]
        latest = [admin for name, admin in said if self.is_latest(name, [n for n, _ in said])]
        return self.added(known, device) and not self.revoked(known, device) and all(latest)

    def added(self, known: Hashes, device: str) -> bool:
        """Whether some operation adds the device."""
        return any(
            isinstance(op, Found | AddDevice) and op.card.device == device
            for _, op in self.pick(known)
        )

    def revoked(self, known: Hashes, device: str) -> bool:
        """Whether some operation revokes the device."""
        return any(isinstance(op, Revoke) and op.device == device for _, op in self.pick(known))

    def is_trustees(self, known: Hashes, device: str) -> bool:
        """Whether the device is that of the recovery identity in force."""
        said = {n: o.recovery for n, o in self.pick(known) if isinstance(o, SetTrustees)}
        latest = [name for name in said if self.is_latest(name, list(said))]
        return bool(latest) and any(
            isinstance(op, Found | AddDevice)
            and op.card.device == device
            and op.card.recipient == said[min(latest)].recipient
            for _, op in self.pick(known)
        )

    def people(self, known: Hashes, devices: set[str]) -> set[str]:
        """Return the members these devices belong to."""
        people = set()
        for device in devices:
            said = {
                name: op.member.id if isinstance(op, Found) else op.member
                for name, op in self.pick(known)
                if isinstance(op, Found | AddDevice) and op.card.device == device
            }
            people.add(said[min(name for name in said if self.is_latest(name, list(said)))])
        return people

    def pick(self, known: Hashes) -> list[tuple[str, Op]]:
        """Return these operations with their hashes."""
        return [(name, self.ops[name]) for name in known]

    def is_latest(self, name: str, others: list[str]) -> bool:
        """Whether no other operation has this one among its ancestors."""
        return not any(name in self.ancestors(other) for other in others)
