"""A proxy is told where to go by name, and nobody else is asked for the name."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.storage.socks_server import SocksServer, refuse_names
from unburnt.core.errors import UsageError
from unburnt.storage.proxy import Proxy, connect, parse

SETTINGS = {
    "socks5h://127.0.0.1:9050": Proxy(True, "127.0.0.1", 9050),
    "socks5://127.0.0.1:9050": Proxy(True, "127.0.0.1", 9050),
    "socks5h://localhost:9050": Proxy(True, "127.0.0.1", 9050),
    "socks5h://[::1]:9050": Proxy(True, "::1", 9050),
    "socks5h://a:b%40c@127.0.0.1:9050": Proxy(True, "127.0.0.1", 9050, "a", "b@c"),
    "http://127.0.0.1:9080": Proxy(False, "127.0.0.1", 9080),
    "127.0.0.1:9080": Proxy(False, "127.0.0.1", 9080),
    "http://proxy.office.example:8080/": Proxy(False, "proxy.office.example", 8080),
}
WRONG = [
    "",
    "tor",
    "https://127.0.0.1:1",
    "socks4://127.0.0.1:1",
    "socks5h://proxy.example:9050",
    "socks5h://127.0.0.1:0",
    "socks5h://127.0.0.1:99999",
    "socks5h://127.0.0.1:9050/path",
    "socks5h://127.0.0.1:9050?x",
    "socks5h://name@127.0.0.1:9050",
    f"socks5h://{'a' * 256}:b@127.0.0.1:9050",
    "socks5h://127.0.0.1:90 50",
    "socks5h://[::1:9050",
    "socks5h://при.мер:9050",
]


@pytest.fixture(autouse=True)
def no_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_names(monkeypatch)


@pytest.mark.parametrize(("setting", "proxy"), SETTINGS.items(), ids=SETTINGS.keys())
def test_a_setting_names_a_proxy(setting: str, proxy: Proxy) -> None:
    assert parse(setting) == proxy
    assert "b@c" not in proxy.shown + repr(proxy)
    assert parse(proxy.shown) == Proxy(proxy.is_socks, proxy.host, proxy.port)


@pytest.mark.parametrize("setting", WRONG)
def test_what_is_no_proxy_is_refused(setting: str) -> None:
    with pytest.raises(UsageError, match="not a proxy"):
        parse(setting)


@given(st.text(max_size=60) | st.text(max_size=40).map("socks5h://127.0.0.1:1".__add__))
def test_any_text_is_a_proxy_or_refused(setting: str) -> None:
    with suppress(UsageError):
        assert parse(setting).port > 0


@contextmanager
def saying(answer: bytes, wait: float = 0) -> Iterator[tuple[int, list[bytes]]]:
    """Serve one connection: hear what comes, say `answer`, wait, and hang up."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            line, _ = listener.accept()
            with line:
                heard.append(line.recv(4096))
                line.sendall(answer)
                time.sleep(wait)
                line.settimeout(0.05)
                with suppress(OSError):
                    heard.append(line.recv(4096))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], heard
        thread.join(5)


HOSTS = {"a name": "far.example", "a number": "192.0.2.7", "a long number": "2001:db8::7"}


@pytest.mark.parametrize("people", [{}, {"device": "circuit"}], ids=["nobody", "a name and a word"])
@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS.keys())
def test_a_proxy_leads_there(host: str, people: dict[str, str]) -> None:
    with (
        saying(b"hello") as (port, heard),
        SocksServer({host: port}, people) as server,
        connect(parse(server.setting), host, 443, 5) as line,
    ):
        line.sendall(b"question")
        assert line.recv(100) == b"hello"
    assert heard[0] == b"question"
    assert server.heard == [(host, 443, next(iter(people), ""))]


def test_a_proxy_refuses_what_it_does_not_know() -> None:
    with SocksServer({}) as server, pytest.raises(OSError, match="refuses"):
        connect(parse(server.setting), "far.example", 443, 5)
    assert server.heard == [("far.example", 443, "")]


def test_a_wrong_password_or_none_is_refused() -> None:
    with SocksServer({}, {"device": "circuit"}) as server:
        wrong = server.setting.replace("circuit", "other")
        with pytest.raises(OSError, match="name or password"):
            connect(parse(wrong), "far.example", 443, 5)
        with pytest.raises(OSError, match="another way"):
            connect(parse(wrong.replace("device:other@", "")), "far.example", 443, 5)
    assert server.heard == []


NONSENSE = {
    "another version": b"\x04\x00",
    "nothing": b"",
    "half an answer": b"\x05\x00\x05",
    "an unknown kind of address": b"\x05\x00\x05\x00\x00\x09aaaa",
    "a status that is not of success": b"\x05\x00\x05\x05\x00\x01" + bytes(6),
    "words": b"HTTP/1.1 400 Bad Request\r\n\r\n",
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_a_failed_connection(answer: bytes) -> None:
    with saying(answer) as (port, _), pytest.raises(OSError, match="the proxy"):
        connect(Proxy(True, "127.0.0.1", port), "far.example", 443, 5)


@pytest.mark.parametrize("host", ["", "a" * 256, "при.мер", "a b", "a\r\nHost: b"])
def test_a_name_that_is_none_is_never_sent(host: str) -> None:
    for is_socks in (True, False):
        with saying(b"\x05\x00") as (port, heard), pytest.raises(OSError, match="the proxy"):
            connect(Proxy(is_socks, "127.0.0.1", port), host, 443, 1)
        assert b"Host: b" not in b"".join(heard)


def test_a_slow_proxy_is_left_in_time() -> None:
    begun = time.monotonic()
    with saying(b"\x05", wait=1) as (port, _), pytest.raises(TimeoutError):
        connect(Proxy(True, "127.0.0.1", port), "far.example", 443, 0.2)
    assert time.monotonic() - begun < 3


def test_a_proxy_of_http_is_asked_for_a_tunnel_and_nothing_after_it_is_lost() -> None:
    with saying(b"HTTP/1.1 200 Yes\r\nVia: x\r\n\r\nhello") as (port, heard):
        proxy = parse(f"http://me:word@127.0.0.1:{port}")
        with connect(proxy, "far.example", 443, 5) as line:
            assert line.recv(100) == b"hello"
    assert heard[0].startswith(b"CONNECT far.example:443 HTTP/1.1\r\nHost: far.example:443\r\n")
    assert b"Proxy-Authorization: Basic bWU6d29yZA==\r\n" in heard[0]
    with saying(b"HTTP/1.1 407 No\r\n\r\n") as (port, _), pytest.raises(OSError, match="refuses"):
        connect(Proxy(False, "127.0.0.1", port), "far.example", 443, 5)
