"""Nothing leaves through the gate but what the page asked for, to the place it may go."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from unburnt.evidence.capture import gate as gates
from unburnt.evidence.capture.gate import Gate, Limits
from unburnt.evidence.capture.urls import Places
from unburnt.storage.proxy import Proxy


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "_ANNOUNCEMENT", 0.05)


@pytest.fixture
def far() -> Iterator[tuple[str, int]]:
    """A server that answers each connection with many bytes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                client.recv(10)
                client.sendall(b"answer" * 1000)

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def connect(gate: Gate, host: str, port: int) -> tuple[int, socket.socket]:
    """Ask the gate for a connection as Chromium does; returns its answer."""
    client = socket.create_connection(("127.0.0.1", gate.port), 5)
    client.sendall(b"\x05\x01\x00")
    assert client.recv(2) == b"\x05\x00"
    name = host.encode()
    client.sendall(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + struct.pack(">H", port))
    return client.recv(10)[1], client


def everything(client: socket.socket) -> bytes:
    client.sendall(b"question")
    parts = []
    while part := client.recv(65536):
        parts.append(part)
    return b"".join(parts)


def here(*allowed: str) -> Places:
    return Places(lambda host, port: ["127.0.0.1"], frozenset(allowed))


def test_what_the_page_asked_for_passes(far: tuple[str, int]) -> None:
    with Gate(here("page.example"), Limits()) as gate:
        gate.announce(f"http://page.example:{far[1]}/a")
        status, client = connect(gate, "page.example", far[1])
        with client:
            assert (status, everything(client)) == (0, b"answer" * 1000)
        assert (gate.received, gate.refused) == (6000, [])


REFUSED = {
    "what nobody asked for": ("page.example", "http://other.example/", "not asked for by the page"),
    "a private address": ("10.1.2.3", "http://10.1.2.3/", "private"),
    "a name that leads inside": ("inner.example", "http://inner.example/", "this machine"),
    "a web socket inside": ("192.168.1.1", "ws://192.168.1.1/", "private"),
    "a malformed name": ("a b", "http://page.example/", "malformed"),
}


@pytest.mark.parametrize(("host", "asked", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_the_gate_stays_closed(host: str, asked: str, why: str) -> None:
    with Gate(here("page.example"), Limits()) as gate:
        gate.announce(asked)
        status, client = connect(gate, host, 80)
        client.close()
        assert (status, gate.refused) == (2, [(host, 80, why)])


def test_a_gate_that_closes_asks_for_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for its announcement when the capture ends is not let out after all."""
    monkeypatch.setattr(gates, "_ANNOUNCEMENT", 5.0)
    asked: list[str] = []

    def note(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["8.8.8.8"]

    with Gate(Places(note), Limits()) as gate:
        client = socket.create_connection(("127.0.0.1", gate.port), 5)
        client.sendall(b"\x05\x01\x00\x05\x01\x00\x03\x05a.com\x00\x50")
        client.recv(2)
    client.settimeout(5)
    with client, contextlib.suppress(ConnectionResetError):
        assert client.recv(10) in (b"", b"\x05\x02\x00\x01\0\0\0\0\0\0")
    assert asked == []


def test_a_request_announced_a_moment_later_passes(
    far: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gates, "_ANNOUNCEMENT", 5.0)
    with Gate(here("page.example"), Limits()) as gate:
        late = threading.Timer(0.05, gate.announce, ["https://page.example/"])
        late.start()
        status, client = connect(gate, "page.example", far[1])
        client.close()
        late.join()
        assert status == 0


def test_more_bytes_than_allowed_end_every_connection(far: tuple[str, int]) -> None:
    with Gate(here("page.example"), Limits(download=100)) as gate:
        gate.announce("http://page.example/")
        _, client = connect(gate, "page.example", far[1])
        with client:
            assert len(everything(client)) <= 100
        assert gate.too_much


def test_a_proxy_is_given_the_name(far: tuple[str, int]) -> None:
    """The second gate plays the proxy; no name is resolved by the first."""
    with Gate(here("page.example"), Limits()) as proxy:
        proxy.announce("http://page.example/")
        with Gate(Places(None), Limits(), Proxy(True, "127.0.0.1", proxy.port)) as gate:
            gate.announce("http://page.example/")
            status, client = connect(gate, "page.example", far[1])
            with client:
                assert (status, everything(client)) == (0, b"answer" * 1000)
            gate.announce("http://other.example/")
            status, client = connect(gate, "other.example", far[1])
            client.close()
            assert status == 4
            assert proxy.refused == [("other.example", far[1], "not asked for by the page")]


@pytest.mark.parametrize(
    "words",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"CONNECT page.example:65536 HTTP/1.1\r\n\r\n",
        b"\x04\x01",
        b"\x05\x00",
        b"\x05\x01\x00\x05\x02\x00\x01",
    ],
)
def test_what_is_no_request_ends_the_connection(words: bytes) -> None:
    with Gate(here(), Limits()) as gate:
        client = socket.create_connection(("127.0.0.1", gate.port), 5)
        with client:
            client.sendall(words)
            client.shutdown(socket.SHUT_WR)
            client.settimeout(5)
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(100) in (b"", b"\x05\x00")
        assert gate.refused == []
