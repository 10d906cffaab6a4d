"""The Merkle tree of RFC 6962: one root commits to a list, short paths prove a place in it.

    root([leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")])

           root                 node = SHA-256(0x01 ‖ left ‖ right)
          /    \\               leaf = SHA-256(0x00 ‖ data)
        n01     c               an odd one out rises to the next level unchanged,
       /   \\                   which gives RFC 6962's split at the largest power of two
      a     b

Everything here works on leaf *hashes*; call `leaf_hash` on the data once. Paths run from the leaf
upwards. Never judges who signed a root, and never takes a value that is not 32 bytes long.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from unburnt.core.errors import ForeignDataError, UsageError

SIZE = 32
"""Length of every hash in the tree, in bytes."""

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of no leaves (RFC 6962 section 2.1)."""


def leaf_hash(data: bytes) -> bytes:
    """Return SHA-256(0x00 ‖ data), 32 bytes (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 ‖ left ‖ right), 32 bytes (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the tree's root, 32 bytes; `EMPTY_ROOT` for no leaves; UsageError for other lengths.

    A million leaves take about a second.
    """
    _check_lengths(leaf_hashes)
    level = leaf_hashes
    while len(level) > 1:
        level = _parents(level)
    return level[0] if level else EMPTY_ROOT


def inclusion_path(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return the hashes that lead from leaf `index` (from 0) to the root, nearest first.

    RFC 6962 section 2.1.1; UsageError when there is no such leaf. For many paths of one tree make
    a `Tree` once.
    """
    return Tree.of(leaf_hashes).inclusion_path(index)


def consistency_path(leaf_hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the hashes that prove the first `old_size` leaves are a prefix of all of them.

    RFC 6962 section 2.1.2; empty when the sizes are equal; UsageError outside 1..len(leaf_hashes):
    any tree continues the empty one, so there is nothing to prove.
    """
    return Tree.of(leaf_hashes).consistency_path(old_size)


@dataclass(frozen=True)
class Tree:
    """Every level of one tree, leaves first, for taking many paths: `Tree.of(leaf_hashes)`."""

    levels: tuple[tuple[bytes, ...], ...]

    @classmethod
    def of(cls, leaf_hashes: Sequence[bytes]) -> Tree:
        """Hash a list of 32-byte leaf hashes upwards; UsageError for other lengths."""
        _check_lengths(leaf_hashes)
        levels = [tuple(leaf_hashes)]
        while len(levels[-1]) > 1:
            levels.append(tuple(_parents(levels[-1])))
        return cls(tuple(levels))

    @property
    def size(self) -> int:
        """The number of leaves."""
        return len(self.levels[0])

    @property
    def root(self) -> bytes:
        """The root, 32 bytes."""
        return self.levels[-1][0] if self.size else EMPTY_ROOT

    def inclusion_path(self, index: int) -> list[bytes]:
        """As the function of the same name."""
        if not 0 <= index < self.size:
            raise UsageError("The tree has no leaf at this place.", "Name a leaf inside the tree.")
        return self._siblings(0, index)

    def consistency_path(self, old_size: int) -> list[bytes]:
        """As the function of the same name."""
        if not 1 <= old_size <= self.size:
            raise UsageError(
                "A consistency path leads from 1 or more leaves to at least as many.",
                "Name an earlier size of this tree.",
            )
        if old_size == self.size:
            return []
        # The last subtree of the old tree that is complete in the new one: climb while it is a
        # right child. Where the old tree is that very subtree, its root is known to the verifier.
        depth, index = 0, old_size - 1
        while index & 1:
            depth, index = depth + 1, index >> 1
        seed = [self.levels[depth][index]] if index else []
        return seed + self._siblings(depth, index)

    def _siblings(self, depth: int, index: int) -> list[bytes]:
        path = []
        for level in self.levels[depth:]:
            if index ^ 1 < len(level):
                path.append(level[index ^ 1])
            index >>= 1
        return path


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Tell whether `path` leads from leaf hash `leaf` at `index` to the root of `size` leaves.

    RFC 9162 section 2.1.3.2. False for anything malformed; never raises.
    """
    if not 0 <= index < size or not _all_hashes((leaf, *path)):
        return False
    node, last, computed = index, size - 1, leaf
    for sibling in path:
        if last == 0:  # (1) the path is longer than the tree is high
            return False
        if node & 1 or node == last:
            computed = node_hash(sibling, computed)
            while not node & 1 and node:  # (2) levels where the last node rose unchanged
                node, last = node >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and computed == root  # (3) not shorter either, and the root is the same


def verify_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Tell whether the tree of `new_size` leaves begins with the tree of `old_size` leaves.

    RFC 9162 section 2.1.4.2. False for anything malformed, and always for `old_size` 0, where
    there is nothing to compare: who meets a log for the first time decides that openly.
    """
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not path and old_root == new_root
    if not path or not _all_hashes((old_root, new_root, *path)):
        return False
    hashes = list(path)
    if old_size & (old_size - 1) == 0:  # (1) the old tree is one complete subtree of the new one
        hashes.insert(0, old_root)
    node, last = old_size - 1, new_size - 1
    while node & 1:  # (2) climb to the last subtree both trees share
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:  # (3) the path is longer than the tree is high
            return False
        if node & 1 or node == last:  # (4) what lies left belongs to both trees
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:  # (5) what lies right belongs to the new one only
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


@dataclass(frozen=True)
class Frontier:
    """The right edge of a tree: enough to append and to know the root, without the leaves.

    `Frontier()` is empty. `peaks` are the roots of the complete subtrees, largest first, one for
    each 1 in the binary `size`: 11 leaves = 8 + 2 + 1 have three.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count() or not _all_hashes(self.peaks):
            raise ForeignDataError(
                "The right edge of a tree does not fit its size.", "Build it again from the leaves."
            )

    def append(self, leaf_hash: bytes) -> Frontier:
        """Return the edge with one more leaf; O(log size)."""
        peaks, size, node = self.peaks, self.size, leaf_hash
        while size & 1:  # two complete subtrees of one height become one
            node = node_hash(peaks[-1], node)
            peaks, size = peaks[:-1], size >> 1
        return Frontier(self.size + 1, (*peaks, node))

    def root(self) -> bytes:
        """Return the root of all leaves appended so far, 32 bytes."""
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = node_hash(peak, node)
        return node


def _parents(level: Sequence[bytes]) -> list[bytes]:
    # One list comprehension over the hash itself: a call of node_hash each would double the time.
    sha256 = hashlib.sha256
    pairs = zip(level[::2], level[1::2], strict=False)
    above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    if len(level) & 1:
        above.append(level[-1])
    return above


def _all_hashes(values: Sequence[bytes]) -> bool:
    return all(len(value) == SIZE for value in values)


def _check_lengths(leaf_hashes: Sequence[bytes]) -> None:
    # A leaf of another length could make two different trees give one root.
    if not _all_hashes(leaf_hashes):
        raise UsageError("A tree is made of 32-byte leaf hashes.", "Call leaf_hash on the data.")
