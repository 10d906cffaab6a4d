"""A bundle is a plain tar for everybody, and taken whole or refused whole by us."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stock import stock
from unburnt.core.errors import ForeignDataError, MediumError, UsageError
from unburnt.storage.names import (
    RECOVERY,
    checkpoint_name,
    entry_name,
    key_name,
    object_name,
)
from unburnt.storage.ustar import filling, header
from unburnt.sync import members
from unburnt.sync.bundle import BundleBackend, BundleWriter

DEVICE = "mfrggzdfmztwq2lknnwg23tpoa"


def named(data: bytes) -> str:
    return object_name(hashlib.sha256(data).hexdigest())


ENTRY = entry_name(DEVICE, 0)
BLOBS = {
    named(b"one"): b"one",
    named(bytes(1500)): bytes(1500),
    key_name("a" * 26, RECOVERY, "0" * 64): b"grant",
    key_name("a" * 26, DEVICE, "0" * 64): b"",
    ENTRY: b"entry",
    checkpoint_name(DEVICE, 1): b"checkpoint",
}


def write(path: Path, blobs: dict[str, bytes]) -> bytes:
    with BundleWriter(path) as writer:
        for name, data in blobs.items():
            assert writer.put(name, data)
    return path.read_bytes()


Parts = list[tuple[str, bytes]]


def end_of(parts: Parts) -> bytes:
    lines = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in parts)
    return (
        f"unburnt/bundle/v1\nmembers {len(parts)}\nbytes {sum(len(data) for _, data in parts)}\n"
        f"sha256 {hashlib.sha256(lines.encode()).hexdigest()}\n"
    ).encode()


def build(parts: Parts, end: bytes | None = None) -> bytes:
    """Write a bundle by hand: any names, in any order, with an honest `END` unless one is given."""
    tar = b""
    for name, data in [*parts, ("END", end_of(parts) if end is None else end)]:
        tar += header(name, len(data)) + data + filling(len(data))
    return tar + bytes(1024)


@pytest.fixture
def bundle(tmp_path: Path) -> tuple[Path, bytes]:
    path = tmp_path / "courier.unburnt"
    return path, write(path, BLOBS)


def refuse(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(ForeignDataError):
        BundleBackend(path)


# For everybody


def test_the_bytes_are_those_of_the_specification(bundle: tuple[Path, bytes]) -> None:
    assert bundle[1] == build(list(BLOBS.items()))


@pytest.mark.stock
def test_stock_tools_list_unpack_and_check_it(bundle: tuple[Path, bytes], tmp_path: Path) -> None:
    path = bundle[0]
    listed = subprocess.run([stock("tar"), "tf", path], capture_output=True, text=True, check=True)
    assert listed.stderr == ""
    assert listed.stdout.split() == [*BLOBS, "END"]
    stock("sha256sum")
    (tmp_path / "out").mkdir()
    by_hand = (
        "tar xf ../courier.unburnt && tar tf ../courier.unburnt | grep -v '^END$'"
        " | xargs sha256sum | sha256sum | cut -d ' ' -f 1 | sed 's/^/sha256 /' | grep -x -f - END"
    )
    subprocess.run(["sh", "-c", by_hand], cwd=tmp_path / "out", check=True, capture_output=True)
    for name, data in BLOBS.items():
        assert (tmp_path / "out" / name).read_bytes() == data


# Damage


@pytest.mark.slow
def test_every_byte_counts(bundle: tuple[Path, bytes]) -> None:
    path, whole = bundle
    for at in range(0, len(whole), 7):
        data = bytearray(whole)
        data[at] ^= 1 << (at % 8)
        refuse(path, bytes(data))


def test_every_cut_is_noticed(bundle: tuple[Path, bytes]) -> None:
    path, whole = bundle
    for end in [*range(0, len(whole), 512), *range(1, len(whole), 499), len(whole) - 1]:
        refuse(path, whole[:end])


@settings(max_examples=60)
@given(data=st.data())
def test_no_mutation_is_taken_and_none_raises_anything_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "mutated.unburnt"
    whole = build(list(BLOBS.items()))
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 2000)))
    again = data.draw(st.sampled_from([b"", whole[:512], whole[512:1024], bytes(512)]))
    mutated = whole[:start] + data.draw(st.binary(max_size=50)) + again + whole[end:]
    if mutated != whole:
        refuse(path, mutated)


@settings(max_examples=60)
@given(data=st.binary(max_size=3000))
def test_random_bytes_are_no_bundle(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    refuse(tmp_path_factory.getbasetemp() / "random.unburnt", data)


def _tar(format_: int, **fields: object) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=format_) as tar:
        info = tarfile.TarInfo(ENTRY)
        for key, value in fields.items():
            setattr(info, key, value)
        tar.addfile(info, io.BytesIO(bytes(info.size)))
    return file.getvalue()


TWO: Parts = [(ENTRY, b"entry"), (named(b"one"), b"one")]
HOSTILE: dict[str, bytes] = {
    "nothing at all": b"",
    "an empty tar": bytes(10240),
    "a tar of a stock tool": _tar(tarfile.USTAR_FORMAT, size=5),
    "a tar with extended headers": _tar(tarfile.PAX_FORMAT, size=5, pax_headers={"path": "../x"}),
    "a link": _tar(tarfile.USTAR_FORMAT, type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "a device": _tar(tarfile.USTAR_FORMAT, type=tarfile.CHRTYPE),
    "a folder": _tar(tarfile.USTAR_FORMAT, type=tarfile.DIRTYPE),
    "a name that leaves the site": build([("../../etc/passwd", b"x")]),
    "a name that no site holds": build([("readme.txt", b"x")]),
    "an object in the wrong folder": build([(f"objects/00/{'f' * 64}", b"x")]),
    "one name twice": build([(ENTRY, b"entry"), (ENTRY, b"entry")]),
    "one name twice with other bytes": build([(ENTRY, b"entry"), (ENTRY, b"other")]),
    "an end in the middle": build([("END", end_of([])), *TWO]),
    "no end": build(TWO)[:2048] + bytes(1024),
    "nothing behind the end": build(TWO)[:-1024],
    "an end that counts fewer": build(TWO, end_of(TWO[:1])),
    "an end that counts more": build(TWO[:1], end_of(TWO)),
    "an end for another order": build(TWO, end_of(TWO[::-1])),
    "an end for other bytes": build(TWO, end_of([TWO[0], (TWO[1][0], b"two")])),
    "an end for other names": build(TWO, end_of([TWO[0], (named(b"two"), b"one")])),
    "an end with a line more": build(TWO, end_of(TWO) + b"comment hello\n"),
    "an end without its last line feed": build(TWO, end_of(TWO)[:-1]),
    "an end in Windows spelling": build(TWO, end_of(TWO).replace(b"\n", b"\r\n")),
    "an end of spaces": build(TWO, b" " * len(end_of(TWO))),
    "an end of 4 GB": header("END", 2**32) + bytes(2048),
    "a member larger than the file": header(ENTRY, 5000) + bytes(2048),
    "a member of 8 exabytes": header(ENTRY, 2**63 - 1) + bytes(2048),
    "one block more behind the end": build(TWO) + bytes(512),
    "a second bundle behind the end": build(TWO) * 2,
    "something in the filling": build(TWO)[:1023] + b"x" + build(TWO)[1024:],
}


def test_what_the_hostile_ones_are_made_of_is_sound(tmp_path: Path) -> None:
    (tmp_path / "two.unburnt").write_bytes(build(TWO))
    assert list(BundleBackend(tmp_path / "two.unburnt").names()) == [ENTRY, named(b"one")]


@pytest.mark.parametrize("data", HOSTILE.values(), ids=list(HOSTILE))
def test_what_is_no_bundle_is_refused_as_a_whole(tmp_path: Path, data: bytes) -> None:
    refuse(tmp_path / "hostile.unburnt", data)


def test_nothing_is_read_from_a_bundle_that_changed_after_it_was_judged(
    bundle: tuple[Path, bytes],
) -> None:
    path, whole = bundle
    backend = BundleBackend(path)
    path.write_bytes(whole.replace(b"entry", b"other"))
    os.utime(path, (0, 0))
    with pytest.raises(MediumError, match="changed"):
        backend.get(ENTRY, 100)
    path.unlink()
    with pytest.raises(MediumError):
        backend.get(ENTRY, 100)


def test_a_bundle_that_is_not_there_is_the_fault_of_the_medium(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.unburnt", tmp_path):
        with pytest.raises(MediumError):
            BundleBackend(path)


def test_too_many_members_are_refused(
    bundle: tuple[Path, bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(members, "MAX_MEMBERS", len(BLOBS))
    assert list(BundleBackend(bundle[0]).names()) == sorted(BLOBS)
    monkeypatch.setattr(members, "MAX_MEMBERS", len(BLOBS) - 1)
    with pytest.raises(ForeignDataError):
        BundleBackend(bundle[0])


# Writing


def test_an_empty_bundle_is_a_bundle(tmp_path: Path) -> None:
    assert write(tmp_path / "empty.unburnt", {}) == build([])
    assert list(BundleBackend(tmp_path / "empty.unburnt").names()) == []


def test_a_draft_becomes_a_member_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "courier.unburnt"
    with BundleWriter(path) as writer:
        for name, data in BLOBS.items():
            with writer.draft() as abandoned:
                abandoned.write(b"never mind" * 1000)
            with writer.draft() as draft:
                draft.write(data[:2])
                draft.write(data[2:])
                assert draft.commit(name)
            with writer.draft() as late:
                late.write(b"other bytes")
                assert not late.commit(name)
    assert path.read_bytes() == build(list(BLOBS.items()))


def test_only_one_draft_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "courier.unburnt"
    with BundleWriter(path) as writer:
        with writer.draft() as draft:
            draft.write(b"one")
            with pytest.raises(UsageError, match="one draft"):
                writer.put(ENTRY, b"entry")
            with pytest.raises(UsageError, match="one draft"):
                writer.draft().__enter__()
            assert draft.commit(named(b"one"))
        assert writer.put(ENTRY, b"entry")
    assert path.read_bytes() == build([(named(b"one"), b"one"), (ENTRY, b"entry")])


def test_there_is_no_bundle_before_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "courier.unburnt"
    with BundleWriter(path) as writer:
        writer.put(ENTRY, b"entry")
        writer.flush()
        assert not path.exists()
    assert [found.name for found in tmp_path.iterdir()] == ["courier.unburnt"]
    with pytest.raises(UsageError):
        writer.put(named(b"one"), b"one")


def _break_off(path: Path) -> None:
    with BundleWriter(path) as writer:
        writer.put(ENTRY, b"entry")
        raise KeyboardInterrupt


def test_a_bundle_that_was_broken_off_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _break_off(tmp_path / "courier.unburnt")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "courier.unburnt"
    path.write_bytes(b"precious")
    with pytest.raises(UsageError, match="is there already"):
        BundleWriter(path)
    path.unlink()
    writer = BundleWriter(path)
    path.write_bytes(b"precious")  # meanwhile
    with pytest.raises(UsageError, match="is there already"):
        writer.close()
    assert path.read_bytes() == b"precious"
    assert [found.name for found in tmp_path.iterdir()] == ["courier.unburnt"]


def test_a_name_without_room_for_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unburnt.sync.bundle.MAX_MEMBERS", 1)
    path = tmp_path / "courier.unburnt"
    with BundleWriter(path) as writer:
        assert writer.put(ENTRY, b"entry")
        with pytest.raises(UsageError, match="takes nothing more"):
            writer.put(named(b"one"), b"one")
        with pytest.raises(UsageError, match="takes nothing more"):
            writer.draft().__enter__()
    assert path.read_bytes() == build([(ENTRY, b"entry")])


class FullFile(io.FileIO):
    """A file on a disk that takes `room` more bytes."""

    room = 10**9

    def write(self, data: object) -> int:
        view = memoryview(data)  # type: ignore[arg-type]  # any buffer
        if FullFile.room == 0:
            raise OSError(errno.ENOSPC, "full")
        count = super().write(view[: FullFile.room])
        FullFile.room -= count
        return count


def _put(writer: BundleWriter, name: str, data: bytes) -> bool:
    return writer.put(name, data)


def _draft(writer: BundleWriter, name: str, data: bytes) -> bool:
    with writer.draft() as draft:
        draft.write(data)
        return draft.commit(name)


@pytest.mark.parametrize("add", [_put, _draft])
@pytest.mark.parametrize("room", [0, 100, 600, 1600, 2047])
def test_what_did_not_fit_leaves_no_trace_in_the_bundle(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    room: int,
    add: Callable[[BundleWriter, str, bytes], bool],
) -> None:
    path = tmp_path / "courier.unburnt"
    monkeypatch.setattr("unburnt.sync.bundle.io.FileIO", FullFile)
    with BundleWriter(path) as writer:
        assert writer.put(ENTRY, b"entry")
        monkeypatch.setattr(FullFile, "room", room)
        with pytest.raises(MediumError, match="is full"):
            add(writer, named(bytes(1500)), bytes(1500))
        monkeypatch.setattr(FullFile, "room", 10**9)
        assert not writer.exists(named(bytes(1500)))
        assert writer.put(named(b"one"), b"one")
    assert path.read_bytes() == build([(ENTRY, b"entry"), (named(b"one"), b"one")])


# The frozen example of docs/spec/sites.md

VECTOR = Path(__file__).parents[1] / "vectors" / "bundle" / "whole.unburnt"
EXAMPLE = [
    (named(b"a sealed object\n"), b"a sealed object\n"),
    (
        key_name("a" * 26, RECOVERY, hashlib.sha256(b"a sealed grant\n").hexdigest()),
        b"a sealed grant\n",
    ),
    (ENTRY, b"a signed entry\n"),
    (checkpoint_name(DEVICE, 1), b"a signed checkpoint\n"),
]


def test_the_frozen_example_is_still_read_and_written(tmp_path: Path) -> None:
    backend = BundleBackend(VECTOR)
    assert {name: backend.get(name, 100) for name in backend.names()} == dict(EXAMPLE)
    assert write(tmp_path / "again.unburnt", dict(EXAMPLE)) == VECTOR.read_bytes()


@pytest.mark.stock
def test_the_specification_shows_the_frozen_example() -> None:
    page = (Path(__file__).parents[2] / "docs" / "spec" / "sites.md").read_text(encoding="utf-8")
    listed = subprocess.run(
        [stock("tar"), "tf", VECTOR], capture_output=True, text=True, check=True
    )
    assert len(listed.stdout.split()) == 5
    for name in listed.stdout.split():
        assert f" 1970-01-01 00:00 {name}\n" in page
    assert end_of(EXAMPLE).decode() in page
    assert hashlib.sha256(VECTOR.read_bytes()).hexdigest() in page
    assert f"{len(VECTOR.read_bytes()):,} bytes long" in page
