"""What an import did, row by row, in totals that add up.

    report.totals()      {"rows": 228, "added": 48, "changed": 170, "unchanged": 10, "refused": 0,
                          "withdrawn": 0, "blank": 0, "held": 0}
    report.of("refused") [RowReport(number=17, key="16", outcome="refused", reason="“date”: …"), …]
    report.to_value()    the same as JSON

It holds keys of rows, which may be names: it is for the person who imports, never for a log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ADDED = "added"
CHANGED = "changed"
UNCHANGED = "unchanged"
REFUSED = "refused"
WITHDRAWN = "withdrawn"
OUTCOMES = (ADDED, CHANGED, UNCHANGED, REFUSED, WITHDRAWN)


@dataclass(frozen=True, slots=True)
class RowReport:
    """What became of a row; `number` is None for one that the file no longer holds."""

    number: int | None
    key: str | None
    outcome: str
    reason: str = ""
    fields: tuple[str, ...] = ()  # "event.startDate": what was stated anew, replaced or taken back

    def to_value(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "row": self.number,
            "key": self.key,
            "outcome": self.outcome,
            "reason": self.reason,
            "fields": list(self.fields),
        }


@dataclass(slots=True)
class Report:
    """Everything an import did; rows of the file in its order, then those withdrawn."""

    dataset: str
    sha256: str
    file: str = ""  # the entity of the file; empty as long as nothing rests on it
    rows: list[RowReport] = field(default_factory=list)
    blank: int = 0  # rows without anything in them
    held: int = 0  # keys not found and yet not withdrawn: some row bore no key
    stated: int = 0  # statements, those about the file and its voices included
    superseded: int = 0
    retracted: int = 0
    entries: int = 0

    def of(self, outcome: str) -> list[RowReport]:
        """Return the rows with an outcome, such as "refused"."""
        return [row for row in self.rows if row.outcome == outcome]

    def totals(self) -> dict[str, int]:
        """Return counts of rows: `rows` = added + changed + unchanged + refused."""
        counts = dict.fromkeys(OUTCOMES, 0)
        for row in self.rows:
            counts[row.outcome] += 1
        in_file = len(self.rows) - counts[WITHDRAWN]
        return {"rows": in_file, **counts, "blank": self.blank, "held": self.held}

    def to_value(self) -> dict[str, Any]:
        """Return the whole report as plain JSON values."""
        return {
            "dataset": self.dataset,
            "file": self.file,
            "sha256": self.sha256,
            "totals": self.totals(),
            "statements": {
                "stated": self.stated,
                "superseded": self.superseded,
                "retracted": self.retracted,
            },
            "entries": self.entries,
            "rows": [row.to_value() for row in self.rows],
        }
