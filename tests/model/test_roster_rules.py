"""The verdicts are those of the specification, for histories nobody would think of."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.roster_oracle import Oracle
from tests.model.roster_world import (
    AT,
    CASES,
    CRANE,
    GULL,
    HERON,
    HERON_PHONE,
    TERN,
    Branch,
    a_recipient,
    an_id,
    machine,
    settled,
)
from unburnt.core import canonical
from unburnt.model.roster import Roster
from unburnt.model.roster_file import parse_op
from unburnt.model.roster_graph import Graph
from unburnt.model.roster_ops import TYPE
from unburnt.model.roster_rules import Judge

MACHINES = (HERON, GULL, TERN, CRANE, HERON_PHONE, machine("half", "rook", recipient="crane"))
# Seeds, not choices one by one: an interesting history needs many unlikely choices at once.
DICE = st.integers(0, 2**32).map(random.Random)
KINDS = (
    *("revoke", "device", "device", "admin", "admin", "policy", "access", "rotate", "take"),
    *("withdraw", "withdrawable", "purpose"),
)


def history(dice: random.Random) -> tuple[str, list[bytes]]:
    """Return an archive and its files: three people act, often without having seen each other."""
    trunk = settled(*dice.choice([(1, 1), (1, 1), (2, 1), (2, 2)]))
    if dice.random() < 0.5:
        trunk.join(HERON_PHONE, HERON, GULL, admin=True)
    people = [trunk.branch(name) for name in "abc"]
    for number in range(dice.randint(5, 10)):
        person = dice.choice(people)
        kind = dice.choice(KINDS)
        if kind == "take":
            person.take(dice.choice(people).files)
            continue
        known = person.roster
        header: dict[str, object] = {
            "archive": known.archive,
            "at": AT,
            "nonce": an_id(f"step {number}"),
            "op": kind,
        }
        parents = list(known.heads)
        if dice.random() < 0.1:  # what no honest program writes
            parents = sorted({known.heads[0], dice.choice(all_hashes(person))})
        header |= {"parents": parents, "type": TYPE}
        text = canonical.encode(header | own_fields(kind, dice, number)).decode() + "\n"
        admins = [m for m in MACHINES if m.id in {device.id for device in known.admins}]
        signers = admins if dice.random() < 0.9 else list(MACHINES)
        few = dice.sample(signers, k=min(len(signers), dice.choice([1, 1, 2, 2, 3])))
        person.publish(text, *(few or [dice.choice(MACHINES)]))
    files = {file: None for person in people for file in person.files}
    return trunk.roster.archive, list(files)


def own_fields(kind: str, dice: random.Random, number: int) -> dict[str, object]:
    """Return an operation's own fields."""
    device = dice.choice(MACHINES)
    match kind:
        case "device":
            device = dice.choice(MACHINES[3:])
            card = canonical.decode(device.card.encode(), 4096)
            return {"card": card, "member": device.member, "admin": dice.random() < 0.8}
        case "revoke":
            return {"device": device.id, "last": dice.randint(0, 3), "reason": "lost"}
        case "policy":
            threshold = dice.randint(1, 3)
            return {
                "policy": {
                    "threshold": threshold,
                    "revoke_threshold": dice.randint(1, threshold),
                }
            }
        case "access":
            role = dice.choice(["relay", "drop", "read", "write"])
            return {"device": device.id, "compartment": CASES, "role": role}
        case "withdraw":
            return {"keys": [an_id(f"key {number}")]}
        case "withdrawable":
            return {"compartment": CASES}
        case "purpose":
            return {"compartment": CASES, "purpose": dice.choice(["sources", "none"])}
        case "rotate":
            epoch = {"epoch": an_id(f"epoch {number}"), "recipient": a_recipient("any")}
            generation = dice.choice([2, 2, 2, 3])
            return epoch | {"compartment": CASES, "grants": {}, "generation": generation}
        case _:
            return {"device": device.id, "admin": dice.random() < 0.5}


def all_hashes(person: Branch) -> list[str]:
    """Return the hashes of all operations somebody has files of."""
    return [parse_op(file).hash for file in person.files]


@pytest.mark.slow
@given(DICE)
def test_what_is_in_force_is_what_the_specification_says(dice: random.Random) -> None:
    archive, files = history(dice)
    graph = Graph.of(archive, map(parse_op, files))
    judge, oracle = Judge(graph), Oracle(files)
    for chosen in {*graph.ancestors[-3:], graph.all}:
        names = frozenset(name for n, name in enumerate(graph.hashes) if chosen >> n & 1)
        standing = judge.in_force(chosen)
        found = {name for n, name in enumerate(graph.hashes) if standing >> n & 1}
        assert found == oracle.in_force(names)


@settings(max_examples=40)
@given(DICE, st.integers(0, 40))
def test_any_order_any_repeats_and_any_merging_give_one_roster(
    dice: random.Random, split: int
) -> None:
    archive, files = history(dice)
    whole = Roster.of(archive, files)
    shuffled = files + dice.choices(files, k=4)
    dice.shuffle(shuffled)
    founding = files[:1]
    merged = Roster.of(archive, founding + shuffled[:split]).merge(shuffled[split:])
    assert merged == whole
    assert merged.digest() == whole.digest()


@settings(max_examples=40)
@given(DICE)
def test_a_roster_of_heads_is_the_roster_of_what_lies_behind_them(dice: random.Random) -> None:
    archive, files = history(dice)
    whole = Roster.of(archive, files)
    signed = [parse_op(file) for file in files]
    parents = {file.hash: file.op.parents for file in signed}
    heads = dice.sample(sorted(parents), k=2)
    behind, open_ = set(heads), list(heads)
    while open_:
        new = set(parents[open_.pop()]) - behind
        behind |= new
        open_ += new
    alone = Roster.of(archive, [f for f, s in zip(files, signed, strict=True) if s.hash in behind])
    assert whole.at(heads) == alone


@settings(max_examples=40)
@given(DICE)
def test_a_device_once_revoked_in_force_has_no_say_and_no_access(dice: random.Random) -> None:
    roster = Roster.of(*history(dice))
    for device in roster.devices.values():
        if device.revoked:
            assert not device.admin
            assert not roster.may_read(device.id, CASES)
            assert not roster.may_write(device.id, CASES)
            assert roster.revoked(device.id) is not None
