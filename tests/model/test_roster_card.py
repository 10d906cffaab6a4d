"""A device card is believed when its own key signed every word of it."""

from __future__ import annotations

import contextlib
import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.roster_world import HERON, a_recipient, repeatable
from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError
from unburnt.core.ids import encode_id
from unburnt.crypto.signing import SigningKey
from unburnt.model.roster_card import MAX_CARD, Card, device_card, read_card

KEY = SigningKey.from_seed(repeatable("card", 32))
CARD = device_card(KEY, a_recipient("card"), "цапля — field laptop")

CHANGED = {
    "another label": {"label": "gull"},
    "another recipient": {"recipient": a_recipient("other")},
    "another signing key": {"signing": HERON.card.signing},
    "another signature": {"signature": HERON.card.signature},
    "a signature cut short": {"signature": CARD.signature[:-4]},
    "a signature spelled in a second way": {"signature": CARD.signature[:-3] + "h=="},
    "a signature that is no base64": {"signature": "—"},
    "a label with a line break": {"label": "a\nb"},
    "a label that turns letters around": {"label": "a\u202eb"},
    "an empty label": {"label": ""},
    "a label of 101 characters": {"label": "a" * 101},
    "a recipient in capitals": {"recipient": CARD.recipient.upper()},
    "a recipient with a false checksum": {"recipient": CARD.recipient[:-1] + "q"},
    "a signing key in capitals": {"signing": CARD.signing.upper()},
    "a signing key that is a number": {"signing": 7},
    "a field more": {"admin": True},
    "a signature of nothing": {"signature": ""},
}


def test_the_id_of_a_device_is_that_of_the_specification() -> None:
    data = b"unburnt/device/v1\x00" + KEY.public + CARD.recipient.encode()
    assert CARD.device == encode_id(hashlib.sha256(data).digest()[:16])


def test_a_card_comes_back_as_it_was_shown() -> None:
    assert read_card(CARD.encode()) == CARD


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_a_changed_card_is_refused(change: dict[str, object]) -> None:
    fields: dict[str, object] = msgspec.to_builtins(CARD)
    with pytest.raises(ForeignDataError):
        read_card(canonical.encode(fields | change))


def test_a_card_over_a_malformed_recipient_is_not_made_even_with_the_right_key() -> None:
    with pytest.raises(ForeignDataError):
        device_card(KEY, CARD.recipient[:-1] + "q", "heron")
    with pytest.raises(ForeignDataError):
        device_card(KEY, CARD.recipient, "two\nlines")


@given(st.binary(max_size=300) | st.integers(0, 10**4).map(lambda n: CARD.encode()[:n]))
def test_hostile_bytes_are_only_ever_foreign_data(data: bytes) -> None:
    with contextlib.suppress(ForeignDataError):
        assert read_card(data).encode() == data


def test_a_card_that_fits_no_code_is_refused() -> None:
    with pytest.raises(ForeignDataError):
        read_card(b" " * (MAX_CARD + 1))


def test_the_longest_card_fits() -> None:
    longest = device_card(KEY, CARD.recipient, "\U0001f9a2" * 100)
    assert isinstance(read_card(longest.encode()), Card)
