"""One message of an export, and the export: frozen values that every format is read into.

    Message("line:12", sender="Rowan", time="30/01/19, 20:49", date="2019-01-30", clock="20:49",
            text="Who is this?")
    Export("whatsapp-text", "WhatsApp", (message, …), ("days come before months: …",))

Specification: docs/spec/messages.md. All text is harmless already (NFC, no controls). Whatever is
here is a claim of the file; nothing says that it was ever sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from unburnt.core.errors import ForeignDataError
from unburnt.evidence.findings import harmless

MAX_BYTES = 64 * 2**20  # of an export that is read as a whole
MAX_MESSAGES = 200_000
MAX_TEXT = 48 * 2**10  # bytes of UTF-8
MAX_WORDS = 512  # bytes of a name, a number, a time as written
MAX_NAMED = 64  # attachments, recipients

MESSAGE, NOTICE, CALL = "message", "notice", "call"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = 31_536_000, 4_133_980_800  # 1971-01-01 and 2101-01-01
_CLIPPED = 4 * MAX_TEXT  # characters of a text that are looked at


@dataclass(frozen=True, slots=True)
class Message:
    """A message as its export tells of it; `locator` names its place there for ever."""

    locator: str
    kind: str = MESSAGE
    sender: str | None = None
    account: str | None = None
    time: str = ""
    date: str | None = None
    clock: str = ""
    text: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    attachments: tuple[str, ...] = ()
    reply_to: str | None = None
    forwarded_from: str | None = None
    identity: str | None = None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Export:
    """An export that was read: its format, its service, its messages in order, and remarks."""

    format: str
    service: str
    messages: tuple[Message, ...]
    remarks: tuple[str, ...] = ()

    def find(self, locator: str) -> Message | None:
        """Return the message at a locator, or None."""
        return next((one for one in self.messages if one.locator == locator), None)


def refuse(what: str, step: str = "Export it again, or take in the original file.") -> NoReturn:
    """Raise ForeignDataError about an export."""
    raise ForeignDataError(what, step)


def bounded(messages: Iterable[Message]) -> Iterator[Message]:
    """Yield messages; ForeignDataError beyond the most that an export may hold."""
    for number, message in enumerate(messages):
        if number >= MAX_MESSAGES:
            refuse(
                f"The export holds more than {MAX_MESSAGES:,} messages.",
                "Export the chats one by one.",
            )
        yield message


def body(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text as it may be recorded, and the marks “damaged” and “cut” it earns."""
    kept = harmless(text[:_CLIPPED], MAX_TEXT)
    marks = []
    if kept.count("\ufffd"):
        marks.append("damaged")
    if len(text) > _CLIPPED or len(text.encode("utf-8", "replace")) > MAX_TEXT:
        marks.append("cut")
    return kept, tuple(marks)


def words(found: object) -> str:
    """Return a name, number or time from outside as one harmless line, "" when there is none."""
    if found is None or isinstance(found, (dict, list)):
        return ""
    short = " ".join(str(found)[: 4 * MAX_WORDS].split())
    return harmless(short, MAX_WORDS)


def named(found: Iterable[object]) -> tuple[str, ...]:
    """Return words that are not empty, each once, as many as are kept."""
    kept: dict[str, None] = {}
    for one in found:
        if one_word := words(one):
            kept[one_word] = None
        if len(kept) == MAX_NAMED:
            break
    return tuple(kept)


def moment(seconds: int) -> tuple[str | None, str]:
    """Return (EDTF in UTC, "HH:MM:SS") of a Unix time; (None, "") before 1971 or after 2100."""
    if not _FIRST <= seconds < _LAST:
        return None, ""
    told = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return told, told[11:19]
