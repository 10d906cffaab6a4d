"""Stamping: strangers asked over a real connection, their word weighed, nothing lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.evidence.local_authority import LocalAuthority, serving, stamping
from tests.evidence.local_calendar import LocalCalendar, chain, sha
from tests.faults.faulty_backend import MODES, Cut, Mode
from tests.stock import stock
from tests.world import World
from unburnt.core.errors import ForeignDataError, MediumError, UsageError
from unburnt.evidence import openssl, remote
from unburnt.model import time_proof
from unburnt.storage.names import time_name
from unburnt.sync.times import MOST
from unburnt.workflow import custody, exchange, time_settings, timestamps
from unburnt.workflow.moments import Moments
from unburnt.workflow.session import Session, now
from unburnt.workflow.take_in import take_in
from unburnt.workflow.time_proofs import held
from unburnt.workflow.time_status import CLAIMED, EXISTED, ONCE, QUEUED, Status, existed_by, status

pytestmark = pytest.mark.stock


class TodaysWorld(World):
    """A world whose clock is ours, for authorities have no other."""

    def clock(self) -> str:
        return now()


@dataclass
class Strangers:
    """Two authorities, one calendar, all on loopback; what was asked, in order."""

    folder: Path
    alpha: LocalAuthority
    beta: LocalAuthority
    chained: LocalAuthority
    calendar: LocalCalendar
    urls: dict[str, str]
    asked: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)

    def settings(self, *names: str, quorum: int = 2, calendar: bool = False) -> Path:
        """Write a file of authorities with these names."""
        lines = [f'quorum: "{quorum}"', "authorities:" if names else "authorities: []"]
        for name in names:
            (self.folder / f"{name}.pem").write_bytes(getattr(self, name).roots)
            lines.append(f'  - {{name: {name}, url: "{self.urls[name]}/tsr", roots: {name}.pem}}')
        if calendar:
            lines.append(f'calendars:\n  - {{name: alice, url: "{self.calendar.url}"}}')
        path = self.folder / "authorities.yaml"
        path.write_text("\n".join(lines) + "\n")
        return path

    def ask(self, url: str, body: bytes | None, kind: str, *, proxy: str | None = None) -> bytes:
        """Ask over the loopback, unless whom we ask is gone."""
        self.asked.append(url)
        if any(self.urls[name] in url for name in self.gone):
            raise MediumError("An address could not be asked: nobody answers there.", "Later.")
        return remote.ask(url, body, kind, proxy=proxy)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Strangers]:
    stock("openssl")
    folder = tmp_path_factory.mktemp("town")
    alpha = LocalAuthority.make(folder / "alpha", "alpha")
    beta = LocalAuthority.make(folder / "beta", "beta")
    chained = LocalAuthority.make(folder / "chained", "chained", chain=True)
    with ExitStack() as stack:
        urls = {
            name: stack.enter_context(serving(stamping(authority)))
            for name, authority in [("alpha", alpha), ("beta", beta), ("chained", chained)]
        }
        calendar = LocalCalendar()
        urls["alice"] = stack.enter_context(serving(lambda path, body: calendar.answer(path, body)))
        yield Strangers(folder, alpha, beta, chained, calendar, urls)


@pytest.fixture
def strangers(town: Strangers) -> Strangers:
    town.asked.clear()
    town.gone.clear()
    town.calendar.seen.clear()
    town.calendar.height, town.calendar.url = 0, town.urls["alice"]
    return town


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = TodaysWorld(tmp_path / "world")
    made.folder.mkdir()
    return made


@pytest.fixture
def office(world: World) -> Iterator[Session]:
    session = world.found("office", ["cases"])
    world.say(session, "cases", "one")
    yield session
    session.close()


def only(session: Session) -> Status:
    """Return the status of the only log's newest checkpoint."""
    return status(session)[-1]


def test_two_authorities_prove_and_keep_their_raw_replies(
    office: Session, strangers: Strangers
) -> None:
    time_settings.use(office, strangers.settings("alpha", "beta"))
    assert only(office).word == QUEUED
    assert dict(only(office).queued) == {"alpha": "not asked yet", "beta": "not asked yet"}
    done = timestamps.stamp(office, strangers.ask)
    assert [(k.authority, len(k.checked_by)) for k in done.kept] == [("alpha", 2), ("beta", 2)]
    assert done.queued == []
    found = only(office)
    assert (found.word, found.once, found.queued) == (EXISTED, (), ())
    assert found.by is not None
    assert abs(found.by - datetime.now(UTC)) < timedelta(seconds=60)
    name = f"checkpoints/{office.device}/{found.size:010d}"
    for _, proof in held(office):
        assert proof.checkpoint == office.backend.get(name, 10_000)
        assert proof.by == office.device
    assert timestamps.stamp(office, strangers.ask).kept == []
    assert len(strangers.asked) == 2


def test_one_authority_is_a_claim(office: Session, strangers: Strangers) -> None:
    time_settings.use(office, strangers.settings("alpha", "beta"))
    strangers.gone.add("beta")
    done = timestamps.stamp(office, strangers.ask)
    assert [q.authority for q in done.queued] == ["beta"]
    found = only(office)
    assert (found.word, found.by) == (CLAIMED, None)
    assert found.queued == (("beta", "An address could not be asked: nobody answers there."),)
    strangers.gone.clear()
    timestamps.stamp(office, strangers.ask)
    assert only(office).word == EXISTED


def test_offline_everything_is_queued_and_each_is_asked_once(
    world: World, office: Session, strangers: Strangers
) -> None:
    field_device = world.enrol(office, "field", {"cases": "write"})
    world.say(field_device, "cases", "two")
    world.sync(office, "stick")
    world.sync(field_device, "stick")
    world.sync(office, "stick")
    field_device.close()
    time_settings.use(office, strangers.settings("alpha", "beta", calendar=True))
    strangers.gone.update(strangers.urls)
    done = timestamps.stamp(office, strangers.ask)
    assert done.kept == []
    assert len(done.queued) == 6  # two logs, three strangers
    assert len(strangers.asked) == 3
    assert [one.word for one in status(office)] == [QUEUED, QUEUED]


def test_a_quorum_checked_by_one_implementation_says_so(
    office: Session, strangers: Strangers
) -> None:
    time_settings.use(office, strangers.settings("alpha", "chained"))
    timestamps.stamp(office, strangers.ask)
    found = only(office)
    assert (found.word, found.once) == (ONCE, ("chained",))
    assert found.by is not None


def test_without_openssl_the_status_says_so(
    office: Session, strangers: Strangers, monkeypatch: pytest.MonkeyPatch
) -> None:
    time_settings.use(office, strangers.settings("alpha", "beta"))
    timestamps.stamp(office, strangers.ask)
    monkeypatch.setattr(openssl, "available", lambda: False)
    found = only(office)
    assert (found.word, found.once) == (ONCE, ("alpha", "beta"))


def test_a_rogue_reply_is_not_kept(office: Session, strangers: Strangers) -> None:
    time_settings.use(office, strangers.settings("alpha", "beta"))

    def swapped(url: str, body: bytes | None, kind: str, **rest: Any) -> bytes:
        other = url.replace(strangers.urls["alpha"], strangers.urls["beta"])
        return strangers.ask(other, body, kind, **rest)

    done = timestamps.stamp(office, swapped)
    (queued,) = done.queued
    assert queued.authority == "alpha"
    assert queued.reason.startswith("untrusted")
    assert only(office).word == CLAIMED


def test_an_authority_that_nobody_names_any_more_counts_for_nothing(
    office: Session, strangers: Strangers
) -> None:
    time_settings.use(office, strangers.settings("alpha", "beta"))
    timestamps.stamp(office, strangers.ask)
    time_settings.use(office, strangers.settings("alpha", "chained"))
    found = only(office)
    assert found.word == CLAIMED
    assert sorted(p.verdict.reason for p in found.proofs) == ["", "unknown-authority"]


def test_an_older_stamp_goes_on_proving_what_came_before_it(
    world: World, office: Session, strangers: Strangers
) -> None:
    time_settings.use(office, strangers.settings("alpha", "beta"))
    timestamps.stamp(office, strangers.ask)
    first = only(office)
    world.say(office, "cases", "two")
    assert [one.word for one in status(office)] == [EXISTED, QUEUED]
    assert existed_by(office, office.device, first.size) is None
    proven = existed_by(office, office.device, first.size - 1)
    assert proven is not None
    assert proven.size == first.size
    timestamps.stamp(office, strangers.ask)
    later = existed_by(office, office.device, first.size)
    assert later is not None
    assert later.size == first.size + 1
    earliest = existed_by(office, office.device, 0)
    assert earliest is not None
    assert earliest.size == first.size


def test_custody_tells_by_when_evidence_existed(
    world: World, office: Session, strangers: Strangers
) -> None:
    note = world.folder / "note.txt"
    note.write_bytes(b"a note")
    circle = office.compartment("cases")
    (evidence,) = take_in(office, [note], circle, office.member).entities
    time_settings.use(office, strangers.settings("alpha", "beta"))
    claimed = custody.chain(office, evidence, existed=Moments(office).by)
    assert {link.marks[0] for link in claimed.links} == {"claimed"}
    timestamps.stamp(office, strangers.ask)
    proven = Moments(office)
    (acquired, *_) = custody.chain(office, evidence, existed=proven.by).links
    assert only(office).by is not None
    assert acquired.place is not None
    assert acquired.place.existed_by == f"{only(office).by:%Y-%m-%dT%H:%M:%SZ}"
    assert "claimed" not in acquired.marks
    world.say(office, "cases", "what came after")
    later = office.journal.tip(office.device).size - 1
    assert (proven.by(office.device, later), proven.by("of nobody", 0)) == (None, None)


def test_what_one_implementation_alone_could_check_proves_no_moment(
    office: Session, strangers: Strangers, monkeypatch: pytest.MonkeyPatch
) -> None:
    time_settings.use(office, strangers.settings("alpha", "beta"))
    timestamps.stamp(office, strangers.ask)
    assert Moments(office).by(office.device, 0)
    monkeypatch.setattr(openssl, "available", lambda: False)
    assert only(office).word == ONCE
    assert Moments(office).by(office.device, 0) is None


def test_a_calendar_promises_and_a_block_proves(office: Session, strangers: Strangers) -> None:
    time_settings.use(office, strangers.settings("alpha", calendar=True))
    done = timestamps.stamp(office, strangers.ask)
    assert [(k.authority, k.waits) for k in done.kept] == [("alpha", False), ("alice", True)]
    assert only(office).word == CLAIMED
    assert [q.reason for q in timestamps.upgrade(office, strangers.ask).queued] == [
        "An address answers with status 404."
    ]
    strangers.calendar.confirm(101)
    done = timestamps.upgrade(office, strangers.ask)
    assert [(k.authority, k.waits) for k in done.kept] == [("alice", True)]
    assert timestamps.upgrade(office, strangers.ask).kept == []
    assert only(office).word == CLAIMED  # nobody has supplied the header
    headers = strangers.folder / "headers.bin"
    headers.write_bytes(chain([sha(b"0"), sha(b"1")]))
    assert time_settings.use_headers(office, headers, 100) == 1
    assert "other-block" in {p.verdict.reason for p in only(office).proofs}
    assert only(office).word == CLAIMED
    headers.write_bytes(chain([sha(b"0"), strangers.calendar.root]))
    assert time_settings.use_headers(office, headers, 100) == 1
    assert only(office).word == EXISTED
    office.close()
    again = Session.open(
        office.root, "correct horse battery staple", open_backend=office.open_backend
    )
    assert only(again).word == EXISTED
    again.close()


def test_a_calendar_that_names_another_one_is_not_believed(
    office: Session, strangers: Strangers
) -> None:
    time_settings.use(office, strangers.settings(calendar=True))
    strangers.calendar.url = "http://127.0.0.1:1"
    (queued,) = timestamps.stamp(office, strangers.ask).queued
    assert queued.reason == "A calendar names another calendar than itself."


def test_proofs_travel_to_sites_and_back(
    world: World, office: Session, strangers: Strangers
) -> None:
    partner = world.enrol(office, "partner", {"cases": "read"})
    time_settings.use(office, strangers.settings("alpha", "beta"))
    timestamps.stamp(office, strangers.ask)
    world.sync(office, "stick")
    assert exchange.check_site(office, "stick").whole
    pulled = world.sync(partner, "stick")
    assert (pulled.pulled.times, pulled.problems) == (2, [])
    assert [name for name, _ in held(partner)] == [name for name, _ in held(office)]
    time_settings.use(partner, strangers.settings("alpha", "beta"))
    by_log = {one.log: one.word for one in status(partner)}
    assert by_log[office.device] == EXISTED
    partner.close()


def test_a_site_cannot_invent_damage_or_withhold_a_proof_unseen(
    world: World, office: Session, strangers: Strangers
) -> None:
    partner = world.enrol(office, "partner", {"cases": "read"})
    time_settings.use(office, strangers.settings("alpha", "beta"))
    timestamps.stamp(office, strangers.ask)
    world.sync(office, "stick")
    stick = world.disk("stick")
    name, other = [name for name, _ in held(office)]
    stick.tamper(name, "flip")
    stick.tamper(other, "remove")
    junk = b"junk"
    stick.put(time_name(office.device, 1, time_proof.digest(junk)), junk)
    pulled = world.sync(partner, "stick").pulled
    assert pulled.times == 0
    assert [problem.code for problem in pulled.problems] == ["damaged", "damaged"]
    codes = {problem.code for problem in exchange.check_site(office, "stick").problems}
    assert codes == {"time-damaged", "time-missing"}
    world.sync(office, "stick")
    codes = {problem.code for problem in exchange.check_site(office, "stick").problems}
    assert codes == {"time-damaged"}  # the invented one: there is no verb that deletes
    assert world.sync(partner, "stick").pulled.times == 2
    partner.close()


def test_of_one_checkpoint_a_device_takes_no_flood(world: World, office: Session) -> None:
    partner = world.enrol(office, "partner", {"cases": "read"})
    world.sync(office, "stick")
    stick = world.disk("stick")
    name = next(stick.names(f"checkpoints/{office.device}/"))
    for number in range(MOST + 5):
        flood = time_proof.TimeProof(
            archive=office.archive,
            log=office.device,
            size=int(name[-10:]),
            kind="rfc3161",
            authority="a",
            by=office.device,
            asked=now(),
            checkpoint=stick.get(name, 10_000),
            request=b"x",
            reply=b"%d" % number,
        )
        data = time_proof.sign(flood, office.keys.signing)
        stick.put(time_name(flood.log, flood.size, time_proof.digest(data)), data)
    assert world.sync(partner, "stick").pulled.times == MOST
    partner.close()


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "lied"])
@pytest.mark.parametrize("cut", [1, 2])
def test_a_power_cut_keeps_what_was_acknowledged(
    world: World, office: Session, strangers: Strangers, cut: int, mode: Mode
) -> None:
    time_settings.use(office, strangers.settings("alpha", "beta"))
    disk = world.disk("office")
    before = set(disk.names("times/"))
    disk.cut_at(cut, mode)
    with pytest.raises(Cut):
        timestamps.stamp(office, strangers.ask)
    disk.reopen()
    again = world.open("office")
    kept = [name for name, _ in held(again)]
    assert len(kept) >= cut - 1  # each proof is durable before the next stranger is asked
    assert before == set()
    timestamps.stamp(again, strangers.ask)
    assert only(again).word == EXISTED
    assert set(kept) <= {name for name, _ in held(again)}
    world.sync(again, "stick")
    assert exchange.check_site(again, "stick").whole
    again.close()


def test_a_full_disk_is_an_error_and_nothing_is_half_kept(
    world: World, office: Session, strangers: Strangers
) -> None:
    time_settings.use(office, strangers.settings("alpha", "beta"))
    world.disk("office").full_disk(after_bytes=10)
    with pytest.raises(MediumError):
        timestamps.stamp(office, strangers.ask)
    world.disk("office").full_disk(None)
    assert list(held(office)) == []
    assert len(timestamps.stamp(office, strangers.ask).kept) == 2


def test_nobody_named_is_said_with_the_next_step(office: Session, strangers: Strangers) -> None:
    with pytest.raises(UsageError, match="unburnt time authorities"):
        timestamps.stamp(office, strangers.ask)


def test_a_proof_about_another_history_is_not_believed(
    office: Session, strangers: Strangers
) -> None:
    time_settings.use(office, strangers.settings("alpha", "beta"))
    timestamps.stamp(office, strangers.ask)
    tip = office.journal.tip(office.device)
    office.journal.tips[office.device] = type(tip).start(office.archive, office.device)
    found = [one for one in status(office) if one.log == office.device]
    assert {p.verdict.reason for one in found for p in one.proofs} == {"other-history"}


BAD_SETTINGS = {
    "an unknown key": "quorums: 2\n",
    "a quorum of one": 'quorum: "1"\nauthorities: []\n',
    "a quorum nobody can reach": 'quorum: "3"\nauthorities: []\n',
    "an address of another kind": 'calendars:\n  - {name: a, url: "ftp://x"}\n',
    "an address with a password": 'calendars:\n  - {name: a, url: "https://a:b@x"}\n',
    "a name with a space": 'calendars:\n  - {name: "a b", url: "https://x"}\n',
    "one name twice": (
        'calendars:\n  - {name: a, url: "https://x"}\n  - {name: a, url: "https://y"}\n'
    ),
    "one address twice": (
        'calendars:\n  - {name: a, url: "https://x"}\n  - {name: b, url: "https://X/"}\n'
    ),
    "an authority without roots": 'authorities:\n  - {name: a, url: "https://x"}\n',
    "roots that are none": (
        'authorities:\n  - {name: a, url: "https://x", roots: authorities.yaml}\n'
    ),
    "roots that are not there": 'authorities:\n  - {name: a, url: "https://x", roots: gone}\n',
    "a list instead": "- a\n",
    "no YAML": "{",
    "a proxy of https": 'proxy: "https://x"\nauthorities: []\n',
}


@pytest.mark.parametrize("text", BAD_SETTINGS.values(), ids=BAD_SETTINGS.keys())
def test_settings_that_are_wrong_are_refused(office: Session, tmp_path: Path, text: str) -> None:
    path = tmp_path / "authorities.yaml"
    path.write_text(text)
    with pytest.raises((UsageError, ForeignDataError, MediumError)):
        time_settings.use(office, path)


def test_two_authorities_under_one_root_are_refused(office: Session, strangers: Strangers) -> None:
    path = strangers.settings("alpha", "beta")
    (strangers.folder / "beta.pem").write_bytes(strangers.alpha.roots)
    with pytest.raises(UsageError, match="root in common"):
        time_settings.use(office, path)
