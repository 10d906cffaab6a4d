"""Cards: of a device, and of the heads of all logs; each also signed again after it was changed."""

from __future__ import annotations

from contextlib import suppress

from tests.model.roster_world import GULL, HERON, founded
from unburnt.core.errors import ForeignDataError
from unburnt.crypto import note
from unburnt.model.entry import signer_name
from unburnt.model.roster_card import read_card
from unburnt.workflow.cards import read_head_card, verify_head_card

_ROSTER = founded().roster
_NAME = signer_name(_ROSTER.archive, HERON.id)
_HEADS = (
    f"unburnt heads v1\narchive {_ROSTER.archive}\nat 2018-01-24T09:10:00Z\n"
    f"{HERON.id} 40 CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    f"{GULL.id} 1 CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
)
SEEDS = [
    HERON.card.encode(),
    GULL.card.encode(),
    _HEADS.encode(),
    note.sign(_HEADS, _NAME, HERON.key).encode(),
]


def fuzz(data: bytes) -> None:
    """Read it as each card, and as the text that a member signed."""
    with suppress(ForeignDataError):
        assert read_card(data).encode() == data
    with suppress(ForeignDataError):
        read_head_card(data)
    with suppress(ForeignDataError, UnicodeDecodeError):
        text = data.decode("utf-8")
        if text.endswith("\n") and text.isprintable() is False:
            signed = note.Note(text, (_signature(text),)).encode()
            verify_head_card(_ROSTER, signed).knowledge()


def _signature(text: str) -> note.NoteSignature:
    signature = HERON.key.sign(text.encode())
    return note.NoteSignature(_NAME, note.key_id(_NAME, HERON.key.public), signature)
