"""The commands of the book, each loaded when it is asked for, so that `unburnt health` starts fast.

    shelf = Shelf(PLACES)
    list(shelf)                    # every name, nothing loaded
    shelf["health"]                # loads `cli.health`, which puts its command on the shelf

All modules together take half a second to load, and hardly a command needs more than one of them.
A page that lists all commands loads them all: what it says of each stands there alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module

import click

# Name of a command -> the module of `cli` that makes it, in the order in which a group comes to
# need them. Where two modules make a family together, the one that imports the other.
PLACES: Mapping[str, str] = {
    "found": "founding",
    "device": "policy",
    "join": "founding",
    "member": "people",
    "access": "people",
    "compartment": "withdrawing",
    "roster": "people",
    "policy": "policy",
    "approve": "policy",
    "rotate": "people",
    "trustees": "trustees",
    "share": "trustees",
    "record": "records",
    "say": "records",
    "retract": "records",
    "take": "take",
    "capture": "capture",
    "watch": "capture",
    "extractor": "extractors",
    "examine": "examine",
    "facts": "examine",
    "near-duplicates": "examine",
    "messages": "messages",
    "threat": "messages",
    "import": "tables",
    "evidence": "records",
    "custody": "custody",
    "show": "reading",
    "chronology": "reading",
    "find": "reading",
    "prove": "proving",
    "check-proof": "proving",
    "pack": "packing",
    "check-pack": "packing",
    "site": "sites",
    "sync": "sites",
    "send": "sites",
    "receive": "sites",
    "card": "head_card",
    "witness": "witness",
    "health": "health",
    "verify": "survive",
    "inspect": "keyless",
    "rebuild": "survive",
    "digest": "survive",
    "time": "timestamps",
    "exposure": "danger",
    "revoke": "danger",
    "withdraw": "withdrawing",
    "drill": "survive",
    "recover": "survive",
    "version": "version",
}


class Shelf(MutableMapping[str, click.Command]):
    """A mapping of every name to its command; looking one up loads the module that makes it."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._made: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        """Return a command; KeyError for a name that is not on the shelf."""
        if name in self._places:
            # The one import that is not at the top of a module: being late is what it is for.
            import_module(f"unburnt.cli.{self._places[name]}")
        return self._made[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        """Put a command there; one without a place would never be loaded, so it is refused."""
        if name not in self._places:
            raise LookupError(f"{name} has no place: name its module in cli/shelf.py")
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        """Take a command away."""
        del self._made[name]

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such a command, without loading it."""
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        """Yield every name in the order of the book."""
        return iter(self._places)

    def __len__(self) -> int:
        """Return how many commands there are."""
        return len(self._places)
