"""What comes through a pipe is kept byte for byte, and never lies in clear anywhere."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest

from unburnt.core.errors import MediumError, UsageError
from unburnt.crypto.sealing import Identity
from unburnt.evidence import intake as intakes
from unburnt.evidence import piped as module
from unburnt.evidence.intake import Intake, Kept
from unburnt.evidence.piped import Piped
from unburnt.storage import objects, pack
from unburnt.storage.memory import MemoryBackend, named_by_hash

Random = Callable[[int], bytes]
IDENTITY = Identity.from_secret(hashlib.sha256(b"epoch").digest())


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE", 2000)
    monkeypatch.setattr(intakes, "SMALL", 2000)


@pytest.fixture
def aside(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every file that was put aside."""
    made: list[Any] = []
    real = tempfile.TemporaryFile

    def remembered(*arguments: Any, **named: Any) -> IO[bytes]:
        made.append(real(*arguments, **named))
        return made[-1]  # type: ignore[no-any-return]

    monkeypatch.setattr(tempfile, "TemporaryFile", remembered)
    return made


class Trickle(io.RawIOBase):
    """A pipe that gives a few bytes at a time, as pipes do."""

    def __init__(self, data: bytes) -> None:
        self.left = data

    def read(self, size: int = -1) -> bytes:
        given, self.left = self.left[: min(size, 700)], self.left[min(size, 700) :]
        return given


def noise(size: int) -> bytes:
    return hashlib.shake_256(b"%d" % size).digest(size)


@pytest.mark.parametrize("size", [1, 1999, 2000, 2001, 4000, 70_001])
def test_any_length_comes_back_as_it_was(size: int, tmp_path: Path, random_bytes: Random) -> None:
    backend = MemoryBackend(named_by_hash)
    intake = Intake(backend, IDENTITY.recipient)
    with Piped(Trickle(noise(size)), "n", tmp_path, random_bytes) as piped:  # type: ignore[arg-type]
        (one,) = [*intake.take_open(piped), *intake.finish()]
    assert isinstance(one, Kept)
    assert (one.size, one.sha256, one.is_file) == (
        size,
        hashlib.sha256(noise(size)).hexdigest(),
        False,
    )
    members = objects.open_pack(backend, one.object.name, [IDENTITY])
    assert members.get(one.sha256, members.get(pack.ORIGINAL)) == noise(size)


def test_nothing_lies_in_clear_and_no_name_is_left(
    tmp_path: Path, random_bytes: Random, aside: list[Any]
) -> None:
    text = b"a name that nobody may read. " * 1000
    with Piped(io.BytesIO(text), "n", tmp_path, random_bytes) as piped:
        (file,) = aside
        file.seek(0)
        put = file.read()
        assert len(put) > len(text)
        assert b"a name that nobody" not in put
        assert list(tmp_path.iterdir()) == []
        assert b"".join(piped.chunks()) == text
    assert file.closed


def test_what_is_short_never_touches_the_disk(
    tmp_path: Path, random_bytes: Random, aside: list[Any]
) -> None:
    with Piped(io.BytesIO(b"short"), "n", tmp_path, random_bytes):
        assert aside == []


def swapped(data: bytes, half: int) -> bytes:
    return data[half : 2 * half] + data[:half] + data[2 * half :]


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "a bit turned": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    "cut": lambda data: data[:-1],
    "gone": lambda data: b"",
    "two pieces changed places": lambda data: swapped(data, len(data) // 3),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_what_did_not_come_back_as_it_was_is_not_kept(
    tmp_path: Path, random_bytes: Random, aside: list[Any], spoil: Callable[[bytes], bytes]
) -> None:
    backend = MemoryBackend(named_by_hash)
    with Piped(io.BytesIO(noise(6000)), "n", tmp_path, random_bytes) as piped:
        (file,) = aside
        file.seek(0)
        data = spoil(file.read())
        file.seek(0)
        file.truncate()
        file.write(data)
        with pytest.raises(MediumError, match="put aside"):
            list(Intake(backend, IDENTITY.recipient).take_open(piped))
    assert not backend.blobs


def test_an_empty_pipe_is_refused(tmp_path: Path, random_bytes: Random) -> None:
    with pytest.raises(UsageError, match="Nothing came"):
        Piped(io.BytesIO(b""), "n", tmp_path, random_bytes)


class Broken(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= 2500:
            raise OSError(5, "Input/output error")
        return super().read(min(size or 0, 500))


def test_a_pipe_that_breaks_is_an_error_and_leaves_nothing(
    tmp_path: Path, random_bytes: Random, aside: list[Any]
) -> None:
    with pytest.raises(MediumError, match="pipe"):
        Piped(Broken(noise(5000)), "n", tmp_path, random_bytes)
    assert all(file.closed for file in aside)


def test_a_disk_without_room_is_an_error(
    tmp_path: Path, random_bytes: Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(MediumError, match="no room"):
        Piped(io.BytesIO(noise(5000)), "n", tmp_path, random_bytes)
