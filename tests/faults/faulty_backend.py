"""A site on which things go wrong: crashes at the n-th write, full disks, rollback, tampering.

    world = FaultyBackend(MemoryBackend(), cut=3, mode="lost")
    with pytest.raises(Cut):
        journey(world)                     # the power goes at its third write
    world.reopen()                         # what a restarted machine finds
    assert audit(world)

Without a fault it behaves as the backend it wraps, and `writes` tells what a journey writes and in
which order; so a crash table is `for cut in range(1, len(world.writes) + 1)`.

What the n-th write (a put, a commit, a mend, a destroy, a flush with work to do) leaves behind:

    mode    the n-th write         earlier writes not yet flushed    the caller
    before  is not there           are there                         sees Cut
    lost    is not there           are gone, though acknowledged     sees Cut
    kept    is there, durable      are there                         sees Cut
    torn    is there, in part      are there                         sees Cut
    lied    is gone                are gone                          is told it is durable;
                                                                     sees Cut at the next write

`lied` is a disk that says "synced" and is not: nothing may promise to survive it, but it must be
noticed. After Cut every call raises Cut until `reopen`.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import singledispatch
from pathlib import Path
from typing import BinaryIO, Literal, NoReturn, TypeVar, get_args

from unburnt.core.errors import MediumError
from unburnt.storage.backend import Backend, Draft
from unburnt.storage.directory import DirectoryBackend
from unburnt.storage.memory import MemoryBackend
from unburnt.storage.names import rank

Mode = Literal["before", "lost", "kept", "torn", "lied"]
MODES: tuple[Mode, ...] = get_args(Mode)
Tampering = Literal["flip", "cut", "empty", "longer", "swap", "remove"]
TAMPERINGS: tuple[Tampering, ...] = get_args(Tampering)
FLUSH = "(flush)"
T = TypeVar("T")


class Cut(BaseException):
    """The power went. No `except Exception` of the program may catch it."""


class FaultyBackend:
    """`inner`, with the `cut`-th write (from 1) going wrong as `mode` says; 0 for no cut."""

    def __init__(self, inner: Backend, *, cut: int = 0, mode: Mode = "before") -> None:
        self.inner = inner
        self.writes: list[str] = []
        self.dark = False  # unplugged, or the line is dead: every call is a MediumError
        self._cut = cut
        self._mode = mode
        self._unsynced: dict[str, bytes | None] = {}  # names and what they held before
        self._down = False
        self._lying = False
        self._room: int | None = None

    # Faults on demand

    def cut_at(self, cut: int, mode: Mode) -> None:
        """Let the `cut`-th write from now on go wrong."""
        self._cut, self._mode = len(self.writes) + cut, mode

    def reopen(self) -> None:
        """Restart the machine: what is durable is there, and nothing goes wrong any more."""
        if self._lying and not self._down:
            self._lose()
        self._down = self._lying = False
        self._cut = 0
        self._settle()

    def full_disk(self, after_bytes: int | None) -> None:
        """Let the disk be full after so many more bytes; None when it has been emptied."""
        self._room = after_bytes

    def rollback(self, to: Mapping[str, bytes]) -> None:
        """Put back an older state of the whole site, as a dishonest keeper would."""
        restore(self.inner, to)

    def tamper(self, name: str, how: Tampering) -> None:
        """Change the bytes of one name, as a failing disk or a stranger would."""
        tamper(self.inner, name, how)

    # The backend port

    @property
    def location(self) -> str:
        """What to call this place."""
        return self.inner.location

    def names(self, prefix: str = "") -> Iterator[str]:
        """List, as the inner one does."""
        return self._live().names(prefix)

    def exists(self, name: str) -> bool:
        """Ask the inner one."""
        return self._live().exists(name)

    def size(self, name: str) -> int:
        """Ask the inner one."""
        return self._live().size(name)

    def get(self, name: str, limit: int) -> bytes:
        """Ask the inner one."""
        return self._live().get(name, limit)

    def get_range(self, name: str, start: int, length: int) -> bytes:
        """Ask the inner one."""
        return self._live().get_range(name, start, length)

    def open_read(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Ask the inner one."""
        return self._live().open_read(name)

    def put(self, name: str, data: bytes, *, sync: bool = True) -> bool:
        """Put, unless this is the write that goes wrong."""
        live = self._live()
        if live.exists(name):
            return False
        self._take_room(len(data))
        self._write(name, lambda: live.put(name, data, sync=sync), sync=sync)
        return True

    @contextmanager
    def draft(self) -> Iterator[Draft]:
        """Begin a draft whose commit counts as one write."""
        with self._live().draft() as draft:
            yield _FaultyDraft(self, draft)

    def mend(self, name: str, data: bytes) -> str | None:
        """Mend, unless this is the write that goes wrong."""
        live = self._live()
        self._take_room(len(data))
        return self._write(name, lambda: live.mend(name, data), sync=True)

    def destroy(self, name: str) -> bool:
        """Destroy, unless this is the write that goes wrong; counts when there is something."""
        live = self._live()
        if not live.exists(name):
            return live.destroy(name)
        return self._write(name, lambda: live.destroy(name), sync=True)

    def flush(self) -> None:
        """Flush, unless this is the write that goes wrong; counts when there is something to do."""
        live = self._live()
        if self._unsynced:
            self._write(FLUSH, live.flush, sync=True)

    def free_bytes(self) -> int | None:
        """Return what `full_disk` left, or what the inner one says."""
        return self._live().free_bytes() if self._room is None else self._room

    def close(self) -> None:
        """Flush and close, unless the power is gone."""
        if not self._down:
            self.flush()
            self.inner.close()

    # How it goes wrong

    def _live(self) -> Backend:
        if self._down:
            raise Cut
        if self.dark:
            raise MediumError(f"{self.location} is not there any more.", "Plug it in.")
        return self.inner

    def _take_room(self, size: int) -> None:
        if self._room is None:
            return
        if size > self._room:
            raise MediumError(
                f"{self.location} is full: {size:,} bytes are needed, and {self._room:,} are free.",
                "Free some space or use another place.",
            )
        self._room -= size

    def _write(self, name: str, write: Callable[[], T], *, sync: bool) -> T:
        self.writes.append(name)
        if self._lying:
            self._fall()
        here = len(self.writes) == self._cut
        if here and self._mode == "before":
            self._fall()
        if name != FLUSH:
            # A higher rank makes the lower ones durable first; here the power goes before that.
            if not here and any(rank(name) > rank(other) for other in self._unsynced):
                self._settle()
            self._unsynced.setdefault(name, _peek(self.inner, name))
        result = write()
        if here and self._mode == "lied":
            self._lying = True
        elif here:
            self._fall()
        elif sync:
            self._settle()
        return result

    def _settle(self) -> None:
        self._unsynced.clear()

    def _fall(self) -> NoReturn:
        self._down = True
        self._lose()
        raise Cut

    def _lose(self) -> None:
        self.inner.flush()
        if self._mode in {"lost", "lied"}:
            for name, before in self._unsynced.items():
                _write_over(self.inner, name, before)
        elif self._mode == "torn":
            torn = list(self._unsynced)[-1]
            if not self.inner.exists(torn):  # half destroyed is destroyed
                return
            _write_over(self.inner, torn, self.inner.get_range(torn, 0, self.inner.size(torn) // 2))


class _FaultyDraft:
    """A draft whose commit is one write of the world around it."""

    def __init__(self, world: FaultyBackend, inner: Draft) -> None:
        self._world = world
        self._inner = inner

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Write, while there is room."""
        self._world._live()
        self._world._take_room(memoryview(data).nbytes)
        return self._inner.write(data)

    def commit(self, name: str, *, sync: bool = True) -> bool:
        """Commit, unless this is the write that goes wrong."""
        if self._world.exists(name):
            return self._inner.commit(name, sync=sync)
        return self._world._write(name, lambda: self._inner.commit(name, sync=sync), sync=sync)

    def mend(self, name: str) -> str | None:
        """Mend, unless this is the write that goes wrong."""
        self._world._live()
        return self._world._write(name, lambda: self._inner.mend(name), sync=True)


# What strangers, fires and failing disks do; they keep no law of the port.


def snapshot(backend: Backend) -> dict[str, bytes]:
    """Return every name and its bytes."""
    return {name: backend.get(name, backend.size(name)) for name in backend.names()}


def restore(backend: Backend, to: Mapping[str, bytes]) -> None:
    """Make the site hold exactly these names and bytes."""
    for name in list(backend.names()):
        if name not in to:
            _write_over(backend, name, None)
    for name, data in to.items():
        if _peek(backend, name) != data:
            _write_over(backend, name, data)


def tamper(backend: Backend, name: str, how: Tampering) -> None:
    """Change the bytes of one name; `swap` takes those of the next name that differs."""
    data = backend.get(name, backend.size(name))
    _write_over(backend, name, _TAMPER[how](data) if how != "swap" else _other(backend, data))


def _other(backend: Backend, data: bytes) -> bytes:
    return next(other for other in snapshot(backend).values() if other != data)


_TAMPER: dict[str, Callable[[bytes], bytes | None]] = {
    "flip": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    "cut": lambda data: data[: len(data) // 2],
    "empty": lambda _data: b"",
    "longer": lambda data: data + b"\0",
    "remove": lambda _data: None,
}


def _peek(backend: Backend, name: str) -> bytes | None:
    return backend.get(name, backend.size(name)) if backend.exists(name) else None


@singledispatch
def _write_over(backend: Backend, name: str, data: bytes | None) -> None:
    """Replace the bytes of a name behind the backend's back; None removes it."""
    raise NotImplementedError(f"nobody has taught us how to damage {type(backend).__name__}")


@_write_over.register
def _(backend: MemoryBackend, name: str, data: bytes | None) -> None:
    if backend._blobs.pop(name, None) is not None:
        backend._sorted.remove(name)
    if data is not None:
        backend._blobs[name] = data
        insort(backend._sorted, name)


@_write_over.register
def _(backend: DirectoryBackend, name: str, data: bytes | None) -> None:
    backend.flush()
    path = Path(backend._root) / name
    path.unlink(missing_ok=True)
    if data is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@_write_over.register
def _(backend: FaultyBackend, name: str, data: bytes | None) -> None:
    _write_over(backend.inner, name, data)
