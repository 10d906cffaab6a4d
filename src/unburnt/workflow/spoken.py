"""A value as a person types it, read as the property wants it.

    value_of("Act", "startDate", "2018-01-22", find)       {"date": "2018-01-22"}
    value_of("Person", "name", "Rowan", find)              {"text": "Rowan"}
    value_of("Act", "victim", "aicq", find)                {"entity": "aicq…"}
    value_of("Person", "x-note", '{"flag": true}', find)   {"flag": True}

A JSON object is taken as it is. Never guesses between kinds that would read the same word
differently: the kinds of the property are tried in one fixed order, then the schema judges.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from unburnt.core.errors import UnburntError, UsageError
from unburnt.model import schema as schemas

_PLAIN = ("date", "number", "term", "url", "text")  # most telling first; text takes anything


def value_of(schema: str, property: str, text: str, find: Callable[[str], str]) -> dict[str, Any]:
    """Return the value that `text` spells for this property; UsageError when it spells none.

    `find` returns the id of an entity that a text names.
    """
    if text.lstrip().startswith("{"):
        return _object(text)
    vocabulary = schemas.builtin()
    wanted = vocabulary.property(schema, property)
    kinds = wanted.kinds if wanted is not None else ("text",)
    if "entity" in kinds and len(kinds) == 1:
        return {"entity": find(text)}
    candidates = [_candidate(kind, text) for kind in _PLAIN if kind in kinds]
    if "flag" in kinds and text in ("true", "false"):
        candidates.insert(0, {"flag": text == "true"})
    if "entity" in kinds:
        candidates.insert(0, {"entity": text})
    for candidate in candidates:
        if _fits(vocabulary, schema, property, candidate):
            return candidate
    if candidates:
        vocabulary.check_value(schema, property, candidates[-1])  # says what is wrong with it
    raise UsageError(
        "This property takes a value that is not one word or text.",
        f"Give a JSON object of kind {' or '.join(kinds)}.",
    )


def _candidate(kind: str, text: str) -> dict[str, Any]:
    return {kind: text}


def _fits(
    vocabulary: schemas.SchemaSet, schema: str, property: str, value: Mapping[str, Any]
) -> bool:
    try:
        vocabulary.check_value(schema, property, value)
    except UnburntError:
        return False
    return True


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError("This value is not readable JSON.", "Check quotes and braces.") from error
    if not isinstance(value, dict):
        raise UsageError("This value is not a JSON object.", 'Write {"text": "…"}.')
    return value
