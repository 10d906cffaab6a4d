"""The laws of the index: however it grew, it holds the same, and it answers from what it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.index.cases import Log, a_hash, an_id, as_recorded, closed, opened, statements, text
from tests.index.test_digest import expected
from unburnt.core.errors import UsageError
from unburnt.index import entries, tables
from unburnt.index.database import discard, fetch
from unburnt.index.layout import STANDINGS
from unburnt.index.rows import Applied
from unburnt.index.tables import Index
from unburnt.model.recorded import Recorded
from unburnt.model.statement import Statement


@pytest.fixture(scope="module", autouse=True)
def small_steps() -> Iterator[None]:
    """Make every boundary lie among a few rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entries, "FRESH", 4)
        patch.setattr(entries, "TOGETHER", 3)
        patch.setattr(tables, "_CHUNK", 2)
        yield


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("index")) / "index.db"


# --- one content, many histories -----------------------------------------------------------------

DEVICES = (an_id("laptop"), an_id("phone"))
CIRCLES = (an_id("cases"), an_id("leads"))


@dataclass(frozen=True)
class History:
    """Entries in the order in which they are applied, cut into groups, and what befalls each."""

    groups: list[list[Applied]]
    detours: list[str]
    judged_late: bool


LIVES = settings().max_examples // 5  # each takes as long as many examples elsewhere
DETOURS = {
    "open": "opened at once",
    "closed": "applied closed, reopened later",
    "forgotten": "opened, forgotten, reopened",
    "twice": "applied twice, reopened while open",
}


@st.composite
def logs(draw: st.DrawFn) -> list[list[Applied]]:
    """Draw the logs of two devices, in two compartments."""
    return [
        [_drawn_entry(draw, device, sequence) for sequence in range(draw(st.integers(0, 3)))]
        for device in DEVICES
    ]


def _drawn_entry(draw: st.DrawFn, device: str, sequence: int) -> Applied:
    circle = draw(st.sampled_from(CIRCLES))
    said = draw(st.lists(statements(device, circle), min_size=1, max_size=4))
    return Applied(
        device=device,
        sequence=sequence,
        leaf=a_hash(f"{device}/{sequence}"),
        compartment=circle,
        standing=draw(st.sampled_from(STANDINGS)),
        statements=said,
        ids=[a_hash(f"{device}/{sequence}/{at}") for at in range(len(said))],
    )


def _history(draw: st.DrawFn, both: list[list[Applied]]) -> History:
    turns = draw(st.permutations([0] * len(both[0]) + [1] * len(both[1])))
    waiting = [iter(log) for log in both]
    order = [next(waiting[turn]) for turn in turns]
    cuts = sorted({0, len(order), *draw(st.lists(st.integers(0, len(order)), max_size=3))})
    return History(
        groups=[order[start:end] for start, end in pairwise(cuts)],
        detours=[draw(st.sampled_from(sorted(DETOURS))) for _ in order],
        judged_late=draw(st.booleans()),
    )


def _live_through(index: Index, history: History) -> None:
    detours = iter(history.detours)
    later: list[Applied] = []
    for group in history.groups:
        now = []
        for item, detour in zip(group, detours, strict=False):
            seen = closed(item) if detour == "closed" else item
            early = msgspec.structs.replace(seen, standing="accepted")
            now += [early if history.judged_late else seen] * (2 if detour == "twice" else 1)
            later += [] if detour == "open" else [item]
            if detour == "forgotten":
                index.apply(now)
                index.forget(item.device, item.sequence)
                index.forget(item.device, item.sequence)
                now = []
        index.apply(now)
    for item in reversed(later):
        circle = item.compartment
        assert circle is not None
        index.reopen(item.device, item.sequence, circle, item.statements, item.ids)
    if history.judged_late:
        for item in sorted((i for group in history.groups for i in group), key=_place):
            index.set_standing(item.device, item.sequence, item.standing)


def _place(item: Applied) -> tuple[str, int]:
    return item.device, item.sequence


@settings(max_examples=LIVES)
@given(both=logs(), data=st.data())
def test_whatever_the_history_the_content_is_that_of_a_rebuild(
    path: Path, both: list[list[Applied]], data: st.DataObject
) -> None:
    items = [item for log in both for item in log]
    history = data.draw(st.composite(_history)(both))
    discard(path)
    with opened(path) as index:
        _live_through(index, history)
        assert index.digest() == expected(*items)
        for circle in CIRCLES:
            mine = [item for item in items if item.compartment == circle]
            assert index.digest(circle) == expected(*mine)
        assert list(index.all()) == as_recorded(*items)
        assert index.count() == len(as_recorded(*items))
        assert index.applied() == {log[0].device: (len(log), log[-1].leaf) for log in both if log}
        for log in both:
            assert not log or index.leaves(log[0].device) == [entry.leaf for entry in log]
        assert index.closed() == []
        _check_answers(index, as_recorded(*items))


def _by_time(found: list[Recorded]) -> list[Recorded]:
    return sorted(found, key=lambda r: (r.statement.recorded_at, r.id))


def _is(field: str, wanted: str, one: Statement) -> bool:
    return bool(getattr(one, field) == wanted)


def _refers(entity: str, one: Statement) -> bool:
    return "text" not in one.value and one.value.get("entity") == entity


def _check_answers(index: Index, recorded: list[Recorded]) -> None:
    """Compare every answer with the same question put to the plain list."""

    def those(test: Callable[[Statement], bool]) -> list[Recorded]:
        return _by_time([r for r in recorded if test(r.statement)])

    everyone = {r.statement.entity for r in recorded} | {an_id(name) for name in "abcdef"}
    about = {entity: those(partial(_is, "entity", entity)) for entity in everyone}
    assert index.of_entities(everyone) == about
    for entity in everyone:
        assert index.of_entity(entity) == about[entity]
        assert index.resting_on(entity) == those(partial(_is, "source", entity))
        assert index.referring_to(entity) == those(partial(_refers, entity))
    for r in recorded:
        assert index.by_id(r.id) == [r]
        if r.statement.answers:
            answered = r.statement.answers
            assert index.answers_to(answered) == those(partial(_is, "answers", answered))
    shown = [r for r in recorded if r.standing != "refused"]
    assert index.entities() == sorted({r.statement.entity for r in shown})
    assert index.compartments() == sorted({r.statement.compartment for r in shown})
    for schema in {r.statement.schema for r in recorded}:
        assert index.entities(schema) == sorted(
            {r.statement.entity for r in shown if r.statement.schema == schema}
        )


# --- what a log may do ---------------------------------------------------------------------------


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with opened(tmp_path / "index.db") as index:
        yield index


def test_a_gap_in_a_log_is_refused_and_nothing_of_the_group_is_kept(index: Index) -> None:
    log = Log("d")
    first, _, third = (log.entry(text(words)) for words in ("one", "two", "three"))
    with pytest.raises(UsageError, match="cannot follow"):
        index.apply([first, third])
    assert index.applied() == {}
    assert index.count() == 0
    index.apply([first])
    assert list(index.all()) == as_recorded(first)


def test_an_entry_that_starts_too_late_is_refused(index: Index) -> None:
    log = Log("d")
    log.entry(text("one"))
    with pytest.raises(UsageError, match="cannot follow"):
        index.apply([log.entry(text("two"))])


def test_another_entry_in_a_taken_place_is_refused(index: Index) -> None:
    first = Log("d").entry(text("one"))
    index.apply([first])
    with pytest.raises(UsageError, match="fork"):
        index.apply([msgspec.structs.replace(first, leaf=a_hash("other"))])
    with pytest.raises(UsageError, match="fork"):  # also within one group
        index.apply(
            [
                Log("e").entry(text("a")),
                msgspec.structs.replace(Log("e").entry(text("b")), leaf=a_hash("x")),
            ]
        )
    assert index.applied() == {an_id("d"): (1, first.leaf)}


GOOD = Log("d").entry(text("one"))
BAD: dict[str, Applied] = {
    "a leaf that is too short": msgspec.structs.replace(GOOD, leaf=b"x"),
    "more ids than statements": msgspec.structs.replace(GOOD, ids=[*GOOD.ids, a_hash("x")]),
    "fewer ids than statements": msgspec.structs.replace(GOOD, ids=[]),
    "an id that is too long": msgspec.structs.replace(GOOD, ids=[b"x" * 33]),
    "statements of another device": msgspec.structs.replace(GOOD, device=an_id("e")),
    "statements of another compartment": msgspec.structs.replace(GOOD, compartment=an_id("x")),
    "statements in an entry that is closed": msgspec.structs.replace(GOOD, compartment=None),
    "an unheard-of standing": msgspec.structs.replace(GOOD, standing="confirmed"),
    "more statements than a batch holds": msgspec.structs.replace(
        GOOD, statements=[*GOOD.statements] * 4097, ids=[*GOOD.ids] * 4097
    ),
}


@pytest.mark.parametrize("item", BAD.values(), ids=BAD)
def test_an_entry_that_does_not_fit_is_refused_whole(index: Index, item: Applied) -> None:
    with pytest.raises(UsageError):
        index.apply([item])
    assert index.applied() == {}
    index.apply([GOOD])
    assert index.count() == 1


def test_a_full_batch_and_an_empty_one_are_kept_whole(index: Index) -> None:
    log = Log("d")
    full = log.entry(*[text(str(at)) for at in range(4096)])
    empty, after = log.entry(), log.entry(text("after"))
    index.apply([full, empty, after])
    assert index.count() == 4097
    assert index.by_id(full.ids[4095].hex())[0].position == 4095
    assert index.by_id(after.ids[0].hex())[0].sequence == 2


def test_a_failure_while_entries_arrive_leaves_nothing_and_harms_nothing(index: Index) -> None:
    log = Log("d")
    one = log.entry(text("one", schema="Fresh", entity=an_id("fresh")))

    def arriving() -> Iterator[Applied]:
        yield one
        raise ConnectionError

    with pytest.raises(ConnectionError):
        index.apply(arriving())
    assert index.count() == 0
    other = Log("e").entry(text("other", schema="Other", entity=an_id("other")))
    index.apply([other])  # takes the numbers that the undone terms had
    index.apply([one])
    assert list(index.all()) == as_recorded(one, other)


def test_entries_that_cannot_be_opened_keep_their_place_until_a_grant_arrives(index: Index) -> None:
    log, other = Log("d"), Log("e")
    first, second, third = log.entry(text("1")), log.entry(text("2")), other.entry(text("3"))
    index.apply([closed(first), second, closed(third)])
    assert index.closed() == sorted([(log.device, 0), (other.device, 0)])
    assert index.applied()[log.device] == (2, second.leaf)
    assert list(index.all()) == as_recorded(second)
    assert first.compartment is not None
    index.reopen(log.device, 0, first.compartment, first.statements, first.ids)
    assert index.closed() == [(other.device, 0)]
    assert list(index.all()) == as_recorded(first, second)
    index.forget(log.device, 1)
    assert index.closed() == sorted([(log.device, 1), (other.device, 0)])
    assert index.by_id(second.ids[0].hex()) == []
    assert index.count() == 1


def test_only_an_applied_entry_can_be_forgotten_or_reopened(index: Index) -> None:
    index.apply([GOOD])
    for device, sequence in ((GOOD.device, 1), (an_id("e"), 0)):
        with pytest.raises(UsageError, match="not applied"):
            index.forget(device, sequence)
        with pytest.raises(UsageError, match="not applied"):
            index.reopen(device, sequence, an_id("cases"), [], [])


def test_reopening_refuses_statements_that_are_not_the_entrys(index: Index) -> None:
    index.apply([closed(GOOD)])
    with pytest.raises(UsageError):
        index.reopen(GOOD.device, 0, an_id("other"), GOOD.statements, GOOD.ids)
    assert index.closed() == [(GOOD.device, 0)]


def test_a_standing_holds_from_its_entry_on_and_for_its_device_alone(index: Index) -> None:
    log, other = Log("d"), Log("e")
    items = [log.entry(text(str(at))) for at in range(3)]
    index.apply([*items, other.entry(text("x"))])
    index.set_standing(log.device, 1, "unconfirmed")
    assert [r.standing for r in index.by_id(items[2].ids[0].hex())] == ["unconfirmed"]
    index.set_standing(log.device, 2, "refused")
    index.set_standing(an_id("nobody"), 0, "refused")
    found = {(r.device, r.sequence): r.standing for r in index.all()}
    assert found == {
        (log.device, 0): "accepted",
        (log.device, 1): "unconfirmed",
        (log.device, 2): "refused",
        (other.device, 0): "accepted",
    }
    with pytest.raises(UsageError, match="no standing"):
        index.set_standing(log.device, 0, "good")  # type: ignore[arg-type]


def test_a_batch_that_a_device_repeats_is_there_twice_and_found_twice(index: Index) -> None:
    log = Log("d")
    first = log.entry(*[text(str(at)) for at in range(5)])
    again = msgspec.structs.replace(log.entry(*[text(str(at)) for at in range(5)]), ids=first.ids)
    index.apply([first, again])
    found = index.by_id(first.ids[0].hex())
    assert [(r.sequence, r.position) for r in found] == [(0, 0), (1, 0)]
    assert [r.id for r in index.all()] == sorted([i.hex() for i in first.ids] * 2)
    index.forget(log.device, 0)
    assert [r.sequence for r in index.by_id(first.ids[0].hex())] == [1]


def test_ids_that_share_their_first_bytes_are_told_apart(index: Index) -> None:
    ids = [b"prefix" + bytes([at]) * 26 for at in range(9)]
    item = msgspec.structs.replace(
        Log("d").entry(*[text(str(at)) for at in range(9)]), ids=ids[::-1]
    )
    index.apply([item])
    assert [r.id for r in index.all()] == [i.hex() for i in ids]
    assert [r.position for r in index.by_id(ids[3].hex())] == [5]
    assert index.by_id((b"prefix" + b"x" * 26).hex()) == []


def test_fresh_ids_settle_and_are_forgotten_from_both_tables(index: Index) -> None:
    log = Log("d")
    items = [log.entry(text("a"), text("b")) for _ in range(4)]
    for item in items[:3]:
        index.apply([item])

    def held() -> tuple[int, int]:
        counts: tuple[int, int] = fetch(
            index._db, "select (select count(*) from settled), (select count(*) from fresh)"
        )[0]
        return counts

    assert held() == (4, 2)
    index.forget(log.device, 0)
    index.forget(log.device, 2)
    assert held() == (2, 0)
    assert list(index.all()) == as_recorded(items[1])
