"""What a browser or an extractor asks of the gate: SOCKS5, and HTTP at its other door."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

from unburnt.evidence.capture import gate
from unburnt.evidence.capture.urls import Places

SEEDS = [
    b"\x05\x01\x00\x05\x01\x00\x03\x0bexample.org\x01\xbb",
    b"\x05\x02\x00\x02\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50",
    b"\x05\x01\x00\x05\x01\x00\x04" + bytes(15) + b"\x01\x01\xbb",
    b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n\x16\x03\x01",
    b"CONNECT [::1]:65535 HTTP/1.0\r\n\r\n",
    b"GET http://example.org:99/film?a=b HTTP/1.1\r\nProxy-Connection: a\r\nA: \xff\r\n\r\n12",
]
_MOST = 100_000  # bytes; what a pair of sockets holds


def fuzz(data: bytes) -> None:
    """Read what is asked for; ValueError and OSError close the door, a port is one."""
    here, there = socket.socketpair()
    with here, there, suppress(ValueError, OSError):
        here.sendall(data[:_MOST])
        here.shutdown(socket.SHUT_WR)
        there.settimeout(1.0)
        asked = gate.read_asked(there, time.monotonic() + 1.0)
        assert 0 <= asked.port < 2**16
        Places(None).find(asked.host, asked.port)
