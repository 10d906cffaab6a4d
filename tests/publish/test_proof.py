"""A proof shows what was chosen and nothing else, is small, and cannot be bent."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.publish.proof_cases import GOOD
from tests.publish.proof_scene import OPEN, POSITION, SHOWN, WITNESSES, Scene, an_id, draw
from tests.repository import ROOT
from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError, UnburntError, UsageError
from unburnt.crypto import commitment, note
from unburnt.model.batch import Batch
from unburnt.model.statement import FIELDS, Statement, field_bytes, field_values
from unburnt.publish.proof import Signer, make, opened, parse, verify
from unburnt.storage import objects
from unburnt.storage.memory import MemoryBackend

SCENE = Scene()


def test_a_proof_says_what_was_written_and_where() -> None:
    proven = verify(parse(GOOD))
    assert proven.fields == {
        "entity": an_id("entity"),
        "property": "summary",
        "schema": "Event",
        "stance": "reported",
        "value": {"text": "They came at night."},
    }
    assert proven.statement == SCENE.batch(SHOWN).ids[POSITION].hex()
    assert (proven.archive, proven.device) == (SCENE.archive, SCENE.device)
    assert (proven.sequence, proven.checkpoint.size) == (SHOWN, 5)
    assert parse(GOOD).to_bytes() == GOOD
    assert opened(parse(GOOD)) == tuple(name for name in FIELDS if name in OPEN)


def test_a_proof_with_two_witnesses_in_a_long_log_fits_four_kilobytes() -> None:
    assert len(GOOD) < 3200
    assert len(SCENE.proof(place=SCENE.place(count=130)).to_bytes()) < 4096


# --- what is withheld -----------------------------------------------------------------------------

WORDS = st.text("абвгдеabcdefgh ", min_size=9, max_size=400).filter(lambda text: len(set(text)) > 3)


@st.composite
def secrets(draw_from: st.DrawFn) -> dict[str, Any]:
    """Draw fields that a person may withhold, each recognisable when it shows up anywhere."""
    ids = st.binary(min_size=16, max_size=16).map(lambda raw: an_id(raw.hex()))
    return {
        "author": draw_from(ids),
        "compartment": draw_from(ids),
        "source": draw_from(ids),
        "entity": draw_from(ids),
        "attribution": tuple(draw_from(st.lists(ids, max_size=3))),
        "locator": draw_from(st.none() | WORDS.map(lambda text: {"quote": text})),
        "value": {"text": draw_from(WORDS)},
        "lang": draw_from(st.sampled_from([None, "rus", "che"])),
        "reliability": draw_from(st.sampled_from([None, "A", "F"])),
        "credibility": draw_from(st.sampled_from([None, 2, 6])),
        "recorded_at": draw_from(st.sampled_from(["2019-03-04T05:06:07Z", "1999-12-31T23:59:59Z"])),
        "property": draw_from(st.sampled_from(["summary", "workNotes"])),
        "schema": draw_from(st.sampled_from(["Event", "Person"])),
    }


def sealed_size(scene: Scene) -> int:
    recipient = scene.signer.recipient
    return objects.seal_pack(MemoryBackend(), scene.batch(SHOWN).to_members(), recipient).size


# The device and stance of the scene stay: the device signs the header, the stance is one of six.
CHOICES = sorted(set(FIELDS) - {"answers", "device"})


@pytest.mark.slow
@given(secrets(), secrets(), st.sets(st.sampled_from(CHOICES), min_size=1))
def test_nothing_withheld_occurs_in_a_proof_not_even_its_length(
    one: dict[str, Any], other: dict[str, Any], shown: set[str]
) -> None:
    other = {**other, **{name: one[name] for name in shown if name in one}}
    scenes = [Scene(more=given) for given in (one, other)]
    made = [
        replace(scene, object_size=sealed_size(scene)).proof(shown).to_bytes() for scene in scenes
    ]
    assert len(made[0]) == len(made[1])
    statement = scenes[0].statement(**one)
    values, salts = field_values(statement), salts_of(scenes[0], statement)
    spelled = json.dumps([values[name] for name in shown], ensure_ascii=False)
    for (name, _), salt in zip(field_bytes(statement), salts, strict=True):
        assert (salt.hex().encode() in made[0]) == (name in shown)
        if name not in shown:
            assert f'["{name}"'.encode() not in made[0]
        if name not in shown and name != "device":
            assert not [
                t for t in pieces(values[name]) if t.encode() in made[0] and t not in spelled
            ]
    assert scenes[0].batch(SHOWN).secret.hex().encode() not in made[0]


def salts_of(scene: Scene, statement: Statement) -> list[bytes]:
    secret = scene.batch(SHOWN).secret
    return commitment.field_salts(secret, POSITION, len(field_bytes(statement)))


def pieces(value: Any) -> list[str]:
    """Return every text of nine characters and more in a value, and its beginning and end."""
    if isinstance(value, dict):
        return [piece for item in value.values() for piece in pieces(item)]
    if isinstance(value, list):
        return [piece for item in value for piece in pieces(item)]
    text = value if isinstance(value, str) else ""
    return [text, text[:9], text[-9:]] if len(text) >= 9 and text.isprintable() else []


def test_only_the_padded_size_of_the_sealed_entry_speaks_of_lengths() -> None:
    sizes = [sealed_size(Scene(words=draw("long", length).hex())) for length in (1, 200, 10_000)]
    assert max(sizes[:2]) < 5000  # one padded size below four kilobytes, but for age's own grease
    assert sizes[2] > 10_000  # the limit that the specification names


# --- making --------------------------------------------------------------------------------------


def test_nothing_is_made_that_would_be_refused() -> None:
    place = SCENE.place()
    batch = SCENE.batch(SHOWN)
    stranger = Scene(seed="other ")
    with pytest.raises(ForeignDataError):
        make(batch, POSITION, OPEN, place, stranger.signer)
    with pytest.raises(ForeignDataError):
        make(SCENE.batch(1), POSITION, OPEN, place, SCENE.signer)
    with pytest.raises(ForeignDataError):
        make(batch, POSITION, OPEN, replace(place, entry=stranger.entries()[2]), SCENE.signer)
    with pytest.raises(UsageError):
        make(batch, 9, OPEN, place, SCENE.signer)
    with pytest.raises(UsageError):
        make(batch, POSITION, {"name"}, place, SCENE.signer)
    with pytest.raises(UsageError):
        make(batch, POSITION, OPEN, replace(place, tree=SCENE.place(7).tree), SCENE.signer)
    with pytest.raises(UnburntError):
        make(batch, POSITION, OPEN, place, Signer(SCENE.key.public, "age1"))


def test_a_statement_that_claims_another_device_is_not_proven() -> None:
    said = [SCENE.statement(device=an_id("elsewhere"))] * 3
    batch = Batch.of(said, draw("secret 2"))
    assert batch.root() != SCENE.batch(SHOWN).root()
    scene = Scene(more={"device": an_id("elsewhere")})
    assert verify(scene.proof()).statement
    with pytest.raises(ForeignDataError):
        scene.proof({*OPEN, "device"})


def test_the_devices_own_line_comes_first_whatever_the_order() -> None:
    place = SCENE.place()
    turned = note.Note(place.checkpoint.text, tuple(reversed(place.checkpoint.signatures)))
    names = [
        line.name
        for line in SCENE.proof(place=replace(place, checkpoint=turned)).checkpoint.signatures
    ]
    assert names == [SCENE.name, WITNESSES[1].name, WITNESSES[0].name]


def test_a_tlog_proof_is_spelled_as_the_specification_says() -> None:
    proof = parse(GOOD)
    lines = proof.to_tlog_proof().decode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert base64.b64decode(lines[1].removeprefix("extra ")) == proof.entry.note.encode()
    assert lines[2] == "index 2"
    end = lines.index("")
    assert [base64.b64decode(line) for line in lines[3:end]] == list(proof.path)
    assert "\n".join(lines[end + 1 :]).encode() == proof.checkpoint.encode()


@given(st.binary(max_size=300))
def test_hostile_bytes_are_foreign_data_and_nothing_else(data: bytes) -> None:
    with pytest.raises(ForeignDataError):
        verify(parse(data))


def test_no_changed_byte_passes() -> None:
    passed = []
    for place in range(0, len(GOOD), 3):
        altered = bytearray(GOOD)
        altered[place] ^= 1
        try:
            parsed = parse(bytes(altered))
            verify(parsed)
        except ForeignDataError:
            continue
        passed.append(place)
    begin, end = GOOD.index(WITNESSES[0].name.encode()), GOOD.index(b'","device"')
    assert all(begin <= place < end for place in passed)  # cosignatures are the reader's to judge


def test_time_tokens_are_carried_byte_for_byte() -> None:
    tokens = (("rfc3161", b"reply"), ("ots", b"\0proof"))
    batch, place = SCENE.batch(SHOWN), SCENE.place()
    data = make(batch, POSITION, OPEN, place, SCENE.signer, tokens).to_bytes()
    assert parse(data).tokens == tokens
    for twisted in ([], ["x"], [["ots", 1]], [["ots", "AA=="], ["x", "AA=="]], [["ots", "AB=="]]):
        with pytest.raises(ForeignDataError):
            parse(canonical.encode({**json.loads(GOOD), "tokens": twisted}))
    assert canonical.decode(data, 2**20)["type"] == "unburnt/proof/v1"


def test_the_specification_shows_the_example_byte_for_byte() -> None:
    page = (ROOT / "docs" / "spec" / "proof.md").read_text("utf-8")
    assert page.split("```json\n")[1].split("```")[0].replace("\n", "").encode() == GOOD
    assert f"{len(GOOD)} bytes" in page
