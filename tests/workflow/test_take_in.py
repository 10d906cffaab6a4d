"""A folder goes in and comes back the same, whatever its names, and however often it is cut."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from unburnt.core.errors import MediumError, UsageError
from unburnt.crypto.passphrase import WEAK
from unburnt.evidence.intake import Intake, Original
from unburnt.storage import objects
from unburnt.workflow.give_back import Opened, restore, verify
from unburnt.workflow.people import found
from unburnt.workflow.session import Claim, Session
from unburnt.workflow.take_in import Taken, take_in

Random = Callable[[int], bytes]


@pytest.fixture
def session(tmp_path: Path, random_bytes: Random) -> Iterator[Session]:
    made = found(
        tmp_path / "archive", "heron", "office", "pass", ["cases"], cost=WEAK, random=random_bytes
    )
    with made:
        yield made


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    (folder / "DCIM" / "deep").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"a page of text " * 50)
    (folder / "DCIM" / "1.jpg").write_bytes(b"\xff\xd8 picture")
    (folder / "DCIM" / "deep" / "copy.jpg").write_bytes(b"\xff\xd8 picture")
    (folder / "empty").write_bytes(b"")
    return folder


def taken(session: Session, *paths: Path) -> Taken:
    return take_in(session, paths, session.compartment("cases"), session.member)


def given(session: Session, target: Path) -> Opened:
    return restore(session, target, session.compartment("cases"))


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_folder_comes_back_as_it_was(session: Session, stick: Path, tmp_path: Path) -> None:
    os.utime(stick / "a.txt", (1_516_612_210, 1_516_612_210))
    report = taken(session, stick)
    assert (report.new, report.held, report.unchanged, report.left_out) == (3, 1, 0, [])
    assert len(set(report.entities)) == 4
    opened = given(session, tmp_path / "out")
    assert (opened.originals, opened.problems) == (4, [])
    assert tree(tmp_path / "out") == tree(stick)
    assert (tmp_path / "out" / "a.txt").stat().st_mtime == 1_516_612_210
    assert verify(session).originals == 4


def test_taking_in_again_reads_nothing(
    session: Session, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken(session, stick)

    def refuse(*_: object) -> None:
        raise AssertionError("read")

    monkeypatch.setattr(Original, "__init__", refuse)
    monkeypatch.setattr(Intake, "finish", lambda self: [])
    before = session.journal.tip(session.device).size
    report = taken(session, stick)
    assert (report.new, report.held, report.unchanged) == (0, 0, 4)
    assert session.journal.tip(session.device).size == before


def test_only_what_changed_is_taken_in_again(session: Session, stick: Path) -> None:
    taken(session, stick)
    (stick / "a.txt").write_bytes(b"another page")
    (stick / "new").write_bytes(b"new")
    report = taken(session, stick)
    assert (report.new, report.unchanged) == (2, 3)


def test_the_same_bytes_from_elsewhere_are_not_stored_again(
    session: Session, stick: Path, tmp_path: Path
) -> None:
    taken(session, stick)
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.txt").write_bytes((stick / "a.txt").read_bytes())
    report = taken(session, other)
    assert (report.new, report.held, len(report.entities)) == (0, 1, 1)


def test_one_file_is_taken_in_by_itself(session: Session, stick: Path, tmp_path: Path) -> None:
    report = taken(session, stick / "a.txt")
    assert (report.new, report.left_out) == (1, [])
    given(session, tmp_path / "out")
    assert list(tree(tmp_path / "out")) == ["a.txt"]


def test_a_folder_named_from_within_it_is_known_again(
    session: Session, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(stick)
    assert taken(session, Path()).new == 3
    assert taken(session, Path("../stick")).unchanged + taken(session, stick).unchanged == 8


def test_links_pipes_and_what_is_not_there_are_left_out(
    session: Session, stick: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").write_bytes(b"outside")
    (stick / "link").symlink_to(tmp_path / "outside")
    (stick / "folder link").symlink_to(tmp_path)
    os.mkfifo(stick / "pipe")
    report = taken(session, stick, stick / "nothing", stick / "link")
    left = sorted(Path(path).name for path, _ in report.left_out)
    assert left == ["folder link", "link", "link", "nothing", "pipe"]
    assert report.new == 3


def test_a_file_that_goes_away_meanwhile_is_left_out(
    session: Session, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Original.__init__

    def vanish(self: Original, path: str) -> None:
        if path.endswith("/1.jpg"):
            Path(path).unlink()
        real(self, path)

    monkeypatch.setattr(Original, "__init__", vanish)
    report = taken(session, stick)
    assert [Path(path).name for path, _ in report.left_out] == ["1.jpg"]
    assert report.new == 3


NAMES: dict[str, bytes] = {
    "no UTF-8": b"\xff\xfe caf\xe9",
    "a line feed and a command to the terminal": b"a\n\x1b[2J",
    "right to left override": "gpj.\u202eexe".encode(),
    "an embedding that is not closed": "a\u2067b".encode(),
    "not composed": "e\u0301".encode(),
    "forty marks on one letter": ("a" + "\u0301" * 40).encode(),
    "a name of 255 bytes": b"n" * 255,
    "blanks": b" ",
    "Chechen": "Соьлжа-ГӀала".encode(),
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_any_name_goes_in_and_its_bytes_come_back(
    session: Session, tmp_path: Path, name: bytes
) -> None:
    folder = tmp_path / "strange"
    folder.mkdir()
    (folder / os.fsdecode(name)).write_bytes(b"content")
    assert taken(session, folder).new == 1
    assert taken(session, folder).unchanged == 1
    assert given(session, tmp_path / "out").problems == []
    assert list(tree(tmp_path / "out").values()) == [b"content"]


def test_a_path_beyond_what_can_be_recorded_goes_in(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    place = folder.joinpath(*["д" * 60] * 12)
    place.mkdir(parents=True)
    (place / "last").write_bytes(b"content")
    assert taken(session, folder).new == 1
    ((_, value),) = session.index.files(session.compartment("cases"))
    assert len(value["file"]["name"].encode()) <= 1024
    assert value["file"]["name"].endswith("/last")
    given(session, tmp_path / "out")
    assert list(tree(tmp_path / "out").values()) == [b"content"]


def test_among_many_each_is_known_again(session: Session, tmp_path: Path) -> None:
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        for number in range(300):
            (tmp_path / folder / f"{number}").write_bytes(b"page %d" % number)
    (tmp_path / "second" / "new").write_bytes(b"one more")
    taken(session, tmp_path / "first")
    report = taken(session, tmp_path / "second")
    assert (report.new, report.held) == (1, 300)


@pytest.mark.parametrize("size", [100, 5 * 2**20], ids=["small", "large"])
def test_what_does_not_read_back_as_it_was_written_is_not_signed_for(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    (tmp_path / "original").write_bytes(os.urandom(size))

    def spoilt(writer: Any, data: Any) -> int:
        view = memoryview(data)
        writer.digest.update(view)
        writer.size += len(view)
        writer.draft.write(bytes(view[:-1]) + bytes([view[-1] ^ 1]))
        return len(view)

    before = session.journal.tip(session.device).size
    with monkeypatch.context() as broken:
        broken.setattr(objects._HashingWriter, "write", spoilt)  # memory or disk lets go
        with pytest.raises(MediumError, match="read back"):
            taken(session, tmp_path / "original")
    assert session.journal.tip(session.device).size == before
    assert taken(session, tmp_path / "original").new == 1
    assert given(session, tmp_path / "out").problems == []


# --- cut in the middle --------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["say", "remember"])
def test_cut_and_repeated_it_says_everything_once(
    session: Session, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def cut(*_: object) -> None:
        raise MediumError("The power went.", "Repeat.")

    with monkeypatch.context() as broken:
        target = Session if where == "say" else type(session.index)
        broken.setattr(target, "say" if where == "say" else "remember_files", cut)
        with pytest.raises(MediumError):
            taken(session, stick)
    taken(session, stick)
    assert taken(session, stick).unchanged == 4
    assert len(session.index.files(session.compartment("cases"))) == 4
    given(session, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(stick)


def test_restoring_twice_changes_nothing(session: Session, stick: Path, tmp_path: Path) -> None:
    taken(session, stick)
    given(session, tmp_path / "out")
    (tmp_path / "out" / "a.txt").unlink()
    assert given(session, tmp_path / "out").problems == []
    assert tree(tmp_path / "out") == tree(stick)


def test_nothing_that_is_there_is_overwritten(
    session: Session, stick: Path, tmp_path: Path
) -> None:
    taken(session, stick)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.txt").write_bytes(b"mine")
    assert given(session, tmp_path / "out").problems == []
    back = tree(tmp_path / "out")
    assert back["a.txt"] == b"mine"
    assert (stick / "a.txt").read_bytes() in back.values()


# --- what a hostile member may have recorded ----------------------------------------------------


def say_file(session: Session, like: dict[str, Any], **changed: object) -> None:
    session.say(
        [
            Claim(
                entity=session.member,
                schema="Evidence",
                property="file",
                value={"file": {**like, **changed}},
                source=session.member,
                compartment=session.compartment("cases"),
            )
        ]
    )


LEADING_OUT = [
    "../out2/x",
    "/etc/x",
    "a/../../x",
    "..",
    ".",
    "/",
    "//x",
    "../../../../x",
    "a.txt/x",
]


@pytest.mark.parametrize("name", LEADING_OUT)
def test_no_recorded_name_leads_out_of_the_target(
    session: Session, stick: Path, tmp_path: Path, name: str
) -> None:
    taken(session, stick / "a.txt")
    ((_, value),) = session.index.files(session.compartment("cases"))
    say_file(session, value["file"], name=name)
    before = {path for path in tmp_path.rglob("*") if "archive" not in path.parts}
    target = tmp_path / "target"
    assert given(session, target).problems == []
    after = {path for path in tmp_path.rglob("*") if "archive" not in path.parts}
    assert all(path == target or target in path.parents for path in after - before)
    assert set(tree(target).values()) == {(stick / "a.txt").read_bytes()}


def test_a_link_in_the_target_leads_nowhere(session: Session, stick: Path, tmp_path: Path) -> None:
    taken(session, stick)
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / "DCIM").symlink_to(tmp_path / "elsewhere")
    assert given(session, tmp_path / "out").problems == []
    assert tree(tmp_path / "elsewhere") == {}
    assert b"\xff\xd8 picture" in tree(tmp_path / "out").values()


def test_one_false_statement_keeps_no_other_original_back(
    session: Session, stick: Path, tmp_path: Path
) -> None:
    taken(session, stick)
    known = session.index.files(session.compartment("cases"))[0][1]["file"]
    say_file(session, known, sha256="0" * 64)
    say_file(session, known, object="0" * 64)
    opened = given(session, tmp_path / "out")
    assert (opened.originals, len(opened.problems)) == (4, 2)
    assert tree(tmp_path / "out") == tree(stick)
    assert len(verify(session).problems) == 2


def test_a_damaged_object_is_told_and_nothing_of_it_is_written(
    session: Session, stick: Path, tmp_path: Path
) -> None:
    taken(session, stick)
    known = session.index.files(session.compartment("cases"))[0][1]["file"]
    path = session.root / "objects" / known["object"][:2] / known["object"]
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)
    opened = given(session, tmp_path / "out")
    assert opened.originals == 0
    assert opened.problems
    assert not (tmp_path / "out").exists() or tree(tmp_path / "out") == {}


def test_a_large_original_comes_back_in_pieces(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "film.mp4").write_bytes(os.urandom(2**20) * 25)
    assert taken(session, folder).new == 1
    assert given(session, tmp_path / "out").problems == []
    assert tree(tmp_path / "out") == tree(folder)
    assert verify(session).originals == 1


def test_who_may_not_write_takes_nothing_in(
    session: Session, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError):
        take_in(session, [stick], session.member, session.member)
