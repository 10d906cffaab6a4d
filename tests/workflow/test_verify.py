"""A deep look compares the tables with what was signed, and whatever differs is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from unburnt.core.ids import new_id
from unburnt.crypto.passphrase import WEAK
from unburnt.index.database import fetch
from unburnt.workflow.people import found
from unburnt.workflow.session import Claim, Session
from unburnt.workflow.verify import rebuild, verify

Random = Callable[[int], bytes]


@pytest.fixture
def session(tmp_path: Path, random_bytes: Random) -> Iterator[Session]:
    made = found(
        tmp_path / "archive", "heron", "office", "pass", ["cases"], cost=WEAK, random=random_bytes
    )
    with made:
        for text in ("first", "second"):
            made.say(
                [
                    Claim(
                        entity=new_id(random_bytes),
                        schema="Event",
                        property="summary",
                        value={"text": text},
                        source=made.member,
                        compartment=made.compartment("cases"),
                    )
                ]
            )
        yield made


def test_what_is_whole_is_green_and_was_looked_at(session: Session) -> None:
    found = verify(session, deep=True)
    assert found.green
    entries = session.journal.tip(session.device).size
    assert (found.batches, found.digests_equal) == (entries, True)
    assert found.statements == session.index.count() >= 2


def _another_value(session: Session) -> None:
    fetch(
        session.index._db,
        """update statement set value = '{"text":"third"}' where row in
        (select max(row) from statement)""",
    )


def _another_id(session: Session) -> None:
    fetch(
        session.index._db,
        "update statement set id = ? where row in (select max(row) from statement)",
        (bytes(32),),
    )


def _another_time(session: Session) -> None:
    fetch(session.index._db, "update statement set recorded_at = '2001-01-01T00:00:00Z'")


def _a_missing_row(session: Session) -> None:
    fetch(
        session.index._db,
        "delete from statement where row in (select max(row) from statement)",
    )


def _a_forgotten_entry(session: Session) -> None:
    session.index.forget(session.device, session.journal.tip(session.device).size - 1)


def _another_standing(session: Session) -> None:
    session.index.set_standing(session.device, 0, "unconfirmed")


def _a_lost_key(session: Session) -> None:
    session.identities.clear()


DIFFERENT = {
    "a value is another": _another_value,
    "an id is another": _another_id,
    "a time is another": _another_time,
    "a row is missing": _a_missing_row,
    "an entry that can be opened is not in them": _a_forgotten_entry,
    "a standing is another": _another_standing,
    "what they show can be opened no more": _a_lost_key,
}


@pytest.mark.parametrize("change", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_tables_that_differ_are_told_when(
    session: Session, change: Callable[[Session], None]
) -> None:
    change(session)
    found = verify(session, deep=True)
    assert not found.green
    assert found.digests_equal is False
    assert "tables-differ" in {problem.code for problem in found.problems}


def test_tables_that_differ_are_right_again_once_they_are_rebuilt(session: Session) -> None:
    right = session.index.digest()
    _another_value(session)
    before, after = rebuild(session)
    assert before != after == right
    assert verify(session, deep=True).green
