"""Who is believed: which operations are in force, pending or rejected. Spec: docs/spec/roster.md.

    judge = Judge(graph)
    judge.in_force(graph.all)       eff(S) of the specification, S any set that holds its ancestors
    judge.verdict(5, graph.all)     IN_FORCE, or Pending(…), or Rejected(…)

Rule numbers in comments are those of the section "Who is believed". Each operation is judged by
what its author could see, so the graph is walked once, parents first. Never reads a clock or the
order in which files came.
"""

from __future__ import annotations

from dataclasses import dataclass

from unburnt.model import roster_registers as registers
from unburnt.model.roster_file import SignedOp
from unburnt.model.roster_graph import Graph, Set, members
from unburnt.model.roster_ops import (
    AddDevice,
    Found,
    Grant,
    Op,
    Revoke,
    Rotate,
    SetAdmin,
    SetCompartment,
)
from unburnt.model.roster_values import Pending, Rejected

IMPOSSIBLE = {
    "parent": "It builds upon something that is not in force.",
    "known": "The device is already in the roster.",
    "revoked": "The device was revoked; it comes back only with new keys.",
    "keys": "The device shares a key with another device.",
    "epoch": "An epoch of this id exists already.",
    "generation": "Its generation is not the next one of the compartment.",
}
UNCOUNTED = {
    "unknown": "a device its author could not know",
    "weak": "a device that is no admin",
    "revoked": "a revoked device",
    "forged": "a false signature",
}


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one operation from its own ancestry: rules 1 to 3."""

    signers: dict[str, str]  # device → member, of the signatures that count
    uncounted: dict[str, str]  # device → why its signature does not count
    needed: int
    impossible: str  # "" or a key of IMPOSSIBLE

    @property
    def lawful(self) -> bool:
        """Whether it has authority, before anything concurrent is considered."""
        return not self.impossible and len(set(self.signers.values())) >= self.needed


class Judge:
    """The verdicts over one graph; immutable once made, but for memory of answers already given."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.cases: list[Case] = []
        self.lawful: Set = 0
        self.revocations: Set = 0  # lawful ones
        self._demotions: Set = 0  # lawful ones
        self._signed: dict[str, Set] = {}  # device → operations its signature counts on
        self._seen_by: dict[int, Set] = {}  # revocation or demotion → operations that have seen it
        self._in_force: dict[Set, Set] = {}
        for number in range(len(graph.ops)):
            self._enter(number)

    def in_force(self, chosen: Set) -> Set:
        """Return eff(S): the operations in force in a set that holds its members' ancestors."""
        answer = self._in_force.get(chosen)
        if answer is None:
            answer = chosen & self.lawful
            for number, devices in self._voided(chosen).items():
                if self._missing(number, devices):
                    answer &= ~(1 << number)
            self._in_force[chosen] = answer
        return answer

    def verdict(self, number: int, chosen: Set) -> Pending | Rejected | None:
        """Return None for an operation in force in `chosen`, else what it lacks."""
        if self.in_force(chosen) >> number & 1:
            return None
        case, name = self.cases[number], self.graph.hashes[number]
        if case.impossible:
            return Rejected(name, IMPOSSIBLE[case.impossible])
        void = self._voided(chosen).get(number, set())
        counted = case.signers.keys() - void
        if counted:
            return Pending(name, self._missing(number, void), tuple(sorted(counted)))
        if case.signers:
            return Rejected(name, "Its signer was revoked or demoted by one who had not seen it.")
        reasons = sorted({UNCOUNTED[why] for why in case.uncounted.values()})
        return Rejected(name, f"No signature counts: {', '.join(reasons)}.")

    def unseen(self, removal: int, device: str) -> Set:
        """Return what carries a counted signature of `device` and is concurrent with `removal`."""
        seen = self.graph.ancestors[removal] | self._seen_by[removal] | 1 << removal
        return self._signed.get(device, 0) & ~seen

    def _enter(self, number: int) -> None:
        """Judge one operation whose ancestors have been judged, and remember what it removes."""
        op, bit = self.graph.ops[number], 1 << number
        for removal in members(self.graph.ancestors[number] & (self.revocations | self._demotions)):
            self._seen_by[removal] |= bit
        case = self._case(number)
        self.cases.append(case)
        for device in case.signers:
            self._signed[device] = self._signed.get(device, 0) | bit
        if not case.lawful:
            return
        self.lawful |= bit
        if isinstance(op, Revoke):
            self.revocations |= bit
            self._seen_by[number] = 0
        elif isinstance(op, SetAdmin) and not op.admin:
            self._demotions |= bit
            self._seen_by[number] = 0

    def _case(self, number: int) -> Case:
        op, graph = self.graph.ops[number], self.graph
        if isinstance(op, Found):
            true = [file for file in graph.signatures[number] if file.signed_by(op.card.public)]
            return Case({file.signer: op.member.id for file in true}, {}, 1, "")
        standing = self.in_force(graph.ancestors[number])
        impossible = _impossible(graph, standing, number)
        if impossible:
            return Case({}, {}, 1, impossible)
        signers: dict[str, str] = {}
        uncounted: dict[str, str] = {}
        for file in graph.signatures[number]:
            member, why = _signer(graph, standing, file)
            if why:
                uncounted[file.signer] = why
            else:
                signers[file.signer] = member
        return Case(signers, uncounted, _needed(graph, standing, op), "")

    def _voided(self, chosen: Set) -> dict[int, set[str]]:
        """Return operation → devices whose signatures on it are void in `chosen`."""
        revocations = chosen & self.revocations  # rule 4
        void = self._cut(chosen, revocations)  # rule 5
        demotions = 0  # rule 6
        for number in members(chosen & self._demotions):
            if not self._missing(number, void.get(number, set())):
                demotions |= 1 << number
        if demotions:
            void = self._cut(chosen & ~demotions, revocations | demotions)
        return void

    def _cut(self, chosen: Set, removals: Set) -> dict[int, set[str]]:
        void: dict[int, set[str]] = {}
        voidable = chosen & ~self.revocations & ~1  # the founding operation is number 0
        for removal in members(removals):
            op = self.graph.ops[removal]
            if isinstance(op, Revoke | SetAdmin):
                for number in members(self.unseen(removal, op.device) & voidable):
                    void.setdefault(number, set()).add(op.device)
        return void

    def _missing(self, number: int, void: set[str]) -> int:
        """Return how many members' signatures are short when those of some devices are void."""
        case = self.cases[number]  # rule 2: people are counted, not devices
        people = {member for device, member in case.signers.items() if device not in void}
        return max(case.needed - len(people), 0)


def _signer(graph: Graph, standing: Set, file: SignedOp) -> tuple[str, str]:
    """Return (member, "") for a signature that counts (rule 1), else ("", a key of UNCOUNTED)."""
    known = registers.added(graph, standing, file.signer)
    if known is None:
        return "", "unknown"
    if registers.is_revoked(graph, standing, file.signer):
        return "", "revoked"
    if not registers.is_admin(graph, standing, file.signer):
        return "", "weak"
    card, member = known
    return (member, "") if file.signed_by(card.public) else ("", "forged")


def _needed(graph: Graph, standing: Set, op: Op) -> int:
    if isinstance(op, Rotate | Grant | SetCompartment):
        return 1
    policy = registers.policy(graph, standing)
    return policy.revoke_threshold if isinstance(op, Revoke) else policy.threshold


def _impossible(graph: Graph, standing: Set, number: int) -> str:
    """Return why nobody can make this operation hold (rule 3), a key of IMPOSSIBLE, or ""."""
    op = graph.ops[number]
    if graph.parents[number] & ~standing:
        return "parent"
    if isinstance(op, AddDevice):
        return _no_new_device(graph, standing, op)
    if isinstance(op, Rotate):
        if graph.topic("epoch", op.epoch) & standing:
            return "epoch"
        if op.generation != registers.generation(graph, standing, op.compartment) + 1:
            return "generation"
    return ""


def _no_new_device(graph: Graph, standing: Set, op: AddDevice) -> str:
    name = op.card.device
    if registers.is_revoked(graph, standing, name):
        return "revoked"
    if graph.topic("device", name) & standing:
        return "known"
    used = graph.topic("key", op.card.signing) | graph.topic("key", op.card.recipient)
    return "keys" if used & standing else ""
