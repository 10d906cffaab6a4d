r"""A time proof: the bytes of a checkpoint, what a stranger was asked about them, what it said.

    proof = TimeProof(archive=…, log=…, size=12, kind="rfc3161", authority="freetsa", by=…,
                      asked="2026-01-09T14:00:00Z", checkpoint=b"…", request=b"…", reply=b"…")
    data = sign(proof, key)                    # a note by the device that asked
    read(data, roster.verifier).imprint        # SHA-256 of the stamped bytes

Format: docs/spec/time.md, "A time proof". It knows whose checkpoint was stamped and who asked; what
the reply is worth is judged in `evidence.rfc3161` and `evidence.ots`, never here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.core.ids import check_hash, check_id
from unburnt.crypto import note
from unburnt.crypto.checkpoint import Checkpoint, parse_checkpoint
from unburnt.crypto.note import Verifier
from unburnt.crypto.signing import SigningKey
from unburnt.model.entry import signer_name

RFC3161 = "rfc3161"
OPENTIMESTAMPS = "opentimestamps"

MAX_FILE = 256 * 1024  # bytes of a proof
MAX_PART = 64 * 1024  # bytes of the checkpoint and of the reply
MAX_REQUEST = 1024
MAX_SIZE = 10**10 - 1  # entries, as in names

_HEAD = "unburnt/time/v1"
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_MOMENT = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])(:[0-5]\d){2}Z")
_TEXT = re.compile(
    rf"{_HEAD}\narchive (.+)\nlog (.+)\nsize (0|[1-9][0-9]{{0,9}})\n"
    rf"kind ({RFC3161}|{OPENTIMESTAMPS})\nauthority (.+)\nby (.+)\nasked (.+)\n"
    r"checkpoint (.+)\nrequest (.+)\nreply (.+)\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeProof:
    """One question and its answer; `asked` is the asking device's own clock, a claim."""

    archive: str
    log: str
    size: int
    kind: str
    authority: str
    by: str
    asked: str
    checkpoint: bytes
    request: bytes
    reply: bytes

    def __post_init__(self) -> None:
        check_hash(self.archive)
        check_id(self.log)
        check_id(self.by)
        sound = (
            1 <= self.size <= MAX_SIZE
            and self.kind in (RFC3161, OPENTIMESTAMPS)
            and is_authority(self.authority)
            and _MOMENT.fullmatch(self.asked)
            and 1 <= len(self.checkpoint) <= MAX_PART
            and 1 <= len(self.request) <= MAX_REQUEST
            and 1 <= len(self.reply) <= MAX_PART
        )
        if not sound:
            raise _malformed()

    @property
    def imprint(self) -> bytes:
        """SHA-256 of the stamped bytes."""
        return imprint(self.checkpoint)

    def stamped(self) -> Checkpoint:
        """Return the checkpoint in the stamped bytes; its signature was verified by `read`."""
        return parse_checkpoint(note.parse(self.checkpoint, limit=MAX_PART).text)

    def text(self) -> str:
        """Return the lines that the asking device signs."""
        return (
            f"{_HEAD}\narchive {self.archive}\nlog {self.log}\nsize {self.size}\n"
            f"kind {self.kind}\nauthority {self.authority}\nby {self.by}\nasked {self.asked}\n"
            f"checkpoint {_base64(self.checkpoint)}\nrequest {_base64(self.request)}\n"
            f"reply {_base64(self.reply)}\n"
        )


def imprint(checkpoint: bytes) -> bytes:
    """Return what strangers are asked about: SHA-256 of a checkpoint's exact bytes."""
    return hashlib.sha256(checkpoint).digest()


def digest(data: bytes) -> str:
    """Return the last part of a time proof's name: SHA-256 of the file, in hex."""
    return hashlib.sha256(data).hexdigest()


def replied(proof: TimeProof, reply: bytes, *, by: str, asked: str) -> TimeProof:
    """Return the same question with a later reply, asked for by this device at this moment."""
    return replace(proof, reply=reply, by=by, asked=asked)


def is_authority(name: str) -> bool:
    """Tell whether a group may call an authority so."""
    return _NAME.fullmatch(name) is not None


def sign(proof: TimeProof, key: SigningKey) -> bytes:
    """Return the file: the proof as a note by the device that asked, whose key this is."""
    return note.sign(proof.text(), signer_name(proof.archive, proof.by), key).encode()


def read(data: bytes, verifier: Callable[[str], Verifier]) -> TimeProof:
    """Return the proof in a file, signed by who asked, about a checkpoint its log's device signed.

    `verifier(device)` gives what verifies a device's notes, as `Roster.verifier` does; a UsageError
    of it means that the device is unknown. Anything amiss raises ForeignDataError.
    """
    parsed = note.parse(data, limit=MAX_FILE)
    proof = _proof(parsed.text)
    if len(parsed.signatures) != 1 or not _signed(parsed, verifier, proof.archive, proof.by):
        raise ForeignDataError(
            "A time proof is not signed by the device that asked.", "Fetch it from another site."
        )
    stamped = note.parse(proof.checkpoint, limit=MAX_PART)
    checkpoint = parse_checkpoint(stamped.text)
    signed = _signed(stamped, verifier, proof.archive, proof.log)
    right = checkpoint.origin == signer_name(proof.archive, proof.log)
    if not signed or not right or checkpoint.size != proof.size:
        raise ForeignDataError(
            "A time proof is about a checkpoint that its device never signed.",
            "Fetch it from another site.",
        )
    return proof


def _signed(
    signed: note.Note, verifier: Callable[[str], Verifier], archive: str, device: str
) -> bool:
    try:
        known = verifier(device)
    except UsageError:
        return False
    return known.name == signer_name(archive, device) and known.name in note.verified_by(
        signed, [known]
    )


def _proof(text: str) -> TimeProof:
    found = _TEXT.fullmatch(text)
    if found is None:
        raise _malformed()
    archive, log, size, kind, authority, by, asked, checkpoint, request, reply = found.groups()
    proof = TimeProof(
        archive=archive,
        log=log,
        size=int(size),
        kind=kind,
        authority=authority,
        by=by,
        asked=asked,
        checkpoint=_bytes(checkpoint),
        request=_bytes(request),
        reply=_bytes(reply),
    )
    if proof.text() != text:  # stray bits in base64 would be a second spelling
        raise _malformed()
    return proof


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise _malformed() from None


def _malformed() -> ForeignDataError:
    return ForeignDataError("A time proof is malformed.", "Fetch it from another site.")
