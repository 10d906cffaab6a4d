"""Plain search: which values contain a text, whatever its case and its way of spelling letters.

    fold("Straße")                         -> "strasse"
    texts({"place": {"name": "Грозный", "lat": "43.3"}})      -> "Грозный", "43.3"

Substring by substring over every string in a value, keys left out, and over the names that files
came under, which stand in their locators. Right, not fast; never ranks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unicodedata import normalize

import apsw

from unburnt.core.errors import UsageError
from unburnt.index.database import fetch
from unburnt.index.rows import decode

_CHUNK = 4096


def fold(text: str) -> str:
    """Return `text` without differences of case and of compatibility (NFKC, full case folding)."""
    return normalize("NFKC", normalize("NFKC", text).casefold())


def texts(value: Any) -> Iterator[str]:
    """Yield every string in a JSON value, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item)


def rows_containing(db: apsw.Connection, text: str) -> Iterator[int]:
    """Yield the rows whose value contains `text`, in the order they were applied.

    Raises UsageError for an empty text.
    """
    wanted = fold(text)
    if not wanted:
        raise UsageError("There is nothing to look for.", "Give at least one letter.")
    last = -1
    while found := fetch(
        db,
        "select row, value, case when file is not null then locator end from statement"
        " where row > ? order by row limit ?",
        (last, _CHUNK),
    ):
        for row, *said in found:
            if any(wanted in fold(part) for json in said if json for part in texts(decode(json))):
                yield row
        last = found[-1][0]
