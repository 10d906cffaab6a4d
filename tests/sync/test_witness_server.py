"""A witness over real HTTP: every status, whoever asks, however many at once, however slowly."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core.errors import (
    BrokenArchiveError,
    ForeignDataError,
    MediumError,
    UsageError,
)
from unburnt.crypto import note
from unburnt.crypto.checkpoint import Checkpoint, parse_checkpoint, verify_cosignature
from unburnt.crypto.merkle import Tree, leaf_hash
from unburnt.crypto.note import COSIGNATURE, Note, Verifier
from unburnt.crypto.signing import SigningKey
from unburnt.crypto.witness import REQUEST_LIMIT, Seen, origin_hash, parse_secret, request_for
from unburnt.sync import witness_server
from unburnt.sync.witness_http import HEAD_LIMIT, read_head, refused
from unburnt.sync.witness_server import CONNECTIONS, WitnessServer
from unburnt.sync.witness_store import DATABASE, KEY, WitnessStore, found

VECTORS = Path(__file__).parents[1] / "vectors" / "witness" / "add-checkpoint.json"
FROZEN = json.loads(VECTORS.read_text(encoding="utf-8"))
NAME, FROZEN_KEY = parse_secret(FROZEN["witness"])
LOG = SigningKey.from_seed(b"L" * 32)
ORIGIN = "unburnt/test/log"


def random(size: int) -> bytes:
    return b"r" * size


def tree(size: int, salt: str = "") -> Tree:
    return Tree.of([leaf_hash(f"{salt if n > 1 else ''}{n}".encode()) for n in range(size)])


def signed(of: Tree) -> Note:
    return note.sign(Checkpoint(ORIGIN, of.size, of.root).text(), ORIGIN, LOG)


def body(of: Tree, old: int) -> bytes:
    return request_for(signed(of), of, old).encode()


def raw_tree(size: int, old: int) -> bytes:
    """Return a request for another history, with the best proof that its forger can make."""
    return body(Tree.of([leaf_hash(f"forged {n}".encode()) for n in range(size)]), old)


@contextmanager
def running(folder: Path, **options: Any) -> Iterator[WitnessServer]:
    with WitnessStore.open(folder) as store, WitnessServer(store, port=0, **options) as server:
        thread = threading.Thread(target=server.serve, daemon=True)
        thread.start()
        yield server
        server.close()
        thread.join(5)
        assert not thread.is_alive()


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[WitnessServer]:
    folder = tmp_path / "w"
    found(folder, "witness.example/t", random)
    with WitnessStore.open(folder) as store:
        store.add_log(note.vkey(ORIGIN, LOG.public))
    with running(folder) as server:
        yield server


def ask(server: WitnessServer, method: str, path: str, data: bytes | None = None) -> Any:
    connection = http.client.HTTPConnection(*server.address, timeout=10)
    connection.request(method, path, data)
    answer = connection.getresponse()
    got = (answer.status, answer.headers["Content-Type"], answer.read())
    connection.close()
    return got


def raw(server: WitnessServer, data: bytes) -> bytes:
    with socket.create_connection(server.address, timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


# --- conformance --------------------------------------------------------------------------------


@pytest.mark.parametrize("case", FROZEN["cases"], ids=[c["case"] for c in FROZEN["cases"]])
def test_the_frozen_answer_comes_over_http(case: dict[str, Any], tmp_path: Path) -> None:
    found(tmp_path / "w", NAME, lambda size: FROZEN_KEY.seed)
    origin = note.parse_vkey(FROZEN["log"]).name
    with WitnessStore.open(tmp_path / "w") as store:
        store.add_log(FROZEN["log"])
        if seen := case["seen"]:
            before = Seen(seen["size"], bytes.fromhex(seen["root"]), seen["time"], b"")
            assert store.advance(origin, None, before)
        was = store.seen(origin)
    with running(tmp_path / "w", clock=lambda: FROZEN["now"]) as server:
        status, kind, got = ask(server, "POST", "/add-checkpoint", case["request"].encode())
    assert status == case["status"]
    assert case["answer"] in (None, got.decode())
    assert kind == ("text/x.tlog.size" if status == 409 else "text/plain; charset=utf-8")
    with WitnessStore.open(tmp_path / "w") as store:
        now = store.seen(origin)
    if status == 200:
        assert now is not None
        assert now.note.endswith(got)
    else:
        assert now == was


SPOKEN: dict[str, tuple[bytes, int]] = {
    "another address": (b"GET / HTTP/1.1\r\n\r\n", 404),
    "a way out of the folder": (b"GET /../witness.key HTTP/1.1\r\n\r\n", 404),
    "a way out, escaped": (b"GET /%2e%2e/witness.key HTTP/1.1\r\n\r\n", 404),
    "the key": (b"GET /witness.key HTTP/1.1\r\n\r\n", 404),
    "a query": (b"POST /add-checkpoint?a HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 404),
    "a slash more": (b"POST /add-checkpoint/ HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 404),
    "a hash in capitals": (b"GET /" + b"A" * 64 + b"/checkpoint HTTP/1.1\r\n\r\n", 404),
    "a log that was never seen": (b"GET /" + b"0" * 64 + b"/checkpoint HTTP/1.1\r\n\r\n", 404),
    "reading where one writes": (b"GET /add-checkpoint HTTP/1.1\r\n\r\n", 405),
    "writing where one reads": (
        b"POST /" + b"0" * 64 + b"/checkpoint HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        405,
    ),
    "no length": (b"POST /add-checkpoint HTTP/1.1\r\n\r\n", 411),
    "a body that is too long": (
        b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (REQUEST_LIMIT + 1),
        413,
    ),
    "two lengths": (
        b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        400,
    ),
    "a negative length": (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
    "chunks": (
        b"POST /add-checkpoint HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "more than it said": (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 1\r\n\r\nabc", 400),
    "less than it said": (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc", 400),
    "an empty body": (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 400),
    "a GET with a body": (
        b"GET /" + b"0" * 64 + b"/checkpoint HTTP/1.1\r\nContent-Length: 1\r\n\r\na",
        400,
    ),
    "a header over two lines": (b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400),
    "a header with a space before its colon": (b"GET / HTTP/1.1\r\nA : b\r\n\r\n", 400),
    "too many headers": (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 65 + b"\r\n", 400),
    "a head that is too long": (b"GET / HTTP/1.1\r\nA: " + b"b" * HEAD_LIMIT + b"\r\n\r\n", 400),
    "another protocol": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 40, 400),
    "HTTP of another version": (b"GET / HTTP/2.0\r\n\r\n", 400),
    "a line feed alone": (b"GET / HTTP/1.1\n\n", 400),
    "nothing": (b"", 400),
}


@pytest.mark.parametrize(("data", "status"), SPOKEN.values(), ids=SPOKEN.keys())
def test_what_is_not_asked_properly_is_refused(
    data: bytes, status: int, witness: WitnessServer
) -> None:
    answer = raw(witness, data)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\nConnection: close\r\n" in answer


@given(
    st.binary(max_size=120)
    | st.text(alphabet="POSTGE /-acdehkint HTP1.0\r\n:", max_size=80).map(str.encode)
)
def test_any_bytes_are_a_head_or_refused(data: bytes) -> None:
    try:
        head = read_head(data)
    except ForeignDataError:
        return
    assert head.path == "/add-checkpoint" or head.path.endswith("/checkpoint") or refused(head)


def test_the_newest_checkpoint_is_there_for_whoever_knows_the_origin(
    witness: WitnessServer,
) -> None:
    path = f"/{origin_hash(ORIGIN)}/checkpoint"
    assert ask(witness, "GET", path)[0] == 404
    _, _, line = ask(witness, "POST", "/add-checkpoint", body(tree(3), 0))
    status, _, data = ask(witness, "GET", path)
    assert (status, data) == (200, signed(tree(3)).encode() + line)


# --- what it never does -------------------------------------------------------------------------


def test_a_split_view_is_refused_whatever_proof_comes_with_it(witness: WitnessServer) -> None:
    assert ask(witness, "POST", "/add-checkpoint", body(tree(5), 0))[0] == 200
    for other in (tree(5, "x"), tree(6, "x"), tree(50, "x")):
        assert ask(witness, "POST", "/add-checkpoint", body(other, 5))[0] in (409, 422)
    assert ask(witness, "POST", "/add-checkpoint", body(tree(6), 5))[0] == 200


def test_of_many_at_once_none_is_taken_back(witness: WitnessServer) -> None:
    """Each thread pushes its own sizes, and half of them another history: one history wins."""
    trees = {salt: {size: tree(size, salt) for size in range(1, 25)} for salt in ("", "x")}

    def push(number: int) -> list[tuple[int, str, int]]:
        done, old, salt = [], 0, "x" if number % 2 else ""
        for size in range(1, 25):
            status, _, data = ask(
                witness, "POST", "/add-checkpoint", body(trees[salt][size], min(old, size))
            )
            if status == 200:
                done.append((size, salt, time.monotonic_ns()))
                old = size
            elif status == 409:
                old = int(data)
        return [(size, salt, at) for size, salt, at in done]

    with ThreadPoolExecutor(8) as pool:
        all_done = [one for done in pool.map(push, range(8)) for one in done]
    roots: dict[int, set[bytes]] = {}
    for size, salt, _ in all_done:
        roots.setdefault(size, set()).add(trees[salt][size].root)
    assert all(len(found) == 1 for found in roots.values())
    newest = parse_checkpoint(
        note.parse(ask(witness, "GET", f"/{origin_hash(ORIGIN)}/checkpoint")[2]).text
    )
    assert newest.size == max(roots)
    winners = {salt for size, salt, _ in all_done if size > 2}
    assert len(winners) == 1  # the histories differ from the third entry on


def test_whoever_is_slow_is_cut_off_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    found(tmp_path / "w", "w", random)
    with WitnessStore.open(tmp_path / "w") as store:
        store.add_log(note.vkey(ORIGIN, LOG.public))
    with (
        running(tmp_path / "w", deadline=0.3) as server,
        socket.create_connection(server.address, timeout=5) as slow,
    ):
        slow.sendall(b"POST /add-checkpoint HTTP/1.1\r\n")
        assert ask(server, "POST", "/add-checkpoint", body(tree(1), 0))[0] == 200
        assert slow.recv(100).startswith(b"HTTP/1.1 408 ")


def test_a_flood_of_half_open_connections_keeps_nobody_waiting(tmp_path: Path) -> None:
    found(tmp_path / "w", "w", random)
    with WitnessStore.open(tmp_path / "w") as store:
        store.add_log(note.vkey(ORIGIN, LOG.public))
    with running(tmp_path / "w") as server, ExitStack() as flood:
        for number in range(60):
            line = flood.enter_context(socket.create_connection(server.address, timeout=5))
            line.sendall(b"POST /add-checkpoint HTTP/1.1\r\n"[: number % 30])
        begun = time.monotonic()
        assert ask(server, "POST", "/add-checkpoint", body(tree(1), 0))[0] == 200
        assert ask(server, "POST", "/add-checkpoint", body(tree(2), 1))[0] == 200
        assert time.monotonic() - begun < 2
        assert len(server._lines) <= CONNECTIONS + 1


def test_a_head_that_does_not_end_is_cut_off_before_a_body_would_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witness_server, "HEAD_DEADLINE", 0.2)
    found(tmp_path / "w", "w", random)
    with (
        running(tmp_path / "w") as server,
        socket.create_connection(server.address, timeout=5) as slow,
    ):
        slow.sendall(b"GET /")
        assert slow.recv(100).startswith(b"HTTP/1.1 408 ")


def test_a_port_in_use_is_said(witness: WitnessServer, tmp_path: Path) -> None:
    with WitnessStore.open(tmp_path / "w") as store, pytest.raises(MediumError):
        WitnessServer(store, port=witness.address[1])


# --- its memory ---------------------------------------------------------------------------------


def test_a_witness_is_made_once_and_is_private(tmp_path: Path) -> None:
    vkey = found(tmp_path / "w", "witness.example/t", random)
    assert {p.name: p.stat().st_mode & 0o777 for p in (tmp_path / "w").iterdir()} == {
        KEY: 0o600,
        DATABASE: 0o600,
    }
    with WitnessStore.open(tmp_path / "w") as store:
        assert store.vkey == vkey
        assert note.parse_vkey(vkey, COSIGNATURE) == Verifier(store.name, store.key.public)
    with pytest.raises(UsageError):
        found(tmp_path / "w", "witness.example/t", random)


def _gone(folder: Path) -> None:
    (folder / DATABASE).unlink()


def _another(folder: Path) -> None:
    (folder / DATABASE).write_bytes(b"not a database at all" * 100)


def _emptied(folder: Path) -> None:
    (folder / DATABASE).write_bytes(b"")


def _key_damaged(folder: Path) -> None:
    (folder / KEY).write_bytes((folder / KEY).read_bytes()[:-4])


@pytest.mark.parametrize("harm", [_gone, _another, _emptied, _key_damaged])
def test_a_witness_without_its_memory_or_key_cosigns_nothing(
    harm: Callable[[Path], None], tmp_path: Path
) -> None:
    found(tmp_path / "w", "w", random)
    harm(tmp_path / "w")
    with pytest.raises(BrokenArchiveError):
        WitnessStore.open(tmp_path / "w")


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    found(tmp_path / "w", "w", random)
    (tmp_path / "w" / KEY).chmod(0o644)
    with pytest.raises(UsageError):
        WitnessStore.open(tmp_path / "w")


def test_a_log_keeps_its_key(tmp_path: Path) -> None:
    found(tmp_path / "w", "w", random)
    with WitnessStore.open(tmp_path / "w") as store:
        assert store.add_log(note.vkey(ORIGIN, LOG.public))
        assert not store.add_log(note.vkey(ORIGIN, LOG.public))
        with pytest.raises(UsageError):
            store.add_log(note.vkey(ORIGIN, SigningKey.from_seed(b"z" * 32).public))
        with pytest.raises(ForeignDataError):
            store.add_log("unburnt")


def test_the_memory_never_goes_back_whatever_it_is_told(tmp_path: Path) -> None:
    found(tmp_path / "w", "w", random)
    with WitnessStore.open(tmp_path / "w") as store:
        store.add_log(note.vkey(ORIGIN, LOG.public))
        five = Seen(5, b"5" * 32, 1, b"")
        assert store.advance(ORIGIN, None, five)
        assert not store.advance(ORIGIN, None, Seen(9, b"9" * 32, 1, b""))
        assert not store.advance(ORIGIN, five, Seen(4, b"4" * 32, 1, b""))
        assert not store.advance(ORIGIN, five, Seen(5, b"6" * 32, 1, b""))
        assert not store.advance(ORIGIN, Seen(6, b"5" * 32, 1, b""), Seen(9, b"9" * 32, 1, b""))
        assert store.advance(ORIGIN, five, Seen(5, b"5" * 32, 2, b""))


def test_what_was_cosigned_verifies(witness: WitnessServer) -> None:
    _, _, line = ask(witness, "POST", "/add-checkpoint", body(tree(2), 0))
    key = Verifier("witness.example/t", SigningKey.generate(random).public)
    whole = note.parse(signed(tree(2)).encode() + line)
    assert abs((verify_cosignature(whole, key) or 0) - time.time()) < 60
