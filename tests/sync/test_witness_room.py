"""Who says nothing makes way: first for their own kind, then for whoever comes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from unburnt.sync.witness_room import LOCAL, Room, origin


def test_the_oldest_silent_one_of_the_busiest_origin_goes() -> None:
    room = Room(most=4, each=3)
    for caller, address in enumerate(["192.0.2.1", "192.0.2.2", "192.0.2.2", "192.0.2.3"]):
        assert room.enter(caller, address) is None
    assert room.enter(4, "192.0.2.9") == 1
    assert room.enter(5, "192.0.2.9") == 0, "all have one: the oldest"


def test_one_address_has_a_few_silent_ones_though_there_is_room() -> None:
    room = Room(most=32, each=2)
    assert [room.enter(caller, "192.0.2.1") for caller in range(4)] == [None, None, 0, 1]
    assert [room.enter(caller, "127.0.0.1") for caller in range(4, 9)] == [None] * 5


def test_who_was_heard_is_not_sent_away() -> None:
    room = Room(most=2, each=8)
    room.enter(0, "192.0.2.1")
    room.heard(0)
    room.enter(1, "192.0.2.1")
    assert room.enter(2, "192.0.2.1") == 1
    room.heard(1)
    assert room.is_open, "one that was sent away does not come back"
    room.heard(2)
    assert not room.is_open
    room.leave(0)
    assert room.is_open


def test_what_counts_as_one_origin() -> None:
    assert origin("192.0.2.1") == origin("::ffff:192.0.2.1")
    assert origin("2001:db8::1") == origin("2001:db8::ffff:2") != origin("2001:db8:0:1::1")
    assert {origin("127.0.0.1"), origin("127.9.9.9"), origin("::1")} == {LOCAL}
    assert origin("fe80::1%eth0") == origin("fe80::2")
    assert origin("") == ""


STEPS = st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.booleans()), max_size=60)


@given(STEPS)
def test_there_are_never_more_than_the_room_holds(steps: list[tuple[int, bool, bool]]) -> None:
    room = Room(most=4, each=2)
    inside: set[int] = set()
    for caller, (place, heard, leaves) in enumerate(steps):
        if not room.is_open:
            room.leave(inside.pop())
        gone = room.enter(caller, f"192.0.2.{place}")
        assert gone is None or gone in inside
        inside = (inside - {gone}) | {caller}
        assert len(inside) <= 4
        if heard:
            room.heard(caller)
        if leaves:
            room.leave(caller)
            inside.discard(caller)
