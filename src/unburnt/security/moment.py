"""A moment: RFC 3339 in UTC with whole seconds, made comparable.

    parse("2018-01-24T09:10:00Z")      datetime(2018, 1, 24, 9, 10, tzinfo=UTC)
    spell(parse(text)) == text

Arithmetic only. Never the present: whoever wants to know how old something is brings "now" along.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from unburnt.core.errors import ForeignDataError

# Hour 24 is spelled out of reach: some versions of Python read it as the next day.
_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z")


def parse(text: object) -> datetime:
    """Return the moment that `text` spells; ForeignDataError for any other spelling or date."""
    if not isinstance(text, str) or not _SHAPE.fullmatch(text):
        raise _malformed()
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:  # the 30th of February, hour 25
        raise _malformed() from error


def later(text: str, by: timedelta) -> str:
    """Return the moment `by` after another; ForeignDataError beyond the year 9999."""
    try:
        return spell(parse(text) + by)
    except OverflowError as error:
        raise _malformed() from error


def spell(moment: datetime) -> str:
    """Return a moment as RFC 3339 with whole seconds."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _malformed() -> ForeignDataError:
    return ForeignDataError(
        "This is not a moment.", "Write it in UTC with whole seconds, as 2018-01-24T09:10:00Z."
    )
