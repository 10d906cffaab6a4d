"""A message of a sealed export becomes statements that name the export and the place in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.evidence.messages import examples
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.core.ids import new_id
from unburnt.crypto.passphrase import WEAK
from unburnt.model import schema as schemas
from unburnt.workflow.custody import chain
from unburnt.workflow.messages import find_target, record_message, record_threat, threads
from unburnt.workflow.people import found
from unburnt.workflow.session import Claim, Session
from unburnt.workflow.take_in import take_in

Random = Callable[[int], bytes]


@pytest.fixture
def session(tmp_path: Path, random_bytes: Random) -> Iterator[Session]:
    circles = ["cases", "safety"]
    folder = tmp_path / "archive"
    with found(folder, "heron", "office", "pass", circles, cost=WEAK, random=random_bytes) as made:
        yield made


def taken(session: Session, folder: Path, data: bytes) -> str:
    path = folder / "export"
    path.write_bytes(data)
    (entity,) = take_in(session, [path], session.compartment("cases"), session.member).entities
    path.unlink()
    return entity


def person(session: Session, name: str) -> str:
    entity = new_id(session.random)
    circle = session.compartment("cases")
    said = Claim(entity, "Person", "name", {"text": name}, session.member, circle)
    session.say([said])
    return entity


def told(session: Session, entity: str) -> dict[str, tuple[Any, str, str]]:
    """Return, by property, the value, the stance and the source of what is said of an entity."""
    return {
        one.statement.property: (
            next(iter(v for k, v in one.statement.value.items() if k != "as")),
            one.statement.stance,
            one.statement.source,
        )
        for one in session.index.of_entity(entity)
    }


def test_a_threat_becomes_an_incident_in_one_step(session: Session, tmp_path: Path) -> None:
    export = taken(session, tmp_path, examples.ANDROID_RU)
    rowan = person(session, "Rowan")
    made = record_threat(
        session, export, "line:2", find_target(session, "Rowan"), kind="death-threat"
    )
    file, us = ("reported", export), ("asserted", session.member)
    words = ("Ещё раз напишешь\nмы тебя найдём: понял?", *file)
    assert made.account is not None
    assert told(session, made.incident) == {
        "wording": words,
        "startDate": ("2019-03-12", *file),
        "channel": ("by-messenger", *us),
        "target": (rowan, *us),
        "proof": (made.message, *us),
    }
    assert told(session, made.act) == {
        "wording": words,
        "startDate": ("2019-03-12", *file),
        "event": (made.incident, *us),
        "victim": (rowan, *us),
        "type": ("death-threat", *us),
        "method": ("by-phone-or-message", *us),
        "proof": (made.message, *us),
    }
    assert told(session, made.message) == {
        "bodyText": words,
        "author": ("+7 900 000-00-00", *file),
        "date": ("2019-03-12", *file),
        "senderAccount": (made.account, *file),
        "material": ("chat-message", *file),
        "evidence": (export, *file),
    }
    assert told(session, made.account) == {
        "phone": ("+7 900 000-00-00", *file),
        "service": ("WhatsApp", *file),
    }
    dates = [o.statement for o in session.index.of_entity(made.act) if "date" in o.statement.value]
    assert [one.value["as"] for one in dates] == ["12.03.2019, 09:07"]
    assert [one.locator for one in dates] == [{"message": "line:2"}]


def test_threats_from_one_number_meet_in_one_account(session: Session, tmp_path: Path) -> None:
    export = taken(session, tmp_path, examples.SMS)
    first = record_message(session, export, "index:1")
    again = record_message(session, export, "index:1")
    third = record_message(session, export, "index:3")
    assert (first.new, again.new, again.message) == (True, False, first.message)
    assert first.account == again.account == third.account
    assert first.message != third.message


def test_a_threat_may_lie_in_another_compartment(session: Session, tmp_path: Path) -> None:
    export = taken(session, tmp_path, examples.EML)
    safety = session.compartment("safety")
    made = record_threat(session, export, "index:1", session.member, compartment=safety)
    for entity in (made.incident, made.act, made.message, made.account or ""):
        circles = {one.statement.compartment for one in session.index.of_entity(entity)}
        assert circles == {safety}
    assert told(session, made.incident)["channel"][0] == "by-email"


def test_what_is_threatened_may_be_a_thing(session: Session, tmp_path: Path) -> None:
    export = taken(session, tmp_path, examples.TELEGRAM)
    car = new_id(os.urandom)
    circle = session.compartment("cases")
    session.say([Claim(car, "Vehicle", "name", {"text": "the car"}, session.member, circle)])
    made = record_threat(session, export, "id:77", find_target(session, "the car"))
    assert told(session, made.act)["target"][0] == car
    assert "victim" not in told(session, made.act)


def test_nothing_is_written_when_it_cannot_be_a_threat(session: Session, tmp_path: Path) -> None:
    export = taken(session, tmp_path, examples.ANDROID_RU)
    before = len(list(session.index.all()))
    for locator, kind in (("line:3", "threat"), ("line:2", "arrest"), ("line:2", "nonsense")):
        with pytest.raises(UsageError):
            record_threat(session, export, locator, session.member, kind=kind)
    with pytest.raises(UsageError):
        record_threat(session, export, "line:2", session.member, channel="nonsense")
    assert len(list(session.index.all())) == before


def test_who_is_called_so_twice_must_be_named_by_id(session: Session) -> None:
    first, _ = person(session, "Rowan"), person(session, "Rowan")
    with pytest.raises(UsageError, match="Several"):
        find_target(session, "Rowan")
    assert find_target(session, first) == first
    assert find_target(session, "heron") == session.member


def test_looking_is_recorded_before_it_is_done(session: Session, tmp_path: Path) -> None:
    export = taken(session, tmp_path, examples.MBOX)
    assert len(threads(session, export).messages) == 2
    assert [link.kind for link in chain(session, export).links].count("viewed") == 0
    threads(session, export, viewed="the hearing")
    assert [link.kind for link in chain(session, export).links].count("viewed") == 1


def test_no_message_lies_in_clear_on_the_disk(session: Session, tmp_path: Path) -> None:
    export = taken(session, tmp_path, examples.ANDROID_RU)
    record_threat(session, export, "line:2", session.member)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert "найдём".encode() not in path.read_bytes(), path


def test_what_is_no_export_is_refused(session: Session, tmp_path: Path) -> None:
    with pytest.raises(ForeignDataError):
        threads(session, taken(session, tmp_path, b"a letter"))
    with pytest.raises(UsageError):
        threads(session, person(session, "Rowan"))


def test_whoever_is_named_beside_the_message_is_kept_apart_from_what_packs_show(
    session: Session, tmp_path: Path
) -> None:
    letter = (
        b"From: Wren <wren@example.org>\r\nTo: Rowan <rowan@example.org>, Ash <ash@example.org>\r\n"
        b"Date: Tue, 23 Jan 2018 10:00:00 +0300\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nYou are next.\r\n"
        b"--b\r\nContent-Type: image/jpeg\r\n"
        b'Content-Disposition: attachment; filename="from rowan.jpg"\r\n\r\nx\r\n--b--\r\n'
    )
    export = taken(session, tmp_path, letter)
    (message,) = threads(session, export).messages
    made = record_message(session, export, message.locator)
    shown: list[tuple[str, str]] = []
    apart: list[tuple[str, str]] = []
    for one in session.index.of_entity(made.message):
        kind = schemas.builtin().property("Message", one.statement.property)
        assert kind is not None
        (apart if kind.sensitive else shown).append((kind.name, str(one.statement.value)))
    assert sorted(name for name, _ in apart) == ["fileName", "recipientNamed", "recipientNamed"]
    assert not [words for _, words in shown if "owan" in words or "ash@" in words]
