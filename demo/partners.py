"""Two partners abroad, each with a witness of its own that answers on this machine.

    with Partners(world.root / "partners") as partners:
        partners.policy()                  # both of them must cosign
        partners.serve([vkey, …])          # the logs they watch over

Each is what a partner would run: a folder with a key and a memory, and a server on it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from unburnt.workflow import witness_serving

NAMES = ("berlin", "vilnius")


class Partners:
    """The two of them, answering until the `with` ends."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.vkeys = {
            name: witness_serving.new_witness(folder / name, f"{name}.example") for name in NAMES
        }
        self.urls: dict[str, str] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        for name in NAMES:
            self.urls[name] = self._open.enter_context(_answering(self.folder / name))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def serve(self, vkeys: Iterable[str]) -> None:
        """Let both watch over these logs, too."""
        lines = list(vkeys)
        for name in NAMES:
            witness_serving.add_logs(self.folder / name, lines)

    def policy(self) -> str:
        """Return a policy that asks for both."""
        lines = [f"witness {name} {self.vkeys[name]} {self.urls[name]}\n" for name in NAMES]
        return "".join(lines) + f"group both all {' '.join(NAMES)}\nquorum both\n"


@contextmanager
def _answering(folder: Path) -> Iterator[str]:
    with witness_serving.opened(folder, port=0) as server:
        thread = threading.Thread(target=server.serve, daemon=True)
        thread.start()
        host, port = server.address
        yield f"http://{host}:{port}"
        server.close()
        thread.join(5)
