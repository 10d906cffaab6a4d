"""A time proof as it lies on a site."""

from __future__ import annotations

from tests.model.test_time_proof import GOOD, checkpoint, verifier
from unburnt.model import time_proof

SEEDS = [GOOD, checkpoint()]


def fuzz(data: bytes) -> None:
    """Read it; whatever is read is written alike."""
    proof = time_proof.read(data, verifier)
    assert proof.text().encode() in data
