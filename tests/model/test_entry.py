"""An entry header has one spelling, and hostile bytes only ever get a refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.statement_cases import (
    ARCHIVE,
    DEVICE,
    KEY,
    VERIFIER,
    a_hash,
    a_header,
    a_log,
    an_id,
)
from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError
from unburnt.crypto import merkle, note
from unburnt.crypto.note import Verifier
from unburnt.model import entry as entries
from unburnt.model.entry import MAX_HEADER, MAX_NEEDS, MAX_SEQUENCE, Entry, Head, signer_name

ENTRY = a_log(1)[0]
FIELDS = json.loads(ENTRY.note.text)


def stored(fields: object) -> bytes:
    """Return the note of a header with these fields, signed by its device."""
    text = canonical.encode(fields).decode() + "\n"
    return note.sign(text, signer_name(ARCHIVE, DEVICE), KEY).encode()


@given(
    st.integers(0, MAX_SEQUENCE),
    st.dictionaries(st.sampled_from([an_id(w) for w in "abc"]), st.integers(0, 99), max_size=3),
    st.lists(st.tuples(st.sampled_from([a_hash(w) for w in "abc"]), st.integers(0, 2**53 - 1))),
    st.sampled_from([1 << n for n in range(13)]),
)
def test_reading_gives_back_what_was_signed(
    sequence: int, sizes: dict[str, int], needs: list[tuple[str, int]], bucket: int
) -> None:
    heads = {device: Head(size, bytes(32)) for device, size in sizes.items()}
    header = a_header(sequence=sequence, heads=heads, needs=tuple(needs), bucket=bucket)
    entry = entries.sign(header, KEY)
    read = entries.read(entry.note.encode())
    assert read == entry
    assert read.leaf == merkle.leaf_hash(header.text().encode())
    read.verify(VERIFIER)


def test_the_objects_are_the_evidence_and_then_the_batch() -> None:
    header = ENTRY.header
    assert ENTRY.objects() == (*header.needs, header.object)


def test_the_header_says_nothing_of_names_schemas_or_times() -> None:
    assert sorted(FIELDS) == [
        "archive", "device", "epoch", "heads", "needs", "object", "previous", "roster",
        "sequence", "statements", "suite", "type",
    ]  # fmt: skip


def without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda fields: fields.pop(name)


def set_to(value: Any, *path: Any) -> Callable[[dict[str, Any]], None]:
    def change(fields: dict[str, Any]) -> None:
        inner: Any = fields
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value

    return change


REFUSED: dict[str, Callable[[dict[str, Any]], object]] = {
    "another type": set_to("unburnt/roster/v1", "type"),
    "another suite": set_to(2, "suite"),
    "suite true": set_to(True, "suite"),
    "a field of no meaning": set_to(1, "aura"),
    "an archive in capitals": set_to(ARCHIVE.upper(), "archive"),
    "a device that is no id": set_to("x", "device"),
    "an epoch that is a number": set_to(7, "epoch"),
    "a negative sequence": set_to(-1, "sequence"),
    "a sequence beyond ten digits": set_to(10**10, "sequence"),
    "a sequence that is text": set_to("1", "sequence"),
    "a sequence that is true": set_to(True, "sequence"),
    "an object without a size": set_to([a_hash("x")], "object"),
    "an object of three parts": set_to([a_hash("x"), 1, 1], "object"),
    "an object that is an object": set_to({a_hash("x"): 1}, "object"),
    "an object that is no hash": set_to(["x", 1], "object"),
    "an object of negative size": set_to([a_hash("x"), -1], "object"),
    "a previous that is null": set_to(None, "previous"),
    "heads that are a list": set_to([], "heads"),
    "heads of a stranger's name": set_to({"x": [1, a_hash("x")]}, "heads"),
    "a head without a root": set_to({an_id("x"): [1]}, "heads"),
    "a head that is a number": set_to({an_id("x"): 1}, "heads"),
    "needs that are a number": set_to(1, "needs"),
    "needs that are text": set_to("ab", "needs"),
    "needs of text": set_to(["ab"], "needs"),
    "more needs than an entry has": set_to([[a_hash("x"), 1]] * (MAX_NEEDS + 1), "needs"),
    "a roster that is text": set_to(a_hash("x"), "roster"),
    "a roster of numbers": set_to([1], "roster"),
    "an empty bucket": set_to(0, "statements", "bucket"),
    "a bucket of three": set_to(3, "statements", "bucket"),
    "a bucket beyond a batch": set_to(8192, "statements", "bucket"),
    "a root that is no hash": set_to("x", "statements", "root"),
    "statements that are a list": set_to([], "statements"),
    "something more about statements": set_to(1, "statements", "count"),
} | {f"no {name}": without(name) for name in FIELDS}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_malformed_header_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    fields = json.loads(ENTRY.note.text)
    assert entries.read(stored(fields)) == ENTRY
    change(fields)
    with pytest.raises(ForeignDataError):
        entries.read(stored(fields))


@pytest.mark.parametrize("value", [[], "x", 1, None, [[]], True])
def test_a_text_that_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(ForeignDataError):
        entries.read(stored(value))


@given(st.recursive(st.none() | st.integers(-9, 9) | st.text("ab", max_size=2), st.lists))
def test_a_field_of_any_shape_is_refused_or_kept_exactly(value: object) -> None:
    for name in FIELDS:
        data = stored({**FIELDS, name: value})
        try:
            read = entries.read(data)
        except ForeignDataError:
            continue
        assert read.note.encode() == data
        assert read.header.text() == read.note.text


@given(st.binary(max_size=300))
def test_hostile_bytes_are_only_refused(data: bytes) -> None:
    with pytest.raises(ForeignDataError):
        entries.read(data)


def test_no_altered_byte_keeps_the_signature() -> None:
    data = ENTRY.note.encode()
    kept = []
    for place in range(len(data)):
        altered = bytearray(data)
        altered[place] ^= 1
        try:
            entries.read(bytes(altered)).verify(VERIFIER)
        except ForeignDataError:
            continue
        kept.append(place)
    assert kept == []


def test_another_spelling_of_the_same_header_is_refused() -> None:
    spaced = json.dumps(FIELDS, sort_keys=True) + "\n"
    with pytest.raises(ForeignDataError):
        entries.read(note.sign(spaced, signer_name(ARCHIVE, DEVICE), KEY).encode())


def test_a_header_beyond_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(ForeignDataError):
        entries.read(ENTRY.note.encode() + b"x" * MAX_HEADER)


def test_a_signature_under_another_name_does_not_count() -> None:
    other = Verifier(signer_name(ARCHIVE, an_id("x")), KEY.public)
    with pytest.raises(ForeignDataError, match="not signed"):
        ENTRY.verify(other)


def test_a_header_never_goes_with_the_note_of_another() -> None:
    # What is verified is the note; so the header must be that of the note.
    entry = Entry(a_header(bucket=8), ENTRY.note)
    assert entries.read(entry.note.encode()).header != entry.header
    with pytest.raises(ForeignDataError):
        entry.verify(VERIFIER)
