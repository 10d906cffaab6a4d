"""What may be captured, and from where a page may be fetched: every refusal by name."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core.errors import UsageError
from unburnt.evidence.capture.urls import Places, check_address, check_host, check_url

GOOD = {
    "a page": ("https://example.org/a?b=1#c", "example.org", 443),
    "a port": ("http://example.org:8080", "example.org", 8080),
    "capital letters": ("HTTPS://EXAMPLE.org/A", "example.org", 443),
    "a dot at the end": ("https://example.org./", "example.org", 443),
    "a Russian name": ("https://пример.рф/статья", "xn--e1afmkfd.xn--p1ai", 443),
    "a number": ("http://93.184.216.34/", "93.184.216.34", 80),
    "a long number": ("http://[2606:2800::1]/", "2606:2800::1", 80),
    "an underscore": ("https://a_b.example.org/", "a_b.example.org", 443),
}
BAD = {
    "no scheme": "example.org",
    "another scheme": "ftp://example.org/",
    "a file": "file:///etc/passwd",
    "a script": "javascript:alert(1)",
    "data": "data:text/html,x",
    "a name and password": "https://me:secret@example.org/",
    "a name": "https://example.org@evil.test/",
    "a blank": "https://example.org/a b",
    "a line": "https://example.org/\nHost: x",
    "a backslash": "https://example.org\\@evil.test/",
    "no host": "https:///a",
    "a port beyond ports": "http://example.org:99999/",
    "port nought": "http://example.org:0/",
    "a hexadecimal number": "http://0x7f000001/",
    "a decimal number": "http://2130706433/",
    "a short number": "http://127.1/",
    "an octal number": "http://0177.0.0.1/",
    "a broken long number": "http://[::1/",
    "an empty label": "http://a..b/",
    "too long": "https://example.org/" + "a" * 5000,
    "a direction override": "https://example.org/\u202egpj",
}
INSIDE = {
    "this machine": "127.0.0.1",
    "this machine, elsewhere": "127.9.9.9",
    "this machine, long": "::1",
    "this machine, mapped": "::ffff:127.0.0.1",
    "nowhere": "0.0.0.0",  # noqa: S104
    "a home network": "192.168.1.1",
    "a company network": "10.0.0.1",
    "another": "172.16.0.1",
    "behind a provider": "100.64.0.1",
    "a cloud's secrets": "169.254.169.254",
    "a site of old": "fec0::1",
    "link-local, long": "fe80::1",
    "unique local": "fd00::1",
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
    "reserved": "240.0.0.1",
    "documentation": "203.0.113.9",
    "6to4 of a home network": "2002:c0a8:0101::1",
    "NAT64 of this machine": "64:ff9b::7f00:1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
}
OUTSIDE = ("93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::808:808")


@pytest.mark.parametrize(("url", "host", "port"), GOOD.values(), ids=GOOD.keys())
def test_an_address_is_read(url: str, host: str, port: int) -> None:
    target = check_url(url)
    assert (target.host, target.port, target.url) == (host, port, url)


@pytest.mark.parametrize("url", BAD.values(), ids=BAD.keys())
def test_an_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        check_url(url)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for read in (check_url, check_host):
        try:
            read(text)
            read("http://" + text)
        except UsageError:
            continue


@pytest.mark.parametrize("address", INSIDE.values(), ids=INSIDE.keys())
def test_an_inner_address_is_refused(address: str) -> None:
    assert check_address(address) not in ("", "no address")
    assert Places(lambda host, port: [address]).find("rebinding.example", 80)[0] == ""
    assert Places(None).find(address, 80)[0] == ""


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_public_address_is_allowed(address: str) -> None:
    assert check_address(address) == ""
    assert Places(lambda host, port: [address]).find("example.org", 80) == (address, "")


def test_one_inner_address_among_public_ones_refuses_the_name() -> None:
    assert Places(lambda host, port: ["8.8.8.8", "10.0.0.1"]).find("a.example", 80)[1] == "private"


def test_a_name_that_changes_its_answer_gains_nothing() -> None:
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    places = Places(lambda host, port: next(answers))
    assert [places.find("a.example", port)[0] for port in (80, 443, 22)] == ["8.8.8.8"] * 3
    assert places.address("a.example") == "8.8.8.8"


@pytest.mark.parametrize("host", ["localhost", "x.localhost", "printer", "nas.local", "wiki.corp"])
def test_an_inner_name_is_refused_without_asking(host: str) -> None:
    def never(host: str, port: int) -> Sequence[str]:
        raise AssertionError("asked")

    assert Places(never).find(host, 80) == ("", "a name of an inner network")
    assert Places(None).find(host, 80)[0] == ""


def test_a_person_can_allow_one_inner_host_and_that_is_noted() -> None:
    places = Places(lambda host, port: ["10.0.0.7"], frozenset({"Wiki.intern."}))
    assert places.find("other.intern", 80)[1] == "private"
    assert places.private == set()
    assert places.find("wiki.intern", 80) == ("10.0.0.7", "")
    assert places.private == {"wiki.intern"}


def test_a_name_without_an_address_is_refused() -> None:
    def none(host: str, port: int) -> Sequence[str]:
        raise OSError

    assert Places(none).find("gone.example", 80) == ("", "no such name")
    assert Places(lambda host, port: []).find("gone.example", 80) == ("", "no such name")


def test_onion_names_need_a_proxy_and_are_given_to_it_unresolved() -> None:
    assert Places(lambda host, port: ["8.8.8.8"]).find("a.onion", 80)[1] == "needs a Tor proxy"
    assert Places(None).find("a.onion", 80) == ("a.onion", "")
    assert Places(None).address("a.onion") is None
