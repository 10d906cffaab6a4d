"""The name an original came under: where in its source it lay, apart from what it is.

    apart({"file": {"sha256": …, "name": "from a friend.jpg"}}, None)
        ->  {"file": {"sha256": …}}, {"path": "from a friend.jpg"}
    named(statement)          ->  {"sha256": …, "name": "from a friend.jpg"}: for insiders
    is_inside(statement)      ->  whether it stands in the value itself, as in old statements

A name can give a source away. The value of a file statement is shown to strangers, with its digest;
so the name stands in another field, the locator, which has a salt and a commitment of its own and
is withheld unless it is asked for. Format: docs/spec/statement.md, "Names of files".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from unburnt.model.recorded import Recorded
from unburnt.model.statement import Statement

FIELD = "locator"  # of a statement about a file: what is withheld
_KEY = "path"
_HARMLESS = frozenset({"key", "modified", "object", "sha256", "size", "type"})  # of a file's value

File = dict[str, Any]
Locator = dict[str, Any]


def apart(value: File, locator: Locator | None) -> tuple[File, Locator | None]:
    """Return value and locator as they are written: the name of a file in the locator."""
    file = value.get("file")
    if not isinstance(file, dict) or "name" not in file:
        return value, locator
    rest = {key: item for key, item in file.items() if key != "name"}
    return {**value, "file": rest}, {**(locator or {}), _KEY: file["name"]}


def named(value: Mapping[str, Any], locator: Mapping[str, Any] | None) -> File:
    """Return a value with the name of its file in it again, as an old one has it anyway."""
    name = (locator or {}).get(_KEY)
    file = value.get("file")
    if not isinstance(file, dict) or "name" in file or not isinstance(name, str) or not name:
        return dict(value)
    return {**value, "file": {**file, "name": name}}


def of(statement: Statement) -> File:
    """Return the file that a statement names, with its name when that is known."""
    return dict(named(statement.value, statement.locator)["file"])


def told(record: Recorded) -> Recorded:
    """Return a record as insiders read it: the name with the file."""
    said = record.statement
    if not is_file(said) or not said.locator:
        return record
    value = named(said.value, said.locator)
    return structs.replace(record, statement=structs.replace(said, value=value))


def is_file(statement: Statement) -> bool:
    """Tell whether a statement is about a file, so that its locator may hold a name."""
    return "file" in statement.value


def is_inside(statement: Statement) -> bool:
    """Tell whether the value itself may hold a name, which cannot be withheld without the digest.

    What a newer or a hostile version puts beside the digest counts as such.
    """
    if not is_file(statement):
        return False
    file = statement.value["file"]
    return len(statement.value) > 1 or not isinstance(file, dict) or not file.keys() <= _HARMLESS
