"""Who is being listened to, and who has to go when the room is full: whoever has not asked yet.

    room = Room(most=32, each=8)
    room.enter(7, "203.0.113.9")       -> None, or the caller who must go
    room.heard(7)                      its request is whole: it is not sent away any more
    room.leave(7)

A caller who opens connections and says nothing takes room from themselves first: the oldest silent
one of the origin with the most of them goes. So one who asks at once gets through, however many
wait in silence. Pure bookkeeping: the sockets are in `witness_server`.
"""

from __future__ import annotations

import ipaddress
from collections import Counter

LOCAL = "this machine"  # a proxy with TLS, or an onion service: everybody comes from there


class Room:
    """At most `most` callers, of which at most `each` silent ones of one origin."""

    def __init__(self, most: int, each: int) -> None:
        self._most, self._each = most, each
        self._silent: dict[int, str] = {}  # in the order of their coming
        self._heard: set[int] = set()

    @property
    def is_open(self) -> bool:
        """Whether somebody can come in: there is room, or somebody silent to go."""
        return len(self._heard) < self._most

    def enter(self, caller: int, address: str) -> int | None:
        """Let a caller in, and return who has to go for it, if anybody."""
        came_from = origin(address)
        gone = self._who_goes(came_from)
        if gone is not None:
            del self._silent[gone]
        self._silent[caller] = came_from
        return gone

    def heard(self, caller: int) -> None:
        """Note that a caller has said all it wants; nothing, if it was sent away already."""
        if self._silent.pop(caller, None) is not None:
            self._heard.add(caller)

    def leave(self, caller: int) -> None:
        """Note that a caller has left."""
        self._silent.pop(caller, None)
        self._heard.discard(caller)

    def _who_goes(self, came_from: str) -> int | None:
        count = Counter(self._silent.values())
        if came_from != LOCAL and count[came_from] >= self._each:
            return self._oldest(came_from)
        if len(self._silent) + len(self._heard) < self._most or not count:
            return None
        return self._oldest(max(count, key=count.__getitem__))

    def _oldest(self, came_from: str) -> int:
        return next(caller for caller, place in self._silent.items() if place == came_from)


def origin(address: str) -> str:
    """Return what counts as one origin: an IPv4 address, the first 64 bits of an IPv6 one."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip
    if ip.is_loopback:
        return LOCAL
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    return str(ipaddress.ip_network((int(ip) >> 64 << 64, 64)))
