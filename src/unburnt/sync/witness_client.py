"""Asking witnesses to cosign: one conversation each, bounded in bytes and in time.

    asks = [Ask(log, note, tree, known=3)]          a checkpoint, its tree, what they saw last
    for name, outcome in ask_all(witnesses, asks, proxy="", patience=20.0): ...

    cosigned      outcome.note: checkpoint, the log's line and a verified cosignature
    behind        the witness has seen more than is here: outcome.note is the log's own word for it
    fork          the log signed another tree for this witness: outcome.note proves it
    unknown-log, not-signed, refused, nonsense, unreachable, slow

An answer is believed only where a signature bears it out. A witness that is not there, answers
nonsense or never ends is reported and holds nobody up. Addresses that begin with http:// or
https:// alone; it follows no redirection and reads no proxy from the environment.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from unburnt.core.errors import ForeignDataError, MediumError, UsageError
from unburnt.crypto import merkle, note
from unburnt.crypto.checkpoint import parse_checkpoint
from unburnt.crypto.note import Note, Verifier
from unburnt.crypto.policy import Witness
from unburnt.crypto.witness import (
    ANSWER_LIMIT,
    SIZE,
    Reply,
    is_signed,
    origin_hash,
    pair,
    read_answer,
    read_size,
    request_for,
)
from unburnt.storage import proxy as proxies
from unburnt.storage.bounded import Bounded

PATIENCE = 30.0  # seconds for all witnesses together
TIMEOUT = 10.0  # seconds for a witness to say anything at all
_HEAD = 64 * 1024  # bytes of an answer besides its body: status, headers, sizes of chunks
_ROUNDS = 4  # times that a witness may name another size: other devices may ask meanwhile

Send = Callable[[str, str, bytes], Reply]
"""(method, path below the submission prefix, body) → answer; MediumError when there is none."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A checkpoint to be cosigned, the whole tree behind it, and the size cosigned last."""

    log: Verifier
    note: Note
    tree: merkle.Tree
    known: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking one witness about one log; `size` is that of `note`, else 0."""

    code: str
    origin: str = ""
    size: int = 0
    note: Note | None = None
    detail: str = ""


_STATUS = {404: "unknown-log", 403: "not-signed"}


def ask(send: Send, witness: Witness, asked: Ask) -> Outcome:
    """Ask one witness to cosign one checkpoint, from whatever size it has seen.

    Raises MediumError when it cannot be reached, ForeignDataError when it answers nonsense.
    """
    old, size = min(asked.known, asked.tree.size), asked.tree.size
    for _ in range(_ROUNDS):
        request = request_for(asked.note, asked.tree, old)
        reply = send("POST", "/add-checkpoint", request.encode())
        if reply.status == 200:
            cosigned = read_answer(asked.note, asked.log, witness.verifier, reply.body)
            return Outcome("cosigned", asked.log.name, size, cosigned)
        if reply.status == 409 and reply.content_type.partition(";")[0].strip() == SIZE:
            there = read_size(reply.body)
            if there > size or there == old:
                return _compare(send, witness, asked)
            old = there
        elif reply.status == 422:
            return _compare(send, witness, asked)
        else:
            code = _STATUS.get(reply.status, "refused")
            return Outcome(code, asked.log.name, detail=str(reply.status))
    return Outcome("nonsense", asked.log.name, detail="409")


def fetch(send: Send, witness: Witness, log: Verifier) -> Note | None:
    """Return the newest checkpoint of a log that a witness cosigned, verified; None for none.

    Its answer may be old: a witness can withhold what it saw, but cannot invent it.
    """
    reply = send("GET", f"/{origin_hash(log.name)}/checkpoint", b"")
    if reply.status != 200:
        return None
    return pair(note.parse(reply.body, ANSWER_LIMIT), log, witness.verifier)


def _compare(send: Send, witness: Witness, asked: Ask) -> Outcome:
    """Hold what the witness saw against our tree: the log's own signature decides who errs."""
    origin = asked.log.name
    seen = fetch(send, witness, asked.log)
    if seen is None or not is_signed(seen, asked.log):
        return Outcome("nonsense", origin, detail="no checkpoint")
    there = parse_checkpoint(seen.text)
    if there.size > asked.tree.size:
        return Outcome("behind", origin, there.size, seen)
    if merkle.root(asked.tree.levels[0][: there.size]) != there.root:
        return Outcome("fork", origin, there.size, seen)
    return Outcome("nonsense", origin, detail="refused a true proof")


def ask_all(
    witnesses: Sequence[Witness],
    asks: Callable[[Witness], Sequence[Ask]],
    *,
    others: Callable[[Witness], Sequence[Verifier]] = lambda witness: (),
    proxy: str = "",
    patience: float = PATIENCE,
    timeout: float = TIMEOUT,
) -> Iterator[tuple[Witness, Outcome]]:
    """Yield what each witness says to its asks, all witnesses at once, until `patience` is over.

    `others` gives logs that are only looked up: what a witness saw of them comes as "seen".
    """
    answers: queue.Queue[tuple[Witness, Outcome | None]] = queue.Queue()
    waiting = {witness.name: witness for witness in witnesses}
    for witness in witnesses:
        talk = _Talk(witness, tuple(asks(witness)), tuple(others(witness)), answers, proxy, timeout)
        # A daemon: whoever drips a byte a minute shall not keep the program from ending.
        threading.Thread(target=talk.run, daemon=True).start()
    until = time.monotonic() + patience
    while waiting:
        try:
            witness, outcome = answers.get(timeout=max(until - time.monotonic(), 0.001))
        except queue.Empty:
            break
        if outcome is None:
            waiting.pop(witness.name)
        else:
            yield witness, outcome
    for witness in waiting.values():
        yield witness, Outcome("slow")


@dataclass(frozen=True, slots=True)
class _Talk:
    """All that is asked of one witness, one after another, in a thread of its own."""

    witness: Witness
    asks: tuple[Ask, ...]
    others: tuple[Verifier, ...]
    answers: queue.Queue[tuple[Witness, Outcome | None]]
    proxy: str
    timeout: float

    def run(self) -> None:
        """Put every outcome into the queue, and None at the end."""
        try:
            send = http_send(self.witness.url, self.proxy, self.timeout)
            for asked in self.asks:
                if not self._put(asked.log, partial(ask, send, self.witness, asked)):
                    return
            for log in self.others:
                if not self._put(log, partial(self._look_up, send, log)):
                    return
        finally:
            self.answers.put((self.witness, None))

    def _put(self, log: Verifier, act: Callable[[], Outcome | None]) -> bool:
        """Return whether it is worth asking this witness anything more."""
        try:
            outcome = act()
        except MediumError as error:
            self.answers.put((self.witness, Outcome("unreachable", log.name, detail=error.message)))
            return False
        except ForeignDataError as error:
            outcome = Outcome("nonsense", log.name, detail=error.message)
        if outcome is not None:
            self.answers.put((self.witness, outcome))
        return True

    def _look_up(self, send: Send, log: Verifier) -> Outcome | None:
        seen = fetch(send, self.witness, log)
        if seen is None:
            return None
        return Outcome("seen", log.name, parse_checkpoint(seen.text).size, seen)


def http_send(url: str, proxy: str = "", timeout: float = TIMEOUT) -> Send:
    """Return how to reach the witness at a submission prefix; each request has its own connection.

    `proxy` is the setting of one (`storage.proxy`), "" for none.
    """

    def send(method: str, path: str, body: bytes) -> Reply:
        http = import_module("http.client")  # 30 ms that only those who ask should pay
        try:
            address = urlsplit(url)
            connection = _connection(http, address, proxy, timeout)
        except (OSError, ValueError, http.HTTPException, UsageError) as error:
            raise _unreachable() from error
        try:
            if connection.sock is None:
                connection.connect()
            connection.sock = Bounded(connection.sock, ANSWER_LIMIT + _HEAD)
            headers = {"Content-Type": "text/plain", "Accept": "*/*"} if body else {}
            connection.request(method, address.path.rstrip("/") + path, body or None, headers)
            answer = connection.getresponse()
            data = answer.read(ANSWER_LIMIT + 1)
            kind = answer.headers.get("Content-Type", "")
        except (OSError, ValueError, http.HTTPException) as error:
            raise _unreachable() from error
        finally:
            connection.close()
        if len(data) > ANSWER_LIMIT:
            raise ForeignDataError("A witness answers without end.", "Ask who runs it.")
        return Reply(answer.status, data, kind)

    return send


def _connection(http: Any, address: Any, proxy: str, timeout: float) -> Any:
    kinds = {"http": http.HTTPConnection, "https": http.HTTPSConnection}
    if address.scheme not in kinds or not address.hostname:
        raise ValueError
    kind = kinds[address.scheme]
    connection = kind(address.hostname, address.port, timeout=timeout)
    if not proxy:
        return connection
    # A connection that has its line already opens none, and looks up no name.
    line = proxies.connect(proxies.parse(proxy), address.hostname, connection.port, timeout)
    try:
        if address.scheme == "https":
            context = import_module("ssl").create_default_context()
            line = context.wrap_socket(line, server_hostname=address.hostname)
    except BaseException:
        line.close()
        raise
    connection.sock = line
    return connection


def _unreachable() -> MediumError:
    return MediumError("A witness cannot be reached.", "Ask again when there is a network.")
