"""Whom this group asks for the time: authorities, calendars, how many must agree.

    quorum: "2"
    proxy: socks5h://127.0.0.1:9050
    authorities:
      - {name: freetsa, url: "https://freetsa.org/tsr", roots: freetsa.pem}
    calendars:
      - {name: alice, url: "https://alice.btc.calendar.opentimestamps.org"}

Read strictly; what is unknown, doubled or would count twice is refused. Format: docs/spec/time.md,
"Settings". It names addresses and roots; it asks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from unburnt.core.errors import UsageError
from unburnt.evidence import remote
from unburnt.evidence.rfc3161 import Roots
from unburnt.model.time_proof import is_authority
from unburnt.storage import proxy as proxies

QUORUM = 2
MOST = 16  # authorities, and calendars
_KEYS = {"quorum", "proxy", "authorities", "calendars"}


@dataclass(frozen=True, slots=True)
class Authority:
    """A time-stamping authority; `roots` is the text of a PEM file."""

    name: str
    url: str
    roots: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar of OpenTimestamps; `url` is also what its pending attestations name."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Authorities:
    """Everybody who is asked, how many must agree, and through which proxy."""

    quorum: int = QUORUM
    proxy: str | None = None
    authorities: tuple[Authority, ...] = ()
    calendars: tuple[Calendar, ...] = ()

    def __post_init__(self) -> None:
        named: list[Authority | Calendar] = [*self.authorities, *self.calendars]
        if max(len(self.authorities), len(self.calendars)) > MOST:
            raise _wrong(f"at most {MOST} authorities and {MOST} calendars are asked")
        for one in named:
            remote.parse(one.url)
            if not is_authority(one.name):
                raise _wrong("a name is 1 to 63 of a-z, 0-9, dot and dash")
        _once("two have the same name", (one.name for one in named))
        _once("two have the same address", (one.url.rstrip("/").lower() for one in named))
        _once("two authorities have a root in common", self._root_keys())
        if self.proxy is not None:
            proxies.parse(self.proxy)
        if not 2 <= self.quorum <= max(len(self.authorities) + bool(self.calendars), 2):
            raise _wrong("the quorum is at least 2, and at most those who can agree")

    @property
    def proxy_shown(self) -> str | None:
        """The proxy without name and password."""
        return proxies.parse(self.proxy).shown if self.proxy else None

    def _root_keys(self) -> Iterable[bytes]:
        for one in self.authorities:
            anchors = Roots.of(one.roots.encode("utf-8")).anchors
            try:
                yield from {
                    a.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
                    for a in anchors
                }
            except (ValueError, UnsupportedAlgorithm):
                raise _wrong("a root has a key of an unknown kind") from None

    def roots(self, name: str) -> Roots | None:
        """Return the roots of an authority, or None for one that is not in the settings."""
        found = [one for one in self.authorities if one.name == name]
        return Roots.of(found[0].roots.encode("utf-8")) if found else None

    def to_value(self) -> dict[str, Any]:
        """Return plain values, to be kept sealed on the device."""
        return {
            "quorum": self.quorum,
            "proxy": self.proxy,
            "authorities": [[a.name, a.url, a.roots] for a in self.authorities],
            "calendars": [[c.name, c.url] for c in self.calendars],
        }

    @classmethod
    def from_value(cls, value: Mapping[str, Any]) -> Authorities:
        """Return what `to_value` gave."""
        return cls(
            quorum=value.get("quorum", QUORUM),
            proxy=value.get("proxy"),
            authorities=tuple(Authority(*fields) for fields in value.get("authorities", ())),
            calendars=tuple(Calendar(*fields) for fields in value.get("calendars", ())),
        )


def read(value: Any, roots: Callable[[str], bytes]) -> Authorities:
    """Return the settings that a strictly parsed YAML file spells; UsageError for any fault.

    `roots(name)` gives the bytes of a file of roots that the settings name.
    """
    if not isinstance(value, dict) or value.keys() - _KEYS:
        raise _wrong(f"it has keys other than {', '.join(sorted(_KEYS))}")
    quorum = value.get("quorum", str(QUORUM))
    if not isinstance(quorum, str) or not quorum.isdecimal() or len(quorum) > 2:
        raise _wrong("the quorum is a small number")
    proxy = value.get("proxy")
    if proxy is not None and not isinstance(proxy, str):
        raise _wrong("the proxy is an address")
    authorities = []
    for item in _items(value, "authorities", {"name", "url", "roots"}):
        pem = roots(item["roots"]).decode("ascii", "replace")
        authorities.append(Authority(item["name"], item["url"], pem))
    calendars = _items(value, "calendars", {"name", "url"})
    return Authorities(
        quorum=int(quorum),
        proxy=proxy,
        authorities=tuple(authorities),
        calendars=tuple(Calendar(item["name"], item["url"].rstrip("/")) for item in calendars),
    )


def _items(value: dict[str, Any], key: str, fields: set[str]) -> list[dict[str, str]]:
    found = value.get(key, [])
    if not isinstance(found, list) or len(found) > MOST:
        raise _wrong(f"{key} is a list of at most {MOST}")
    for item in found:
        sound = isinstance(item, dict) and item.keys() == fields
        if not sound or not all(isinstance(text, str) for text in item.values()):
            raise _wrong(f"each of {key} has {', '.join(sorted(fields))} and nothing else")
    return found


def _once(why: str, values: Iterable[Any]) -> None:
    listed = list(values)
    if len(set(listed)) < len(listed):
        raise _wrong(why)


def _wrong(why: str) -> UsageError:
    return UsageError(f"The file of authorities cannot be used: {why}.", "Correct it.")
