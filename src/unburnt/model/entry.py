"""An entry: the signed header of one batch. Format: docs/spec/log.md.

    header = Header(archive=…, device=…, sequence=7, previous=…, object=("c0ffee…", 8192), …)
    entry = sign(header, key)                  # the note that is stored as log/<device>/<sequence>
    entry = read(note_bytes)                   # strict, nothing verified yet
    entry.verify(verifier)                     # the device's signature

Readable without keys; says nothing about names, schemas or times. Never opens the batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError
from unburnt.core.ids import check_hash, check_id
from unburnt.crypto import merkle, note
from unburnt.crypto.note import Note, Verifier
from unburnt.crypto.signing import SigningKey

TYPE = "unburnt/entry/v1"
SUITE = 1
MAX_HEADER = 2**20  # bytes
MAX_NEEDS = 4096
MAX_KEYS = 4096
MAX_SEQUENCE = 10**10 - 1  # ten digits in the file name


@dataclass(frozen=True, slots=True)
class Head:
    """How far a log goes: its size in entries and the RFC 6962 root over them."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of an entry header; see the specification for each."""

    archive: str
    device: str
    sequence: int
    epoch: str
    object: tuple[str, int]
    previous: str
    statements_root: bytes
    bucket: int
    heads: Mapping[str, Head]
    needs: tuple[tuple[str, int], ...] = ()
    roster: tuple[str, ...] = ()
    keys: tuple[tuple[str, str, int], ...] = ()  # own keys: id, SHA-256 and size of the file

    def text(self) -> str:
        """Return the note text: one line of canonical JSON and its line feed."""
        fields: dict[str, Any] = {
            "archive": self.archive,
            "device": self.device,
            "epoch": self.epoch,
            "heads": {device: [h.size, h.root.hex()] for device, h in self.heads.items()},
            "needs": [list(need) for need in self.needs],
            "object": list(self.object),
            "previous": self.previous,
            "roster": list(self.roster),
            "sequence": self.sequence,
            "statements": {"bucket": self.bucket, "root": self.statements_root.hex()},
            "suite": SUITE,
            "type": TYPE,
        }
        if self.keys:  # an entry without own keys does not speak of them
            fields["keys"] = [list(key) for key in self.keys]
        return canonical.encode(fields).decode("utf-8") + "\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """A header with the signed note that carries it."""

    header: Header
    note: Note

    @property
    def leaf(self) -> bytes:
        """The RFC 6962 leaf hash of this entry in its device's tree."""
        return merkle.leaf_hash(self.note.text.encode("utf-8"))

    def objects(self) -> tuple[tuple[str, int], ...]:
        """Return (name, size) of every object this entry needs, evidence first, its batch last."""
        return (*self.header.needs, self.header.object)

    def verify(self, verifier: Verifier) -> None:
        """Raise ForeignDataError unless the device with this verifier signed the entry."""
        signed = verifier.name in note.verified_by(self.note, [verifier])
        if not signed or self.note.text != self.header.text():
            raise ForeignDataError(
                "An entry is not signed by the device whose log it stands in.",
                "Fetch it again from another site.",
            )


def signer_name(archive: str, device: str) -> str:
    """Return the name under which a device signs in an archive; also the origin of its log."""
    return f"unburnt/{archive}/{device}"


def sign(header: Header, key: SigningKey) -> Entry:
    """Return the entry: the header signed by its device's key."""
    name = signer_name(header.archive, header.device)
    return Entry(header, note.sign(header.text(), name, key))


def read(data: bytes) -> Entry:
    """Return the entry that `data` (a stored note) spells, its signature not yet verified.

    Raises ForeignDataError unless every field has its shape and the line its one legal spelling.
    """
    parsed = note.parse(data, limit=MAX_HEADER)
    line = parsed.text.encode("utf-8")
    fields = canonical.decode(line[:-1], MAX_HEADER)
    try:
        header = _header(fields)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _malformed() from error
    if header.text() != parsed.text:
        raise _malformed()
    return Entry(header, parsed)


def _header(fields: dict[str, Any]) -> Header:
    statements = fields["statements"]
    if fields["type"] != TYPE or fields["suite"] != SUITE:
        raise ForeignDataError(
            "An entry is of a kind this version does not know.", "Use a newer version of unburnt."
        )
    needs = tuple(_object(need) for need in fields["needs"])
    bucket = _count(statements["bucket"], 4096)
    keys = tuple(_own_key(key) for key in fields.get("keys", ()))
    if len(needs) > MAX_NEEDS or len(keys) > MAX_KEYS or not bucket or bucket & (bucket - 1):
        raise _malformed()
    return Header(
        archive=check_hash(fields["archive"]),
        device=check_id(fields["device"]),
        sequence=_count(fields["sequence"], MAX_SEQUENCE),
        epoch=check_id(fields["epoch"]),
        object=_object(fields["object"]),
        previous=check_hash(fields["previous"]),
        statements_root=bytes.fromhex(check_hash(statements["root"])),
        bucket=bucket,
        heads={
            check_id(device): Head(_count(size, MAX_SEQUENCE), bytes.fromhex(check_hash(root)))
            for device, (size, root) in fields["heads"].items()
        },
        needs=needs,
        roster=tuple(check_hash(item) for item in fields["roster"]),
        keys=keys,
    )


def _own_key(key: Any) -> tuple[str, str, int]:
    identity, digest, size = key
    return check_id(identity), check_hash(digest), _count(size, 2**53 - 1)


def _object(pair: Any) -> tuple[str, int]:
    name, size = pair
    return check_hash(name), _count(size, 2**53 - 1)


def _count(value: Any, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise _malformed()
    return value


def _malformed() -> ForeignDataError:
    return ForeignDataError("An entry is malformed.", "Fetch it again from another site.")
