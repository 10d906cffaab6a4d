"""Moments by which entries existed, proven by a quorum: of witnesses, or of authorities of time.

    moments = Moments(session)
    moments.by("ai…", 7)      "2026-01-09T14:00:00Z": entry 7 of that log existed by then; or None

The earlier of the two counts. What only one implementation could check proves nothing here. Reads
and judges each proof once, and only when asked. Specification: docs/spec/witness.md, time.md.
"""

from __future__ import annotations

from functools import cached_property

from unburnt.core.errors import UsageError
from unburnt.workflow import time_status, witnessing
from unburnt.workflow.session import Session


class Moments:
    """Remembers what is proven of every log."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._witnessed: dict[str, list[tuple[int, str]]] = {}

    def by(self, device: str, sequence: int) -> str | None:
        """Return the earliest moment by which an entry is proven to have existed, None if none."""
        if device not in self._witnessed:
            self._witnessed[device] = witnessing.proven(self._session, device)
        found = [*self._witnessed[device], *self._stamped.get(device, [])]
        return min((moment for size, moment in found if size > sequence), default=None)

    @cached_property
    def _stamped(self) -> dict[str, list[tuple[int, str]]]:
        found: dict[str, list[tuple[int, str]]] = {}
        try:
            proven = time_status.status(self._session)
        except UsageError:
            return found  # the libraries that judge are not installed here
        for one in proven:
            if one.word == time_status.EXISTED and one.by is not None:
                found.setdefault(one.log, []).append((one.size, f"{one.by:%Y-%m-%dT%H:%M:%SZ}"))
        return found
