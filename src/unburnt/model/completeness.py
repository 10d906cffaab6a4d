"""Completeness: whether a set of logs holds everything that anybody is known to have seen.

    problems = assess(found, knowledge)
    found      device -> leaf hashes of its verified log, in order
    knowledge  [Knowledge("an entry of another device", device, Head(size, root)), …]

Backup tools ask whether what is there is undamaged. This asks whether what should be there is
there, and whether it is the history others saw. No knowledge at all is a problem of its own: a
check that looked at nothing must not be green. Pure; never fetches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from unburnt.crypto.merkle import Frontier
from unburnt.model.entry import Head


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Somebody saw this log at this size with this root."""

    witness: str  # who says so, a word for people: "entry", "checkpoint", "card", "site", "here"
    device: str
    head: Head


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing or contradicts: `missing` entries from `found` up to `known`, or `forked`.

    `nothing-known`, without a device, when nobody saw anything: then nothing was checked.
    """

    kind: str  # "missing" | "forked" | "nothing-known"
    device: str
    found: int
    known: int
    witness: str


def assess(found: Mapping[str, Sequence[bytes]], knowledge: Iterable[Knowledge]) -> list[Gap]:
    """Return every gap between the logs found and what is known of them, worst first.

    Of several witnesses for one gap in a log, the one who saw most is named.
    """
    by_device: dict[str, dict[Head, str]] = {}
    for item in knowledge:
        by_device.setdefault(item.device, {}).setdefault(item.head, item.witness)
    if not by_device:
        return [Gap("nothing-known", "", sum(map(len, found.values())), 0, "")]
    gaps: list[Gap] = []
    for device, heads in sorted(by_device.items()):
        gaps += _gaps(device, found.get(device, ()), heads)
    return sorted(gaps, key=lambda gap: (gap.kind != "forked", gap.found - gap.known, gap.device))


def _gaps(device: str, leaves: Sequence[bytes], heads: Mapping[Head, str]) -> list[Gap]:
    gaps: list[Gap] = []
    highest = max(heads, key=lambda head: head.size)
    if highest.size > len(leaves):
        gaps.append(Gap("missing", device, len(leaves), highest.size, heads[highest]))
    wanted = {head.size for head in heads}
    roots = roots_at(leaves, wanted)
    for head in sorted(heads, key=lambda head: head.size):
        if head.size in roots and roots[head.size] != head.root:
            gaps.append(Gap("forked", device, len(leaves), head.size, heads[head]))
            break  # every later head of that history differs too
    return gaps


def roots_at(leaves: Sequence[bytes], sizes: Iterable[int]) -> dict[int, bytes]:
    """Return the RFC 6962 root at each of the sizes that the log reaches."""
    wanted = set(sizes)
    frontier = Frontier()
    roots = {0: frontier.root()} if 0 in wanted else {}
    for leaf in leaves[: max(wanted, default=0)]:
        frontier = frontier.append(leaf)
        if frontier.size in wanted:
            roots[frontier.size] = frontier.root()
    return roots
