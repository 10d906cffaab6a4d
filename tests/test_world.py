"""Two people act at once, a role changes, two copies have grown apart: what the world comes to."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.faulty_backend import snapshot
from tests.world import World, said
from unburnt.core.errors import UsageError
from unburnt.core.ids import new_id
from unburnt.crypto.passphrase import WEAK
from unburnt.model.folding import fold
from unburnt.workflow import people
from unburnt.workflow.recover import recover
from unburnt.workflow.session import Claim, Session


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "world")
    made.folder.mkdir()
    return made


@pytest.fixture
def admins(world: World) -> Iterator[tuple[Session, Session]]:
    with (
        world.found("office", ["cases"]) as office,
        world.enrol(office, "second", {"cases": "write"}, is_admin=True) as second,
    ):
        world.sync(office, "site")
        world.sync(second, "site")
        yield office, second


def _meet(world: World, *sessions: Session) -> None:
    for _ in range(3):
        for session in sessions:
            world.sync(session, "site")


def test_a_reader_enrolled_while_the_key_is_rotated_still_reads_everything(
    world: World, admins: tuple[Session, Session]
) -> None:
    office, second = admins
    with world.enrol(office, "reader", {"cases": "read"}) as reader:
        people.rotate(second, second.compartment("cases"))
        world.say(second, "cases", "under the new key")
        _meet(world, office, second, reader)
        assert said(reader) == said(office) == {("asserted", "under the new key"): 1}


def test_a_key_made_while_a_device_is_revoked_is_not_used(
    world: World, admins: tuple[Session, Session]
) -> None:
    office, second = admins
    with world.enrol(office, "lost", {"cases": "read"}) as lost:
        _meet(world, office, second, lost)
        people.revoke(office, {lost.device: 0}, "seized")
        for _ in range(3):  # of a greater generation than the one that the revocation made
            people.rotate(second, second.compartment("cases"))
        _meet(world, office, second)
        world.say(office, "cases", "since then")
        epoch = office.roster.current_epoch(office.compartment("cases"))
        assert epoch is not None
        assert lost.device not in office.roster.granted(epoch.id)
        world.sync(office, "site")
        world.sync(lost, "site")
        assert said(lost) == {}


def test_a_device_whose_role_is_raised_fetches_and_opens_what_it_lacked(world: World) -> None:
    with (
        world.found("office", ["cases"]) as office,
        world.enrol(office, "field", {"cases": "drop"}) as field,
    ):
        world.say(office, "cases", "before")
        world.sync(office, "site")
        world.sync(field, "site")
        assert said(field) == {}
        assert not any(field.backend.names("objects/"))
        people.set_role(office, field.device, office.compartment("cases"), "read")
        world.sync(office, "site")
        world.sync(field, "site")
        assert said(field) == said(office)


def test_a_device_whose_role_is_lowered_forgets_and_is_given_no_new_key(world: World) -> None:
    with (
        world.found("office", ["cases"]) as office,
        world.enrol(office, "field", {"cases": "write"}) as field,
    ):
        world.say(office, "cases", "before")
        world.sync(office, "site")
        world.sync(field, "site")
        assert said(field)
        people.set_role(office, field.device, office.compartment("cases"), "drop")
        world.say(office, "cases", "since then")
        world.sync(office, "site")
        world.sync(field, "site")
        assert said(field) == {}
        world.say(field, "cases", "handed over")
        assert said(field) == {}
        assert field.index.digest() == _rebuilt(field)


def _rebuilt(session: Session) -> str:
    session.rebuild_index()
    session.refresh()
    return session.index.digest()


def test_new_trustees_open_everything_and_the_former_are_out(
    world: World, admins: tuple[Session, Session]
) -> None:
    office, _ = admins
    people.appoint(office, ["a", "b", "c"], [(2, 3)])
    former = office.roster.trustees
    world.say(office, "cases", "under the former trustees")
    cards = people.appoint(office, ["d", "e", "f"], [(2, 3)])
    world.say(office, "cases", "under the new ones")
    world.sync(office, "site")
    assert former is not None
    assert office.roster.revoked(former.id) is not None
    recovered = recover(
        world.folder / "fresh",
        [card.words for card in cards[1:]],
        [world.disk("site")],
        office.archive,
        "a passphrase long enough",
        member="heron",
        device="fresh",
        cost=WEAK,
        open_backend=world.open_backend,
    )
    with recovered.session as session:
        assert recovered.whole, recovered.problems
        assert said(session) == said(office)


def test_joining_the_wrong_archive_leaves_no_trace(world: World) -> None:
    with world.found("office", ["cases"]) as office, world.found("other", ["cases"]) as other:
        root = world.folder / "field"
        card = people.prepare(root, "field", "a passphrase long enough", random=world.random)
        people.enrol(office, card, "wren", {"cases": "write"})
        with pytest.raises(UsageError):
            people.join(
                root,
                "a passphrase long enough",
                other.backend,
                office.archive,
                open_backend=world.open_backend,
            )
        assert snapshot(world.disk("field")) == {}


EACH = 10_000


@pytest.mark.slow
def test_two_copies_of_ten_thousand_statements_each_become_one(world: World) -> None:
    """About 2 s of CPU, nearly all of it sealing, opening and indexing."""
    draw = random.Random(7)
    with (
        world.found("office", ["cases"]) as office,
        world.enrol(office, "field", {"cases": "write"}) as field,
    ):
        people_named = [new_id(world.random) for _ in range(EACH // 10)]
        circle = office.compartment("cases")

        def claims(author: str) -> list[Claim]:
            return [
                Claim(
                    entity=(entity := draw.choice(people_named)),
                    schema="Person",
                    property="name",
                    value={"text": f"{author} {number}"},
                    source=entity,
                    compartment=circle,
                )
                for number in range(EACH)
            ]

        ids = [
            {id for entry in session.say(claims(name)) for id in entry}
            for name, session in (("office", office), ("field", field))
        ]
        _meet(world, office, field)
        assert {one.id for one in office.index.all()} == ids[0] | ids[1]
        assert office.index.count() == 2 * EACH
        assert office.index.digest() == field.index.digest()
        for entity in draw.sample(people_named, 50):
            values = fold(office.index.of_entity(entity))["name"].values
            authors = {str(value.value["text"]).split()[0] for value in values}
            assert authors == {"office", "field"}  # both contradict each other, and both are shown
        again = world.sync(office, "site")
        assert (again.pulled.moved, again.pushed.moved) == (0, 0)
