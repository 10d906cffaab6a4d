"""Any order and repetition of what people and a thief do leads all honest devices to the same.

A Hypothesis machine acts in one simulated world and keeps its own account of what was acknowledged,
and where each statement is held. The invariants are the five laws, asked of whole devices:

* once all have synced with one site, every honest device has the same logs and the same roster;
* those who may read a compartment have the same tables of it, and see the same things;
* tables that were thrown away and built again are the same tables;
* nothing acknowledged is lost while one place that holds it survives;
* a device that may only drop never shows what others, or it itself, handed over.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.faults.faulty_backend import TAMPERINGS
from tests.world import Image, World
from unburnt.core.errors import UnburntError
from unburnt.model.folding import fold
from unburnt.model.roster_values import Role
from unburnt.workflow import exchange, people
from unburnt.workflow.retract import retract
from unburnt.workflow.session import Session
from unburnt.workflow.verify import rebuild

CIRCLES = ["cases", "sources"]
FIRST_SITES = ["partner", "stick"]
MOST_DEVICES = 5
ROLES = ["drop", "read", "write"]

pick = st.integers(min_value=0, max_value=2**16)
circles = st.sampled_from(CIRCLES)


class Machine(RuleBasedStateMachine):
    """People, sites, couriers and a thief; `held` is where each acknowledged statement lies."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="unburnt-world-"))
        self.meetings = itertools.count()
        self.world = World(self.folder / "world")
        self.world.folder.mkdir()
        self.devices: dict[str, Session] = {"office": self.world.found("office", CIRCLES)}
        self.revoked: set[str] = set()
        self.sites = list(FIRST_SITES)
        self.couriers: list[Path] = []
        self.image: tuple[str, Image] | None = None
        self.acknowledged: dict[str, str] = {}  # statement → who said it
        self.entities: list[str] = []
        self._enrol("field", {"cases": "write", "sources": "drop"}, admin=False)
        self._enrol("second", {"cases": "write", "sources": "write"}, admin=True)

    def teardown(self) -> None:
        if not hasattr(self, "devices"):
            return
        try:
            self.all_agree()
        finally:
            for session in self.devices.values():
                session.close()
            shutil.rmtree(self.folder)

    # --- people ------------------------------------------------------------------------------

    @rule(who=pick, circle=circles, about=pick, text=st.sampled_from("abc"))
    def say(self, who: int, circle: str, about: int, text: str) -> None:
        session = self._one(who)
        if not session.roster.may_write(session.device, session.compartment(circle)):
            return
        if not self.entities or about % 2:
            ids = self.world.say(session, circle, text)
            shown = session.index.by_id(ids[0])  # nothing, on a device that may only drop
            self.entities += [one.statement.entity for one in shown]
        else:  # another value for the same property: both stand
            entity = self.entities[about % len(self.entities)]
            ids = self.world.say_of(session, circle, entity, text)
        self._acknowledge(session, ids)

    @rule(who=pick, which=pick)
    def take_back(self, who: int, which: int) -> None:
        session = self._one(who)
        shown = [
            one
            for one in session.index.all()
            if one.statement.stance == "asserted"
            and session.roster.may_write(session.device, one.statement.compartment)
        ]
        if shown:
            self._acknowledge(session, [retract(session, shown[which % len(shown)].id)])

    @rule(who=pick, where=pick)
    def sync(self, who: int, where: int) -> None:
        self.world.sync(self._one(who), self.sites[where % len(self.sites)])

    @rule(who=pick)
    def send(self, who: int) -> None:
        path = self.folder / f"{len(self.couriers)}.unburnt"
        exchange.send(self._one(who), path)
        self.couriers.append(path)

    @precondition(lambda self: self.couriers)
    @rule(who=pick, which=pick)
    def receive(self, who: int, which: int) -> None:
        exchange.receive(self._one(who), self.couriers[which % len(self.couriers)])

    # --- admins ------------------------------------------------------------------------------

    @precondition(lambda self: len(self.devices) < MOST_DEVICES)
    @rule(who=pick, circle=circles, role=st.sampled_from(ROLES))
    def enrol(self, who: int, circle: str, role: str) -> None:
        self._enrol(f"device-{len(self.devices)}", {circle: role}, admin=False, by=who)

    @rule(who=pick, whom=pick, circle=circles, role=st.sampled_from(ROLES))
    def change_role(self, who: int, whom: int, circle: str, role: str) -> None:
        admin = self._admin(who)
        device = self._one(whom).device
        known = admin.roster.devices.get(device)
        if known is not None and not known.admin and not known.revoked:
            people.set_role(admin, device, admin.compartment(circle), role)
            admin.refresh()

    @rule(who=pick, circle=circles)
    def rotate(self, who: int, circle: str) -> None:
        people.rotate(self._admin(who), self._admin(who).compartment(circle))

    @precondition(lambda self: len(self._honest()) > 3)
    @rule(who=pick)
    def revoke(self, who: int) -> None:
        """The newest device is lost; it goes on writing, and nobody believes it."""
        name = self._honest()[-1]
        admin = self._admin(who)
        device = self.devices[name].device
        if device in admin.roster.devices:
            people.revoke(admin, {device: admin.journal.tip(device).size}, "seized")
            self.revoked.add(name)

    # --- places ------------------------------------------------------------------------------

    @rule(where=pick)
    def burn_a_site(self, where: int) -> None:
        self.world.disk(self.sites[where % len(self.sites)]).rollback({})
        self.world.begin_again = True  # whoever comes next is told that it burned

    @precondition(lambda self: len(self.sites) < 4)
    @rule()
    def new_site(self) -> None:
        self.sites.append(f"site-{len(self.sites)}")

    @rule(who=pick)
    def rebuild_tables(self, who: int) -> None:
        before, after = rebuild(self._one(who))
        assert before == after

    @rule(who=pick)
    def restart(self, who: int) -> None:
        name = self._honest()[who % len(self._honest())]
        before = self.devices[name].index.digest()
        self.devices[name].close()
        self.devices[name] = self.world.open(name)
        assert self.devices[name].index.digest() == before

    # --- the thief ---------------------------------------------------------------------------

    @rule(where=pick, which=pick, how=st.sampled_from(TAMPERINGS))
    def tamper(self, where: int, which: int, how: Any) -> None:
        disk = self.world.disk(self.sites[where % len(self.sites)])
        names = list(disk.names("objects/"))
        if len(names) > 1:
            disk.tamper(names[which % len(names)], how)

    @rule(where=pick, other=pick)
    def roll_back(self, where: int, other: int) -> None:
        """A site shows the state of another one, or what it once was."""
        here, there = (self.sites[n % len(self.sites)] for n in (where, other))
        state = {n: self.world.disk(there).get(n, 2**30) for n in self.world.disk(there).names()}
        self.world.disk(here).rollback(state)

    @precondition(lambda self: self.revoked)
    @rule(where=pick, circle=circles)
    def thief_writes(self, where: int, circle: str) -> None:
        """With a revoked device whose own roster does not know it yet, past its admin's word."""
        thief = self.devices[sorted(self.revoked)[-1]]
        try:
            self.world.say(thief, circle, "forged")
            self.world.sync(thief, self.sites[where % len(self.sites)])
        except UnburntError:
            pass  # it learned of its revocation, or the site is broken: its own trouble

    # --- what must hold ----------------------------------------------------------------------

    @rule()
    def all_agree(self) -> None:
        """Everybody meets at a fresh site, twice: then all is everywhere."""
        meeting = f"meeting-{next(self.meetings)}"
        honest = {name: self.devices[name] for name in self._honest()}
        for _ in range(4):  # grants that two admins left out travel one round later
            for session in honest.values():
                self.world.sync(session, meeting)
        sessions = list(honest.values())
        self._same(lambda s: s.roster.digest(), sessions, "rosters")
        self._same(lambda s: s.journal.heads(), sessions, "logs")
        for circle in CIRCLES:
            readers = [s for s in sessions if s.roster.may_read(s.device, s.compartment(circle))]
            self._same(lambda s: s.index.digest(s.compartment(circle)), readers, circle)  # noqa: B023
            self._same(lambda s: self._views(s, circle), readers, "views")  # noqa: B023
        for session in sessions:
            self._reads_only_its_own(session)
        self._nothing_lost(sessions)

    def _views(self, session: Session, circle: str) -> list[Any]:
        known = session.compartment(circle)
        return [
            fold(one for one in session.index.of_entity(e) if one.statement.compartment == known)
            for e in sorted(set(self.entities))
        ]

    def _nothing_lost(self, sessions: list[Session]) -> None:
        """Every acknowledged statement is with everybody who may read it."""
        office = sessions[0]
        for statement, author in self.acknowledged.items():
            if author not in self.revoked:
                assert office.index.by_id(statement), "an acknowledged statement is lost"

    def _reads_only_its_own(self, session: Session) -> None:
        for circle in session.index.compartments():
            role = session.roster.access(session.device, circle)
            assert role >= Role.READ, "it shows what it may not read"

    @staticmethod
    def _same(of: Callable[[Session], Any], sessions: list[Session], what: str) -> None:
        found = [of(session) for session in sessions]
        assert all(one == found[0] for one in found), f"{what} differ"

    # --- who ---------------------------------------------------------------------------------

    def _honest(self) -> list[str]:
        return [name for name in self.devices if name not in self.revoked]

    def _one(self, number: int) -> Session:
        names = self._honest()
        return self.devices[names[number % len(names)]]

    def _admin(self, number: int) -> Session:
        return self.devices[["office", "second"][number % 2]]

    def _enrol(self, name: str, roles: dict[str, str], *, admin: bool, by: int = 0) -> None:
        self.devices[name] = self.world.enrol(self._admin(by), name, roles, is_admin=admin)

    def _acknowledge(self, session: Session, ids: list[str]) -> None:
        name = next(n for n, other in self.devices.items() if other is session)
        self.acknowledged.update(dict.fromkeys(ids, name))


TestWorld = pytest.mark.slow(Machine.TestCase)
DEEP = os.environ.get("UNBURNT_HYPOTHESIS") == "deep"
TestWorld.settings = settings(
    max_examples=300 if DEEP else 20,
    stateful_step_count=60 if DEEP else 30,
    suppress_health_check=list(HealthCheck),
)
