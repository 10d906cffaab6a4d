"""The clocks of devices, held against the order of their logs: which time was claimed before which.

    clocks = Clocks(session)
    clocks.before("ai…", 7)       "2026-01-09T14:00:00Z": the newest that entries 0 to 6 claim
    clocks.seen("ai…", 7)         the newest that logs of others claim, as far as entry 7 had seen

The place in a log is signed and cannot be moved; a time is what a device's clock said. Entries that
this device cannot open claim nothing here. Format: docs/spec/custody.md, "The chain".
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

from unburnt.workflow.session import Session


class Clocks:
    """Reads the claimed times of each log once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._logs: dict[str, tuple[list[int], list[str]]] = {}

    def before(self, device: str, sequence: int) -> str:
        """Return the newest time that a log claims before an entry; "" when it claims none."""
        if device not in self._logs:
            claimed = self._session.index.claimed_times(device)
            places = [place for place, _ in claimed]
            self._logs[device] = places, list(accumulate((at for _, at in claimed), max))
        places, newest = self._logs[device]
        count = bisect_left(places, sequence)
        return newest[count - 1] if count else ""

    def seen(self, device: str, sequence: int) -> str:
        """Return the newest time in the logs of others, as far as an entry had seen them."""
        heads = self._session.journal.entry(device, sequence).header.heads
        return max((self.before(other, head.size) for other, head in heads.items()), default="")
