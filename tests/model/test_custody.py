"""A chain is the same whatever the order of its statements, and says what is not known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared_data import shared
from unburnt.core.errors import UsageError
from unburnt.core.ids import encode_id
from unburnt.model.custody import COMPUTED, QUIET, Chain, Link, Place, fold
from unburnt.model.custody_event import RECORDED, Happened, statements
from unburnt.model.custody_prov import CONTEXT, to_jsonld
from unburnt.model.custody_words import WORDS, sentence
from unburnt.model.recorded import ACCEPTED, REFUSED, UNCONFIRMED, Recorded, Standing
from unburnt.model.statement import Statement


def an_id(number: int) -> str:
    return encode_id(bytes([number]) * 16)


PHOTO, COPY, ORIGIN = an_id(1), an_id(2), an_id(3)
HERON, ROWAN = an_id(10), an_id(11)
LAPTOP, PHONE = an_id(20), an_id(21)
CASES = an_id(30)
DIGEST = "ab" * 32
OTHER = "cd" * 32
MONDAY = "2026-01-05T10:00:00Z"
TUESDAY = "2026-01-06T10:00:00Z"


def record(
    entity: str,
    name: str,
    value: dict[str, Any],
    *,
    schema: str = "CustodyEvent",
    at: str = MONDAY,
    sequence: int = 0,
    author: str = HERON,
    device: str = LAPTOP,
    source: str = HERON,
    standing: Standing = ACCEPTED,
    stance: str = "asserted",
) -> Recorded:
    said = Statement(
        entity=entity,
        schema=schema,
        property=name,
        value=value,
        source=source,
        stance=stance,
        author=author,
        device=device,
        compartment=CASES,
        recorded_at=at,
    )
    label = f"{entity}/{name}/{device}/{sequence}/{json.dumps(value, sort_keys=True)}"
    return Recorded(said, label, device, sequence, 0, standing)


def photo(**more: Any) -> Recorded:
    file = {"sha256": DIGEST, "size": 26, "object": "ef" * 32}
    return record(PHOTO, "file", {"file": file}, schema="Evidence", source=ORIGIN, **more)


def event(
    number: int, kind: str, *, details: dict[str, Any] | None = None, **at: Any
) -> tuple[str, list[Recorded]]:
    identity = an_id(100 + number)
    said = statements(Happened(kind=kind, evidence=(PHOTO,), **(details or {})))
    return identity, [
        record(identity, name, value, **{"sequence": number, **at}) for name, value in said
    ]


def chain(
    *events: tuple[str, list[Recorded]],
    about: Sequence[Recorded] | None = None,
    derived: dict[str, list[Recorded]] | None = None,
    **more: Any,
) -> Chain:
    base = [photo()] if about is None else about
    return fold(PHOTO, base, dict(events), derived or {}, more.pop("places", {}), **more)


def marks(found: Chain, kind: str) -> set[str]:
    (link,) = [link for link in found.links if link.kind == kind]
    return set(link.marks)


def test_what_was_signed_anyway_becomes_four_events_in_order() -> None:
    found = chain(places={(LAPTOP, 0): Place(covered=1, sites=2, checked=1)})
    assert tuple(link.kind for link in found.links) == COMPUTED
    assert found.links[0].source == ORIGIN
    assert (found.links[1].digest, found.links[1].size) == (DIGEST, 26)
    assert found.links[3].place == Place(covered=1, sites=2, checked=1)
    assert all(link.marks == ("claimed",) for link in found.links)


def test_a_witnessed_entry_is_not_only_claimed() -> None:
    found = chain(places={(LAPTOP, 0): Place(existed_by="2026-01-07T00:00:00Z")})
    assert not any(link.marks for link in found.links)


def test_without_a_file_there_is_no_chain() -> None:
    with pytest.raises(UsageError):
        chain(event(1, "viewed"), about=[])
    with pytest.raises(UsageError):
        chain(about=[photo(standing=REFUSED)])


def test_what_is_said_of_an_event_later_is_no_part_of_it() -> None:
    identity, said = event(1, "viewed")
    later = record(identity, "purpose", {"text": "a better reason"}, sequence=2)
    (link,) = [k for k in chain((identity, [*said, later])).links if k.kind == "viewed"]
    assert link.purpose is None


MARKED = {
    "a day later is still in time": (
        event(1, "viewed", details={"happened": "2026-01-04"}),
        {"claimed"},
    ),
    "two days later is afterwards": (
        event(1, "viewed", details={"happened": "2026-01-03"}),
        {"claimed", "retroactive"},
    ),
    "a month that began long ago and ended now is in time": (
        event(1, "viewed", details={"happened": "2026-01"}),
        {"claimed"},
    ),
    "a clock that went backwards": (
        event(1, "viewed", at="2026-01-04T10:00:00Z"),
        {"claimed", "disordered"},
    ),
    "another device's clock is another matter": (
        event(1, "viewed", at="2026-01-04T10:00:00Z", device=PHONE),
        {"claimed"},
    ),
    "signed after compromise": (
        event(1, "viewed", standing=UNCONFIRMED),
        {"claimed", "unconfirmed"},
    ),
    "a digest of something else": (
        event(1, "viewed", details={"digest": OTHER}),
        {"claimed", "mismatch"},
    ),
}


@pytest.mark.parametrize(("seen", "expected"), MARKED.values(), ids=MARKED.keys())
def test_an_event_is_marked_by_what_speaks_against_it(
    seen: tuple[str, list[Recorded]], expected: set[str]
) -> None:
    found = chain(seen)
    assert marks(found, "viewed") == expected
    assert found.red == ("mismatch" in expected)


def test_a_gap_that_somebody_notes_is_always_afterwards() -> None:
    assert "retroactive" in marks(chain(event(1, "gap")), "gap")


def test_an_event_that_was_taken_back_stays_and_says_so() -> None:
    identity, said = event(1, "viewed")
    assert "taken-back" in marks(chain((identity, said), retracted=[said[0].id]), "viewed")


def test_refused_statements_are_left_out_and_counted() -> None:
    found = chain(event(1, "viewed", standing=REFUSED))
    assert tuple(link.kind for link in found.links) == COMPUTED
    assert found.refused == 2


def given_to(receiver: str) -> tuple[str, list[Recorded]]:
    return event(1, "transferred", details={"receiver": receiver})


def answered(**more: Any) -> tuple[str, list[Recorded]]:
    details = {"digest": DIGEST, "answers_event": an_id(101), **more.pop("details", {})}
    return event(2, "acknowledged", details=details, at=TUESDAY, **more)


def test_a_handing_over_is_acknowledged_by_its_receiver_alone() -> None:
    assert "unacknowledged" in marks(chain(given_to(ROWAN)), "transferred")
    whole = chain(given_to(ROWAN), answered(author=ROWAN, device=PHONE))
    assert marks(whole, "transferred") == marks(whole, "acknowledged") == {"claimed"}
    other = chain(given_to(ROWAN), answered(author=HERON))
    assert "not-receiver" in marks(other, "acknowledged")
    assert "unacknowledged" in marks(other, "transferred")


def test_what_a_receiver_outside_told_is_marked_as_told() -> None:
    found = chain(given_to("a laboratory"), answered(details={"told": True}))
    assert marks(found, "acknowledged") == {"claimed", "told"}
    assert marks(found, "transferred") == {"claimed"}


def test_another_handing_over_under_the_same_id_does_not_answer_for_the_first() -> None:
    identity, said = given_to(ROWAN)
    _, forged = event(1, "transferred", details={"receiver": HERON}, device=PHONE)
    found = chain((identity, [*said, *forged]), answered(author=HERON))
    state = {k.receiver: set(k.marks) for k in found.links if k.kind == "transferred"}
    assert state == {ROWAN: {"claimed", "unacknowledged"}, HERON: {"claimed"}}


def test_nobody_tells_what_a_member_would_have_signed() -> None:
    told = answered(details={"told": True}, author=HERON)
    found = chain(given_to(ROWAN), told, members={ROWAN, HERON})
    assert marks(found, "acknowledged") == {"claimed", "told", "not-receiver"}
    assert marks(found, "transferred") == {"claimed", "unacknowledged"}


def test_an_acknowledgement_with_another_digest_is_red() -> None:
    found = chain(given_to(ROWAN), answered(author=ROWAN, details={"digest": OTHER}))
    assert found.red


def test_long_silence_is_an_event_and_no_proof_of_anything() -> None:
    far = event(1, "viewed", at="2026-04-06T10:00:00Z")  # 91 days after
    near = event(1, "viewed", at="2026-04-05T10:00:00Z")
    quiet = [link for link in chain(far).links if link.kind == "quiet"]
    assert [link.days for link in quiet] == [QUIET + 1]
    assert "does not show" in sentence(quiet[0], WORDS["en"], str)
    assert not [link for link in chain(near).links if link.kind == "quiet"]


def test_a_copy_made_from_it_stands_in_its_chain_with_the_tool() -> None:
    made = [
        record(COPY, "derivedFrom", {"entity": PHOTO}, schema="Evidence", sequence=4, at=TUESDAY),
        record(COPY, "captureTool", {"text": "pillow 12"}, schema="Evidence", sequence=4),
        record(COPY, "captureTool", {"text": "said later"}, schema="Evidence", sequence=5),
    ]
    (link,) = [k for k in chain(derived={COPY: made}).links if k.kind == "derived"]
    assert (link.result, link.tool, link.when) == ((COPY,), "pillow 12", TUESDAY)


def test_what_a_newer_version_says_does_not_break_the_chain() -> None:
    identity, said = event(1, "viewed")
    odd = [
        record(identity, "kind", {"term": "teleported"}, sequence=1),
        record(identity, "happened", {"date": "not a date"}, sequence=1),
        record(identity, "purpose", {"hologram": 1}, sequence=1),
    ]
    found = chain((identity, [*said, *odd]))
    assert "retroactive" in marks(found, "viewed")


EVENTS = [
    event(1, "viewed"),
    event(2, "exported", details={"purpose": "appeal", "receiver": "a lawyer", "tool": "x 1"}),
    event(3, "transferred", details={"receiver": ROWAN}),
    event(4, "gap", details={"happened": "2025-11"}),
]


@given(st.permutations(EVENTS), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(
    events: list[tuple[str, list[Recorded]]], random: Any
) -> None:
    shuffled = [(name, random.sample(said, len(said))) for name, said in events]
    assert chain(*shuffled) == chain(*EVENTS)


# --- words ----------------------------------------------------------------------------------------


def full(kind: str) -> Link:
    return Link(
        kind=kind,
        when=MONDAY,
        recorded_at=TUESDAY,
        author=HERON,
        device=LAPTOP,
        sequence=7,
        event=an_id(101),
        by="somebody",
        source=ORIGIN,
        digest=DIGEST,
        size=26,
        object="ef" * 32,
        place=Place(8, 2, 1, "2026-02-01"),
        tool="x 1",
        purpose="appeal",
        receiver=ROWAN,
        answers=an_id(102),
        result=(COPY,),
        note="a note",
        days=100,
        marks=tuple(WORDS["en"].marks),
    )


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("kind", [*COMPUTED, *RECORDED, "quiet"])
def test_every_event_has_a_sentence_with_all_that_is_known_of_it(language: str, kind: str) -> None:
    said = sentence(full(kind), WORDS[language], str)
    assert "{" not in said
    assert "None" not in said
    if kind != "quiet":
        for word in ("x 1", "appeal", "a note", COPY, ROWAN, "2026-02-01", TUESDAY, "somebody"):
            assert word in said


def test_both_languages_have_the_same_words() -> None:
    english, russian = WORDS["en"], WORDS["ru"]
    for name in ("kinds", "details", "marks"):
        assert getattr(english, name).keys() == getattr(russian, name).keys()


# --- PROV and CASE --------------------------------------------------------------------------------


def graph(found: Chain) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = json.loads(to_jsonld(found, "ab" * 32))["@graph"]
    return nodes


def whole() -> Chain:
    made = [record(COPY, "derivedFrom", {"entity": PHOTO}, schema="Evidence", sequence=5)]
    return chain(*EVENTS, answered(author=ROWAN), derived={COPY: made})


def test_the_file_is_one_canonical_line_and_the_same_every_time() -> None:
    assert to_jsonld(whole(), "ab" * 32) == to_jsonld(whole(), "ab" * 32)
    assert to_jsonld(whole(), "ab" * 32).count(b"\n") == 1


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["@id"]} if value.keys() == {"@id"} else set()
        return own.union(*(_references(v) for v in value.values()))
    if isinstance(value, list):
        return set().union(*(_references(v) for v in value))
    return set()


def _words(value: Any) -> set[str]:
    """Return every prefixed name that is used as a key or a type."""
    if isinstance(value, list):
        return set().union(*(_words(v) for v in value))
    if not isinstance(value, dict):
        return set()
    types = value.get("@type", [])
    own = set(value) | set([types] if isinstance(types, str) else types)
    return {w for w in own if ":" in w}.union(*(_words(v) for v in value.values()))


def test_every_event_of_the_chain_is_an_act_with_a_record_and_nothing_points_nowhere() -> None:
    found = whole()
    nodes = graph(found)
    known = {node["@id"] for node in nodes}
    acts = [n for n in nodes if "case-investigation:InvestigativeAction" in n["@type"]]
    records = [n for n in nodes if "case-investigation:ProvenanceRecord" in n["@type"]]
    events = [link for link in found.links if link.kind != "quiet"]
    assert sorted(act["uco-core:name"] for act in acts) == sorted(link.kind for link in events)
    assert len(records) == len(acts) == len(events)
    assert _references(nodes) <= known
    assert {word.partition(":")[0] for word in _words(nodes)} <= {*CONTEXT, "kb", "unburnt"}


def test_an_uncertain_date_is_no_moment_of_prov() -> None:
    (gap,) = [n for n in graph(whole()) if n.get("uco-core:name") == "gap"]
    assert gap["unburnt:happened"] == "2025-11"
    assert "prov:atTime" not in gap


def test_the_file_names_no_site_and_no_label() -> None:
    place = Place(covered=1, sites=3, checked=2)
    with_sites = to_jsonld(chain(places={(LAPTOP, 0): place}), "ab" * 32)
    without = to_jsonld(chain(places={(LAPTOP, 0): replace(place, sites=0, checked=0)}), "ab" * 32)
    assert with_sites == without


def test_acts_records_and_files_have_the_shape_of_the_published_case_example() -> None:
    """Every CASE or UCO word that an act or record of ours uses, the example uses on its own."""
    example = json.loads(shared("peers/case/forensic_lifecycle.json").read_text())["@graph"]
    for kind in ("case-investigation:InvestigativeAction", "case-investigation:ProvenanceRecord"):
        theirs = {k for n in example if kind in n["@type"] for k in n}
        ours = {k for n in graph(whole()) if kind in n["@type"] for k in n}
        named = {k for k in ours if k.startswith(("case-", "uco-"))}
        assert named <= theirs, kind


CLOCKS: dict[str, tuple[Place, set[str]]] = {
    "nothing speaks against its time": (Place(before="2026-01-06T09:00:00Z"), set()),
    "its log has a later time before it, of another matter": (
        Place(before="2026-01-07T00:00:00Z"),
        {"disordered"},
    ),
    "it had seen a later time of another device": (Place(seen="2026-01-07T00:00:00Z"), {"behind"}),
    "clocks of two devices differ by ten minutes": (Place(seen="2026-01-06T10:10:00Z"), set()),
    "clocks of two devices differ by more": (Place(seen="2026-01-06T10:10:01Z"), {"behind"}),
}


@pytest.mark.parametrize("name", CLOCKS)
def test_a_claimed_time_is_held_against_the_order_of_the_logs(name: str) -> None:
    place, expected = CLOCKS[name]
    seen = event(1, "viewed", at="2026-01-06T10:00:00Z")
    found = chain(seen, places={(LAPTOP, 1): place})
    assert marks(found, "viewed") - {"claimed"} == expected


def test_a_receipt_that_does_not_say_of_what_acknowledges_nothing() -> None:
    given = event(1, "transferred", details={"receiver": "a lawyer"})
    for digest, mark in ((None, {"unacknowledged"}), (DIGEST, set())):
        details = {"answers_event": given[0], "told": True, "digest": digest}
        found = chain(given, event(2, "acknowledged", details=details))
        assert marks(found, "transferred") - {"claimed"} == mark
        assert ("of-nothing" in marks(found, "acknowledged")) is (digest is None)
