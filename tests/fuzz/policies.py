"""Policies of witnesses, and keys: ours and the stranger's reader must agree, quorum and all."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

from tests.publish.proof_scene import Scene
from unburnt.core.errors import ForeignDataError
from unburnt.crypto.policy import Policy, parse_policy
from unburnt.publish import verify_proof

_VECTORS = Path(__file__).parents[1] / "vectors" / "witness" / "policy.json"
_FROZEN = json.loads(_VECTORS.read_text(encoding="utf-8"))
SEEDS = [Scene().policy().encode(), _FROZEN["policy"].encode(), b"quorum none\n# no more\n"]


def fuzz(data: bytes) -> None:
    """Read it twice: the same names and keys, and the same witnesses are enough."""
    data = data.removesuffix(b"\n") + b"\n"  # the stranger's reader does not insist on the last one
    try:
        ours = parse_policy(data)
    except ForeignDataError:
        ours = None
    try:
        theirs = verify_proof._read_policy(data.decode("utf-8"))
    except ValueError:
        theirs = None
    assert (ours is None) == (theirs is None), (ours, theirs)
    if ours is None or theirs is None:
        return
    assert {(log.verifier.name, log.verifier.public) for log in ours.logs} == theirs["logs"]
    named = [(w.name, w.verifier.name, w.verifier.public) for w in ours.witnesses]
    assert named == theirs["witnesses"]
    names = [witness.name for witness in ours.witnesses][:6]
    for seen in itertools.product((False, True), repeat=len(names)):
        known = {name: 1 for name, has in zip(names, seen, strict=True) if has}
        enough = verify_proof._has_seen(theirs["quorum"], theirs, known)
        assert ours.quorum == "none" or enough == _enough(ours, known)


def _enough(policy: Policy, known: dict[str, int]) -> bool:
    reached = set(known)
    for group in policy.groups:
        if len(reached & set(group.members)) >= group.threshold:
            reached.add(group.name)
    return policy.quorum in reached
