"""One contract for every place: what is put is there, whole, unchanged, under a legal name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from tests.storage.backends import APPENDABLE, READABLE, WRITABLE
from unburnt.core.errors import BrokenArchiveError, ForeignDataError, UsageError
from unburnt.storage.backend import Backend
from unburnt.storage.directory import DirectoryBackend
from unburnt.storage.names import (
    ARCHIVE,
    RECOVERY,
    canary_name,
    checkpoint_name,
    entry_name,
    fork_name,
    key_name,
    object_name,
    roster_name,
)

DEVICE = "mfrggzdfmztwq2lknnwg23tpoa"
OTHER = "a" * 26
DIGEST = hashlib.sha256(b"anything").hexdigest()


def named(data: bytes) -> str:
    return object_name(hashlib.sha256(data).hexdigest())


LARGE = bytes(range(256)) * 5000
BLOBS = {
    ARCHIVE: b"This folder is an archive.\n",
    named(b""): b"",
    named(b"one"): b"one",
    named(LARGE): LARGE,
    roster_name(DIGEST, DEVICE): b"roster",
    key_name(OTHER, DEVICE, DIGEST): b"grant",
    key_name(OTHER, RECOVERY, DIGEST): b"grant for recovery",
    canary_name(DIGEST): b"canary",
    entry_name(DEVICE, 0): b"entry",
    entry_name(DEVICE, 9_999_999_999): b"the last entry there can be",
    fork_name(DEVICE, 0, DIGEST): b"another entry",
    checkpoint_name(DEVICE, 1): b"checkpoint",
}
ENTRY = entry_name(DEVICE, 0)
ABSENT = entry_name(OTHER, 0)

HOSTILE_NAMES = {
    "empty": "",
    "the root": "/",
    "a parent": "../" + ENTRY,
    "a parent in the middle": f"log/{DEVICE}/../{DEVICE}/0000000000",
    "absolute": "/" + ENTRY,
    "a drive": "C:/" + ENTRY,
    "backslashes": ENTRY.replace("/", "\\"),
    "a doubled slash": ENTRY.replace("/", "//"),
    "a trailing slash": ENTRY + "/",
    "a trailing line feed": ENTRY + "\n",
    "a NUL": ENTRY + "\0",
    "another root": "elsewhere/" + DIGEST,
    "a temporary file": ".tmp-0/1",
    "quarantine": f"quarantine/{ENTRY}-1",
    "an object in the wrong folder": f"objects/00/{'f' * 64}",
    "an object without a folder": f"objects/{DIGEST}",
    "an object in upper case": object_name(DIGEST).upper(),
    "a hash one digit short": object_name(DIGEST)[:-1],
    "a sequence one digit short": ENTRY[:-1],
    "a sequence with Arabic digits": f"log/{DEVICE}/{chr(0x661) * 10}",
    "a device that is no id": f"log/{'a' * 25}b/0000000000",
    "a holder that is neither device nor recovery": f"keys/{OTHER}/everyone/{DIGEST}",
    "a lower-case archive file": "archive",
    "the end of a bundle": "END",
    "a device of Windows": "CON",
    "not text": b"ARCHIVE",
    "nothing": None,
}


@pytest.fixture(params=READABLE.values(), ids=list(READABLE), scope="module")
def full(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backend]:
    with request.param(tmp_path_factory.mktemp("full"), BLOBS) as backend:
        yield backend


@pytest.fixture(params=APPENDABLE.values(), ids=list(APPENDABLE))
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    with request.param(tmp_path) as backend:
        yield backend


@pytest.fixture(params=WRITABLE.values(), ids=list(WRITABLE))
def mendable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    with request.param(tmp_path) as backend:
        yield backend


# Reading


def test_what_was_put_is_there(full: Backend) -> None:
    for name, data in BLOBS.items():
        assert full.exists(name)
        assert full.size(name) == len(data)
        assert full.get(name, len(data)) == data


def test_names_come_sorted_and_complete(full: Backend) -> None:
    assert list(full.names()) == sorted(BLOBS)


PREFIXES = [
    "ARCHIVE",
    "objects/",
    named(b"one")[:10],
    named(b"one")[:20],
    named(b"one"),
    f"log/{DEVICE}/",
    "log/" + DEVICE[:3],
    f"log/{OTHER}/",
    "keys/",
    f"keys/{OTHER}/{RECOVERY}/",
    "roster/",
    "forks/",
    "checkpoints/",
    "cosigned/",
    "canary/",
]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_prefix_chooses_exactly_the_names_that_begin_with_it(full: Backend, prefix: str) -> None:
    assert list(full.names(prefix)) == sorted(name for name in BLOBS if name.startswith(prefix))


@pytest.mark.parametrize("prefix", ["object/", "objects", "/", "../", "log/*", "quarantine/"])
def test_a_prefix_that_could_only_list_nothing_is_refused(full: Backend, prefix: str) -> None:
    with pytest.raises(UsageError):
        full.names(prefix)


def test_a_blob_beyond_the_limit_is_refused(full: Backend) -> None:
    with pytest.raises(ForeignDataError):
        full.get(named(LARGE), len(LARGE) - 1)


RANGES = {
    "nothing": (0, 0),
    "the first byte": (0, 1),
    "the middle": (700_001, 70_000),
    "the last byte": (len(LARGE) - 1, 1),
    "all": (0, len(LARGE)),
    "nothing at the end": (len(LARGE), 0),
}


@pytest.mark.parametrize(("start", "length"), RANGES.values(), ids=RANGES)
def test_a_range_is_exact(full: Backend, start: int, length: int) -> None:
    assert full.get_range(named(LARGE), start, length) == LARGE[start : start + length]


@pytest.mark.parametrize("start", [0, 1, len(LARGE), 2**62])
def test_a_range_beyond_the_end_is_never_cut_short(full: Backend, start: int) -> None:
    with pytest.raises(BrokenArchiveError):
        full.get_range(named(LARGE), start, len(LARGE) + 1)


@pytest.mark.parametrize(("start", "length"), [(-1, 1), (1, -1)])
def test_a_range_before_the_beginning_is_refused(full: Backend, start: int, length: int) -> None:
    with pytest.raises(UsageError):
        full.get_range(named(LARGE), start, length)


@pytest.mark.parametrize("chunk", [1 << 20, 65_536, 99_991])
def test_a_blob_can_be_read_in_pieces(full: Backend, chunk: int) -> None:
    with full.open_read(named(LARGE)) as file:
        pieces = list(iter(lambda: file.read(chunk), b""))
    assert b"".join(pieces) == LARGE
    assert all(len(piece) == chunk for piece in pieces[:-1])


def test_two_readers_do_not_disturb_each_other(full: Backend) -> None:
    with full.open_read(named(LARGE)) as one, full.open_read(named(LARGE)) as two:
        assert one.read(1000) == two.read(1000) == LARGE[:1000]
        assert one.read(300_000) == LARGE[1000:301_000]
        assert full.get(ENTRY, 100) == BLOBS[ENTRY]
        assert two.read() == LARGE[1000:]


READS: dict[str, Callable[[Backend, str], object]] = {
    "size": lambda backend, name: backend.size(name),
    "get": lambda backend, name: backend.get(name, 100),
    "get_range": lambda backend, name: backend.get_range(name, 0, 0),
    "open_read": lambda backend, name: backend.open_read(name),
}
WRITES: dict[str, Callable[[Backend, str], object]] = {
    "put": lambda backend, name: backend.put(name, b"x"),
    "mend": lambda backend, name: backend.mend(name, b"x"),
    "commit": lambda backend, name: _commit(backend, name, b"x"),
    "destroy": lambda backend, name: backend.destroy(name),
}


def _commit(backend: Backend, name: str, data: bytes, *, sync: bool = True) -> bool:
    with backend.draft() as draft:
        draft.write(data)
        return draft.commit(name, sync=sync)


@pytest.mark.parametrize("verb", READS.values(), ids=READS)
def test_what_is_not_there_is_missing(full: Backend, verb: Callable[..., object]) -> None:
    assert not full.exists(ABSENT)
    with pytest.raises(BrokenArchiveError, match="is missing"):
        verb(full, ABSENT)


@pytest.mark.parametrize("verb", [*READS.values(), *WRITES.values()], ids=[*READS, *WRITES])
def test_no_verb_takes_a_hostile_name(mendable: Backend, verb: Callable[..., object]) -> None:
    for name in HOSTILE_NAMES.values():
        with pytest.raises(ForeignDataError):
            verb(mendable, name)
        with pytest.raises(ForeignDataError):
            mendable.exists(name)  # type: ignore[arg-type]  # not text, among others
    assert list(mendable.names()) == []


# Writing


@pytest.mark.parametrize("sync", [True, False])
def test_a_name_keeps_its_first_bytes(empty: Backend, sync: bool) -> None:
    assert empty.put(ENTRY, b"first", sync=sync)
    for data in (b"first", b"second", b""):
        assert not empty.put(ENTRY, data, sync=sync)
        assert not _commit(empty, ENTRY, data, sync=sync)
    assert empty.get(ENTRY, 100) == b"first"
    empty.flush()
    assert not empty.put(ENTRY, b"third")
    assert empty.get(ENTRY, 100) == b"first"


def test_what_waits_for_a_flush_can_be_read(empty: Backend) -> None:
    for name, data in BLOBS.items():
        assert empty.put(name, data, sync=False)
        assert empty.exists(name)
        assert empty.size(name) == len(data)
        assert empty.get(name, len(data)) == data
    assert list(empty.names()) == sorted(BLOBS)
    empty.flush()
    empty.flush()
    assert [empty.get(name, len(LARGE)) for name in empty.names()] == [
        BLOBS[name] for name in sorted(BLOBS)
    ]


@pytest.mark.parametrize("sync", [True, False])
def test_a_draft_gets_its_name_last(empty: Backend, sync: bool) -> None:
    name = named(LARGE)
    with empty.draft() as draft:
        for start in range(0, len(LARGE), 300_000):
            piece = LARGE[start : start + 300_000]
            assert draft.write(memoryview(bytearray(piece))) == len(piece)
        assert not empty.exists(name)
        assert draft.commit(name, sync=sync)
    assert empty.get(name, len(LARGE)) == LARGE
    assert list(empty.names()) == [name]


def _interrupt_a_draft(backend: Backend) -> None:
    with backend.draft() as draft:
        draft.write(LARGE)
        raise KeyboardInterrupt


def test_an_abandoned_draft_leaves_nothing(empty: Backend) -> None:
    with empty.draft() as draft:
        draft.write(b"never mind")
    with pytest.raises(KeyboardInterrupt):
        _interrupt_a_draft(empty)
    assert list(empty.names()) == []
    assert empty.put(ENTRY, b"entry")
    assert list(empty.names()) == [ENTRY]


def test_a_draft_ends_with_its_commit(empty: Backend) -> None:
    with empty.draft() as draft:
        draft.write(b"one")
        assert draft.commit(named(b"one"))
        with pytest.raises(UsageError):
            draft.write(b"more")
        with pytest.raises(UsageError):
            draft.commit(named(b"onemore"))
    assert list(empty.names()) == [named(b"one")]


def test_an_empty_draft_is_an_empty_blob(empty: Backend) -> None:
    with empty.draft() as draft:
        assert draft.write(b"") == 0
        assert draft.commit(named(b""))
    assert empty.get(named(b""), 0) == b""


def test_a_draft_with_a_hostile_name_can_still_be_committed_or_dropped(empty: Backend) -> None:
    with empty.draft() as draft:
        draft.write(b"one")
        with pytest.raises(ForeignDataError):
            draft.commit("../one")
        assert draft.commit(named(b"one"))
    assert empty.get(named(b"one"), 3) == b"one"


def test_mending_replaces_and_keeps_what_was_damaged(mendable: Backend) -> None:
    mendable.put(ENTRY, b"damaged")
    assert mendable.mend(ENTRY, b"damaged again") == f"quarantine/{ENTRY}-1"
    with mendable.draft() as draft:
        draft.write(b"whole")
        assert draft.mend(ENTRY) == f"quarantine/{ENTRY}-2"
    assert mendable.get(ENTRY, 100) == b"whole"
    assert list(mendable.names()) == [ENTRY]


def test_mending_what_is_missing_puts_it_there(mendable: Backend) -> None:
    assert mendable.mend(ENTRY, b"whole") is None
    assert mendable.get(ENTRY, 100) == b"whole"


def test_mending_sees_what_waits_for_a_flush(mendable: Backend) -> None:
    mendable.put(ENTRY, b"damaged", sync=False)
    assert mendable.mend(ENTRY, b"whole") == f"quarantine/{ENTRY}-1"
    mendable.flush()
    assert mendable.get(ENTRY, 100) == b"whole"


KEY = key_name(OTHER, DEVICE, DIGEST)
STAYING = [name for name in BLOBS if not name.startswith("keys/")]


@pytest.mark.parametrize("sync", [True, False])
def test_a_destroyed_key_is_gone_with_what_was_put_aside_of_it(
    mendable: Backend, sync: bool
) -> None:
    mendable.put(KEY, b"damaged", sync=sync)
    mendable.mend(KEY, b"damaged again")
    mendable.mend(KEY, b"a key")
    assert mendable.destroy(KEY)
    assert not mendable.exists(KEY)
    assert list(mendable.names()) == []
    assert not mendable.destroy(KEY)
    assert mendable.put(KEY, b"another")
    assert mendable.mend(KEY, b"one more") == f"quarantine/{KEY}-1"


def test_what_waits_for_a_flush_is_destroyed_too(mendable: Backend) -> None:
    mendable.put(KEY, b"a key", sync=False)
    assert mendable.destroy(KEY)
    mendable.flush()
    assert not mendable.exists(KEY)


def test_other_keys_stay_when_one_is_destroyed(mendable: Backend) -> None:
    other = key_name(OTHER, RECOVERY, DIGEST)
    mendable.put(KEY, b"a key")
    mendable.put(other, b"another")
    mendable.mend(other, b"whole")
    mendable.destroy(KEY)
    assert mendable.get(other, 100) == b"whole"
    assert mendable.mend(other, b"again") == f"quarantine/{other}-2"


@pytest.mark.parametrize("name", STAYING)
def test_nothing_but_a_key_can_be_destroyed(mendable: Backend, name: str) -> None:
    mendable.put(name, BLOBS[name])
    with pytest.raises(UsageError, match="Only sealed keys"):
        mendable.destroy(name)
    assert mendable.exists(name)


def test_a_bundle_mends_nothing(tmp_path: Path) -> None:
    with APPENDABLE["a bundle being written"](tmp_path) as bundle:
        bundle.put(ENTRY, b"entry")
        with pytest.raises(UsageError):
            bundle.mend(ENTRY, b"other")
        with pytest.raises(UsageError):
            bundle.destroy(KEY)
        with bundle.draft() as draft, pytest.raises(UsageError):
            draft.mend(ENTRY)
        assert bundle.get(ENTRY, 100) == b"entry"


@pytest.mark.parametrize("verb", WRITES.values(), ids=WRITES)
def test_a_finished_bundle_takes_nothing(tmp_path: Path, verb: Callable[..., object]) -> None:
    with READABLE["a bundle"](tmp_path, BLOBS) as bundle, pytest.raises(UsageError):
        verb(bundle, ABSENT)


def test_closing_twice_is_harmless(empty: Backend) -> None:
    empty.put(ENTRY, b"entry", sync=False)
    empty.close()
    empty.close()


def test_a_place_says_what_it_is_called_and_how_much_fits(full: Backend) -> None:
    assert full.location
    assert "/" not in full.location
    free = full.free_bytes()
    assert free is None or free > 0


def _plant(place: Path, blobs: dict[str, bytes]) -> DirectoryBackend:
    for shard in {name[:10] for name in blobs}:
        (place / shard).mkdir(parents=True)
    for name, data in blobs.items():
        (place / name).write_bytes(data)
    return DirectoryBackend(place)


MANY = {named(data): data for data in (str(number).encode() for number in range(10_000))}
CROWDED: dict[str, Callable[[Path], AbstractContextManager[Backend]]] = {
    "memory": lambda place: READABLE["memory"](place, MANY),
    "a bundle": lambda place: READABLE["a bundle"](place, MANY),
    "a directory": lambda place: closing(_plant(place, MANY)),
}


@pytest.mark.parametrize("make", CROWDED.values(), ids=CROWDED)
def test_ten_thousand_names_are_listed_in_order(
    tmp_path: Path, make: Callable[[Path], AbstractContextManager[Backend]]
) -> None:
    with make(tmp_path) as backend:
        assert list(backend.names()) == sorted(MANY)
        some = sorted(MANY)[5000]
        assert list(backend.names(some[:10])) == sorted(n for n in MANY if n[:10] == some[:10])
        assert backend.get(some, 100) == MANY[some]
