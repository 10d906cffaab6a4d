"""The report of a drill: as a note, and with a changed text that its device signed all the same."""

from __future__ import annotations

from contextlib import suppress

from tests.model.roster_world import HERON, settled
from tests.security.test_drill_report import a_report
from unburnt.core.errors import ForeignDataError
from unburnt.crypto import note
from unburnt.security.drill_report import SENTENCES, read, sign
from unburnt.security.finding import describe

_ROSTER = settled().roster
_VERIFIER = _ROSTER.verifier(HERON.id)
_NOTE = sign(a_report(), _ROSTER.archive, HERON.id, HERON.key)
SEEDS = [_NOTE.encode(), _NOTE.text.encode()]


def fuzz(data: bytes) -> None:
    """Read it as both; what is read has a verdict that can be told."""
    with suppress(ForeignDataError):
        read(data, _VERIFIER)
    text = data.decode("utf-8", "replace").rstrip("\n") + "\n"
    signature = HERON.key.sign(text.encode())
    key = note.key_id(_VERIFIER.name, _VERIFIER.public)
    signed = note.Note(text, (note.NoteSignature(_VERIFIER.name, key, signature),))
    report = read(signed.encode(), _VERIFIER)
    for finding in report.verdict().findings:
        describe(finding, SENTENCES)
