"""Is everything there that anybody has seen? Each way of lacking something has its case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.statement_cases import an_id
from unburnt.crypto import merkle
from unburnt.model.completeness import Gap, Knowledge, assess, roots_at
from unburnt.model.entry import Head

A, B = sorted((an_id("a"), an_id("b")))
LEAVES = [merkle.leaf_hash(b"%d" % n) for n in range(9)]
OTHERS = [*LEAVES[:4], *(merkle.leaf_hash(b"other %d" % n) for n in range(5))]


def saw(
    size: int, device: str = A, leaves: list[bytes] = LEAVES, witness: str = "card"
) -> Knowledge:
    return Knowledge(witness, device, Head(size, merkle.root(leaves[:size])))


def gap(kind: str, found: int, known: int, witness: str = "card", device: str = A) -> Gap:
    return Gap(kind, device, found, known, witness)


ALL = {A: LEAVES}
CASES: dict[str, tuple[dict[str, list[bytes]], list[Knowledge], list[Gap]]] = {
    "everything that was seen is there": (ALL, [saw(9), saw(3)], []),
    "more is there than anybody saw": (ALL, [saw(1)], []),
    "an empty log was seen": (ALL, [saw(0)], []),
    "nothing was seen, so nothing was checked": (ALL, [], [gap("nothing-known", 9, 0, "", "")]),
    "nothing at all": ({}, [], [gap("nothing-known", 0, 0, "", "")]),
    "the newest entry is gone": ({A: LEAVES[:8]}, [saw(9)], [gap("missing", 8, 9)]),
    "a whole log is gone": ({}, [saw(9)], [gap("missing", 0, 9)]),
    "the log of somebody else is gone": (
        ALL,
        [saw(9), saw(2, B)],
        [gap("missing", 0, 2, device=B)],
    ),
    "of two witnesses the one who saw most is named": (
        {A: LEAVES[:2]},
        [saw(5, witness="site"), saw(9, witness="entry"), saw(7)],
        [gap("missing", 2, 9, "entry")],
    ),
    "another history": (ALL, [saw(6, leaves=OTHERS)], [gap("forked", 9, 6)]),
    "the first place that shows another history is named": (
        ALL,
        [saw(8, leaves=OTHERS, witness="late"), saw(6, leaves=OTHERS), saw(4, leaves=OTHERS)],
        [gap("forked", 9, 6)],
    ),
    "cut and regrown": (
        {A: OTHERS[:6]},
        [saw(9), saw(6, witness="here")],
        [gap("forked", 6, 6, "here"), gap("missing", 6, 9)],
    ),
    "a fork goes before what is missing, and much before little": (
        {A: LEAVES[:8], B: LEAVES[:2]},
        [saw(9), saw(9, B), saw(7, leaves=OTHERS)],
        [gap("forked", 8, 7), gap("missing", 2, 9, device=B), gap("missing", 8, 9)],
    ),
    "the first entry was exchanged": (
        {A: [OTHERS[8], *LEAVES[1:]]},
        [saw(1)],
        [gap("forked", 9, 1)],
    ),
    "somebody saw an empty log with a root that no empty log has": (
        ALL,
        [Knowledge("card", A, Head(0, bytes(32)))],
        [gap("forked", 9, 0)],
    ),
}


@pytest.mark.parametrize(("found", "knowledge", "gaps"), CASES.values(), ids=CASES.keys())
def test_the_gaps(
    found: dict[str, list[bytes]], knowledge: list[Knowledge], gaps: list[Gap]
) -> None:
    assert assess(found, knowledge) == gaps
    assert assess(found, reversed(knowledge)) == gaps


@given(st.integers(0, 9), st.sets(st.integers(0, 9), min_size=1))
def test_a_cut_log_is_red_exactly_when_somebody_saw_more(kept: int, seen: set[int]) -> None:
    gaps = assess({A: LEAVES[:kept]}, [saw(size) for size in seen])
    assert bool(gaps) == (max(seen) > kept)


@given(st.integers(0, 8), st.integers(1, 9))
def test_a_changed_entry_is_red_exactly_when_somebody_saw_it(place: int, seen: int) -> None:
    changed = list(LEAVES)
    changed[place] = merkle.leaf_hash(b"changed")
    assert bool(assess({A: changed}, [saw(seen)])) == (seen > place)


@given(st.sets(st.integers(0, 12)))
def test_roots_are_those_of_the_tree_where_the_log_reaches(sizes: set[int]) -> None:
    assert roots_at(LEAVES, sizes) == {n: merkle.root(LEAVES[:n]) for n in sizes if n <= 9}
