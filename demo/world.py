"""The people, devices and places of the demonstration, in one folder.

    world = World.fresh(Path("demo-archive"), {})       # refuses a folder that is not its own
    world.found(); world.sessions["analyst"].index.count()

Everything here is real: folders, keys, passphrases, sealed files. All names are call signs.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unburnt.core.errors import UsageError
from unburnt.model import roster_write as write
from unburnt.workflow.exchange import add_site, site_backend, sync
from unburnt.workflow.people import ShareCard, appoint, enrol, found, join, prepare, propose
from unburnt.workflow.record import Case, Line, load_case, record_case
from unburnt.workflow.session import Session

MARK = ".unburnt-demo"
CASE = Path(__file__).resolve().parent / "winter_2018"
PASSPHRASE = "six small birds over one burnt roof"
COMPARTMENTS = ("cases", "sources", "staff")
TRUSTEES = ("kestrel", "wren", "swift", "lawyer", "partner")
NEEDED = 3

# device: member, roles, admin, the sites it syncs with
DEVICES: Mapping[str, tuple[str, Mapping[str, str], bool, tuple[str, ...]]] = {
    "desktop": ("heron", dict.fromkeys(COMPARTMENTS, "write"), True, ("office", "partner")),
    "laptop": ("heron", {"cases": "write", "staff": "write"}, False, ("office", "partner")),
    "field": ("wren", {"cases": "write", "sources": "drop"}, True, ("partner",)),
    "analyst": ("kestrel", dict.fromkeys(COMPARTMENTS, "write"), True, ("partner", "stick")),
    "drop": ("swift", {"sources": "drop"}, False, ("partner",)),
}
SITES: Mapping[str, Mapping[str, str]] = {
    "office": {"operator": "us", "building": "office", "jurisdiction": "RU", "payer": "us"},
    "partner": {
        "operator": "partner",
        "building": "partner-house",
        "jurisdiction": "DE",
        "payer": "partner",
    },
    "stick": {"operator": "swift", "building": "swift-home", "jurisdiction": "GE", "payer": "us"},
}


@dataclass(slots=True)
class World:
    """The folder of the demonstration and what is open in it."""

    root: Path
    options: Mapping[str, Any]
    case: Case
    sessions: dict[str, Session] = field(default_factory=dict)
    cards: list[ShareCard] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    captured: str = ""  # the evidence that the captured page became, "" where none could be
    policy: str = ""  # the witnesses that count, once there are some

    @classmethod
    def fresh(cls, root: Path, options: Mapping[str, Any]) -> World:
        """Make the folder anew; UsageError when it holds something that no demonstration made."""
        if root.is_symlink() or (root.exists() and not root.is_dir()):
            raise UsageError("This is not a folder.", "Choose another one: --keep DIR.")
        if root.exists() and any(root.iterdir()):
            if not (root / MARK).is_file():
                raise UsageError(
                    "This folder holds something that no demonstration made.",
                    "Choose another one: --keep DIR.",
                )
            shutil.rmtree(root)
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        (root / MARK).write_text("Made by the demonstration, which may replace this folder.\n")
        (root / "sites").mkdir()
        page = (CASE / "case.yaml").read_text(encoding="utf-8")
        return cls(root.resolve(), options, load_case(page, os.urandom))

    def close(self) -> None:
        """Close whatever is still open."""
        for session in self.sessions.values():
            session.close()
        self.sessions.clear()

    # --- people and places -----------------------------------------------------------------------

    def found(self) -> None:
        """Found the archive, let four more devices in, hand out cards, agree how many must sign."""
        first = found(
            self.root / "desktop", "heron", "desktop", PASSPHRASE, COMPARTMENTS, **self.options
        )
        self.sessions["desktop"] = first
        cards = {
            label: prepare(self.root / label, label, PASSPHRASE, **self.options)
            for label in DEVICES
            if label != "desktop"
        }
        for label, card in cards.items():
            member, roles, admin, _ = DEVICES[label]
            enrol(first, card, member, roles, admin=admin)
        self.cards = appoint(first, TRUSTEES, [(NEEDED, len(TRUSTEES))])
        propose(first, write.set_policy, 2, 1)
        self._add_sites("desktop")
        self.sync("desktop")
        for label in cards:
            site = site_backend(first, "partner")
            self.sessions[label] = join(
                self.root / label, PASSPHRASE, site, first.archive, **self.options
            )
            site.close()
            self._add_sites(label)
            self.sync(label)

    def _add_sites(self, label: str) -> None:
        for site in DEVICES[label][3]:
            add_site(self.sessions[label], site, self.root / "sites" / site, SITES[site], make=True)

    def sync(self, *labels: str) -> int:
        """Let devices sync with their sites, in this order; returns the new entries they saw."""
        new = 0
        for label in labels:
            for site in DEVICES[label][3]:
                done = sync(self.sessions[label], site)
                if done.problems:
                    raise UsageError(f"{label} and {site} disagree.", str(done.problems))
                new += done.new_entries
        return new

    def device(self, label: str) -> str:
        """Return the id of a device."""
        return self.sessions[label].device

    def unlock(self, label: str) -> Session:
        """Unlock a device that was closed."""
        opened = self.sessions[label] = Session.open(self.root / label, PASSPHRASE)
        return opened

    # --- the case --------------------------------------------------------------------------------

    def record(self, label: str, *phases: str, as_device: str | None = None) -> int:
        """Record the lines of some phases that the page gives to a device; returns how many."""

        def chosen(line: Line) -> bool:
            return line.device == (as_device or label) and line.phase in phases

        evidence = CASE / "evidence"
        self.said = record_case(self.sessions[label], self.case, evidence, chosen, self.said)
        return sum(chosen(line) for line in self.case.lines)

    def entity(self, handle: str) -> str:
        """Return the id behind a handle of the page."""
        return self.case.entities[handle].id

    def statements(self, label: str, compartment: str) -> set[str]:
        """Return the ids of all statements of a compartment that a device can read."""
        session = self.sessions[label]
        wanted = session.compartment(compartment)
        return {r.id for r in session.index.all() if r.statement.compartment == wanted}
