"""Finding what a person named: a device, a member, an entity, or a place with a copy.

    find_device(roster, "field")        by label, id or the beginning of an id
    find_entity(session, "aicq")        by id, or the beginning of one
    open_place(Path("/media/stick"))    a folder or a courier's bundle, to be read

Never guesses: what fits twice is refused with the ids to choose from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from unburnt.core.errors import ForeignDataError, MediumError, UsageError
from unburnt.core.ids import check_hash
from unburnt.model.recorded import REFUSED, Recorded
from unburnt.model.roster import Roster
from unburnt.model.roster_values import Device, Member
from unburnt.storage import vault
from unburnt.storage.backend import Backend
from unburnt.storage.directory import DirectoryBackend
from unburnt.storage.names import ARCHIVE
from unburnt.sync.bundle import BundleBackend
from unburnt.workflow.session import Session

LEAST = 4  # characters of an id that begin it
LEAST_DIGITS = 8  # of the id of a statement
_DIGITS = re.compile(r"[0-9a-f]{8,64}")

Named = TypeVar("Named", Device, Member)


def check_archive_id(text: str) -> None:
    """Raise UsageError unless this can be the id of an archive."""
    try:
        check_hash(text)
    except ForeignDataError as error:
        raise UsageError(
            "This is not the id of an archive.",
            "It has 64 characters 0-9 and a-f, in lower case; it stands on every trustee's card,"
            " and an admin can read it to you.",
        ) from error


def check_device_folder(root: Path) -> None:
    """Raise UsageError unless the keys of a device lie in this folder."""
    vault.check(root)


def find_device(roster: Roster, text: str) -> Device:
    """Return the device with this label, id or beginning of an id; UsageError else."""
    return _only(
        text,
        roster.devices,
        f"There is no device “{text}”.",
        f"Several devices are called “{text}”.",
    )


def find_member(roster: Roster, text: str) -> Member:
    """Return the member with this label, id or beginning of an id; UsageError else."""
    return _only(
        text,
        roster.members,
        f"There is no member “{text}”.",
        f"Several members are called “{text}”.",
    )


def find_entity(session: Session, text: str) -> str:
    """Return the entity whose id is, or begins with, `text`; UsageError else."""
    found = [
        entity
        for entity in session.index.entities()
        if entity == text or (len(text) >= LEAST and entity.startswith(text))
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"{len(found)} entities begin with these characters.", "Give more of the id."
        )
    raise UsageError(
        "No entity with this id can be read here.",
        "Give the first characters of an id, at least four, or look for it: unburnt find.",
    )


def find_statement(session: Session, text: str) -> Recorded:
    """Return the statement whose id is, or begins with, `text`; UsageError else.

    Refused ones are left out. Of one that stands in several places any is returned.
    """
    found = {}
    if _DIGITS.fullmatch(text):
        known = session.index.by_beginning(text)
        found = {record.id: record for record in known if record.standing != REFUSED}
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} statements begin with these digits.", "Give more of the id."
        )
    for record in found.values():
        return record
    raise UsageError(
        "No statement with this id can be read here.",
        f"Give at least {LEAST_DIGITS} digits of an id; they stand beside it: unburnt show.",
    )


def open_place(path: Path) -> Backend:
    """Open a folder or a bundle that holds a copy; UsageError when there is none."""
    if not path.exists():
        raise MediumError(
            "There is no such folder or bundle here.", "Put the stick in, or check the path."
        )
    backend: Backend = DirectoryBackend(path) if path.is_dir() else BundleBackend(path)
    if not backend.exists(ARCHIVE):
        backend.close()
        raise UsageError(
            "This is no copy of an archive.", "Name the folder or bundle that holds one."
        )
    return backend


def _only(text: str, known: Mapping[str, Named], none: str, several: str) -> Named:
    found = [item for item in known.values() if text in (item.id, item.label)] or [
        item for item in known.values() if len(text) >= LEAST and item.id.startswith(text)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(sorted(item.id for item in found))
        raise UsageError(several, f"Give the id: {ids}.")
    labels = ", ".join(sorted(item.label for item in known.values()))
    raise UsageError(none, f"Choose one of: {labels}.")
