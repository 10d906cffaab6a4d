"""A batch: the statements of one entry, their ids and the tree over them.

    batch = Batch.of(statements, secret)
    batch.lines, batch.ids, batch.root, batch.bucket

    read = Batch.read(secret, ids, lines)      # cheap: the ids give the root
    read.check_fully(device, compartment)      # every line gives its id

Format: docs/spec/statement.md, "Batches". Never seals, never touches a disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.crypto import commitment, merkle
from unburnt.model import statement as statements
from unburnt.model.statement import Statement

MAX_STATEMENTS = 4096
MAX_BYTES = 8 * 2**20  # of lines
SECRET = 32  # bytes
_DIGEST = 32


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines (without line feeds) and 32-byte ids of statements, and the secret that salts them."""

    secret: bytes
    ids: tuple[bytes, ...]
    lines: tuple[bytes, ...]

    @classmethod
    def of(cls, items: Sequence[Statement], secret: bytes) -> Batch:
        """Return the batch of 1–4096 statements; UsageError when they do not fit one batch."""
        if not 0 < len(items) <= MAX_STATEMENTS:
            raise UsageError(
                f"A batch holds 1 to {MAX_STATEMENTS} statements, not {len(items)}.", "Split it."
            )
        ids, lines = [], []
        for position, item in enumerate(items):
            fields = statements.field_bytes(item)
            lines.append(statements.line_of(fields))
            ids.append(commitment.identify(secret, position, fields))
        if sum(map(len, lines)) > MAX_BYTES:
            raise UsageError(f"A batch holds at most {MAX_BYTES} bytes.", "Split it.")
        return cls(secret, tuple(ids), tuple(lines))

    @classmethod
    def read(cls, members: dict[str, bytes]) -> Batch:
        """Return the batch in an opened pack's members; ForeignDataError when malformed.

        `members` are `secret`, `ids` and `statements.jsonl` as `to_members` writes them.
        """
        if members.keys() != {"secret", "ids", "statements.jsonl"}:
            raise _malformed("has other members than a batch has")
        try:
            secret = bytes.fromhex(members["secret"].decode("ascii"))
        except ValueError as error:
            raise _malformed("has no readable secret") from error
        if members["secret"] != secret.hex().encode() + b"\n" or len(secret) != SECRET:
            raise _malformed("has no readable secret")
        packed, text = members["ids"], members["statements.jsonl"]
        if not text.endswith(b"\n") or len(text) > MAX_BYTES + MAX_STATEMENTS:
            raise _malformed("is cut or too long")
        lines = tuple(text[:-1].split(b"\n"))
        ids = tuple(packed[at : at + _DIGEST] for at in range(0, len(packed), _DIGEST))
        if len(packed) != _DIGEST * len(lines) or len(lines) > MAX_STATEMENTS:
            raise _malformed("has not one id for each line")
        return cls(secret, ids, lines)

    def to_members(self) -> dict[str, bytes]:
        """Return the members of the pack that holds this batch."""
        return {
            "secret": self.secret.hex().encode() + b"\n",
            "ids": b"".join(self.ids),
            "statements.jsonl": b"\n".join(self.lines) + b"\n",
        }

    @property
    def bucket(self) -> int:
        """Number of leaves of the tree: the next power of two."""
        return commitment.bucket(len(self.ids))

    def root(self) -> bytes:
        """Return the RFC 6962 root over ids and filler; it stands in the entry header."""
        return merkle.root(commitment.leaves(self.secret, self.ids))

    def statements(self) -> list[Statement]:
        """Return the statements themselves; ForeignDataError for a malformed line."""
        return [statements.parse(line) for line in self.lines]

    def check_fully(self, device: str, compartment: str) -> list[Statement]:
        """Return the statements after computing every id again from its line.

        Raises ForeignDataError when an id is not its line's, or when a statement claims another
        device or compartment than the entry it came in.
        """
        read = self.statements()
        for position, (item, known) in enumerate(zip(read, self.ids, strict=True)):
            if item.device != device or item.compartment != compartment:
                raise _malformed("holds a statement that claims another device or compartment")
            fields = statements.field_bytes(item)
            if commitment.identify(self.secret, position, fields) != known:
                raise _malformed("holds a statement whose id is not its own")
        return read


def _malformed(how: str) -> ForeignDataError:
    return ForeignDataError(
        f"A batch of statements {how}.", "Fetch the entry again from another site."
    )
