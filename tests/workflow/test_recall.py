"""Reading the demonstration case back: order, hearsay, both sides, and what is kept apart."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from unburnt.core.errors import UsageError
from unburnt.crypto.passphrase import WEAK
from unburnt.model.chronology import Happening, Heading
from unburnt.workflow.people import found
from unburnt.workflow.recall import chronology, entity_view, to_value
from unburnt.workflow.record import Case, load_case, record_case
from unburnt.workflow.session import Session

FOLDER = Path(__file__).resolve().parents[2] / "demo" / "winter_2018"


@pytest.fixture(scope="module")
def case() -> Case:
    return load_case((FOLDER / "case.yaml").read_text(encoding="utf-8"), os.urandom)


@pytest.fixture(scope="module")
def session(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """An archive that holds all of the case."""
    yield from opened(case, tmp_path_factory.mktemp("all") / "a", {"cases", "sources", "staff"})


@pytest.fixture(scope="module")
def narrow(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """An archive that holds what a reader of `cases` alone sees."""
    yield from opened(case, tmp_path_factory.mktemp("cases") / "a", {"cases"})


def opened(case: Case, root: Path, compartments: set[str]) -> Iterator[Session]:
    with found(root, "heron", "desktop", "pass", sorted(compartments), cost=WEAK) as session:
        record_case(session, case, FOLDER / "evidence", lambda x: x.compartment in compartments)
        yield session


def heading(happening: Happening, name: str) -> Heading:
    return next(found for found in happening.headings if found.property == name)


def test_events_stand_in_the_order_of_their_dates(session: Session) -> None:
    told = chronology(session, "en")
    assert [h.date for h in told[:3]] == ["2017", "20 December 2017", "23 December 2017"]
    assert told[-1].date == "28 January 2018"
    assert [h.title for h in told].index("Arrest of Oyub Titiev") < [h.title for h in told].index(
        "Arson of Memorial's office in Nazran"
    )


def test_acts_are_told_below_their_event(session: Session) -> None:
    (arrest,) = [h for h in chronology(session, "en") if h.title == "Arrest of Oyub Titiev"]
    assert [part.title for part in arrest.parts] == [
        "Planting of evidence: Oyub Titiev",
        "Arrest: Oyub Titiev",
    ]
    assert arrest.contested


def test_both_sides_of_the_drugs_stand_under_one_heading(session: Session, case: Case) -> None:
    drugs = heading(entity_view(session, case.entities["act-arrest"].id, "en"), "x-drugs-found")
    (value,) = drugs.values
    assert drugs.contested
    assert [(v.according_to, v.stance) for v in value.voices] == [("Police in Chechnya", "alleges")]
    assert [(v.according_to, v.stance) for v in value.denied] == [("Memorial", "DENIES")]


def test_hearsay_is_told_to_its_end_and_counts_as_one_voice(session: Session, case: Case) -> None:
    (value,) = heading(entity_view(session, case.entities["act-car"].id, "en"), "type").values
    assert value.sources == 1
    assert "not confirmed" in value.standing
    assert any(
        v.according_to.endswith("Memorial, who had it from Birch, who had it from Rowan")
        for v in value.voices
    )


def test_two_independent_sources_confirm(session: Session, case: Case) -> None:
    (value,) = heading(
        entity_view(session, case.entities["event-purge"].id, "en"), "detained"
    ).values
    assert value.text == "at least 101 (“more than 100 arrested”)"
    assert value.standing == "confirmed by 2 independent sources"


def test_what_was_taken_back_is_shown_as_such(session: Session, case: Case) -> None:
    dates = heading(entity_view(session, case.entities["act-car"].id, "en"), "startDate")
    assert [bool(value.voices) for value in dates.values] == [True, False]
    assert dates.values[1].withdrawn[0].withdrawn


def test_names_of_another_compartment_are_kept_apart(narrow: Session) -> None:
    shown = json.dumps(to_value(chronology(narrow, "en")), ensure_ascii=False)
    assert "a person whose name is kept apart [" in shown
    assert "Rowan" not in shown
    assert "Birch" not in shown


def test_the_same_is_told_in_russian(session: Session, case: Case) -> None:
    view = entity_view(session, case.entities["act-car"].id, "ru")
    shown = json.dumps(view.to_value(), ensure_ascii=False)
    assert "22 января 2018" in shown
    assert "Мемориал, со слов: Birch, со слов: Rowan" in shown


def test_nothing_readable_is_an_error(narrow: Session, case: Case) -> None:
    with pytest.raises(UsageError):
        entity_view(narrow, case.entities["neighbour"].id, "en")
