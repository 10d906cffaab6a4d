"""Paths in trees that others give: two readers of inclusion agree, and no forged one holds."""

from __future__ import annotations

from unburnt.crypto import merkle
from unburnt.publish import verify_proof

_LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(11)]
_TREES = [merkle.Tree.of(_LEAVES[:size]) for size in range(1, 12)]


def _spelled(index: int, size: int, path: list[bytes]) -> bytes:
    return b"%d %d " % (index, size) + b"".join(path)


SEEDS = [
    *(_spelled(n, t.size, t.inclusion_path(n)) for t in _TREES[4::3] for n in range(0, t.size, 3)),
    *(_spelled(old, 11, _TREES[-1].consistency_path(old)) for old in (1, 4, 7, 8, 11)),
]


def fuzz(data: bytes) -> None:
    """Read two numbers and a path; hold them against a tree that is known."""
    numbers = data.split(b" ", 2)
    if len(numbers) < 3 or not all(one.isdigit() and len(one) < 30 for one in numbers[:2]):
        return
    one, size, rest = int(numbers[0]), int(numbers[1]), numbers[2]
    path = [rest[at : at + 32] for at in range(0, len(rest), 32)][:80]
    new = _TREES[size - 1] if 0 < size <= len(_TREES) else _TREES[-1]
    leaf = _LEAVES[one % len(_LEAVES)]
    ours = merkle.verify_inclusion(leaf, one, size, path, new.root)
    try:
        climbed = verify_proof._climb(leaf, one, size, [step.hex() for step in path]) == new.root
    except ValueError:
        climbed = False
    assert ours == (climbed and all(len(step) == 32 for step in path))
    # A path does not prove the size beside it: that is signed, together with the root.
    assert not ours or size != new.size or path == new.inclusion_path(one)
    old = _TREES[one - 1] if 0 < one <= len(_TREES) else _TREES[0]
    continues = merkle.verify_consistency(one, size, old.root, new.root, path)
    assert not continues or size != new.size or path == new.consistency_path(one)
