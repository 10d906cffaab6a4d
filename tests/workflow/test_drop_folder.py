"""Whatever settles in a watched folder goes in once and whole; the folder stays as it was."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from unburnt.core.errors import MediumError, UsageError
from unburnt.crypto.passphrase import WEAK
from unburnt.evidence.intake import Original
from unburnt.workflow.drop_folder import DropFolder, Look
from unburnt.workflow.give_back import restore
from unburnt.workflow.keys import rotate
from unburnt.workflow.origin import Origin, origin_claims
from unburnt.workflow.people import found
from unburnt.workflow.session import Session

Random = Callable[[int], bytes]
Act = Callable[[], object]


@pytest.fixture
def session(tmp_path: Path, random_bytes: Random) -> Iterator[Session]:
    made = found(
        tmp_path / "archive", "heron", "office", "pass", ["cases"], cost=WEAK, random=random_bytes
    )
    with made:
        yield made


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    (folder / "phone").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"a page")
    return folder


def nothing() -> None:
    """Nobody touches the folder."""


def looked(session: Session, folder: Path, *acts: Act) -> list[Look]:
    """Watch a folder in which these things happen, each in one pause; return what looks did."""
    given, claims = origin_claims(
        session, session.compartment("cases"), Origin(None, "unknown", ("unknown",))
    )
    drop = DropFolder(session, folder, session.compartment("cases"), given.entity, claims)
    coming = iter(acts)

    def pause() -> None:
        next(coming)()

    return list(islice(drop.looks(pause), len(acts)))


def kept(looks: list[Look]) -> list[tuple[str, ...]]:
    return [look.kept for look in looks]


def originals(session: Session, tmp_path: Path) -> list[bytes]:
    report = restore(session, tmp_path / "out", session.compartment("cases"))
    assert report.problems == []
    return sorted(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())


def test_what_lies_still_is_taken_in_once(session: Session, inbox: Path, tmp_path: Path) -> None:
    (inbox / "phone" / "1.jpg").write_bytes(b"\xff\xd8 picture")
    before = {path: path.stat() for path in inbox.rglob("*")}
    looks = looked(session, inbox, nothing, nothing)
    assert kept(looks) == [("a.txt", "phone/1.jpg"), ()]
    assert originals(session, tmp_path) == [b"a page", b"\xff\xd8 picture"]
    after = {path: path.stat() for path in inbox.rglob("*")}
    assert {path: (s.st_mtime_ns, s.st_ino, s.st_size) for path, s in before.items()} == {
        path: (s.st_mtime_ns, s.st_ino, s.st_size) for path, s in after.items()
    }


def test_a_file_that_grows_waits_until_it_is_whole(
    session: Session, inbox: Path, tmp_path: Path
) -> None:
    film = inbox / "film.mp4"

    def grow() -> None:
        with film.open("ab") as file:
            file.write(b"more ")

    looks = looked(session, inbox, grow, grow, grow, nothing, nothing)
    assert kept(looks) == [("a.txt",), (), (), ("film.mp4",), ()]
    assert [look.unsettled for look in looks] == [1, 1, 1, 0, 0]
    assert originals(session, tmp_path) == [b"a page", b"more more more "]


def test_a_file_that_is_replaced_by_another_goes_in_too(
    session: Session, inbox: Path, tmp_path: Path
) -> None:
    def replace() -> None:
        old = (inbox / "a.txt").stat()
        (inbox / "new").write_bytes(b"A PAGE")
        os.utime(inbox / "new", ns=(old.st_atime_ns, old.st_mtime_ns))
        (inbox / "new").replace(inbox / "a.txt")

    looks = looked(session, inbox, nothing, replace, nothing)
    assert kept(looks) == [("a.txt",), (), ("a.txt",)]
    assert originals(session, tmp_path) == [b"A PAGE", b"a page"]


def test_a_file_that_changes_while_it_is_read_goes_in_when_it_has_settled(
    session: Session, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Original.read_into
    done: list[object] = []

    def changing(self: Original, room: memoryview) -> int:
        if not done:
            done.append((inbox / "a.txt").write_bytes(b"a page and more"))
        return real(self, room)

    monkeypatch.setattr(Original, "read_into", changing)
    looks = looked(session, inbox, nothing, nothing, nothing)
    assert kept(looks) == [(), (), ("a.txt",)]
    assert [[name for name, _ in look.left_out] for look in looks] == [["a.txt"], [], []]
    assert originals(session, tmp_path) == [b"a page and more"]


def test_an_unreadable_file_is_said_once_and_tried_again_when_it_changed(
    session: Session, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "b.txt").write_bytes(b"locked")
    real = os.open
    locked = [True]

    def refuse(path: str, flags: int, mode: int = 0o777) -> int:
        if str(path).endswith("/b.txt") and locked:
            raise PermissionError(13, "Permission denied")
        return real(path, flags, mode)

    def unlock() -> None:
        locked.clear()
        (inbox / "b.txt").chmod(0o400)

    monkeypatch.setattr(os, "open", refuse)
    looks = looked(session, inbox, nothing, nothing, unlock, nothing)
    assert kept(looks) == [("a.txt",), (), (), ("b.txt",)]
    assert [[name for name, _ in look.left_out] for look in looks] == [["b.txt"], [], [], []]


def test_a_link_is_said_once_and_never_followed(
    session: Session, inbox: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").write_bytes(b"outside")

    def link() -> None:
        (inbox / "link").symlink_to(tmp_path / "outside")

    looks = looked(session, inbox, link, nothing)
    assert kept(looks) == [("a.txt",), ()]
    assert [[name for name, _ in look.left_out] for look in looks] == [["link"], []]


@pytest.mark.parametrize("when", [1, 2])
def test_a_folder_that_vanishes_ends_the_watch_and_loses_nothing(
    session: Session, inbox: Path, tmp_path: Path, when: int
) -> None:
    acts = [*[nothing] * (when - 1), lambda: shutil.rmtree(inbox)]
    with pytest.raises(MediumError, match="not there"):
        looked(session, inbox, *acts)
    assert originals(session, tmp_path) == [b"a page"] * (when - 1)


def test_ctrl_c_loses_nothing_that_was_said(
    session: Session, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        looked(session, inbox, nothing, stop)
    (inbox / "b.txt").write_bytes(b"another")
    with monkeypatch.context() as stopped:
        stopped.setattr(Session, "say", stop)
        with pytest.raises(KeyboardInterrupt):
            looked(session, inbox, nothing)
    assert kept(looked(session, inbox, nothing)) == [("b.txt",)]
    assert originals(session, tmp_path) == [b"a page", b"another"]


def test_the_next_watch_reads_nothing_again(
    session: Session, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked(session, inbox, nothing)

    def refuse(*_: object) -> None:
        raise AssertionError("read")

    monkeypatch.setattr(Original, "__init__", refuse)
    assert kept(looked(session, inbox, nothing)) == [()]


def test_everything_of_one_watch_rests_on_one_origin(session: Session, inbox: Path) -> None:
    looked(session, inbox, nothing, lambda: (inbox / "b").write_bytes(b"b"), nothing)
    sources = {
        record.statement.source
        for records in session.index.of_entities(session.index.entities("Evidence")).values()
        for record in records
        if record.statement.property == "file"
    }
    assert len(sources) == 1
    assert sources == set(session.index.entities("Origin"))


def test_another_program_may_use_the_device_meanwhile(session: Session, inbox: Path) -> None:
    def speak() -> None:
        with Session.open(session.root, "pass") as other:
            looked(other, inbox, nothing)
        (inbox / "b").write_bytes(b"b")

    assert kept(looked(session, inbox, speak, nothing))[1] == ("b",)


def test_nothing_more_is_sealed_to_a_key_that_was_rotated(session: Session, inbox: Path) -> None:
    cases = session.compartment("cases")
    old = session.roster.current_epoch(cases)

    def renew() -> None:
        with Session.open(session.root, "pass") as other:
            rotate(other, cases)
        (inbox / "b").write_bytes(b"b")

    assert kept(looked(session, inbox, renew, nothing))[1] == ("b",)
    assert session.roster.current_epoch(cases) != old


@pytest.mark.parametrize("place", ["archive/objects", ".", "archive"])
def test_an_archive_never_watches_itself(session: Session, tmp_path: Path, place: str) -> None:
    with pytest.raises(UsageError, match="in each other"):
        looked(session, tmp_path / place)
