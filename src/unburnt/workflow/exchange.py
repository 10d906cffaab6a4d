"""Exchanging with places: syncing a site, sending and receiving a bundle, checking a copy.

    add_site(session, "partner", Path("/mnt/partner"), {"operator": "us", "jurisdiction": "DE"})
    report = sync(session, "partner")          # pull, index, push
    send(session, Path("stick.unburnt"))       # one file for a courier
    receive(session, Path("stick.unburnt"))
    report = check_site(session, "partner")    # without keys; RED with reasons

Pull before push, so that what we push is judged by the newest roster. Receiving a bundle is pulling
from it: one path for everything that comes from outside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from unburnt.model.completeness import Knowledge
from unburnt.model.entry import Head, Header
from unburnt.storage.backend import Backend
from unburnt.storage.names import key_name, object_name
from unburnt.sync.bundle import BundleBackend, BundleWriter
from unburnt.sync.check import SiteReport, check
from unburnt.sync.copying import MAX_ROSTER_FILE, fetch, is_true, small_file
from unburnt.sync.cosigned import heads_seen
from unburnt.sync.exchange import pull, push
from unburnt.sync.mend import mend
from unburnt.sync.report import Problem, Report
from unburnt.sync.withdrawal import copy_own_keys, needed_keys, withdrawn
from unburnt.workflow.keys import settle_keys
from unburnt.workflow.session import Progress, Session
from unburnt.workflow.sites import AXES as AXES
from unburnt.workflow.sites import TOLD as TOLD
from unburnt.workflow.sites import Site as Site
from unburnt.workflow.sites import add_site as add_site
from unburnt.workflow.sites import begun_again, refuse_gone, remember, site_in_place
from unburnt.workflow.sites import site_backend as site_backend
from unburnt.workflow.sites import sites as sites
from unburnt.workflow.time_proofs import held
from unburnt.workflow.withdrawal import carry_out
from unburnt.workflow.witness_policy import trusted

_MOST_BROKEN = 4096  # names remembered for the next sync; the next check finds the others
_KEPT = "kept"
_BROKEN = "broken"


@dataclass(slots=True)
class Exchanged:
    """What came, what went, and what is wrong with the other side."""

    pulled: Report
    pushed: Report
    new_entries: int = 0

    @property
    def problems(self) -> list[Problem]:
        """Everything that did not pass, either way."""
        return [*self.pulled.problems, *self.pushed.problems]


def sync(
    session: Session,
    label: str,
    progress: Progress = lambda what, count: None,
    *,
    begin_again: bool = False,
) -> Exchanged:
    """Bring this device and a site up to date with each other; repeat after any interruption.

    What the last check found broken, here or there, is mended from the other side. MediumError,
    with nothing written, when the site was synced before and holds no archive now; `begin_again`
    writes a new copy there all the same, and it is remembered that it is a new one.
    """
    site = begun_again(session, label) if begin_again else site_in_place(session, label)
    known = sites(session)[label]
    refuse_gone(site, known)
    pulled, new = _take(session, site, progress) if any(site.names("roster/")) else (Report(), 0)
    pushed = push(session.backend, site, session.journal, known.sizes, progress)
    left = mend(session.backend, site, known.broken, session.roster, pushed)
    site.close()
    sizes = {**known.sizes, **pushed.sizes}
    told = sorted(key[:TOLD] for key in withdrawn(session.roster))
    fields = {"sizes": sizes, "synced_at": session.clock(), "broken": left, "told": told}
    remember(session, label, fields)
    return Exchanged(pulled, pushed, new)


def receive(
    session: Session, bundle: Path, progress: Progress = lambda what, count: None
) -> Exchanged:
    """Take what a courier's bundle holds; receiving it twice changes nothing."""
    source = BundleBackend(bundle)
    pulled, new = _take(session, source, progress)
    source.close()
    return Exchanged(pulled, Report(), new)


def send(session: Session, bundle: Path, known_by: str | None = None) -> Report:
    """Write a bundle with everything, or with what the site `known_by` lacked at the last sync."""
    known = sites(session)[known_by].sizes if known_by else {}
    writer = BundleWriter(bundle)
    report = push(session.backend, writer, session.journal, known, ask=False)
    writer.close()
    return report


def check_site(
    session: Session,
    label: str,
    read_objects: bool = True,
    progress: Progress = lambda what, count: None,
) -> SiteReport:
    """Check a site against everything this device has seen; remembers the result for `health`."""
    site = site_in_place(session, label)
    report = check(
        site,
        session.archive,
        [*knowledge(session), *acknowledged(session, label)],
        read_objects,
        progress=progress,
        expected=small_names(session),
    )
    site.close()
    remember(
        session,
        label,
        {
            "checked_at": session.clock(),
            "check": "green" if report.whole else "red",
            "problems": sorted({problem.code for problem in report.problems}),
            "alarms": sorted({alarm.code for alarm in report.alarms}),
            "broken": sorted(report.broken)[:_MOST_BROKEN],
        },
    )
    return report


def knowledge(session: Session) -> list[Knowledge]:
    """Return the heads of all logs as this device knows them, its own included.

    And what witnesses have seen of them: that outlives a disk that was put back to an older state.
    """
    here = [
        Knowledge("here", device, tip.head)
        for device, tip in session.journal.tips.items()
        if tip.size
    ]
    return [*here, *heads_seen(session.backend, session.roster)]


def acknowledged(session: Session, label: str) -> list[Knowledge]:
    """Return what the site itself held at the last sync, with the roots our logs had there."""
    found: list[Knowledge] = []
    for device, size in sites(session)[label].sizes.items():
        tip = session.journal.tips.get(device)
        if tip is not None and tip.size == size and size:
            found.append(Knowledge("last-sync", device, Head(size, tip.head.root)))
    return found


def _take(session: Session, source: Backend, progress: Progress) -> tuple[Report, int]:
    """Pull, take the newer roster into use, index; then fetch what became readable meanwhile."""

    def wants(header: Header) -> bool:
        return keeps(session, header)

    mended = Report()
    if _mend_here(session, source, mended):
        session.refresh(progress)
    cosigners = trusted(session)
    report, roster = pull(source, session.backend, session.journal, wants, progress, cosigners)
    if roster.digest() != session.roster.digest():
        session.use_roster(roster)
    new = session.catch_up()
    report.objects += mended.objects
    report.copied += mended.copied
    report.mended += mended.mended
    if _complete(session, source, report) + report.mended + mended.objects:
        session.look_again()
        new += session.refresh(progress)
    settle_keys(session)
    report.destroyed = len(carry_out(session))
    return report, new


def _complete(session: Session, source: Backend, report: Report) -> int:
    """Take the objects that this device keeps and lacks: after a new role, or a loss.

    What was found complete is remembered, so that the cost follows what is new.
    """
    everything = _keeps_everything(session)
    gone = withdrawn(session.roster)
    known = session.index.memory(_KEPT) or {}
    sizes = known.get("sizes", {}) if known.get("everything") == everything else {}
    entries = [
        session.journal.entry(device, sequence)
        for device, tip in session.journal.tips.items()
        if everything or device == session.device
        for sequence in range(sizes.get(device, 0), tip.size)
    ]
    lacking = [
        needed
        for entry in entries
        for needed in entry.objects()
        if not session.backend.exists(object_name(needed[0]))
    ]
    lost = {
        name: size
        for entry in entries
        for name, size in needed_keys(entry.header, gone).items()
        if not session.backend.exists(name) and source.exists(name)
    }
    taken = copy_own_keys(source, session.backend, lost.items(), report)
    before = report.objects
    fetch(source, session.backend, lacking, report)
    if report.objects - before == len(lacking) and taken == len(lost):
        sizes = {device: tip.size for device, tip in session.journal.tips.items()}
        if known != (now := {"everything": everything, "sizes": sizes}):
            session.index.set_memory(_KEPT, now)
    return report.objects - before + taken


def note_broken(session: Session, names: Iterable[str]) -> None:
    """Remember what a check found broken on this device; the next sync mends it."""
    session.index.set_memory(_BROKEN, {"names": sorted(names)[:_MOST_BROKEN]})


def _mend_here(session: Session, source: Backend, report: Report) -> int:
    """Mend what a check, or opening this session, found broken on this device."""
    broken = {*(session.index.memory(_BROKEN) or {}).get("names", []), *_suspect(session)}
    if not broken:
        return 0
    left = mend(source, session.backend, broken, session.roster, report)
    if left == sorted(broken):
        return 0
    if any(name.startswith("log/") for name in broken - set(left)):
        session.rebuild_index()  # the chain is verified from its beginning
    note_broken(session, left)
    return len(broken) - len(left)


def _suspect(session: Session) -> list[str]:
    """Return the names that this session could not make sense of: roster files, its own grants."""
    names = [
        key_name(epoch.id, session.device, digest)
        for epoch in session.roster.epochs.values()
        if epoch.id not in session.identities
        and session.roster.may_read(session.device, epoch.compartment)
        for digest in session.roster.granted(epoch.id).get(session.device, ())
    ]
    if session.roster.rejected or session.roster.pending:
        names += [
            name
            for name in session.backend.names("roster/")
            if not is_true(
                session.roster, name, small_file(session.backend, name, MAX_ROSTER_FILE) or b""
            )
        ]
    return names


def small_names(session: Session) -> list[str]:
    """Return the names of the roster files, grants, canaries and proofs of time held here.

    A time proof that a power cut tore is nowhere whole: no site is asked for it.
    """
    kinds = ("roster/", "keys/", "canary/", "cosigned/")
    return [
        *(name for kind in kinds for name in session.backend.names(kind)),
        *(name for name, _ in held(session)),
    ]


def keeps(session: Session, header: Header) -> bool:
    """Whether this device holds the objects of an entry.

    A device that may read nothing (a drop laptop) keeps only what it wrote itself: least
    knowledge, even sealed. Any other holds everything, sealed, and so is one more copy.
    """
    return header.device == session.device or _keeps_everything(session)


def _keeps_everything(session: Session) -> bool:
    return any(
        session.roster.may_read(session.device, compartment)
        for compartment in session.roster.compartments
    )
