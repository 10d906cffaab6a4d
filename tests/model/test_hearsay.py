"""How many voices there really are, against counting by hand."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.statement_cases import a_statement, an_id
from unburnt.model.hearsay import EXACT, ancestry, independent

Chains = list[frozenset[str]]
CHAINS = st.lists(st.frozensets(st.sampled_from("abcdefgh"), min_size=1, max_size=4), max_size=9)


def by_hand(chains: Chains) -> int:
    """Try every choice of chains."""
    for size in range(len(chains), 0, -1):
        for chosen in combinations(chains, size):
            if all(not a & b for a, b in combinations(chosen, 2)):
                return size
    return 0


@given(CHAINS)
def test_the_count_is_that_of_trying_every_choice(chains: Chains) -> None:
    assert independent(chains) == by_hand(chains)


@settings(max_examples=15)
@given(
    st.lists(
        st.frozensets(st.integers(0, 30).map(str), min_size=2, max_size=3),
        min_size=EXACT + 1,
        max_size=EXACT + 5,
        unique=True,
    )
)
def test_beyond_the_exact_it_is_never_too_many(chains: Chains) -> None:
    assert 1 <= independent(chains) <= by_hand_at_most(chains)


def by_hand_at_most(chains: Chains) -> int:
    """Return the exact count for a list too long to try every choice, chain by chain."""
    best: dict[frozenset[str], int] = {frozenset(): 0}
    for chain in chains:
        for taken, count in list(best.items()):
            if not taken & chain:
                joined = taken | chain
                best[joined] = max(best.get(joined, 0), count + 1)
    return max(best.values())


CASES = {
    "nobody": ([], 0),
    "three newspapers that quote one press release": (["ap", "bp", "cp"], 1),
    "a witness and the report that quotes her": (["w", "rw"], 1),
    "two witnesses and a report that quotes both": (["w", "v", "rwv"], 2),
    "the same chain twice": (["ab", "ab"], 1),
    "a chain between two that have nothing in common": (["ab", "bc", "cd"], 2),
}


@pytest.mark.parametrize(("chains", "count"), CASES.values(), ids=CASES.keys())
def test_voices(chains: list[str], count: int) -> None:
    assert independent([frozenset(chain) for chain in chains]) == count


def test_thirty_voices_that_share_nothing_are_thirty() -> None:
    assert independent([frozenset({str(n)}) for n in range(30)]) == 30


def test_many_chains_through_one_person_are_one_voice() -> None:
    assert independent([frozenset({"p", str(n)}) for n in range(40)]) == 1


def test_the_ancestry_is_source_chain_and_what_stands_behind_them() -> None:
    a, b, c, d = (an_id(word) for word in "abcd")
    statement = a_statement(source=a, attribution=(b,))
    assert ancestry(statement) == {a, b}
    behind = {a: [c], c: [d]}
    assert ancestry(statement, lambda entity: behind.get(entity, [])) == {a, b, c, d}


def test_authors_of_each_other_end() -> None:
    a, b = an_id("a"), an_id("b")
    circle = {a: [b, a], b: [a]}
    assert ancestry(a_statement(source=a), lambda entity: circle[entity]) == {a, b}
