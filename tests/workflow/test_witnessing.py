"""Two partners' witnesses over real HTTP: a history told twice is refused, and nobody waits."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.storage.socks_server import SocksServer, refuse_names
from tests.world import World
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.crypto import note
from unburnt.crypto.checkpoint import parse_checkpoint
from unburnt.crypto.policy import is_witnessed
from unburnt.security.finding import Level
from unburnt.storage.names import cosigned_name
from unburnt.sync import cosigned
from unburnt.sync.check import check
from unburnt.workflow import exchange, witness_serving, witnessing
from unburnt.workflow.health import health
from unburnt.workflow.moments import Moments
from unburnt.workflow.session import Session
from unburnt.workflow.verify import verify
from unburnt.workflow.witness_policy import policy_text, read_policy, set_policy

QUICK = 5.0  # seconds


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Run the witness of a folder on a port of its own; gives its address."""
    with witness_serving.opened(folder, port=0) as server:
        thread = threading.Thread(target=server.serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.address[1]}"
        server.close()
        thread.join(5)


class Partners:
    """Two partners abroad, each with a witness; the policy asks for both."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.stack = stack
        names = ("berlin", "vilnius")
        self.vkeys = {
            name: witness_serving.new_witness(folder / name, f"{name}.example") for name in names
        }
        self.urls = {name: stack.enter_context(serving(folder / name)) for name in names}

    def serve(self, *sessions: Session) -> None:
        """Tell both of all logs, and each device of the policy."""
        for session in sessions:
            vkeys = [vkey for _, vkey in witnessing.log_vkeys(session)]
            for name in self.vkeys:
                witness_serving.add_logs(self.folder / name, vkeys)
            set_policy(session, self.policy())

    def policy(
        self, quorum: str = "group both all berlin vilnius\nquorum both\n", **urls: str
    ) -> bytes:
        """Return a policy with both, at these addresses."""
        where = {**self.urls, **urls}
        lines = [f"witness {name} {vkey} {where[name]}\n" for name, vkey in self.vkeys.items()]
        return ("".join(lines) + quorum).encode()


@pytest.fixture
def world(tmp_path: Path) -> World:
    (tmp_path / "world").mkdir()
    return World(tmp_path / "world")


@pytest.fixture
def partners(tmp_path: Path) -> Iterator[Partners]:
    with ExitStack() as stack:
        yield Partners(tmp_path / "partners", stack)


@pytest.fixture
def office(world: World, partners: Partners) -> Iterator[Session]:
    session = world.found("office", ["cases"])
    partners.serve(session)
    for number in range(3):
        world.say(session, "cases", f"name {number}")
    yield session
    session.close()


def codes(asked: witnessing.Asked) -> list[tuple[str, str]]:
    return sorted((answer.witness, answer.code) for answer in asked.answers)


# --- what is witnessed --------------------------------------------------------------------------


def test_before_anybody_was_asked_a_time_is_only_claimed(office: Session) -> None:
    (log,) = witnessing.status(office)
    assert (log.word, log.size, log.witnessed, log.since) == ("claimed", 3, 0, None)
    assert log.waiting == ("berlin", "vilnius")
    assert witnessing.existence(office, office.device, 0).word == "claimed"


def test_what_both_cosigned_is_witnessed_since_the_later_of_them(office: Session) -> None:
    before = int(time.time())
    asked = witnessing.ask(office)
    assert codes(asked) == [("berlin", "cosigned"), ("vilnius", "cosigned")]
    (log,) = witnessing.status(office)
    assert (log.word, log.witnessed, log.by, log.waiting) == (
        "witnessed",
        3,
        ("berlin", "vilnius"),
        (),
    )
    assert log.since is not None
    assert log.since >= time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(before))
    found = witnessing.existence(office, office.device, 2)
    assert (found.word, found.since, found.by) == ("witnessed", log.since, ("berlin", "vilnius"))
    moments = Moments(office)
    assert [moments.by(office.device, entry) for entry in (2, 3)] == [log.since, None]
    assert found.note is not None
    policy = read_policy(office)
    assert policy is not None
    assert is_witnessed(policy, found.note).satisfied


def test_an_old_size_stays_for_the_proofs_that_quote_it(world: World, office: Session) -> None:
    witnessing.ask(office)
    first = witnessing.cosigned_notes(office, office.device)[3]
    world.say(office, "cases", "one more")
    (log,) = witnessing.status(office)
    assert (log.word, log.size, log.witnessed) == ("claimed", 4, 3)
    assert witnessing.existence(office, office.device, 3).word == "claimed"
    witnessing.ask(office)
    notes = witnessing.cosigned_notes(office, office.device)
    assert sorted(notes) == [3, 4]
    assert notes[3] == first
    assert witnessing.existence(office, office.device, 2).note == first
    assert witnessing.existence(office, office.device, 3).note == notes[4]


def test_asking_again_asks_for_nothing_that_is_here(office: Session) -> None:
    witnessing.ask(office)
    again = witnessing.ask(office)
    assert (again.kept, codes(again)) == (0, [("berlin", "seen"), ("vilnius", "seen")])


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "http://[half", "http://host:port"])
def test_one_of_two_is_no_quorum(office: Session, partners: Partners, address: str) -> None:
    set_policy(office, partners.policy(vilnius=address))
    asked = witnessing.ask(office, patience=QUICK)
    assert ("berlin", "cosigned") in codes(asked)
    assert ("vilnius", "unreachable") in codes(asked)
    (log,) = witnessing.status(office)
    assert (log.word, log.waiting) == ("claimed", ("vilnius",))
    assert [a.code for a in witnessing.last_answers(office)] == ["unreachable"]
    set_policy(office, partners.policy())
    witnessing.ask(office)
    assert witnessing.status(office)[0].word == "witnessed"
    assert witnessing.last_answers(office) == []


def test_a_policy_that_asks_for_nobody_makes_nothing_witnessed(
    office: Session, partners: Partners
) -> None:
    witnessing.ask(office)
    set_policy(office, partners.policy("quorum none\n"))
    assert witnessing.status(office)[0].word == "claimed"


def test_health_says_what_is_claimed_what_is_witnessed_and_who_disagrees(
    world: World, office: Session
) -> None:
    assert said(office) == {"witness-behind": Level.AMBER}
    witnessing.ask(office)
    assert said(office) == {"witness-sound": Level.GREEN}
    other = cloned(world, office)
    office = world.open("office")
    world.say(office, "cases", "what happened")
    witnessing.ask(office)
    world.say(other, "cases", "what shall be believed")
    witnessing.ask(other)
    assert said(other) == {"witness-alarm": Level.RED, "witness-behind": Level.AMBER}
    other.close()
    office.close()


def said(session: Session) -> dict[str, Level]:
    found = health(session).findings
    return {one.code: one.level for one in found if one.code.startswith("witness")}


# --- sites --------------------------------------------------------------------------------------


def test_cosignatures_travel_to_sites_and_back(
    world: World, office: Session, partners: Partners
) -> None:
    field = world.enrol(office, "field", {"cases": "read"})
    witnessing.ask(office)
    world.sync(office, "site")
    partners.serve(field)
    assert world.sync(field, "site").problems == []
    assert witnessing.status(field) == witnessing.status(office)
    assert world.sync(field, "site").pulled.moved == 0
    assert exchange.check_site(office, "site").green
    field.close()


def test_a_site_that_holds_a_note_beyond_its_log_is_red_to_anybody(
    world: World, office: Session
) -> None:
    """The site has the witness's notes and not the newest entry; who looks knows nothing else."""
    world.sync(office, "site")
    assert check(world.disk("site"), office.archive).green
    world.say(office, "cases", "the newest")
    witnessing.ask(office)
    for device, _, signed in cosigned.held(office.backend, office.roster):
        cosigned.keep(world.disk("site"), device, signed)
    report = check(world.disk("site"), office.archive)
    assert [(p.code, p.detail) for p in report.problems] == [("missing", "witness")]


def test_a_site_as_old_as_a_disk_that_was_put_back_is_red_by_the_note_of_a_witness(
    world: World, office: Session
) -> None:
    world.sync(office, "site")
    office.close()
    image = world.image("office")
    office = world.open("office")
    world.say(office, "cases", "the newest")
    witnessing.ask(office)
    office.close()
    world.put_back("office", image)
    office = world.open("office")
    assert exchange.check_site(office, "site").green  # both are old, and nobody here knows
    witnessing.ask(office)
    report = exchange.check_site(office, "site")
    assert ("missing", "witness") in {(p.code, p.detail) for p in report.problems}
    office.close()


def test_a_cosignature_that_is_damaged_at_a_site_is_named_and_mended(
    world: World, office: Session
) -> None:
    witnessing.ask(office)
    world.sync(office, "site")
    (name, *_) = world.disk("site").names("cosigned/")
    world.disk("site").tamper(name, "flip")
    report = exchange.check_site(office, "site")
    assert {p.code for p in report.problems} == {"cosigned-damaged"}
    world.sync(office, "site")
    assert exchange.check_site(office, "site").green


def test_a_stranger_cannot_make_a_log_look_longer_or_fill_a_disk(
    world: World, office: Session
) -> None:
    """Files with lines of unknown keys: a few are taken for sizes that are here, none beyond."""
    world.sync(office, "site")
    data = office.backend.get(f"checkpoints/{office.device}/0000000003", 4096)
    for number in range(40):
        line = note.NoteSignature("x", number.to_bytes(4, "big"), bytes(72))
        forged = note.Note(note.parse(data).text, (*note.parse(data).signatures, line))
        cosigned.keep(world.disk("site"), office.device, forged)
    assert world.sync(office, "site").problems == []
    assert len(list(office.backend.names("cosigned/"))) == cosigned.STRANGERS
    assert witnessing.status(office)[0].word == "claimed"


def test_a_file_that_is_not_signed_by_the_device_is_left_there(
    world: World, office: Session
) -> None:
    witnessing.ask(office)
    world.sync(office, "site")
    (name, *_) = office.backend.names("cosigned/")
    data = bytearray(office.backend.get(name, 4096))
    data[-70] ^= 1
    other = cosigned_name(office.device, 3, "0" * 64)
    world.disk("site").put(other, bytes(data))
    assert {p.code for p in world.sync(office, "site").problems} == {"cosigned-damaged"}
    assert not office.backend.exists(other)


# --- another history ----------------------------------------------------------------------------


def cloned(world: World, office: Session) -> Session:
    """Copy the office as it is, let both copies write on, and return the other one."""
    thief = World(world.folder.parent / "elsewhere", "thief")
    office.close()
    world.copy_to(thief)
    return thief.open("office")


def test_a_split_view_is_refused_by_the_other_partner_too_and_raises_the_alarm(
    world: World, office: Session, partners: Partners
) -> None:
    witnessing.ask(office)
    other = cloned(world, office)
    office = world.open("office")
    world.say(office, "cases", "what happened")
    assert codes(witnessing.ask(office)) == [("berlin", "cosigned"), ("vilnius", "cosigned")]
    world.say(other, "cases", "what shall be believed")
    world.say(other, "cases", "and more of it")
    asked = witnessing.ask(other)
    assert codes(asked) == [("berlin", "fork"), ("vilnius", "fork")]
    assert len(asked.alarms) == 2
    # The log's own signature under the other tree is kept: the copy is RED from now on, anywhere.
    assert {p.code for p in verify(other).problems} >= {"forked"}
    assert witnessing.status(other)[0].witnessed == 3
    assert [a.code for a in witnessing.last_answers(other)] == ["fork", "fork"]
    assert verify(office).green
    other.close()
    office.close()


def test_a_partner_that_was_shown_the_other_tree_first_convicts_whoever_comes_second(
    world: World, office: Session, partners: Partners
) -> None:
    other = cloned(world, office)
    office = world.open("office")
    world.say(office, "cases", "what happened")
    world.say(other, "cases", "what shall be believed")
    set_policy(office, partners.policy(vilnius="http://127.0.0.1:9"))
    set_policy(other, partners.policy(berlin="http://127.0.0.1:9"))
    witnessing.ask(office, patience=QUICK)
    witnessing.ask(other, patience=QUICK)
    for session in (office, other):
        set_policy(session, partners.policy())
        assert {a.code for a in witnessing.ask(session).alarms} == {"fork"}
        assert witnessing.status(session)[0].word == "claimed"
        assert not verify(session).green
        session.close()


def test_a_disk_that_was_put_back_learns_from_a_witness_what_it_lacks(
    world: World, office: Session
) -> None:
    office.close()
    image = world.image("office")
    office = world.open("office")
    world.say(office, "cases", "the newest")
    witnessing.ask(office)
    office.close()
    world.put_back("office", image)
    office = world.open("office")
    assert verify(office).green  # nothing on this disk says that it is old
    asked = witnessing.ask(office)
    assert {(a.code, a.size) for a in asked.alarms} == {("behind", 4)}
    report = verify(office)
    assert ("missing", "witness") in {(p.code, p.detail) for p in report.problems}
    office.close()


# --- witnesses that are no help -----------------------------------------------------------------


@contextmanager
def answering(data: bytes, hold: float = 0.0) -> Iterator[str]:
    """Answer every request with these bytes, slowly."""
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(2)
                try:
                    connection.recv(65536)
                    time.sleep(hold)
                    connection.sendall(data)
                except OSError:
                    continue

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}"
    server.shutdown(socket.SHUT_RDWR)
    server.close()


def http(status: str, body: bytes, kind: str = "text/plain") -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


LIES: dict[str, tuple[bytes, str]] = {
    "a page of the hotel": (http("200 OK", b"<html>"), "nonsense"),
    "no HTTP at all": (b"hello\r\n\r\n", "unreachable"),
    "nothing": (b"", "unreachable"),
    "a redirection": (
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
        "refused",
    ),
    "an answer without end": (http("200 OK", b"x" * 200_000), "nonsense"),
    "it does not know us": (http("404 Not Found", b""), "unknown-log"),
    "another key": (http("403 Forbidden", b""), "not-signed"),
    "a fault": (http("500 Oops", b""), "refused"),
    "a size that it cannot prove": (http("409 Conflict", b"77\n", "text/x.tlog.size"), "nonsense"),
    "the size that it was told": (http("409 Conflict", b"0\n", "text/x.tlog.size"), "nonsense"),
    "a size that is none": (http("409 Conflict", b"many\n", "text/x.tlog.size"), "nonsense"),
    "a conflict without a size": (http("409 Conflict", b"3\n"), "refused"),
    "a refusal without a reason": (http("422 No", b""), "nonsense"),
}


@pytest.mark.parametrize(("data", "code"), LIES.values(), ids=LIES.keys())
def test_a_witness_that_is_no_help_is_named_and_holds_nobody_up(
    data: bytes, code: str, office: Session, partners: Partners
) -> None:
    with answering(data) as url:
        set_policy(office, partners.policy(vilnius=url))
        asked = witnessing.ask(office, patience=QUICK)
    assert ("vilnius", code) in codes(asked)
    assert ("berlin", "cosigned") in codes(asked)
    assert asked.alarms == []
    assert witnessing.status(office)[0].word == "claimed"
    assert verify(office).green


def test_a_witness_that_says_nothing_is_left_alone_after_a_while(
    office: Session, partners: Partners
) -> None:
    with answering(b"", hold=3) as url:
        set_policy(office, partners.policy(vilnius=url))
        begun = time.monotonic()
        asked = witnessing.ask(office, patience=0.5)
        assert time.monotonic() - begun < 2
    assert codes(asked) == [("berlin", "cosigned"), ("vilnius", "slow")]


def test_a_socks_proxy_is_given_the_name_and_no_resolver_is_asked(
    office: Session, partners: Partners, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = partners.urls
    ports = {f"{name}.example": int(url.rpartition(":")[2]) for name, url in urls.items()}
    with SocksServer(ports, {"a": "b"}) as server:
        named = {name: f"http://{name}.example" for name in urls}
        set_policy(office, partners.policy(**named), proxy=server.setting)
        refuse_names(monkeypatch)
        asked = witnessing.ask(office, patience=QUICK)
    assert {answer.code for answer in asked.answers} == {"cosigned"}
    assert {(host, port) for host, port, _ in server.heard} == {(host, 80) for host in ports}


def test_a_proxy_is_asked_for_a_tunnel_and_for_nothing_else(
    office: Session, partners: Partners
) -> None:
    with answering(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n") as proxy:
        set_policy(office, partners.policy(), proxy=proxy.removeprefix("http://"))
        asked = witnessing.ask(office, patience=QUICK)
    assert {answer.code for answer in asked.answers} == {"unreachable"}
    set_policy(office, partners.policy(), proxy="")
    assert witnessing.ask(office).kept == 2


# --- policies -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a/", "http://", "http://a@b/", "http://a/?b", "x"]
)
def test_an_address_that_is_none_of_a_witness_is_refused(
    url: str, office: Session, partners: Partners
) -> None:
    before = policy_text(office)
    with pytest.raises(UsageError):
        set_policy(office, partners.policy(berlin=url))
    assert policy_text(office) == before


def test_without_a_policy_nobody_is_asked(world: World) -> None:
    session = world.found("office", ["cases"])
    world.say(session, "cases", "a name")
    with pytest.raises(UsageError):
        witnessing.ask(session)
    with pytest.raises(UsageError):
        policy_text(session)
    with pytest.raises(ForeignDataError):
        set_policy(session, b"quorum\n")
    assert witnessing.status(session)[0].word == "claimed"
    with pytest.raises(UsageError):
        witnessing.existence(session, session.device, 1)
    session.close()


def test_a_log_that_the_policy_does_not_name_is_not_witnessed_by_it(
    office: Session, partners: Partners
) -> None:
    witnessing.ask(office)
    stranger = note.vkey("another/log", note.parse_vkey(partners.vkeys["berlin"], 4).public)
    set_policy(office, f"log {stranger}\n".encode() + partners.policy())
    assert witnessing.status(office)[0].word == "claimed"


def test_a_gathered_note_holds_each_witness_once_and_verifies(office: Session) -> None:
    witnessing.ask(office)
    (signed,) = witnessing.cosigned_notes(office, office.device).values()
    assert [line.name for line in signed.signatures][1:] == ["berlin.example", "vilnius.example"]
    assert parse_checkpoint(signed.text).size == 3
