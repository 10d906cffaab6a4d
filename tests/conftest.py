"""What every test shares: no network, repeatable cases and bytes, a clock that only counts.

    def test_new_ids_differ(random_bytes):      random_bytes(16) -> 16 bytes, the same every run
    def test_entries_keep_order(clock):         clock() -> "2026-01-01T00:00:00Z", then ...:01Z

The network guard covers Python's own sockets, not programs a test starts.
`UNBURNT_HYPOTHESIS=deep` searches longer and with fresh randomness.
"""

from __future__ import annotations

import functools
import gc
import hashlib
import ipaddress
import itertools
import os
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from unburnt.storage import vault

HERE = Path(__file__).parent
# Rooms and recipes built upon the core are tested in the second half, all marked as slow; the core
# suite, which is that of the walking core, does not even load them.
SECOND_HALF = (
    "cli/test_take",
    "evidence/",
    "publish/",
    "storage/test_proxy",
    "sync/test_witness",
    "test_fuzzing",
    "workflow/test_capture",
    "workflow/test_custody",
    "workflow/test_drop_folder",
    "workflow/test_handing_over",
    "workflow/test_messages",
    "workflow/test_origin",
    "workflow/test_prove",
    "workflow/test_timestamps",
    "workflow/test_withdrawal",
    "workflow/test_witnessing",
)
OF_THE_CORE = ("evidence/test_intake.py", "evidence/test_tables.py")
FIRST_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)

# Enough to fail on what is broken, few enough to be run at every change; "deep" goes looking.
settings.register_profile("ci", deadline=None, derandomize=True, max_examples=30)
settings.register_profile("deep", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("UNBURNT_HYPOTHESIS", "ci"))


class NetworkForbiddenError(RuntimeError):
    """A test tried to leave this machine."""


def _refuse_beyond_loopback(address: Any) -> None:
    """Raise unless `address` is a local socket path or names this very machine by number."""
    if isinstance(address, str | bytes):  # AF_UNIX
        return
    host = str(address[0])
    try:
        inside = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        inside = host == "localhost"
    if not inside:
        raise NetworkForbiddenError(f"tests may speak to loopback only, not to {host}")


class _LoopbackSocket(socket.socket):
    """A socket that reaches this machine only."""

    def connect(self, address: Any) -> None:
        _refuse_beyond_loopback(address)
        super().connect(address)

    def connect_ex(self, address: Any) -> int:
        _refuse_beyond_loopback(address)
        return super().connect_ex(address)

    def sendto(self, data: Any, *rest: Any) -> int:
        _refuse_beyond_loopback(rest[-1])
        return super().sendto(data, *rest)


def pytest_configure() -> None:
    """Close the network before any test module is imported; looking up a name leaves it too."""
    look_up = socket.getaddrinfo

    def look_up_here(host: Any, *rest: Any, **named: Any) -> Any:
        if host is not None:
            _refuse_beyond_loopback((host.decode() if isinstance(host, bytes) else host,))
        return look_up(host, *rest, **named)

    socket.socket = _LoopbackSocket  # type: ignore[misc]
    socket.getaddrinfo = look_up_here
    # Slow on purpose, and the same for the same passphrase and salt: each is computed once.
    vault.derive = functools.cache(vault.derive)  # type: ignore[attr-defined]


def _in_second_half(path: Path) -> bool:
    place = path.relative_to(HERE).as_posix() if path.is_relative_to(HERE) else ""
    return place.startswith(SECOND_HALF) and place not in OF_THE_CORE


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Load nothing of the second half where slow tests are not wanted."""
    unwanted = "not slow" in config.option.markexpr.split(" and ") and collection_path.is_file()
    return True if unwanted and _in_second_half(collection_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the second half."""
    for item in items:
        if _in_second_half(item.path):
            item.add_marker(pytest.mark.slow)


def pytest_sessionstart() -> None:
    """Search for no garbage among what is collected: it lives to the end."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Search among what the tests make, never again among what was collected."""
    gc.freeze()
    gc.enable()


@pytest.fixture
def random_bytes(request: pytest.FixtureRequest) -> Callable[[int], bytes]:
    """Return a source of bytes that differs between tests and never between runs."""
    calls = itertools.count()

    def draw(size: int) -> bytes:
        seed = f"{request.node.name}/{next(calls)}".encode()
        return hashlib.shake_256(seed).digest(size)

    return draw


@pytest.fixture
def clock() -> Callable[[], str]:
    """Return a clock that starts with 2026 and moves one second each time it is read."""
    moments = _moments()
    return lambda: next(moments)


def _moments() -> Iterator[str]:
    for second in itertools.count():
        yield f"{FIRST_MOMENT + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}"
