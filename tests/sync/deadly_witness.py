"""A witness over a disk that counts its changes and kills the process at one of them.

    python -m tests.sync.deadly_witness FOLDER 7 half      prints its port, and serves

It imports the server alone: it is started once for every change.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import apsw

from unburnt.sync.witness_server import WitnessServer
from unburnt.sync.witness_store import WitnessStore


class Deadly(apsw.VFS):
    """A disk that kills its process at the n-th change: "before", "half" way, or "after" it."""

    def __init__(self, moment: int, how: str) -> None:
        self.left, self.how = moment, how
        super().__init__("deadly", "unix", makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> DeadlyFile:
        """Open a file of this disk."""
        return DeadlyFile(self, name, flags)

    def xDelete(self, name: str, sync: bool) -> None:
        """Delete a file: that of the journal is what commits."""
        self.step("before")
        super().xDelete(name, sync)
        self.done()

    def step(self, how: str) -> bool:
        """Count a change; die before it, or tell whether to die half way through it."""
        self.left -= 1
        if self.left == 0 and self.how == how:
            os.kill(os.getpid(), 9)
        return self.left == 0 and self.how == "half"

    def done(self) -> None:
        """Die after a change."""
        if self.left == 0:
            os.kill(os.getpid(), 9)


class DeadlyFile(apsw.VFSFile):
    """A file of that disk."""

    def __init__(self, disk: Deadly, name: Any, flags: list[int]) -> None:
        self.disk = disk
        super().__init__("unix", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        """Write, or die."""
        if self.disk.step("before"):
            super().xWrite(data[: len(data) // 2], offset)
            self.disk.done()
        super().xWrite(data, offset)
        self.disk.done()

    def xSync(self, flags: int) -> None:
        """Sync, or die."""
        self.disk.step("before")
        super().xSync(flags)
        self.disk.done()

    def xTruncate(self, size: int) -> None:
        """Cut, or die."""
        self.disk.step("before")
        super().xTruncate(size)
        self.disk.done()


def _main() -> None:
    disk = Deadly(int(sys.argv[2]), sys.argv[3])
    with WitnessStore.open(Path(sys.argv[1])) as store, WitnessServer(store, port=0) as server:
        print(server.address[1], flush=True)
        server.serve()
        del disk  # it had to live until here


if __name__ == "__main__":
    _main()
