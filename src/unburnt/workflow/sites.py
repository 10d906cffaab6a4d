"""The sites that this device knows: where they are, what could take them away, what it saw there.

    add_site(session, "partner", Path("/mnt/partner"), {"operator": "us", "jurisdiction": "DE"})
    sites(session)["partner"].sizes            entries of each log that it acknowledged
    backend = site_in_place(session, "partner")

A site that was synced once and now lies on another disk or holds nothing is refused: a stick that
is not in leaves an empty folder behind, and what is written there is no copy on the stick.
Where copies lie is remembered on this device alone, sealed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unburnt.core.errors import MediumError, UsageError
from unburnt.storage import settings
from unburnt.storage.backend import Backend
from unburnt.storage.names import ARCHIVE
from unburnt.workflow.session import Session

# What the last check found: codes, codes, names; and which withdrawn keys it was told to destroy.
_FOUND = ("problems", "alarms", "broken", "told")
TOLD = 8  # characters of a withdrawn key's id that are remembered of a site
_UNSEEN: Mapping[str, Any] = {
    "sizes": {},
    "synced_at": None,
    "checked_at": None,
    "check": None,
    "begun_again_at": None,
    **dict.fromkeys(_FOUND, ()),
}

AXES = ("operator", "building", "jurisdiction", "payer")


@dataclass(frozen=True, slots=True)
class Site:
    """A place that holds a copy, and what this device remembers of it; sizes count entries.

    `other_disk`: it lay on another disk than this device's archive when it was added.
    """

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
    told: tuple[str, ...] = ()
    begun_again_at: str | None = None
    other_disk: bool = False


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


def add_site(
    session: Session, label: str, path: Path, attributes: Mapping[str, str], *, make: bool = False
) -> None:
    """Remember a folder as a site; `make` makes it when its parent is there.

    `attributes` may name operator, building, jurisdiction and payer: what could fail together.
    What was seen in another folder is forgotten: it says nothing about this one. UsageError when
    the folder is another site already: one copy must not count twice; MediumError when it is not
    there: a folder made in place of a stick is no stick.
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
    if make:
        path.mkdir(mode=0o700, exist_ok=True)
    elif not path.is_dir():
        raise MediumError(
            "There is no such folder.",
            "Put the stick in, or check the path. To have the folder made: --make.",
        )
    moved = label in known and known[label].path != str(path)
    fields = {
        "path": str(path),
        "attributes": dict(attributes),
        "other_disk": _is_on_other_disk(session, path),
    }
    remember(session, label, {**fields, **(_UNSEEN if moved else {})})


def site_backend(session: Session, label: str) -> Backend:
    """Open the place with this label; UsageError when unknown, MediumError when not there."""
    known = sites(session)
    if label not in known:
        raise UsageError(
            f"There is no site “{label}”.",
            f"Known: {', '.join(sorted(known)) or 'none yet'}. Add one: unburnt site add.",
        )
    return session.open_backend(Path(known[label].path))


def _is_on_other_disk(session: Session, path: Path) -> bool:
    return path.stat().st_dev != session.root.stat().st_dev


def site_in_place(session: Session, label: str) -> Backend:
    """Open a site, unless its folder now lies on this device's own disk: then it is not in."""
    backend = site_backend(session, label)
    known = sites(session)[label]
    if known.other_disk and not _is_on_other_disk(session, Path(known.path)):
        backend.close()
        raise MediumError(
            f"The folder of “{label}” lies on this device's own disk now.",
            "Is the stick in? Put it in and repeat. If the site was moved here: unburnt site add.",
        )
    return backend


def begun_again(session: Session, label: str) -> Backend:
    """Open a site that lost its copy, to write a new one; remembers that it is not the old one."""
    backend = site_backend(session, label)
    if not backend.exists(ARCHIVE):
        moved = {"other_disk": _is_on_other_disk(session, Path(sites(session)[label].path))}
        fields = {**_UNSEEN, **moved, "begun_again_at": session.clock()}
        remember(session, label, fields)
    return backend


def refuse_gone(site: Backend, known: Site) -> None:
    """Refuse a site that was synced and holds no archive: it is not in, or it lost its copy."""
    if (known.synced_at or any(known.sizes.values())) and not site.exists(ARCHIVE):
        site.close()
        raise MediumError(
            f"“{known.label}” holds nothing of this archive, though it was synced before.",
            "Is the stick in? Put it in and sync again. If its copy is lost and a new one is to"
            f" begin there: unburnt sync {known.label} --begin-again.",
        )


def remember(session: Session, label: str, fields: Mapping[str, Any]) -> None:
    """Change what this device remembers of a site; the rest of it stays."""
    stored = settings.read(session.root, session.keys.settings)
    places = stored.setdefault("sites", {})
    places.setdefault(label, {}).update(fields)
    settings.write(session.root, session.keys.settings, stored)
