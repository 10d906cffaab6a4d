"""A checkpoint commits to a log's size and Merkle root; others cosign that they saw it grow.

    unburnt/6f…/aicq…                                origin: whose log
    20852163                                         size: number of leaves
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=     root, base64

    cosignature line: base64(key id ‖ u64 time ‖ Ed25519 signature), signature type 0x04, over
    "cosignature/v1\\ntime <time>\\n" ‖ the three lines

Specified by c2sp.org/tlog-checkpoint and c2sp.org/tlog-cosignature (v1, Ed25519). Extension lines
are refused: nobody could audit them. Never checks that one checkpoint continues another: that is
`merkle.verify_consistency`, and a cosigner must have done it first.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.crypto import merkle
from unburnt.crypto.note import (
    COSIGNATURE,
    COSIGNATURE_PREFIX,
    Note,
    NoteSignature,
    Verifier,
    false_signature,
    is_name,
    is_text,
    key_id,
    known_keys,
    with_signature,
)
from unburnt.crypto.signing import SIGNATURE_SIZE, SigningKey, verify

SIZE_LIMIT = 2**63 - 1
"""Sizes and POSIX times fit a signed 64-bit integer, as in other programs of this format."""

ORIGIN_LIMIT = 1024
"""Bound on an origin's characters: a name, not a document."""

_CHECKPOINT = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n")


@dataclass(frozen=True)
class Checkpoint:
    """The state of a log: origin, number of leaves, root of 32 bytes."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        sound = (
            0 < len(self.origin) <= ORIGIN_LIMIT
            and "\n" not in self.origin
            and is_text(f"{self.origin}\n")
            and not self.origin.startswith(COSIGNATURE_PREFIX.strip())
            and 0 <= self.size <= SIZE_LIMIT
            and len(self.root) == merkle.SIZE
            and (self.size > 0 or self.root == merkle.EMPTY_ROOT)
        )
        if not sound:
            raise _malformed()

    def text(self) -> str:
        """Return the three lines, the text to sign as a note."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode('ascii')}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint that a note's text spells; ForeignDataError else.

    c2sp.org/tlog-checkpoint, section Note text, without extension lines.
    """
    found = _CHECKPOINT.fullmatch(text)
    if found is None:
        raise _malformed()
    try:
        root = base64.b64decode(found[3], validate=True)
    except binascii.Error:
        raise _malformed() from None
    checkpoint = Checkpoint(found[1], int(found[2]), root)
    if checkpoint.text() != text:  # stray bits in the base64 would be a second spelling
        raise _malformed()
    return checkpoint


def cosign(note: Note, name: str, key: SigningKey, time: int) -> Note:
    """Return the checkpoint note with our cosignature of `time` (POSIX seconds), replacing ours.

    It states that at `time` this was the largest consistent tree of that origin we had seen: verify
    that first. ForeignDataError when the text is no checkpoint; UsageError for an illegal time.
    """
    parse_checkpoint(note.text)
    if not is_name(name) or not 0 <= time <= SIZE_LIMIT:
        raise UsageError(
            "A cosignature needs a name without spaces and a time in POSIX seconds.",
            "Correct the name or the clock.",
        )
    signed = key.sign(_cosigned_message(time, note.text))
    identifier = key_id(name, key.public, COSIGNATURE)
    return with_signature(note, NoteSignature(name, identifier, time.to_bytes(8, "big") + signed))


def verify_cosignature(note: Note, cosigner: Verifier) -> int | None:
    """Return when `cosigner` cosigned (POSIX seconds, the latest), or None when it did not.

    ForeignDataError when a line names this cosigner but its signature is false.
    """
    return cosigned_by(note, [cosigner]).get(cosigner.name)


def cosigned_by(note: Note, cosigners: Iterable[Verifier]) -> dict[str, int]:
    """Return {name: latest time} of the trusted cosigners of a checkpoint note.

    c2sp.org/tlog-cosignature, section Ed25519 signed message. Counting a quorum is the caller's.
    Errors as `note.verified_by`, and ForeignDataError when the text is no checkpoint.
    """
    parse_checkpoint(note.text)
    known = known_keys(cosigners, COSIGNATURE)
    times: dict[str, int] = {}
    for line in note.signatures:
        public = known.get((line.name, line.key_id))
        if public is None:
            continue
        if len(line.signature) != 8 + SIGNATURE_SIZE:
            raise false_signature()
        time = int.from_bytes(line.signature[:8], "big")
        message = _cosigned_message(time, note.text)
        if time > SIZE_LIMIT or not verify(public, message, line.signature[8:]):
            raise false_signature()
        times[line.name] = max(time, times.get(line.name, 0))
    return times


def _cosigned_message(time: int, text: str) -> bytes:
    return f"{COSIGNATURE_PREFIX}time {time}\n{text}".encode()


def _malformed() -> ForeignDataError:
    return ForeignDataError(
        "A checkpoint is an origin, a size and a root, one a line.",
        "Ask for it again, copied whole.",
    )
