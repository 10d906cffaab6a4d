"""What a time-stamp reply says of itself, before anybody has verified it.

    token = read(reply)
    token.status, token.moment, token.nonce, token.imprint      # 0, 2026-01-09 14:00 UTC, 7, b"…"

RFC 3161 sections 2.4.1 and 2.4.2, RFC 5652 section 5. It reads only as far as the answer itself, in
DER with definite lengths; the set of certificates, whose order the strict library minds, is left
to those who verify. Never says whether any of it is true.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from unburnt.core.errors import ForeignDataError

LIMIT = 64 * 1024  # bytes of a reply; real ones have 1 to 8 KiB
GRANTED = 0

_SEQUENCE, _INTEGER, _OCTETS, _OID, _TIME, _SET = 0x30, 0x02, 0x04, 0x06, 0x18, 0x31
_EXPLICIT, _ACCURACY_MICROS = 0xA0, 0x81
_ACCURACY_MILLIS, _BOOLEAN, _UTF8 = 0x80, 0x01, 0x0C
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_TST_INFO = bytes.fromhex("2a864886f70d0109100104")
_MOMENT = re.compile(rb"(\d{14})(?:\.(\d{1,6}))?Z")
_LONGEST_WORDS = 200  # characters of what an authority says when it refuses


@dataclass(frozen=True, slots=True)
class Token:
    """Status, and when granted: the moment, its accuracy, the nonce, algorithm OID and imprint."""

    status: int
    words: str = ""
    moment: datetime | None = None
    accuracy: timedelta = timedelta()
    nonce: int | None = None
    algorithm: bytes = b""
    imprint: bytes = b""

    def upper_bound(self) -> datetime:
        """Return the moment plus its accuracy, rounded up to whole seconds."""
        if self.moment is None:
            raise malformed()
        late = self.moment + self.accuracy
        return late if not late.microsecond else late.replace(microsecond=0) + timedelta(seconds=1)


def read(reply: bytes) -> Token:
    """Return what a TimeStampResp says; ForeignDataError when it is none, or cut short."""
    if len(reply) > LIMIT:
        raise malformed()
    outer = _Reader(reply)
    response = outer.enter(_SEQUENCE)
    outer.end()
    info = response.enter(_SEQUENCE)
    status = info.integer()
    words = info.enter(_SEQUENCE).texts() if info.next_is(_SEQUENCE) else ""
    if not response.more:
        return Token(status if status != GRANTED else -1, words)
    content = response.enter(_SEQUENCE)
    response.end()
    if content.take(_OID) != _SIGNED_DATA:
        raise malformed()
    signed = content.enter(_EXPLICIT).enter(_SEQUENCE)
    signed.integer()
    signed.take(_SET)
    inside = signed.enter(_SEQUENCE)
    if inside.take(_OID) != _TST_INFO:
        raise malformed()
    stated = _Reader(inside.enter(_EXPLICIT).take(_OCTETS))
    return _info(stated.enter(_SEQUENCE), status, words)


def _info(info: _Reader, status: int, words: str) -> Token:
    info.integer()
    info.take(_OID)
    imprint = info.enter(_SEQUENCE)
    algorithm = imprint.enter(_SEQUENCE).take(_OID)
    digest = imprint.take(_OCTETS)
    info.integer()
    moment = _moment(info.take(_TIME))
    accuracy = _accuracy(info.enter(_SEQUENCE)) if info.next_is(_SEQUENCE) else timedelta()
    if info.next_is(_BOOLEAN):
        info.take(_BOOLEAN)
    nonce = info.integer() if info.next_is(_INTEGER) else None
    token = Token(status, words, moment, accuracy, nonce, algorithm, digest)
    try:
        token.upper_bound()
    except OverflowError:
        raise malformed() from None
    return token


def _accuracy(fields: _Reader) -> timedelta:
    seconds = fields.integer() if fields.next_is(_INTEGER) else 0
    millis = _unsigned(fields.take(_ACCURACY_MILLIS)) if fields.next_is(_ACCURACY_MILLIS) else 0
    micros = _unsigned(fields.take(_ACCURACY_MICROS)) if fields.next_is(_ACCURACY_MICROS) else 0
    if not 0 <= seconds <= 10**9 or millis > 999 or micros > 999:
        raise malformed()
    return timedelta(seconds=seconds, milliseconds=millis, microseconds=micros)


def _moment(text: bytes) -> datetime:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise malformed()
    try:
        whole = datetime.strptime(found[1].decode("ascii"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise malformed() from None
    return whole.replace(microsecond=int((found[2] or b"0").ljust(6, b"0")))


def _unsigned(content: bytes) -> int:
    if not 1 <= len(content) <= 4:
        raise malformed()
    return int.from_bytes(content, "big")


def malformed() -> ForeignDataError:
    """Return the error for bytes that are no time-stamp reply."""
    return ForeignDataError("This is not a time-stamp reply.", "Ask the authority again.")


class _Reader:
    """Reads one value after the other: tag, length, content."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def more(self) -> bool:
        return self._at < len(self._data)

    def end(self) -> None:
        if self.more:
            raise malformed()

    def next_is(self, tag: int) -> bool:
        return self.more and self._data[self._at] == tag

    def take(self, tag: int) -> bytes:
        """Return the content of the next value, which has this tag."""
        if not self.next_is(tag) or self._at + 2 > len(self._data):
            raise malformed()
        size, start = self._data[self._at + 1], self._at + 2
        if size & 0x80:
            width = size & 0x7F
            if not 1 <= width <= 3:
                raise malformed()
            size, start = int.from_bytes(self._data[start : start + width], "big"), start + width
        if start + size > len(self._data):
            raise malformed()
        self._at = start + size
        return self._data[start : self._at]

    def enter(self, tag: int) -> _Reader:
        return _Reader(self.take(tag))

    def integer(self) -> int:
        content = self.take(_INTEGER)
        if not 1 <= len(content) <= 64:
            raise malformed()
        return int.from_bytes(content, "big", signed=True)

    def texts(self) -> str:
        """Return the UTF-8 strings up to the end, joined."""
        found = []
        while self.more:
            found.append(self.take(_UTF8).decode("utf-8", "replace"))
        return " ".join(found)[:_LONGEST_WORDS]
