"""Canonical bytes: one legal spelling, judged by the RFC 8785 vectors."""

from __future__ import annotations

import contextlib
import json
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared_data import shared
from unburnt.core.canonical import MAX_DEPTH, MAX_INTEGER, decode, encode
from unburnt.core.errors import ForeignDataError, UsageError

VECTORS = "vectors/jcs"
LIMIT = 1 << 20
LETTERS = '[]{}:,"\\u0123e.- ntrfalsé\u0301'

texts = st.text().map(lambda text: normalize("NFC", text))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


# --- the published vectors -----------------------------------------------------------------------


def vector(name: str) -> tuple[Any, bytes]:
    """Return the input value and the bytes the vectors demand."""
    value = json.loads(shared(f"{VECTORS}/input/{name}.json").read_bytes())
    demanded = bytes.fromhex(shared(f"{VECTORS}/outhex/{name}.txt").read_text())
    return value, demanded


@pytest.mark.parametrize("name", ["arrays", "french"])
def test_vectors_without_fractions_are_met_byte_for_byte(name: str) -> None:
    value, demanded = vector(name)
    assert encode(value) == demanded
    assert decode(demanded, LIMIT) == value


def test_weird_vector_is_met_without_its_one_key_that_is_not_nfc() -> None:
    value, demanded = vector("weird")  # U+FB33 is excluded from composition: NFC takes it apart
    with pytest.raises(UsageError):
        encode(value)
    last = ',"\ufb33":"Hebrew Letter Dalet With Dagesh"'.encode()
    assert last in demanded
    del value["\ufb33"]
    assert encode(value) == demanded.replace(last, b"")


def test_structures_vector_is_met_once_its_one_float_is_written_as_an_integer() -> None:
    value, demanded = vector("structures")
    with pytest.raises(UsageError):
        encode(value)  # {"\n": 56.0}
    value["1"]["\n"] = 56  # the vector's output says 56
    assert encode(value) == demanded
    assert decode(demanded, LIMIT) == value


def test_values_vector_is_met_without_its_numbers_and_refused_with_them() -> None:
    value, demanded = vector("values")
    with pytest.raises(UsageError):
        encode(value)
    with pytest.raises(ForeignDataError):
        decode(demanded, LIMIT)
    numbers = b'"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
    assert numbers in demanded
    assert encode({k: v for k, v in value.items() if k != "numbers"}) == demanded.replace(
        numbers, b""
    )


def test_unicode_vector_is_refused_because_it_is_not_nfc() -> None:
    value, demanded = vector("unicode")  # RFC 8785 keeps "A" + U+030A; we allow only NFC
    with pytest.raises(UsageError):
        encode(value)
    with pytest.raises(ForeignDataError):
        decode(demanded, LIMIT)


# --- what is written ------------------------------------------------------------------------------

WRITTEN: dict[str, tuple[object, bytes]] = {
    "nothing": (None, b"null"),
    "true is not one": ([True, 1], b"[true,1]"),
    "tuples are lists": ((1, (2,)), b"[1,[2]]"),
    "the largest integers": ([MAX_INTEGER, -MAX_INTEGER], b"[9007199254740991,-9007199254740991]"),
    "slash and delete are not escaped": ("/\x7f", b'"/\x7f"'),
    "controls are escaped shortly": ("\b\t\n\f\r\x0b", rb'"\b\t\n\f\r\u000b"'),
    "line separators are not escaped": ("\u2028", '"\u2028"'.encode()),
    "an escape before a combining mark is still NFC": ("\n\u0303", '"\\n\u0303"'.encode()),
    "a mark at the start of a text": (["\u0301"], '["\u0301"]'.encode()),
    "keys by UTF-16, where surrogates come before U+FF21": (
        {"\uff21": 1, "\U0001f602": 2, "a": {"\uffff": 3, "\U00010000": 4}},
        '{"a":{"\U00010000":4,"\uffff":3},"\U0001f602":2,"\uff21":1}'.encode(),
    ),
}


@pytest.mark.parametrize(("value", "written"), WRITTEN.values(), ids=WRITTEN.keys())
def test_written(value: object, written: bytes) -> None:
    assert encode(value) == written
    assert encode(decode(written, LIMIT)) == written


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def circle() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


REFUSED_VALUES: dict[str, object] = {
    "a float": 1.5,
    "a whole float": {"a": [1.0]},
    "not a number": float("nan"),
    "an integer beyond 2^53 - 1": MAX_INTEGER + 1,
    "an integer below -(2^53 - 1)": -MAX_INTEGER - 1,
    "bytes": b"a",
    "a set": {"a"},
    "an integer key": {1: "a"},
    "a None key": {None: "a"},
    "text that is not NFC": "e\u0301",
    "a key that is not NFC": {"e\u0301": 1},
    "text that is not NFC deep inside": [{"a": ["\n\u0303", "o\u0308"]}],
    "a lone surrogate": "\ud800",
    "a lone surrogate in a key": {"\udfff": 1},
    "a surrogate beside an astral key": {"\U0001f602": "\ud83d"},
    "too deep": nested(MAX_DEPTH + 1),
    "a circle": circle(),
}


@pytest.mark.parametrize("value", REFUSED_VALUES.values(), ids=REFUSED_VALUES.keys())
def test_values_without_canonical_form_are_refused(value: object) -> None:
    with pytest.raises(UsageError):
        encode(value)


def test_the_deepest_allowed_nesting_is_written_and_read() -> None:
    assert decode(encode(nested(MAX_DEPTH)), LIMIT) == nested(MAX_DEPTH)


# --- what is read ---------------------------------------------------------------------------------

REFUSED_BYTES = {
    "empty": b"",
    "a space after": b"1 ",
    "a newline after": b"{}\n",
    "a space inside": b'{"a": 1}',
    "unsorted keys": b'{"b":1,"a":2}',
    "a duplicate key": b'{"a":1,"a":1}',
    "a duplicate key written differently": b'{"a":1,"\\u0061":1}',
    "a fraction": b"1.5",
    "a whole fraction": b"1.0",
    "an exponent": b"1e3",
    "minus zero": b"-0",
    "a leading zero": b"01",
    "a plus": b"+1",
    "NaN": b"NaN",
    "Infinity": b"[-Infinity]",
    "an integer beyond 2^53 - 1": b"9007199254740992",
    "an integer of five thousand digits": b"9" * 5000,
    "an unneeded escape": b'"\\u0041"',
    "an escaped slash": b'"\\/"',
    "upper-case hex": b'"\\u000F"',
    "a raw control character": b'"\x01"',
    "a lone surrogate": b'"\\ud800"',
    "an escaped pair": b'"\\ud83d\\ude02"',
    "text that is not NFC": b'"e\xcc\x81"',
    "bad UTF-8": b'"\xff"',
    "a surrogate in UTF-8": b'"\xed\xa0\x80"',
    "overlong UTF-8": b'"\xc0\x80"',
    "UTF-16": '"a"'.encode("utf-16"),
    "a byte-order mark": b"\xef\xbb\xbf{}",
    "a comment": b"{}//",
    "two values": b"{}{}",
    "cut short": b'{"a":',
    "single quotes": b"{'a':1}",
    "one level too deep": b"[" * 33 + b"]" * 33,
    "very deep": b"[" * 100_000 + b"]" * 100_000,
    "very deep and never closed": b'{"a":' * 100_000,
}


@pytest.mark.parametrize("data", REFUSED_BYTES.values(), ids=REFUSED_BYTES.keys())
def test_other_spellings_are_refused(data: bytes) -> None:
    with pytest.raises(ForeignDataError):
        decode(data, LIMIT)


def test_the_limit_counts_bytes_and_includes_itself() -> None:
    assert decode('"é"'.encode(), 4) == "é"
    with pytest.raises(ForeignDataError):
        decode('"é"'.encode(), 3)


# --- properties -----------------------------------------------------------------------------------


@given(values)
def test_what_is_written_is_read_back(value: object) -> None:
    written = encode(value)
    assert decode(written, len(written)) == value


@given(values)
def test_any_json_reader_reads_the_same(value: object) -> None:
    assert json.loads(encode(value)) == value


@given(st.dictionaries(texts, st.none(), max_size=6))
def test_keys_stand_in_the_order_of_utf16_code_units(value: dict[str, None]) -> None:
    keys = list(json.loads(encode(value)))
    assert keys == sorted(keys, key=lambda key: key.encode("utf-16-be"))


@given(st.binary(max_size=200) | st.text(LETTERS, max_size=60).map(str.encode))
def test_hostile_bytes_raise_only_foreign_data_errors(data: bytes) -> None:
    try:
        value = decode(data, 150)
    except ForeignDataError:
        return
    assert encode(value) == data


@given(values, st.data())
def test_a_changed_byte_never_reads_as_the_same_value(value: object, data: st.DataObject) -> None:
    written = bytearray(encode(value))
    place = data.draw(st.integers(0, len(written) - 1))
    written[place] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(ForeignDataError):
        assert encode(decode(bytes(written), LIMIT)) != encode(value)
