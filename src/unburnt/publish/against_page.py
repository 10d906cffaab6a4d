"""The page that helps the other side: denials, retractions, doubts, and what is withheld of them.

    exculpatory(told)          # bytes of data/exculpatory.html

Every part is there in every pack. One in which nothing was found says so, and the page says where
was looked: an empty page would be a claim that nobody made.
"""

from __future__ import annotations

from collections.abc import Iterable

from unburnt.model.recorded import UNCONFIRMED, Recorded
from unburnt.model.statement import ANSWERING
from unburnt.publish import pages
from unburnt.publish.case_pages import Told, against, line, looked
from unburnt.publish.pages import Html


def exculpatory(told: Told) -> bytes:
    """Return the page of what speaks against the case."""
    records = told.case.records
    parts = [
        *_part(told, "denials", (r for r in records if r.statement.stance == "denied")),
        *_part(told, "taken-back", (r for r in records if r.statement.stance in ANSWERING)),
        *_part(told, "marked", against(told)),
        *_part(told, "doubts", (r for r in records if is_doubtful(r))),
        *_part(told, "after-compromise", (r for r in records if r.standing == UNCONFIRMED)),
        *_thin(told),
        *_withheld(told),
        looked(told),
    ]
    return told.page("exculpatory", parts)


def is_doubtful(record: Recorded) -> bool:
    """Tell whether who wrote a statement down thought its source or its content doubtful."""
    said = record.statement
    return said.reliability in ("D", "E") or said.credibility in (4, 5)


def _part(told: Told, phrase: str, records: Iterable[Recorded]) -> list[Html]:
    found = pages.items(line(told, record) for record in records)
    return [
        pages.heading(2, told.say(phrase)),
        found or pages.paragraph(told.say("nothing-found")),
    ]


def _thin(told: Told) -> list[Html]:
    """Say of how many values of the case itself there is one voice at most."""
    values = [
        said
        for one in told.case.core
        if one in told.views
        for heading in told.views[one].headings
        for said in heading.values
        if said.voices
    ]
    thin = sum(said.sources < 2 for said in values)
    counts = {"thin": thin, "all": len(values)}
    return [
        pages.heading(2, told.say("thin")),
        pages.paragraph(told.say("thin-told", **counts)),
    ]


def _withheld(told: Told) -> list[Html]:
    count = sum(one.against for one in told.case.withheld.values())
    words = (
        told.say("withheld-against", count=count) if count else told.say("withheld-against-none")
    )
    return [pages.heading(2, told.say("redactions")), pages.paragraph(words)]
