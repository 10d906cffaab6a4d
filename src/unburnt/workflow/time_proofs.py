"""The time proofs a device holds: read, signed by who asked, about a checkpoint of its log.

    for name, proof in held(session): ...      # all of them; or those of one prefix
    heights(proof)                             # the blocks of Bitcoin it names

Damaged ones are left out here; `site check` names them. Never says what a proof is worth.
"""

from __future__ import annotations

from collections.abc import Iterator

from unburnt.core.errors import ForeignDataError, UnburntError
from unburnt.evidence import ots
from unburnt.model import time_proof
from unburnt.model.time_proof import OPENTIMESTAMPS, TimeProof
from unburnt.sync.copying import small_file
from unburnt.workflow.session import Session


def held(session: Session, prefix: str = "times/") -> Iterator[tuple[str, TimeProof]]:
    """Yield the time proofs here that are what they say; damaged ones are for `site check`."""
    for name in session.backend.names(prefix):
        data = small_file(session.backend, name, time_proof.MAX_FILE)
        if data is None or time_proof.digest(data) != name[-64:]:
            continue
        try:
            yield name, time_proof.read(data, session.roster.verifier)
        except UnburntError:
            continue


def heights(proof: TimeProof) -> list[int]:
    """Return the heights of the blocks that an OpenTimestamps proof names."""
    if proof.kind != OPENTIMESTAMPS:
        return []
    try:
        return [int(one.value) for one in ots.read(proof.reply).of_kind(ots.BITCOIN)]
    except ForeignDataError:
        return []
