"""Addresses and hosts: of pages, of who is asked for the time, of proxies."""

from __future__ import annotations

from contextlib import suppress

from unburnt.core.errors import UsageError
from unburnt.evidence import remote
from unburnt.evidence.capture.urls import Places, check_address, check_url, host_of
from unburnt.storage import proxy

SEEDS = [
    text.encode()
    for text in (
        "https://example.org/a?b=c",
        "http://[::ffff:127.0.0.1]:8080/",
        "https://пример.рф/",
        "socks5h://name:pass%20word@127.0.0.1:9050",
        "127.0.0.1:9050",
        "http://0x7f000001/",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "http://xn--e1afmkfd.xn--p1ai.:080/",
    )
]


def fuzz(data: bytes) -> None:
    """Read it as each; a host that may be asked has one spelling, which may be asked as well."""
    text = data.decode("utf-8", "replace")
    places = Places(lambda host, port: [text])
    for read in (check_url, host_of, remote.parse, proxy.parse, lambda t: places.find(t, 80)):
        with suppress(UsageError):
            read(text)
    check_address(text)
    name, why = Places(None).find(text, 443)
    assert bool(name) != bool(why)
    assert not name or Places(None).find(name, 443) == (name, "")
