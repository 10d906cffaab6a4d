"""Whatever comes over a line to a witness at work: it answers in HTTP, and goes on."""

from __future__ import annotations

import json
import socket
import tempfile
import threading
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path

from unburnt.sync.witness_server import WitnessServer
from unburnt.sync.witness_store import WitnessStore, found

_VECTORS = Path(__file__).parents[1] / "vectors" / "witness" / "add-checkpoint.json"
_FROZEN = json.loads(_VECTORS.read_text(encoding="utf-8"))


def _post(body: str) -> bytes:
    head = f"POST /add-checkpoint HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body.encode())}"
    return f"{head}\r\n\r\n{body}".encode()


SEEDS = [
    *(_post(case["request"]) for case in _FROZEN["cases"][:6]),
    b"GET /" + b"0" * 64 + b"/checkpoint HTTP/1.0\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
]
_PLACE = ExitStack()  # closed when the program ends


@cache
def _address() -> tuple[str, int]:
    folder = Path(_PLACE.enter_context(tempfile.TemporaryDirectory())) / "w"
    found(folder, "witness.example/fuzz", lambda size: b"r" * size)
    store = _PLACE.enter_context(WitnessStore.open(folder))
    store.add_log(_FROZEN["log"])
    server = _PLACE.enter_context(WitnessServer(store, port=0, clock=lambda: _FROZEN["now"]))
    threading.Thread(target=server.serve, daemon=True).start()
    return server.address


def fuzz(data: bytes) -> None:
    """Say it, and hear the whole answer."""
    answer = b""
    with socket.create_connection(_address(), timeout=4) as line:
        with suppress(OSError):  # it may hang up before it has heard all
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            while piece := line.recv(65_536):
                answer += piece
    assert answer.startswith(b"HTTP/1.1 "), answer
