"""Recovery: from an empty folder, enough cards and one surviving site to a whole archive.

    recovered = recover(root, words, [site], passphrase, member="wren", device="new laptop")
    recovered.whole                            nothing is missing that any survivor has seen
    recovered.session                          open; this device is enrolled as admin

1. the cards give the recovery identity; it must be the one the archive's roster names;
2. roster, grants, logs and objects are pulled and verified by the very function of every sync;
3. what is there is checked against the highest heads any survivor knows;
4. the trustees' signing key enrols this device, which then opens every epoch and builds the tables.

Nothing is written to the surviving sites. Interrupted, it can be repeated in another empty folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from unburnt.core.errors import CannotOpenError, UnburntError, UsageError
from unburnt.core.ids import new_id
from unburnt.crypto import shares
from unburnt.crypto.passphrase import STANDARD, Cost, fresh
from unburnt.crypto.sealing import Identity
from unburnt.model import roster_write as write
from unburnt.model.completeness import Knowledge
from unburnt.model.roster import Roster
from unburnt.model.roster_card import device_card
from unburnt.model.roster_values import Device
from unburnt.storage import vault
from unburnt.storage.backend import Backend
from unburnt.storage.directory import DirectoryBackend
from unburnt.storage.journal import Journal
from unburnt.storage.names import RECOVERY
from unburnt.storage.vault import DeviceKeys
from unburnt.sync.check import SiteReport, check
from unburnt.sync.copying import read_roster
from unburnt.sync.exchange import pull
from unburnt.sync.report import Problem, Report
from unburnt.workflow.keys import grant_all, propose
from unburnt.workflow.opening import OpenBackend, opened_grant
from unburnt.workflow.people import name_archive, recovery_key
from unburnt.workflow.session import Clock, Progress, Random, Session, now


@dataclass(frozen=True, slots=True)
class Recovered:
    """An open session on the recovered archive, and what was found on the way."""

    session: Session
    check: SiteReport
    pulled: tuple[Report, ...]

    @property
    def problems(self) -> list[Problem]:
        """Everything that is missing, damaged or refused."""
        passed = [p for report in self.pulled for p in report.problems]
        refused = [Problem("refused", d, n, why) for d, n, why in self.session.refused]
        return [*self.check.problems, *passed, *refused]

    @property
    def whole(self) -> bool:
        """Whether nothing is missing that any survivor is known to have seen."""
        return self.check.whole and not self.problems


def recover(
    root: Path,
    words: Sequence[str],
    survivors: Sequence[Backend],
    archive: str,
    passphrase: str,
    *,
    member: str,
    device: str,
    knowledge: Iterable[Knowledge] = (),
    cost: Cost = STANDARD,
    clock: Clock = now,
    random: Random = os.urandom,
    open_backend: OpenBackend = DirectoryBackend,
    progress: Progress = lambda what, count: None,
) -> Recovered:
    """Recover an archive into an empty folder; `knowledge` may come from head cards.

    Raises CannotOpenError when the cards are not those of this archive, UsageError when they are
    too few or the folder is not empty. A recovery that is not whole is returned, with its
    problems, not hidden.
    """
    check_empty(root)
    check_enough(words)
    identity = Identity.from_secret(shares.combine(words))  # step 1
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    backend = open_backend(root)
    name_archive(backend, archive)
    journal = Journal(backend, archive)
    pulled, roster = _pull_all(survivors, backend, journal, progress)  # step 2
    trustees = check_cards(roster, identity)
    report = check(backend, archive, knowledge, progress=progress)  # step 3
    epochs = open_for_recovery(backend, roster, identity)
    keys = replace(DeviceKeys.generate(device, random), archive=archive)
    backend.close()
    session = Session(
        root,
        keys,
        opened=epochs,
        signer=(trustees.id, recovery_key(identity)),
        clock=clock,
        random=random,
        open_backend=open_backend,
    )
    _enrol_here(session, member)  # step 4
    session.refresh(progress)
    vault.write(root, keys, passphrase, fresh(random, cost))  # last: what has a vault is whole
    return Recovered(session, report, pulled)


def check_empty(root: Path) -> None:
    """Raise UsageError unless a recovery can go into this folder."""
    if root.exists() and any(root.iterdir()):
        raise UsageError(
            "Recovery needs an empty folder.",
            "Choose one that does not exist yet, also after an interruption.",
        )


def check_enough(words: Sequence[str]) -> None:
    """Raise UsageError when these cards are too few, by what stands on the cards themselves."""
    counted = shares.tally(words)
    if counted is None or counted.enough:
        return  # cards that do not belong together are refused alike, whatever the reason
    given = f"These cards are not enough; cards given: {len(words)}."
    for group, (has, needed) in counted.groups.items():
        if has < needed:
            raise UsageError(
                given,
                f"Cards of group {group}: {has}; it needs {needed}. Groups needed:"
                f" {counted.groups_needed}.",
            )
    raise UsageError(
        given,
        f"Whole groups: {len(counted.groups)}; needed: {counted.groups_needed}. Bring cards of"
        " another group.",
    )


def check_member(survivors: Sequence[Backend], archive: str, member: str) -> None:
    """Raise UsageError, naming who is known, when no survivor knows a member of this label."""
    known: set[str] = set()
    for site in survivors:
        with suppress(UnburntError):  # a copy that cannot be read is told of by the recovery
            known |= {one.label for one in read_roster(site, archive).members.values()}
    if known and member not in known:
        raise UsageError(
            f"No copy knows a member “{member}”.",
            f"Known: {', '.join(sorted(known - {RECOVERY}))}. Somebody new: --new-member.",
        )


def _pull_all(
    survivors: Sequence[Backend], backend: Backend, journal: Journal, progress: Progress
) -> tuple[tuple[Report, ...], Roster]:
    """Take what every survivor has; one that gives nothing is a problem, not the end.

    Raises what the last one raised when none gives a roster.
    """
    reports: list[Report] = []
    roster: Roster | None = None
    failed: UnburntError = UsageError("Nothing to recover from.", "Name at least one site.")
    for site in survivors:
        try:
            report, roster = pull(site, backend, journal, progress=progress)
        except UnburntError as error:
            failed = error
            report = Report(problems=[Problem("survivor", detail=error.message)])
        reports.append(report)
    if roster is None:
        raise failed
    return tuple(reports), roster


def check_cards(roster: Roster, identity: Identity) -> Device:
    """Return the trustees' device when the identity is the one whose shares the roster names.

    Raises CannotOpenError for cards of another archive or an older set.
    """
    trustees = roster.trustees
    if trustees is None or trustees.recipient != identity.recipient:
        raise CannotOpenError()
    return trustees


def open_for_recovery(
    backend: Backend, roster: Roster, identity: Identity
) -> Mapping[str, Identity]:
    """Return the identity of every epoch that was granted to the recovery identity."""
    opened: dict[str, Identity] = {}
    for epoch in roster.epochs.values():
        for digest in roster.granted(epoch.id).get(RECOVERY, ()):
            candidate = opened_grant(backend, epoch, RECOVERY, digest, identity)
            if candidate is not None:
                opened[epoch.id] = candidate
    return opened


def _enrol_here(session: Session, member: str) -> None:
    """Make this device an admin that reads and writes everywhere, signed by the trustees' key."""
    known = {m.label: m.id for m in session.roster.members.values()}
    owner = known.get(member)
    if owner is None:
        owner = new_id(session.random)
        propose(session, write.set_member, owner, member)
    keys = session.keys
    card = device_card(keys.signing, keys.identity.recipient, keys.label)
    propose(session, write.add_device, card, owner, admin=True)
    for compartment in session.roster.compartments:
        propose(session, write.set_access, session.device, compartment, "write")
        grant_all(session, compartment, session.device, keys.identity.recipient)
    session.backend.flush()
    session.signer = (session.device, keys.signing)
