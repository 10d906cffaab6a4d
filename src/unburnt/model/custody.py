"""The chain of custody of one piece of evidence, folded from statements and places in the log.

    chain = fold(evidence, about, events, derived, places)
    for link in chain.links: link.kind, link.when, link.author, link.purpose, link.marks
    chain.red                          a digest that is not that of the evidence

Rules: docs/spec/custody.md, "The chain". Pure: the same statements give the same chain, in whatever
order they arrived. Never says that nothing else happened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from unburnt.core import edtf
from unburnt.core.day import Day
from unburnt.core.errors import UsageError
from unburnt.model.custody_event import RECORDED, SCHEMA
from unburnt.model.recorded import REFUSED, UNCONFIRMED, Recorded

QUIET = 90  # days without an event that are pointed out
COMPUTED = ("acquired", "hashed", "sealed", "stored")
_ORDER = {kind: place for place, kind in enumerate((*COMPUTED, *RECORDED))}

CLAIMED = "claimed"
RETROACTIVE = "retroactive"
DISORDERED = "disordered"
UNCONFIRMED_MARK = "unconfirmed"
TAKEN_BACK = "taken-back"
UNACKNOWLEDGED = "unacknowledged"
NOT_RECEIVER = "not-receiver"
TOLD = "told"
MISMATCH = "mismatch"
OF_NOTHING = "of-nothing"
BEHIND = "behind"

SKEW = 600  # seconds by which the clocks of two devices may differ without a mark

Seat = tuple[str, int]  # device, sequence


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of an entry: the checkpoint that covers it, copies, a witnessed moment."""

    covered: int | None = None
    sites: int = 0
    checked: int = 0
    existed_by: str | None = None
    before: str = ""  # the newest time that its own log claims before it
    seen: str = ""  # the newest time that logs of others claim, as far as it had seen them


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One event of a chain; absent details are None or empty."""

    kind: str
    when: str
    recorded_at: str = ""
    author: str = ""
    device: str = ""
    sequence: int = -1
    event: str | None = None
    by: str | None = None
    source: str | None = None
    digest: str | None = None
    size: int | None = None
    object: str | None = None
    place: Place | None = None
    tool: str | None = None
    purpose: str | None = None
    receiver: str | None = None
    answers: str | None = None
    result: tuple[str, ...] = ()
    note: str | None = None
    days: int | None = None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """The events of one piece of evidence in order, and how many refused statements there are."""

    evidence: str
    digests: tuple[str, ...]
    links: tuple[Link, ...]
    refused: int

    @property
    def red(self) -> bool:
        """Whether some digest is not that of the evidence."""
        return any(MISMATCH in link.marks for link in self.links)


def fold(
    evidence: str,
    about: Iterable[Recorded],
    events: Mapping[str, Sequence[Recorded]],
    derived: Mapping[str, Sequence[Recorded]],
    places: Mapping[Seat, Place],
    retracted: Collection[str] = (),
    members: Collection[str] = (),
) -> Chain:
    """Return the chain of `evidence`.

    `about` are the statements about it, `events` those about each custody event that names it,
    `derived` those about each Evidence that is derived from it, `retracted` ids of statements that
    were taken back, `members` ids of those who can sign for themselves. Raises UsageError when
    no file statement is among `about`.
    """
    known = [record for record in about if record.standing != REFUSED]
    files = [record for record in known if _file(record)]
    if not files:
        raise UsageError(
            "Nothing that can be read here says what the original is.",
            "Check the id, or ask somebody who reads the other compartments.",
        )
    digests = tuple(sorted({_file(record)["sha256"] for record in files}))
    links = [link for record in files for link in _computed(record, places)]
    for entity, said in events.items():
        links += _recorded(entity, said, places, retracted)
    for entity, said in derived.items():
        links += _derived(entity, evidence, said, places)
    links = _disordered(sorted(_checked(links, digests, members), key=_key))
    every = [*about, *(r for said in (*events.values(), *derived.values()) for r in said)]
    refused = sum(record.standing == REFUSED for record in every)
    return Chain(evidence, digests, tuple(with_quiet(links)), refused)


# --- links ----------------------------------------------------------------------------------------


def _file(record: Recorded) -> dict[str, Any]:
    """Return the file that a statement names as the original, {} when it names none."""
    said = record.statement
    value = said.value.get("file")
    sound = isinstance(value, dict) and isinstance(value.get("sha256"), str)
    return value if said.schema == "Evidence" and said.property == "file" and sound else {}  # type: ignore[return-value]  # a dict, as `sound` says


def _link(kind: str, record: Recorded, places: Mapping[Seat, Place], **details: Any) -> Link:
    said = record.statement
    place = places.get((record.device, record.sequence))
    marks = [] if place is not None and place.existed_by else [CLAIMED]
    if record.standing == UNCONFIRMED:
        marks.append(UNCONFIRMED_MARK)
    return Link(
        kind=kind,
        when=details.pop("when", said.recorded_at),
        recorded_at=said.recorded_at,
        author=said.author,
        device=record.device,
        sequence=record.sequence,
        place=place,
        marks=(*marks, *details.pop("marks", ())),
        **details,
    )


def _computed(record: Recorded, places: Mapping[Seat, Place]) -> Iterator[Link]:
    file = _file(record)
    yield _link("acquired", record, places, source=record.statement.source)
    yield _link("hashed", record, places, digest=file["sha256"], size=file.get("size"))
    yield _link("sealed", record, places, object=file.get("object"))
    yield _link("stored", record, places)


def _recorded(
    entity: str,
    said: Sequence[Recorded],
    places: Mapping[Seat, Place],
    retracted: Collection[str],
) -> Iterator[Link]:
    """Yield the event that the entry of each `kind` statement tells of, and nothing said later."""
    for record in said:
        kind = record.statement.value.get("term")
        if record.standing == REFUSED or not _is(record, "kind") or kind not in RECORDED:
            continue
        seat = (record.device, record.sequence)
        whole = [r for r in said if (r.device, r.sequence) == seat and r.standing != REFUSED]
        marks = [TAKEN_BACK] if record.id in retracted else []
        happened = _value(whole, "happened")
        if kind == "gap" or (happened and _late(happened, record.statement.recorded_at)):
            marks.append(RETROACTIVE)
        if _value(whole, "told"):
            marks.append(TOLD)
        yield _link(
            kind,
            record,
            places,
            event=entity,
            when=happened if happened and edtf.is_valid(happened) else record.statement.recorded_at,
            by=_value(whole, "by"),
            tool=_value(whole, "tool"),
            purpose=_value(whole, "purpose"),
            receiver=_value(whole, "receiver"),
            digest=_value(whole, "digest"),
            answers=_value(whole, "answersEvent"),
            result=tuple(sorted(_values(whole, "result"))),
            note=_value(whole, "remarks"),
            marks=marks,
        )


def _derived(
    entity: str, evidence: str, said: Sequence[Recorded], places: Mapping[Seat, Place]
) -> Iterator[Link]:
    for record in said:
        points = record.statement.value.get("entity") == evidence
        if record.standing == REFUSED or not points or not _is(record, "derivedFrom", "Evidence"):
            continue
        seat = (record.device, record.sequence)
        whole = [r for r in said if (r.device, r.sequence) == seat and r.standing != REFUSED]
        tool = _value(whole, "captureTool", "Evidence")
        yield _link("derived", record, places, result=(entity,), tool=tool)


def _is(record: Recorded, name: str, schema: str = SCHEMA) -> bool:
    said = record.statement
    return said.schema == schema and said.property == name and said.stance == "asserted"


def _values(said: Iterable[Recorded], name: str, schema: str = SCHEMA) -> list[str]:
    """Return the plain values of a property, as text; what a newer version says is left out."""
    found = []
    for record in said:
        value = record.statement.value
        tags = ("text", "entity", "identifier", "date", "term")
        plain = next((value[tag] for tag in tags if isinstance(value.get(tag), str)), None)
        plain = "true" if value.get("flag") is True else plain
        if plain is not None and _is(record, name, schema):
            found.append(plain)
    return found


def _value(said: Iterable[Recorded], name: str, schema: str = SCHEMA) -> str | None:
    return min(_values(said, name, schema), default=None)


# --- marks and order ------------------------------------------------------------------------------


def _checked(
    links: Sequence[Link], digests: Collection[str], members: Collection[str]
) -> Iterator[Link]:
    """Yield the links, those about handing over held against each other and the evidence."""
    given = [link for link in links if link.kind == "transferred"]
    answers = [link for link in links if link.kind == "acknowledged"]
    for link in links:
        marks = list(link.marks)
        if link.kind == "transferred" and not any(_acknowledges(a, link, members) for a in answers):
            marks.append(UNACKNOWLEDGED)
        if link.kind == "acknowledged" and not _is_right(link, given, members):
            marks.append(NOT_RECEIVER)
        if link.kind == "acknowledged" and link.digest is None:
            marks.append(OF_NOTHING)
        if link.event is not None and link.digest is not None and link.digest not in digests:
            marks.append(MISMATCH)
        yield replace(link, marks=tuple(marks))


def _acknowledges(link: Link, given: Link, members: Collection[str]) -> bool:
    """Tell whether an acknowledgement counts for this handing-over, and was not taken back.

    Each is held against its own receiver: anybody can tell of another one under the same id.
    """
    counts = link.answers == given.event and TAKEN_BACK not in link.marks
    counts = counts and link.digest is not None  # else nobody knows of what
    return counts and _is_by(link, given.receiver, members)


def _is_right(link: Link, given: Sequence[Link], members: Collection[str]) -> bool:
    """Tell whether an acknowledgement is by the receiver of what it answers, or told of one.

    What is told of a handing-over that cannot be read here is left as it is.
    """
    answered = [one.receiver for one in given if one.event == link.answers]
    if not answered:
        return TOLD in link.marks
    return any(_is_by(link, receiver, members) for receiver in answered)


def _is_by(link: Link, receiver: str | None, members: Collection[str]) -> bool:
    """Tell whether the receiver signed, or is no member and somebody told us: nobody could sign."""
    return link.author == receiver or (TOLD in link.marks and receiver not in members)


def _key(link: Link) -> tuple[Any, ...]:
    seat = (link.recorded_at, link.device, link.sequence)
    return (edtf.order_key(edtf.parse(link.when)), *seat, _ORDER[link.kind], link.event or "")


def _disordered(links: Sequence[Link]) -> list[Link]:
    """Mark what its log has after an entry that claims a later time, be it of this chain or not.

    Besides, what claims a time before that of an entry of another device that it had seen.
    """
    newest: dict[str, str] = {}
    odd: dict[Seat, set[str]] = {}
    for link in sorted(links, key=lambda link: (link.device, link.sequence)):
        place = link.place or Place()
        before = max(newest.get(link.device, ""), place.before)
        marks = odd.setdefault((link.device, link.sequence), set())
        if link.recorded_at < before:
            marks.add(DISORDERED)
        if _seconds(link.recorded_at, place.seen) > SKEW:
            marks.add(BEHIND)
        newest[link.device] = max(before, link.recorded_at)
    return [
        replace(link, marks=(*link.marks, *sorted(odd[link.device, link.sequence])))
        for link in links
    ]


def _seconds(start: str, end: str) -> float:
    """Return the seconds from one claimed time to another, 0 without the second."""
    if not end:
        return 0
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def with_quiet(links: Sequence[Link]) -> Iterator[Link]:
    """Yield the links, with an event of its own where nothing was recorded for long."""
    yield from links[:1]
    for before, link in pairwise(links):
        end, start = edtf.parse(before.when).upper, edtf.parse(link.when).lower
        days = start.number - end.number if start and end else 0
        if days > QUIET:
            yield Link(kind="quiet", when=link.when, days=days)
        yield link


def _late(happened: str, recorded_at: str) -> bool:
    """Tell whether something was written down more than a day after it ended."""
    if not edtf.is_valid(happened):
        return True
    end, written = edtf.parse(happened).upper, edtf.parse(recorded_at).lower
    return _number(written) - _number(end) > 1


def _number(day: Day | None) -> int:
    return day.number if day else 0
