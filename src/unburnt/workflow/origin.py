"""Origin: who gave evidence, how it came, what may be done with it; the giver stands apart.

    given, taken = take_in_from(session, paths, compartment, Origin("a neighbour", "handed-over",
                                ("use-internal",), "not before May"), token=True)
    given.entity, given.token          the opaque origin; the words for the giver to keep
    claimed(session, given.token)      [(origin, [evidence, …])]

How and consent lie with the evidence, the giver in a compartment for sources. Nothing is
guessed: what is not known is said to be unknown. Format: docs/spec/custody.md, "Origin".
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unburnt.core.errors import UsageError
from unburnt.core.ids import is_id, new_id
from unburnt.crypto.hashing import digest
from unburnt.model import schema as schemas
from unburnt.model.recorded import REFUSED
from unburnt.workflow.session import Claim, Progress, Session
from unburnt.workflow.take_in import Taken, take_in

SOURCES = "sources"  # the purpose of the compartment that givers stand in
UNKNOWN = "unknown"
_TOKEN = 20  # bytes: 32 characters of base32
_LABEL = "unburnt/claim-token/v1"


@dataclass(frozen=True, slots=True)
class Origin:
    """What the giver said: `giver` an entity's id, words, or None; terms for how and consent."""

    giver: str | None
    how: str
    consent: tuple[str, ...]
    conditions: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """An origin that was recorded: its entity, the compartment of the giver, the token, if any."""

    entity: str
    giver_in: str | None
    token: str | None


def take_in_from(
    session: Session,
    paths: Sequence[Path],
    compartment: str,
    origin: Origin,
    *,
    token: bool = False,
    progress: Progress = lambda what, count: None,
) -> tuple[Given, Taken]:
    """Take in files and folders that rest on one origin, recorded with the first of them.

    When nothing is new, no origin is recorded either and the token proves nothing. Raises
    UsageError, before anything is read, for a term that is not known or where this device may not
    write.
    """
    given, claims = origin_claims(session, compartment, origin, token=token)
    return given, take_in(session, paths, compartment, given.entity, progress, first=claims)


def origin_claims(
    session: Session, compartment: str, origin: Origin, *, token: bool = False
) -> tuple[Given, list[Claim]]:
    """Return a new origin and what is to be said of it, checked, the giver first."""
    if not origin.consent:
        raise UsageError("Nothing is said about consent.", "Say what was allowed, or “unknown”.")
    entity = new_id(session.random)
    secret = session.random(_TOKEN) if token else None
    said: list[tuple[str, dict[str, Any]]] = [("how", {"term": origin.how})]
    said += [("consent", {"term": term}) for term in dict.fromkeys(origin.consent)]
    if origin.conditions:
        said.append(("conditions", {"text": origin.conditions}))
    if secret is not None:
        said.append(("claimToken", _identifier(secret)))
    apart = _giver_compartment(session, compartment)
    claims = [_claim(session, entity, name, value, compartment) for name, value in said]
    if origin.giver:
        giver = {"entity" if is_id(origin.giver) else "text": origin.giver}
        claims.insert(0, _claim(session, entity, "giver", giver, apart))
    for claim in claims:
        schemas.builtin().check_value(claim.schema, claim.property, claim.value)
        session.check_may_write(claim.compartment)
    given = Given(entity, apart if origin.giver else None, _spelled(secret) if secret else None)
    return given, claims


def claimed(session: Session, token: str) -> list[tuple[str, list[str]]]:
    """Return the origins whose claim token this is, each with the evidence that rests on it.

    Raises UsageError for what is no token; an empty list when it fits nothing that can be read.
    """
    wanted = _identifier(_read(token))
    found = {
        record.statement.entity
        for record in session.index.by_identifier(wanted["scheme"], wanted["identifier"])
        if record.statement.property == "claimToken" and record.standing != REFUSED
    }
    return [
        (
            origin,
            sorted(
                record.statement.entity
                for record in session.index.resting_on(origin)
                if record.statement.property == "file" and record.standing != REFUSED
            ),
        )
        for origin in sorted(found)
    ]


def _giver_compartment(session: Session, compartment: str) -> str:
    """Return the compartment for givers where this device may write to it, else the other."""
    roster = session.roster
    fit = [
        one
        for one in roster.compartments
        if SOURCES in roster.purposes(one) and roster.may_write(session.device, one)
    ]
    # Of several the one that fewest read: nobody can draw givers into a wider circle by marking it.
    return min(fit, key=lambda one: (len(roster.readers(one)), one), default=compartment)


def _claim(
    session: Session, entity: str, name: str, value: dict[str, Any], compartment: str
) -> Claim:
    return Claim(
        entity=entity,
        schema="Origin",
        property=name,
        value=value,
        source=session.member,
        compartment=compartment,
    )


def _identifier(secret: bytes) -> dict[str, str]:
    return {"identifier": digest(_LABEL, secret).hex(), "scheme": "sha256"}


def _spelled(secret: bytes) -> str:
    text = base64.b32encode(secret).decode("ascii").lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _read(token: str) -> bytes:
    plain = "".join(token.split()).replace("-", "").upper()
    try:
        secret = base64.b32decode(plain)
    except (binascii.Error, ValueError) as error:
        raise _no_token() from error
    if len(secret) != _TOKEN:
        raise _no_token()
    return secret


def _no_token() -> UsageError:
    return UsageError(
        "This is no claim token.", "It is eight groups of four letters a-z and digits 2-7."
    )
