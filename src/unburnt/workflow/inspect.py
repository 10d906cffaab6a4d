"""Inspecting a copy without any key: what a partner abroad, or anyone who trusts nobody, can check.

    report = inspect(Path("/srv/copy"), archive, head_cards=[Path("heads.txt")])
    report.green                               else report.problems and report.alarms say why

`archive` is the id that the group gave over another channel: a copy can vouch for itself in
everything but that. Head cards and other copies add what must be there. Opens nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from unburnt.model.completeness import Knowledge
from unburnt.storage.backend import Backend
from unburnt.sync.check import SiteReport, check
from unburnt.sync.copying import read_roster
from unburnt.workflow.cards import verify_head_card
from unburnt.workflow.lookup import open_place
from unburnt.workflow.session import Progress


def inspect(
    place: Path,
    archive: str,
    head_cards: Sequence[bytes] = (),
    others: Sequence[Path] = (),
    progress: Progress = lambda what, count: None,
) -> SiteReport:
    """Check the copy in a folder or bundle against head cards and other copies.

    Raises ForeignDataError for a card that no device of this archive signed.
    """
    copy = open_place(place)
    known: list[Knowledge] = []
    if head_cards:
        roster = read_roster(copy, archive)
        for card in head_cards:
            known += verify_head_card(roster, card).knowledge()
    for other in others:
        known += _seen(open_place(other), archive)
    report = check(copy, archive, known, progress=progress)
    copy.close()
    return report


def _seen(other: Backend, archive: str) -> list[Knowledge]:
    """Return what another copy knows: what its logs reach, and what these have seen."""
    report = check(other, archive, read_objects=False)
    other.close()
    return report.seen()
