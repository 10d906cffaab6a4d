"""Reading the archive back: the chronology of a case, or all that is said about one entity.

    for happening in chronology(session, "en"): happening.date, happening.title, happening.headings
    entity_view(session, entity, "ru").to_value()

What this device may not read is not there, or stands as "kept apart"; see `model.chronology`.
"""

from __future__ import annotations

from collections.abc import Iterable

from unburnt.core.errors import UsageError
from unburnt.model import schema as schemas
from unburnt.model.chronology import Happening, Telling
from unburnt.workflow.session import Session


def telling(session: Session, language: str) -> Telling:
    """Return what this device can read, ready to be told in a language (en, ru)."""
    return Telling(session.index.all(), schemas.builtin(), language)


def chronology(session: Session, language: str) -> list[Happening]:
    """Return events with their acts in the order of their prevailing dates; undated ones last."""
    return telling(session, language).chronology()


def entity_view(session: Session, entity: str, language: str) -> Happening:
    """Return all that is said about one entity; UsageError when nothing readable is."""
    told = telling(session, language)
    if not told.views(entity):
        raise UsageError(
            "Nothing that can be read here speaks of this entity.",
            "Check its id, or ask somebody who reads the other compartments.",
        )
    return told.view(entity, whole=True)


def to_value(happenings: Iterable[Happening]) -> list[dict[str, object]]:
    """Return happenings as JSON values, the twin of what is shown."""
    return [happening.to_value() for happening in happenings]
