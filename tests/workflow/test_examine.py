"""Evidence is examined once, wholly, and what could not be examined is said."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.evidence import media_files as files
from unburnt.core.errors import UsageError
from unburnt.crypto.passphrase import WEAK
from unburnt.evidence.examiner import Examiner
from unburnt.evidence.findings import Derived, Report
from unburnt.evidence.members import MAX_MEMBERS
from unburnt.model import file_name, values
from unburnt.workflow import examine as examining
from unburnt.workflow import withdrawal
from unburnt.workflow.examine import Examined, examine
from unburnt.workflow.examined_claims import Found, difference, outcome
from unburnt.workflow.facts import facts, near_duplicates
from unburnt.workflow.give_back import restore, verify
from unburnt.workflow.people import found
from unburnt.workflow.session import Session
from unburnt.workflow.take_in import take_in

pytestmark = pytest.mark.slow  # starts a process for each

Random = Callable[[int], bytes]


@pytest.fixture
def session(tmp_path: Path, random_bytes: Random) -> Iterator[Session]:
    made = found(
        tmp_path / "archive", "heron", "office", "pass", ["cases"], cost=WEAK, random=random_bytes
    )
    with made:
        yield made


@pytest.fixture(scope="module")
def examiner() -> Iterator[Examiner]:
    with Examiner() as made:
        yield made


@pytest.fixture
def run(session: Session, examiner: Examiner, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(examiner, "close", lambda: None)  # one child for all tests
    return lambda *ids, **options: examine(session, ids or None, start=lambda: examiner, **options)


Run = Callable[..., Examined]


def taken(session: Session, folder: Path, content: dict[str, bytes]) -> dict[str, str]:
    """Take in files; returns their entities by name."""
    for name, data in content.items():
        (folder / name).write_bytes(data)
    report = take_in(session, [folder], session.compartment("cases"), session.member)
    named = {entity: session.index.of_entity(entity)[0].statement for entity in report.entities}
    return {file_name.of(said)["name"]: entity for entity, said in named.items()}


def said(session: Session, entity: str) -> dict[str, Any]:
    """What is said of a piece, by property: values without their tags."""
    return {
        one.statement.property: one.statement.value[values.kind(one.statement.value)]
        for one in session.index.of_entity(entity)
    }


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def test_a_picture_is_examined_once_and_its_thumbnail_registered(
    session: Session, stick: Path, run: Run
) -> None:
    photo = files.with_exif(files.exif_with_time())
    (entity,) = taken(session, stick, {"photo.txt": photo}).values()
    assert said(session, entity)["file"]["type"] == "image/jpeg"
    report = run()
    assert (report.examined, report.skipped, report.derived, report.failures) == (1, 0, 1, [])
    known = said(session, entity)
    assert known["mimeType"] == "image/jpeg"
    assert known["capturedAt"] == "2018-01-22T21:15:07"
    assert known["examination"] == "examined"
    told = facts(session, entity)
    own = [one for one in told.said if one.statement.property != "file"]
    assert all(one.statement.source == entity for one in own if one.statement.locator)
    (thumbnail,) = told.derived
    made = said(session, thumbnail)
    assert made["derivedFrom"] == entity
    assert made["captureKind"] == "derived-copy"
    assert made["captureTool"].startswith("pillow ")
    assert "without metadata" in made["operations"]
    again = run()
    assert (again.examined, again.skipped) == (0, 1)


def test_a_thumbnail_has_a_key_of_its_own_and_ends_with_its_picture(
    session: Session, stick: Path, run: Run
) -> None:
    withdrawal.mark_withdrawable(session, session.compartment("cases"))
    (entity,) = taken(session, stick, {"a.png": files.picture("PNG")}).values()
    run()
    (thumbnail,) = facts(session, entity).derived
    wished = withdrawal.plan(session, [entity])
    assert wished.evidence == (entity, thumbnail)
    assert (len(wished.keys), wished.staying) == (2, ())


def test_examining_again_makes_no_second_thumbnail(session: Session, stick: Path, run: Run) -> None:
    (entity,) = taken(session, stick, {"a.png": files.picture("PNG")}).values()
    run()
    assert run(entity, again=True).derived == 0
    assert len(facts(session, entity).derived) == 1


def test_pictures_that_look_alike_are_found(session: Session, stick: Path, run: Run) -> None:
    content = {
        "large.png": files.picture("PNG", (320, 240), 5),
        "small.jpg": files.picture("JPEG", (160, 120), 5),
        "other.png": files.picture("PNG", (320, 240), 6),
    }
    entities = taken(session, stick, content)
    with pytest.raises(UsageError, match="not examined yet"):
        near_duplicates(session, entities["large.png"])
    run()
    ((bits, other),) = near_duplicates(session, entities["large.png"])
    assert other == entities["small.jpg"]
    assert bits <= 4


def test_members_of_archives_are_evidence_and_come_back_inside_the_folder(
    session: Session, stick: Path, run: Run, tmp_path: Path
) -> None:
    deepest = files.zipped({"x.txt": b"too deep"})
    inner = files.zipped({"third.zip": deepest, "deep.txt": b"deep"})
    archive = files.zipped({"../../up.txt": b"up", "in.zip": inner})
    entities = taken(session, stick, {"stick.zip": archive})
    report = run()
    assert report.members == 4
    assert [(step, why) for _, step, why in report.failures] == [
        ("members", "It is an archive inside 2 others; it is kept unopened.")
    ]
    told = facts(session, entities["stick.zip"])
    assert len(told.derived) == 2
    assert {said(session, one)["captureKind"] for one in told.derived} == {"archive-member"}
    assert session.index.find("deep", 5)
    out = tmp_path / "out"
    assert restore(session, out, session.compartment("cases")).problems == []
    written = {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()}
    assert "stick.zip.members/up.txt" in written
    assert not (tmp_path / "up.txt").exists()
    assert verify(session).problems == []


def test_of_a_bomb_nothing_is_taken_and_the_reason_is_recorded(
    session: Session, stick: Path, run: Run
) -> None:
    bomb = files.zipped({"harmless.txt": b"x", "bomb": bytes(20 << 20)})
    (entity,) = taken(session, stick, {"a.zip": bomb}).values()
    report = run()
    assert report.members == 0
    assert facts(session, entity).derived == ()
    (last,) = (o for o in facts(session, entity).said if o.statement.property == "examination")
    assert last.statement.value["term"] == "not-examined"
    assert "250 times" in last.statement.value["note"]


def test_one_file_that_cannot_be_read_stops_no_other(
    session: Session, stick: Path, run: Run
) -> None:
    content = {"a.png": files.png(50_000, 50_000, b"x"), "b.png": files.picture("PNG")}
    entities = taken(session, stick, content)
    report = run()
    assert report.examined == 2
    assert {entity for entity, _, _ in report.failures} == {entities["a.png"]}
    assert said(session, entities["b.png"])["examination"] == "examined"


class Dying(Examiner):
    """A real examiner whose child is killed before one step."""

    def ask(self, step: str, kind: str, start: int = 0, anchors: str | None = None) -> Report:
        if step == "look" and self.child is not None:
            os.kill(self.child, signal.SIGKILL)
        return super().ask(step, kind, start, anchors)


def test_a_child_killed_in_the_middle_is_a_failure_of_that_step_alone(
    session: Session, stick: Path
) -> None:
    (entity,) = taken(session, stick, {"a.png": files.picture("PNG")}).values()
    report = examine(session, start=Dying)
    assert [step for _, step, _ in report.failures] == ["look"]
    known = said(session, entity)
    assert known["examination"] == "partly-examined"
    assert known["width"] == "64"
    assert "contentCredentials" in known


class TakenOver(Examiner):
    """A real examiner whose child was taken over by an archive: it has members without end."""

    def ask(self, step: str, kind: str, start: int = 0, anchors: str | None = None) -> Report:
        report = super().ask(step, kind, start, anchors)
        if step != "members" or start == MAX_MEMBERS:
            return report
        made = Derived("member", "text/plain", "a", "x", "x", size=40 * 2**20, data=b"%d" % start)
        return Report(derived=(made,), next=start + 1)


def test_a_child_that_was_taken_over_cannot_fill_the_disk(session: Session, stick: Path) -> None:
    taken(session, stick, {"a.zip": files.zipped({"a.txt": b"words"})})
    report = examine(session, start=TakenOver)
    assert report.members == 12
    why = "Its members are more than were listed; the rest is left out."
    assert ("members", why) in {(step, why) for _, step, why in report.failures}


def test_archives_in_an_archive_cannot_promise_files_without_end(
    session: Session, stick: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examining, "MAX_ALL", 8)
    inner = [files.zipped({f"{n}{m}.txt": b"%d%d" % (n, m) for m in range(3)}) for n in range(3)]
    outer = files.zipped({f"{n}.zip": data for n, data in enumerate(inner)})
    taken(session, stick, {"outer.zip": outer})
    for again in (False, True):  # what came out in an earlier run counts as well
        report = run(again=again)
        assert report.members == (0 if again else 6)
        whys = [why for _, step, why in report.failures if step == "members"]
        assert len(whys) == 2
        assert all("more than 8 files" in why for why in whys)


class Stopping(Examiner):
    """A real examiner during whose second file the person presses Ctrl-C."""

    files = 0

    def ask(self, step: str, kind: str, start: int = 0, anchors: str | None = None) -> Report:
        self.files += step == "kind"
        if self.files == 2:
            raise KeyboardInterrupt
        return super().ask(step, kind, start, anchors)


def test_a_run_that_is_stopped_keeps_what_is_whole_and_goes_on_later(
    session: Session, stick: Path, run: Run
) -> None:
    taken(session, stick, {f"{n}.png": files.picture("PNG", seed=n) for n in range(3)})
    with pytest.raises(KeyboardInterrupt):
        examine(session, start=Stopping)
    report = run()
    assert (report.examined, report.skipped) == (2, 1)
    assert verify(session).originals == 6


def test_an_object_that_is_not_here_is_told_and_not_recorded(
    session: Session, stick: Path, run: Run
) -> None:
    (entity,) = taken(session, stick, {"a.png": files.picture("PNG")}).values()
    name = said(session, entity)["file"]["object"]
    (gone,) = (session.root / "objects").rglob(name)
    kept = gone.read_bytes()
    gone.unlink()
    assert run().failures
    assert "examination" not in said(session, entity)
    gone.write_bytes(kept)
    assert run().failures == []
    assert said(session, entity)["examination"] == "examined"


DIFFERENCES = {
    "with a zone it is a number": (
        {"date": "2018-01-22T21:15:07+03:00"},
        {"number": "53", "unit": "s"},
    ),
    "without one it is a range": (
        {"date": "2018-01-22T18:15:00"},
        {"range": ["-43140", "50460"], "unit": "s"},
    ),
    "a clock ahead is negative": (
        {"date": "2018-01-22T18:17:00Z"},
        {"number": "-60", "unit": "s"},
    ),
    "a day alone is none": ({"date": "2018-01-22"}, None),
    "midnight at the end of a day is none": ({"date": "2018-01-22T24:00:00"}, None),
}


@pytest.mark.parametrize(("captured", "expected"), DIFFERENCES.values(), ids=DIFFERENCES.keys())
def test_the_camera_clock_against_receipt(
    captured: dict[str, Any], expected: dict[str, Any] | None
) -> None:
    assert difference("2018-01-22T18:16:00Z", captured) == expected


def test_an_examination_without_failures_needs_no_note() -> None:
    assert outcome(Found()) == {"term": "examined"}
