"""What a set of operations in force says about one thing. Spec: docs/spec/roster.md, "In force".

    policy(graph, standing)  ·  device(graph, standing, "ai…")  ·  current_epoch(graph, standing, …)

`standing` is the set in force. Of the operations on one topic those that another had seen are
superseded; among the rest the most restrictive holds, so every answer is a minimum or maximum over
a set. Never asks who signed: that is `roster_rules`.
"""

from __future__ import annotations

from typing import TypeAlias, TypeVar

from unburnt.model.roster_card import Card
from unburnt.model.roster_graph import Graph, Set, members
from unburnt.model.roster_ops import (
    AddDevice,
    Found,
    Grant,
    Op,
    Policy,
    Revoke,
    Rotate,
    SetAccess,
    SetAdmin,
    SetCompartment,
    SetMember,
    SetPolicy,
    SetPurpose,
    SetTrustees,
)
from unburnt.model.roster_values import (
    PURPOSES,
    Compartment,
    Device,
    Epoch,
    Grants,
    Member,
    Recovery,
    Revocation,
    Role,
)

Adding: TypeAlias = Found | AddDevice
Kind = TypeVar("Kind", bound=Op)


def policy(graph: Graph, standing: Set) -> Policy:
    """Return how many must sign: the larger of concurrent numbers, each for itself."""
    said: list[Found | SetPolicy] = _latest(graph, standing, (Found, SetPolicy), "policy")
    return Policy(
        threshold=max(op.policy.threshold for op in said),
        revoke_threshold=max(op.policy.revoke_threshold for op in said),
    )


def is_revoked(graph: Graph, standing: Set, name: str) -> bool:
    """Tell whether a device was revoked."""
    return bool(graph.topic("revoke", name) & standing)


def is_admin(graph: Graph, standing: Set, name: str) -> bool:
    """Tell whether a device is known, admin and not revoked."""
    if not graph.topic("device", name) & standing or is_revoked(graph, standing, name):
        return False
    said: list[Adding | SetAdmin] = _latest(
        graph, standing, (Found, AddDevice, SetAdmin), "admin", name
    )
    return all(isinstance(op, Found) or op.admin for op in said)


def added(graph: Graph, standing: Set, name: str) -> tuple[Card, str] | None:
    """Return a device's card and its member's id; None when no operation in force adds it."""
    said: list[Adding] = _latest(graph, standing, (Found, AddDevice), "device", name)
    if not said:
        return None
    op = said[0]
    return op.card, op.member.id if isinstance(op, Found) else op.member


def device(graph: Graph, standing: Set, name: str) -> Device | None:
    """Return a device, revoked or not; None when no operation in force adds it."""
    known = added(graph, standing, name)
    if known is None:
        return None
    card, owner = known
    return Device(
        id=name,
        member=owner,
        label=card.label,
        public=card.public,
        recipient=card.recipient,
        admin=is_admin(graph, standing, name),
        revoked=is_revoked(graph, standing, name),
    )


def member(graph: Graph, standing: Set, name: str) -> Member | None:
    """Return a member; None when no operation in force adds it."""
    said: list[Found | SetMember] = _latest(graph, standing, (Found, SetMember), "member", name)
    return Member(name, said[0].member.label) if said else None


def compartment(graph: Graph, standing: Set, name: str) -> Compartment | None:
    """Return a compartment; None when no operation in force adds it."""
    said = _latest(graph, standing, (SetCompartment,), "compartment", name)
    return Compartment(name, said[0].compartment.label) if said else None


def role(graph: Graph, standing: Set, name: str, compartment: str) -> Role:
    """Return what a device may do in a compartment: the lowest of concurrent roles."""
    if not graph.topic("device", name) & standing or is_revoked(graph, standing, name):
        return Role.NONE
    said = _latest(graph, standing, (SetAccess,), "access", name, compartment)
    return min((Role[op.role.upper()] for op in said), default=Role.NONE)


def revocation(graph: Graph, standing: Set, name: str) -> Revocation | None:
    """Return how a device was revoked: of concurrent words the one that accepts least."""
    chosen = graph.heads(graph.topic("revoke", name) & standing)
    said = [
        Revocation(op.device, op.last, op.reason, graph.hashes[number])
        for number in chosen
        if isinstance(op := graph.ops[number], Revoke)
    ]
    return min(said, key=lambda word: (word.last, word.op), default=None)


def recovery(graph: Graph, standing: Set) -> Recovery | None:
    """Return the split identities in force: of concurrent ones the smallest hash."""
    said = _latest(graph, standing, (SetTrustees,), "trustees")
    return Recovery(said[0].recovery, said[0].drill) if said else None


def is_trustees(graph: Graph, standing: Set, name: str) -> bool:
    """Tell whether a device is the trustees' own: a key that enough of them make together."""
    known, split = added(graph, standing, name), recovery(graph, standing)
    return (
        known is not None and split is not None and (known[0].recipient == split.recovery.recipient)
    )


def generation(graph: Graph, standing: Set, compartment: str) -> int:
    """Return the greatest generation in force in a compartment; 0 without any epoch."""
    epoch = current_epoch(graph, standing, compartment)
    return epoch.generation if epoch else 0


def current_epoch(graph: Graph, standing: Set, compartment: str) -> Epoch | None:
    """Return the epoch to seal to: the greatest (generation, id) in force; None without any."""
    names = {op.epoch for op in _all(graph, graph.topic("rotate", compartment) & standing, Rotate)}
    epochs = (epoch(graph, standing, standing, name) for name in names)
    own = [item for item in epochs if item and item.compartment == compartment]
    return max(own, key=lambda item: (item.generation, item.id), default=None)


def epoch(graph: Graph, standing: Set, lawful: Set, name: str) -> Epoch | None:
    """Return an epoch; void when no operation in force makes it, but a `lawful` one once did."""
    topic = graph.topic("epoch", name)
    said = _latest(graph, topic & standing or topic & lawful, (Rotate,), "epoch", name)
    if not said:
        return None
    op = said[0]
    void = not topic & standing
    return Epoch(name, op.compartment, op.generation, op.recipient, void)


def grants(graph: Graph, lawful: Set, name: str) -> Grants:
    """Return to whom an epoch was given, and the hash of each grant."""
    given: dict[str, set[str]] = {}
    about = graph.topic("grant", name) & lawful
    for made in _all(graph, about, Rotate):
        for holder, sealed in made.grants.items():
            given.setdefault(holder, set()).add(sealed)
    for later in _all(graph, about, Grant):
        given.setdefault(later.holder, set()).add(later.hash)
    return {holder: tuple(sorted(given[holder])) for holder in sorted(given)}


def is_withdrawable(graph: Graph, standing: Set, compartment: str) -> bool:
    """Tell whether originals of a compartment get keys of their own."""
    return bool(graph.topic("withdrawable", compartment) & standing)


def purposes(graph: Graph, standing: Set, name: str) -> frozenset[str]:
    """Return what a compartment is for: each word in force, less what a `none` had seen of it.

    A label that is such a word says it, too, and goes on saying it when it is changed.
    """
    said = graph.topic("purpose", name) | graph.topic("compartment", name)
    found: set[str] = set()
    ended: Set = 0
    for number in sorted(
        members(said & standing), reverse=True
    ):  # parents come first: from the end
        word = _purpose_of(graph.ops[number])
        if word == "none":
            ended |= graph.ancestors[number]
        elif word and not ended >> number & 1:
            found.add(word)
    return frozenset(found)


def _purpose_of(op: Op) -> str:
    if isinstance(op, SetPurpose):
        return op.purpose
    label = op.compartment.label.strip().casefold() if isinstance(op, SetCompartment) else ""
    return label if label in PURPOSES else ""


def withdrawn(graph: Graph, standing: Set) -> frozenset[str]:
    """Return the own keys to be destroyed; never the id of an epoch, in force or not."""
    named = graph.named("withdraw")
    return frozenset(
        key
        for key in named
        if graph.topic("withdraw", key) & standing and not graph.topic("epoch", key)
    )


def _latest(graph: Graph, standing: Set, kinds: tuple[type[Kind], ...], *topic: str) -> list[Kind]:
    """Return the operations on a topic that no other had seen, the smallest hash first."""
    latest = graph.heads(graph.topic(*topic) & standing)
    latest.sort(key=lambda number: graph.hashes[number])
    return [op for number in latest if isinstance(op := graph.ops[number], kinds)]


def _all(graph: Graph, chosen: Set, kind: type[Kind]) -> list[Kind]:
    return [op for number in members(chosen) if isinstance(op := graph.ops[number], kind)]
