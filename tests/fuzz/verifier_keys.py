"""Verifier keys that somebody was told: ours and the stranger's reader must agree."""

from __future__ import annotations

from contextlib import suppress

from tests.publish.proof_scene import WITNESSES, Scene
from unburnt.core.errors import ForeignDataError
from unburnt.crypto import note
from unburnt.publish import verify_proof

SEEDS = [
    note.vkey(Scene().name, Scene().key.public).encode(),
    *(witness.vkey.encode() for witness in WITNESSES),
]


def fuzz(data: bytes) -> None:
    """Read it as a key of either kind."""
    text = data.decode("utf-8", "replace").strip()
    for kind in (note.ED25519, note.COSIGNATURE):
        ours = theirs = None
        with suppress(ForeignDataError):
            read = note.parse_vkey(text, kind)
            ours = (read.name, read.public)
        with suppress(ValueError):
            theirs = verify_proof._read_vkey(text, kind)
        assert ours == theirs, (ours, theirs)
