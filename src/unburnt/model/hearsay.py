"""Who a claim comes from in the end, and how many voices there really are.

    ancestry(statement)                 {press release, Memorial, owner, neighbour}
    independent([a, b, c])              2: the most claims of which no two share an ancestor

Three newspapers that quote one press release are one voice. A claim's ancestry is its source, its
chain of attribution, and what the caller knows stands behind them (authors of documents).
Never guesses that two different entities are the same person: that is a decision of people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from unburnt.model.statement import Statement

EXACT = 14  # up to so many claims the count is exact; beyond, a lower bound

Behind = Callable[[str], Iterable[str]]


def ancestry(statement: Statement, behind: Behind = lambda _: ()) -> frozenset[str]:
    """Return the ids of everyone and everything the claim comes through.

    `behind(entity)` gives the direct ancestors of a source (authors, publishers); cycles are fine.
    """
    found: set[str] = set()
    waiting = [statement.source, *statement.attribution]
    while waiting:
        entity = waiting.pop()
        if entity not in found:
            found.add(entity)
            waiting.extend(behind(entity))
    return frozenset(found)


def independent(ancestries: Sequence[frozenset[str]]) -> int:
    """Return how many of the claims can be chosen so that no two share an ancestor.

    Exact for up to 14 different ancestries; a lower bound for more, never too many.
    """
    smallest: list[frozenset[str]] = []
    for candidate in sorted(set(ancestries), key=lambda a: (len(a), sorted(a))):
        # A chain that contains another whole chain can only stand in the other's way.
        if not any(candidate >= other for other in smallest):
            smallest.append(candidate)
    if len(smallest) <= EXACT:
        return _most_disjoint(smallest)
    return max(_greedy(smallest[start:] + smallest[:start]) for start in range(len(smallest)))


def _most_disjoint(sets: list[frozenset[str]]) -> int:
    if not sets:
        return 0
    first, rest = sets[0], sets[1:]
    without = _most_disjoint(rest)
    return max(without, 1 + _most_disjoint([s for s in rest if not s & first]))


def _greedy(sets: list[frozenset[str]]) -> int:
    taken: set[str] = set()
    count = 0
    for candidate in sets:
        if not taken & candidate:
            taken |= candidate
            count += 1
    return count
