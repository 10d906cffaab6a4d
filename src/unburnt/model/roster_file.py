"""A roster file: one operation under one signature. Spec: docs/spec/roster.md, "The file".

    data = sign_op(text, archive, device, key)       the bytes of roster/<hash>-<device>
    parse_op(data)   SignedOp(hash="8c…", op=SetAccess(…), signer="ai…", note=…)

Reading judges bytes alone: whose key the signature must fit is known only to the roster, which
asks `signed_by`. Co-signing is one more file with the same text; nothing is ever changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from unburnt.core.errors import ForeignDataError
from unburnt.core.ids import check_id
from unburnt.crypto import note
from unburnt.crypto.note import Note, Verifier
from unburnt.crypto.signing import SigningKey
from unburnt.model.roster_ops import MAX_TEXT, Found, Op, op_hash, read_op

MAX_FILE = MAX_TEXT + 512  # the text, and one signature line
FOUNDING = "founding"  # stands for the archive in the name of the founding operation's signer


@dataclass(frozen=True, slots=True)
class SignedOp:
    """An operation, its hash, and one device that is said to have signed it."""

    hash: str
    op: Op
    signer: str
    note: Note

    @property
    def text(self) -> str:
        """The text that is signed and hashed: one line of JSON and its line feed."""
        return self.note.text

    @property
    def archive(self) -> str:
        """The archive it speaks about; for the founding operation that is its own hash."""
        return self.hash if isinstance(self.op, Found) else self.op.archive

    @property
    def name(self) -> str:
        """Where it lies on every site: roster/<hash>-<device>."""
        return f"roster/{self.hash}-{self.signer}"

    @property
    def denies_itself(self) -> bool:
        """Whether it founds an archive without the signature of the device whose card it shows."""
        return isinstance(self.op, Found) and not self.signed_by(self.op.card.public)

    def signed_by(self, public: bytes) -> bool:
        """Tell whether the signature is that of this key (32 bytes)."""
        return _verified(self.note, public)


def parse_op(data: bytes) -> SignedOp:
    """Return the operation in a roster file, its signature not yet verified.

    Raises ForeignDataError unless note, line and fields have their one legal spelling, and the
    signer's name belongs to the operation's archive.
    """
    parsed = note.parse(data, MAX_FILE)  # (1) a note with one signature
    if len(parsed.signatures) != 1:
        raise _misplaced()
    op = read_op(parsed.text)  # (2) an operation, well-formed
    prefix, _, device = parsed.signatures[0].name.rpartition("/")
    if prefix != _signer_prefix(op):  # (3) signed under this archive's name
        raise _misplaced()
    if isinstance(op, Found) and device != op.card.device:
        raise _misplaced()
    return SignedOp(op_hash(parsed.text), op, check_id(device), parsed)


def sign_op(text: str, archive: str | None, device: str, key: SigningKey) -> bytes:
    """Return the roster file of an operation signed by `device`; `archive` None for the founding.

    Raises ForeignDataError when the text is not an operation of this archive.
    """
    op = read_op(text)
    if archive != (None if isinstance(op, Found) else op.archive):
        raise _misplaced()
    return note.sign(text, f"{_signer_prefix(op)}/{check_id(device)}", key).encode()


def _signer_prefix(op: Op) -> str:
    return f"unburnt/{FOUNDING if isinstance(op, Found) else op.archive}"


# The same file is judged again in every roster that holds it; a verification costs 0.15 ms.
@lru_cache(maxsize=4096)
def _verified(signed: Note, public: bytes) -> bool:
    verifier = Verifier(signed.signatures[0].name, public)
    try:
        return bool(note.verified_by(signed, [verifier]))
    except ForeignDataError:  # it claims this very key, and lies
        return False


def _misplaced() -> ForeignDataError:
    return ForeignDataError(
        "A roster file is not one signature of its own archive.",
        "Fetch it again from another site.",
    )
