"""C2SP signed notes: a text that people can read, and who signed it.

    example.org/log                                        text, ends in a line feed
    7
    qlKoD1…=
                                                           one empty line
    — example.org/log 8PAQ…=                               em dash, name, base64(key id ‖ signature)
    — witness.example/w1 jWbP…=

    vkey: example.org/log+f0f01234+ARpc2Q…               name + hex(key id) + base64(type ‖ key)

Specified by c2sp.org/signed-note; docs/spec/crypto.md section 6 has a complete example. A text
says nothing until `verified_by` names a key you trust. Signature lines of unknown keys are carried
and ignored. Never guesses a spelling: each note has exactly one sequence of bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.crypto.signing import PUBLIC_SIZE, SigningKey, verify

ED25519 = 0x01
"""Signature type: Ed25519 over the note text."""

COSIGNATURE = 0x04
"""Signature type: timestamped Ed25519 cosignature of a checkpoint (see `checkpoint`)."""

COSIGNATURE_PREFIX = "cosignature/v1\n"
"""How a cosigned message begins; no note text may, so that one can never pass for the other."""

SIZE_LIMIT = 256 * 1024
"""Default bound on a note's bytes: 16 post-quantum signatures of 5 kB fit several times."""

SIGNATURE_LIMIT = 100
"""Bound on signature lines; the specification demands that at least 16 are accepted."""

_DASH = "— "
# Control characters are those below U+0020 (the specification); lone surrogates have no UTF-8.
_FORBIDDEN_IN_TEXT = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_NAME = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]+")


@dataclass(frozen=True)
class NoteSignature:
    """One signature line: who is said to have signed, with which key, and the bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def __post_init__(self) -> None:
        if not is_name(self.name) or len(self.key_id) != 4 or not self.signature:
            raise _malformed("A signature line is malformed.")

    def line(self) -> str:
        """Return the line without its line feed."""
        return f"{_DASH}{self.name} {_encode_base64(self.key_id + self.signature)}"


@dataclass(frozen=True)
class Note:
    """A text and its signature lines, in order; at least one line."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def __post_init__(self) -> None:
        if not is_text(self.text):
            raise _malformed(
                "The text of a note ends in a line feed and has no control characters."
            )
        if not 1 <= len(self.signatures) <= SIGNATURE_LIMIT:
            raise _malformed(f"A note has 1 to {SIGNATURE_LIMIT} signatures.")

    def encode(self) -> bytes:
        """Return the one spelling of this note, as UTF-8."""
        lines = "".join(f"{signature.line()}\n" for signature in self.signatures)
        return f"{self.text}\n{lines}".encode()


@dataclass(frozen=True)
class Verifier:
    """A name and the Ed25519 public key (32 bytes) trusted to sign under it."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not is_name(self.name) or len(self.public) != PUBLIC_SIZE:
            raise _malformed("A verifier is a name without spaces or plus, and a 32-byte key.")


def is_text(text: str) -> bool:
    """Tell whether a note may have this text: it ends in a line feed, no control characters."""
    return text.endswith("\n") and _FORBIDDEN_IN_TEXT.search(text) is None


def is_name(name: str) -> bool:
    """Tell whether a key may have this name: not empty, no spaces of any script, no plus."""
    return _NAME.fullmatch(name) is not None


def key_id(name: str, public: bytes, kind: int = ED25519) -> bytes:
    """Return the 4 bytes that, with the name, point at a key: SHA-256(name ‖ LF ‖ kind ‖ public).

    It is an identifier, not a commitment: other keys with the same 4 bytes are easily found.
    """
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def vkey(name: str, public: bytes, kind: int = ED25519) -> str:
    """Return the verifier key, one line of text to give to those who shall verify."""
    verifier = Verifier(name, public)
    material = _encode_base64(bytes([kind]) + verifier.public)
    return f"{verifier.name}+{key_id(verifier.name, verifier.public, kind).hex()}+{material}"


def parse_vkey(text: str, kind: int = ED25519) -> Verifier:
    """Return the verifier a vkey of signature type `kind` spells; ForeignDataError else."""
    name, _, rest = text.partition("+")
    _, _, encoded = rest.partition("+")
    material = _decode_base64(encoded)
    verifier = Verifier(name, material[1:])
    if vkey(verifier.name, verifier.public, kind) != text:  # one legal spelling, right key id
        raise _malformed("A verifier key is malformed or of another signature type.")
    return verifier


def parse(data: bytes, limit: int = SIZE_LIMIT) -> Note:
    """Return the note that `data` (at most `limit` bytes) spells; ForeignDataError else.

    c2sp.org/signed-note, section Format. Says nothing about whether any signature is true.
    """
    if len(data) > limit:
        raise _malformed(f"A note is at most {limit} bytes.")
    try:
        spelled = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _malformed("A note is UTF-8 text.") from None
    text, gap, block = spelled.rpartition("\n\n")
    if not gap or not block.endswith("\n"):
        raise _malformed("A note is a text, an empty line and signature lines.")
    lines = block[:-1].split("\n", SIGNATURE_LIMIT)
    return Note(text + "\n", tuple(_parse_line(line) for line in lines))


def sign(text: str, name: str, key: SigningKey) -> Note:
    """Return a note of `text` with one signature; UsageError for an illegal text or name."""
    if not is_text(text) or not is_name(name) or text.startswith(COSIGNATURE_PREFIX):
        raise UsageError(
            "This text cannot be signed as a note.",
            "It ends in a line feed, has no control characters and does not begin like a "
            "cosignature; the name has no spaces.",
        )
    return Note(text, (_signature(text, name, key),))


def add_signature(note: Note, name: str, key: SigningKey) -> Note:
    """Return `note` signed by one more key; signing twice changes nothing."""
    return with_signature(note, sign(note.text, name, key).signatures[0])


def with_signature(note: Note, added: NoteSignature) -> Note:
    """Return `note` with `added` as its last line, in place of an older one by the same key."""
    if added in note.signatures:
        return note
    key = (added.name, added.key_id)
    others = (line for line in note.signatures if (line.name, line.key_id) != key)
    return Note(note.text, (*others, added))


def verified_by(note: Note, verifiers: Iterable[Verifier]) -> tuple[str, ...]:
    """Return the names of the trusted keys that signed the text, in the order of the lines.

    Empty when no trusted key did: the caller must then refuse the note. ForeignDataError when a
    line names a trusted key but its signature is false. UsageError when two verifiers share a key
    (one signature would count twice) or a name and key id.
    """
    text = note.text.encode()
    known = known_keys(verifiers, ED25519)
    names: dict[str, None] = {}
    for line in note.signatures:
        public = known.get((line.name, line.key_id))
        if public is None:
            continue
        if not verify(public, text, line.signature):
            raise false_signature()
        names[line.name] = None
    return tuple(names)


def known_keys(verifiers: Iterable[Verifier], kind: int) -> dict[tuple[str, bytes], bytes]:
    """Return {(name, key id): public key} for keys that sign with type `kind`; see `verified_by`.

    A name is not part of what Ed25519 signs here, so one key under two names could be counted as
    two signers by renaming its line.
    """
    distinct = set(verifiers)
    known = {(v.name, key_id(v.name, v.public, kind)): v.public for v in distinct}
    if len(known) < len(distinct) or len({v.public for v in distinct}) < len(distinct):
        raise UsageError(
            "Two trusted keys cannot be told apart.", "Trust each key under one name only."
        )
    return known


def false_signature() -> ForeignDataError:
    """Return the error for a line that names a trusted key but does not verify."""
    return ForeignDataError(
        "A signature by a known key is false.", "Do not use this note; ask for it again."
    )


def _signature(text: str, name: str, key: SigningKey) -> NoteSignature:
    return NoteSignature(name, key_id(name, key.public), key.sign(text.encode()))


def _parse_line(line: str) -> NoteSignature:
    if not line.startswith(_DASH):
        raise _malformed("A signature line is malformed.")
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    blob = _decode_base64(encoded)
    return NoteSignature(name, blob[:4], blob[4:])


def _encode_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decode_base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise _malformed("A base64 value is malformed.") from None
    if _encode_base64(data) != text:  # stray bits or padding would be a second spelling
        raise _malformed("A base64 value is malformed.")
    return data


def _malformed(message: str) -> ForeignDataError:
    return ForeignDataError(message, "Ask for it again, copied whole.")
