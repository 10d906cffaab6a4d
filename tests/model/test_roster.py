"""What a roster answers, and what it makes of files it cannot use."""

from __future__ import annotations

import time
from dataclasses import FrozenInstanceError

import pytest

from tests.model.roster_world import (
    AT,
    CASES,
    CRANE,
    GULL,
    HERON,
    LEGAL,
    TERN,
    an_id,
    founded,
    hashes,
    machine,
    settled,
    sign,
    together,
)
from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.crypto import note
from unburnt.model.roster import Roster
from unburnt.model.roster_file import sign_op
from unburnt.model.roster_ops import TYPE, op_hash
from unburnt.model.roster_values import Rejected, Role


def test_roles_are_ordered_and_say_what_they_allow() -> None:
    assert Role.NONE < Role.RELAY < Role.DROP < Role.READ < Role.WRITE
    assert [role.may_write for role in Role] == [False, False, True, False, True]
    assert [role.may_read for role in Role] == [False, False, False, True, True]


def test_a_drop_device_writes_and_never_reads() -> None:
    trunk = settled()
    trunk.join(CRANE)
    trunk.access(CRANE, "drop")
    roster = trunk.roster
    assert roster.may_write(CRANE.id, CASES)
    assert not roster.may_read(CRANE.id, CASES)
    assert [device.id for device in roster.readers(CASES)] == sorted([HERON.id, GULL.id, TERN.id])


def test_who_is_not_mentioned_has_no_access() -> None:
    roster = settled().roster
    assert roster.access(CRANE.id, CASES) is Role.NONE
    assert roster.access(HERON.id, LEGAL) is Role.NONE
    assert roster.current_epoch(LEGAL) is None
    assert roster.granted(an_id("nowhere")) == {}
    assert roster.revoked(HERON.id) is None
    assert roster.recovery is None


def test_a_verifier_is_that_of_the_device_revoked_or_not() -> None:
    trunk = settled()
    trunk.revoke(GULL)
    name = f"unburnt/{trunk.roster.archive}/{GULL.id}"
    entry = note.sign("anything\n", name, GULL.key)
    assert note.verified_by(entry, [trunk.roster.verifier(GULL.id)]) == (name,)
    with pytest.raises(UsageError):
        trunk.roster.verifier(CRANE.id)


def test_an_entry_is_judged_by_what_its_author_had_seen() -> None:
    trunk = settled()
    seen = trunk.roster.heads
    trunk.access(GULL, "relay")
    trunk.revoke(TERN)
    then, now = trunk.roster.at(seen), trunk.roster.at(trunk.roster.heads)
    assert then is not None
    assert then.may_write(GULL.id, CASES)
    assert then.may_write(TERN.id, CASES)
    assert then.heads == seen
    assert now == trunk.roster
    assert not trunk.roster.may_write(GULL.id, CASES)
    assert not trunk.roster.may_write(TERN.id, CASES)


def test_a_roster_of_heads_is_made_once_and_never_sees_more() -> None:
    trunk = settled()
    first = trunk.roster.heads
    later = trunk.join(CRANE)
    then = trunk.roster.at(first)
    assert then is not None
    assert trunk.roster.at(first) is then
    assert then.at([later]) is None
    assert then.waiting == ()


def test_heads_that_have_not_arrived_give_no_answer_and_no_heads_are_no_question() -> None:
    roster = settled().roster
    assert roster.at(["a" * 64]) is None
    with pytest.raises(ForeignDataError):
        roster.at([])


def test_without_its_founding_there_is_no_roster() -> None:
    trunk = settled()
    for files in ([], trunk.files[1:]):
        with pytest.raises(ForeignDataError):
            Roster.of(trunk.roster.archive, files)


def test_a_founding_that_its_device_did_not_sign_founds_nothing() -> None:
    text = founded().roster.text(founded().roster.archive)
    forged = sign_op(text, None, HERON.id, GULL.key)
    with pytest.raises(ForeignDataError):
        Roster.of(founded().roster.archive, [forged])


def test_a_bad_file_is_put_aside_and_harms_no_other() -> None:
    trunk = settled()
    roster = Roster.of(trunk.roster.archive, [b"", b"\xff\n\n", *trunk.files, *trunk.files])
    assert roster.devices == trunk.roster.devices
    assert roster.heads == trunk.roster.heads
    assert {item.op for item in roster.rejected} == {""}
    assert len(roster.rejected) == 2


def test_merging_a_late_parent_frees_what_waited_for_it() -> None:
    trunk = settled()
    here = trunk.branch("here")
    trunk.join(CRANE)
    late = trunk.access(CRANE, "drop")
    files = trunk.files[len(here.files) :]
    here.take(files[-1:])
    assert here.roster.waiting == (late,)
    here.take(files[:-1])
    assert not here.roster.waiting
    assert here.roster == trunk.roster


def test_a_name_belongs_to_one_file_alone() -> None:
    trunk = settled()
    archive, file = trunk.roster.archive, trunk.files[-1]
    name = f"roster/{hashes([file])[0]}-{HERON.id}"
    assert Roster.names_file(archive, name, file)
    assert not Roster.names_file(archive, name, trunk.files[-2])
    assert not Roster.names_file("a" * 64, name, file)
    assert not Roster.names_file(archive, name.replace(HERON.id, GULL.id), file)
    assert not Roster.names_file(archive, name, file + b"\n")


def test_a_roster_cannot_be_changed() -> None:
    roster = settled().roster
    with pytest.raises(FrozenInstanceError):
        roster.archive = "a" * 64  # type: ignore[misc]
    with pytest.raises(TypeError):
        roster.devices["x"] = roster.devices[HERON.id]  # type: ignore[index]


def test_equal_rosters_have_equal_digests_and_different_ones_have_not() -> None:
    one, other = settled(), settled()
    assert one.roster == other.roster
    assert hash(one.roster) == hash(other.roster)
    before = one.roster.digest()
    one.access(GULL, "read")
    assert one.roster != other.roster
    assert one.roster.digest() != before == other.roster.digest()
    assert "heron" not in repr(one.roster)


def test_the_text_of_a_proposal_can_be_taken_out_and_signed() -> None:
    trunk = settled(2, 1)
    proposed = trunk.publish(trunk.adding(machine("gull phone", member="gull")), TERN)
    assert trunk.roster.signers(proposed) == (TERN.id,)
    trunk.take([sign(trunk.roster.text(proposed), HERON)])
    assert proposed in trunk.roster.heads
    assert trunk.roster.signers("a" * 64) == ()
    with pytest.raises(UsageError):
        trunk.roster.text("a" * 64)


def test_two_branches_come_together_in_one_next_operation() -> None:
    trunk = settled()
    one, other = trunk.branch("one"), trunk.branch("other")
    first, second = one.access(GULL, "read"), other.rotate("second", TERN)
    both = together(one, other)
    assert both.heads == tuple(sorted([first, second]))
    one.take(other.files)
    joined = one.join(CRANE)
    assert one.roster.heads == (joined,)


def test_what_is_rejected_is_listed_once_however_often_it_came() -> None:
    trunk = settled()
    foreign = founded(GULL).files
    roster = trunk.roster.merge(foreign + foreign).merge([b"x", b"x"])
    assert Rejected(founded(GULL).roster.archive, "foreign", "It belongs to another archive.") in (
        roster.rejected
    )
    assert len(roster.rejected) == 2


def long_history(length: int) -> tuple[str, list[bytes]]:
    """Return an archive with this many operations in a row, a tenth of them revocations."""
    trunk = founded()
    archive = head = trunk.roster.archive
    files = list(trunk.files)
    for number in range(length - 1):
        header = {"archive": archive, "at": AT, "nonce": an_id(f"step {number}"), "type": TYPE}
        fields: dict[str, object] = {"op": "access", "compartment": CASES, "role": "drop"}
        if number % 10 == 0:
            fields = {"op": "revoke", "last": 1, "reason": "lost"}
        op = header | fields | {"device": an_id(str(number)), "parents": [head]}
        text = canonical.encode(op).decode() + "\n"
        files.append(sign(text, HERON))
        head = op_hash(text)
    return archive, files


def test_a_thousand_operations_take_less_than_a_second() -> None:
    archive, files = long_history(1000)
    start = time.process_time()
    roster = Roster.of(archive, files)
    assert len(roster.history) == 1000
    assert roster.alarms == ()
    assert time.process_time() - start < 1
