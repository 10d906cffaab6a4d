"""Proofs of statements: both verifiers are given whatever bytes, and must agree."""

from __future__ import annotations

from tests.publish.proof_cases import BAD, GOOD
from unburnt.core.errors import UnburntError
from unburnt.publish import proof
from unburnt.publish.verify_proof import Check, trusted

SEEDS: list[bytes] = [GOOD, *(case.data for case in BAD.values() if len(case.data) < 10_000)]
_NOTHING = trusted("", "", (), None, ())


def fuzz(data: bytes) -> None:
    """Let only ForeignDataError out, and only where the stranger's verifier refuses as well."""
    refused = Check(data, _NOTHING).run() == "REFUSED"
    try:
        proof.verify(proof.parse(data))
    except UnburntError:
        if not refused:
            raise AssertionError("the verifiers disagree") from None
        raise
    if refused:
        raise AssertionError("the verifiers disagree")
