"""One simulated world: devices, sites, couriers and a thief, on disks that can go wrong.

    world = World(tmp_path)
    office = world.found("office", ["cases"])
    field = world.enrol(office, "field", {"cases": "write"})
    world.say(office, "cases", "a name");  world.sync(office, "stick")
    world.disk("stick").tamper(name, "flip")

Folders are memory behind a fault world; vaults, tables and settings are real files below a
temporary folder. The clock only counts, and randomness is repeatable.
"""

from __future__ import annotations

import hashlib
import itertools
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.faults.faulty_backend import FaultyBackend, restore, snapshot
from unburnt.core.ids import new_id
from unburnt.crypto.passphrase import WEAK
from unburnt.storage.memory import MemoryBackend
from unburnt.workflow import exchange, people
from unburnt.workflow.session import Claim, Session

PASSPHRASE = "correct horse battery staple"
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Image:
    """A copy of one device: its disk, its real files. A thief has one; so has a bad restore."""

    disk: dict[str, bytes]
    files: Path


class World:
    """Every place by its name, which is the last part of its folder."""

    def __init__(self, folder: Path, seed: str = "world") -> None:
        self.folder = folder
        self.begin_again = False  # whether a site that was synced may be empty
        self.seed = seed
        self.disks: dict[str, FaultyBackend] = {}
        self._draws = itertools.count()
        self._seconds = itertools.count()
        self._images = itertools.count()

    # --- what the world gives ------------------------------------------------------------------

    def clock(self) -> str:
        """Return a moment one second after the one before."""
        return f"{START + timedelta(seconds=next(self._seconds)):%Y-%m-%dT%H:%M:%SZ}"

    def wait(self, seconds: int) -> None:
        """Let so much time pass."""
        self._seconds = itertools.count(next(self._seconds) + seconds)

    def random(self, size: int) -> bytes:
        """Return bytes that are the same in every run and never twice."""
        seed = f"{self.seed}/{next(self._draws)}".encode()
        return hashlib.shake_256(seed).digest(size)

    def disk(self, name: str) -> FaultyBackend:
        """Return the disk of a place, empty when it is new."""
        if name not in self.disks:
            self.disks[name] = FaultyBackend(MemoryBackend(location=name))
        return self.disks[name]

    def open_backend(self, path: Path) -> FaultyBackend:
        """Open a folder of this world."""
        return self.disk(path.name)

    def copy(self, folder: Path) -> World:
        """Return a second world in the same state; what happens there does not happen here."""
        other = World(folder, f"{self.seed}/copy")
        self.copy_to(other)
        return other

    def copy_to(self, other: World) -> None:
        """Put the state of this world into an empty one."""
        shutil.copytree(self.folder, other.folder)
        for name, disk in self.disks.items():
            restore(other.disk(name).inner, snapshot(disk))
        other._seconds = itertools.count(next(self._seconds))

    # --- devices -------------------------------------------------------------------------------

    def found(self, name: str, compartments: list[str]) -> Session:
        """Found an archive on a device."""
        return people.found(
            self.folder / name,
            f"member of {name}",
            name,
            PASSPHRASE,
            compartments,
            cost=WEAK,
            clock=self.clock,
            random=self.random,
            open_backend=self.open_backend,
        )

    def enrol(
        self, admin: Session, name: str, roles: dict[str, str], *, is_admin: bool = False
    ) -> Session:
        """Enrol a new device and let it join from the admin's disk."""
        root = self.folder / name
        card = people.prepare(root, name, PASSPHRASE, cost=WEAK, random=self.random)
        people.enrol(admin, card, f"member of {name}", roles, admin=is_admin)
        return people.join(
            root,
            PASSPHRASE,
            admin.backend,
            admin.archive,
            cost=WEAK,
            clock=self.clock,
            random=self.random,
            open_backend=self.open_backend,
        )

    def open(self, name: str) -> Session:
        """Open a device as its person would."""
        return Session.open(
            self.folder / name,
            PASSPHRASE,
            clock=self.clock,
            random=self.random,
            open_backend=self.open_backend,
        )

    def image(self, name: str) -> Image:
        """Copy a device as it is now."""
        files = self.folder.parent / f"{self.folder.name}-image-{next(self._images)}"
        shutil.copytree(self.folder / name, files)
        return Image(snapshot(self.disk(name)), files)

    def put_back(self, name: str, image: Image) -> None:
        """Make a device what it was when it was copied; its session must be closed."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(image.files, self.folder / name)
        self.disk(name).rollback(image.disk)

    # --- what people do ------------------------------------------------------------------------

    def say(self, session: Session, compartment: str, *texts: str) -> list[str]:
        """Record names of a new person; returns the statements' ids."""
        entity = new_id(self.random)
        return self.say_of(session, compartment, entity, *texts)

    def say_of(self, session: Session, compartment: str, entity: str, *texts: str) -> list[str]:
        """Record names of a known person."""
        circle = session.compartment(compartment)
        claims = [
            Claim(
                entity=entity,
                schema="Person",
                property="name",
                value={"text": text},
                source=entity,
                compartment=circle,
            )
            for text in texts
        ]
        return [id for entry in session.say(claims) for id in entry]

    def add_site(self, session: Session, name: str) -> None:
        """Let a device know a site."""
        exchange.add_site(session, name, self.folder / name, {"operator": name}, make=True)

    def sync(self, session: Session, name: str) -> exchange.Exchanged:
        """Sync with a site, which becomes known when it was not."""
        if name not in exchange.sites(session):
            self.add_site(session, name)
        return exchange.sync(session, name, begin_again=self.begin_again)


def said(session: Session) -> Counter[tuple[str, str]]:
    """Return (stance, text) of everything a device shows, with how often; ids left out."""
    return Counter(
        (one.statement.stance, str(one.statement.value.get("text")))
        for one in session.index.all()
        if one.standing != "refused"
    )
