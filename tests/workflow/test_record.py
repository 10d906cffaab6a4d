"""Recording a page: strict about its shape, exact about what it says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.crypto.passphrase import WEAK
from unburnt.workflow.people import found
from unburnt.workflow.record import load_case, record_case
from unburnt.workflow.session import Session

PAGE = """
entities:
  act: {schema: Act, compartment: cases}
  note: {schema: Evidence, compartment: cases}
statements:
  - {entity: act, property: startDate, value: {date: "2018-01-22"}, source: note,
     stance: reported, reliability: B, credibility: 3, compartment: cases, id: first,
     locator: {line: 4}}
  - {entity: note, property: file, value: {file: note.txt}, source: note, stance: asserted,
     compartment: cases}
  - {entity: act, property: numberOfVictims, value: {range: ["3", null]}, source: note,
     stance: alleged, attribution: [note], compartment: cases}
  - {entity: act, property: startDate, value: {date: "2018-01-22"}, source: note,
     stance: retracted, answers: first, compartment: cases}
"""

BROKEN = {
    "a line about nobody": (
        "entity: act, property: startDate",
        "entity: ghost, property: startDate",
    ),
    "a source nobody knows": (
        "source: note,\n     stance: alleged",
        "source: ghost,\n     stance: alleged",
    ),
    "an attribution nobody knows": ("attribution: [note]", "attribution: [ghost]"),
    "an attribution that is a word": ("attribution: [note]", "attribution: note"),
    "a grade in words": ("credibility: 3", "credibility: possibly"),
    "an answer to nothing": ("answers: first", "answers: second"),
    "a key that is not known": ("reliability: B", "reliabilty: B"),
    "a value that is a word": ("value: {file: note.txt}", "value: note.txt"),
    "a part too many": ("statements:", "more: {}\nstatements:"),
    "an id that is none": (
        "{schema: Act, compartment: cases}",
        "{schema: Act, compartment: cases, id: x}",
    ),
}


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with found(tmp_path / "a", "heron", "desktop", "pass", ["cases"], cost=WEAK) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "note.txt").write_text("what was said")
    return tmp_path / "files"


def test_a_page_is_recorded_as_it_stands(session: Session, folder: Path) -> None:
    case = load_case(PAGE, os.urandom)
    said = record_case(session, case, folder)
    act = {
        r.statement.stance: r.statement for r in session.index.of_entity(case.entities["act"].id)
    }
    assert set(act) == {"reported", "alleged", "retracted"}
    assert act["reported"].credibility == 3
    assert act["reported"].locator == {"line": 4}
    assert act["alleged"].value == {"range": ["3", None]}
    assert act["retracted"].answers == said["first"]
    ((_, file),) = session.index.files(session.compartment("cases"))
    assert file["file"]["size"] == len("what was said")


def test_only_chosen_lines_are_recorded_and_names_are_kept(session: Session, folder: Path) -> None:
    case = load_case(PAGE, os.urandom)
    said = record_case(session, case, folder, lambda line: line.answers is None)
    assert session.index.count() == 3
    record_case(session, case, folder, lambda line: line.answers is not None, said)
    assert session.index.answers_to(said["first"])


@pytest.mark.parametrize(("right", "wrong"), BROKEN.values(), ids=BROKEN.keys())
def test_a_page_is_refused_with(right: str, wrong: str) -> None:
    assert right in PAGE
    with pytest.raises(ForeignDataError):
        load_case(PAGE.replace(right, wrong, 1), os.urandom)


UNFIT = {
    "a value of the wrong kind": ('{range: ["3", null]}', "{flag: true}"),
    "a stance nobody takes": ("stance: retracted", "stance: regretted"),
    "a typed credibility of 1": ("credibility: 3", "credibility: 1"),
    "a reliability beyond F": ("reliability: B", "reliability: G"),
    "a compartment that is not there": (
        "attribution: [note], compartment: cases",
        "compartment: x",
    ),
    "a file outside the folder": ("note.txt", "../a/ARCHIVE"),
}


@pytest.mark.parametrize(("right", "wrong"), UNFIT.values(), ids=UNFIT.keys())
def test_nothing_at_all_is_written_when_one_line_has(
    session: Session, folder: Path, right: str, wrong: str
) -> None:
    assert right in PAGE
    before = set(session.backend.names("objects/"))
    case = load_case(PAGE.replace(right, wrong, 1), os.urandom)
    with pytest.raises(UsageError):
        record_case(session, case, folder)
    assert session.index.count() == 0
    assert set(session.backend.names("objects/")) == before


def test_files_need_a_folder(session: Session) -> None:
    with pytest.raises(UsageError):
        record_case(session, load_case(PAGE, os.urandom))
