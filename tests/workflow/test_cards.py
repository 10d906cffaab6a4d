"""Head cards say what they say or nothing; hostile ones are foreign data and nothing worse."""

from __future__ import annotations

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core.errors import ForeignDataError
from unburnt.core.ids import new_id
from unburnt.crypto import note
from unburnt.crypto.signing import SigningKey
from unburnt.workflow.cards import read_head_card

ARCHIVE = "6f" * 32
DEVICE = new_id(lambda size: b"\1" * size)
ROOT = base64.b64encode(b"\2" * 32).decode()
KEY = SigningKey.from_seed(b"\3" * 32)
GOOD = f"unburnt heads v1\narchive {ARCHIVE}\nat 2026-01-01T00:00:00Z\n{DEVICE} 7 {ROOT}\n"


def signed(text: str, name: str = f"unburnt/{ARCHIVE}/{DEVICE}") -> bytes:
    return note.sign(text, name, KEY).encode()


def test_a_card_says_archive_time_device_and_heads() -> None:
    card = read_head_card(signed(GOOD))
    assert (card.archive, card.at, card.by) == (ARCHIVE, "2026-01-01T00:00:00Z", DEVICE)
    assert card.heads[DEVICE].size == 7
    assert [known.witness for known in card.knowledge()] == ["card"]


MALFORMED = {
    "another first line": GOOD.replace("v1", "v2"),
    "no head at all": GOOD.rsplit(DEVICE, 1)[0],
    "no archive": GOOD.replace("archive ", "archiv "),
    "an archive that is no digest": GOOD.replace("6f6f", "zz6f", 1),
    "a size that is no number": GOOD.replace(" 7 ", " seven "),
    "a size in other digits": GOOD.replace(" 7 ", " ٧ "),
    "a size of a thousand digits": GOOD.replace(" 7 ", f" {'7' * 1000} "),
    "a root that is too short": GOOD.replace(ROOT, "AAAA"),
    "a root that is no base64": GOOD.replace(ROOT, "*" * 44),
    "a device that is no id": GOOD.replace(DEVICE, "x"),
    "one device twice": GOOD + f"{DEVICE} 8 {ROOT}\n",
    "a fourth word": GOOD.replace(" 7 ", " 7 7 "),
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_card_is_refused(text: str) -> None:
    with pytest.raises(ForeignDataError):
        read_head_card(signed(text))


def test_a_card_signed_under_another_name_is_refused() -> None:
    with pytest.raises(ForeignDataError):
        read_head_card(signed(GOOD, f"unburnt/{'00' * 32}/{DEVICE}"))


@given(st.binary(max_size=400))
def test_bytes_of_strangers_raise_nothing_else(data: bytes) -> None:
    with suppress(ForeignDataError):
        read_head_card(data)


@given(
    st.lists(st.sampled_from([*GOOD.split("\n"), "", " ", "a b c", "at", "archive"]), max_size=6)
)
def test_lines_of_strangers_raise_nothing_else(lines: list[str]) -> None:
    with suppress(ForeignDataError):
        read_head_card(signed("\n".join(["unburnt heads v1", *lines]) + "\n"))
