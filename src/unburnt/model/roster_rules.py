"""Who is believed: which operations are in force, pending or rejected. Spec: docs/spec/roster.md.

    judge = Judge(graph)
    judge.in_force(graph.all)       eff(S) of the specification, S any set that holds its ancestors
    judge.verdict(5, graph.all)     IN_FORCE, or Pending(…), or Rejected(…)

Rule numbers in comments are those of the section "Who is believed". Each operation is judged by
what its author could see, so the graph is walked once, parents first. Never reads a clock or the
order in which files came.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    SetPolicy,
    SetPurpose,
    SetTrustees,
    SetWithdrawable,
    Withdraw,
)
from unburnt.model.roster_values import Pending, Rejected

IMPOSSIBLE = {
    "not-in-force": "It builds upon something that is not in force.",
    "known-device": "The device is already in the roster.",
    "revoked-device": "The device was revoked; it comes back only with new keys.",
    "shared-key": "The device shares a key with another device.",
    "epoch-taken": "An epoch of this id exists already.",
    "generation": "Its generation is not the next one of the compartment.",
}
LOST = "Its authority was revoked by one who had not seen it."
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
    together: bool = False  # whether the trustees' own key is among the signers

    @property
    def lawful(self) -> bool:
        """Whether it has authority, before anything concurrent is considered."""
        enough = self.together or len(set(self.signers.values())) >= self.needed
        return not self.impossible and enough


@dataclass(frozen=True, slots=True)
class Void:
    """What does not hold in a set: signatures that are cut, and operations that fell with them."""

    cut: Mapping[int, set[str]]
    void: Set


NOTHING = Void({}, 0)


class Judge:
    """The verdicts over one graph; immutable once made, but for memory of answers already given."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.cases: list[Case] = []
        self.lawful: Set = 0
        self._revocations: Set = 0  # lawful ones
        self._demotions: Set = 0  # lawful ones
        self._signed: dict[str, Set] = {}  # device → operations its signature counts on
        self._seen_by: dict[int, Set] = {}  # revocation or demotion → operations that have seen it
        self._in_force: dict[Set, Set] = {}
        self._last: tuple[Set, Void] = (0, NOTHING)
        for number in range(len(graph.ops)):
            self._enter(number)

    def in_force(self, chosen: Set) -> Set:
        """Return eff(S): the operations in force in a set that holds its members' ancestors."""
        answer = self._in_force.get(chosen)
        if answer is None:
            answer = chosen & self.lawful & ~self._void(chosen).void
            self._in_force[chosen] = answer
        return answer

    def verdict(self, number: int, chosen: Set) -> Pending | Rejected | None:
        """Return None for an operation in force in `chosen`, else what it lacks."""
        if self.in_force(chosen) >> number & 1:
            return None
        case, name = self.cases[number], self.graph.hashes[number]
        if case.impossible:
            return Rejected(name, case.impossible, IMPOSSIBLE[case.impossible])
        exempt = isinstance(self.graph.ops[number], Revoke)  # rule 4
        counted, missing = self._count(number, NOTHING if exempt else self._void(chosen))
        if counted:
            return Pending(name, missing, tuple(sorted(counted)))
        if case.signers:
            return Rejected(name, "cut", LOST)
        reasons = sorted({UNCOUNTED[why] for why in case.uncounted.values()})
        return Rejected(name, "unsigned", f"No signature counts: {', '.join(reasons)}.")

    def doubtful(self, chosen: Set) -> list[int]:
        """Return the revocations in force that rule 5 or 6 would void, were they not exempt."""
        void = self._void(chosen)
        return [n for n in members(chosen & self._revocations) if self._count(n, void)[1]]

    def _enter(self, number: int) -> None:
        """Judge one operation whose ancestors have been judged, and remember what it removes."""
        op, bit = self.graph.ops[number], 1 << number
        for removal in members(
            self.graph.ancestors[number] & (self._revocations | self._demotions)
        ):
            self._seen_by[removal] |= bit
        case = self._case(number)
        self.cases.append(case)
        for device in case.signers:
            self._signed[device] = self._signed.get(device, 0) | bit
        if not case.lawful:
            return
        self.lawful |= bit
        if isinstance(op, Revoke):
            self._revocations |= bit
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
        for device in signers:  # a false signature beside a true one harms nobody
            uncounted.pop(device, None)
        together = any(registers.is_trustees(graph, standing, name) for name in signers)
        return Case(signers, uncounted, _needed(graph, standing, op), "", together)

    def _void(self, chosen: Set) -> Void:
        """Return what is void in a set; the last answer is kept, for verdicts come in rows."""
        last = self._last
        if last[0] != chosen:
            last = (chosen, self._find_void(chosen))
            self._last = last
        return last[1]

    def _find_void(self, chosen: Set) -> Void:
        revocations = chosen & self._revocations  # rule 4
        first = self._spread(chosen, revocations)  # rules 5 and 6
        demotions = chosen & self._demotions & ~first.void  # rule 7
        return self._spread(chosen, revocations | demotions) if demotions else first

    def _spread(self, chosen: Set, removals: Set) -> Void:
        """Void what `removals` cut, and whatever rested on that; they themselves are exempt."""
        cut = self._cut(chosen, removals)
        voidable = chosen & self.lawful & ~removals & ~1  # the founding operation is number 0
        void = Void(cut, 0)
        asked = sum(1 << number for number in cut) & voidable
        while asked:
            lowest = asked & -asked
            asked ^= lowest
            number = lowest.bit_length() - 1
            if self._count(number, void)[1]:
                void = Void(cut, void.void | lowest)
                # What rests on it is later in the order: asked when all before it is decided.
                asked |= self._resting(number) & voidable & -(lowest << 1)
        return void

    def _cut(self, chosen: Set, removals: Set) -> dict[int, set[str]]:
        """Return operation → devices whose signatures on it the removals cut (rule 5)."""
        cut: dict[int, set[str]] = {}
        for removal in members(removals):
            op = self.graph.ops[removal]
            if isinstance(op, Revoke | SetAdmin):
                seen = self.graph.ancestors[removal] | self._seen_by[removal] | 1 << removal
                for number in members(self._signed.get(op.device, 0) & chosen & ~seen):
                    cut.setdefault(number, set()).add(op.device)
        return cut

    def _resting(self, number: int) -> Set:
        """Return the operations whose authority may rest on this one (rule 6)."""
        op = self.graph.ops[number]
        if isinstance(op, SetPolicy | SetTrustees):
            return self.graph.all
        if isinstance(op, AddDevice):
            return self._signed.get(op.card.device, 0)
        return self._signed.get(op.device, 0) if isinstance(op, SetAdmin) else 0

    def _count(self, number: int, void: Void) -> tuple[set[str], int]:
        """Return the devices whose signatures still count, and how many members are missing."""
        case = self.cases[number]
        counted = case.signers.keys() - void.cut.get(number, set())
        needed = case.needed
        known = self.in_force(self.graph.ancestors[number])
        if known & void.void:  # rule 6: authority is judged again without what is void
            known &= ~void.void
            counted = {name for name in counted if registers.is_admin(self.graph, known, name)}
            needed = max(needed, _needed(self.graph, known, self.graph.ops[number]))
        people = {case.signers[name] for name in counted}  # rule 2: people, not devices
        if any(registers.is_trustees(self.graph, known, name) for name in counted):
            return counted, 0
        return counted, max(needed - len(people), 0)


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
    if isinstance(op, Rotate | Grant | SetCompartment | SetWithdrawable):
        return 1
    if isinstance(op, SetPurpose) and op.purpose != "none":  # it protects; only ending that is k's
        return 1
    policy = registers.policy(graph, standing)
    if isinstance(op, Withdraw):  # no single seized laptop destroys anything
        return max(policy.threshold, 2)
    return policy.revoke_threshold if isinstance(op, Revoke) else policy.threshold


def _impossible(graph: Graph, standing: Set, number: int) -> str:
    """Return why nobody can make this operation hold (rule 3), a key of IMPOSSIBLE, or ""."""
    op = graph.ops[number]
    if graph.parents[number] & ~standing:
        return "not-in-force"
    if isinstance(op, AddDevice):
        return _no_new_device(graph, standing, op)
    if isinstance(op, Rotate):
        if graph.topic("epoch", op.epoch) & standing:
            return "epoch-taken"
        if op.generation != registers.generation(graph, standing, op.compartment) + 1:
            return "generation"
    return ""


def _no_new_device(graph: Graph, standing: Set, op: AddDevice) -> str:
    name = op.card.device
    if registers.is_revoked(graph, standing, name):
        return "revoked-device"
    if graph.topic("device", name) & standing:
        return "known-device"
    used = graph.topic("key", op.card.signing) | graph.topic("key", op.card.recipient)
    return "shared-key" if used & standing else ""
