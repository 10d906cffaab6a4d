"""What an exchange or a check has to say: problems by code, and how much was moved.

    Problem("rolled-back", device, 7)
    report.moved                               0 when nothing was new

Values only; what a code means is described where it is found.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that did not pass: a code, whose log and where in it (when it is about one)."""

    code: str
    device: str = ""
    sequence: int = -1
    detail: str = ""


@dataclass(slots=True)
class Report:
    """What an exchange moved, and what it left out and why."""

    roster: int = 0
    keys: int = 0
    entries: int = 0
    objects: int = 0
    copied: int = 0
    forks: int = 0
    cosigned: int = 0
    times: int = 0
    mended: int = 0
    withheld: int = 0
    destroyed: int = 0  # keys of withdrawn originals
    sizes: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def moved(self) -> int:
        """How many things are new on the receiving side."""
        logs = self.entries + self.objects + self.forks + self.cosigned + self.times
        return self.roster + self.keys + logs + self.mended
