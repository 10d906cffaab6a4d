"""Taking back a statement: one more statement that answers it; nothing is ever deleted.

    retract(session, "5e…")        the id of the new statement
    schema_of(session, "aicq…")    under which kind an entity was recorded last

The statement that is answered stays and is shown as withdrawn.
"""

from __future__ import annotations

from unburnt.workflow.lookup import find_statement
from unburnt.workflow.session import Claim, Session


def retract(session: Session, statement: str, source: str | None = None) -> str:
    """Take back a statement, resting on the same source unless another is given; returns the id.

    UsageError when this device cannot read the statement, or may not write to its compartment.
    """
    answered = find_statement(session, statement)
    said = answered.statement
    claim = Claim(
        entity=said.entity,
        schema=said.schema,
        property=said.property,
        value=said.value,
        lang=said.lang,
        source=source or said.source,
        compartment=said.compartment,
        stance="retracted",
        answers=answered.id,
    )
    return session.say([claim])[0][0]


def schema_of(session: Session, entity: str) -> str | None:
    """Return the kind under which an entity was recorded last, None when nothing is known of it."""
    said = session.index.of_entity(entity)
    return said[-1].statement.schema if said else None
