"""A proof of one statement: from the fields shown up to a checkpoint that others saw.

    proof = make(Batch, position, {"entity", "value"}, Place(entry, tree, checkpoint), Signer(…))
    proof.to_bytes()                       # one canonical record, about 3 kB
    verify(parse(data))                    # Proven(fields={…}, statement="5e…", sequence=7, …)

Format and steps: docs/spec/proof.md. This is the archive's own verifier, built of the same parts as
the log; `verify_proof.py` is the stranger's, which shares no line with it. It never says whose
device it was: that the reader compares with what he was told by another way.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.core.ids import check_hash
from unburnt.crypto import checkpoint as checkpoints
from unburnt.crypto import merkle, note
from unburnt.crypto.checkpoint import Checkpoint
from unburnt.crypto.merkle import Tree
from unburnt.crypto.note import Note, Verifier
from unburnt.model import disclosure as disclosures
from unburnt.model import entry as entries
from unburnt.model.batch import Batch
from unburnt.model.disclosure import Disclosure, Open
from unburnt.model.entry import Entry, signer_name
from unburnt.model.roster_card import check_recipient, device_id

TYPE = "unburnt/proof/v1"
SUFFIX = ".proof.json"
LIMIT = 4 * 2**20  # bytes; a header alone may have one
MAX_PATH = 64
MAX_TOKENS = 16
TOKENS = ("ots", "rfc3161")

_NAMES = frozenset("checkpoint device disclosure entry path type".split())
_PLAIN = re.compile(r"[!-*,-~]+")  # names of signers in a proof: printable ASCII


@dataclass(frozen=True, slots=True)
class Signer:
    """A device's two public keys: Ed25519 (32 bytes) and age recipient; its id is their digest."""

    public: bytes
    recipient: str

    @property
    def device(self) -> str:
        """The device's id."""
        return device_id(self.public, self.recipient)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands: itself, the tree of its log, a checkpoint note over that tree."""

    entry: Entry
    tree: Tree
    checkpoint: Note


@dataclass(frozen=True, slots=True)
class Proof:
    """Everything a stranger needs but one thing: which device he was told of."""

    disclosure: Disclosure
    entry: Entry
    path: tuple[bytes, ...]
    checkpoint: Note
    signer: Signer
    tokens: tuple[tuple[str, bytes], ...] = ()

    def to_bytes(self) -> bytes:
        """Return the one spelling of this proof."""
        disclosed = canonical.decode(self.disclosure.to_bytes(), disclosures.MAX_BYTES)
        record: dict[str, Any] = {
            "checkpoint": self.checkpoint.encode().decode(),
            "device": {"recipient": self.signer.recipient, "signing": self.signer.public.hex()},
            "disclosure": disclosed,
            "entry": self.entry.note.encode().decode(),
            "path": [step.hex() for step in self.path],
            "type": TYPE,
        }
        if self.tokens:
            record["tokens"] = [[kind, _base64(raw)] for kind, raw in self.tokens]
        return canonical.encode(record)

    def to_tlog_proof(self) -> bytes:
        """Return the entry's place as a C2SP tlog-proof; `extra` is the entry with its signature.

        c2sp.org/tlog-proof@v1. It proves the entry, whose record is the note's text; the fields
        are in the disclosure alone.
        """
        lines = [
            "c2sp.org/tlog-proof@v1",
            f"extra {_base64(self.entry.note.encode())}",
            f"index {self.entry.header.sequence}",
            *map(_base64, self.path),
            "",
        ]
        return "".join(f"{line}\n" for line in lines).encode() + self.checkpoint.encode()


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof proves: these fields, in this statement, in this entry of that many."""

    fields: dict[str, Any]
    statement: str
    archive: str
    device: str
    sequence: int
    checkpoint: Checkpoint


def make(
    batch: Batch,
    position: int,
    open_fields: Collection[str],
    place: Place,
    signer: Signer,
    tokens: Sequence[tuple[str, bytes]] = (),
) -> Proof:
    """Return the proof of the statement at `position` with only `open_fields` shown.

    Raises UsageError for a field or place that is not there, ForeignDataError when the parts do
    not fit together: nothing leaves that this verifier would refuse.
    """
    size = checkpoints.parse_checkpoint(place.checkpoint.text).size
    sequence = place.entry.header.sequence
    if size != place.tree.size or sequence >= size:
        raise UsageError(
            "The checkpoint does not cover this entry.", "Take one of the log as it is now."
        )
    name = signer_name(place.entry.header.archive, place.entry.header.device)
    proof = Proof(
        disclosure=disclosures.disclose(batch, position, open_fields),
        entry=Entry(place.entry.header, _signed_first(place.entry.note, name, alone=True)),
        path=tuple(place.tree.inclusion_path(sequence)),
        checkpoint=_signed_first(place.checkpoint, name),
        signer=signer,
        tokens=tuple(tokens),
    )
    verify(parse(proof.to_bytes()))
    return proof


def parse(data: bytes) -> Proof:
    """Return the proof that `data` spells, nothing proven yet; ForeignDataError otherwise."""
    found = canonical.decode(data, LIMIT)
    if not isinstance(found, dict) or found.keys() - {"tokens"} != _NAMES or found["type"] != TYPE:
        raise _malformed()
    device, path, tokens = found["device"], found["path"], found.get("tokens")
    if not isinstance(device, dict) or device.keys() != {"recipient", "signing"}:
        raise _malformed()
    if not isinstance(path, list) or len(path) > MAX_PATH:
        raise _malformed()
    signed, entry = (_note(found[name]) for name in ("checkpoint", "entry"))
    if len(entry.signatures) != 1:
        raise _malformed()
    if not isinstance(device["recipient"], str):
        raise _malformed()
    return Proof(
        disclosure=disclosures.parse(canonical.encode(found["disclosure"])),
        entry=entries.read(entry.encode()),
        path=tuple(bytes.fromhex(check_hash(step)) for step in path),
        checkpoint=signed,
        signer=Signer(
            bytes.fromhex(check_hash(device["signing"])), check_recipient(device["recipient"])
        ),
        tokens=_tokens(tokens) if "tokens" in found else (),
    )


def verify(proof: Proof) -> Proven:
    """Return what a proof proves; ForeignDataError when a part does not fit the others.

    Steps 2, 4, 6, 7 and 8 of docs/spec/proof.md. Whether the device is the right one and which
    witnesses saw the checkpoint (steps 3 and 5) is the caller's to compare.
    """
    header = proof.entry.header
    device = proof.signer.device  # (2) the id is the digest of the keys
    name = signer_name(header.archive, device)
    verifier = Verifier(name, proof.signer.public)
    signed = checkpoints.parse_checkpoint(proof.checkpoint.text)
    first = proof.checkpoint.signatures[0]  # (4) the device signed the checkpoint of its log
    own = (first.name, first.key_id) == (name, note.key_id(name, verifier.public))
    if signed.origin != name or not own or not note.verified_by(proof.checkpoint, [verifier]):
        raise _unproven()
    if header.device != device:
        raise _unproven()
    proof.entry.verify(verifier)  # (6) and the entry
    if not merkle.verify_inclusion(
        proof.entry.leaf, header.sequence, signed.size, proof.path, signed.root
    ):
        raise _unproven()  # (7) which is in that log, at its place
    fields = disclosures.verify(proof.disclosure, header.statements_root, header.bucket)  # (8)
    if fields.get("device", device) != device:
        raise _unproven()
    statement = disclosures.statement_id(proof.disclosure)
    return Proven(fields, statement, header.archive, device, header.sequence, signed)


def opened(proof: Proof) -> tuple[str, ...]:
    """Return the names of the fields that a proof shows."""
    return tuple(field.name for field in proof.disclosure.fields if isinstance(field, Open))


def _signed_first(signed: Note, name: str, *, alone: bool = False) -> Note:
    """Return a note with its device's line first, cosignatures after it, strange names left out."""
    own = [line for line in signed.signatures if line.name == name]
    others = [
        line for line in signed.signatures if line.name != name and _PLAIN.fullmatch(line.name)
    ]
    if not own:
        raise ForeignDataError(
            "A note is not signed by the device it speaks of.", "Fetch it again from another site."
        )
    return Note(signed.text, (own[0], *(() if alone else others)))


def _note(text: Any) -> Note:
    if not isinstance(text, str):
        raise _malformed()
    parsed = note.parse(text.encode("utf-8", "surrogatepass"), entries.MAX_HEADER)
    if not all(_PLAIN.fullmatch(line.name) for line in parsed.signatures):
        raise _malformed()
    return parsed


def _tokens(found: Any) -> tuple[tuple[str, bytes], ...]:
    if not isinstance(found, list) or not 1 <= len(found) <= MAX_TOKENS:
        raise _malformed()
    tokens = []
    for item in found:
        if not isinstance(item, list) or len(item) != 2 or item[0] not in TOKENS:
            raise _malformed()
        try:
            raw = base64.b64decode(item[1], validate=True)
        except (ValueError, TypeError) as error:
            raise _malformed() from error
        if not raw or _base64(raw) != item[1]:
            raise _malformed()
        tokens.append((item[0], raw))
    return tuple(tokens)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _malformed() -> ForeignDataError:
    return ForeignDataError("A proof is malformed.", "Ask whoever gave it for the file, unchanged.")


def _unproven() -> ForeignDataError:
    return ForeignDataError(
        "A proof does not hold: its parts do not fit together.", "Do not rely on it; ask again."
    )
