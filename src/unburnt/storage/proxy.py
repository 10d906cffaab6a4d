"""Leaving through a proxy: SOCKS5 with names resolved by the proxy, or HTTP that opens tunnels.

    proxy = parse("socks5h://device:circuit@127.0.0.1:9050")
    line = connect(proxy, "witness.example", 443, timeout=15.0)      -> a socket to write to

RFC 1928 (CONNECT alone), RFC 1929 (name and password, by which Tor keeps streams apart), RFC 9110
section 9.3.6 (CONNECT). `socks5` means the same as `socks5h`: the name of the other end always goes
to the proxy, and nothing here ever asks a resolver for it. UsageError for a setting that is none,
OSError when the proxy does not answer, refuses, or answers nonsense.
"""

from __future__ import annotations

import base64
import ipaddress
import re
import socket
import struct
import time
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from unburnt.core.errors import UsageError

_PORTS = {"http": 80, "socks5": 1080, "socks5h": 1080}
_HEAD = 8 * 1024  # bytes of an answer to CONNECT
_BARE = re.compile(r"([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}")
_OPENED = re.compile(rb"HTTP/1\.[01] 2[0-9][0-9][ \r]")
_NONE, _PASSWORD = 0, 2  # RFC 1928, section 3


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where a proxy is and how it is spoken to; name and password where it wants them."""

    is_socks: bool
    host: str
    port: int
    name: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """The setting without name and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'socks5h' if self.is_socks else 'http'}://{host}:{self.port}"


def parse(setting: str) -> Proxy:
    """Return what a setting names; `HOST:PORT` alone is a proxy of HTTP. UsageError for none."""
    spelled = f"http://{setting}" if _BARE.fullmatch(setting) else setting
    try:
        parts = urlsplit(spelled)
        port = parts.port
        name, password = unquote(parts.username or ""), unquote(parts.password or "")
        known = parts.scheme in _PORTS and parts.hostname and port != 0 and spelled.isascii()
        plain = not (parts.path.strip("/") or parts.query or parts.fragment)
        if not known or not plain or re.search(r"[\x00-\x20\x7f]", spelled):
            raise ValueError
        if max(len(name.encode()), len(password.encode())) > 255 or bool(name) != bool(password):
            raise ValueError
    except ValueError as error:
        raise _wrong("Write it like socks5h://127.0.0.1:9050.") from error
    host = "127.0.0.1" if parts.hostname == "localhost" else str(parts.hostname)
    is_socks = parts.scheme != "http"
    if is_socks and not _number(host):
        raise _wrong("Give its number, such as 127.0.0.1: no name is looked up beside a proxy.")
    return Proxy(is_socks, host, port or _PORTS[parts.scheme], name, password)


def connect(proxy: Proxy, host: str, port: int, timeout: float) -> socket.socket:
    """Return a line to host and port through a proxy; `timeout` bounds all of its opening."""
    until = time.monotonic() + timeout
    line = _line(proxy, timeout)
    try:
        if proxy.is_socks:
            _socks(line, proxy, host, port, until)
        else:
            _tunnel(line, proxy, host, port, until)
    except (ValueError, UnicodeError) as error:
        line.close()
        raise ConnectionError("the proxy answers nonsense, or the name is none") from error
    except BaseException:
        line.close()
        raise
    line.settimeout(timeout)
    return line


def _line(proxy: Proxy, timeout: float) -> socket.socket:
    number = _number(proxy.host)
    if not number:
        return socket.create_connection((proxy.host, proxy.port), timeout)
    family = socket.AF_INET6 if number.version == 6 else socket.AF_INET
    line = socket.socket(family, socket.SOCK_STREAM)
    try:
        line.settimeout(timeout)
        line.connect((proxy.host, proxy.port))
    except BaseException:
        line.close()
        raise
    return line


def _socks(line: socket.socket, proxy: Proxy, host: str, port: int, until: float) -> None:
    asked = _address(host) + struct.pack(">H", port)
    offered = _PASSWORD if proxy.name else _NONE
    line.sendall(bytes([5, 1, offered]))
    if _exactly(line, 2, until) != bytes([5, offered]):
        raise ConnectionError("the proxy wants another way to be told who asks")
    if offered == _PASSWORD:
        name, password = proxy.name.encode(), proxy.password.encode()
        line.sendall(bytes([1, len(name)]) + name + bytes([len(password)]) + password)
        if _exactly(line, 2, until) != b"\x01\x00":
            raise ConnectionError("the proxy refuses name or password")
    line.sendall(b"\x05\x01\x00" + asked)
    version, status, _, kind = _exactly(line, 4, until)
    if version != 5 or kind not in (1, 3, 4):
        raise ValueError
    if status != 0:
        raise ConnectionError("the proxy refuses")
    _exactly(line, {1: 4, 4: 16}.get(kind) or _exactly(line, 1, until)[0], until)
    _exactly(line, 2, until)


def _address(host: str) -> bytes:
    number = _number(host)
    if number:
        return bytes([1 if number.version == 4 else 4]) + number.packed
    name = host.encode("ascii")
    if not 0 < len(name) < 256 or re.search(rb"[\x00-\x20\x7f]", name):
        raise ValueError
    return bytes([3, len(name)]) + name


def _tunnel(line: socket.socket, proxy: Proxy, host: str, port: int, until: float) -> None:
    if re.search(r"[\x00-\x20\x7f]", host):
        raise ValueError
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    head = f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n"
    if proxy.name:
        pair = base64.b64encode(f"{proxy.name}:{proxy.password}".encode()).decode("ascii")
        head += f"Proxy-Authorization: Basic {pair}\r\n"
    line.sendall(f"{head}\r\n".encode("ascii"))
    data = b""
    while not data.endswith(b"\r\n\r\n"):  # no byte further: the rest is not the proxy's
        if len(data) > _HEAD:
            raise ValueError
        data += _exactly(line, 1, until)
    if not _OPENED.match(data):
        raise ConnectionError("the proxy refuses")


def _exactly(line: socket.socket, size: int, until: float) -> bytes:
    data = b""
    while len(data) < size:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the proxy is slow")
        line.settimeout(left)
        part = line.recv(size - len(data))
        if not part:
            raise ConnectionError("the proxy hung up")
        data += part
    return data


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _wrong(step: str) -> UsageError:
    return UsageError("This is not a proxy that can be used.", step)
