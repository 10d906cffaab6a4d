"""Argon2id as RFC 9106 says and as others compute it; hostile parameters are refused."""

from __future__ import annotations

import json

import pytest
from argon2.exceptions import HashingError
from argon2.low_level import Type, core, error_to_str, ffi, hash_secret_raw
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given, settings
from hypothesis import strategies as st

from unburnt.core.errors import CannotOpenError, ForeignDataError, UsageError
from unburnt.crypto import passphrase
from unburnt.crypto.passphrase import STANDARD, WEAK, Parameters, derive, fresh
from unburnt.crypto.sealing import Identity, seal, unseal

SALT = bytes(range(16))
QUICK = fresh(lambda n: bytes(range(n)), WEAK)
SPELLED = {
    "iterations": 1,
    "kdf": "argon2id",
    "lanes": 1,
    "memory_kib": 8192,
    "salt": SALT.hex(),
    "version": 19,
}


def test_the_library_computes_the_vector_of_rfc_9106() -> None:
    """Section 5.3, with the secret and associated data that we never use."""
    tag = ffi.new("uint8_t[]", 32)
    parts = {
        "pwd": ffi.new("uint8_t[]", b"\x01" * 32),
        "salt": ffi.new("uint8_t[]", b"\x02" * 16),
        "secret": ffi.new("uint8_t[]", b"\x03" * 8),
        "ad": ffi.new("uint8_t[]", b"\x04" * 12),
    }
    lengths = {"pwdlen": 32, "saltlen": 16, "secretlen": 8, "adlen": 12}
    costs = {"t_cost": 3, "m_cost": 32, "lanes": 4, "threads": 4, "version": 0x13}
    nothing = {"allocate_cbk": ffi.NULL, "free_cbk": ffi.NULL, "flags": 0}
    context = ffi.new(
        "argon2_context *", {"out": tag, "outlen": 32, **parts, **lengths, **costs, **nothing}
    )
    code = core(context, Type.ID.value)
    assert code == 0, error_to_str(code)
    assert bytes(ffi.buffer(tag, 32)).hex() == (
        "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    )


def test_the_library_computes_the_vector_of_the_reference_implementation() -> None:
    raw = hash_secret_raw(b"password", b"somesalt", 2, 65536, 1, 32, Type.ID, 0x13)
    assert raw.hex() == "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"


@settings(max_examples=15)
@given(st.text(st.characters(blacklist_categories=["Cs"], max_codepoint=0x7E), min_size=1))
def test_another_implementation_derives_the_same_identity(text: str) -> None:
    other = Argon2id(salt=SALT, length=32, iterations=1, lanes=1, memory_cost=8192)
    assert derive(text, QUICK) == Identity.from_secret(other.derive(text.encode()))


def test_the_standard_cost_is_the_one_written_down() -> None:
    parameters = fresh(lambda n: bytes(range(n)))
    assert parameters == Parameters(65536, 3, 4, SALT)
    assert tuple(STANDARD) == (65536, 3, 4)
    assert derive("correct horse battery staple", parameters).recipient == (
        "age1gsfhqhvxylry3nt824xcf28y89qf0wwedcf90n5twu4sjq4lz9tqxwsw6y"
    )


SAME = {
    "a ligature and its letters": ("ﬁre", "fire"),
    "one character or letter and accent": ("\u00e9", "e\u0301"),
    "full-width and plain letters": ("ｐａｓｓ", "pass"),
    "й in one or two characters": ("\u0439", "\u0438\u0306"),
}


@pytest.mark.parametrize(("one", "two"), SAME.values(), ids=SAME)
def test_what_looks_the_same_opens_the_same(one: str, two: str) -> None:
    assert derive(one, QUICK) == derive(two, QUICK)


def test_another_passphrase_salt_or_cost_opens_nothing() -> None:
    sealed = seal(b"keys", [derive("right", QUICK).recipient])
    assert unseal(sealed, [derive("right", QUICK)]) == b"keys"
    for text, parameters in (
        ("Right", QUICK),
        ("right ", QUICK),
        ("right", Parameters(8192, 1, 1, bytes(16))),
        ("right", Parameters(8192, 2, 1, SALT)),
        ("right", Parameters(8193, 1, 1, SALT)),
        ("right", Parameters(8192, 1, 2, SALT)),
    ):
        with pytest.raises(CannotOpenError):
            unseal(sealed, [derive(text, parameters)])


@pytest.mark.parametrize("text", ["", "\ud800", "ok\udfff"])
def test_an_empty_or_malformed_passphrase_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        derive(text, QUICK)


def test_parameters_are_read_back_from_json() -> None:
    assert QUICK.to_dict() == SPELLED
    assert Parameters.from_dict(json.loads(json.dumps(QUICK.to_dict()))) == QUICK


MALFORMED = {
    "nothing": {},
    "less memory than 8 MiB": SPELLED | {"memory_kib": 8191},
    "more memory than 4 GiB": SPELLED | {"memory_kib": 4 * 1024 * 1024 + 1},
    "no iterations": SPELLED | {"iterations": 0},
    "too many iterations": SPELLED | {"iterations": 65},
    "hours of work within each bound": SPELLED | {"memory_kib": 4 * 1024 * 1024, "iterations": 5},
    "no lanes": SPELLED | {"lanes": 0},
    "too many lanes": SPELLED | {"lanes": 17},
    "a number beyond 64 bits": SPELLED | {"memory_kib": 2**64 + 8192},
    "a negative number": SPELLED | {"lanes": -1},
    "a fraction": SPELLED | {"iterations": 1.0},
    "a version that is a fraction": SPELLED | {"version": 19.0},
    "a truth value": SPELLED | {"lanes": True},
    "a number as text": SPELLED | {"lanes": "1"},
    "another function": SPELLED | {"kdf": "argon2i"},
    "another version": SPELLED | {"version": 16},
    "a short salt": SPELLED | {"salt": "00" * 15},
    "a long salt": SPELLED | {"salt": "00" * 17},
    "an upper-case salt": SPELLED | {"salt": SALT.hex().upper()},
    "a salt with spaces": SPELLED | {"salt": SALT.hex(" ")},
    "a salt that is no hex": SPELLED | {"salt": "zz" * 16},
    "a salt that is a list": SPELLED | {"salt": [0] * 16},
    "an unknown field": SPELLED | {"pepper": ""},
    "a missing field": {key: SPELLED[key] for key in SPELLED if key != "lanes"},
    "a list": list(SPELLED),
    "null": None,
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_hostile_parameters_are_refused(data: object) -> None:
    with pytest.raises(ForeignDataError):
        Parameters.from_dict(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(list(SPELLED)), inner),
    max_leaves=8,
)


@given(
    JSON | st.builds(lambda key, value: SPELLED | {key: value}, st.sampled_from([*SPELLED]), JSON)
)
def test_junk_is_only_ever_foreign_data(data: object) -> None:
    try:
        parameters = Parameters.from_dict(data)
    except ForeignDataError:
        return
    assert parameters.to_dict() == data


def test_a_machine_without_the_memory_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> bytes:
        raise HashingError("Memory allocation error")

    monkeypatch.setattr(passphrase, "hash_secret_raw", refuse)
    with pytest.raises(UsageError, match="8 MiB"):
        derive("right", QUICK)
