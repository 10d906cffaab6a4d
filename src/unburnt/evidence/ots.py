"""OpenTimestamps: a proof that a block of Bitcoin commits to an imprint.

    asked = ask_about(imprint, os.urandom)     # .commitment: the 32 bytes to send to a calendar
    proof = asked.joined(answer)               # a .ots file; read(proof) lists its attestations
    proof = upgraded(proof, attestation, later_answer)
    verdict = judge(commitment, proof, imprint, headers.at, now=…)

Format and bounds: docs/spec/time.md, "OpenTimestamps". Everything is read twice, here and by the
library, and must come out the same. Never believes a calendar: only a block header counts.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from unburnt.core.errors import ForeignDataError
from unburnt.evidence.block_headers import MAX_HEIGHT, Header
from unburnt.evidence.time_extra import opentimestamps
from unburnt.evidence.time_verdict import Verdict

LIMIT = 64 * 1024  # bytes of a proof; real ones have 0.3 to 2 KiB
MAX_OPERATIONS = 1024
MAX_DEPTH = 250  # the library stops at 256
MAX_MESSAGE = 4096
MAX_PAYLOAD = 1024
NONCE = 16

MAGIC = b"\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94"
_VERSION, _APPEND, _PREPEND, _SHA256, _FORK, _ATTESTATION = 0x01, 0xF0, 0xF1, 0x08, 0xFF, 0x00
_HEAD = MAGIC + bytes([_VERSION, _SHA256])

PENDING, BITCOIN, UNKNOWN = "pending", "bitcoin", "unknown"
_TAGS = {bytes.fromhex("83dfe30d2ef90c8e"): PENDING, bytes.fromhex("0588960d73d71901"): BITCOIN}
_ADDRESS = re.compile(rb"[A-Za-z0-9._/:-]{1,512}")

READERS = ("unburnt", "opentimestamps")
INEXACT = timedelta(hours=2)  # how far a block's time may lie off, by the rules of Bitcoin
LATE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Attestation:
    """Who attests to which message: an address (pending), a height (bitcoin), or raw bytes.

    `start` and `end` are its place in the proof.
    """

    kind: str
    message: bytes
    value: str | int | bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What one calendar is asked: SHA-256 of imprint and nonce."""

    imprint: bytes
    nonce: bytes

    @property
    def commitment(self) -> bytes:
        """The 32 bytes that the calendar sees."""
        return hashlib.sha256(self.imprint + self.nonce).digest()

    def joined(self, answer: bytes) -> bytes:
        """Return the proof that a calendar's answer completes; ForeignDataError for no answer."""
        steps = bytes([_APPEND, len(self.nonce)]) + self.nonce + bytes([_SHA256])
        proof = _HEAD + self.imprint + steps + answer
        read(proof)
        return proof


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as read: whose imprint, what was asked, who attests."""

    asked: Asked
    attestations: tuple[Attestation, ...]

    def of_kind(self, kind: str) -> list[Attestation]:
        """Return the attestations of one kind."""
        return [one for one in self.attestations if one.kind == kind]


def ask_about(imprint: bytes, random: Callable[[int], bytes]) -> Asked:
    """Return a fresh question about a SHA-256 imprint."""
    return Asked(imprint, random(NONCE))


def read(proof: bytes) -> Proof:
    """Return what a .ots file with a nonce says; ForeignDataError when it is none."""
    reader = _Reader(proof)
    if len(proof) > LIMIT or reader.take(len(_HEAD)) != _HEAD:
        raise _malformed()
    imprint = reader.take(32)
    nonce = reader.take(2 + NONCE)
    if nonce[:2] != bytes([_APPEND, NONCE]) or reader.take(1) != bytes([_SHA256]):
        raise ForeignDataError("This proof was made without a nonce.", "Stamp it again.")
    asked = Asked(imprint, nonce[2:])
    attestations = tuple(_attestations(reader, asked.commitment))
    _compare(proof, attestations)
    return Proof(asked, attestations)


def upgraded(proof: bytes, pending: Attestation, answer: bytes) -> bytes:
    """Return the proof with a calendar's later answer in the place of a pending attestation."""
    joined = proof[: pending.start] + answer + proof[pending.end :]
    read(joined)
    return joined


def judge(
    request: bytes,
    proof: bytes,
    imprint: bytes,
    header: Callable[[int], Header | None],
    *,
    now: datetime,
) -> Verdict:
    """Return what a proof is worth: (1) it can be read, twice alike; (2) it is about this imprint
    and what was asked; (3) each block it names has the root it says. The earliest block counts.
    """
    try:
        found = read(proof)
    except ForeignDataError as error:
        return Verdict("malformed", detail=error.message)
    if found.asked.imprint != imprint:
        return Verdict("other-imprint")
    if found.asked.commitment != request:
        return Verdict("other-request")
    named = found.of_kind(BITCOIN)
    if not named:
        waits = bool(found.of_kind(PENDING))
        return Verdict("pending") if waits else Verdict("malformed", detail="nobody attests")
    blocks = [(one, header(int(one.value))) for one in named]
    if any(block is not None and block.root != one.message for one, block in blocks):
        return Verdict("other-block")
    moments = [block.moment for _, block in blocks if block is not None]
    if not moments:
        return Verdict("no-header", detail=", ".join(str(one.value) for one in named[:8]))
    if min(moments) > now + LATE:
        return Verdict("future")
    return Verdict(moment=min(moments) + INEXACT, checked_by=READERS)


# --- reading ------------------------------------------------------------------------------------


def _attestations(reader: _Reader, message: bytes) -> list[Attestation]:
    """Walk the tree without recursion; the last item of a node has no fork mark before it."""
    found: list[Attestation] = []
    waiting = [(message, 0)]
    operations = 0
    while waiting:
        message, depth = waiting[-1]
        start = reader.at
        tag = reader.byte()
        if tag == _FORK:
            start = reader.at
            tag = reader.byte()
        else:
            waiting.pop()
        if tag == _ATTESTATION:
            found.append(_attestation(reader, message, start))
            continue
        operations += 1
        if operations > MAX_OPERATIONS or depth >= MAX_DEPTH or len(waiting) > MAX_DEPTH:
            raise _malformed()
        waiting.append((_operate(reader, tag, message), depth + 1))
    if reader.more:
        raise _malformed()
    return found


def _operate(reader: _Reader, tag: int, message: bytes) -> bytes:
    if tag == _SHA256:
        return hashlib.sha256(message).digest()
    if tag not in (_APPEND, _PREPEND):
        raise _malformed()
    added = reader.sized(MAX_MESSAGE - len(message))
    if not added:
        raise _malformed()
    return message + added if tag == _APPEND else added + message


def _attestation(reader: _Reader, message: bytes, start: int) -> Attestation:
    tag = reader.take(8)
    payload = _Reader(reader.sized(MAX_PAYLOAD))
    kind = _TAGS.get(tag, UNKNOWN)
    value: str | int | bytes
    if kind == BITCOIN:
        value = payload.number()
        if value > MAX_HEIGHT or len(message) != 32:
            raise _malformed()
    elif kind == PENDING:
        address = payload.sized(MAX_PAYLOAD)
        if not _ADDRESS.fullmatch(address):
            raise _malformed()
        value = address.decode("ascii")
    else:
        value = tag + payload.take(payload.left)
    if payload.more:
        raise _malformed()
    return Attestation(kind, message, value, start, reader.at)


class _Reader:
    """Reads bytes, numbers (LEB128, shortest spelling) and sized strings, never beyond the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self.at

    @property
    def more(self) -> bool:
        return self.left > 0

    def take(self, size: int) -> bytes:
        if size > self.left:
            raise _malformed()
        self.at += size
        return self._data[self.at - size : self.at]

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
            shift += 7
            if shift > 28:
                raise _malformed()
        if shift and not byte:
            raise _malformed()  # a longer spelling of the same number
        return value

    def sized(self, most: int) -> bytes:
        size = self.number()
        if size > most:
            raise _malformed()
        return self.take(size)


# --- the library, as a second reader ------------------------------------------------------------


def _compare(proof: bytes, attestations: tuple[Attestation, ...]) -> None:
    """Raise ForeignDataError unless the library finds the same attestations."""
    ours = {(one.kind, one.message, one.value) for one in attestations}
    if len(ours) != len(attestations) or ours != _by_library(proof):
        raise ForeignDataError(
            "Two readers find different things in this proof.", "Do not use it; stamp again."
        )


def _by_library(proof: bytes) -> set[tuple[str, bytes, str | int | bytes]]:
    serialize = opentimestamps("core.serialize")
    notary = opentimestamps("core.notary")
    context = serialize.BytesDeserializationContext(proof)
    try:
        file = opentimestamps("core.timestamp").DetachedTimestampFile.deserialize(context)
    except (serialize.DeserializationError, ValueError, TypeError, AssertionError):
        return set()
    found = set()
    for message, one in file.timestamp.all_attestations():
        found.add((*_named(notary, one), message))
    return {(kind, message, value) for kind, value, message in found}


def _named(notary: Any, one: Any) -> tuple[str, str | int | bytes]:
    if isinstance(one, notary.BitcoinBlockHeaderAttestation):
        return BITCOIN, int(one.height)
    if isinstance(one, notary.PendingAttestation):
        return PENDING, str(one.uri)
    context = opentimestamps("core.serialize").BytesSerializationContext()
    one._serialize_payload(context)
    return UNKNOWN, bytes(one.TAG) + bytes(context.getbytes())


def _malformed() -> ForeignDataError:
    return ForeignDataError("This is not a proof of OpenTimestamps.", "Stamp it again.")
