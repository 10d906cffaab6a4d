"""What in a roster people should look at: pure questions to what is in force.

    Alarm("grant-without-access", ("8c…", "ai…"), "An epoch was given to a device that …")

An alarm never changes what holds: each names the operations and devices, by id, and a person
decides. Kinds: grant-without-access, epoch-held, doubtful-revocation, too-few-admins, shared-key,
epoch-twice, false-signature.
"""

from __future__ import annotations

from collections.abc import Iterator

from unburnt.model import roster_registers as registers
from unburnt.model.roster_graph import Graph, Set, members
from unburnt.model.roster_ops import RECOVERY, AddDevice, Found, Grant, Rotate
from unburnt.model.roster_rules import Judge
from unburnt.model.roster_values import Alarm


def alarms(judge: Judge, chosen: Set) -> tuple[Alarm, ...]:
    """Return the alarms of the operations in `chosen`, sorted."""
    graph, standing = judge.graph, judge.in_force(chosen)
    found = [
        *_grants_without_access(judge, standing),
        *_epochs_held(graph, standing, chosen & judge.lawful),
        *_doubtful_revocations(judge, chosen),
        *_too_few_admins(graph, standing),
        *_shared_keys(graph, standing),
        *_epochs_twice(graph, standing),
        *_false_signatures(judge, chosen),
    ]
    return tuple(sorted(found))


def _grants_without_access(judge: Judge, standing: Set) -> Iterator[Alarm]:
    graph = judge.graph
    for number in members(standing):
        op = graph.ops[number]
        if not isinstance(op, Rotate | Grant):
            continue
        seen = judge.in_force(graph.ancestors[number])
        compartment = _compartment(graph, seen, op)
        for holder in sorted(_holders(op) - {RECOVERY}):
            if not registers.role(graph, seen, holder, compartment).may_read:
                yield Alarm(
                    "grant-without-access",
                    (graph.hashes[number], holder),
                    "An epoch was given to a device that its giver knew might not read it.",
                )


def _epochs_held(graph: Graph, standing: Set, lawful: Set) -> Iterator[Alarm]:
    for compartment in graph.named("rotate"):
        epoch = registers.current_epoch(graph, standing, compartment)
        if epoch is None:
            continue
        for holder in registers.grants(graph, lawful, epoch.id):
            if holder == RECOVERY:
                continue
            if not registers.role(graph, standing, holder, compartment).may_read:
                yield Alarm(
                    "epoch-held",
                    (compartment, holder),
                    "A device that may no longer read holds the current epoch: rotate it.",
                )


def _doubtful_revocations(judge: Judge, chosen: Set) -> Iterator[Alarm]:
    for number in judge.doubtful(chosen):
        yield Alarm(
            "doubtful-revocation",
            (judge.graph.hashes[number], *sorted(judge.cases[number].signers)),
            "A revocation was signed by a device that was itself revoked, or added by one that"
            " was, neither having seen the other: ask the people whether it was meant.",
        )


def _too_few_admins(graph: Graph, standing: Set) -> Iterator[Alarm]:
    people = set()
    for name in graph.named("device"):
        known = registers.added(graph, standing, name)
        if known and registers.is_admin(graph, standing, name):
            people.add(known[1])
    policy = registers.policy(graph, standing)
    if len(people) < max(policy.threshold, policy.revoke_threshold):
        yield Alarm(
            "too-few-admins",
            (),
            "Fewer people are admins than must agree: some changes are no longer possible.",
        )


def _shared_keys(graph: Graph, standing: Set) -> Iterator[Alarm]:
    for key in graph.named("key"):
        devices = {
            op.card.device
            for number in members(graph.topic("key", key) & standing)
            if isinstance(op := graph.ops[number], Found | AddDevice)
        }
        if len(devices) > 1:
            yield Alarm("shared-key", tuple(sorted(devices)), "Two devices share a key.")


def _epochs_twice(graph: Graph, standing: Set) -> Iterator[Alarm]:
    for epoch in graph.named("epoch"):
        makers = [
            graph.hashes[number] for number in members(graph.topic("epoch", epoch) & standing)
        ]
        if len(makers) > 1:
            yield Alarm("epoch-twice", (epoch, *sorted(makers)), "An epoch id was used twice.")


def _false_signatures(judge: Judge, chosen: Set) -> Iterator[Alarm]:
    for number in members(chosen):
        for device, why in judge.cases[number].uncounted.items():
            if why == "forged":
                yield Alarm(
                    "false-signature",
                    (judge.graph.hashes[number], device),
                    "Somebody signed in the name of a device without its key.",
                )


def _holders(op: Rotate | Grant) -> set[str]:
    return set(op.grants) if isinstance(op, Rotate) else {op.holder}


def _compartment(graph: Graph, seen: Set, op: Rotate | Grant) -> str:
    if isinstance(op, Rotate):
        return op.compartment
    epoch = registers.epoch(graph, seen, seen, op.epoch)
    return epoch.compartment if epoch else ""
