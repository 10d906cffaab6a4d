"""Which entities are said to be the same: classes of a relation that grows pair by pair.

    kin = Kin()
    kin.join("a", "b"); kin.join("b", "c")
    list(kin.groups(["a", "c", "d"]))      [frozenset({"a", "c"}), frozenset({"d"})]

A union-find forest (Galler and Fischer 1964) with path halving. Never decides who is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class Kin:
    """Classes of entities; whoever was never joined stands alone."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def join(self, one: str, other: str) -> None:
        """Put the classes of two entities together."""
        self._parent[self.head(one)] = self.head(other)

    def head(self, entity: str) -> str:
        """Return the entity that stands for a class until the next `join`."""
        parent = self._parent
        while parent.get(entity, entity) != entity:
            parent[entity] = parent.get(parent[entity], parent[entity])
            entity = parent[entity]
        return entity

    def groups(self, entities: Iterable[str]) -> Iterator[frozenset[str]]:
        """Yield these entities, class by class."""
        classes: dict[str, set[str]] = {}
        for entity in entities:
            classes.setdefault(self.head(entity), set()).add(entity)
        return map(frozenset, classes.values())
