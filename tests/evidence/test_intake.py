"""Originals are read once, kept byte for byte, and what is wrong with one harms no other."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from unburnt.core.errors import MediumError, UnburntError
from unburnt.crypto.sealing import Identity
from unburnt.evidence import intake as module
from unburnt.evidence.intake import Intake, Kept, LeftOut, Original
from unburnt.storage import objects, pack
from unburnt.storage.memory import MemoryBackend, named_by_hash
from unburnt.storage.objects import Sealed

IDENTITY = Identity.from_secret(hashlib.sha256(b"epoch").digest())


@pytest.fixture(autouse=True)
def small_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SMALL", 2000)
    monkeypatch.setattr(module, "PACK", 6000)


@pytest.fixture
def backend() -> MemoryBackend:
    return MemoryBackend(named_by_hash)


def files(folder: Path, *contents: bytes) -> list[Path]:
    paths = [folder / f"{n}" for n in range(len(contents))]
    for path, data in zip(paths, contents, strict=True):
        path.write_bytes(data)
    return paths


def taken(intake: Intake, paths: list[Path]) -> list[Kept | LeftOut]:
    return [*(one for path in paths for one in intake.take(str(path))), *intake.finish()]


def bytes_of(backend: MemoryBackend, kept: Kept) -> bytes:
    members = objects.open_pack(backend, kept.object.name, [IDENTITY])
    return members[kept.sha256] if kept.sha256 in members else members[pack.ORIGINAL]


def name(kept: Kept) -> str:
    return Path(kept.path).name


def noise(seed: str, size: int) -> bytes:
    return hashlib.shake_256(seed.encode()).digest(size)


def test_every_original_comes_back_as_it_was(tmp_path: Path, backend: MemoryBackend) -> None:
    sizes = (0, 1, 511, 1999, 2000, 2001, 5000, 70_000)
    contents = [*(noise(str(n), n) for n in sizes), b"text " * 300, b"text " * 3000]
    kept = taken(Intake(backend, IDENTITY.recipient), files(tmp_path, *contents))
    assert all(isinstance(one, Kept) for one in kept)
    found = {name(one): bytes_of(backend, one) for one in kept if isinstance(one, Kept)}
    assert found == {str(n): data for n, data in enumerate(contents)}
    for one in kept:
        assert isinstance(one, Kept)
        assert one.sha256 == hashlib.sha256(contents[int(name(one))]).hexdigest()
        assert one.size == len(contents[int(name(one))])
        assert one.new


def test_small_originals_share_packs_and_large_ones_do_not(
    tmp_path: Path, backend: MemoryBackend
) -> None:
    contents = [noise(str(n), 1000) for n in range(12)] + [noise("large", 3000)]
    kept = taken(Intake(backend, IDENTITY.recipient), files(tmp_path, *contents))
    assert len({one.object for one in kept if isinstance(one, Kept)}) == 4


def test_nothing_lies_in_clear(tmp_path: Path, backend: MemoryBackend) -> None:
    contents = [b"a name that nobody may read", noise("x", 3000)]
    taken(Intake(backend, IDENTITY.recipient), files(tmp_path, *contents))
    for blob in backend.blobs.values():
        assert all(data[:24] not in blob for data in contents)


def test_the_same_bytes_are_stored_once(tmp_path: Path, backend: MemoryBackend) -> None:
    intake = Intake(backend, IDENTITY.recipient)
    kept = [k for k in taken(intake, files(tmp_path, b"a", b"a", b"b")) if isinstance(k, Kept)]
    assert [one.new for one in kept] == [True, False, True]
    assert len(backend.blobs) == 1
    members = objects.open_pack(backend, kept[0].object.name, [IDENTITY])
    assert len(members) == 2


@pytest.mark.parametrize("size", [10, 5000], ids=["small", "large"])
def test_what_is_held_already_is_not_stored_again(
    tmp_path: Path, backend: MemoryBackend, size: int
) -> None:
    elsewhere = Sealed("0" * 64, 4096)
    intake = Intake(backend, IDENTITY.recipient, lambda digest: elsewhere)
    (kept,) = taken(intake, files(tmp_path, noise("x", size)))
    assert isinstance(kept, Kept)
    assert (kept.object, kept.new) == (elsewhere, False)
    assert not backend.blobs


def unreadable(path: Path) -> None:
    path.unlink()


def a_link(path: Path) -> None:
    path.rename(path.with_name("real"))
    path.symlink_to("real")


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


SPOILT: dict[str, Callable[[Path], None]] = {
    "a file that is not there": unreadable,
    "a link": a_link,
    "a pipe that nobody writes to": a_pipe,
    "a folder": a_folder,
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_what_is_no_file_is_left_out_alone(
    tmp_path: Path, backend: MemoryBackend, spoil: Callable[[Path], None]
) -> None:
    paths = files(tmp_path, b"before", b"spoilt", b"after")
    spoil(paths[1])
    kept = taken(Intake(backend, IDENTITY.recipient), paths)
    assert [one.path for one in kept if isinstance(one, LeftOut)] == [str(paths[1])]
    assert [one.path for one in kept if isinstance(one, Kept)] == [str(paths[0]), str(paths[2])]


CHANGES: dict[str, Callable[[Path], object]] = {
    "grew": lambda path: path.write_bytes(path.read_bytes() + b"more"),
    "shrank": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "was emptied": lambda path: path.write_bytes(b""),
    "was rewritten": lambda path: os.utime(path, ns=(1, 1)),
}


@pytest.mark.parametrize("size", [1000, 300_000], ids=["small", "large"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_file_that_changes_while_it_is_read_is_left_out(
    tmp_path: Path,
    backend: MemoryBackend,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path], object],
    size: int,
) -> None:
    paths = files(tmp_path, b"before", noise("x", size), b"after")
    inode = paths[1].stat().st_ino
    done: list[object] = []

    def changing(real: Callable[[int, Any], Any]) -> Callable[[int, Any], Any]:
        def read(descriptor: int, how: object) -> object:
            if os.fstat(descriptor).st_ino == inode and not done:
                done.append(change(paths[1]))
            return real(descriptor, how)

        return read

    for reading in ("read", "readv"):
        monkeypatch.setattr(os, reading, changing(getattr(os, reading)))
    kept = taken(Intake(backend, IDENTITY.recipient), paths)
    assert done
    (left,) = [one for one in kept if isinstance(one, LeftOut)]
    assert (left.path, "changed" in left.error.message) == (str(paths[1]), True)
    assert len([one for one in kept if isinstance(one, Kept)]) == 2


@pytest.mark.parametrize("size", [1000, 5000], ids=["small", "large"])
def test_a_medium_that_fails_while_it_is_read_leaves_out_that_file(
    tmp_path: Path, backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    (path,) = files(tmp_path, noise("x", size))

    def read(descriptor: int, how: object) -> bytes:
        raise OSError(5, "Input/output error")

    for reading in ("read", "readv"):
        monkeypatch.setattr(os, reading, read)
    (left,) = taken(Intake(backend, IDENTITY.recipient), [path])
    assert isinstance(left, LeftOut)
    assert isinstance(left.error, MediumError)
    assert not backend.blobs


@pytest.mark.parametrize("size", [10, 5000], ids=["small", "large"])
def test_a_full_archive_is_an_error_and_leaves_out_no_file_silently(
    tmp_path: Path, size: int
) -> None:
    def full(*_: object) -> None:
        raise MediumError("The disk is full.", "Make room.")

    intake = Intake(MemoryBackend(full), IDENTITY.recipient)
    with pytest.raises(MediumError, match="full"):
        taken(intake, files(tmp_path, noise("x", size)))


def test_a_file_that_never_ends_is_not_read_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = files(tmp_path, noise("x", 5000))
    monkeypatch.setattr(os, "read", lambda descriptor, length: bytes(length))

    def chunks() -> Iterator[bytes]:
        with Original(str(path)) as original:
            yield from original.chunks()

    with pytest.raises(UnburntError, match="changed"):
        list(chunks())


def test_an_original_is_never_written_to(tmp_path: Path, backend: MemoryBackend) -> None:
    (path,) = files(tmp_path, b"original")
    path.chmod(0o400)
    before = path.stat()
    taken(Intake(backend, IDENTITY.recipient), [path])
    after = path.stat()
    assert (before.st_mtime_ns, before.st_ino, before.st_mode) == (
        after.st_mtime_ns,
        after.st_ino,
        after.st_mode,
    )
    assert path.read_bytes() == b"original"
