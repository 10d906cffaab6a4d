"""An open archive on an unlocked device: what every recipe works with.

    with Session.open(root, passphrase) as session:
        session.say([Claim(...), ...])         # signed, sealed, durable, indexed

Opening, receiving and recovering all come through `refresh`, which verifies what is beyond the
known tips and applies it to the index: the ordinary path is the recovery path. A session never
writes a key, a name or a passphrase anywhere in clear.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from unburnt.core.errors import BrokenArchiveError, MediumError, UnburntError, UsageError
from unburnt.crypto.sealing import Identity
from unburnt.crypto.signing import SigningKey
from unburnt.index.rows import Applied
from unburnt.model import file_name
from unburnt.model import schema as schemas
from unburnt.model.batch import MAX_STATEMENTS, Batch
from unburnt.model.entry import Entry
from unburnt.model.recorded import ACCEPTED, REFUSED
from unburnt.model.roster import Roster
from unburnt.model.statement import Statement
from unburnt.storage import objects, vault
from unburnt.storage.directory import DirectoryBackend
from unburnt.storage.journal import Draft, Journal
from unburnt.storage.own_key import Fresh, OwnKey, keep_named
from unburnt.storage.vault import DeviceKeys
from unburnt.sync.copying import read_roster
from unburnt.workflow.judging import Judges, forget_closed
from unburnt.workflow.opening import (
    OpenBackend,
    discard_index,
    open_batch,
    open_epochs,
    open_index,
    remember_tip,
    remembered_tips,
)

Random = Callable[[int], bytes]
Clock = Callable[[], str]
Progress = Callable[[str, int], None]

_AT_ONCE = 32  # entries a transaction


def now() -> str:
    """Return the present as RFC 3339 UTC in whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Claim(msgspec.Struct, frozen=True):
    """What a person says; the session adds who, on which device and when."""

    entity: str
    schema: str
    property: str
    value: dict[str, Any]
    source: str
    compartment: str
    stance: str = "asserted"
    attribution: tuple[str, ...] = ()
    reliability: str | None = None
    credibility: int | None = None
    lang: str | None = None
    locator: dict[str, Any] | None = None
    answers: str | None = None
    recorded_at: str | None = None


class Session:
    """One archive, one device, its keys in memory; a context manager."""

    def __init__(
        self,
        root: Path,
        keys: DeviceKeys,
        *,
        opened: Mapping[str, Identity] | None = None,
        signer: tuple[str, SigningKey] | None = None,
        clock: Clock = now,
        random: Random = os.urandom,
        open_backend: OpenBackend = DirectoryBackend,
    ) -> None:
        if keys.archive is None:
            raise UsageError(
                "This device does not belong to an archive yet.",
                "Give its card to an admin of the archive, then: unburnt join --from SITE.",
            )
        self.root = root
        self.keys = keys
        self.clock = clock
        self.random = random
        self.archive: str = keys.archive
        self.open_backend = open_backend  # how folders become backends; sites are opened so too
        self.backend = open_backend(root)
        self.roster = read_roster(self.backend, self.archive)
        # Epochs that were opened by other means than a grant to this device: by recovery, a drill.
        self.opened: dict[str, Identity] = dict(opened or {})
        self.identities: dict[str, Identity] = dict(self.opened)
        # Who signs for the roster: this device, or the trustees together after a recovery.
        self.signer: tuple[str, SigningKey] = signer or (keys.device, keys.signing)
        self.refused: list[tuple[str, int, str]] = []
        self.index = open_index(root, keys.index_key)
        tips = remembered_tips(self.index, self.backend, self.archive)
        self.journal = Journal(self.backend, self.archive, tips)
        self.judges = Judges(self.index, self.journal)
        if tips is None:
            self.rebuild_index()

    @classmethod
    def open(cls, root: Path, passphrase: str, **options: Any) -> Session:
        """Unlock the device in `root` and bring it up to date with its own disk.

        Raises CannotOpenError for a wrong passphrase, BrokenArchiveError for a damaged archive.
        """
        session = cls(root, vault.read(root, passphrase), **options)
        session.refresh()
        return session

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the disk; the keys go with the object."""
        self.index.close()
        self.backend.close()

    # --- who I am ------------------------------------------------------------------------------

    @cached_property
    def device(self) -> str:
        """This device's id."""
        return self.keys.device

    @property
    def member(self) -> str:
        """The member this device acts for."""
        return self.roster.devices[self.device].member

    def compartment(self, label: str) -> str:
        """Return the id of the compartment with this label; UsageError naming those there are."""
        for compartment in self.roster.compartments.values():
            if label in (compartment.label, compartment.id):
                return compartment.id
        known = ", ".join(sorted(c.label for c in self.roster.compartments.values()))
        raise UsageError(f"There is no compartment “{label}”.", f"Choose one of: {known}.")

    # --- saying --------------------------------------------------------------------------------

    def say(
        self,
        claims: Sequence[Claim],
        needs: Sequence[tuple[str, int]] = (),
        fresh: Sequence[Fresh] = (),
    ) -> list[list[str]]:
        """Record claims: signed, sealed, durable, indexed; returns the new ids, entry by entry.

        `needs` names the evidence objects (name, size) that the claims refer to, `fresh` their own
        keys. Raises UsageError, with nothing written, when a claim does not fit the schema or this
        device may not write to a compartment.
        """
        vocabulary = schemas.builtin()
        for claim in claims:
            vocabulary.check_value(claim.schema, claim.property, claim.value)
        ids: list[list[str]] = []
        by_compartment: dict[str, list[Statement]] = {}
        for statement in [self._statement(claim) for claim in claims]:
            by_compartment.setdefault(statement.compartment, []).append(statement)
        for compartment in by_compartment:
            self.check_may_write(compartment)
        for compartment, items in by_compartment.items():
            epoch = self.roster.current_epoch(compartment)
            for start in range(0, len(items), MAX_STATEMENTS):
                part = items[start : start + MAX_STATEMENTS]
                keys = keep_named(self.backend, epoch, fresh, part)
                ids.append(self.append(compartment, part, () if ids else needs, keys))
        return ids

    def append(
        self,
        compartment: str,
        statements: Sequence[Statement],
        needs: Sequence[tuple[str, int]] = (),
        keys: Sequence[OwnKey] = (),
    ) -> list[str]:
        """Append one entry of statements that all belong to `compartment`; returns their ids."""
        epoch = self.roster.current_epoch(compartment)
        if epoch is None:
            raise UsageError("This compartment has no key yet.", "Make one: unburnt rotate.")
        self._check_roster()
        batch = Batch.of(statements, self.random(32))
        sealed = objects.seal_pack(self.backend, batch.to_members(), epoch.recipient)
        draft = Draft(
            device=self.device,
            epoch=epoch.id,
            object=(sealed.name, sealed.size),
            statements_root=batch.root(),
            bucket=batch.bucket,
            heads=self.journal.heads(without=self.device),
            needs=tuple(needs),
            roster=tuple(self.roster.heads),
            keys=tuple((key.id, key.sha256, key.size) for key in keys),
        )
        entry = self.journal.append(draft, self.keys.signing)
        self.index.apply([self._applied(entry, statements, batch.ids)])
        remember_tip(self.index, self.journal.tip(self.device))
        return [id.hex() for id in batch.ids]

    def check_may_write(self, compartment: str) -> None:
        """Raise UsageError unless this device may add to the compartment."""
        if self.roster.revoked(self.device) is not None:
            raise UsageError(
                "This device was revoked: it may write nothing any more.",
                "Tell an admin. Who belongs to the group returns with a new device.",
            )
        if not self.roster.may_write(self.device, compartment):
            raise UsageError(
                "This device may not write to that compartment.",
                "Ask an admin: unburnt access, or write where you may.",
            )

    def _check_roster(self) -> None:
        """Raise BrokenArchiveError when the roster here lacks what our last entry had seen.

        An entry that names less would be refused everywhere.
        """
        size = self.journal.tip(self.device).size
        before = self.journal.entry(self.device, size - 1).header.roster if size else ()
        if before != self.roster.heads and not self.roster.follows(self.roster.heads, before):
            raise BrokenArchiveError(
                "A part of the roster that this device had seen is missing here.",
                "Fetch it from a site, then repeat: unburnt sync.",
            )

    def _statement(self, claim: Claim) -> Statement:
        value, locator = file_name.apart(claim.value, claim.locator)
        return Statement(
            author=self.member,
            device=self.device,
            compartment=claim.compartment,
            entity=claim.entity,
            schema=claim.schema,
            property=claim.property,
            value=value,
            source=claim.source,
            stance=claim.stance,
            attribution=claim.attribution,
            reliability=claim.reliability,
            credibility=claim.credibility,
            lang=claim.lang,
            locator=locator,
            answers=claim.answers,
            recorded_at=claim.recorded_at or self.clock(),
        )

    # --- keeping up ----------------------------------------------------------------------------

    def refresh(self, progress: Progress = lambda what, count: None) -> int:
        """Verify and index whatever is on this disk beyond what is known; returns new entries.

        Finishes what a crash left half done: an own entry without its checkpoint gets it.
        """
        for device in sorted(self.roster.devices):
            try:
                for _ in self.journal.advance(device, self.roster.verifier(device)):
                    pass
            except UnburntError as error:
                self._refuse(device, self.journal.tip(device).size, error.message)
        if self.journal.tip(self.device).size:
            self.journal.sign_checkpoint(self.device, self.keys.signing)
        return self.catch_up(progress)

    def catch_up(self, progress: Progress = lambda what, count: None) -> int:
        """Index every verified entry that is not yet, open what has become readable, judge."""
        opened = open_epochs(self.backend, self.roster, self.keys, self.identities)
        self.identities = {**self.opened, **opened}
        new = 0
        applied = self.index.applied()
        for device, tip in sorted(self.journal.tips.items()):
            start = applied.get(device, (0, b""))[0]
            for first in range(start, tip.size, _AT_ONCE):
                places = range(first, min(first + _AT_ONCE, tip.size))
                self.index.apply(self.open_entry(self.journal.entry(device, n)) for n in places)
                new += len(places)
                progress("entries", new)
            if start < tip.size:
                remember_tip(self.index, tip)
        if new:
            self.judges.remember()
        self._judge_again()
        return new

    def look_again(self) -> None:
        """Let the next `catch_up` try again to open what could not be opened."""
        self.index.set_memory("judged", {})

    def use_roster(self, roster: Roster) -> None:
        """Take a newer roster into use; `refresh` then judges everything by it."""
        self.roster = roster

    def open_entry(self, entry: Entry) -> Applied:
        """Return what the index should hold of an entry, after the full check of its batch.

        A batch that this device cannot open is noted as such; one that fails its check is refused.
        """
        header = entry.header
        epoch = self.roster.epochs.get(header.epoch)
        identity = self.identities.get(header.epoch)
        standing = self.judges.standing(self.roster, header)
        sealed = Applied(
            device=header.device,
            sequence=header.sequence,
            leaf=entry.leaf,
            compartment=None,
            standing=standing,
        )
        if epoch is None or identity is None:
            return sealed
        try:
            batch = open_batch(self.backend, header, identity)
            statements = batch.check_fully(header.device, epoch.compartment)
        except (BrokenArchiveError, MediumError):
            return sealed  # its object is not here, or damaged here: fetched at the next sync
        except UnburntError as error:
            self._refuse(header.device, header.sequence, error.message)
            return structs.replace(sealed, standing=REFUSED)
        return structs.replace(
            sealed, compartment=epoch.compartment, statements=statements, ids=batch.ids
        )

    def _applied(
        self, entry: Entry, statements: Sequence[Statement], ids: Sequence[bytes]
    ) -> Applied:
        """Return what the index holds of an entry just written here.

        A drop device keeps nothing it handed over: not even in its own index.
        """
        compartment = self.roster.epochs[entry.header.epoch].compartment
        kept = self.roster.may_read(self.device, compartment)
        return Applied(
            device=entry.header.device,
            sequence=entry.header.sequence,
            leaf=entry.leaf,
            compartment=compartment if kept else None,
            standing=ACCEPTED,
            statements=statements if kept else (),
            ids=ids if kept else (),
        )

    def _refuse(self, device: str, sequence: int, why: str) -> None:
        if (device, sequence, why) not in self.refused:
            self.refused.append((device, sequence, why))

    # --- index ---------------------------------------------------------------------------------

    def rebuild_index(self) -> None:
        """Throw the tables away; the next `refresh` builds them again from the logs."""
        self.refused.clear()
        self.index.close()
        discard_index(self.root)
        self.index = open_index(self.root, self.keys.index_key)
        self.journal = Journal(self.backend, self.archive)
        self.judges = Judges(self.index, self.journal)

    def _judge_again(self) -> None:
        """Judge every entry again when the roster is not the one it was judged by.

        Entries that could not be opened before are opened when a grant has arrived meanwhile;
        what this device may not read any more is forgotten.
        """
        state = {"roster": self.roster.digest(), "epochs": sorted(self.identities)}
        if self.index.memory("judged") == state:
            return
        for device, sequence in self.index.closed():
            item = self.open_entry(self.journal.entry(device, sequence))
            if item.compartment is not None:
                self.index.reopen(device, sequence, item.compartment, item.statements, item.ids)
        forget_closed(self.index, self.journal, self.roster, self.identities)
        self.judges.set_all(self.roster)
        self.judges.remember()
        self.index.set_memory("judged", state)
