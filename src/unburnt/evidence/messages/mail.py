"""E-mail: one letter (`eml`), and a mailbox of many (`mbox`) that comes in pieces.

    message(data, "index:1")       one letter; headers decoded (RFC 2047), the first plain text kept
    box = Mailbox();  box.feed(piece);  box.finish()      ->  Export

A mailbox is cut at lines that begin with `From ` after an empty line; of one letter only its first
8 MiB are held. Attachments are named and never decoded. Headers are claims of the sender.
"""

from __future__ import annotations

import email
import email.header
import email.utils
import re
from collections.abc import Iterator
from datetime import datetime
from email.errors import HeaderParseError
from email.errors import MessageError as EmailError
from email.message import Message as Letter
from email.policy import compat32

from unburnt.core import edtf
from unburnt.core.errors import ForeignDataError
from unburnt.evidence.messages.message import (
    MAX_MESSAGES,
    MAX_NAMED,
    Export,
    Message,
    body,
    named,
    refuse,
    words,
)

MAX_LETTER = 8 * 2**20  # bytes of one letter that are read
MAX_BOUNDARIES = 1000
MAX_PARTS = 20_000
MAX_STEPS = 20_000_000  # lines times boundaries: the library holds each against each; 4 s
MAX_LINE = 2**20  # bytes that wait for the end of a line
_MAX_HEADER = 16_384  # characters
# The library has no one error for hostile headers.
_FAULTS = (
    *(RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError),
    *(OverflowError, EmailError),
)
_FIELD = re.compile(rb"[!-9;-~]{1,64}:[ \t]?")
_TELLING = re.compile(
    rb"^(?:From|To|Date|Received|Message-ID|Subject|Return-Path|MIME-Version|Delivered-To):",
    re.IGNORECASE | re.MULTILINE,
)
# The library takes the square of a field's parameters.
_LONG_FIELD = re.compile(
    rb"^content-(?:type|disposition)[ \t]*:(?:[^\r\n]|(?:\r\n?|\n)[ \t]){%d}" % _MAX_HEADER,
    re.IGNORECASE | re.MULTILINE,
)
_TAGS = re.compile(r"<[^<>]{0,8192}>")
_HIDDEN = re.compile(r"<(style|script|head)\b[^<>]{0,8192}>", re.IGNORECASE)
_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/h\d)\b[^<>]{0,256}>", re.IGNORECASE)


def is_mail(head: bytes) -> bool:
    """Tell whether a file begins with header fields, two of them such as letters have."""
    return _FIELD.match(head) is not None and len(set(_TELLING.findall(head))) >= 2


def read(data: bytes) -> Export:
    """Return a file that is one letter as an export of one message."""
    return Export("eml", "e-mail", (message(data, "index:1"),))


def message(data: bytes, locator: str) -> Message:
    """Return one letter; what cannot be read in it is left out and marked “damaged”.

    Raises ForeignDataError for a letter built to exhaust the reader.
    """
    kept = data[:MAX_LETTER]
    if _exhausts(kept):
        refuse("A letter has too many nested parts.")
    try:
        letter = email.message_from_bytes(kept, policy=compat32)
        parts = list(letter.walk())
        text, damaged = _text(parts)
        said = _headers(letter)
        files = named(_decoded(name) for part in parts if (name := _file_name(part)))
        date, clock = _when(said["date"])
        name, address = email.utils.parseaddr(said["from"])
        whom = email.utils.getaddresses([said["to"], said["cc"]])
    except _FAULTS:
        refuse("A letter is not sound.")
    plain, more = body(text)
    marks = [
        mark
        for mark, is_so in (
            ("cut", len(data) > MAX_LETTER and "cut" not in more),
            ("damaged", damaged and "damaged" not in more),
            ("absurd-time", date is None),
        )
        if is_so
    ]
    return Message(
        locator=locator,
        sender=words(name or address or said["from"]) or None,
        account=words(address) or None,
        time=words(said["date"]),
        date=date,
        clock=clock,
        text=plain,
        recipients=named(address or name for name, address in whom[:MAX_NAMED]),
        subject=words(said["subject"]),
        attachments=files,
        reply_to=words(said["in-reply-to"]) or None,
        identity=words(said["message-id"]) or None,
        marks=(*marks, *more),
    )


def _exhausts(data: bytes) -> bool:
    """Tell whether a letter would keep the library busy for minutes, or fill the memory."""
    boundaries = data.lower().count(b"boundary")
    lines = data.count(b"\n") + data.count(b"\r")
    parts = data.count(b"\n--") + data.count(b"\r--")
    if boundaries > MAX_BOUNDARIES or boundaries * lines > MAX_STEPS or parts > MAX_PARTS:
        return True
    return _LONG_FIELD.search(data) is not None


def _headers(letter: Letter) -> dict[str, str]:
    wanted = ("from", "to", "cc", "date", "subject", "in-reply-to", "message-id")
    return {name: _decoded(letter.get(name) or "") for name in wanted}


def _decoded(raw: object) -> str:
    """Return the text of a header field, folded lines joined, encoded words decoded."""
    field = re.sub(r"\r?\n[ \t]+", " ", str(raw)[:_MAX_HEADER])
    try:
        pieces = email.header.decode_header(field)
    except (HeaderParseError, ValueError):
        return field
    return "".join(_readable(piece, charset or "ascii") for piece, charset in pieces)


def _readable(piece: bytes | str, charset: str) -> str:
    if isinstance(piece, str):
        return piece.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return _decode(piece, charset)[0]


def _decode(data: bytes, charset: str) -> tuple[str, bool]:
    """Return bytes as text, and whether some of them were none in that character set."""
    for name in (charset, "utf-8"):
        try:
            return data.decode(name), name != charset and charset != "ascii"
        except (UnicodeError, LookupError, ValueError):
            continue
    return data.decode("utf-8", "replace"), True


def _text(parts: list[Letter]) -> tuple[str, bool]:
    """Return the first plain text of a letter, else its HTML without tags; and whether damaged."""
    texts = [part for part in parts if not part.is_multipart() and not _file_name(part)]
    for kind in ("text/plain", "text/html"):
        for part in texts:
            if part.get_content_type() == kind:
                loaded = part.get_payload(decode=True)
                data = loaded if isinstance(loaded, bytes) else b""
                text, damaged = _decode(data, str(part.get_content_charset() or "utf-8"))
                return (text if kind == "text/plain" else _without_tags(text)), damaged
    return "", False


def _without_tags(text: str) -> str:
    """Return what stands between the tags; hidden blocks are left out."""
    shown, at = [], 0
    lower = text.lower()
    for match in _HIDDEN.finditer(text):
        if match.start() < at:
            continue
        shown.append(text[at : match.start()])
        end = lower.find(f"</{match[1].lower()}", match.end())
        if end < 0:
            at = len(text)
            break
        at = end
    plain = "".join([*shown, text[at:]])
    return _TAGS.sub("", _BREAKS.sub("\n", plain)).strip()


def _file_name(part: Letter) -> str | None:
    if part.is_multipart() and part.get_content_type() != "message/rfc822":
        return None
    name = part.get_filename()
    if name:
        return str(name)
    is_file = str(part.get("content-disposition") or "").lower().startswith("attachment")
    return part.get_content_type() if is_file else None


def _when(written: str) -> tuple[str | None, str]:
    """Return (EDTF, clock) of a date field (RFC 5322); without a zone none is added."""
    found = email.utils.parsedate_tz(written[:256])
    if found is None or not 1971 <= found[0] <= 2100:
        return None, ""
    try:
        moment = datetime(*found[:6])
    except (ValueError, TypeError, OverflowError):
        return None, ""
    told = moment.strftime("%Y-%m-%dT%H:%M:%S")
    date = told + _zone(written, found[9])
    return (date, told[11:]) if edtf.is_valid(date) else (told, told[11:])


def _zone(written: str, seconds: int | None) -> str:
    """Return the zone as EDTF; `-0000` says that the zone is unknown (RFC 5322, 3.3)."""
    if seconds is None or "-0000" in written:
        return ""
    if seconds == 0:
        return "Z"
    minutes = abs(seconds) // 60
    return f"{'+' if seconds > 0 else '-'}{minutes // 60:02}:{minutes % 60:02}"


class Mailbox:
    """Takes a mailbox piece by piece; one letter is held at a time."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._letter = bytearray()
        self._rest = bytearray()
        self._blank = True
        self._begun = False
        self._long = 0

    @staticmethod
    def begins(head: bytes) -> bool:
        """Tell whether a file begins as a mailbox does."""
        return head.startswith(b"From ") and b"\n" in head

    def feed(self, piece: bytes) -> None:
        """Take the next bytes."""
        self._rest += piece
        end = self._rest.rfind(b"\n") + 1
        if not end and len(self._rest) > MAX_LINE:
            end = len(self._rest)  # no letter has such a line; it is not held back any longer
        if end:
            block = bytes(self._rest[:end])
            del self._rest[:end]
            for line in _lines(block):
                self._take(line)

    def finish(self) -> Export:
        """Return what was in the mailbox; ForeignDataError when no letter was."""
        if self._rest:
            self._take(bytes(self._rest))
            self._rest.clear()
        self._close()
        if not self._messages:
            refuse("No letter is in this mailbox.")
        return Export("mbox", "e-mail", tuple(self._messages))

    def _take(self, line: bytes) -> None:
        if line.startswith(b"From ") and self._blank:
            self._close()
            self._begun = True
        elif len(self._letter) <= MAX_LETTER:
            quoted = line.startswith(b">") and line.lstrip(b">").startswith(b"From ")
            self._letter += line[1:] if quoted else line
        self._blank = not line.strip(b"\r\n")

    def _close(self) -> None:
        if not self._begun:
            return
        if len(self._messages) >= MAX_MESSAGES:
            refuse(f"The mailbox holds more than {MAX_MESSAGES:,} letters.")
        place = f"index:{len(self._messages) + 1}"
        try:
            self._messages.append(message(bytes(self._letter), place))
        except ForeignDataError:  # one hostile letter does not hide the others
            self._messages.append(Message(place, marks=("damaged", "absurd-time")))
        self._letter.clear()


def _lines(block: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(block):
        end = block.find(b"\n", start) + 1 or len(block)
        yield block[start:end]
        start = end
