"""Addresses: what a person may capture, and which machines a page may be fetched from.

    check_url("https://example.org/page")      ->  Target("https", "example.org", 443, …)
    check_address("169.254.169.254")           ->  why it is refused, or ""
    Places(resolve, frozenset({"wiki.intern"})).find("wiki.intern", 80)   ->  "10.0.0.7"

A page that a stranger wrote must not be able to use our browser to reach machines behind our own
wall. Each name is resolved once in a capture and every later connection goes to that address, so
that a name that changes its mind meets the machine it named first. Rules: docs/spec/capture.md.
"""

from __future__ import annotations

import ipaddress
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from unburnt.core.errors import UsageError

MAX_URL = 4096  # as of a value
_PORTS = {"http": 80, "https": 443}
_ASKING = frozenset({"http", "https", "ws", "wss"})
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa")
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))

Resolve = Callable[[str, int], Sequence[str]]  # OSError when there is no such name


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be asked for: scheme, host in small ASCII letters, port, the whole."""

    scheme: str
    host: str
    port: int
    url: str


def check_url(url: str) -> Target:
    """Return what a web address names; UsageError for any that is not plain http or https."""
    if len(url.encode("utf-8", "replace")) > MAX_URL:
        raise _wrong(f"It is longer than {MAX_URL} bytes.")
    if re.search(r"[\x00-\x20\x7f\"<>\\^`{|}]", url) or not url.isprintable():
        raise _wrong("It has blanks, quotation marks or backslashes.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _wrong("Its host or port is malformed.") from error
    if parts.scheme.lower() not in _PORTS:
        raise _wrong("Only http and https are captured.")
    if parts.username is not None or parts.password is not None:
        raise _wrong("It has a name or password in it.")
    if port == 0:
        raise _wrong("Its host or port is malformed.")
    scheme = parts.scheme.lower()
    return Target(scheme, check_host(parts.hostname or ""), port or _PORTS[scheme], url)


def host_of(url: str) -> str:
    """Return the host that a page asks; its path may hold what a person would not write.

    Raises UsageError when the address names none, such as data:.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.scheme.lower() in _ASKING else None
    except ValueError:
        host = None
    if not host:
        raise _wrong("Its host or port is malformed.")
    return check_host(host)


def check_host(host: str) -> str:
    """Return a host in its one spelling: small ASCII, no dot at the end; UsageError else.

    Numbers in disguise (0x7f000001, 017700000001, 127.1) are refused: programs read them apart.
    """
    plain = host.rstrip(".").lower()
    try:
        return str(ipaddress.ip_address(plain.strip("[]").partition("%")[0]))
    except ValueError:
        pass
    try:
        plain = plain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise _wrong("Its host is malformed.") from error
    labels = plain.split(".")
    if len(plain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _wrong("Its host is malformed.")
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        raise _wrong("Its host is a number in disguise.")
    return plain


def check_address(address: str) -> str:
    """Return why no page may be fetched from this address, or "" when it may."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "no address"
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if any(ip in net for net in _NAT64):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return check_address(str(inner))
    reasons = (
        (ip.is_unspecified, "unspecified"),
        (ip.is_loopback, "this machine"),
        (ip.is_link_local, "link-local"),
        (ip.is_multicast, "multicast"),
        (ip.is_private, "private"),
        (isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local, "site-local"),
        (ip.is_reserved, "reserved"),
        (not ip.is_global, "not public"),
    )
    return next((why for found, why in reasons if found), "")


def is_inside(host: str) -> bool:
    """Tell whether a name belongs to this machine or this network by its very ending."""
    return any(host == name or host.endswith(f".{name}") for name in _INSIDE) or "." not in host


class Places:
    """Where each host of one capture lies: resolved once, checked, and kept to.

    `resolve` is None when a proxy resolves names; then only numbers and inner names are refused.
    `allowed` are hosts that a person allowed although they are inside; their use is noted.
    """

    def __init__(self, resolve: Resolve | None, allowed: frozenset[str] = frozenset()) -> None:
        self._resolve = resolve
        self._allowed = frozenset(check_host(host) for host in allowed)
        self._found: dict[str, tuple[str, str]] = {}
        self._lock = threading.Lock()
        self.private: set[str] = set()  # allowed hosts that were really used

    def find(self, host: str, port: int) -> tuple[str, str]:
        """Return (address or name to connect to, ""), or ("", why this host is refused)."""
        try:
            name = check_host(host)
        except UsageError as error:
            return "", error.message
        with self._lock:
            if name not in self._found:
                self._found[name] = self._look(name, port)
            return self._found[name]

    def address(self, host: str) -> str | None:
        """Return the address that a host of this capture was fetched from, when it is known."""
        found = self._found.get(host, ("", ""))[0]
        return None if check_address(found) == "no address" else found

    def _look(self, name: str, port: int) -> tuple[str, str]:
        allowed = name in self._allowed
        if check_address(name) != "no address":
            return self._judge([name], allowed, name)
        if not allowed and (is_inside(name) or (name.endswith(".onion") and self._resolve)):
            return "", "a name of an inner network" if is_inside(name) else "needs a Tor proxy"
        if self._resolve is None:
            return name, ""
        try:
            addresses = list(dict.fromkeys(self._resolve(name, port)))
        except (OSError, UnicodeError):
            return "", "no such name"
        return self._judge(addresses, allowed, name) if addresses else ("", "no such name")

    def _judge(self, addresses: list[str], allowed: bool, name: str) -> tuple[str, str]:
        """One bad address among good ones refuses the name: whoever sets both means the bad one."""
        for address in addresses:
            if why := check_address(address):
                if not allowed:
                    return "", why
                self.private.add(name)
        return addresses[0], ""


def _wrong(why: str) -> UsageError:
    return UsageError(
        f"This address cannot be captured. {why}", "Write it like https://example.org/page."
    )
