"""The gate: the only way out that the browser has, a SOCKS5 and HTTP proxy on this machine.

    with Gate(places, Limits(), upstream=None) as gate:
        chromium --proxy-server=socks5://127.0.0.1:{gate.port} --proxy-bypass-list=<-loopback>
        gate.announce("https://example.org/page")     before the browser may connect there
    gate.refused                                      [("10.0.0.7", 80, "private"), …]

Every connection, also after a redirect, of a frame or a web socket, comes here with the name of its
host. It is let through when the page announced it, its address is public (`urls.Places`), and
nothing exceeds the limits. What the browser wants for itself is never announced, hence refused.
For an extractor (`announced=False`) nothing is announced, and it asks in HTTP.
TLS runs through unopened: the gate sees names, ports and sizes, and keeps nothing else.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from unburnt.core.errors import UsageError
from unburnt.evidence.capture import http_door
from unburnt.evidence.capture.http_door import Asked
from unburnt.evidence.capture.urls import Places, check_host, host_of
from unburnt.storage import proxy
from unburnt.storage.proxy import Proxy

_CHUNK = 65_536
_CONNECT = 15.0  # seconds until a connection must stand
_ANNOUNCEMENT = 2.0  # seconds the driver may take to tell us of a request that the browser makes
_UNASKED = "not asked for by the page"
_OK, _FORBIDDEN, _UNREACHABLE = 0, 2, 4  # RFC 1928, section 6

Connect = Callable[[tuple[str, int], float], socket.socket]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one capture may use; each has its reason in docs/spec/capture.md, "Limits"."""

    seconds: float = 90.0
    load_seconds: float = 30.0
    download: int = 256 * 2**20  # bytes over the wire
    kept: int = 256 * 2**20  # bytes of bodies
    requests: int = 2000
    connections: int = 256  # at one time
    height: int = 16_384  # pixels of the picture
    scrolls: int = 12


class Gate:
    """A running gate; a context manager. Threads end with it."""

    def __init__(
        self,
        places: Places,
        limits: Limits,
        upstream: Proxy | None = None,
        connect: Connect = socket.create_connection,
        announced: bool = True,
    ) -> None:
        self._places, self._limits, self._upstream = places, limits, upstream
        self._connect = connect
        self._is_announced = announced
        self._announced: set[str] = set()
        self._waiting: list[tuple[str, int]] = []
        self._news = threading.Condition()
        self._open: set[socket.socket] = set()
        self._closed = False
        self.received = 0
        self.too_much = False
        self.refused: list[tuple[str, int, str]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._news:
            self._closed = True
            self._news.notify_all()
            left = [self._listener, *self._open]
        for one in left:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def announce(self, url: str) -> None:
        """Let the browser connect to the host of a request that the page makes."""
        try:
            host = host_of(url)
        except UsageError:
            return  # data:, blob: and the like need no connection
        with self._news:
            self._announced.add(host)
            self._news.notify_all()

    def refusals(self) -> list[tuple[str, int, str]]:
        """Return what was refused, with what waits in vain for its announcement now."""
        with self._news:
            waiting = [(host, port, _UNASKED) for host, port in self._waiting]
            return list(dict.fromkeys([*self.refused, *waiting]))

    def _listen(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if len(self._open) >= 2 * self._limits.connections:
                client.close()
                continue
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._news:
            self._open.add(client)
        far: socket.socket | None = None
        try:
            client.settimeout(_CONNECT)
            asked = read_asked(client, time.monotonic() + _CONNECT)
            address, why = self._judge(asked.host, asked.port)
            if why:
                self.refused.append((asked.host, asked.port, why))
                client.sendall(asked.forbidden)
                return
            try:
                far = self._reach(address, asked.port)
            except (OSError, ValueError):
                client.sendall(asked.unreachable)
                return
            client.sendall(asked.granted)
            far.sendall(asked.begun)
            self._pass(client, far)
        except (OSError, ValueError):
            return
        finally:
            self._let_go(client, far)

    def _judge(self, host: str, port: int) -> tuple[str, str]:
        try:
            name = check_host(host)
        except UsageError:
            return "", "malformed"
        if not self._is_announced:
            return self._places.find(name, port)
        with self._news:
            self._waiting.append((host, port))
            self._news.wait_for(lambda: name in self._announced or self._closed, _ANNOUNCEMENT)
            self._waiting.remove((host, port))
            asked = name in self._announced and not self._closed
        if not asked:
            return "", _UNASKED
        return self._places.find(name, port)

    def _reach(self, address: str, port: int) -> socket.socket:
        if self._upstream is None:
            return self._connect((address, port), _CONNECT)
        return proxy.connect(self._upstream, address, port, _CONNECT)

    def _pass(self, client: socket.socket, far: socket.socket) -> None:
        with self._news:
            self._open.add(far)
        for one in (client, far):
            one.settimeout(self._limits.seconds)
        other = threading.Thread(target=self._pump, args=(client, far, False), daemon=True)
        other.start()
        self._pump(far, client, True)
        other.join(_CONNECT)

    def _pump(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                if counted and not self._count(len(data)):
                    break
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _count(self, size: int) -> bool:
        with self._news:
            self.received += size
            if self.received > self._limits.download:
                self.too_much = True
            return not self.too_much

    def _let_go(self, *sockets: socket.socket | None) -> None:
        for one in sockets:
            if one is not None:
                one.close()
        with self._news:
            self._open.difference_update(one for one in sockets if one is not None)


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host as the system's resolver names them; OSError when none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def read_asked(client: socket.socket, until: float) -> Asked:
    """Return what a client asks for: SOCKS5 begins with a byte that no line of HTTP has.

    Raises ValueError for what is neither, OSError for a line that breaks.
    """
    first = _exactly(client, 1)
    if first != b"\x05":
        return http_door.read(client, first, until)
    host, port = _greet(client)
    return Asked(host, port, _answer(_OK), _answer(_FORBIDDEN), _answer(_UNREACHABLE))


# --- SOCKS5, RFC 1928 --------------------------------------------------------------------------


def _greet(client: socket.socket) -> tuple[str, int]:
    """Return the host and port that a client asks to be connected with."""
    _exactly(client, _exactly(client, 1)[0])
    client.sendall(b"\x05\x00")
    version, command, _, kind = _exactly(client, 4)
    if version != 5 or command != 1:
        raise ValueError("not CONNECT")
    if kind == 1:
        host = socket.inet_ntop(socket.AF_INET, _exactly(client, 4))
    elif kind == 4:
        host = socket.inet_ntop(socket.AF_INET6, _exactly(client, 16))
    else:
        host = _exactly(client, _exactly(client, 1)[0]).decode("ascii")
    return host, struct.unpack(">H", _exactly(client, 2))[0]


def _exactly(source: socket.socket, size: int) -> bytes:
    data = b""
    deadline = time.monotonic() + _CONNECT
    while len(data) < size:
        part = source.recv(size - len(data))
        if not part or time.monotonic() > deadline:
            raise ValueError("cut short")
        data += part
    return data


def _answer(status: int) -> bytes:
    return bytes([5, status, 0, 1]) + b"\0" * 6
