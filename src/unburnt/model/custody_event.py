"""A custody event as it is recorded: what was done to evidence after it came in.

    Happened(kind="exported", evidence=("bu4t…",), purpose="for the court", receiver="a lawyer")
    statements(event, "aicq…")        (("kind", {"term": "exported"}), ("evidence", …), …)

What is computed from the signed log (acquired, hashed, sealed, stored) has no kind here: nobody may
claim it. Format: docs/spec/custody.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from unburnt.core.errors import UsageError
from unburnt.core.ids import is_id

SCHEMA = "CustodyEvent"

# The terms of the vocabulary `custody-events`, in the order in which things usually happen.
RECORDED = (
    "verified",
    "viewed",
    "derived",
    "redacted",
    "exported",
    "transferred",
    "acknowledged",
    "timestamped",
    "withdrawn",
    "gap",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One event about one or more pieces of evidence; who, on which device and when is added."""

    kind: str
    evidence: tuple[str, ...]
    happened: str | None = None  # EDTF, when it is written down later than it happened
    by: str | None = None  # an entity or words, when another did it than the member who says so
    tool: str | None = None
    purpose: str | None = None
    receiver: str | None = None  # an entity's or member's id, or words
    digest: str | None = None
    answers_event: str | None = None
    told: bool = False
    result: tuple[str, ...] = ()
    note: str | None = None


def statements(event: Happened) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (property, value) of each statement that records the event, kind and evidence first.

    Raises UsageError for a kind that nobody records, or an event about nothing.
    """
    if event.kind not in RECORDED:
        raise UsageError(
            "This is not a custody event that is recorded.", f"Use one of: {', '.join(RECORDED)}."
        )
    if not event.evidence:
        raise UsageError("A custody event is about evidence.", "Name at least one piece of it.")
    yield "kind", {"term": event.kind}
    for evidence in event.evidence:
        yield "evidence", {"entity": evidence}
    for name, text in (("tool", event.tool), ("purpose", event.purpose), ("remarks", event.note)):
        if text is not None:
            yield name, {"text": text}
    for name, whom in (("by", event.by), ("receiver", event.receiver)):
        if whom is not None:
            yield name, {"entity": whom} if is_id(whom) else {"text": whom}
    if event.happened is not None:
        yield "happened", {"date": event.happened}
    if event.digest is not None:
        yield "digest", {"identifier": event.digest, "scheme": "sha256"}
    if event.answers_event is not None:
        yield "answersEvent", {"entity": event.answers_event}
    if event.told:
        yield "told", {"flag": True}
    for result in event.result:
        yield "result", {"entity": result}
