"""Derivatives: which evidence was made of other evidence, by us or by hand.

    derived_from(session, "mfrg…")      ["bu4t…", …]: thumbnails, texts, members of an archive

A derivative is evidence of its own and says `derivedFrom`: docs/spec/media.md.
"""

from __future__ import annotations

from unburnt.model.recorded import REFUSED
from unburnt.workflow.session import Session


def derived_from(session: Session, entity: str) -> list[str]:
    """Return the evidence that was derived from a piece, thumbnails and members alike."""
    return sorted(
        {
            one.statement.entity
            for one in session.index.referring_to(entity)
            if one.statement.property == "derivedFrom" and one.standing != REFUSED
        }
    )
