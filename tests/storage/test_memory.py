"""The backend in memory asserts the rules it is given, at the write that breaks them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest

from unburnt.core.errors import BrokenArchiveError
from unburnt.storage.memory import MemoryBackend, named_by_hash
from unburnt.storage.names import entry_name, object_name

NAME = object_name(hashlib.sha256(b"one").hexdigest())
ENTRY = entry_name("a" * 26, 0)


def _objects_first(blobs: Mapping[str, bytes], name: str, data: bytes) -> None:
    if name.startswith("log/"):
        assert data.decode() in blobs, "an entry came before its object"


def test_an_object_must_be_named_by_its_bytes() -> None:
    backend = MemoryBackend(named_by_hash)
    with pytest.raises(BrokenArchiveError):
        backend.put(NAME, b"two")
    assert not backend.exists(NAME)
    assert list(backend.names()) == []
    assert backend.put(NAME, b"one")
    with pytest.raises(BrokenArchiveError):
        backend.mend(NAME, b"two")
    assert backend.get(NAME, 3) == b"one"
    assert not backend.quarantine


def test_an_entry_before_its_object_stops_at_the_line_that_wrote_it() -> None:
    backend = MemoryBackend(_objects_first)
    with pytest.raises(AssertionError, match="before its object"):
        backend.put(ENTRY, NAME.encode())
    with backend.draft() as draft:
        draft.write(NAME.encode())
        with pytest.raises(AssertionError):
            draft.commit(ENTRY)
    assert dict(backend.blobs) == {}
    assert backend.put(NAME, b"one")
    assert backend.put(ENTRY, NAME.encode())


def test_damaged_bytes_can_be_looked_at() -> None:
    backend = MemoryBackend()
    backend.put(ENTRY, b"damaged")
    aside = backend.mend(ENTRY, b"whole")
    assert aside is not None
    assert dict(backend.quarantine) == {aside: b"damaged"}


def test_what_is_looked_at_cannot_be_changed() -> None:
    backend = MemoryBackend()
    data = bytearray(b"entry")
    backend.put(ENTRY, bytes(data))
    for view in (backend.blobs, backend.quarantine):
        with pytest.raises(TypeError):
            view[ENTRY] = b"other"  # type: ignore[index]  # that is the point
    data[:] = b"other"
    assert backend.get(ENTRY, 5) == b"entry"
