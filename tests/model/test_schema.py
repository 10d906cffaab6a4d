"""The schema that ships: complete, strict at writing, silent at reading."""

from __future__ import annotations

import re
from typing import Any

import pytest

from unburnt.core.errors import UsageError
from unburnt.model.schema import Property, Schema, Term, Vocabulary, builtin, load

SCHEMA = builtin()
PROPERTIES = [
    (f"{schema.name}.{found.name}", found)
    for schema in SCHEMA.schemas.values()
    for found in schema.properties.values()
]
ID = "ahnqy2lemvzgk3tuovxgiylume"

ALLOWED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a property of its own": ("Person", "birthDate", {"date": "1957"}),
    "a property of its parents": ("Person", "name", {"text": "Иван Иванов"}),
    "a property of its first parent": ("Event", "startDate", {"date": "2018-01"}),
    "a bound where a number may be": ("Event", "killed", {"range": ["4", None]}),
    "a term of the vocabulary": ("Act", "type", {"term": "planted-evidence"}),
    "a shared term": ("Act", "type", {"term": "other", "note": "new"}),
    "a local term": ("Act", "type", {"term": "x-canister"}),
    "a local property": ("Act", "x-canister", {"flag": True}),
    "a local schema": ("x-Weapon", "calibre", {"number": "9", "unit": "mm"}),
    "a scheme that is asked for": ("Person", "innCode", {"identifier": "05", "scheme": "ru-inn"}),
    "a local scheme": ("Person", "innCode", {"identifier": "05", "scheme": "x-inn"}),
    "any scheme where none is asked for": (
        "Person",
        "passportNumber",
        {"identifier": "82 05", "scheme": "ru-passport"},
    ),
    "a region": ("Person", "country", {"identifier": "RU-CE", "scheme": "iso3166-2"}),
    "a place in words": ("Act", "location", {"text": "on the road to Nazran"}),
    "a place of record": ("Act", "location", {"entity": ID}),
}

REFUSED: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a schema with a slip": ("Persn", "name", {"text": "a"}, "Person"),
    "an abstract schema": ("Thing", "name", {"text": "a"}, "not a kind of entity"),
    "a property with a slip": ("Person", "birthdate", {"date": "1957"}, "birthDate"),
    "a property of another schema": ("Vehicle", "birthDate", {"date": "1957"}, "not a property"),
    "a kind that does not fit": ("Person", "birthDate", {"text": "1957"}, "of kind date"),
    "a term with a slip": ("Act", "type", {"term": "vehicle-arsen"}, "vehicle-arson"),
    "a term of another vocabulary": ("Act", "type", {"term": "carried-out"}, "not a term"),
    "a scheme that does not fit": (
        "Person",
        "innCode",
        {"identifier": "05", "scheme": "us-ssn"},
        "ru-inn",
    ),
    "a malformed value": ("Person", "birthDate", {"date": "17 May"}, "not a date"),
    "a malformed value of a local property": ("Person", "x-eye", {"text": ""}, "empty"),
    "a local name without a name": ("Person", "x-", {"text": "a"}, "not a property"),
    "a local name with blanks": ("x- a", "name", {"text": "a"}, "not a kind of entity"),
}


@pytest.mark.parametrize(("schema", "name", "value"), ALLOWED.values(), ids=ALLOWED)
def test_it_may_be_written(schema: str, name: str, value: dict[str, Any]) -> None:
    SCHEMA.check_value(schema, name, value)


@pytest.mark.parametrize(("schema", "name", "value", "word"), REFUSED.values(), ids=REFUSED)
def test_it_may_not_be_written(schema: str, name: str, value: dict[str, Any], word: str) -> None:
    with pytest.raises(UsageError, match=word) as caught:
        SCHEMA.check_value(schema, name, value)
    assert caught.value.next_step


def test_a_refusal_does_not_repeat_what_was_typed() -> None:
    with pytest.raises(UsageError) as caught:
        SCHEMA.check_value("Person", "Ivanov", {"text": "a"})
    assert "Ivanov" not in str(caught.value)


def test_reading_asks_and_never_refuses() -> None:
    assert SCHEMA.is_known("Person")
    assert SCHEMA.is_known("Person", "name")
    assert not SCHEMA.is_known("Drone")
    assert not SCHEMA.is_known("Person", "dna")
    assert SCHEMA.property("Drone", "name") is None
    assert SCHEMA.label("Drone", "ru") == "Drone"
    assert SCHEMA.label("Person.dna", "ru") == "Person.dna"
    assert SCHEMA.broader("drone-strike") == ()
    assert not SCHEMA.is_single("Drone", "name")


def test_a_retired_term_is_readable_and_no_longer_writable() -> None:
    schema = load(
        {
            "a.yaml": """
schemas:
  Act:
    label: {en: Act, ru: Деяние}
    reason: One deed.
    properties:
      type: {label: {en: Type, ru: Вид}, type: term, vocabulary: acts, reason: To count.}
vocabularies:
  acts:
    label: {en: Acts, ru: Деяния}
    reason: To count.
    terms:
      raid: {en: Raid, ru: Налёт}
      round-up: {en: Round-up, ru: Облава, retired: true}
"""
        }
    )
    schema.check_value("Act", "type", {"term": "raid"})
    with pytest.raises(UsageError, match="no longer offered"):
        schema.check_value("Act", "type", {"term": "round-up"})
    assert schema.label("round-up", "ru") == "Облава"


def test_labels_of_all_sorts() -> None:
    assert SCHEMA.label("death-threat", "ru") == "Угроза убийством"
    assert SCHEMA.label("Person", "ru") == "Человек"
    assert SCHEMA.label("Person.fatherName", "ru") == "Отчество"
    assert SCHEMA.label("acts", "en") == "Acts"
    assert SCHEMA.label("acts", "ka") == "Acts"


def test_kinship_of_schemas() -> None:
    assert SCHEMA.is_a("PublicBody", "LegalEntity")
    assert not SCHEMA.is_a("LegalEntity", "PublicBody")
    assert not SCHEMA.is_a("Drone", "Thing")
    assert SCHEMA.fits("Act", "victim", "Person")
    assert not SCHEMA.fits("Act", "victim", "Vehicle")
    assert SCHEMA.fits("Act", "victim", "Drone")
    assert SCHEMA.fits("Statement", "source", "Vehicle")


def test_headings_above_a_term() -> None:
    assert SCHEMA.broader("office-arson") == (
        "arson-of-property",
        "destruction",
        "against-property",
    )


@pytest.mark.parametrize(
    ("thesaurus", "code", "term"),
    [
        ("MT4", "030101000000", "arrest"),
        ("MT4", "030101", "arrest"),
        ("MT4", "020103020200", "death-threat-to-relatives"),
        ("MT4", "300101010000", None),
        ("MT4", "010190080000", "against-life"),
        ("MT16", "160815201501", "photo-material"),
        ("MT18", "990000000000", "unknown"),
        ("MT24", "900000000000", "other"),
        ("MT41", "020000000000", None),
        ("MT41", "990000000000", None),
        ("MT4", "", None),
        ("MT999", "01", None),
    ],
)
def test_a_huridocs_code_finds_our_term_or_its_heading(
    thesaurus: str, code: str, term: str | None
) -> None:
    found = SCHEMA.term_for_huridocs(thesaurus, code)
    assert (found.code if found else None) == term


def test_every_term_with_a_reference_is_found_by_it() -> None:
    for term in SCHEMA.terms.values():
        if term.huridocs is not None:
            thesaurus, _, code = term.huridocs.partition(" ")
            assert SCHEMA.term_for_huridocs(thesaurus, code.ljust(12, "0")) is term


# --- what ships is complete -----------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ru"])
def test_everything_has_a_label(language: str) -> None:
    named: list[Term | Schema | Property | Vocabulary] = [
        *SCHEMA.schemas.values(),
        *SCHEMA.vocabularies.values(),
        *SCHEMA.terms.values(),
        *(found for _, found in PROPERTIES),
    ]
    assert len(named) > 2_000
    assert [part for part in named if not part.labels[language].strip()] == []


def test_russian_labels_are_in_russian() -> None:
    """Latin letters alone would be a forgotten translation; abbreviations and grades are listed."""
    labels = {term.code: term.labels["ru"] for term in SCHEMA.terms.values()}
    labels |= {name: found.labels["ru"] for name, found in PROPERTIES}
    labels |= {schema.name: schema.labels["ru"] for schema in SCHEMA.schemas.values()}
    assert [code for code, words in labels.items() if not re.search("[а-яё]", words, re.I)] == []
    assert [code for code, words in labels.items() if re.search("[ЁА-Яа-яё][A-Za-z]", words)] == []


def test_english_labels_are_in_english() -> None:
    named: list[Term | Schema | Property] = [*SCHEMA.terms.values(), *SCHEMA.schemas.values()]
    named += [found for _, found in PROPERTIES]
    assert [part for part in named if re.search("[а-яё]", part.labels["en"], re.I)] == []


def test_every_reason_is_a_sentence() -> None:
    reasons = {schema.name: schema.reason for schema in SCHEMA.schemas.values()}
    reasons |= {vocabulary.name: vocabulary.reason for vocabulary in SCHEMA.vocabularies.values()}
    reasons |= {name: found.reason for name, found in PROPERTIES}
    reasons |= {t.code: t.reason for t in SCHEMA.terms.values() if t.reason is not None}
    assert [name for name, why in reasons.items() if len(why) < 10 or why[-1] not in '.;"'] == []


def test_every_gap_says_what_is_missing() -> None:
    gaps = [term for term in SCHEMA.terms.values() if term.gap]
    assert len(gaps) > 60
    assert [term.code for term in gaps if not term.reason] == []


def test_terms_of_one_vocabulary_look_different() -> None:
    for vocabulary in SCHEMA.vocabularies.values():
        for language in ("en", "ru"):
            labels = [term.labels[language] for term in vocabulary.terms.values()]
            assert len(set(labels)) == len(labels), (vocabulary.name, language)


def test_properties_of_one_schema_look_different() -> None:
    for schema in SCHEMA.schemas.values():
        for language in ("en", "ru"):
            labels = [found.labels[language] for found in schema.properties.values()]
            twice = {label for label in labels if labels.count(label) > 1}
            assert twice == set(), (schema.name, language)


def test_every_vocabulary_is_used() -> None:
    used = {found.vocabulary for _, found in PROPERTIES}
    assert SCHEMA.vocabularies.keys() - used == {"common", "credibility", "stances"}


def test_what_endangers_people_is_withheld_unless_decided_otherwise() -> None:
    for schema, name in [
        ("Person", "sexualOrientation"),
        ("Person", "health"),
        ("Person", "phone"),
        ("Information", "source"),
        ("Evidence", "capturedBy"),
        ("Vehicle", "registrationNumber"),
        ("Address", "street"),
        ("Act", "workNotes"),
    ]:
        found = SCHEMA.property(schema, name)
        assert found is not None
        assert found.sensitive, f"{schema}.{name}"


def test_words_fit_into_a_statement() -> None:
    word = re.compile("[A-Za-z][A-Za-z0-9-]{0,63}")
    assert all(word.fullmatch(name) for name in SCHEMA.schemas)
    assert all(word.fullmatch(found.name) for _, found in PROPERTIES)
