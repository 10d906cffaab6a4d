"""The drill: some sites burn, some people are taken, a fresh machine must recover everything.

    report = rehearse(session, burned=["office"], arrested=["heron"], drill_words=[…], scratch=dir)

On scratch copies only: nothing that exists is touched. What is rehearsed is what would happen:

pull      one surviving site, chosen by chance, is pulled into an empty folder
keys      the drill cards that are still in reach open the canary; the real secret stays apart
complete  nothing is missing that this device or any other survivor has seen
objects   every object is read again and hashes to its name
open      every batch opens, and every statement gives its id
tables    the tables are built anew, and their digests are those of the live archive
authority enough admins or trustees are left to go on

What it cannot rehearse: that the trustees' real cards are still readable. Their drill cards stand
in for them, and each trustee can check the real one alone: unburnt share check.
"""

from __future__ import annotations

import hashlib
import random as chance
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from unburnt.core.errors import UnburntError, UsageError
from unburnt.core.ids import new_id
from unburnt.crypto import sealing, shares
from unburnt.crypto.sealing import Identity
from unburnt.model.completeness import Knowledge
from unburnt.model.roster_ops import Split
from unburnt.security import drill_report
from unburnt.security.drill_report import Digest, DrillReport, Step
from unburnt.security.moment import parse
from unburnt.storage.backend import Backend
from unburnt.storage.journal import Journal
from unburnt.storage.names import RECOVERY, key_name
from unburnt.storage.vault import DeviceKeys
from unburnt.sync.check import SiteReport, check
from unburnt.sync.exchange import pull
from unburnt.sync.report import Problem, Report
from unburnt.sync.withdrawal import lingering, withdrawn
from unburnt.workflow.exchange import knowledge, site_backend, sites
from unburnt.workflow.people import name_archive
from unburnt.workflow.session import Claim, Progress, Session


def rehearse(
    session: Session,
    burned: Sequence[str],
    arrested: Sequence[str],
    drill_words: Sequence[str],
    scratch: Path,
    progress: Progress = lambda what, count: None,
) -> DrillReport:
    """Carry out a drill in the empty folder `scratch` and return its report, not yet recorded.

    `burned` are site labels, `arrested` member labels, `drill_words` the drill cards of trustees
    who are left (none: that step counts as not rehearsed). UsageError when nothing would burn, or
    nothing would be left to recover from.
    """
    started = session.clock()
    known = sites(session)
    check_scene(session, burned, arrested)
    left = sorted(known.keys() - set(burned))
    survivor = chance.SystemRandom().choice(left)
    steps: list[Step] = []
    backend, pulled = _pull(session, survivor, scratch, steps, progress)
    shares_rehearsed = _keys(session, backend, drill_words, steps)
    others = _others(session, [label for label in left if label != survivor])
    report = check(backend, session.archive, [*knowledge(session), *others], progress=progress)
    _complete(report, pulled, steps)
    digests = _tables(session, scratch, steps, progress)
    steps.append(_authority(session, arrested))
    finished = session.clock()
    return DrillReport(
        started_at=started,
        finished_at=max(started, finished),
        burned=tuple(burned),
        arrested=tuple(arrested),
        survivor=survivor,
        steps=tuple(steps),
        digests=digests,
        shares_rehearsed=shares_rehearsed,
        seconds=int((parse(finished) - parse(started)).total_seconds())
        if finished > started
        else 0,
    )


def record(session: Session, report: DrillReport, compartment: str) -> str:
    """Sign the report and record it as a Drill in the archive; returns the entity's id."""
    signed = drill_report.sign(report, session.archive, session.device, session.keys.signing)
    drill = new_id(session.random)
    outcome = f"drill-{report.verdict().level.name.lower()}"

    def claim(name: str, value: dict[str, object]) -> Claim:
        return Claim(
            entity=drill,
            schema="Drill",
            property=name,
            value=value,
            source=session.member,
            compartment=compartment,
        )

    session.say(
        [
            claim("startDate", {"date": report.started_at[:10]}),
            claim("outcome", {"term": outcome}),
            claim("report", {"text": signed.encode().decode("utf-8")}),
        ]
    )
    return drill


def check_scene(session: Session, burned: Sequence[str], arrested: Sequence[str]) -> None:
    """Raise UsageError when a label is unknown, or nothing would burn, or no site would be left."""
    labels = sites(session).keys()
    members = {m.label for m in session.roster.members.values()}
    unknown = (set(burned) - labels) | (set(arrested) - members)
    if unknown:
        raise UsageError(
            f"“{min(unknown)}” is neither a site nor a member.",
            f"Sites: {', '.join(sorted(labels)) or 'none'}. Members: {', '.join(sorted(members))}.",
        )
    if not burned:
        raise UsageError("Nothing burns in this drill.", "Name at least one site: --burn office.")
    if not labels - set(burned):
        raise UsageError(
            "No site would be left to recover from.", "Add a site elsewhere: unburnt site add."
        )


def _pull(
    session: Session, survivor: str, scratch: Path, steps: list[Step], progress: Progress
) -> tuple[Backend, Report]:
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    backend = session.open_backend(scratch)
    name_archive(backend, session.archive)
    try:
        site = site_backend(session, survivor)
        report, _ = pull(site, backend, Journal(backend, session.archive), progress=progress)
        kept = lingering(site, withdrawn(session.roster))
        site.close()
    except UnburntError as error:
        steps.append(Step("pull", False, 0, error.message))
        return backend, Report()
    report.problems += [Problem("not-destroyed", detail=name) for name in kept]
    detail = f"{report.entries} entries, {report.objects} objects, {report.copied} bytes"
    if kept:
        detail += f"; {len(kept)} keys of withdrawn originals still lie there"
    steps.append(Step("pull", not report.problems, report.entries, detail))
    return backend, report


def _keys(session: Session, backend: Backend, words: Sequence[str], steps: list[Step]) -> bool:
    """Open the canary with the drill cards, and see that every epoch has its grant to recovery."""
    recovery = session.roster.recovery
    if recovery is None or not words:
        steps.append(Step("keys", None, 0, "no drill cards were given"))
        return False
    ungranted = [epoch for epoch in session.roster.epochs if not _granted(session, backend, epoch)]
    try:
        identity = Identity.from_secret(shares.combine(words))
        right = identity.recipient == recovery.drill.recipient
        names = [*backend.names("canary/")]
        opened = [n for n in names if right and _opens(backend.get(n, 2**20), identity)]
    except UnburntError as error:
        steps.append(Step("keys", False, 0, error.message))
        return False
    detail = (
        f"drill cards: {len(words)}; canaries opened: {len(opened)}; "
        f"epochs without their grant to recovery: {len(ungranted)}"
    )
    steps.append(Step("keys", bool(opened) and not ungranted, len(opened), detail))
    return bool(opened)


def _opens(sealed: bytes, identity: Identity) -> bool:
    try:
        return bool(sealing.unseal(sealed, [identity]))
    except UnburntError:
        return False


def _granted(session: Session, backend: Backend, epoch: str) -> bool:
    """Whether the grant of an epoch to recovery is there and is the one the roster names."""
    for digest in session.roster.granted(epoch).get(RECOVERY, ()):
        name = key_name(epoch, RECOVERY, digest)
        if backend.exists(name):
            return hashlib.sha256(backend.get(name, 2**20)).hexdigest() == digest
    return False


def _others(session: Session, labels: Sequence[str]) -> list[Knowledge]:
    """Return what the other surviving sites know; one that cannot be reached knows nothing."""
    found: list[Knowledge] = []
    for label in labels:
        try:
            site = site_backend(session, label)
            found += check(site, session.archive, read_objects=False).seen()
            site.close()
        except UnburntError:
            continue
    return found


def _complete(report: SiteReport, pulled: Report, steps: list[Step]) -> None:
    missing = [p for p in report.problems if p.code in {"missing", "missing-entry", "forked"}]
    damaged = [p for p in report.problems if p.code.startswith("object")]
    detail = f"entries: {report.entries}; heads known by survivors: {len(report.knowledge)}"
    if missing:
        detail += f"; logs that lack entries: {len(missing)}; the survivor is not up to date"
    complete = report.whole and not pulled.problems and not missing
    steps.append(Step("complete", complete, report.entries, detail))
    read = f"{report.objects} objects, {report.read} bytes read; {len(damaged)} damaged or missing"
    if report.withdrawn:
        read += f"; {report.withdrawn} originals withdrawn"
    steps.append(Step("objects", not damaged, report.objects, read))


def _tables(
    session: Session, scratch: Path, steps: list[Step], progress: Progress
) -> tuple[Digest, ...]:
    """Open everything on the scratch copy with throw-away device keys, and compare the tables."""
    keys = replace(DeviceKeys.generate("drill", session.random), archive=session.archive)
    readable = session.index.compartments()
    try:
        with _fresh(session, scratch, keys) as fresh:
            fresh.refresh(progress)
            count = fresh.index.count()
            digests = tuple(
                Digest(c, session.index.digest(c), fresh.index.digest(c)) for c in readable
            )
            refused = len(fresh.refused)
    except UnburntError as error:
        steps.append(Step("open", False, 0, error.message))
        return tuple(Digest(c, session.index.digest(c), None) for c in readable)
    steps.append(Step("open", not refused, count, f"statements: {count}; refused: {refused}"))
    equal = [digest for digest in digests if digest.equal]
    detail = f"{len(equal)} of {len(digests)} compartments have the digest of the live archive"
    steps.append(Step("tables", len(equal) == len(digests), len(digests), detail))
    return digests


def _fresh(session: Session, scratch: Path, keys: DeviceKeys) -> Session:
    return Session(
        scratch,
        keys,
        opened=session.identities,
        clock=session.clock,
        open_backend=session.open_backend,
    )


def _authority(session: Session, arrested: Sequence[str]) -> Step:
    """Whether those who are left can still change the roster, or recover."""
    gone = {m.id for m in session.roster.members.values() if m.label in arrested}
    admins = {
        d.member
        for d in session.roster.admins
        if d.member not in gone and d != session.roster.trustees
    }
    recovery = session.roster.recovery
    trustees = recovery is not None and reachable(recovery.recovery, gone, arrested)
    needed = session.roster.policy.threshold
    enough = len(admins) >= needed or trustees
    detail = (
        f"admins: {len(admins)}, needed: {needed}; "
        f"trustees {'can' if trustees else 'cannot'} still recover"
    )
    return Step("authority", enough, max(len(session.roster.admins), 1), detail)


def reachable(split: Split, gone: set[str], labels: Sequence[str]) -> bool:
    """Tell whether the cards of those who are left suffice."""
    at = 0
    groups = 0
    for needed, made in split.groups:
        cards = split.shares[at : at + made]
        at += made
        left = [c for c in cards if c.member not in gone and c.trustee not in labels]
        groups += len(left) >= needed
    return groups >= split.group_threshold
