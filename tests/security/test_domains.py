"""Copies are counted by what they would survive."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.security.domains import (
    AXES,
    SENTENCES,
    assign,
    domains,
    in_words,
    independent_copies,
)
from unburnt.security.finding import Finding, Level, Values, describe

NAMES = st.sampled_from("abcdef")
OPTIONS = st.dictionaries(NAMES, st.lists(st.sampled_from("uvwxyz"), max_size=4), max_size=6)


def most_by_trying(options: dict[str, list[str]]) -> int:
    """Return the size of a largest matching by trying every choice."""
    best = 0
    for size in range(1, len(options) + 1):
        for seats in combinations(options, size):
            choices = product(*(options[seat] for seat in seats))
            if any(len(set(choice)) == size for choice in choices):
                best = size
    return best


@given(OPTIONS)
def test_a_matching_is_as_large_as_any_and_breaks_no_rule(options: dict[str, list[str]]) -> None:
    chosen = assign(options)
    assert len(chosen) == most_by_trying(options)
    assert len(set(chosen.values())) == len(chosen)
    assert all(option in options[seat] for seat, option in chosen.items())


@given(st.dictionaries(NAMES, st.sampled_from(["", "x", " X ", "y", "x; y", "z;"]), max_size=6))
def test_every_number_of_an_axis_is_what_trying_everything_gives(sites: dict[str, str]) -> None:
    (axis,) = independent_copies(
        {label: {"building": value} for label, value in sites.items()}, ["building"]
    ).axes
    options = {label: list(domains(value)) for label, value in sites.items()}
    assert axis.copies == most_by_trying(options)
    struck = [
        sum(domain in inside for inside in options.values())
        for domain in {domain for inside in options.values() for domain in inside}
    ]
    assert axis.left == len(sites) - max(struck, default=0)


def test_a_chain_of_a_thousand_sites_neither_overflows_nor_loses_one() -> None:
    chain = {f"{n:04}": [f"{n + 1:04}", f"{n:04}"] for n in range(1000)} | {"9999": ["0000"]}
    forced = chain | {"zzzz": ["1000"]}  # everybody has to move on once
    assert len(assign(chain)) == 1001
    assert len(assign(forced)) == 1001


BUILDINGS = {
    "no site at all": ({}, 0, 0),
    "one site": ({"disk": "Mira 5"}, 1, 0),
    "two houses": ({"disk": "Mira 5", "stick": "Lenina 1"}, 2, 1),
    "one house under two spellings": ({"disk": "Mira 5", "stick": " mira  5"}, 1, 0),
    "two sites of which nobody knows where": ({"disk": "", "stick": " ; "}, 1, 0),
    "an unknown house is not a known one": ({"disk": "Mira 5", "stick": ""}, 2, 1),
    "a cloud in two houses, one of them ours": ({"disk": "Mira 5", "cloud": "Mira 5;Dublin"}, 2, 0),
    "three sites in two houses": ({"a": "x;y", "b": "x;y", "c": "y;x"}, 2, 0),
}


@pytest.mark.parametrize(("sites", "copies", "left"), BUILDINGS.values(), ids=BUILDINGS.keys())
def test_buildings_are_counted(sites: dict[str, str], copies: int, left: int) -> None:
    described = {label: {"building": value} for label, value in sites.items()}
    (axis,) = independent_copies(described, ["building"]).axes
    assert (axis.copies, axis.left) == (copies, left)


def test_the_worst_axis_counts_and_is_named() -> None:
    sites = {
        "disk": {"operator": "us", "building": "Mira 5", "jurisdiction": "RU", "payer": "us"},
        "stick": {"operator": "us", "building": "Lenina 1", "jurisdiction": "RU", "payer": "us"},
        "cloud": {"operator": "K", "building": "Dublin", "jurisdiction": "IE; RU", "payer": "us"},
    }
    matching = independent_copies(sites)
    assert [(axis.name, axis.copies) for axis in matching.axes] == [
        ("operator", 2),
        ("building", 3),
        ("jurisdiction", 2),
        ("payer", 1),
    ]
    assert matching.worst is not None
    assert (matching.worst.name, matching.copies) == ("payer", 1)


def test_looking_at_no_axis_counts_no_copy() -> None:
    matching = independent_copies({"disk": {"building": "Mira 5"}}, [])
    assert (matching.worst, matching.copies) == (None, 0)


WORDS = {
    "one building": (
        {"office disk": {"building": "Mira 5"}, "USB stick": {"building": "mira 5"}},
        "building",
        ["USB stick and office disk are in one building: mira 5."],
    ),
    "one operator of three": (
        {label: {"operator": "K"} for label in "abc"},
        "operator",
        ["a, b and c are run by one operator: k."],
    ),
    "an unknown site, even a single one": (
        {"a": {"payer": "x"}, "b": {}},
        "payer",
        ["Nobody has said who pays for: b."],
    ),
    "an axis of one's own": (
        {"a": {"medium": "disk"}, "b": {"medium": "disk"}},
        "medium",
        ["a and b have the same medium: disk."],
    ),
    "nothing shared": ({"a": {"payer": "x"}, "b": {"payer": "y"}}, "payer", []),
}


@pytest.mark.parametrize(("sites", "axis", "said"), WORDS.values(), ids=WORDS.keys())
def test_what_is_shared_is_said_in_words(
    sites: dict[str, dict[str, str]], axis: str, said: list[str]
) -> None:
    (found,) = independent_copies(sites, [axis]).axes
    assert [describe(finding, SENTENCES) for finding in in_words(found)] == said
    assert all(finding.level is Level.AMBER for finding in in_words(found))


@pytest.mark.parametrize("axis", [*AXES, "domain"])
def test_every_axis_has_its_sentences(axis: str) -> None:
    values: Values = {"sites": ("a", "b"), "domain": "x", "axis": axis}
    for code in (f"share-{axis}", f"unknown-{axis}"):
        assert "a and b" in describe(Finding(Level.AMBER, code, values), SENTENCES)
