"""A statement as it stands in the archive: with its id, its place in the log, and its standing.

    Recorded(statement, id="5e…", device="aicq…", sequence=7, position=0, standing=ACCEPTED)

Standing is judged from the roster alone, see `model.standing`; it never changes what was said.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from unburnt.model.statement import Statement

Standing: TypeAlias = Literal["accepted", "unconfirmed", "refused"]

ACCEPTED: Standing = "accepted"
UNCONFIRMED: Standing = "unconfirmed"  # signed after the device was revoked: kept, marked
REFUSED: Standing = "refused"  # signed by a device that had no right to: kept, never shown


class Recorded(msgspec.Struct, frozen=True):
    """One statement, its id (hex), the entry it came in, its place there (from 0), its standing."""

    statement: Statement
    id: str
    device: str
    sequence: int
    position: int
    standing: Standing
