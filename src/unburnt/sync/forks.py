"""Forks: two different entries that one device signed for one place of its log.

    forks/<device>/0000000007-<hash>           an entry, kept beside the one in the log

A fork file alone proves nothing, for anyone can copy an honest entry there: the proof is two
texts, of the log and of fork files, that differ at one place and are both signed. So whoever finds
a fork keeps both, and takes no file from a site that says nothing new.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from unburnt.core.errors import BrokenArchiveError, ForeignDataError
from unburnt.model import entry as entries
from unburnt.model.entry import MAX_HEADER
from unburnt.model.roster import Roster
from unburnt.storage.backend import Backend
from unburnt.storage.names import entry_name
from unburnt.sync.copying import new_names
from unburnt.sync.report import Problem, Report


def pull_forks(site: Backend, local: Backend, roster: Roster, report: Report) -> None:
    """Take the fork files of a site that say something new; the others are left there."""
    for name in new_names(site, local, "forks/"):
        text = _signed(site, name, roster)
        if text is None:
            report.problems.append(Problem("damaged", detail=name))
        elif text not in _texts(local, roster, name[: name.rindex("-")]):
            report.forks += local.put(name, site.get(name, MAX_HEADER), sync=False)


def damaged_forks(backend: Backend, roster: Roster) -> list[str]:
    """Return the fork files that are not what their names say."""
    return [name for name in backend.names("forks/") if _signed(backend, name, roster) is None]


def forked(backend: Backend, roster: Roster) -> Iterable[str]:
    """Return, sorted, the devices of which this place proves two histories."""
    places = sorted({name[: name.rindex("-")] for name in backend.names("forks/")})
    return sorted(
        {place.split("/")[1] for place in places if len(_texts(backend, roster, place)) > 1}
    )


def _texts(backend: Backend, roster: Roster, place: str) -> set[str]:
    """Return the different texts that are signed for `forks/<device>/<sequence>`."""
    _, device, sequence = place.split("/")
    names = [entry_name(device, int(sequence)), *backend.names(place + "-")]
    texts = {_signed(backend, name, roster) for name in names if backend.exists(name)}
    return {text for text in texts if text is not None}


def _signed(backend: Backend, name: str, roster: Roster) -> str | None:
    """Return the text of an entry, or fork file, that its device signed for this place."""
    _, device, place = name.split("/")
    try:
        data = backend.get(name, MAX_HEADER)
        entry = entries.read(data)
        if device not in roster.devices:
            return None
        entry.verify(roster.verifier(device))
    except (ForeignDataError, BrokenArchiveError):
        return None
    sequence, _, digest = place.partition("-")
    right = entry.header.device == device and entry.header.sequence == int(sequence)
    whole = not digest or digest == hashlib.sha256(data).hexdigest()
    return entry.note.text if right and whole else None
