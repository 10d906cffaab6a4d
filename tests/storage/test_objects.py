"""A sealed object lies under the hash of its bytes, and never gives other bytes than those."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator

import pytest

from unburnt.core.errors import (
    BrokenArchiveError,
    CannotOpenError,
    ForeignDataError,
    MediumError,
)
from unburnt.crypto import sealing
from unburnt.crypto.sealing import Identity
from unburnt.storage import objects, pack
from unburnt.storage.memory import MemoryBackend, named_by_hash
from unburnt.storage.names import object_name
from unburnt.storage.objects import Sealed

IDENTITY = Identity.from_secret(hashlib.sha256(b"epoch").digest())
OTHER = Identity.from_secret(hashlib.sha256(b"other").digest())
MEMBERS = {"secret": b"s\n", "ids": bytes(64)}
LARGE = hashlib.shake_256(b"large").digest(300_000)


@pytest.fixture
def backend() -> MemoryBackend:
    return MemoryBackend(named_by_hash)


def seal_large(backend: MemoryBackend, piece: int = 7000) -> Sealed:
    pieces = [LARGE[at : at + piece] for at in range(0, len(LARGE), piece)]
    chunks = pack.stream(pack.ORIGINAL, len(LARGE), pieces)
    sealed = objects.seal_chunks(backend, chunks, IDENTITY.recipient)
    assert sealed is not None
    return sealed


def swap(backend: MemoryBackend, name: str, data: bytes) -> None:
    """Put other bytes under a name, as a damaged disk does."""
    backend._blobs[object_name(name)] = data


def test_a_pack_comes_back(backend: MemoryBackend) -> None:
    sealed = objects.seal_pack(backend, MEMBERS, IDENTITY.recipient)
    assert objects.open_pack(backend, sealed.name, [OTHER, IDENTITY]) == MEMBERS
    blob = backend.blobs[object_name(sealed.name)]
    assert sealed == Sealed(hashlib.sha256(blob).hexdigest(), len(blob))
    assert objects.is_sound(backend, sealed.name, sealed.size)


def test_packs_opened_one_after_the_other_in_the_same_memory_come_back(
    backend: MemoryBackend,
) -> None:
    room = objects.Room()
    large = {"original": bytes(range(256)) * 8192, "ids": LARGE}  # more than there is room for
    for members in (MEMBERS, large, MEMBERS):
        name = objects.seal_pack(backend, members, IDENTITY.recipient).name
        assert room.open_pack(backend, name, [OTHER, IDENTITY]) == members
    swap(backend, name, backend.blobs[object_name(name)][:-1])
    with pytest.raises(BrokenArchiveError, match="damaged or was swapped"):
        room.open_pack(backend, name, [IDENTITY])


@pytest.mark.parametrize("piece", [1000, 8192, 300_000])
def test_a_large_original_comes_back_in_pieces(backend: MemoryBackend, piece: int) -> None:
    sealed = seal_large(backend, piece)
    blob = backend.blobs[object_name(sealed.name)]
    assert sealed == Sealed(hashlib.sha256(blob).hexdigest(), len(blob))
    found = io.BytesIO()
    sink = pack.SingleSink(found.write)
    objects.unseal_to(backend, sealed.name, [IDENTITY], sink)
    sink.finish()
    assert found.getvalue() == LARGE
    assert objects.open_pack(backend, sealed.name, [IDENTITY]) == {pack.ORIGINAL: LARGE}


def test_what_is_not_wanted_after_all_is_not_kept(backend: MemoryBackend) -> None:
    chunks = pack.stream(pack.ORIGINAL, 1, [b"x"])
    assert objects.seal_chunks(backend, chunks, IDENTITY.recipient, lambda: False) is None
    assert not backend.blobs


def test_a_source_that_fails_leaves_nothing_and_its_own_error(backend: MemoryBackend) -> None:
    def failing() -> Iterator[bytes]:
        yield bytes(100_000)
        raise MediumError("The stick was pulled out.", "Plug it in.")

    with pytest.raises(MediumError, match="pulled out"):
        objects.seal_chunks(backend, failing(), IDENTITY.recipient)
    assert not backend.blobs


def test_another_key_opens_nothing(backend: MemoryBackend) -> None:
    name = objects.seal_pack(backend, MEMBERS, IDENTITY.recipient).name
    with pytest.raises(CannotOpenError):
        objects.open_pack(backend, name, [OTHER])
    with pytest.raises(CannotOpenError):
        objects.unseal_to(backend, name, [OTHER], io.BytesIO())


def test_damaged_or_swapped_bytes_are_never_opened(backend: MemoryBackend) -> None:
    name = objects.seal_pack(backend, MEMBERS, IDENTITY.recipient).name
    blob = backend.blobs[object_name(name)]
    genuine = sealing.seal(pack.write({"ids": b"another"}), [IDENTITY.recipient])
    for data in (blob[:-1] + bytes([blob[-1] ^ 1]), blob[:-1], blob + b"x", b"", genuine):
        swap(backend, name, data)
        assert not objects.is_sound(backend, name)
        with pytest.raises(BrokenArchiveError, match="damaged or was swapped"):
            objects.open_pack(backend, name, [IDENTITY])
        with pytest.raises((BrokenArchiveError, CannotOpenError)):
            objects.unseal_to(backend, name, [IDENTITY], io.BytesIO())


def test_an_object_that_opens_but_is_no_pack_is_foreign(backend: MemoryBackend) -> None:
    name = objects.put(backend, sealing.seal(b"no pack", [IDENTITY.recipient])).name
    with pytest.raises(ForeignDataError):
        objects.open_pack(backend, name, [IDENTITY])


def test_an_object_too_large_for_memory_is_refused_before_it_is_read(
    backend: MemoryBackend,
) -> None:
    sealed = seal_large(backend)
    with pytest.raises(ForeignDataError):
        objects.open_pack(backend, sealed.name, [IDENTITY], limit=sealed.size - 1)


def test_soundness_is_presence_size_and_hash(backend: MemoryBackend) -> None:
    sealed = seal_large(backend)
    assert objects.is_sound(backend, sealed.name)
    assert not objects.is_sound(backend, sealed.name, sealed.size + 1)
    assert not objects.is_sound(backend, "0" * 64)


def test_putting_twice_mends_what_a_cut_left_damaged(backend: MemoryBackend) -> None:
    ciphertext = sealing.seal(pack.write(MEMBERS), [IDENTITY.recipient])
    sealed = objects.put(backend, ciphertext)
    swap(backend, sealed.name, ciphertext[:100])
    assert objects.put(backend, ciphertext) == sealed
    assert objects.open_pack(backend, sealed.name, [IDENTITY]) == MEMBERS
    assert list(backend.quarantine.values()) == [ciphertext[:100]]
    objects.put(backend, ciphertext)
    assert len(backend.quarantine) == 1
