"""A stick that is not in is no copy: its empty folder is neither made nor filled unasked."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from unburnt.core.errors import MediumError
from unburnt.core.ids import new_id
from unburnt.crypto.passphrase import WEAK
from unburnt.workflow import people
from unburnt.workflow.exchange import add_site, check_site, sites, sync
from unburnt.workflow.health import health
from unburnt.workflow.session import Claim, Session
from unburnt.workflow.sites import remember

PASSPHRASE = "correct horse battery staple"
ELSEWHERE = {"operator": "us", "building": "Rose 4", "jurisdiction": "GE", "payer": "us"}
DISKS = [Path(name) for name in ("/dev/shm", "/tmp", "/var/tmp") if Path(name).is_dir()]  # noqa: S108


def another_disk(place: Path) -> Path:
    """Return a folder on another disk than `place`."""
    for disk in DISKS:
        if disk.stat().st_dev != place.stat().st_dev and os.access(disk, os.W_OK):
            return disk
    pytest.skip("there is only one disk here to put a stick on")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """An archive with one entry."""
    root = tmp_path / "office"
    with people.found(root, "heron", "office", PASSPHRASE, ["cases"], cost=WEAK) as session:
        person = new_id(os.urandom)
        value = {"text": "Rowan"}
        circle = session.compartment("cases")
        session.say([Claim(person, "Person", "name", value, person, circle)])
        yield session


@pytest.fixture
def stick(session: Session, tmp_path: Path) -> Path:
    """A folder that was synced and found green."""
    folder = tmp_path / "stick"
    add_site(session, "stick", folder, ELSEWHERE, make=True)
    sync(session, "stick")
    assert check_site(session, "stick").green
    return folder


def pull_out(stick: Path) -> None:
    """Leave the empty folder that a stick leaves behind."""
    shutil.rmtree(stick)
    stick.mkdir()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def lose_everything(stick: Path) -> None:
    pull_out(stick)


def lose_the_name_of_the_archive(stick: Path) -> None:
    (stick / "ARCHIVE").unlink()


LOSSES = {
    "the stick is not in": lose_everything,
    "only ARCHIVE is gone": lose_the_name_of_the_archive,
}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES.keys())
def test_nothing_is_written_where_a_copy_was(lose: object, session: Session, stick: Path) -> None:
    assert callable(lose)
    lose(stick)
    before, known = files(stick), sites(session)["stick"]
    with pytest.raises(MediumError, match=r"holds nothing .* Is the stick in\?"):
        sync(session, "stick")
    assert files(stick) == before
    assert sites(session)["stick"] == known


def test_a_check_of_the_empty_folder_is_red_and_no_copy_for_health(
    session: Session, stick: Path
) -> None:
    assert _counted(session) == 1
    pull_out(stick)
    with pytest.raises(MediumError):
        sync(session, "stick")
    assert {problem.code for problem in check_site(session, "stick").problems} == {"empty"}
    assert _counted(session) == 0


def test_a_new_copy_begins_when_somebody_says_so_and_is_remembered_as_new(
    session: Session, stick: Path
) -> None:
    pull_out(stick)
    done = sync(session, "stick", begin_again=True)
    assert done.pushed.entries == 1
    known = sites(session)["stick"]
    assert known.begun_again_at is not None
    assert (known.checked_at, known.check) == (None, None)  # the old check is not that of this copy
    assert _counted(session) == 0
    assert check_site(session, "stick").green
    assert sites(session)["stick"].begun_again_at == known.begun_again_at
    sync(session, "stick")


def test_a_copy_that_is_there_is_not_begun_again(session: Session, stick: Path) -> None:
    known = sites(session)["stick"]
    assert sync(session, "stick", begin_again=True).pushed.entries == 0
    after = sites(session)["stick"]
    assert (after.begun_again_at, after.check) == (None, known.check)


def test_a_folder_is_made_only_when_asked_for(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "media" / "stick"
    folder.parent.mkdir()
    with pytest.raises(MediumError, match="no such folder"):
        add_site(session, "stick", folder, {})
    assert not folder.exists()
    assert sites(session) == {}
    add_site(session, "stick", folder, {}, make=True)
    assert folder.is_dir()


def test_a_site_that_was_never_synced_may_be_empty(session: Session, tmp_path: Path) -> None:
    add_site(session, "stick", tmp_path / "stick", {}, make=True)
    check_site(session, "stick")
    assert sync(session, "stick").pushed.entries == 1


def test_a_folder_on_this_disk_is_not_the_stick_that_was_added(
    session: Session, tmp_path: Path
) -> None:
    mounted = tmp_path / "media"
    with tempfile.TemporaryDirectory(dir=another_disk(tmp_path)) as other:
        mounted.symlink_to(other)
        add_site(session, "stick", Path(other), {})
        assert sites(session)["stick"].other_disk
    # What is left at the place of a stick that was never synced: a folder of this disk.
    remember(session, "stick", {"path": str(tmp_path / "left")})
    (tmp_path / "left").mkdir()
    for act in (sync, check_site):
        with pytest.raises(MediumError, match="own disk"):
            act(session, "stick")
    assert files(tmp_path / "left") == []
    add_site(session, "stick", tmp_path / "left", {})
    assert sync(session, "stick").pushed.entries == 1


def _counted(session: Session) -> int:
    found = {finding.code: finding for finding in health(session).findings}
    copies = found.get("copies") or found["too-few-copies"]
    return int(str(copies.values["copies"]))
