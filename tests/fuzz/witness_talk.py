"""A conversation with a witness that answers whatever it likes."""

from __future__ import annotations

from contextlib import suppress

from unburnt.core.errors import ForeignDataError
from unburnt.crypto import checkpoint as checkpoints
from unburnt.crypto import merkle, note
from unburnt.crypto.checkpoint import Checkpoint
from unburnt.crypto.note import Verifier
from unburnt.crypto.policy import Witness
from unburnt.crypto.signing import SigningKey
from unburnt.crypto.witness import Reply
from unburnt.sync.witness_client import Ask, ask, fetch

_LOG, _OWN = SigningKey.from_seed(b"l" * 32), SigningKey.from_seed(b"w" * 32)
_LOG_NAME, _NAME = "log.example/1", "witness.example/1"
_WITNESS = Witness(_NAME, Verifier(_NAME, _OWN.public), "https://witness.example")
_TREE = merkle.Tree.of([merkle.leaf_hash(bytes([n])) for n in range(5)])


def _signed(size: int, root: bytes) -> note.Note:
    return note.sign(Checkpoint(_LOG_NAME, size, root).text(), _LOG_NAME, _LOG)


_MINE = _signed(5, _TREE.root)
_ASKED = Ask(Verifier(_LOG_NAME, _LOG.public), _MINE, _TREE, known=2)
_BOTH = checkpoints.cosign(_MINE, _NAME, _OWN, 1_700_000_000)
_LINE = note.Note(_BOTH.text, _BOTH.signatures[1:]).encode().split(b"\n\n", 1)[1]
_AHEAD = checkpoints.cosign(_signed(9, bytes(32)), _NAME, _OWN, 1_700_000_000).encode()
_FORK = checkpoints.cosign(_signed(3, bytes(32)), _NAME, _OWN, 1_700_000_000).encode()
SEEDS = [
    b"200\0" + _LINE,
    b"409\0" + b"4\n\0200\0" + _LINE,
    b"409\0" + b"9\n\0200\0" + _AHEAD,
    b"422\0\0200\0" + _FORK,
    b"404\0\0403\0",
]


def fuzz(data: bytes) -> None:
    """Let the pairs of status and body be the answers, one after another; then it is silent."""
    said = iter(data.split(b"\0"))

    def send(method: str, path: str, body: bytes) -> Reply:
        status = next(said, b"")
        answer = next(said, b"")
        kind = "text/x.tlog.size" if status == b"409" else "text/plain"
        return Reply(int(status) if status.isdigit() and len(status) < 5 else 500, answer, kind)

    with suppress(ForeignDataError):
        outcome = ask(send, _WITNESS, _ASKED)
        assert outcome.code != "fork" or outcome.note is not None
    with suppress(ForeignDataError):
        fetch(send, _WITNESS, _ASKED.log)
