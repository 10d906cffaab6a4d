"""The places that keep the contract: a new kind joins by one line in `WRITABLE`.

with WRITABLE["directory"](tmp_path) as backend: ...
with READABLE["bundle"](tmp_path, {name: data}) as backend: ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from tests.faults.faulty_backend import FaultyBackend
from unburnt.storage.backend import Backend
from unburnt.storage.directory import DirectoryBackend
from unburnt.storage.memory import MemoryBackend
from unburnt.sync.bundle import BundleBackend, BundleWriter

Opened = AbstractContextManager[Backend]


def _memory(_place: Path) -> Opened:
    return closing(MemoryBackend())


def _directory(place: Path) -> Opened:
    return closing(DirectoryBackend(place / "site", create=True))


def _faultless(place: Path) -> Opened:
    return closing(FaultyBackend(DirectoryBackend(place / "site", create=True)))


WRITABLE: dict[str, Callable[[Path], Opened]] = {
    "memory": _memory,
    "directory": _directory,
    "a fault world without a fault": _faultless,
}


def _bundle_being_written(place: Path) -> Opened:
    return closing(BundleWriter(place / "courier.unburnt"))


# A bundle takes new blobs but mends nothing: it is written once.
APPENDABLE = WRITABLE | {"a bundle being written": _bundle_being_written}


def _filled(make: Callable[[Path], Opened]) -> Callable[[Path, Mapping[str, bytes]], Opened]:
    @contextmanager
    def fill(place: Path, blobs: Mapping[str, bytes]) -> Iterator[Backend]:
        with make(place) as backend:
            for name, data in blobs.items():
                assert backend.put(name, data, sync=False)
            yield backend

    return fill


@contextmanager
def _bundle(place: Path, blobs: Mapping[str, bytes]) -> Iterator[Backend]:
    path = place / "courier.unburnt"
    with BundleWriter(path) as writer:
        for name, data in blobs.items():
            assert writer.put(name, data)
    with BundleBackend(path) as backend:
        yield backend


@contextmanager
def _reopened_directory(place: Path, blobs: Mapping[str, bytes]) -> Iterator[Backend]:
    with _filled(_directory)(place, blobs):
        pass
    with _directory(place) as backend:
        yield backend


READABLE: dict[str, Callable[[Path, Mapping[str, bytes]], Opened]] = {
    kind: _filled(make) for kind, make in APPENDABLE.items()
} | {"a directory opened again": _reopened_directory, "a bundle": _bundle}
