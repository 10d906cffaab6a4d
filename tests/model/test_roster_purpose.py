"""What a compartment is for: said by anyone with authority, by its label, ended only by enough."""

from __future__ import annotations

import pytest

from tests.model.roster_world import AT, CASES, GULL, HERON, TERN, Branch, Machine, an_id, settled
from unburnt.core.errors import UsageError
from unburnt.model import roster_write as write
from unburnt.model.roster_ops import Purpose


def say(branch: Branch, purpose: Purpose, *by: Machine, compartment: str = CASES) -> None:
    text = write.set_purpose(branch.roster, compartment, purpose, at=AT, random=branch.random)
    branch.publish(text, *(by or (HERON,)))


def label(branch: Branch, name: str, words: str) -> str:
    draw = branch.random
    branch.publish(write.set_compartment(branch.roster, an_id(name), words, at=AT, random=draw))
    return an_id(name)


def test_a_compartment_is_for_nothing_until_it_is_said_and_the_digest_stays() -> None:
    roster = settled().roster
    assert roster.purposes(CASES) == frozenset()
    assert "purposes" not in roster.summary()


def test_a_label_in_any_language_may_be_for_sources() -> None:
    trunk = settled()
    circle = label(trunk, "birds", "источники")
    assert trunk.roster.purposes(circle) == frozenset()
    say(trunk, "sources", compartment=circle)
    assert trunk.roster.purposes(circle) == {"sources"}
    assert trunk.roster.summary()["purposes"] == {circle: ["sources"]}


@pytest.mark.parametrize("words", ["sources", "Staff", " SOURCES "])
def test_the_label_of_an_older_archive_says_it(words: str) -> None:
    trunk = settled()
    circle = label(trunk, "old", words)
    assert trunk.roster.purposes(circle) == {words.strip().casefold()}


def test_a_new_label_takes_nothing_away() -> None:
    trunk = settled()
    circle = label(trunk, "old", "sources")
    label(trunk, "old", "birds")
    assert trunk.roster.purposes(circle) == {"sources"}


def test_one_admin_protects_but_ending_it_takes_as_many_as_any_change() -> None:
    trunk = settled(2, 1)
    say(trunk, "sources")
    assert trunk.roster.purposes(CASES) == {"sources"}
    say(trunk, "none")
    assert trunk.roster.purposes(CASES) == {"sources"}
    assert [pending.missing for pending in trunk.roster.pending] == [1]
    say(trunk, "none", HERON, TERN)
    assert trunk.roster.purposes(CASES) == frozenset()


def test_a_second_purpose_does_not_replace_the_first() -> None:
    trunk = settled(2, 1)
    say(trunk, "sources")
    say(trunk, "staff")
    assert trunk.roster.purposes(CASES) == {"sources", "staff"}


def test_what_an_end_had_not_seen_stands() -> None:
    trunk = settled(2, 1)
    say(trunk, "staff")
    other = trunk.branch("other")
    say(trunk, "none", HERON, TERN)
    say(other, "sources", GULL)
    trunk.take(other.files)
    assert trunk.roster.purposes(CASES) == {"sources"}


def test_an_unknown_compartment_or_purpose_is_refused_at_once() -> None:
    trunk = settled()
    with pytest.raises(UsageError):
        say(trunk, "sources", compartment=an_id("nowhere"))
    with pytest.raises(UsageError):
        say(trunk, "police")  # type: ignore[arg-type]
