"""A witness at work: it answers over HTTP what its memory allows, and nothing before it is durable.

    with WitnessServer(store, "127.0.0.1", 8490) as server:
        server.address                 ("127.0.0.1", 8490)
        server.serve()                 until another thread or a signal closes it

One request a connection, a bounded number of connections, and a deadline for each: whoever is slow
is cut off, and goes first when somebody else comes (`witness_room`). It never speaks TLS (a proxy
in front does), asks nobody anything, and writes no line about who asked. Specification:
docs/spec/witness.md.
"""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from unburnt.core.errors import ForeignDataError, MediumError, UnburntError
from unburnt.crypto.witness import PLAIN, Reply, answer, cosignature, parse_request, refusal
from unburnt.sync.witness_http import (
    ADD,
    END,
    HEAD_LIMIT,
    Head,
    origin_in,
    read_head,
    refused,
    render,
)
from unburnt.sync.witness_room import Room
from unburnt.sync.witness_store import WitnessStore

LOOPBACK = "127.0.0.1"
PORT = 8490
CONNECTIONS = 32  # at a time; who has not asked yet makes way for who comes
EACH = 8  # of them silent ones of one address
DEADLINE = 15.0  # seconds for a whole request
HEAD_DEADLINE = 5.0  # seconds of them for its head
_QUEUE = 64
_PIECE = 64 * 1024
_ROUNDS = 16  # others who came first; each of them made the log grow

Clock = Callable[[], float]


def handle(store: WitnessStore, head: Head, body: bytes, clock: Clock = time.time) -> Reply:
    """Return the answer to one request; a cosignature only after its state is durable."""
    no = refused(head)
    if no is not None:
        return no
    try:
        return add_checkpoint(store, body, clock) if head.path == ADD else _newest(store, head.path)
    except ForeignDataError as error:
        return Reply(400, f"{error.message}\n".encode())
    except UnburntError:
        return Reply(503, b"The memory of this witness cannot be used now.\n")


def add_checkpoint(store: WitnessStore, body: bytes, clock: Clock) -> Reply:
    """Cosign a checkpoint, or say why not; ForeignDataError for a malformed request.

    1. judge the request by what is known; 2. sign; 3. compare and set, durably; 4. answer. Who
    loses the race in step 3 is judged again by the state that won.
    """
    request = parse_request(body)
    origin = request.checkpoint.origin
    for _ in range(_ROUNDS):
        log, seen = store.log(origin), store.seen(origin)
        no = refusal(request, log, seen)
        if no is not None or log is None:
            return no or Reply(404, b"")
        after = cosignature(request, log, store.name, store.key, int(clock()), seen)
        if store.advance(origin, seen, after):
            return answer(after)
    return Reply(503, b"Too many ask at once.\n")


def _newest(store: WitnessStore, path: str) -> Reply:
    found = store.newest(origin_in(path) or "")
    return Reply(404, b"Nothing of this log was seen.\n") if found is None else Reply(200, found)


class WitnessServer:
    """Sockets and threads around `handle`; bound when made, a context manager."""

    def __init__(
        self,
        store: WitnessStore,
        host: str = LOOPBACK,
        port: int = PORT,
        clock: Clock = time.time,
        deadline: float = DEADLINE,
    ) -> None:
        self._store = store
        self._clock = clock
        self._deadline = deadline
        self._room = Room(CONNECTIONS, EACH)
        self._news = threading.Condition()
        self._lines: dict[int, socket.socket] = {}
        self._callers = itertools.count()
        self._closed = threading.Event()
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._socket = socket.create_server((host, port), family=family, backlog=_QUEUE)
        except (OSError, OverflowError) as error:
            raise MediumError(
                "This address and port cannot be listened on.", "Choose another with --port."
            ) from error

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens: host and port."""
        host, port = self._socket.getsockname()[:2]
        return str(host), int(port)

    def __enter__(self) -> WitnessServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening; what is being answered is finished by its own thread."""
        self._closed.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def serve(self) -> None:
        """Answer until closed."""
        while not self._closed.is_set():
            with self._news:
                self._news.wait_for(lambda: self._room.is_open or self._closed.is_set(), 1.0)
                if not self._room.is_open:
                    continue
            try:
                connection, address = self._socket.accept()
            except OSError:  # closed, or the other side has gone already
                self._closed.wait(0.01)
                continue
            caller = next(self._callers)
            self._let_in(caller, connection, str(address[0]))
            threading.Thread(target=self._converse, args=(caller, connection), daemon=True).start()

    def _let_in(self, caller: int, connection: socket.socket, address: str) -> None:
        with self._news:
            gone = self._room.enter(caller, address)
            self._lines[caller] = connection
            if gone is not None:  # its own thread notices, and closes it
                with suppress(OSError):
                    self._lines[gone].shutdown(socket.SHUT_RDWR)

    def _converse(self, caller: int, connection: socket.socket) -> None:
        try:
            with suppress(OSError):
                until = time.monotonic() + self._deadline
                connection.sendall(render(self._reply(caller, connection, until)))
                connection.shutdown(socket.SHUT_WR)
                _drain(connection, until)
        finally:
            with self._news:
                self._room.leave(caller)
                del self._lines[caller]
                connection.close()
                self._news.notify_all()

    def _reply(self, caller: int, connection: socket.socket, until: float) -> Reply:
        try:
            in_time = min(until, time.monotonic() + HEAD_DEADLINE)
            head, rest = _until_end(connection, in_time)
            asked = read_head(head)
            no = refused(asked)
            if no is not None:
                return no
            body = _exactly(connection, rest, asked.length or 0, until)
        except TimeoutError:
            return Reply(408, b"Too slow.\n", PLAIN)
        except ForeignDataError as error:
            return Reply(400, f"{error.message}\n".encode())
        with self._news:
            self._room.heard(caller)
        return handle(self._store, asked, body, self._clock)


def _until_end(connection: socket.socket, until: float) -> tuple[bytes, bytes]:
    """Read up to the empty line; return what stands before it and what came after it already."""
    data = b""
    while END not in data:
        if len(data) > HEAD_LIMIT:
            raise _cut()
        data += _piece(connection, until)
    head, _, rest = data.partition(END)
    return head, rest


def _exactly(connection: socket.socket, begun: bytes, length: int, until: float) -> bytes:
    data = begun
    while len(data) < length:
        data += _piece(connection, until)
    if len(data) > length:
        raise _cut()
    return data


def _piece(connection: socket.socket, until: float) -> bytes:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.settimeout(left)
    piece = connection.recv(_PIECE)
    if not piece:
        raise _cut()
    return piece


def _drain(connection: socket.socket, until: float) -> None:
    """Take what is still coming, a little: else the answer may be lost with the connection."""
    with suppress(TimeoutError, ForeignDataError):
        for _ in range(8):
            _piece(connection, min(until, time.monotonic() + 0.2))


def _cut() -> ForeignDataError:
    return ForeignDataError("A request is too long or was cut short.", "Ask in HTTP/1.1.")
