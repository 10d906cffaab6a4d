"""One question to one address that a person named: bounded, verified, never redirected.

    answer = ask("https://freetsa.org/tsr", request, "application/timestamp-query", proxy=None)

At most 64 KiB in 20 seconds. Certificates of `https:` are verified; the environment's proxies are
ignored; a proxy of the settings (`storage.proxy`) is given the name to resolve. A redirect is
refused: whoever answers could lead us to an address inside. Failures are MediumError (not reached)
or ForeignDataError (it answered something else).
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from unburnt import __version__
from unburnt.core.errors import ForeignDataError, MediumError, UsageError
from unburnt.storage import proxy as proxies
from unburnt.storage.bounded import Bounded
from unburnt.storage.proxy import Proxy

LIMIT = 64 * 1024  # bytes of an answer
PATIENCE = 20.0  # seconds for all of it
_HEAD = 64 * 1024  # bytes besides: status, headers, sizes of chunks
_LONGEST = 512
_PLAIN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to ask, taken apart once and checked."""

    secure: bool
    host: str
    port: int
    path: str


def parse(url: str) -> Address:
    """Return an address; UsageError unless it is a plain http or https one."""
    try:
        parts = (
            urlsplit(url)
            if _PLAIN.fullmatch(url) and len(url) <= _LONGEST
            else SplitResult("", "", "", "", "")
        )
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise UsageError(
            "An address is not one of http or https.", "Write it as https://host/path."
        )
    if parts.fragment:
        raise UsageError("An address has a part after “#”.", "Leave that part out.")
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(secure, parts.hostname, port or (443 if secure else 80), path)


def ask(
    url: str,
    body: bytes | None,
    kind: str,
    *,
    proxy: str | None = None,
    patience: float = PATIENCE,
) -> bytes:
    """POST `body` of a media type (or GET, when None) and return the answer's bytes."""
    address = parse(url)
    through = proxies.parse(proxy) if proxy else None
    connection = _connection(address, patience)
    late = threading.Event()
    line: list[socket.socket] = []  # the connection lets go of it while an answer is being read
    timer = threading.Timer(patience, _cut, [line, late])
    timer.daemon = True
    timer.start()
    try:
        if through is None:
            connection.connect()
        else:
            connection.sock = _through(through, address, patience)
        line.append(connection.sock)
        connection.sock = Bounded(connection.sock, LIMIT + _HEAD)
        status, data = _exchanged(connection, address.path, body, kind)
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = "it took too long" if late.is_set() else _why(error)
        raise MediumError(
            f"An address could not be asked: {why}.", "Try again when there is a connection."
        ) from error
    finally:
        timer.cancel()
        connection.close()
    if late.is_set():
        raise MediumError("An address could not be asked: it took too long.", "Try again later.")
    if 300 <= status < 400:
        raise ForeignDataError(
            "An address answers that it has moved.", "Put its new address into the settings."
        )
    if status != 200 or len(data) > LIMIT:
        what = f"with status {status}" if status != 200 else "with too much"
        raise ForeignDataError(f"An address answers {what}.", "Check it, or ask another one.")
    return data


def _exchanged(
    connection: http.client.HTTPConnection, path: str, body: bytes | None, kind: str
) -> tuple[int, bytes]:
    headers = {"User-Agent": f"unburnt/{__version__}", "Accept": "*/*", "Connection": "close"}
    if body is not None:
        headers["Content-Type"] = kind
    connection.request("GET" if body is None else "POST", path, body, headers)
    response = connection.getresponse()
    return response.status, response.read(LIMIT + 1)


def _connection(address: Address, patience: float) -> http.client.HTTPConnection:
    host, port = address.host, address.port
    if not address.secure:
        return http.client.HTTPConnection(host, port, timeout=patience)
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(host, port, timeout=patience, context=context)


def _through(through: Proxy, address: Address, patience: float) -> socket.socket:
    line = proxies.connect(through, address.host, address.port, patience)
    if not address.secure:
        return line
    try:
        return ssl.create_default_context().wrap_socket(line, server_hostname=address.host)
    except BaseException:
        line.close()
        raise


def _cut(line: list[socket.socket], late: threading.Event) -> None:
    """End a question whose time is over, whatever it is waiting for."""
    late.set()
    for one in line:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


def _why(error: Exception) -> str:
    """Return a reason without names or addresses."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not valid"
    if isinstance(error, socket.gaierror):
        return "its name is not known here"
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, ConnectionRefusedError):
        return "nobody answers there"
    return "the connection failed"
