"""A roster file is one operation, in its one spelling, under one signature of its own archive."""

from __future__ import annotations

import contextlib
from functools import lru_cache

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.roster_scenes import rewritten
from tests.model.roster_world import (
    AT,
    CASES,
    GULL,
    HERON,
    TERN,
    a_hash,
    a_recipient,
    a_split,
    an_id,
    archive_of,
    founded,
    machine,
    settled,
    sign,
)
from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError
from unburnt.core.ids import encode_id
from unburnt.crypto import note
from unburnt.model import roster_write as write
from unburnt.model.roster_file import MAX_FILE, parse_op, sign_op
from unburnt.model.roster_ops import op_hash, read_op

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text("aß\n", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "label", "op", "type"]), inner, max_size=3)
    ),
    max_leaves=5,
)
PLACES, BYTES = st.integers(0, 1500), st.integers(0, 255)


def sign_anything(text: str) -> bytes:
    """Return a note over any text, signed by heron in some archive."""
    return note.sign(text, f"unburnt/{'a' * 64}/{HERON.id}", HERON.key).encode()


GULL_PHONE = machine("gull phone", member="gull")


@lru_cache
def texts() -> dict[str, str]:
    """Return one text of each kind of operation."""
    trunk = settled()
    roster, draw, epoch = trunk.roster, trunk.random, an_id("next")
    grants = {"recovery": a_hash("r"), GULL.id: a_hash("g")}
    return {
        "found": parse_op(founded().files[0]).text,
        "member": write.set_member(roster, an_id("rook"), "rook", at=AT, random=draw),
        "device": trunk.adding(GULL_PHONE),
        "access": write.set_access(roster, GULL.id, CASES, "drop", at=AT, random=draw),
        "admin": write.set_admin(roster, GULL.id, False, at=AT, random=draw),
        "compartment": write.set_compartment(roster, an_id("legal"), "legal", at=AT, random=draw),
        "rotate": write.rotate(
            roster, CASES, epoch, a_recipient("next"), grants, at=AT, random=draw
        ),
        "grant": write.grant(roster, an_id("first"), "recovery", a_hash("r"), at=AT, random=draw),
        "revoke": write.revoke(roster, GULL.id, 7, "arrested", at=AT, random=draw),
        "trustees": write.set_trustees(
            roster, a_split("real"), a_split("drill"), at=AT, random=draw
        ),
        "policy": write.set_policy(roster, 3, 2, at=AT, random=draw),
        "purpose": write.set_purpose(roster, CASES, "sources", at=AT, random=draw),
        "withdrawable": write.set_withdrawable(roster, CASES, at=AT, random=draw),
        "withdraw": write.withdraw(roster, [an_id("key"), an_id("other")], at=AT, random=draw),
    }


KINDS = list(texts())
SPLIT = msgspec.to_builtins(a_split("real"))
SHARE = SPLIT["shares"][0]

MALFORMED: dict[str, tuple[str, dict[str, object]]] = {
    "a field more": ("policy", {"note": ""}),
    "an unknown operation": ("policy", {"op": "forgive"}),
    "another type": ("policy", {"type": "unburnt/roster/v2"}),
    "an archive that is no hash": ("policy", {"archive": "A" * 64}),
    "another purpose": ("purpose", {"purpose": "police"}),
    "no key": ("withdraw", {"keys": []}),
    "keys out of order": ("withdraw", {"keys": sorted([an_id("a"), an_id("b")])[::-1]}),
    "a key twice": ("withdraw", {"keys": [an_id("a")] * 2}),
    "a key that is no id": ("withdraw", {"keys": ["a" * 64]}),
    "a thousand and one keys": (
        "withdraw",
        {"keys": sorted(encode_id(n.to_bytes(16, "big")) for n in range(1001))},
    ),
    "no parents": ("policy", {"parents": []}),
    "parents out of order": ("policy", {"parents": ["b" * 64, "a" * 64]}),
    "a parent twice": ("policy", {"parents": ["a" * 64, "a" * 64]}),
    "a parent that is no hash": ("policy", {"parents": ["a" * 63]}),
    "a thousand and one parents": ("policy", {"parents": [f"{n:064x}" for n in range(1001)]}),
    "the 30th of February": ("policy", {"at": "2018-02-30T09:10:00Z"}),
    "a time with an offset": ("policy", {"at": "2018-01-24T09:10:00+00:00"}),
    "a time with a fraction": ("policy", {"at": "2018-01-24T09:10:00.5Z"}),
    "a time in other digits": ("policy", {"at": "٢018-01-24T09:10:00Z"}),
    "a nonce that is no id": ("policy", {"nonce": "b" * 26}),
    "a threshold of none": ("policy", {"policy": {"threshold": 0, "revoke_threshold": 0}}),
    "a threshold of yes": ("policy", {"policy": {"threshold": True, "revoke_threshold": 1}}),
    "revoking harder than adding": (
        "policy",
        {"policy": {"threshold": 1, "revoke_threshold": 2}},
    ),
    "a policy with a field more": (
        "policy",
        {"policy": {"threshold": 1, "revoke_threshold": 1, "x": 1}},
    ),
    "a founder who needs another": (
        "found",
        {"policy": {"threshold": 2, "revoke_threshold": 1}},
    ),
    "a founding with parents": ("found", {"parents": ["a" * 64]}),
    "a founding of a named archive": ("found", {"archive": "a" * 64}),
    "a founding with another's card": (
        "found",
        {"card": msgspec.to_builtins(GULL.card) | {"signature": HERON.card.signature}},
    ),
    "a card for another label": (
        "device",
        {"card": msgspec.to_builtins(GULL_PHONE.card) | {"label": "tern"}},
    ),
    "admin neither true nor false": ("admin", {"admin": 1}),
    "a device that is no id": ("admin", {"device": "heron"}),
    "an id with a line feed": ("admin", {"device": GULL.id + "\n"}),
    "a role above write": ("access", {"role": "admin"}),
    "no role": ("access", {"role": "none"}),
    "a label with a line break": ("member", {"member": {"id": an_id("rook"), "label": "a\nb"}}),
    "a label that is no text": ("member", {"member": {"id": an_id("rook"), "label": None}}),
    "generation none": ("rotate", {"generation": 0}),
    "a recipient with a false checksum": (
        "rotate",
        {"recipient": "age1" + "q" * 58},
    ),
    "a grant to a name": ("rotate", {"grants": {"heron": "a" * 64}}),
    "a grant without a hash": ("rotate", {"grants": {"recovery": ""}}),
    "grants in a list": ("rotate", {"grants": []}),
    "a grant to nobody": ("grant", {"holder": ""}),
    "a reason of one's own": ("revoke", {"reason": "bored"}),
    "fewer than no entries": ("revoke", {"last": -1}),
    "one share too few": ("trustees", {"recovery": SPLIT | {"shares": SPLIT["shares"][:3]}}),
    "one share twice": ("trustees", {"recovery": SPLIT | {"shares": [SHARE] * 4}}),
    "one of three": ("trustees", {"recovery": SPLIT | {"groups": [[1, 3], [1, 1]]}}),
    "three of two": ("trustees", {"recovery": SPLIT | {"groups": [[3, 2], [2, 2]]}}),
    "a group of one number": ("trustees", {"recovery": SPLIT | {"groups": [[4], [1, 1]]}}),
    "more groups needed than there are": (
        "trustees",
        {"recovery": SPLIT | {"group_threshold": 3}},
    ),
    "no groups": ("trustees", {"recovery": SPLIT | {"groups": [], "shares": []}}),
    "a salt of 15 bytes": ("trustees", {"recovery": SPLIT | {"salt": "ab" * 15}}),
    "a drill that opens the real thing": ("trustees", {"recovery": SPLIT, "drill": SPLIT}),
    "a share without a trustee": (
        "trustees",
        {"recovery": SPLIT | {"shares": [SHARE | {"trustee": ""}, *SPLIT["shares"][1:]]}},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_comes_back_as_it_was_signed(kind: str) -> None:
    text = texts()[kind]
    signed = parse_op(sign(text, HERON))
    assert signed.text == text == signed.op.text()
    assert signed.hash == op_hash(text)
    assert signed.signer == HERON.id
    assert signed.name == f"roster/{op_hash(text)}-{HERON.id}"
    assert signed.archive == (archive_of(text) or op_hash(text))
    assert signed.signed_by(HERON.key.public)
    assert not signed.signed_by(GULL.key.public)


@pytest.mark.parametrize(("kind", "change"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_operation_is_refused(kind: str, change: dict[str, object]) -> None:
    with pytest.raises(ForeignDataError):
        read_op(rewritten(texts()[kind], **change))


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_needed(kind: str) -> None:
    fields = canonical.decode(texts()[kind][:-1].encode(), 2**20)
    for field in fields:
        rest = {name: value for name, value in fields.items() if name != field}
        with pytest.raises(ForeignDataError):
            read_op(canonical.encode(rest).decode() + "\n")


@pytest.mark.parametrize("kind", KINDS)
def test_every_spelling_but_one_is_refused(kind: str) -> None:
    text = texts()[kind]
    for other in (text[:-1], text + "\n", text.replace(":", ": ", 1), "\ufeff" + text):
        with pytest.raises(ForeignDataError):
            read_op(other)


def misnamed() -> dict[str, bytes]:
    """Return notes whose signature does not belong to the operation."""
    text, archive = texts()["policy"], settled().roster.archive
    founding = texts()["found"]
    signed = note.sign(text, f"unburnt/{archive}/{HERON.id}", HERON.key)
    both = note.add_signature(signed, f"unburnt/{archive}/{GULL.id}", GULL.key)
    names = {
        "another archive": f"unburnt/{'a' * 64}/{HERON.id}",
        "no device": f"unburnt/{archive}/heron",
        "the founding's name": f"unburnt/founding/{HERON.id}",
        "a longer name": f"unburnt/{archive}/x/{HERON.id}",
        "another program": f"burnt/{archive}/{HERON.id}",
    }
    notes = {what: note.sign(text, name, HERON.key) for what, name in names.items()}
    notes["two signatures"] = both
    notes["a founding by another device"] = note.sign(
        founding, f"unburnt/founding/{GULL.id}", GULL.key
    )
    notes["a founding under its own hash"] = note.sign(
        founding, f"unburnt/{op_hash(founding)}/{HERON.id}", HERON.key
    )
    return {what: made.encode() for what, made in notes.items()}


@pytest.mark.parametrize("data", misnamed().values(), ids=misnamed())
def test_a_signature_that_belongs_elsewhere_is_refused(data: bytes) -> None:
    with pytest.raises(ForeignDataError):
        parse_op(data)


def test_only_the_archive_of_the_text_is_signed_for() -> None:
    for text, archive in ((texts()["policy"], "a" * 64), (texts()["found"], "a" * 64)):
        with pytest.raises(ForeignDataError):
            sign_op(text, archive, HERON.id, HERON.key)


def test_the_largest_rotation_fits_into_a_file() -> None:
    grants = {encode_id(n.to_bytes(16, "big")): a_hash(str(n)) for n in range(1000)}
    text = rewritten(texts()["rotate"], grants=grants, parents=[f"{n:064x}" for n in range(1000)])
    assert parse_op(sign(text, HERON)).text == text
    with pytest.raises(ForeignDataError):
        parse_op(b" " * (MAX_FILE + 1))


GOOD = sign(texts()["trustees"], TERN)


@given(
    st.binary(max_size=400)
    | st.builds(lambda at, byte: GOOD[:at] + bytes([byte]) + GOOD[at + 1 :], PLACES, BYTES)
    | PLACES.map(lambda at: GOOD[:at])
    | JSON.map(lambda value: sign_anything(canonical.encode(value).decode() + "\n"))
)
def test_hostile_bytes_are_only_ever_foreign_data(data: bytes) -> None:
    with contextlib.suppress(ForeignDataError):
        assert parse_op(data).note.encode() == data


@given(st.sampled_from(KINDS), st.data())
def test_a_hostile_value_in_any_field_is_only_ever_foreign_data(
    kind: str, data: st.DataObject
) -> None:
    fields = canonical.decode(texts()[kind][:-1].encode(), 2**20)
    field = data.draw(st.sampled_from(sorted(fields)))
    text = rewritten(texts()[kind], **{field: data.draw(JSON)})
    with contextlib.suppress(ForeignDataError):
        assert read_op(text).text() == text
