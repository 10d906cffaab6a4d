"""Being a witness for others: a folder with a key and a memory, and a server on it.

    vkey = new_witness(Path("witness"), "witness.example/w1")
    add_logs(Path("witness"), ["unburnt/6f…/aicq…+eebba9b3+AQOh…"])
    with opened(Path("witness"), "127.0.0.1", 8490) as server: server.serve()

A witness has no part in any archive: it sees the size and root of a log, and when it grew. Its
folder is never restored from a backup, because an older memory can be made to contradict a newer
one: then a new witness is made.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from unburnt.sync.witness_server import LOOPBACK, PORT, WitnessServer
from unburnt.sync.witness_store import WitnessStore, found

__all__ = ["LOOPBACK", "PORT", "add_logs", "new_witness", "opened", "who"]


def new_witness(folder: Path, name: str) -> str:
    """Make a witness in a new folder; returns its vkey. UsageError when there is one already."""
    return found(folder, name, os.urandom)


def add_logs(folder: Path, vkeys: Sequence[str]) -> int:
    """Let the witness in a folder serve these logs too; returns how many are new."""
    with WitnessStore.open(folder) as store:
        return sum(store.add_log(vkey) for vkey in vkeys)


def who(folder: Path) -> tuple[str, list[str]]:
    """Return the vkey of the witness in a folder, and those of the logs it serves."""
    with WitnessStore.open(folder) as store:
        return store.vkey, store.logs()


@contextmanager
def opened(folder: Path, host: str = LOOPBACK, port: int = PORT) -> Iterator[WitnessServer]:
    """Open the witness in a folder and listen; port 0 takes a free one."""
    with WitnessStore.open(folder) as store, WitnessServer(store, host, port) as server:
        yield server
