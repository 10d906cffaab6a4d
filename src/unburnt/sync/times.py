"""Time proofs on their way from a site to here.

    times/<device>/0000000012-<hash>     signed by a device of the roster, about its checkpoint

A site cannot invent them, for they are signed; it can only withhold or damage them. What they are
worth is not judged here: that needs the roots a person trusts. Specification: docs/spec/time.md.
"""

from __future__ import annotations

from collections import Counter

from unburnt.model.roster import Roster
from unburnt.storage.backend import Backend
from unburnt.storage.journal import Journal
from unburnt.sync.copying import LIMITS, is_time_proof, new_names, small_file
from unburnt.sync.report import Problem, Report

MOST = 64  # proofs of one checkpoint: a device whose key was stolen could make any number


def pull_times(
    site: Backend, local: Backend, journal: Journal, roster: Roster, report: Report
) -> None:
    """Take the time proofs we lack about checkpoints that our verified logs reach."""
    held = Counter(_place(name) for name in local.names("times/"))
    for name in new_names(site, local, "times/"):
        device, size = name.split("/")[1], int(_place(name)[-10:])
        if device not in roster.devices or size > journal.tip(device).size:
            continue  # its log has not come yet, or never will
        if held[_place(name)] >= MOST:
            continue
        data = small_file(site, name, LIMITS["times"])
        if data is None or not is_time_proof(roster, name, data):
            report.problems.append(Problem("damaged", detail=name))
            continue
        report.times += local.put(name, data, sync=False)
        held[_place(name)] += 1


def _place(name: str) -> str:
    """Return `times/<device>/<size>`, which checkpoint a proof is about."""
    return name.partition("-")[0]
