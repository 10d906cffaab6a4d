"""Asking an address: bounded in size and time, verified, never led elsewhere."""

from __future__ import annotations

import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.evidence.local_authority import certificate, serving
from tests.storage.socks_server import SocksServer, refuse_names
from unburnt.core.errors import ForeignDataError, MediumError, UsageError
from unburnt.evidence import remote


@contextmanager
def saying(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Listen on loopback and let `talk` hold one conversation; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def once() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    talk(connection)

        thread = threading.Thread(target=once, daemon=True)
        thread.start()
        yield server.getsockname()[1]
    thread.join(5)


def test_a_question_is_posted_and_answered() -> None:
    seen: list[tuple[str, bytes]] = []

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        seen.append((path, body))
        return 200, b"answer"

    with serving(answer) as url:
        assert remote.ask(f"{url}/tsr?a=1", b"question", "text/x") == b"answer"
        assert remote.ask(f"{url}/other", None, "") == b"answer"
    assert seen == [("/tsr?a=1", b"question"), ("/other", b"")]


ANSWERS = {
    "a refusal": (500, b"", "status 500"),
    "a redirect inside": (302, b"http://127.0.0.1:1/secret", "has moved"),
    "too much": (200, bytes(remote.LIMIT + 1), "too much"),
}


@pytest.mark.parametrize(("status", "data", "why"), ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_that_is_none_is_refused(status: int, data: bytes, why: str) -> None:
    asked: list[str] = []

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        asked.append(path)
        return status, data

    with serving(answer) as url, pytest.raises(ForeignDataError, match=why):
        remote.ask(url, b"", "text/x")
    assert len(asked) == 1  # a redirect is not followed


def test_nobody_there_is_said_without_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(MediumError, match="nobody answers there") as caught:
        remote.ask(f"http://127.0.0.1:{port}/", b"", "text/x")
    assert str(port) not in str(caught.value)


DRIPS: dict[str, Callable[[socket.socket], None]] = {
    "nothing at all": lambda c: time.sleep(1),
    "headers, byte by byte": lambda c: _drip(c, b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40),
    "a body, byte by byte": lambda c: _drip(
        c, b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" + b"x" * 40, fast=40
    ),
    "a body without end, byte by byte": lambda c: _drip(
        c, b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 40, fast=19
    ),
}


def _drip(connection: socket.socket, data: bytes, fast: int = 0) -> None:
    connection.sendall(data[:fast])
    for byte in data[fast:]:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("talk", DRIPS.values(), ids=DRIPS.keys())
def test_who_answers_slowly_is_left(talk: Callable[[socket.socket], None]) -> None:
    begun = time.monotonic()
    with saying(talk) as port, pytest.raises(MediumError):
        remote.ask(f"http://127.0.0.1:{port}/", b"", "text/x", patience=0.2)
    assert time.monotonic() - begun < 5


def _chunks(*lines: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"\r\n".join(lines)


@pytest.mark.parametrize("size", [b"-1", b"-99", b"7fffffffffff", b"f" * 16, b"f" * 40])
def test_no_more_is_read_than_the_limit_whatever_size_is_claimed(size: bytes) -> None:
    sent: list[int] = []

    def talk(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(_chunks(size, b""))
        with suppress(OSError):
            for _ in range(64):
                sent.append(connection.send(bytes(2**20)))

    tracemalloc.start()
    try:
        with saying(talk) as port, pytest.raises((MediumError, ForeignDataError)):
            remote.ask(f"http://127.0.0.1:{port}/", b"", "text/x")
        assert tracemalloc.get_traced_memory()[1] < 4 * 2**20
    finally:
        tracemalloc.stop()


NOISE = [b"", b"\0\xff\n", b"HTTP/9.9 abc\r\n\r\n", b"HTTP/1.1 200\r\n" + b"a" * 70_000]


@pytest.mark.parametrize("noise", NOISE, ids=range(len(NOISE)))
def test_noise_is_a_failed_connection(noise: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(noise)

    with saying(talk) as port, pytest.raises((MediumError, ForeignDataError)):
        remote.ask(f"http://127.0.0.1:{port}/", b"", "text/x")


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    own = certificate("localhost", key, None, key)
    path = tmp_path / "own.pem"
    path.write_bytes(
        own.public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True):
            pass

    with saying(talk) as port, pytest.raises(MediumError, match="certificate is not valid"):
        remote.ask(f"https://127.0.0.1:{port}/", b"", "text/x")


def test_a_proxy_of_the_settings_is_asked_to_connect() -> None:
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heard.append(connection.recv(4096))
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        heard.append(connection.recv(4096))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with saying(talk) as port:
        proxy = f"http://127.0.0.1:{port}"
        assert remote.ask("http://authority.example/tsr", b"q", "text/x", proxy=proxy) == b"ok"
    assert heard[0].startswith(b"CONNECT authority.example:80 ")
    assert heard[1].startswith(b"POST /tsr ")


def test_a_socks_proxy_is_given_the_name_and_no_resolver_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(lambda path, body: (200, b"direct")) as url:
        port = int(url.rpartition(":")[2].strip("/"))
        with SocksServer({"authority.example": port}, {"a": "b"}) as server:
            refuse_names(monkeypatch)
            proxy = server.setting
            assert remote.ask("http://authority.example/tsr", b"q", "x/y", proxy=proxy) == b"direct"
            with pytest.raises(MediumError, match="the connection failed"):
                remote.ask("https://nobody.example/", b"q", "x/y", proxy=proxy)
    assert server.heard == [("authority.example", 80, "a"), ("nobody.example", 443, "a")]


def test_the_proxy_of_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(lambda path, body: (200, b"direct")) as url:
        assert remote.ask(url, None, "") == b"direct"


BAD = [
    "",
    "ftp://host/",
    "https://",
    "https://user@host/",
    "https://host/#part",
    "https://host/\nX: y",
    "https://host:99999/",
    "https://ho st/",
    "https://[::1",
    "file:///etc/passwd",
    "https://host/" + "a" * 600,
]


@pytest.mark.parametrize("url", BAD, ids=range(len(BAD)))
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        remote.parse(url)
