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

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unburnt.core.errors import UsageError
from unburnt.model.completeness import Knowledge
from unburnt.model.entry import Head, Header
from unburnt.storage import settings
from unburnt.storage.backend import Backend
from unburnt.storage.names import key_name, object_name
from unburnt.sync.bundle import BundleBackend, BundleWriter
from unburnt.sync.check import SiteReport, check
from unburnt.sync.copying import MAX_ROSTER_FILE, bears_out, fetch, small_file
from unburnt.sync.cosigned import heads_seen
from unburnt.sync.exchange import pull, push
from unburnt.sync.mend import mend
from unburnt.sync.report import Problem, Report
from unburnt.workflow.keys import settle_keys
from unburnt.workflow.session import Progress, Session
from unburnt.workflow.witness_policy import trusted

_MOST_BROKEN = 4096  # names remembered for the next sync; the next check finds the others
_KEPT = "kept"
_BROKEN = "broken"

_FOUND = ("problems", "alarms", "broken")  # what the last check found: codes, codes, names
_UNSEEN: Mapping[str, Any] = {
    "sizes": {},
    "synced_at": None,
    "checked_at": None,
    "check": None,
    **dict.fromkeys(_FOUND, ()),
}

AXES = ("operator", "building", "jurisdiction", "payer")


@dataclass(frozen=True, slots=True)
class Site:
    """A place that holds a copy, and what this device remembers of it; sizes count entries."""

    label: str
    path: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    synced_at: str | None = None
    checked_at: str | None = None
    check: str | None = None
    problems: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


def sites(session: Session) -> dict[str, Site]:
    """Return the places this device knows, by label."""
    stored = settings.read(session.root, session.keys.settings).get("sites", {})
    return {
        label: Site(
            label=label,
            **{**fields, **{name: tuple(fields.get(name, ())) for name in _FOUND}},
        )
        for label, fields in stored.items()
    }


def add_site(session: Session, label: str, path: Path, attributes: Mapping[str, str]) -> None:
    """Remember a folder as a site, making it when its parent is there.

    `attributes` may name operator, building, jurisdiction and payer: what could fail together.
    What was seen in another folder is forgotten: it says nothing about this one. UsageError when
    the folder is another site already: one copy must not count twice.
    """
    unknown = attributes.keys() - set(AXES)
    if unknown:
        raise UsageError(f"“{min(unknown)}” says nothing about a site.", f"Use {', '.join(AXES)}.")
    path = path.resolve()
    known = sites(session)
    for other in known.values():
        if other.path == str(path) and other.label != label:
            raise UsageError(
                f"This folder is the site “{other.label}” already.",
                "Give another folder, or use that site.",
            )
    path.mkdir(mode=0o700, exist_ok=True)
    moved = label in known and known[label].path != str(path)
    fields = {"path": str(path), "attributes": dict(attributes)}
    _remember(session, label, {**fields, **(_UNSEEN if moved else {})})


def site_backend(session: Session, label: str) -> Backend:
    """Open the place with this label; UsageError when unknown, MediumError when not there."""
    known = sites(session)
    if label not in known:
        raise UsageError(
            f"There is no site “{label}”.",
            f"Known: {', '.join(sorted(known)) or 'none yet'}. Add one: unburnt site add.",
        )
    return session.open_backend(Path(known[label].path))


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


def sync(session: Session, label: str, progress: Progress = lambda what, count: None) -> Exchanged:
    """Bring this device and a site up to date with each other; repeat after any interruption.

    What the last check found broken, here or there, is mended from the other side.
    """
    site = site_backend(session, label)
    known = sites(session)[label]
    pulled, new = _take(session, site, progress) if any(site.names("roster/")) else (Report(), 0)
    pushed = push(session.backend, site, session.journal, known.sizes, progress)
    left = mend(session.backend, site, known.broken, session.roster, pushed)
    site.close()
    sizes = {**known.sizes, **pushed.sizes}
    fields = {"sizes": sizes, "synced_at": session.clock(), "broken": left}
    _remember(session, label, fields)
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
    site = site_backend(session, label)
    report = check(
        site,
        session.archive,
        [*knowledge(session), *acknowledged(session, label)],
        read_objects,
        progress=progress,
        expected=small_names(session),
    )
    site.close()
    _remember(
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
    return report, new


def _complete(session: Session, source: Backend, report: Report) -> int:
    """Take the objects that this device keeps and lacks: after a new role, or a loss.

    What was found complete is remembered, so that the cost follows what is new.
    """
    everything = _keeps_everything(session)
    known = session.index.memory(_KEPT) or {}
    sizes = known.get("sizes", {}) if known.get("everything") == everything else {}
    lacking = [
        needed
        for device, tip in session.journal.tips.items()
        if everything or device == session.device
        for sequence in range(sizes.get(device, 0), tip.size)
        for needed in session.journal.entry(device, sequence).objects()
        if not session.backend.exists(object_name(needed[0]))
    ]
    before = report.objects
    fetch(source, session.backend, lacking, report)
    if report.objects - before == len(lacking):
        sizes = {device: tip.size for device, tip in session.journal.tips.items()}
        if known != (now := {"everything": everything, "sizes": sizes}):
            session.index.set_memory(_KEPT, now)
    return report.objects - before


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
    if any(rejected.kind == "unreadable" for rejected in session.roster.rejected):
        names += [
            name
            for name in session.backend.names("roster/")
            if not bears_out(
                session.archive, name, small_file(session.backend, name, MAX_ROSTER_FILE) or b""
            )
        ]
    return names


def small_names(session: Session) -> list[str]:
    """Return the names of the roster files, grants, canaries and proofs of time held here."""
    kinds = ("roster/", "keys/", "canary/", "cosigned/", "times/")
    return [name for kind in kinds for name in session.backend.names(kind)]


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


def _remember(session: Session, label: str, fields: Mapping[str, Any]) -> None:
    stored = settings.read(session.root, session.keys.settings)
    places = stored.setdefault("sites", {})
    places.setdefault(label, {}).update(fields)
    settings.write(session.root, session.keys.settings, stored)
