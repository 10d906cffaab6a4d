"""Names have one spelling, and the builders and the checker agree with the ids of the core."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.core.ids import check_hash, check_id, encode_id
from unburnt.storage import names

ids = st.binary(min_size=16, max_size=16).map(encode_id)
hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
sequences = st.integers(0, 10**10 - 1)

BUILT = st.one_of(
    hashes.map(names.object_name),
    hashes.map(names.canary_name),
    st.builds(names.entry_name, ids, sequences),
    st.builds(names.checkpoint_name, ids, sequences),
    st.builds(names.roster_name, hashes, ids),
    st.builds(names.key_name, ids, ids | st.just(names.RECOVERY), hashes),
    st.builds(names.fork_name, ids, sequences, hashes),
    st.builds(names.cosigned_name, ids, sequences, hashes),
    st.builds(names.time_name, ids, sequences, hashes),
    st.just(names.ARCHIVE),
)


@given(BUILT)
def test_what_is_built_is_legal(name: str) -> None:
    assert names.check_name(name) == name
    assert names.is_name(name)
    for end in range(len(name) + 1):
        if "/" in name[:end]:
            assert names.check_prefix(name[:end]) == name[:end]


@given(BUILT, st.data())
def test_no_neighbour_of_a_legal_name_slips_through(name: str, data: st.DataObject) -> None:
    """Whatever one edit makes of a name is refused, or its parts are what the core calls legal."""
    at = data.draw(st.integers(0, len(name)))
    edited = name[:at] + data.draw(st.text(max_size=2)) + name[at + data.draw(st.integers(0, 2)) :]
    try:
        names.check_name(edited)
    except ForeignDataError:
        return
    assert _is_legal(edited)


def _is_legal(name: str) -> bool:
    """Judge a name part by part with the checks of the core: slow, and not the code under test."""
    parts = name.split("/")
    match parts:
        case ["ARCHIVE"]:
            return True
        case ["objects", shard, digest]:
            return check_hash(digest)[:2] == shard
        case ["canary", digest]:
            return bool(check_hash(digest))
        case ["log" | "checkpoints", device, digits]:
            return bool(check_id(device)) and len(digits) == 10 and _are_digits(digits)
        case ["forks" | "cosigned" | "times", device, last]:
            digits, _, digest = last.partition("-")
            return bool(check_id(device) and check_hash(digest)) and _are_digits(digits)
        case ["roster", last]:
            digest, _, device = last.partition("-")
            return bool(check_hash(digest) and check_id(device))
        case ["keys", epoch, holder, digest]:
            known = holder == "recovery" or check_id(holder)
            return bool(check_id(epoch) and known and check_hash(digest))
    return False


def _are_digits(text: str) -> bool:
    return len(text) == 10 and set(text) <= set("0123456789")


@pytest.mark.parametrize("sequence", [-1, 10**10])
def test_a_sequence_beyond_ten_digits_is_refused(sequence: int) -> None:
    with pytest.raises(UsageError):
        names.entry_name("a" * 26, sequence)


def test_builders_refuse_what_is_no_id_or_hash() -> None:
    for build in (names.object_name, names.canary_name):
        with pytest.raises(ForeignDataError):
            build("../../etc/passwd")
    with pytest.raises(ForeignDataError):
        names.key_name("a" * 26, "everyone", "0" * 64)
    with pytest.raises(ForeignDataError):
        names.roster_name("0" * 64, "../" + "a" * 23)


def test_each_rank_rests_on_the_lower_ones() -> None:
    ranks = {
        0: [
            names.ARCHIVE,
            names.object_name("0" * 64),
            names.key_name("a" * 26, "recovery", "0" * 64),
        ],
        1: [names.entry_name("a" * 26, 0), names.fork_name("a" * 26, 0, "0" * 64)],
        2: [
            names.checkpoint_name("a" * 26, 1),
            names.cosigned_name("a" * 26, 1, "0" * 64),
        ],
        3: [names.time_name("a" * 26, 1, "0" * 64)],
    }
    assert {number: {names.rank(name) for name in found} for number, found in ranks.items()} == {
        0: {0},
        1: {1},
        2: {2},
        3: {3},
    }
