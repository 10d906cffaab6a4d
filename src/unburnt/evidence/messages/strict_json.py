"""JSON from strangers: no key twice, no NaN, no endless depth or number.

parse(b'{"messages": []}')    ->  {"messages": []}, or ForeignDataError
text_of(value), whole(value)  ->  str or None, int or None: never another kind
"""

from __future__ import annotations

import json
from typing import Any

from unburnt.evidence.messages.message import refuse

_DIGITS = 18


def parse(data: bytes) -> Any:
    """Return what the bytes say; ForeignDataError for anything but strict JSON in UTF-8."""
    try:
        text = data.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_once, parse_constant=_constant, parse_int=_int)
    except (ValueError, RecursionError):
        refuse("The export is not sound JSON in UTF-8.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        refuse("The export says one thing twice in one place; no program writes that.")
    return found


def _constant(word: str) -> Any:
    raise ValueError(word)


def _int(digits: str) -> int:
    return int(digits) if len(digits) <= _DIGITS else 0


def text_of(value: object) -> str | None:
    """Return a text that is not empty, else None."""
    return value if isinstance(value, str) and value else None


def whole(value: object) -> int | None:
    """Return a whole number, also one that is written as text, else None."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _DIGITS:
        return int(value)
    return value if type(value) is int else None


def listed(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list; anything else is left out."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
