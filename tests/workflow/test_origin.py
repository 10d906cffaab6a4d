"""Origin is said with the evidence, the giver apart from it, and a token leads back to both."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.world import World
from unburnt.core.errors import UsageError
from unburnt.core.ids import new_id
from unburnt.workflow.custody import chain
from unburnt.workflow.origin import Given, Origin, claimed, take_in_from
from unburnt.workflow.session import Session
from unburnt.workflow.take_in import Taken

NEIGHBOUR = Origin("the neighbour", "handed-over", ("use-internal",), "not before May")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


def take(
    session: Session, folder: Path, origin: Origin = NEIGHBOUR, *, text: str = "a page", token: bool
) -> tuple[Given, Taken]:
    folder.mkdir(exist_ok=True)
    (folder / f"{text}.txt").write_text(text)
    circle = session.compartment("cases")
    return take_in_from(session, [folder], circle, origin, token=token)


def said(session: Session, origin: str) -> dict[str, list[tuple[str, object]]]:
    """Return, by the label of the compartment, what is said of an origin."""
    labels = {c.id: c.label for c in session.roster.compartments.values()}
    found: dict[str, list[tuple[str, object]]] = {}
    for record in session.index.of_entity(origin):
        s = record.statement
        pair = (s.property, next(iter(s.value.values())))
        found.setdefault(labels[s.compartment], []).append(pair)
    return {label: sorted(pairs, key=str) for label, pairs in found.items()}


def test_the_giver_stands_with_the_sources_and_the_rest_with_the_evidence(
    world: World, tmp_path: Path
) -> None:
    with world.found("office", ["cases", "sources"]) as office:
        given_, taken = take(office, tmp_path / "in", token=False)
        assert said(office, given_.entity) == {
            "sources": [("giver", "the neighbour")],
            "cases": [
                ("conditions", "not before May"),
                ("consent", "use-internal"),
                ("how", "handed-over"),
            ],
        }
        assert given_.giver_in == office.compartment("sources")
        assert chain(office, taken.entities[0]).links[0].source == given_.entity


def test_who_reads_only_the_cases_never_meets_the_giver(world: World, tmp_path: Path) -> None:
    with world.found("office", ["cases", "sources"]) as office:
        given_, _ = take(office, tmp_path / "in", token=True)
        world.sync(office, "stick")
        with world.enrol(office, "field", {"cases": "write"}) as field:
            world.sync(field, "stick")
            assert said(field, given_.entity).keys() == {"cases"}
            assert not field.index.find("neighbour", 10)


def test_the_compartment_for_sources_is_known_however_it_is_written(
    world: World, tmp_path: Path
) -> None:
    with world.found("office", ["cases", "Sources"]) as office:
        given_, _taken = take(office, tmp_path / "in", token=False)
        assert given_.giver_in == office.compartment("Sources")


def test_without_a_compartment_for_sources_the_giver_lies_beside_and_that_is_known(
    world: World, tmp_path: Path
) -> None:
    with world.found("office", ["cases"]) as office:
        given_, _ = take(office, tmp_path / "in", token=False)
        assert given_.giver_in == office.compartment("cases")


def test_an_unknown_giver_is_not_recorded_at_all(world: World, tmp_path: Path) -> None:
    with world.found("office", ["cases", "sources"]) as office:
        origin = Origin(None, "unknown", ("unknown",))
        given_, _ = take(office, tmp_path / "in", origin, token=False)
        assert said(office, given_.entity) == {
            "cases": [("consent", "unknown"), ("how", "unknown")]
        }
        assert given_.giver_in is None


def test_a_drop_device_says_the_giver_too_and_keeps_nothing(world: World, tmp_path: Path) -> None:
    with world.found("office", ["cases", "sources"]) as office:
        roles = {"cases": "drop", "sources": "drop"}
        with world.enrol(office, "field", roles) as field:
            given_, _ = take(field, tmp_path / "in", token=True)
            assert not list(field.index.all())
            world.sync(field, "stick")
        world.sync(office, "stick")
        assert said(office, given_.entity)["sources"] == [("giver", "the neighbour")]
        assert claimed(office, str(given_.token))[0][0] == given_.entity


def test_nothing_new_leaves_no_origin(world: World, tmp_path: Path) -> None:
    with world.found("office", ["cases"]) as office:
        take(office, tmp_path / "in", token=False)
        before = office.index.digest()
        given_, taken = take(office, tmp_path / "in", token=False)
        assert (taken.new, taken.entities) == (0, [])
        assert office.index.digest() == before
        assert not office.index.of_entity(given_.entity)


def test_one_origin_stands_behind_all_that_one_command_takes_in(
    world: World, tmp_path: Path
) -> None:
    with world.found("office", ["cases"]) as office:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "other.txt").write_text("another page")
        given_, taken = take(office, tmp_path / "in", token=True)
        assert len(taken.entities) == 2
        assert claimed(office, str(given_.token)) == [(given_.entity, sorted(taken.entities))]
        assert len(office.index.entities("Origin")) == 1


REFUSED = {
    "a way that is no term": Origin(None, "guessed", ("unknown",)),
    "a consent that is no term": Origin(None, "unknown", ("anything",)),
    "no consent at all": Origin(None, "unknown", ()),
    "a giver of blanks": Origin("  ", "unknown", ("unknown",)),
}


@pytest.mark.parametrize("origin", REFUSED.values(), ids=REFUSED.keys())
def test_what_does_not_fit_is_refused_before_anything_is_read(
    world: World, tmp_path: Path, origin: Origin
) -> None:
    with world.found("office", ["cases"]) as office:
        with pytest.raises(UsageError):
            take(office, tmp_path / "in", origin, token=False)
        assert not list(office.index.all())
        assert not list(office.backend.names("objects/"))


def test_the_archive_keeps_the_digest_of_a_token_and_not_the_token(
    world: World, tmp_path: Path
) -> None:
    with world.found("office", ["cases"]) as office:
        given_, _ = take(office, tmp_path / "in", token=True)
        token = str(given_.token)
        assert len(token.replace("-", "")) == 32
        plain = token.replace("-", "")
        assert not any(plain in str(r.statement.value) for r in office.index.all())
        assert claimed(office, token.upper().replace("-", " "))
        assert claimed(office, "aaaa-" * 7 + "aaaa") == []


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_any_text_is_a_token_or_refused(world: World, text: str) -> None:
    name = f"office-{new_id(world.random)}"
    with world.found(name, ["cases"]) as office, suppress(UsageError):
        assert claimed(office, text) == []
