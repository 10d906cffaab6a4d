"""A SOCKS5 server on this machine: it resolves the names itself, as Tor does, and notes who asked.

with SocksServer({"authority.example": port}, {"device": "circuit"}) as server:
    server.setting                    # socks5h://device:circuit@127.0.0.1:PORT
    server.heard                      # [("authority.example", 80, "device")]
"""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Self

import pytest


def refuse_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail whoever asks for a name from now on; a number is no question."""
    real = socket.getaddrinfo

    def asked(host: Any, *rest: Any, **named: Any) -> Any:
        raise AssertionError(f"a resolver was asked for {host}")

    def only_numbers(host: Any, *rest: Any, **named: Any) -> Any:
        return real(host, *rest, **named) if host == "127.0.0.1" else asked(host)

    monkeypatch.setattr(socket, "getaddrinfo", only_numbers)
    for name in ("gethostbyname", "gethostbyname_ex"):
        monkeypatch.setattr(socket, name, asked)


class SocksServer(socketserver.ThreadingTCPServer):
    """Leads each name it knows to a port of this machine; refuses every other."""

    daemon_threads = True

    def __init__(self, places: Mapping[str, int], people: Mapping[str, str] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.places, self.people = places, people or {}
        self.heard: list[tuple[str, int, str]] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is nothing to report."""

    @property
    def setting(self) -> str:
        """How it is named in the settings."""
        who = next((f"{name}:{word}@" for name, word in self.people.items()), "")
        return f"socks5h://{who}127.0.0.1:{self.server_address[1]}"


class _Handler(socketserver.StreamRequestHandler):
    server: SocksServer

    def handle(self) -> None:
        version, count = self.rfile.read(2)
        offered = self.rfile.read(count)
        wanted = 2 if self.server.people else 0
        if version != 5 or wanted not in offered:
            self.wfile.write(b"\x05\xff")
            return
        self.wfile.write(bytes([5, wanted]))
        who = ""
        if wanted:
            self.rfile.read(1)
            who = self.rfile.read(self.rfile.read(1)[0]).decode()
            word = self.rfile.read(self.rfile.read(1)[0]).decode()
            known = self.server.people.get(who) == word
            self.wfile.write(b"\x01" + (b"\x00" if known else b"\x01"))
            if not known:
                return
        _, command, _, kind = self.rfile.read(4)
        if kind == 3:
            host = self.rfile.read(self.rfile.read(1)[0]).decode()
        else:
            family, size = (socket.AF_INET, 4) if kind == 1 else (socket.AF_INET6, 16)
            host = socket.inet_ntop(family, self.rfile.read(size))
        port = int.from_bytes(self.rfile.read(2), "big")
        self.server.heard.append((host, port, who))
        if command != 1 or host not in self.server.places:
            self.wfile.write(b"\x05\x04\x00\x01" + bytes(6))
            return
        with socket.create_connection(("127.0.0.1", self.server.places[host])) as far:
            self.wfile.write(b"\x05\x00\x00\x03\x04name\x00\x00")
            back = threading.Thread(target=_pump, args=(far, self.connection), daemon=True)
            back.start()
            _pump(self.connection, far)
            back.join(5)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
