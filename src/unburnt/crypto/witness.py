"""What log and witness say to each other: requests, answers, and the witness's judgement.

    old 1                                     the size the witness is thought to know
    qhbJW1AqFvW1IIjHMx7wCcMPGCcTW8FeI3tcLo9D3JY=       0 to 63 hashes: RFC 6962 consistency
                                              one empty line
    unburnt/6f…/aicq…                         the checkpoint note
    3
    O2zM1+PgI/85MAbwMDFe562esRGwIrQfun5bejlz9og=

    — unburnt/6f…/aicq… 7rups6…

    refusal(request, log, seen) -> Reply or None          what is wrong with it, if anything
    cosignature(request, log, name, key, time) -> Seen    what to persist, then to answer

Specified by c2sp.org/tlog-witness; docs/spec/witness.md has every status code. Bytes in, bytes
out: whoever keeps the state must let nothing leave before it is durable.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.crypto import merkle, note
from unburnt.crypto.checkpoint import SIZE_LIMIT, Checkpoint, cosign, parse_checkpoint
from unburnt.crypto.note import COSIGNATURE, Note, Verifier, key_id, verified_by
from unburnt.crypto.policy import cosignatures
from unburnt.crypto.signing import SigningKey

PROOF_LIMIT = 63
"""Bound on the hashes of a proof: a tree of 2**63 leaves needs no more."""

REQUEST_LIMIT = 64 * 1024
"""Bound on a request's bytes: 63 hashes take 3 kB, a checkpoint with many cosigners 10 kB."""

ANSWER_LIMIT = 64 * 1024
"""Bound on the bytes of an answer that a client reads."""

PLAIN, SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")
_HASH = 44  # characters of 32 bytes in base64
_SECRET = "PRIVATE+KEY+"  # noqa: S105 - how the spelling of a key begins


@dataclass(frozen=True, slots=True)
class Request:
    """A checkpoint to cosign, and the proof that it continues the tree of `old_size` leaves."""

    old_size: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint

    def encode(self) -> bytes:
        """Return the body of the POST."""
        lines = [f"old {self.old_size}", *map(_base64, self.proof), "", ""]
        return "\n".join(lines).encode("ascii") + self.note.encode()


@dataclass(frozen=True, slots=True)
class Seen:
    """The latest checkpoint a witness cosigned for an origin: its log's line and our own."""

    size: int
    root: bytes
    time: int
    note: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: HTTP status, bytes, content type."""

    status: int
    body: bytes
    content_type: str = PLAIN


def parse_request(data: bytes) -> Request:
    """Return what the body of a POST asks for; ForeignDataError when it is malformed."""
    head, gap, rest = data.partition(b"\n\n")
    if not gap or len(data) > REQUEST_LIMIT:
        raise _malformed()
    try:
        first, *hashes = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise _malformed() from None
    old = _OLD.fullmatch(first)
    if old is None or int(old[1]) > SIZE_LIMIT or len(hashes) > PROOF_LIMIT:
        raise _malformed()
    parsed = note.parse(rest, REQUEST_LIMIT)
    checkpoint = parse_checkpoint(parsed.text)
    return Request(int(old[1]), tuple(map(_hash, hashes)), parsed, checkpoint)


def request_for(signed: Note, tree: merkle.Tree, old_size: int) -> Request:
    """Return the request that lets a witness go from `old_size` to the checkpoint of `tree`.

    UsageError when the note is not of this tree, or `old_size` lies beyond it.
    """
    checkpoint = parse_checkpoint(signed.text)
    if (checkpoint.size, checkpoint.root) != (tree.size, tree.root):
        raise UsageError("This checkpoint is of another tree.", "Give the tree it was made of.")
    proof = tree.consistency_path(old_size) if old_size else []
    return Request(old_size, tuple(proof), signed, checkpoint)


# --- the witness --------------------------------------------------------------------------------


def refusal(request: Request, log: Verifier | None, seen: Seen | None) -> Reply | None:
    """Return why a witness that knows `log` and has `seen` refuses; None when it may cosign.

    c2sp.org/tlog-witness, section add-checkpoint, in its order.
    """
    checkpoint = request.checkpoint
    if log is None or log.name != checkpoint.origin:  # (1) do we witness this log?
        return Reply(404, b"This log is not known here.\n")
    if not is_signed(request.note, log):  # (2) did the log itself sign?
        return Reply(403, b"The log did not sign this checkpoint.\n")
    if request.old_size > checkpoint.size:  # (3) a proof never leads backwards
        return Reply(400, b"The old size is larger than the checkpoint.\n")
    size = seen.size if seen else 0
    if request.old_size != size:  # (4) it must start from what we cosigned last
        return conflict(size)
    if seen and checkpoint.size == size and checkpoint.root != seen.root:  # (5) two trees, one size
        return conflict(size)
    if not _continues(request, seen):  # (6) the old tree is the beginning of the new one
        return Reply(422, b"The proof does not lead from the old tree to this one.\n")
    return None


def conflict(size: int) -> Reply:
    """Return the answer to a request that does not start from the size cosigned last."""
    return Reply(409, f"{size}\n".encode("ascii"), SIZE)


def cosignature(
    request: Request, log: Verifier, name: str, key: SigningKey, time: int, seen: Seen | None
) -> Seen:
    """Return the state after cosigning: to be made durable before any of it is shown.

    The time never goes back behind what was signed before, whatever the clock says.
    """
    moment = max(time, seen.time if seen else 0)
    line = _log_line(request.note, log)
    signed = cosign(Note(request.note.text, (line,)), name, key, moment)
    return Seen(request.checkpoint.size, request.checkpoint.root, moment, signed.encode())


def answer(seen: Seen) -> Reply:
    """Return the answer that carries the cosignature of a durable state."""
    return Reply(200, f"{note.parse(seen.note).signatures[-1].line()}\n".encode())


def origin_hash(origin: str) -> str:
    """Return the SHA-256 of an origin as hex: its name in the witness's addresses."""
    return hashlib.sha256(origin.encode()).hexdigest()


def is_signed(signed: Note, log: Verifier) -> bool:
    """Tell whether the log truly signed this note."""
    try:
        return bool(verified_by(signed, [log]))
    except ForeignDataError:
        return False


def _continues(request: Request, seen: Seen | None) -> bool:
    new = request.checkpoint
    if seen is None or seen.size == 0:
        return not request.proof
    return merkle.verify_consistency(seen.size, new.size, seen.root, new.root, request.proof)


# --- the one who asks ---------------------------------------------------------------------------


def read_answer(signed: Note, log: Verifier, witness: Verifier, body: bytes) -> Note:
    """Return the checkpoint with the log's line and the witness's newest cosignature, verified.

    Lines of other keys are left out. ForeignDataError when the witness's own is absent or false.
    """
    try:
        lines = note.parse(signed.text.encode() + b"\n" + body, ANSWER_LIMIT)
    except ForeignDataError:
        raise _nonsense() from None
    return pair(Note(signed.text, (_log_line(signed, log), *lines.signatures)), log, witness)


def pair(signed: Note, log: Verifier, witness: Verifier) -> Note:
    """Return a checkpoint note cut down to two lines, both verified: the log's, the witness's."""
    if parse_checkpoint(signed.text).origin != log.name or not is_signed(signed, log):
        raise _nonsense()
    found = cosignatures(signed, witness)
    if not found:
        raise _nonsense()
    return Note(signed.text, (_log_line(signed, log), max(found, key=lambda f: f[0])[1]))


def read_size(body: bytes) -> int:
    """Return the size that a 409 names; ForeignDataError for anything else."""
    spelled = _SIZE.fullmatch(body)
    if spelled is None or int(spelled[1]) > SIZE_LIMIT:
        raise _nonsense()
    return int(spelled[1])


# --- keys ---------------------------------------------------------------------------------------


def spell_secret(name: str, key: SigningKey) -> str:
    """Return the one line that holds a witness's private key, `PRIVATE+KEY+name+id+base64`."""
    identifier = key_id(name, key.public, COSIGNATURE).hex()
    return f"{_SECRET}{name}+{identifier}+{_base64(bytes([COSIGNATURE]) + key.seed)}"


def parse_secret(text: str) -> tuple[str, SigningKey]:
    """Return the name and key that such a line spells; ForeignDataError for any other spelling."""
    name, _, rest = text.removeprefix(_SECRET).partition("+")
    try:
        seed = base64.b64decode(rest.partition("+")[2].encode("ascii"), validate=True)[1:]
    except (UnicodeEncodeError, binascii.Error):
        raise _malformed() from None
    key = SigningKey.from_seed(seed)
    if not note.is_name(name) or spell_secret(name, key) != text:
        raise ForeignDataError("This is no key of a witness.", "Restore the file witness.key.")
    return name, key


def new_secret(name: str, random: Callable[[int], bytes]) -> tuple[str, str]:
    """Return (secret line, vkey) of a fresh witness key; UsageError for an illegal name."""
    if not note.is_name(name):
        raise UsageError("A witness's name has no spaces and no plus.", "Use a short plain name.")
    key = SigningKey.generate(random)
    return spell_secret(name, key), note.vkey(name, key.public, COSIGNATURE)


def _log_line(signed: Note, log: Verifier) -> note.NoteSignature:
    known = (log.name, key_id(log.name, log.public))
    return next(line for line in signed.signatures if (line.name, line.key_id) == known)


def _hash(line: str) -> bytes:
    try:
        value = base64.b64decode(line, validate=True)
    except binascii.Error:
        raise _malformed() from None
    if len(line) != _HASH or len(value) != merkle.SIZE or _base64(value) != line:
        raise _malformed()
    return value


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _malformed() -> ForeignDataError:
    return ForeignDataError("A request to a witness is malformed.", "See c2sp.org/tlog-witness.")


def _nonsense() -> ForeignDataError:
    return ForeignDataError(
        "A witness's answer is not what it should be.", "Ask it again, or ask who runs it."
    )
