"""Watching pages: the list, and looking again at whatever is due.

    watch = add(session, "https://vk.com/wall-1_2", hours=24, reason="…", compartment=cases)
    for watched, done in run_due(session, options()): done.outcome       # gone, changed, same, …
    stop(session, watch)

The list is statements like everything else, so a second office can take the watch over. Each look
is one too: same words and pictures as before, changed, gone, blocked, not shown to us, or not
reached - of which only one is gone. Every version is kept; what is the same is not kept twice.
It runs when it is told to: nothing here sleeps in the background.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from unburnt.core.errors import UsageError
from unburnt.core.ids import new_id
from unburnt.evidence.capture import gone
from unburnt.evidence.capture.browser import Options
from unburnt.evidence.capture.urls import check_url
from unburnt.model.recorded import REFUSED, Recorded
from unburnt.workflow.capture import Captured, capture, check_reason
from unburnt.workflow.session import Claim, Session

MAX_HOURS = 24 * 366


@dataclass(frozen=True, slots=True)
class Look:
    """One earlier look at a watched page, as it was recorded."""

    at: str
    outcome: str
    digests: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Watched:
    """One page on the list; `looks` are the earlier ones, oldest first."""

    id: str
    url: str
    hours: int
    reason: str
    compartment: str
    stopped: bool
    looks: tuple[Look, ...]

    @property
    def last(self) -> Look | None:
        """The last look, whatever came of it."""
        return self.looks[-1] if self.looks else None

    @property
    def before(self) -> tuple[str, str] | None:
        """The digests of the page when it was last itself seen: what a new look is compared with.

        A notice of blocking or a riddle for robots says nothing of the page.
        """
        seen = [one for one in self.looks if one.outcome in gone.OF_THE_PAGE and one.digests]
        return seen[-1].digests if seen else None

    @property
    def held(self) -> tuple[str, str] | None:
        """The digests of whatever came last, the page or something in its place."""
        return next((one.digests for one in reversed(self.looks) if one.digests), None)

    @property
    def due(self) -> str:
        """From when on it is to be looked at again; "" for at once."""
        if self.last is None:
            return ""
        next_ = _moment(self.last.at) + timedelta(hours=self.hours)
        return next_.strftime("%Y-%m-%dT%H:%M:%SZ")


def add(session: Session, url: str, *, hours: int, reason: str, compartment: str) -> str:
    """Put a page on the list; returns the id of the watch. UsageError for a wrong address."""
    if not 1 <= hours <= MAX_HOURS:
        raise UsageError("A page is watched every hour at most, every year at least.", "Say 24h.")
    said: list[tuple[str, dict[str, Any]]] = [
        ("url", {"url": check_url(url).url}),
        ("everyHours", {"number": str(hours)}),
        ("captureReason", {"text": check_reason(reason)}),
    ]
    session.check_may_write(compartment)
    watch = new_id(session.random)
    session.say([_claim(session, watch, name, value, compartment) for name, value in said])
    return watch


def stop(session: Session, watch: str) -> None:
    """Take a page off the list; what was captured stays. UsageError when it is not on it."""
    found = next((one for one in watched(session) if one.id == watch), None)
    if found is None or found.stopped:
        raise UsageError("This page is not watched.", "See which are: unburnt watch list.")
    session.say([_claim(session, watch, "isStopped", {"flag": True}, found.compartment)])


def watched(session: Session) -> list[Watched]:
    """Return every page on the list that can be read here, stopped ones too, by address."""
    found = session.index.of_entities(session.index.entities("Watch"))
    listed = [_watched(session, watch, said) for watch, said in found.items()]
    return sorted((one for one in listed if one is not None), key=lambda one: (one.url, one.id))


def run_due(
    session: Session, how: Options, *, all_: bool = False
) -> Iterator[tuple[Watched, Captured]]:
    """Look at every page that is due (or at all), and yield what was found, one by one."""
    for one in watched(session):
        if one.stopped or not (all_ or one.due <= session.clock()):
            continue
        yield (
            one,
            capture(
                session,
                one.url,
                reason=one.reason,
                compartment=one.compartment,
                how=how,
                watch=one.id,
                before=one.before,
                held=one.held,
            ),
        )


# --- reading the list back ---------------------------------------------------------------------


def _watched(session: Session, watch: str, said: list[Recorded]) -> Watched | None:
    values = _latest(said, "Watch")
    if not {"url", "everyHours", "captureReason"} <= values.keys():
        return None
    pointing = [
        record.statement.entity
        for record in session.index.referring_to(watch)
        if record.statement.schema == "Capture" and record.statement.property == "watch"
    ]
    looks = [_look(records) for records in session.index.of_entities(pointing).values()]
    hours = str(values["everyHours"].get("number", ""))
    return Watched(
        id=watch,
        url=str(values["url"].get("url", "")),
        hours=int(hours) if hours.isdecimal() and int(hours) else 24,
        reason=str(values["captureReason"].get("text", "")),
        compartment=said[0].statement.compartment,
        stopped=values.get("isStopped", {}).get("flag") is True,
        looks=tuple(sorted((look for look in looks if look), key=lambda look: look.at)),
    )


def _look(said: list[Recorded]) -> Look | None:
    values = _latest(said, "Capture")
    at = str(values.get("capturedAt", {}).get("date", ""))
    outcome = str(values.get("outcome", {}).get("term", ""))
    try:
        _moment(at)
    except ValueError:
        return None
    text = str(values.get("textDigest", {}).get("identifier", ""))
    media = str(values.get("mediaDigest", {}).get("identifier", ""))
    return Look(at, outcome, (text, media) if text and media else None)


def _latest(said: list[Recorded], schema: str) -> dict[str, dict[str, Any]]:
    """Return the value said last of each property: `said` is in the order of time."""
    return {
        record.statement.property: record.statement.value
        for record in said
        if record.statement.schema == schema
        and record.standing != REFUSED
        and record.statement.stance == "asserted"
    }


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _claim(
    session: Session, watch: str, name: str, value: dict[str, Any], compartment: str
) -> Claim:
    return Claim(
        entity=watch,
        schema="Watch",
        property=name,
        value=value,
        source=session.member,
        compartment=compartment,
    )
