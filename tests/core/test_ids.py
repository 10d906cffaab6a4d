"""Ids and digests have exactly one spelling."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.core.ids import check_hash, check_id, decode_id, encode_id, is_id, new_id

# RFC 4648 section 10 gives "foobar" -> MZXW6YTBOI; sixteen bytes follow from the same table.
KNOWN = {
    bytes(16): "a" * 26,
    b"\xff" * 16: "7" * 25 + "4",
    b"abcdefghijklmnop": "mfrggzdfmztwq2lknnwg23tpoa",
}

NOT_IDS = {
    "empty": "",
    "one character short": "a" * 25,
    "one character long": "a" * 27,
    "upper case": "A" * 26,
    "padded": "a" * 26 + "======",
    "digits base32 does not use": "0" * 26,
    "spare bits set": "a" * 25 + "b",
    "trailing newline": "a" * 26 + "\n",
    "a Cyrillic letter": "\u0430" + "a" * 25,
    "full-width digits": "\uff12" * 26,
    "bytes": b"a" * 26,
    "nothing": None,
    "a number": 7,
}

NOT_HASHES = {
    "empty": "",
    "upper case": "A" * 64,
    "short": "a" * 63,
    "long": "a" * 65,
    "beyond f": "g" * 64,
    "trailing newline": "a" * 64 + "\n",
    "Arabic digits": "\u0661" * 64,
    "nothing": None,
}


@pytest.mark.parametrize(("raw", "text"), KNOWN.items(), ids=KNOWN.values())
def test_known_spellings(raw: bytes, text: str) -> None:
    assert encode_id(raw) == text
    assert decode_id(text) == raw


@given(st.binary(min_size=16, max_size=16))
def test_an_id_spells_its_bytes_as_base32_does(raw: bytes) -> None:
    text = encode_id(raw)
    assert len(text) == 26
    assert text.upper() + "======" == base64.b32encode(raw).decode()
    assert decode_id(check_id(text)) == raw


@given(st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26))
def test_whatever_is_accepted_is_the_only_spelling(text: str) -> None:
    try:
        raw = decode_id(text)
    except ForeignDataError:
        assert text[-1] not in "aeimquy4"
    else:
        assert encode_id(raw) == text


@pytest.mark.parametrize("text", NOT_IDS.values(), ids=NOT_IDS.keys())
def test_what_is_not_an_id_is_refused(text: object) -> None:
    with pytest.raises(ForeignDataError):
        check_id(text)
    with pytest.raises(ForeignDataError):
        decode_id(text)


def test_a_new_id_uses_exactly_the_randomness_it_is_given() -> None:
    asked: list[int] = []

    def random(size: int) -> bytes:
        asked.append(size)
        return b"abcdefghijklmnop"

    assert new_id(random) == "mfrggzdfmztwq2lknnwg23tpoa"
    assert asked == [16]


@pytest.mark.parametrize("size", [0, 15, 17])
def test_a_random_source_that_gives_too_little_or_too_much_is_refused(size: int) -> None:
    with pytest.raises(UsageError):
        new_id(lambda _: bytes(size))


def test_a_digest_is_returned_as_it_is() -> None:
    assert check_hash("0123456789abcdef" * 4) == "0123456789abcdef" * 4


@pytest.mark.parametrize("text", NOT_HASHES.values(), ids=NOT_HASHES.keys())
def test_what_is_not_a_digest_is_refused(text: object) -> None:
    with pytest.raises(ForeignDataError):
        check_hash(text)


def test_an_id_is_told_from_words() -> None:
    assert is_id("mfrggzdfmztwq2lknnwg23tpoa")
    assert not is_id("a lawyer abroad")
    assert not is_id("MFRGGZDFMZTWQ2LKNNWG23TPOA")
