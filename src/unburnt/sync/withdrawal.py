"""Own keys on their way, and their end: what was withdrawn is copied by nobody and destroyed.

    gone = withdrawn(roster)                        ids of own keys; never an epoch's
    copy_own_keys(site, local, needed_keys(header, gone).items(), report)
    destroy_withdrawn(site, gone)                   names that lay there and lie there no more

Never destroys anything but files below `keys/` whose own key a withdrawal in force names.
Specification: docs/spec/withdrawal.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable

from unburnt.model.entry import Header
from unburnt.model.roster import Roster
from unburnt.storage.backend import Backend
from unburnt.storage.names import key_id
from unburnt.storage.own_key import MAX_OWN_KEY, own_key_names
from unburnt.sync.report import Problem, Report

_FEW = 500  # ids that are looked for one by one: each costs a folder, a look at all costs all


def withdrawn(roster: Roster) -> frozenset[str]:
    """Return the ids of the own keys whose destruction is in force."""
    return roster.withdrawn - roster.epochs.keys()  # the roster says so too: twice is cheap


def is_withdrawn(name: str, gone: Collection[str]) -> bool:
    """Tell whether a name is that of a key in `gone`."""
    return name.startswith("keys/") and key_id(name) in gone


def lingering(place: Backend, gone: Collection[str]) -> list[str]:
    """Return the names of withdrawn keys that still lie in a place, sorted."""
    if len(gone) > _FEW:
        return [name for name in place.names("keys/") if key_id(name) in gone]
    return [name for key in sorted(gone) for name in place.names(f"keys/{key}/")]


def destroy_withdrawn(place: Backend, gone: Collection[str]) -> list[str]:
    """Destroy every withdrawn key in a place, what was put aside of it too; returns the names."""
    return [name for name in lingering(place, gone) if place.destroy(name)]


def needed_keys(header: Header, gone: Collection[str]) -> dict[str, int]:
    """Return the own keys that an entry still rests on, by name, with their sizes.

    One whose id was made an epoch's later is needed as before: nobody ends it that way either.
    """
    return {n: size for n, size in own_key_names(header).items() if key_id(n) not in gone}


def copy_own_keys(
    source: Backend, target: Backend, needed: Iterable[tuple[str, int]], report: Report
) -> int:
    """Copy own keys (name, size) that the target lacks and that are what entries say of them.

    What is missing or other bytes is reported and stops nothing: the entry stands without it.
    """
    taken = 0
    for name, size in needed:
        if target.exists(name):
            continue
        if not source.exists(name):
            report.problems.append(Problem("key-missing", detail=name))
        elif source.size(name) != size or size > MAX_OWN_KEY or not _is_sound(source, name):
            report.problems.append(Problem("damaged", detail=name))
        else:
            taken += target.put(name, source.get(name, MAX_OWN_KEY), sync=False)
    report.keys += taken
    return taken


def _is_sound(place: Backend, name: str) -> bool:
    return hashlib.sha256(place.get(name, MAX_OWN_KEY)).hexdigest() == name[-64:]
