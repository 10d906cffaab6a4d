"""Mending: names of one place that are damaged or missing, from another place that has them whole.

    report = check(site, …); report.broken     the names
    left = mend(local, site, report.broken, roster, result)

What is put is first held against its name: a hash, or the signature of the device it names. Damaged
bytes are kept in quarantine. Never replaces what is whole, not even by something else that is.
"""

from __future__ import annotations

from collections.abc import Iterable

from unburnt.core.errors import BrokenArchiveError, ForeignDataError
from unburnt.model.roster import Roster
from unburnt.storage import objects
from unburnt.storage.backend import Backend
from unburnt.sync.copying import LIMITS, copy_object, is_true
from unburnt.sync.report import Report
from unburnt.sync.withdrawal import is_withdrawn, withdrawn


def mend(
    source: Backend, target: Backend, names: Iterable[str], roster: Roster, report: Report
) -> list[str]:
    """Mend what is broken of these names; returns the names that could not be mended, sorted."""
    left = [name for name in sorted(set(names)) if not _mend(source, target, name, roster, report)]
    target.flush()
    return left


def _mend(source: Backend, target: Backend, name: str, roster: Roster, report: Report) -> bool:
    if is_withdrawn(name, withdrawn(roster)):
        return True  # it is not missing: it was destroyed
    if name.startswith("objects/"):
        return _mend_object(source, target, name, report)
    if _whole(target, name, roster) is not None:
        return True
    data = _whole(source, name, roster)
    if data is None:
        return False
    target.mend(name, data)
    report.mended += 1
    return True


def _mend_object(source: Backend, target: Backend, name: str, report: Report) -> bool:
    digest = name[-64:]
    if objects.is_sound(target, digest):
        return True
    if not source.exists(name):
        return False
    try:
        copy_object(source, target, digest, source.size(name), report)
    except BrokenArchiveError:
        return False
    return True


def _whole(place: Backend, name: str, roster: Roster) -> bytes | None:
    if not place.exists(name):
        return None
    try:
        data = place.get(name, LIMITS[name.partition("/")[0]])
    except ForeignDataError:
        return None
    return data if is_true(roster, name, data) else None
