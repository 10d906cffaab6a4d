"""What is shown first, why, and what was passed over: one named case for each rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.statement_cases import a_hash, an_id, recorded
from unburnt.model.folding import RULES, PropertyView, fold, incompatible, meaning
from unburnt.model.recorded import REFUSED, UNCONFIRMED, Recorded


def single(schema: str, name: str) -> bool:
    return (schema, name) == ("Act", "startDate")


def said(word: str, date: str = "2018-01-22", source: str = "", **fields: Any) -> Recorded:
    value = fields.pop("value", {"date": date})
    return recorded(word, value=value, source=an_id(source or word), **fields)


def view(
    records: Iterable[Recorded], behind: Callable[[str], Iterable[str]] = lambda _: ()
) -> PropertyView:
    return fold(records, single, behind)["startDate"]


def prevailing(records: Iterable[Recorded]) -> Any:
    best = view(records).prevailing
    return best and best.value


# --- the example of docs/spec/folding.md --------------------------------------------------------

MEMORIAL, OWNER, NEIGHBOUR = an_id("Memorial"), an_id("owner"), an_id("neighbour")
EXAMPLE = [
    said(
        "s1",
        source="press release",
        value={"date": "2018-01-22", "as": "Monday evening"},
        attribution=(MEMORIAL, OWNER, NEIGHBOUR),
        reliability="B",
        credibility=3,
        recorded_at="2018-01-24T09:00:00Z",
    ),
    said(
        "s2",
        "2018-01-23",
        source="newspaper",
        reliability="C",
        credibility=3,
        recorded_at="2018-01-24T09:00:00Z",
    ),
    said(
        "s3",
        source="field note",
        attribution=(NEIGHBOUR,),
        reliability="B",
        credibility=3,
        recorded_at="2018-01-25T09:00:00Z",
    ),
]


def test_the_example_of_the_specification() -> None:
    folded = view(EXAMPLE)
    best = folded.prevailing
    assert best is not None
    assert best.value["date"] == "2018-01-22"
    assert {claim.id for claim in best.support} == {a_hash("s1"), a_hash("s3")}
    assert (best.sources, best.confirmed) == (1, False)
    ((other, rule),) = folded.passed_over
    assert (other.value, rule) == ({"date": "2018-01-23"}, "grades")
    assert folded.contested
    assert len(folded.contradictions) == 1


# --- rule by rule -------------------------------------------------------------------------------

HIGH: dict[str, Any] = {"reliability": "A", "credibility": 2}
LOW: dict[str, Any] = {"reliability": "D", "credibility": 4}
LATE: dict[str, Any] = {"recorded_at": "2020-01-01T00:00:00Z"}
OTHER = "2018-03-03"

# the claims on the value that must win, those on the other, and the rule by which it lost
RANKED: dict[str, tuple[list[Recorded], list[Recorded], str]] = {
    "what is accepted goes before better grades after a compromise": (
        [said("a", **LOW)],
        [said("b", OTHER, standing=UNCONFIRMED, **HIGH)],
        "standing",
    ),
    "asserted goes before reported, whatever the grades": (
        [said("a", stance="asserted", **LOW)],
        [said("b", OTHER, stance="reported", **HIGH)],
        "stance",
    ),
    "reported goes before alleged": (
        [said("a", stance="reported")],
        [said("b", OTHER, stance="alleged", **LATE)],
        "stance",
    ),
    "probable goes before possible, whatever the source": (
        [said("a", credibility=2, reliability="E")],
        [said("b", OTHER, credibility=3, reliability="A")],
        "grades",
    ),
    "possible goes before unknown": (
        [said("a", credibility=3)],
        [said("b", OTHER, **LATE)],
        "grades",
    ),
    "unknown goes before doubtful": (
        [said("a")],
        [said("b", OTHER, credibility=4, **LATE)],
        "grades",
    ),
    "a truth that cannot be judged is as good as none typed": (
        [said("a", credibility=6, **LATE)],
        [said("b", OTHER)],
        "recency",
    ),
    "of equal credibility the better source goes first": (
        [said("a", credibility=3, reliability="B")],
        [said("b", OTHER, credibility=3, reliability="C", **LATE)],
        "grades",
    ),
    "an unknown source goes before one that is usually not reliable": (
        [said("a", credibility=3, reliability="F")],
        [said("b", OTHER, credibility=3, reliability="D", **LATE)],
        "grades",
    ),
    "two independent sources confirm, which is the best credibility": (
        [said("a", **LOW), said("a2", **LOW)],
        [said("b", OTHER, **HIGH)],
        "grades",
    ),
    "three sources go before two": (
        [said("a"), said("a2"), said("a3")],
        [said("b", OTHER, **LATE), said("b2", OTHER, **LATE)],
        "sources",
    ),
    "the later word goes before the earlier": (
        [said("a", **LATE)],
        [said("b", OTHER)],
        "recency",
    ),
    "of two alike the greater id goes first": (
        [said(max("a", "b", key=a_hash))],
        [said(min("a", "b", key=a_hash), OTHER)],
        "recency",
    ),
}


@pytest.mark.parametrize(("winning", "losing", "rule"), RANKED.values(), ids=RANKED.keys())
def test_a_value_prevails(winning: list[Recorded], losing: list[Recorded], rule: str) -> None:
    folded = view([*losing, *winning])
    assert folded.prevailing is not None
    assert folded.prevailing.value == winning[0].statement.value
    assert [why for _, why in folded.passed_over] == [rule]


def test_every_rule_has_a_case() -> None:
    assert {rule for *_, rule in RANKED.values()} == set(RULES)


# --- support, denial, withdrawal ----------------------------------------------------------------


def retraction(word: str, of: str, **fields: Any) -> Recorded:
    return said(word, stance="retracted", answers=a_hash(of), **fields)


def test_what_was_retracted_no_longer_supports_but_stays_to_be_seen() -> None:
    folded = view([said("a", **HIGH), said("b", OTHER), retraction("r", "a")])
    assert folded.prevailing is not None
    assert folded.prevailing.value == {"date": OTHER}
    ((gone, rule),) = folded.passed_over
    assert rule == "withdrawn"
    assert [claim.id for claim in gone.withdrawn] == [a_hash("a")]
    assert not folded.contested


def test_a_superseded_claim_is_withdrawn_too() -> None:
    answer = said("b", OTHER, stance="superseded", answers=a_hash("a"))
    assert prevailing([said("a"), answer]) is None


def test_a_retraction_after_a_compromise_withdraws_nothing() -> None:
    assert prevailing([said("a"), retraction("r", "a", standing=UNCONFIRMED)]) is not None


def test_a_retraction_by_a_device_without_right_withdraws_nothing() -> None:
    assert prevailing([said("a"), retraction("r", "a", standing=REFUSED)]) is not None


def test_a_value_that_one_supports_and_one_denies_is_contested() -> None:
    folded = view([said("a"), said("b", stance="denied")])
    assert folded.contested
    assert folded.prevailing is not None
    assert [claim.id for claim in folded.prevailing.denied] == [a_hash("b")]


def test_a_value_that_is_only_denied_does_not_prevail() -> None:
    folded = view([said("b", stance="denied")])
    assert folded.prevailing is None
    assert [rule for _, rule in folded.passed_over] == ["denied"]
    assert not folded.contested


def test_what_a_device_without_right_said_is_left_out() -> None:
    assert fold([said("a", standing=REFUSED)], single) == {}


def test_claims_after_a_compromise_or_judged_improbable_confirm_nothing() -> None:
    doubts: list[dict[str, Any]] = [
        {"standing": UNCONFIRMED},
        {"credibility": 5},
        {"reliability": "E"},
        {"stance": "denied"},
    ]
    for doubt in doubts:
        best = view([said("a"), said("b", **doubt)]).prevailing
        assert best is not None
        assert best.sources == 1, doubt


def test_the_authors_behind_two_sources_make_them_one() -> None:
    records = [said("a"), said("b")]
    author = an_id("author")
    best = view(records, lambda entity: [author] if entity != author else []).prevailing
    assert best is not None
    assert not best.confirmed


# --- one value, two spellings; two values, one truth --------------------------------------------

SAME: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "a date with and without its words": (
        {"date": "2018"},
        {"date": "2018", "as": "in 2018"},
        True,
    ),
    "a term with and without a note": ({"term": "arson"}, {"term": "arson", "note": "n"}, True),
    "one place of the gazetteer under two names": (
        {"place": {"name": "Grozny", "id": "geonames:558418"}},
        {"place": {"name": "Соьлжа-ГӀала", "id": "geonames:558418"}},
        True,
    ),
    "two places without a number": (
        {"place": {"name": "Grozny"}},
        {"place": {"name": "Grozny", "precision": 3}},
        False,
    ),
    "a day and its month": ({"date": "2018-01-09"}, {"date": "2018-01"}, False),
    "a number with and without a unit": ({"number": "3"}, {"number": "3", "unit": "km"}, False),
    "values of a newer version": ({"aura": 1}, {"aura": 2}, False),
    "a value that is nothing but its words": ({"as": "x"}, {"as": "y"}, False),
    "a place that is none": ({"place": 7}, {"place": {"id": 7}}, False),
}


@pytest.mark.parametrize(("one", "other", "same"), SAME.values(), ids=SAME.keys())
def test_spelling_does_not_count_and_everything_else_does(
    one: dict[str, Any], other: dict[str, Any], same: bool
) -> None:
    assert (meaning(one) == meaning(other)) is same
    assert (len(view([said("a", value=one), said("b", value=other)]).values) == 1) is same


EXCLUDING: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "January and the 9th of it agree": ({"date": "2018-01"}, {"date": "2018-01-09"}, False),
    "the 22nd and about the 23rd agree": ({"date": "2018-01-22"}, {"date": "2018-01-23~"}, False),
    "two days exclude each other": ({"date": "2018-01-22"}, {"date": "2018-01-23"}, True),
    "three to five and five agree": ({"range": ["3", "5"]}, {"number": "5"}, False),
    "more than a hundred and ninety exclude each other": (
        {"range": ["101", None]},
        {"number": "90"},
        True,
    ),
    "two numbers exclude each other": ({"number": "3"}, {"number": "4"}, True),
    "two terms exclude each other": ({"term": "arson"}, {"term": "beating"}, True),
    "a date and a text exclude each other": ({"date": "2018"}, {"text": "x"}, True),
    "a date that is none agrees with nothing": ({"date": "x"}, {"date": "2018"}, True),
    "a date that is a list agrees with nothing": ({"date": []}, {"date": "2018"}, True),
    "a range that is none agrees with nothing": ({"range": 7}, {"number": "7"}, True),
    "a range of three ends agrees with nothing": (
        {"range": ["1", "2", "3"]},
        {"number": "2"},
        True,
    ),
}


@pytest.mark.parametrize(("one", "other", "excluding"), EXCLUDING.values(), ids=EXCLUDING.keys())
def test_two_values_exclude_each_other_or_agree(
    one: dict[str, Any], other: dict[str, Any], excluding: bool
) -> None:
    assert incompatible(one, other) is excluding
    assert incompatible(other, one) is excluding
    assert view([said("a", value=one), said("b", value=other)]).contested is excluding


def test_where_many_values_can_be_true_none_excludes_another() -> None:
    records = [said("a"), said("b", OTHER)]
    assert not fold(records, lambda schema, name: False)["startDate"].contested


# --- laws ---------------------------------------------------------------------------------------

POOL = [
    *EXAMPLE,
    *(entry for winning, losing, _ in RANKED.values() for entry in (*winning, *losing)),
    retraction("r1", "a"),
    retraction("r2", "b", standing=UNCONFIRMED),
    said("d", stance="denied"),
]
UNIQUE = list({record.id: record for record in POOL}.values())


@given(st.permutations(UNIQUE), st.integers(1, len(UNIQUE)))
def test_the_order_of_arrival_does_not_matter(records: list[Recorded], count: int) -> None:
    some = records[:count]
    assert fold(some, single) == fold(sorted(some, key=lambda r: r.id), single)


@given(st.sets(st.sampled_from(range(len(UNIQUE)))))
def test_nothing_is_lost(chosen: set[int]) -> None:
    records = [UNIQUE[n] for n in chosen]
    folded = fold(records, single)
    shown = {
        claim.id
        for value in (value for name in folded for value in folded[name].values)
        for claim in (*value.support, *value.denied, *value.withdrawn)
    }
    answers = {r.id for r in records if r.statement.stance == "retracted"}
    assert shown | answers == {r.id for r in records}
