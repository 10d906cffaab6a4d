"""A disclosure proves what it opens, gives away nothing it withholds, and cannot be bent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.statement_cases import SECRET, a_batch, a_statement, statements
from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.crypto import commitment, merkle
from unburnt.model.batch import Batch
from unburnt.model.disclosure import Disclosure, disclose, parse, statement_id, verify
from unburnt.model.statement import FIELDS, Statement, field_values

OPEN = ("entity", "property", "value")
BATCH = Batch.of(
    [
        a_statement(value={"text": "other"}),
        a_statement(lang="rus", extra={"aura": "grey", "zone": 7}),
        a_statement(),
    ],
    SECRET,
)
SHOWN = disclose(BATCH, 1, OPEN)


@settings(max_examples=25)
@given(st.lists(statements(), min_size=1, max_size=5), st.data())
def test_what_is_opened_is_what_was_written(written: list[Statement], data: st.DataObject) -> None:
    batch = Batch.of(written, SECRET)
    position = data.draw(st.integers(0, len(written) - 1))
    values = field_values(written[position])
    names = data.draw(st.sets(st.sampled_from(sorted(values))))
    shown = parse(disclose(batch, position, names).to_bytes())
    assert verify(shown, batch.root(), batch.bucket) == {name: values[name] for name in names}
    assert statement_id(shown) == batch.ids[position].hex()


@settings(max_examples=50)
@given(
    st.text("abcdefgh", min_size=12, max_size=40),
    st.lists(st.binary(min_size=16, max_size=16), min_size=2, max_size=2),
)
def test_nothing_withheld_occurs_in_the_bytes(quote: str, sources: list[bytes]) -> None:
    item = a_statement(locator={"quote": quote}, extra={"note": quote[::-1] + "!"})
    batch = Batch.of([item, a_statement()], SECRET)
    shown = disclose(batch, 0, OPEN).to_bytes()
    salts = commitment.field_salts(SECRET, 0, len(FIELDS) + 1)
    values = field_values(item)
    withheld = [name for name in values if name not in OPEN]
    for name, salt in zip([*FIELDS, "note"], salts, strict=True):
        assert (salt.hex().encode() in shown) == (name in OPEN)
    for name in withheld:
        assert name.encode() not in shown
        if values[name] is not None:
            assert canonical.encode(values[name]).strip(b'"') not in shown
    assert SECRET.hex().encode() not in shown


def test_a_guess_of_a_withheld_field_cannot_be_tested_without_its_salt() -> None:
    place = FIELDS.index("source")
    held = SHOWN.fields[place]
    right = canonical.encode(a_statement().source)
    salts = commitment.field_salts(SECRET, 1, len(FIELDS) + 2)
    assert commitment.commit(salts[place], "source", right) == held
    shown = [bytes.fromhex(f[1]) for f in json.loads(SHOWN.to_bytes())["fields"] if type(f) is list]
    for salt in [b"", bytes(16), *shown]:  # all that a reader of the disclosure has
        assert commitment.commit(salt, "source", right) != held


def test_a_disclosure_does_not_tell_which_withheld_fields_were_filled_in() -> None:
    bare, full = (
        disclose(Batch.of([item], SECRET), 0, OPEN).to_bytes()
        for item in (a_statement(), a_statement(lang="rus", credibility=2, reliability="B"))
    )
    assert len(bare) == len(full)


def test_an_absent_field_can_be_proven_absent() -> None:
    opened = verify(disclose(BATCH, 0, {"lang"}), BATCH.root(), BATCH.bucket)
    assert opened == {"lang": None}


def test_no_altered_byte_passes() -> None:
    data = SHOWN.to_bytes()
    passed = []
    for place in range(len(data)):
        for change in (1, 2, 0x20):
            altered = bytearray(data)
            altered[place] ^= change
            try:
                verify(parse(bytes(altered)), BATCH.root(), BATCH.bucket)
            except ForeignDataError:
                continue
            passed.append((place, change))
    assert passed == []
    verify(parse(data), BATCH.root(), BATCH.bucket)


Fields = dict[str, Any]


def altered(change: Callable[[Fields], object]) -> bytes:
    fields = json.loads(SHOWN.to_bytes())
    change(fields)
    return canonical.encode(fields)


FORGED: dict[str, Callable[[Fields], object]] = {
    "another value": lambda d: d["fields"][15].__setitem__(2, {"date": "2018-01-23"}),
    "an open field under another name": lambda d: d["fields"][15].__setitem__(0, "source"),
    "two fields swapped": lambda d: d["fields"].insert(0, d["fields"].pop(6)),
    "a field missing": lambda d: d["fields"].pop(),
    "a field more": lambda d: d["fields"].append("00" * 32),
    "a field in short": lambda d: d["fields"].__setitem__(0, "00"),
    "a salt in short": lambda d: d["fields"][15].__setitem__(1, "00"),
    "a salt that is a number": lambda d: d["fields"][15].__setitem__(1, 1),
    "a field that is null": lambda d: d["fields"].__setitem__(0, None),
    "another place": lambda d: d.__setitem__("index", 0),
    "a negative place": lambda d: d.__setitem__("index", -1),
    "a place that is true": lambda d: d.__setitem__("index", True),
    "another bucket": lambda d: d.__setitem__("bucket", 8),
    "no path": lambda d: d.__setitem__("path", []),
    "a path that is text": lambda d: d.__setitem__("path", "00"),
    "a path too long": lambda d: d.__setitem__("path", ["00" * 32] * 20),
    "a member more": lambda d: d.__setitem__("note", 1),
    "a member missing": lambda d: d.pop("path"),
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED.keys())
def test_a_forged_disclosure_is_refused(change: Callable[[Fields], object]) -> None:
    with pytest.raises(ForeignDataError):
        verify(parse(altered(change)), BATCH.root(), BATCH.bucket)


def test_a_known_name_never_passes_as_a_field_of_a_newer_version() -> None:
    # An author who commits to a second "value" behind the known fields could show either.
    fields = [*((name, None) for name in FIELDS), ("value", b'"second"')]
    salts = commitment.field_salts(SECRET, 0, len(fields))
    id_ = commitment.identify(SECRET, 0, fields)
    root = merkle.root(commitment.leaves(SECRET, [id_]))
    held = [commitment.commit(s, name, json) for s, (name, json) in zip(salts, fields, strict=True)]
    shown: list[Any] = [*(h.hex() for h in held[:-1]), ["value", salts[-1].hex(), "second"]]
    data = canonical.encode({"bucket": 1, "fields": shown, "index": 0, "path": []})
    with pytest.raises(ForeignDataError):
        verify(parse(data), root, 1)


@given(st.binary(max_size=300))
def test_hostile_bytes_are_only_refused(data: bytes) -> None:
    with pytest.raises(ForeignDataError):
        parse(data)


def test_what_is_not_there_cannot_be_disclosed() -> None:
    with pytest.raises(UsageError, match="colour"):
        disclose(BATCH, 0, {"colour"})
    for position in (-1, 3):
        with pytest.raises(UsageError, match="place"):
            disclose(BATCH, position, OPEN)


def test_another_entry_does_not_prove_it() -> None:
    with pytest.raises(ForeignDataError):
        verify(SHOWN, a_batch(3).root(), BATCH.bucket)
    with pytest.raises(ForeignDataError):
        verify(Disclosure(SHOWN.fields, SHOWN.index, SHOWN.path, 8), BATCH.root(), 4)
