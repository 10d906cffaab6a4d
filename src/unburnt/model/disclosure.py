"""A disclosure: some fields of one statement opened, the rest withheld, its place still proven.

    shown = disclose(batch, 3, {"entity", "property", "value"})
    shown.to_bytes()                       # canonical JSON, to be published
    verify(parse(data), header.statements_root, header.bucket)   # {"entity": …, "value": …}

Format: docs/spec/statement.md, "Disclosure". What is withheld appears as a salted commitment alone,
absent fields as well, so not even their number shows. It proves who said what and where in the log,
never that it is true. The header itself is verified by `model.chain`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.core.ids import check_hash
from unburnt.crypto import commitment, merkle
from unburnt.model import statement as statements
from unburnt.model.batch import MAX_STATEMENTS, Batch
from unburnt.model.statement import FIELDS, MAX_FIELDS

MAX_BYTES = 4 * statements.MAX_LINE  # one line, its salts and commitments, and a path
MAX_PATH = MAX_STATEMENTS.bit_length()

_SALT = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Open:
    """A field that is shown: its name, its 16-byte salt, its JSON value (None when absent)."""

    name: str
    salt: bytes
    value: Any

    def commitment(self) -> bytes:
        """Return the commitment that this field was signed under."""
        return commitment.commit(self.salt, self.name, canonical.encode(self.value))


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Fields in order, open or as 32-byte commitments, and the path from leaf `index` upwards."""

    fields: tuple[Open | bytes, ...]
    index: int
    path: tuple[bytes, ...]
    bucket: int

    def to_bytes(self) -> bytes:
        """Return the one spelling of this disclosure."""
        return canonical.encode(
            {
                "bucket": self.bucket,
                "fields": [
                    [field.name, field.salt.hex(), field.value]
                    if isinstance(field, Open)
                    else field.hex()
                    for field in self.fields
                ],
                "index": self.index,
                "path": [step.hex() for step in self.path],
            }
        )


def disclose(batch: Batch, position: int, open_fields: Collection[str]) -> Disclosure:
    """Return the statement at `position` (from 0) of a batch with only `open_fields` shown.

    Raises UsageError when there is no such statement or it has no field of such a name.
    """
    if not 0 <= position < len(batch.lines):
        raise UsageError("The entry has no statement at this place.", "Name one that it has.")
    item = statements.parse(batch.lines[position])
    fields = statements.field_bytes(item)
    values = statements.field_values(item)
    unknown = set(open_fields) - values.keys()
    if unknown:
        raise UsageError(
            f"A statement has no field “{min(unknown)}”.", f"Fields are: {', '.join(FIELDS)}."
        )
    salts = commitment.field_salts(batch.secret, position, len(fields))
    leaves = commitment.leaves(batch.secret, batch.ids)
    return Disclosure(
        fields=tuple(
            Open(name, salt, values[name])
            if name in open_fields
            else commitment.commit(salt, name, json)
            for salt, (name, json) in zip(salts, fields, strict=True)
        ),
        index=position,
        path=tuple(merkle.inclusion_path(leaves, position)),
        bucket=batch.bucket,
    )


def parse(data: bytes) -> Disclosure:
    """Return the disclosure that `data` spells, nothing proven yet; ForeignDataError otherwise."""
    found = canonical.decode(data, MAX_BYTES)
    if not isinstance(found, dict) or found.keys() != {"bucket", "fields", "index", "path"}:
        raise _malformed()
    fields, path = found["fields"], found["path"]
    if not isinstance(fields, list) or not isinstance(path, list) or len(path) > MAX_PATH:
        raise _malformed()
    if not all(type(found[name]) is int for name in ("bucket", "index")):
        raise _malformed()
    if not len(FIELDS) <= len(fields) <= MAX_FIELDS:
        raise _malformed()
    return Disclosure(
        fields=tuple(_field(field) for field in fields),
        index=found["index"],
        path=tuple(bytes.fromhex(check_hash(step)) for step in path),
        bucket=found["bucket"],
    )


def verify(disclosure: Disclosure, root: bytes, bucket: int) -> dict[str, Any]:
    """Return the open fields after proving them against root and bucket of a signed header.

    An absent field that was opened is None. Raises ForeignDataError when anything does not fit.
    """
    commitments: list[bytes] = []
    opened: dict[str, Any] = {}
    last = ""
    for place, field in enumerate(disclosure.fields):
        if isinstance(field, Open):
            # (1) known names stand at their place; unknown ones follow, in order, each once
            known = place < len(FIELDS)
            if (field.name != FIELDS[place]) if known else (field.name in FIELDS):
                raise _unproven()
            if not known and field.name <= last:
                raise _unproven()
            last = "" if known else field.name
            opened[field.name] = field.value
            field = field.commitment()  # (2) what is open gives its commitment
        commitments.append(field)
    leaf = merkle.leaf_hash(commitment.statement_id(commitments))  # (3) all of them give the id
    if disclosure.bucket != bucket or not merkle.verify_inclusion(
        leaf, disclosure.index, bucket, disclosure.path, root
    ):
        raise _unproven()  # (4) the id is in the entry's tree
    return opened


def statement_id(disclosure: Disclosure) -> str:
    """Return the id (hex) of the statement; proven only after `verify`."""
    return commitment.statement_id(
        [f.commitment() if isinstance(f, Open) else f for f in disclosure.fields]
    ).hex()


def _field(field: Any) -> Open | bytes:
    if isinstance(field, str):
        return bytes.fromhex(check_hash(field))
    if not isinstance(field, list) or len(field) != 3:
        raise _malformed()
    name, salt, value = field
    if not isinstance(name, str) or not statements.FIELD_NAME.fullmatch(name):
        raise _malformed()
    if not isinstance(salt, str) or not _SALT.fullmatch(salt):
        raise _malformed()
    return Open(name, bytes.fromhex(salt), value)


def _malformed() -> ForeignDataError:
    return ForeignDataError("A disclosure is malformed.", "Ask whoever published it for the file.")


def _unproven() -> ForeignDataError:
    return ForeignDataError(
        "A disclosure is not proven by this entry.", "Ask for the entry it was taken from."
    )
