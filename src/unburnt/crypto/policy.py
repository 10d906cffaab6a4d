"""Trust policies: which witnesses count, and how many of them together make a quorum.

    log     origin+hex+base64                             one line a log; none: any log
    witness tbilisi witness.example/t+hex+base64 https://witness.example
    witness berlin  witness.example/b+hex+base64
    group   abroad any tbilisi berlin
    quorum  abroad

    policy = parse_policy(data)
    is_witnessed(policy, note)          Witnessed(satisfied=True, since=1767225600, times={…})

Specified by c2sp.org/tlog-policy; docs/spec/witness.md, "The policy" has a complete example.
Witnesses sign with type 0x04, logs with type 0x01; other types are refused, never passed over: a
policy that is half understood would count wrongly. Asks nobody and reads no clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from unburnt.core.errors import ForeignDataError
from unburnt.crypto.checkpoint import cosigned_by, parse_checkpoint
from unburnt.crypto.note import (
    COSIGNATURE,
    ED25519,
    Note,
    NoteSignature,
    Verifier,
    key_id,
    parse_vkey,
    verified_by,
)

SIZE_LIMIT = 64 * 1024
"""Bound on a policy's bytes: hundreds of lines of the usual length."""

LINE_LIMIT = 128
"""Bound on the logs, on the witnesses and on the groups; the specification asks for 32 of each."""

NONE = "none"
"""The quorum that asks for nobody; nothing is ever called witnessed by it."""

_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_SPACE = re.compile("[ \t]+")
_COUNT = re.compile("[1-9][0-9]{0,2}")


@dataclass(frozen=True, slots=True)
class Log:
    """A log whose checkpoints are accepted, and where it is asked, "" when nobody said."""

    verifier: Verifier
    url: str = ""


@dataclass(frozen=True, slots=True)
class Witness:
    """A cosigner: its name in this policy, its key, and its submission prefix or ""."""

    name: str
    verifier: Verifier
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A name for "at least `threshold` of these", each a witness or an earlier group."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """What a policy file says; made by `parse_policy`, which checks every name in it."""

    logs: tuple[Log, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str

    def cosigners(self) -> tuple[Verifier, ...]:
        """Return the keys of all witnesses."""
        return tuple(witness.verifier for witness in self.witnesses)


@dataclass(frozen=True, slots=True)
class Witnessed:
    """Whether the quorum cosigned, which witnesses did and when (POSIX seconds, the earliest).

    `since` is the earliest time by which the whole quorum had cosigned; None when it has not, and
    when the policy asks for nobody: then nothing is witnessed, and the caller says "claimed".
    """

    satisfied: bool
    since: int | None
    times: Mapping[str, int] = field(default_factory=dict)


def parse_policy(data: bytes) -> Policy:
    """Return the policy that a file spells (at most `SIZE_LIMIT` bytes); ForeignDataError else.

    c2sp.org/tlog-policy, section Policy file syntax and structure; UTF-8 is asked for besides.
    """
    if len(data) > SIZE_LIMIT:
        _refuse(0, f"is longer than {SIZE_LIMIT} bytes")
    if _FORBIDDEN.search(data):
        _refuse(0, "has control characters")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        _refuse(0, "is not UTF-8 text")
    if not text.endswith("\n"):
        _refuse(0, "does not end in a line feed")
    reading = _Reading()
    for number, line in enumerate(text.split("\n"), start=1):
        words = _SPACE.split(line.strip(" \t"))
        if words[0] and not words[0].startswith("#"):
            reading.take(number, words)
    return reading.policy()


def is_witnessed(policy: Policy, note: Note) -> Witnessed:
    """Judge a checkpoint note by a policy: did one of its logs sign, and its quorum cosign?

    A witness that cosigned more than once counts from its earliest time. ForeignDataError when the
    text is no checkpoint, no listed log signed it, or a line names a trusted key and is false.
    """
    origin = parse_checkpoint(note.text).origin
    if policy.logs:
        trusted = [log.verifier for log in policy.logs if log.verifier.name == origin]
        if not verified_by(note, trusted):
            raise ForeignDataError(
                "No log of the policy signed this checkpoint.", "Use a checkpoint of its logs."
            )
    found = {w.name: cosigned_since(note, w.verifier) for w in policy.witnesses}
    times = {name: time for name, time in found.items() if time is not None}
    if policy.quorum == NONE:
        return Witnessed(True, None, times)
    known = dict(times)
    for group in policy.groups:  # members come before their group
        reached = sorted(known[member] for member in group.members if member in known)
        if len(reached) >= group.threshold:
            known[group.name] = reached[group.threshold - 1]
    since = known.get(policy.quorum)
    return Witnessed(since is not None, since, times)


def cosigned_since(note: Note, cosigner: Verifier) -> int | None:
    """Return when `cosigner` first cosigned a checkpoint note (POSIX seconds), None if never.

    ForeignDataError when one of its lines is false.
    """
    return min((time for time, _ in cosignatures(note, cosigner)), default=None)


def cosignatures(note: Note, cosigner: Verifier) -> list[tuple[int, NoteSignature]]:
    """Return (time, line) of every cosignature by `cosigner`; ForeignDataError for a false one."""
    name, identifier = cosigner.name, key_id(cosigner.name, cosigner.public, COSIGNATURE)
    lines = [s for s in note.signatures if (s.name, s.key_id) == (name, identifier)]
    return [(cosigned_by(Note(note.text, (s,)), [cosigner])[name], s) for s in lines]


class _Reading:
    """The lines so far; names of witnesses and groups share one space, and each joins one group."""

    def __init__(self) -> None:
        self._logs: list[Log] = []
        self._witnesses: list[Witness] = []
        self._groups: list[Group] = []
        self._free = {NONE: False}  # name → whether it may still become a member of a group
        self._quorum: str | None = None
        self._line = 0

    def take(self, number: int, words: list[str]) -> None:
        """Read one line that is neither empty nor a comment."""
        self._line = number
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                self._add_log(Log(self._verifier(vkey, ED25519), *url))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                verifier = self._verifier(vkey, COSIGNATURE)
                self._add_witness(Witness(self._new(name), verifier, *url))
            case ["group", name, count, *members] if members:
                threshold = self._threshold(count, len(members))
                for member in members:
                    self._join(member)
                self._add_group(Group(self._new(name), threshold, tuple(members)))
            case ["quorum", name]:
                if self._quorum is not None:
                    _refuse(number, "is a second quorum")
                if name not in self._free:
                    _refuse(number, "names what no line before it defines")
                self._quorum = name
            case _:
                _refuse(number, "is no log, witness, group or quorum line")

    def policy(self) -> Policy:
        """Return what was read, when it is whole."""
        if self._quorum is None:
            _refuse(0, "has no quorum line")
        return Policy(tuple(self._logs), tuple(self._witnesses), tuple(self._groups), self._quorum)

    def _add_log(self, log: Log) -> None:
        if any(log.verifier.public == other.verifier.public for other in self._logs):
            _refuse(self._line, "repeats a key")
        self._logs.append(log)
        self._bounded(self._logs)

    def _add_witness(self, witness: Witness) -> None:
        # By key, not by name: one signer under two names would be counted twice.
        if any(witness.verifier.public == w.verifier.public for w in self._witnesses):
            _refuse(self._line, "repeats a key")
        self._witnesses.append(witness)
        self._bounded(self._witnesses)

    def _add_group(self, group: Group) -> None:
        self._groups.append(group)
        self._bounded(self._groups)

    def _new(self, name: str) -> str:
        if name in self._free:
            _refuse(self._line, "defines a name a second time")
        self._free[name] = True
        return name

    def _join(self, name: str) -> None:
        if not self._free.get(name):
            _refuse(self._line, "has a member that is unknown, or is in a group already")
        self._free[name] = False

    def _threshold(self, count: str, members: int) -> int:
        if count in ("any", "all"):
            return 1 if count == "any" else members
        if _COUNT.fullmatch(count) is None or int(count) > members:
            _refuse(self._line, "asks for a number that its members cannot reach")
        return int(count)

    def _verifier(self, vkey: str, kind: int) -> Verifier:
        try:
            return parse_vkey(vkey, kind)
        except ForeignDataError:
            _refuse(self._line, "has a key that is malformed or of a type not known here")

    def _bounded(self, items: list[Log] | list[Witness] | list[Group]) -> None:
        if len(items) > LINE_LIMIT:
            _refuse(self._line, f"is one of more than {LINE_LIMIT} of its kind")


def _refuse(line: int, what: str) -> NoReturn:
    where = f"Line {line} of the policy" if line else "The policy"
    raise ForeignDataError(f"{where} {what}.", "Correct it as c2sp.org/tlog-policy says.")
