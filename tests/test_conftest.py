"""The shared fixtures keep their promises, and the network guard can really refuse."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from tests.conftest import NetworkForbiddenError

FAR_AWAY = {
    "a documentation address": ("192.0.2.1", 80),
    "an IPv6 documentation address": ("2001:db8::1", 80),
    "a name": ("archive.example", 443),
    "every interface": ("0.0.0.0", 80),  # noqa: S104 - refused, not bound
}


@pytest.mark.parametrize("address", FAR_AWAY.values(), ids=FAR_AWAY.keys())
def test_nothing_beyond_loopback_can_be_reached(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as endpoint:
        for attempt in (endpoint.connect, endpoint.connect_ex):
            with pytest.raises(NetworkForbiddenError):
                attempt(address)
        with pytest.raises(NetworkForbiddenError):
            endpoint.sendto(b"hello", address)
    with pytest.raises(NetworkForbiddenError):
        socket.create_connection(address, timeout=1)


def test_loopback_stays_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("localhost", port), timeout=5) as caller:
            callee, _ = server.accept()
            with callee:
                caller.sendall(b"here")
                assert callee.recv(4) == b"here"


def test_random_bytes_repeat_between_runs_but_not_between_calls(
    random_bytes: Callable[[int], bytes],
) -> None:
    first, second = random_bytes(8), random_bytes(8)
    assert first.hex() == "1d39ab58096fba85"
    assert second != first


def test_the_clock_only_moves_forward(clock: Callable[[], str]) -> None:
    moments = [clock() for _ in range(61)]
    assert moments[0] == "2026-01-01T00:00:00Z"
    assert moments[60] == "2026-01-01T00:01:00Z"
    assert moments == sorted(set(moments))
