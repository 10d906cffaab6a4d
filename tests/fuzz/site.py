"""A site whose keeper changed a file of it: it is checked, and taken from."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.world import World
from unburnt.storage.journal import Journal
from unburnt.storage.memory import MemoryBackend
from unburnt.storage.names import ARCHIVE
from unburnt.sync.check import check
from unburnt.sync.exchange import pull


def _site() -> tuple[str, dict[str, bytes]]:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), "fuzz")
        office = world.found("office", ["cases"])
        for words in ("They came at night.", "The door was broken."):
            world.say(office, "cases", words)
        world.add_site(office, "stick")
        world.sync(office, "stick")
        disk = world.disk("stick")
        return office.archive, {name: disk.get(name, 2**20) for name in disk.names("")}


_THE_ARCHIVE, _WHOLE = _site()
_NAMES = sorted(_WHOLE)
SEEDS = [bytes([number]) + _WHOLE[name] for number, name in enumerate(_NAMES)]


def fuzz(data: bytes) -> None:
    """Let the rest of the bytes be the file that the first names; nothing false is taken."""
    changed = _NAMES[data[0] % len(_NAMES)] if data else _NAMES[0]
    site, local = MemoryBackend(), MemoryBackend()
    for name, content in {**_WHOLE, changed: data[1:]}.items():
        site.put(name, content)
    found = check(site, _THE_ARCHIVE)
    same = data[1:] == _WHOLE[changed]
    assert changed == ARCHIVE or found.whole == same, (changed, found.problems)
    local.put(ARCHIVE, _WHOLE[ARCHIVE])
    pull(site, local, Journal(local, _THE_ARCHIVE))
    for name in set(local.names("")) - {ARCHIVE}:  # a text for people; its first line decides
        assert local.get(name, 2**20) == _WHOLE[name], name
