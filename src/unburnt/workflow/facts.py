"""What is recorded of one piece of evidence, and which pictures look like it.

    told = facts(session, "bu4t…")         # statements by property, and what was derived from it
    near_duplicates(session, "bu4t…", 10)  # [(3, "aicq…"), …]: bits of 64 that differ, entity

Never says that two pictures are the same: hashes are near for crops of one series as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from unburnt.core.errors import UsageError
from unburnt.evidence.image_facts import NEAR, SCHEME, distance
from unburnt.model.recorded import REFUSED, Recorded
from unburnt.workflow.derivatives import derived_from
from unburnt.workflow.session import Session

__all__ = ["NEAR", "Facts", "facts", "near_duplicates"]


@dataclass(frozen=True, slots=True)
class Facts:
    """Statements about a piece of evidence, oldest first, and the entities derived from it."""

    said: tuple[Recorded, ...]
    derived: tuple[str, ...]


def facts(session: Session, entity: str) -> Facts:
    """Return what is recorded of a piece of evidence; UsageError when it is none."""
    said = tuple(one for one in session.index.of_entity(entity) if one.standing != REFUSED)
    if not any(one.statement.schema == "Evidence" for one in said):
        raise UsageError("This is no piece of evidence.", "Look for one: unburnt find.")
    return Facts(said, tuple(derived_from(session, entity)))


def near_duplicates(session: Session, entity: str, most: int = NEAR) -> list[tuple[int, str]]:
    """Return (bits that differ, entity) of pictures that look like this one, nearest first.

    Compares the perceptual hashes of all that was examined and can be read here, each pair once.
    Raises UsageError when this one has no hash yet.
    """
    mine = set(_hashes(session.index.of_entity(entity)))
    if not mine:
        raise UsageError("This picture was not examined yet.", "Examine it first: unburnt examine.")
    nearest: dict[str, int] = {}
    for look, other in session.index.identified(SCHEME):
        if other == entity or not _is_hash(look):
            continue
        apart = min(distance(own, look) for own in mine)
        if apart <= most:
            nearest[other] = min(apart, nearest.get(other, apart))
    return sorted((apart, other) for other, apart in nearest.items())


def _hashes(said: Iterable[Recorded]) -> Iterable[str]:
    for one in said:
        value, look = one.statement.value, str(one.statement.value.get("identifier"))
        if value.get("scheme") == SCHEME and one.standing != REFUSED and _is_hash(look):
            yield look


def _is_hash(look: str) -> bool:
    return len(look) == 16 and all(digit in "0123456789abcdef" for digit in look)
