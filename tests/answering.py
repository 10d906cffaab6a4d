"""A server on this machine that says the same bytes to whoever comes, and hangs up.

server = Answering()
server.said = b"HTTP/1.1 200 OK\r\n\r\n"
server.port
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

_PATIENCE = 2.0


class Answering:
    """Answers one caller after another with `said`, whatever they ask."""

    def __init__(self) -> None:
        self.said = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection, suppress(OSError):
                connection.settimeout(_PATIENCE)
                connection.sendall(self.said)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65_536):
                    pass
