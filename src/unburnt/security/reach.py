"""The reach of a device: which epochs its keys open, which they do not, and what lies in each.

    survey = Survey(roster, device, headers)
    survey.take(record)     True when it lies within reach
    reach = survey.reach()
    reach.opened            (Opened("cases", generation 2, from …, until …, 310 statements), …)
    reach.closed            what was not granted, why, and what drop devices handed over there

Computed from grants and signed entry headers, never from what a device said of itself. A device
also keeps an index of what it wrote itself where it may read, so that counts as within reach.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from unburnt.core.errors import UsageError
from unburnt.model.entry import Header
from unburnt.model.recorded import REFUSED, Recorded
from unburnt.model.roster import Roster
from unburnt.model.roster_ops import Grant, Rotate, SetAccess
from unburnt.model.roster_values import Epoch, Role

Place = tuple[str, int]
"""Device and sequence: where an entry stands."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What lies in some entries.

    `statements`, `originals`: counted by the asking device in entries it can open itself. `aside`:
    how many of the statements were put aside (refused). `hidden`: entries it cannot open;
    `at_most`: statements in those, as the buckets in their headers bound them. `objects`: evidence
    objects that the headers name, hidden or not.
    """

    entries: int = 0
    statements: int = 0
    originals: int = 0
    aside: int = 0
    hidden: int = 0
    at_most: int = 0
    objects: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """An epoch within reach; times are claimed by who wrote them, None when not known.

    `ends`: when the next epoch began, None for the current one. `granted`: None when the device
    holds no key but wrote there itself. `beyond`: it was granted without a role that may read.
    """

    compartment: str
    epoch: str
    generation: int
    begins: str | None
    ends: str | None
    granted: str | None
    current: bool
    void: bool
    held: bool
    beyond: bool
    tally: Tally


@dataclass(frozen=True, slots=True)
class Closed:
    """An epoch out of reach, or the entries of one that are.

    `reason`: "not-granted", or "after-revocation" when whoever made it had seen the revocation.
    `drops`: what devices that may only add handed over; `own`: what this device handed over and
    cannot read back. Both are parts of `tally`.
    """

    compartment: str
    epoch: str
    generation: int
    begins: str | None
    reason: str
    tally: Tally
    drops: Tally
    own: Tally


@dataclass(slots=True)
class _Content:
    """What the asking device found in one entry."""

    statements: int = 0
    aside: int = 0
    originals: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Past:
    """What the history of the roster tells about epochs and roles."""

    made: dict[str, tuple[str, str]] = field(default_factory=dict)  # epoch -> (at, operation)
    given: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # to this device
    roles: dict[tuple[str, str], set[Role]] = field(default_factory=dict)

    @classmethod
    def of(cls, roster: Roster, device: str) -> _Past:
        past = cls()
        for name, op in roster.history:
            if isinstance(op, Rotate):
                past.made.setdefault(op.epoch, (op.at, name))
                if device in op.grants:
                    past.given.setdefault(op.epoch, []).append((op.at, name))
            elif isinstance(op, Grant) and op.holder == device:
                past.given.setdefault(op.epoch, []).append((op.at, name))
            elif isinstance(op, SetAccess):
                key = op.device, op.compartment
                past.roles.setdefault(key, set()).add(Role[op.role.upper()])
        return past

    def ever_read(self, device: str, compartment: str) -> bool:
        return any(role.may_read for role in self.roles.get((device, compartment), ()))

    def is_drop(self, device: str, compartment: str) -> bool:
        """Whether a device could only ever add."""
        roles = self.roles.get((device, compartment), set())
        return Role.DROP in roles and not any(role.may_read for role in roles)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a device could open and what not, epoch by epoch, oldest first."""

    opened: tuple[Opened, ...]
    closed: tuple[Closed, ...]


class Survey:
    """One device's view of the epochs of a roster, filled with what lies in them."""

    def __init__(self, roster: Roster, device: str, entries: Iterable[Header]) -> None:
        """Look at the headers of every verified entry the asking device holds."""
        self.roster = roster
        self.device = device
        self.past = _Past.of(roster, device)
        self.contents: dict[Place, _Content] = {}
        self._places: dict[Place, bool] = {}  # whether each entry is within reach
        self._divided: dict[str, tuple[list[Header], list[Header]]] = {}
        by_epoch: dict[str, list[Header]] = {}
        for header in {(h.device, h.sequence): h for h in entries}.values():
            self._places[header.device, header.sequence] = False
            by_epoch.setdefault(header.epoch, []).append(header)
        for epoch in roster.epochs.values():
            mine, others = self._divide(epoch, by_epoch.get(epoch.id, []))
            self._divided[epoch.id] = mine, others
            self._places |= {(header.device, header.sequence): True for header in mine}

    def take(self, record: Recorded) -> bool:
        """Note one statement the asking device can read; tell whether it lies within reach.

        Raises UsageError when its entry is not among the entries.
        """
        place = record.device, record.sequence
        if place not in self._places:
            raise UsageError(
                "Statements and entries do not belong together.",
                "Give every verified entry of this device.",
            )
        content = self.contents.get(place)
        if content is None:
            content = self.contents[place] = _Content()
        content.statements += 1
        content.aside += record.standing == REFUSED
        file = record.statement.value.get("file")
        if isinstance(file, dict) and isinstance(file.get("sha256"), str):
            content.originals |= {file["sha256"]}
        return self._places[place]

    def reach(self) -> Reach:
        """Return what is within reach and what is not, with what was noted."""
        opened, closed = [], []
        epochs = self.roster.epochs.values()
        for epoch in sorted(epochs, key=lambda e: (e.compartment, e.generation, e.id)):
            mine, others = self._divided[epoch.id]
            if mine or self._holds(epoch):
                opened.append(self._opened(epoch, mine))
            if others or not self._holds(epoch):
                closed.append(self._closed(epoch, others))
        return Reach(tuple(opened), tuple(closed))

    def _holds(self, epoch: Epoch) -> bool:
        return self.device in self.roster.granted(epoch.id)

    def _divide(self, epoch: Epoch, headers: list[Header]) -> tuple[list[Header], list[Header]]:
        """Return the entries within reach and the others."""
        if self._holds(epoch):
            return headers, []
        if not self.past.ever_read(self.device, epoch.compartment):
            return [], headers
        own = [header for header in headers if header.device == self.device]
        return own, [header for header in headers if header.device != self.device]

    def _opened(self, epoch: Epoch, headers: list[Header]) -> Opened:
        given = self.past.given.get(epoch.id, [])
        following = self._following(epoch)
        current = self.roster.current_epoch(epoch.compartment)
        flagged = {
            alarm.subjects[0]
            for alarm in self.roster.alarms
            if alarm.kind == "grant-without-access" and self.device in alarm.subjects
        }
        read = self.past.ever_read(self.device, epoch.compartment)
        return Opened(
            compartment=epoch.compartment,
            epoch=epoch.id,
            generation=epoch.generation,
            begins=self._begins(epoch),
            ends=self._begins(following) if following else None,
            granted=min((at for at, _operation in given), default=None),
            current=current is not None and current.id == epoch.id,
            void=epoch.void,
            held=self._holds(epoch),
            beyond=self._holds(epoch)
            and (not read or any(operation in flagged for _at, operation in given)),
            tally=self._tally(headers),
        )

    def _closed(self, epoch: Epoch, headers: list[Header]) -> Closed:
        drops = [h for h in headers if self.past.is_drop(h.device, epoch.compartment)]
        own = [h for h in headers if h.device == self.device]
        return Closed(
            compartment=epoch.compartment,
            epoch=epoch.id,
            generation=epoch.generation,
            begins=self._begins(epoch),
            reason="after-revocation" if self._knew_of_revocation(epoch) else "not-granted",
            tally=self._tally(headers),
            drops=self._tally(drops),
            own=self._tally(own),
        )

    def _begins(self, epoch: Epoch) -> str | None:
        made = self.past.made.get(epoch.id)
        return made[0] if made else None

    def _following(self, epoch: Epoch) -> Epoch | None:
        """Return the epoch that took the place of this one, None for the current or a void one."""
        later = [
            other
            for other in self.roster.epochs.values()
            if other.compartment == epoch.compartment
            and not other.void
            and (other.generation, other.id) > (epoch.generation, epoch.id)
        ]
        return min(later, key=lambda other: (other.generation, other.id), default=None)

    def _knew_of_revocation(self, epoch: Epoch) -> bool:
        made = self.past.made.get(epoch.id)
        then = self.roster.at([made[1]]) if made else None
        return then is not None and then.revoked(self.device) is not None

    def _tally(self, headers: list[Header]) -> Tally:
        seen = [
            content
            for header in headers
            if (content := self.contents.get((header.device, header.sequence)))
        ]
        hidden = [h for h in headers if (h.device, h.sequence) not in self.contents]
        originals = frozenset[str]().union(*(content.originals for content in seen))
        objects = {name for header in headers for name, _size in header.needs}
        return Tally(
            entries=len(headers),
            statements=sum(content.statements for content in seen),
            originals=len(originals),
            aside=sum(content.aside for content in seen),
            hidden=len(hidden),
            at_most=sum(header.bucket for header in hidden),
            objects=len(objects),
        )
