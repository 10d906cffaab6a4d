"""The demonstration case: every statement legal, every fact told, nobody exposed."""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from unburnt.core import canonical
from unburnt.core.errors import UsageError
from unburnt.model import statement
from unburnt.model.folding import meaning
from unburnt.model.schema import builtin

FOLDER = Path(__file__).resolve().parents[2] / "demo" / "winter_2018"
PHASES = ("before", "office-apart", "field-apart", "after")
DEVICES = {"office", "field", "drop", "analyst"}
COMPARTMENTS = {"cases", "sources", "staff"}
REQUIRED = {"entity", "property", "value", "source", "stance", "reliability", "credibility"}
REQUIRED |= {"compartment", "device", "recorded_at", "phase"}
OPTIONAL = {"lang", "locator", "attribution", "note", "id", "answers"}

Record = dict[str, Any]


@cache
def case() -> tuple[dict[str, Record], list[Record]]:
    """The entities and the statements of the file."""
    read = yaml.safe_load((FOLDER / "case.yaml").read_text(encoding="utf-8"))
    assert set(read) == {"entities", "statements"}
    return read["entities"], read["statements"]


def entities() -> dict[str, Record]:
    return case()[0]


def statements(**wanted: Any) -> list[Record]:
    """The statements whose keys have the wanted values."""
    return [s for s in case()[1] if all(s.get(key) == value for key, value in wanted.items())]


def opaque(handle: str) -> str:
    """An id as the archive would give, the same for the same handle."""
    digest = hashlib.sha256(handle.encode()).digest()[:16]
    return base64.b32encode(digest).decode().lower().rstrip("=")


def as_value(value: Record) -> Record:
    """A value as the archive would hold it: handles become ids, file names become digests."""
    if "entity" in value:
        return {"entity": opaque(value["entity"])}
    if "file" in value:
        held = (FOLDER / "evidence" / value["file"]).read_bytes()
        digest = hashlib.sha256(held).hexdigest()
        # The sealed object has another name, which exists only once it is sealed.
        return {"file": {"sha256": digest, "size": len(held), "object": digest}}
    return value


def where(record: Record) -> str:
    return f"{record['entity']}.{record['property']} at {record['recorded_at']}"


# --- form -----------------------------------------------------------------------------------------


def test_there_are_enough_statements_and_all_have_the_agreed_keys() -> None:
    assert len(statements()) >= 75
    for record in statements():
        assert set(record) >= REQUIRED, where(record)
        assert set(record) <= REQUIRED | OPTIONAL, where(record)
        assert record["phase"] in PHASES
        assert record["device"] in DEVICES
        assert record["compartment"] in COMPARTMENTS


def test_every_handle_resolves_and_every_entity_is_spoken_of() -> None:
    for record in statements():
        named = [record["entity"], record["source"], *record.get("attribution", [])]
        if "entity" in record["value"]:
            named.append(record["value"]["entity"])
        assert set(named) <= entities().keys(), where(record)
    assert {record["entity"] for record in statements()} == entities().keys()


def test_every_statement_is_legal_in_the_schema() -> None:
    schema, refused = builtin(), []
    for record in statements():
        kind = entities()[record["entity"]]["schema"]
        try:
            schema.check_value(kind, record["property"], as_value(record["value"]))
        except UsageError as error:
            refused.append(f"{where(record)}: {error}")
    assert refused == []


def test_every_reference_leads_to_a_schema_its_property_allows() -> None:
    schema = builtin()
    for record in statements():
        if "entity" in record["value"]:
            kind = entities()[record["entity"]]["schema"]
            target = entities()[record["value"]["entity"]]["schema"]
            assert schema.fits(kind, record["property"], target), where(record)


def test_every_record_can_be_spelled_as_a_statement() -> None:
    for record in statements():
        fields = {
            "author": opaque(record["device"]),
            "compartment": opaque(record["compartment"]),
            "device": opaque(record["device"]),
            "entity": opaque(record["entity"]),
            "schema": entities()[record["entity"]]["schema"],
            "source": opaque(record["source"]),
            "value": as_value(record["value"]),
        }
        for name in ("property", "recorded_at", "stance", "reliability", "credibility"):
            fields[name] = record[name]
        for name in ("lang", "locator"):
            if name in record:
                fields[name] = record[name]
        if "attribution" in record:
            fields["attribution"] = [opaque(handle) for handle in record["attribution"]]
        if "answers" in record:
            fields["answers"] = "0" * 64  # the id exists only once the entry is signed
        made = statement.parse(canonical.encode(fields))
        assert made.property == record["property"], where(record)


def test_no_two_statements_say_the_same_thing_in_the_same_breath() -> None:
    seen = [
        repr({key: record.get(key) for key in REQUIRED - {"recorded_at", "phase"}})
        for record in statements()
    ]
    assert len(seen) == len(set(seen))


# --- order and corrections ------------------------------------------------------------------------


def test_phases_follow_each_other_and_clocks_run_forward() -> None:
    times = defaultdict(list)
    for record in statements():
        times[record["phase"]].append(record["recorded_at"])
    assert max(times["before"]) < min(times["office-apart"] + times["field-apart"])
    assert max(times["office-apart"] + times["field-apart"]) < min(times["after"])


def test_while_apart_each_side_writes_by_itself() -> None:
    assert {s["device"] for s in statements(phase="office-apart")} == {"office"}
    assert {s["device"] for s in statements(phase="field-apart")} == {"field", "drop"}


def test_while_apart_office_and_field_contradict_each_other_on_eight_properties() -> None:
    said: dict[str, dict[tuple[str, str], set[str]]] = {}
    for phase, device in (("office-apart", "office"), ("field-apart", "field")):
        apart = statements(phase=phase, device=device)
        assert len(apart) >= 8
        said[device] = defaultdict(set)
        for record in apart:
            claim = repr((meaning(record["value"]), record["stance"] == "denied"))
            said[device][record["entity"], record["property"]].add(claim)
    shared = said["office"].keys() & said["field"].keys()
    disputed = {key for key in shared if said["office"][key].isdisjoint(said["field"][key])}
    assert len(disputed) >= 8
    assert ("act-car", "startDate") in disputed
    assert ("act-car", "x-petrol-canister") in disputed
    assert ("masked-men-nazran", "numberOfPeople") in disputed
    assert ("sokirianskaia", "lastName") in disputed


def test_a_correction_answers_an_earlier_statement_about_the_same_thing() -> None:
    named = {record["id"]: record for record in statements() if "id" in record}
    answers = [record for record in statements() if "answers" in record]
    assert len(answers) >= 4
    assert {record["answers"] for record in answers} == named.keys()
    for record in answers:
        earlier = named[record["answers"]]
        for key in ("entity", "property", "compartment"):
            assert record[key] == earlier[key], where(record)
        assert earlier["recorded_at"] < record["recorded_at"]
        same = record["value"] == earlier["value"] and earlier["stance"] != "denied"
        assert same == (record["stance"] == "retracted"), where(record)


def test_only_corrections_are_retractions_or_replacements() -> None:
    for record in statements():
        answering = record["stance"] in ("retracted", "superseded")
        assert answering == ("answers" in record), where(record)


# --- nobody exposed -------------------------------------------------------------------------------


def test_what_a_circle_knows_of_its_people_stays_in_the_circle() -> None:
    for record in statements():
        home = entities()[record["entity"]]["compartment"]
        if home != "cases":
            assert record["compartment"] == home, where(record)


@pytest.mark.parametrize(
    ("compartment", "words"),
    [
        ("sources", ("rowan", "birch")),
        ("staff", ("heron", "wren", "kestrel", "swift")),
    ],
)
def test_call_signs_are_written_in_their_own_circle_only(
    compartment: str, words: tuple[str, ...]
) -> None:
    inside = str([s["value"] for s in statements(compartment=compartment)]).lower()
    outside = [s["value"] for s in statements() if s["compartment"] != compartment]
    for word in words:
        assert word in inside
        assert word not in str(outside).lower()


def test_evidence_of_the_open_circle_tells_nothing_of_the_sources() -> None:
    for record in statements(property="file", compartment="cases"):
        held = (FOLDER / "evidence" / record["value"]["file"]).read_bytes().lower()
        assert b"rowan" not in held
        assert b"birch" not in held


def test_the_only_people_named_are_the_public_figures() -> None:
    people = {
        handle
        for handle, entity in entities().items()
        if entity["schema"] == "Person" and entity["compartment"] == "cases"
    }
    assert people == {"titiev", "kadyrov", "daudov", "orlov", "sokirianskaia"}
    invented = {"birthDate", "birthPlace", "phone", "address", "email", "age", "gender"}
    assert not [s for s in statements() if s["property"] in invented]


def test_the_drop_device_writes_for_the_sources_alone() -> None:
    dropped = statements(device="drop")
    assert len(dropped) >= 6
    assert {record["compartment"] for record in dropped} == {"sources"}


# --- the facts ------------------------------------------------------------------------------------

FACTS: list[tuple[str, Record]] = [
    (
        "more than 100 arrested in the purge",
        {"entity": "event-purge", "property": "detained"}
        | {"value": {"range": ["101", None], "as": "more than 100 arrested"}},
    ),
    (
        "at least 4 killed in the purge",
        {"entity": "event-purge", "property": "killed"}
        | {"value": {"range": ["4", None], "as": "at least 4 killed"}},
    ),
    (
        "listed under the Magnitsky Act",
        {"entity": "kadyrov-listing", "property": "programId", "value": {"term": "US-MAGNITSKY"}},
    ),
    (
        "listed on 20 December 2017",
        {"entity": "kadyrov-listing", "property": "listingDate", "value": {"date": "2017-12-20"}},
    ),
    (
        "the account is gone on 23 December 2017",
        {"entity": "kadyrov-account", "property": "closedDate", "value": {"date": "2017-12-23"}},
    ),
    (
        "it had over 3 million followers",
        {"entity": "kadyrov-account", "property": "followers"}
        | {"value": {"range": ["3000001", None], "as": "over 3 million"}},
    ),
    (
        "the head of the Chechen office is arrested on 9 January",
        {"entity": "act-arrest", "property": "startDate", "value": {"date": "2018-01-09"}},
    ),
    (
        "faces up to ten years",
        {"entity": "act-arrest", "property": "maximumSentence", "source": "police-claim"},
    ),
    (
        "planted, says Memorial",
        {"entity": "act-planting", "property": "type", "value": {"term": "planted-evidence"}}
        | {"stance": "alleged", "source": "memorial-statement"},
    ),
    (
        "masked men",
        {"entity": "part-nazran", "property": "perpetratorType"}
        | {"value": {"term": "unidentified-masked"}},
    ),
    (
        "the Nazran office burns on 17 January",
        {"entity": "act-nazran", "property": "startDate", "value": {"date": "2018-01-17"}},
    ),
    (
        "the car burns in Makhachkala",
        {"entity": "act-car", "property": "type", "value": {"term": "vehicle-arson"}},
    ),
    (
        "anonymous texts about 23 January",
        {"entity": "event-threats", "property": "startDate", "value": {"date": "2018-01-23~"}}
        | {"source": "hrw-report"},
    ),
    (
        "the speaker defames the defenders",
        {"entity": "act-speaker", "property": "type", "value": {"term": "defamation-by-official"}},
    ),
    (
        "the head of Chechnya threatens them",
        {"entity": "act-kadyrov", "property": "type", "value": {"term": "threat"}},
    ),
    (
        "Orlov: held responsible for the account",
        {"entity": "chain-account-attacks", "property": "type", "stance": "alleged"}
        | {"attribution": ["orlov"], "source": "guardian-article"},
    ),
    (
        "Sokirianskaia: revenge",
        {"entity": "chain-account-nazran", "property": "type", "stance": "alleged"}
        | {"attribution": ["sokirianskaia"], "source": "guardian-article"},
    ),
]


@pytest.mark.parametrize("wanted", [f for _, f in FACTS], ids=[name for name, _ in FACTS])
def test_the_case_tells_the_fact(wanted: Record) -> None:
    assert statements(**wanted)


def test_police_and_memorial_are_opposed_on_the_same_act_property_and_value() -> None:
    said = statements(entity="act-arrest", property="x-drugs-found")
    assert {(s["source"], s["stance"]) for s in said} == {
        ("police-claim", "alleged"),
        ("memorial-statement", "denied"),
    }
    assert said[0]["value"] == said[1]["value"]


def test_the_chain_of_hearsay_runs_from_the_press_to_the_neighbour() -> None:
    chain = ["memorial-press-release", "memorial", "car-owner", "neighbour"]
    assert statements(entity="act-car", source="press-car", attribution=chain)


def test_every_act_has_one_event_one_victim_and_a_type() -> None:
    for handle, entity in entities().items():
        if entity["schema"] == "Act":
            for name in ("event", "victim"):
                values = {s["value"]["entity"] for s in statements(entity=handle, property=name)}
                assert len(values) == 1, (handle, name)
            assert statements(entity=handle, property="type"), handle


# --- evidence -------------------------------------------------------------------------------------


def test_every_locator_points_at_something_in_its_file() -> None:
    for record in statements():
        held = statements(entity=record["source"], property="file")
        locator = record.get("locator")
        if not held or not locator:
            continue
        file = FOLDER / "evidence" / held[0]["value"]["file"]
        if "quote" in locator:
            assert locator["quote"] in " ".join(file.read_text(encoding="utf-8").split())
        elif "message" in locator:
            assert f"Message: {locator['message']}\n" in file.read_text(encoding="utf-8")
        else:
            assert 1 <= locator["line"] <= 15, where(record)
            assert file.suffix == ".png"


def test_the_words_of_the_messages_are_those_of_the_files() -> None:
    for message in ("sms-1", "sms-2"):
        text = (FOLDER / "evidence" / f"{message}.txt").read_text(encoding="utf-8")
        for name in ("bodyText", "translatedText"):
            said = statements(entity=message, property=name)
            assert said[0]["value"]["text"] in text
