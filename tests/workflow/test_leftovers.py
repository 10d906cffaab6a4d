"""What a killed writer leaves open is known, told by health, and removed; nothing else is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workflow.test_custody import evidence
from tests.world import World
from unburnt.workflow import give_back, leftovers
from unburnt.workflow.health import health
from unburnt.workflow.session import Session

DIGEST = "ab" * 32


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Session]:
    with World(tmp_path / "world").found("office", ["cases"]) as session:
        yield session


def kill_while_writing(session: Session, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Note a place under the number of a process that is no more, as one that was killed did."""
    gone = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    gone.send_signal(signal.SIGKILL)
    gone.wait()
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: gone.pid)
        leftovers.begin(session, place)


def a_pack(folder: Path) -> Path:
    making = folder / ".case.part-71"
    (making / "data").mkdir(parents=True)
    (making / "data" / "E001.jpg").write_bytes(b"plain")
    return making


def a_restore(folder: Path) -> Path:
    (folder / f".{DIGEST}.part").write_bytes(b"plain")
    (folder / "done.jpg").write_bytes(b"asked for")
    return folder


def a_zip(folder: Path) -> Path:
    part = folder / ".case.zip.part-71"
    part.write_bytes(b"plain")
    return part


LEFT = {"a pack": a_pack, "a restoring": a_restore, "a ZIP file": a_zip}


@pytest.mark.parametrize("what", LEFT)
def test_what_was_left_is_told_and_removed(
    office: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    place = LEFT[what](out)
    assert leftovers.left(office) == []
    kill_while_writing(office, place, monkeypatch)
    assert leftovers.left(office) == [place]
    assert "left-open" in {finding.code for finding in health(office).findings}
    assert leftovers.remove(office) == (1, 0)
    assert [p.name for p in out.rglob("*") if p.is_file()] == ["done.jpg"] * (what == "a restoring")
    assert leftovers.left(office) == []
    assert "left-open" not in {finding.code for finding in health(office).findings}


def test_the_next_export_removes_what_the_last_one_left(
    office: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence(office, tmp_path, "cases", "one")
    (tmp_path / "out").mkdir()
    kill_while_writing(office, a_pack(tmp_path / "out"), monkeypatch)
    give_back.restore(office, tmp_path / "restored", office.compartment("cases"))
    assert list((tmp_path / "out").iterdir()) == []
    assert leftovers.left(office) == []


def test_a_stick_that_was_taken_out_stays_noted_until_it_is_back_or_forgotten(
    office: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    place = a_pack(stick)
    with monkeypatch.context() as patch:
        patch.setattr(leftovers, "_disk", lambda place: 1)  # a disk of its own
        kill_while_writing(office, place, patch)
    shutil.move(stick, tmp_path / "taken out")
    stick.mkdir()
    assert leftovers.remove(office) == (0, 1)
    assert leftovers.left(office) == [place]
    stick.rmdir()
    shutil.move(tmp_path / "taken out", stick)
    assert leftovers.remove(office) == (1, 0)
    assert not place.exists()
    with monkeypatch.context() as patch:
        patch.setattr(leftovers, "_disk", lambda place: 1)
        kill_while_writing(office, place, patch)
    assert leftovers.remove(office) == (0, 1)
    assert leftovers.remove(office, forget=True) == (0, 0)
    assert leftovers.left(office) == []


def test_what_is_being_written_is_left_alone(office: Session, tmp_path: Path) -> None:
    with leftovers.writing(office, a_pack(tmp_path)):
        assert leftovers.left(office) == []
        assert leftovers.remove(office) == (0, 0)
        assert (tmp_path / ".case.part-71").is_dir()


def test_after_a_day_a_number_is_another_process(office: Session, tmp_path: Path) -> None:
    office.clock = lambda: "2026-01-09T14:00:00Z"
    leftovers.begin(office, a_pack(tmp_path))
    office.clock = lambda: "2026-01-10T14:00:01Z"
    assert leftovers.remove(office) == (1, 0)


def test_a_link_in_the_place_of_a_pack_leads_nowhere(
    office: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "file").write_bytes(b"mine")
    (tmp_path / ".case.part-71").symlink_to(tmp_path / "own")
    kill_while_writing(office, tmp_path / ".case.part-71", monkeypatch)
    assert leftovers.remove(office) == (1, 0)
    assert (tmp_path / "own" / "file").is_file()
