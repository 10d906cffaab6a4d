"""What the index answers about identifiers, files and names, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.index.cases import Log, an_id, opened, said, text
from unburnt.core.errors import ForeignDataError
from unburnt.index.tables import Index
from unburnt.model.recorded import Recorded, Standing

ANNA, BELA, VERA = sorted(an_id(name) for name in ("anna", "bela", "vera"))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with opened(tmp_path / "index.db") as index:
        yield index


def _tell(index: Index, device: str, standing: Standing, **entities: str) -> None:
    """Apply one entry that gives each entity its tax number."""
    makers = [
        said({"identifier": number.strip("n"), "scheme": "ru-inn"}, entity=entity, schema="Company")
        for number, entity in entities.items()
    ]
    index.apply([Log(device).entry(*makers, standing=standing)])


def test_each_identifier_names_one_entity_the_accepted_one_with_the_smallest_id(
    index: Index,
) -> None:
    _tell(index, "a", "accepted", n1=BELA, n2=VERA)
    _tell(index, "b", "accepted", n1=VERA, n2=BELA)
    _tell(index, "c", "unconfirmed", n1=ANNA, n3=VERA)
    _tell(index, "d", "unconfirmed", n3=BELA)
    _tell(index, "e", "refused", n1=ANNA, n3=ANNA, n4=ANNA)
    assert index.all_identifiers("ru-inn") == {"1": BELA, "2": BELA, "3": BELA}
    assert index.all_identifiers("ru-ogrn") == {}
    found = index.by_identifier("ru-inn", "1")
    assert {(r.statement.entity, r.standing) for r in found} == {
        (BELA, "accepted"),
        (VERA, "accepted"),
        (ANNA, "unconfirmed"),
        (ANNA, "refused"),
    }


@pytest.mark.parametrize("told", [(ANNA, BELA), (BELA, ANNA)], ids=["small first", "large first"])
def test_which_entity_an_identifier_names_does_not_depend_on_who_came_first(
    index: Index, told: tuple[str, str]
) -> None:
    for device, entity in zip("ab", told, strict=True):
        _tell(index, device, "accepted", n1=entity)
    assert index.all_identifiers("ru-inn") == {"1": ANNA}


def test_an_identifier_is_found_exactly_or_not_at_all(index: Index) -> None:
    value = {"identifier": "К000ХХ05\0", "scheme": "ru-vehicle"}
    index.apply([Log("d").entry(said(value))])
    assert [r.statement.value for r in index.by_identifier("ru-vehicle", "К000ХХ05\0")] == [value]
    assert index.all_identifiers("ru-vehicle") == {"К000ХХ05\0": an_id("act")}
    for scheme, identifier in (
        ("ru-vehicle", "К000ХХ05"),
        ("ru-vehicle", "к000хх05\0"),
        ("ru-inn", "К000ХХ05\0"),
        ("never", "x"),
    ):
        assert index.by_identifier(scheme, identifier) == []


def test_files_are_found_by_digest_and_by_compartment(index: Index) -> None:
    one, two = "1" * 64, "2" * 64
    cases, leads = Log("d", "cases"), Log("e", "leads")
    photo = said({"file": {"sha256": one, "size": 9, "object": "f" * 64}}, schema="Evidence")
    index.apply(
        [
            cases.entry(photo, text("not a file"), said({"file": {"sha256": two}})),
            leads.entry(photo),
        ]
    )

    def places(found: list[Recorded]) -> set[tuple[str, int]]:
        return {(r.device, r.position) for r in found}

    assert places(index.file(one)) == {(cases.device, 0), (leads.device, 0)}
    assert places(index.file(two)) == {(cases.device, 2)}
    assert [v["file"]["sha256"] for _, v in index.files(cases.compartment)] == [one, two]
    assert list(index.file_prefixes()) == [int(one[:16], 16), int(two[:16], 16)]
    assert index.files(an_id("nowhere")) == []
    assert index.file("3" * 64) == []


def test_lists_are_in_the_order_of_the_claimed_time(index: Index) -> None:
    instants = ["2018-01-24T09:10:00Z", "2017-12-31T23:59:59Z", "2018-01-24T09:09:59Z"]
    index.apply([Log("d").entry(*[text(at, recorded_at=at) for at in instants])])
    times = [r.statement.recorded_at for r in index.of_entity(an_id("act"))]
    assert times == sorted(instants)


def test_names_of_refused_entries_are_passed_over_until_they_are_accepted(index: Index) -> None:
    log = Log("d")
    index.apply([log.entry(text("x", schema="Person"), standing="refused")])
    assert (index.entities(), index.entities("Person"), index.compartments()) == ([], [], [])
    assert [r.standing for r in index.of_entity(an_id("act"))] == ["refused"]
    index.set_standing(log.device, 0, "unconfirmed")
    assert index.entities() == index.entities("Person") == [an_id("act")]
    assert index.entities("Act") == index.entities("Never") == []
    assert index.compartments() == [log.compartment]


def test_what_was_never_said_has_an_empty_answer(index: Index) -> None:
    nobody = an_id("nobody")
    assert index.of_entity(nobody) == []
    assert index.of_entities([]) == {}
    assert index.of_entities([nobody]) == {nobody: []}
    assert index.referring_to(nobody) == index.resting_on(nobody) == []
    assert index.by_id("0" * 64) == index.answers_to("0" * 64) == []
    assert (list(index.all()), index.count(), index.applied()) == ([], 0, {})


@pytest.mark.parametrize("wrong", ["", "x", "AB" * 32, "ab" * 31, "ab" * 32 + "\n"])
def test_what_is_not_a_digest_is_foreign_data(index: Index, wrong: str) -> None:
    for ask in (index.by_id, index.answers_to, index.file):
        with pytest.raises(ForeignDataError):
            ask(wrong)


def test_reading_everything_may_go_on_while_more_is_applied(index: Index) -> None:
    index.apply([Log("d").entry(*[text(str(at)) for at in range(50)])])
    reading = index.all()
    seen = [next(reading)]
    index.apply([Log("e").entry(*[text(str(at)) for at in range(50)])])
    seen += reading
    assert {r.device for r in seen} >= {an_id("d")}
    assert sum(r.device == an_id("d") for r in seen) == 50
    assert [r.id for r in seen] == sorted({r.id for r in seen})
