"""What judging one reply comes to: a moment and who vouches for it, or the reason why not.

    Verdict(reason="", moment=datetime(2026, 1, 9, 14, 0, 1, tzinfo=UTC), checked_by=("a", "b"))
    Verdict(reason="untrusted", detail="self-signed certificate in certificate chain")

The reasons are listed in docs/spec/time.md. A verdict with a reason never carries a moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

WAITING = frozenset({"pending", "no-header"})
"""Reasons that a later try may lift; every other one is a refusal."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`moment` is T: the bytes existed by then; `checked_by` names the implementations."""

    reason: str = ""
    moment: datetime | None = None
    checked_by: tuple[str, ...] = ()
    detail: str = ""

    @property
    def accepted(self) -> bool:
        """Whether at least one implementation verified it and none refused it."""
        return not self.reason and self.moment is not None

    @property
    def twice(self) -> bool:
        """Whether two implementations verified it."""
        return self.accepted and len(self.checked_by) >= 2

    @property
    def waiting(self) -> bool:
        """Whether it is neither accepted nor refused yet."""
        return self.reason in WAITING
