"""References to HURIDOCS and FollowTheMoney are true, and none of HURIDOCS' texts is ours."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterator

import pytest

from tests.model.ftm_facts import FTM, TOPICS, ancestors
from tests.shared_data import shared
from unburnt.model.schema import builtin

SCHEMA = builtin()
THESAURI = "peers/openevsys/microthesauri.csv.gz"
FIELDS = "peers/openevsys/events_fields.csv"

# Single everyday words, statutory expressions and names of treaty rights that nobody can own.
COMMON_WORDS = {
    "en": "abduction, arrest, censorship, curfew, dead, extortion, fair trial, female, "
    "freedom of association, freedom of expression, freedom of movement, house arrest, male, "
    "parliament, police, rape, "
    "state, torture, war crimes",
    "ru": "арест, военные преступления, вымогательство, государство, домашний арест, "
    "изнасилование, комендантский час, парламент, полиция, право на жизнь, право на жилище, "
    "право на образование, право на свободу и безопасность, пытки, свобода объединений, "
    "свобода передвижения, свобода слова, свобода собраний, цензура",
}


def _folded(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", text.lower().replace("ё", "е")).split())


def _thesauri() -> Iterator[dict[str, str]]:
    with gzip.open(shared(THESAURI), "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def test_every_reference_has_the_shape_of_one() -> None:
    for term in SCHEMA.terms.values():
        if term.huridocs is not None:
            assert re.fullmatch(r"MT([1-9]|[1-5][0-9]|6[0-9]) ([0-9]{2}){1,6}", term.huridocs)
            assert not term.huridocs.startswith("MT41 ")
            assert not term.huridocs.endswith(" 00")
    for schema in SCHEMA.schemas.values():
        for found in schema.properties.values():
            assert found.huridocs is None or re.fullmatch("[1-9][0-9]{2,3}", found.huridocs)


@pytest.mark.shared
def test_every_term_that_is_referred_to_exists() -> None:
    known = {(row["list_code"], row["huri_code"]) for row in _thesauri()}
    referred = [t.huridocs for t in SCHEMA.terms.values() if t.huridocs is not None]
    assert len(referred) > 300
    missing = []
    for reference in referred:
        number, _, code = reference.removeprefix("MT").partition(" ")
        if (number, code.ljust(12, "0")) not in known:
            missing.append(reference)
    assert missing == []


@pytest.mark.shared
def test_every_field_that_is_referred_to_exists() -> None:
    text = shared(FIELDS).read_text(encoding="utf-8")
    known = {row["field_number"].lstrip("0") for row in csv.DictReader(io.StringIO(text))}
    referred = {
        found.huridocs
        for schema in SCHEMA.schemas.values()
        for found in schema.properties.values()
        if found.huridocs is not None
    }
    assert len(referred) > 100
    assert referred - known == set()


@pytest.mark.shared
@pytest.mark.parametrize("language", ["en", "ru"])
def test_no_label_is_taken_from_the_thesauri(language: str) -> None:
    texts = {_folded(row[language]) for row in _thesauri()}
    ours = {_folded(term.labels[language]): term.code for term in SCHEMA.terms.values()}
    allowed = {_folded(word) for word in COMMON_WORDS[language].split(",")}
    assert {ours[label] for label in ours.keys() & texts - allowed} == set()


@pytest.mark.shared
def test_list_41_is_as_inverted_as_the_specification_says() -> None:
    words = {r["huri_code"][:2]: r for r in _thesauri() if r["list_code"] == "41"}
    assert (words["02"]["en"], words["02"]["ru"]) == ("Unlikely", "Вероятно")
    assert (words["04"]["en"], words["04"]["ru"]) == ("Likely", "Маловероятно")


@pytest.mark.shared
def test_russian_list_4_is_shifted_as_the_specification_says() -> None:
    words = {row["huri_code"]: row for row in _thesauri() if row["list_code"] == "4"}
    assert words["010109000000"]["en"] == "Attempted killings"
    assert words["010190080000"]["ru"] == "Покушение на убийство"
    assert words["010190080000"]["en"].startswith("Killing by mistake")


def test_every_ftm_schema_that_is_claimed_exists_and_can_be_exported() -> None:
    for schema in SCHEMA.schemas.values():
        if schema.ftm is not None:
            assert schema.ftm in FTM, schema.name
            assert schema.abstract or not FTM[schema.ftm].abstract, schema.name


def test_every_ftm_property_that_is_claimed_exists_where_it_is_exported() -> None:
    claimed = 0
    for schema in SCHEMA.schemas.values():
        for found in schema.properties.values():
            if found.ftm is None:
                continue
            claimed += 1
            owner, _, name = found.ftm.partition(".")
            assert name in FTM[owner].properties, f"{schema.name}.{found.name}"
            if schema.ftm is not None and not schema.abstract:
                assert owner in ancestors(schema.ftm), f"{schema.name}.{found.name}"
    assert claimed > 500


def test_a_property_with_ftm_s_name_says_so() -> None:
    for schema in SCHEMA.schemas.values():
        if schema.ftm == schema.name:
            theirs = set().union(*(FTM[name].properties for name in ancestors(schema.ftm)))
            for name in theirs & schema.properties.keys():
                found = schema.properties[name]
                assert found.ftm is not None, f"{schema.name}.{name}"
                assert found.ftm.partition(".")[2] == name, f"{schema.name}.{name}"


def test_topics_are_ftm_s() -> None:
    topics = SCHEMA.vocabularies["topics"].terms.values()
    assert {term.ftm for term in topics} == TOPICS
