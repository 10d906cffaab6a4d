"""A small archive for the tests of this room: a roster, entries, and what they say.

    world = World()                              heron reads cases and sources, wren's laptop cases
    world.say(HERON, CASES, name(NEIGHBOUR, "Aminat"), source=…)
    exposure(world.roster, WREN.id, world.records, world.headers)

Real operations, statements and headers; only the sealing is left out, for nothing here opens it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tests.model.roster_world import (
    AT,
    CASES,
    HERON,
    Branch,
    Machine,
    a_hash,
    a_recipient,
    an_id,
    founded,
    machine,
)
from unburnt.model import roster_write as write
from unburnt.model.entry import Header
from unburnt.model.recorded import ACCEPTED, Recorded, Standing
from unburnt.model.roster import Roster
from unburnt.model.roster_ops import RoleName
from unburnt.model.statement import Statement, check

WREN = machine("wren laptop", member="wren")
STORK = machine("stork phone", member="stork")
SWIFT = machine("swift phone", member="swift")
SOURCES, STAFF = an_id("sources"), an_id("staff")
LABELS = {CASES: "cases", SOURCES: "sources", STAFF: "staff"}
PRESS = an_id("press release")


@dataclass(frozen=True)
class Said:
    """One statement to be said, without who, where and when."""

    entity: str
    schema: str
    property: str
    value: dict[str, Any]
    source: str = PRESS
    attribution: tuple[str, ...] = ()
    stance: str = "asserted"
    answers: str | None = None


def text(entity: str, schema: str, property: str, words: str, **rest: Any) -> Said:
    """Say something in words."""
    return Said(entity, schema, property, {"text": words}, **rest)


def name(entity: str, words: str, schema: str = "Person", **rest: Any) -> Said:
    """Say what somebody is called."""
    return text(entity, schema, "name", words, **rest)


def link(entity: str, schema: str, property: str, target: str, **rest: Any) -> Said:
    """Say that one entity is something to another."""
    return Said(entity, schema, property, {"entity": target}, **rest)


def term(entity: str, schema: str, property: str, code: str, **rest: Any) -> Said:
    """Say something from a list of words."""
    return Said(entity, schema, property, {"term": code}, **rest)


class World:
    """Heron founds an archive; wren writes cases, stork drops sources, swift reads everything."""

    def __init__(self, branch: Branch | None = None) -> None:
        self.branch = branch or _settled().branch("further")
        self.headers: list[Header] = []
        self.records: list[Recorded] = []

    @property
    def roster(self) -> Roster:
        """The roster as it stands."""
        return self.branch.roster

    def publish(self, op: Any, *fields: Any, at: str = AT, by: Machine = HERON) -> str:
        """Write an operation and sign it."""
        text = op(self.roster, *fields, at=at, random=self.branch.random)
        return self.branch.publish(text, by)

    def role(self, device: Machine, compartment: str, role: RoleName) -> None:
        """Set what a device may do."""
        self.publish(write.set_access, device.id, compartment, role)

    def rotate(
        self, compartment: str, *readers: Machine, at: str = AT, recovery: bool = True
    ) -> str:
        """Begin an epoch granted to these devices; return its id."""
        epoch = an_id(f"epoch {len(self.roster.epochs)}")
        holders = [*(device.id for device in readers), *(["recovery"] if recovery else [])]
        grants = {holder: a_hash(f"{epoch} {holder}") for holder in holders}
        self.publish(write.rotate, compartment, epoch, a_recipient(epoch), grants, at=at)
        return epoch

    def say(
        self,
        device: Machine,
        compartment: str,
        *said: Said,
        at: str = "2018-01-24T09:10:00Z",
        needs: Iterable[tuple[str, int]] = (),
        standing: Standing = ACCEPTED,
    ) -> list[str]:
        """Append one entry to a device's log, sealed to the current epoch; return statement ids."""
        epoch = self.roster.current_epoch(compartment)
        assert epoch is not None
        sequence = sum(header.device == device.id for header in self.headers)
        bucket = 1 << (len(said) - 1).bit_length()
        header = Header(
            archive=self.roster.archive,
            device=device.id,
            sequence=sequence,
            epoch=epoch.id,
            object=(a_hash(f"batch {device.id} {sequence}"), 4096),
            previous=self.roster.archive,
            statements_root=bytes(32),
            bucket=bucket,
            heads={},
            needs=tuple(needs),
            roster=self.roster.heads,
        )
        self.headers.append(header)
        recorded = [
            Recorded(
                _statement(item, device, compartment, at),
                a_hash(f"statement {device.id} {sequence} {position}"),
                device.id,
                sequence,
                position,
                standing,
            )
            for position, item in enumerate(said)
        ]
        self.records += recorded
        return [record.id for record in recorded]

    def seen_by(self, *compartments: str) -> list[Recorded]:
        """Return what somebody can read who can open these compartments."""
        return [r for r in self.records if r.statement.compartment in compartments]


@lru_cache
def _settled() -> Branch:
    world = World(founded().branch("security"))
    for device in (WREN, STORK, SWIFT):
        world.branch.join(device)
    for compartment, label in LABELS.items():
        world.publish(write.set_compartment, compartment, label)
        for device in (HERON, SWIFT):
            world.role(device, compartment, "write")
    world.role(WREN, CASES, "write")
    world.role(STORK, SOURCES, "drop")
    world.rotate(CASES, HERON, WREN, SWIFT)
    world.rotate(SOURCES, HERON, SWIFT)
    world.rotate(STAFF, HERON, SWIFT)
    return world.branch


def _statement(said: Said, device: Machine, compartment: str, at: str) -> Statement:
    statement = Statement(
        author=device.member,
        compartment=compartment,
        device=device.id,
        entity=said.entity,
        property=said.property,
        recorded_at=at,
        schema=said.schema,
        source=said.source,
        stance=said.stance,
        value=said.value,
        answers=said.answers,
        attribution=said.attribution,
    )
    check(statement)
    return statement
