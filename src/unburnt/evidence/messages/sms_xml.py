"""XML of “SMS Backup & Restore”: `sms` and `mms` below `smses`.

    <sms address="+7900…" date="1579294140000" type="1" body="Who is this?" contact_name="Rowan"/>
    ->  index:1, 2020-01-17T20:49:00Z, sender "Rowan", account "+7900…"

A document type is refused, so no entity is ever expanded. Parts of an MMS are named, their data is
not decoded here.
"""

from __future__ import annotations

import re
from xml.parsers import expat

from unburnt.evidence.messages.message import (
    MAX_MESSAGES,
    Export,
    Message,
    body,
    moment,
    named,
    refuse,
    words,
)
from unburnt.evidence.messages.strict_json import whole

_ROOT = re.compile(rb"<smses[\s>]")
# It writes signs beyond U+FFFF as two references that XML forbids: &#55357;&#56832;
_HALVES = re.compile(rb"&#(5[5-6]\d{3});&#(5[6-7]\d{3});")
_RECEIVED, _SENT = "1", "2"
_OTHERS = {"3": "draft", "4": "sent", "5": "failed", "6": "sent"}
_FROM, _TO = "137", frozenset({"151", "130", "129"})  # types of addresses in an MMS
_NOBODY = frozenset({"", "null", "(Unknown)", "insert-address-token"})
_MAX_DEPTH = 16
_MAX_PARTS = 1000

Fields = dict[str, str]


def is_sms(head: bytes) -> bool:
    """Tell whether the beginning of a file is such a backup."""
    return _ROOT.search(head) is not None


def read(data: bytes) -> Export:
    """Return the messages of a backup; ForeignDataError for other or unsound XML."""
    joined, mended = _HALVES.subn(_join, data)
    backup = _Backup()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = backup.start
    parser.EndElementHandler = backup.end
    parser.StartDoctypeDeclHandler = _doctype
    try:
        parser.Parse(joined, True)
    except (expat.ExpatError, ValueError, LookupError):
        refuse("The export is not sound XML.")
    remarks = (f"{mended} signs that the export cut in two were joined.",) if mended else ()
    return Export("sms-xml", "SMS", tuple(backup.messages), remarks)


def _doctype(name: str, system: str | None, public: str | None, internal: bool) -> None:
    refuse("The XML has a document type, which no backup has.", "Do not open it elsewhere.")


def _join(match: re.Match[bytes]) -> bytes:
    high, low = int(match[1]), int(match[2])
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return match[0]
    return b"&#%d;" % (0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


class _Backup:
    """Takes elements as they come."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._path: list[str] = []
        self._mms: Fields | None = None
        self._parts: list[Fields] = []
        self._addresses: list[Fields] = []

    def start(self, tag: str, given: Fields) -> None:
        """Take the beginning of an element."""
        if not self._path and tag != "smses":
            refuse("The XML is no backup of text messages.")
        if len(self._path) >= _MAX_DEPTH:
            refuse("The XML is nested too deeply.")
        if len(self._path) == 1 and tag == "sms":
            self._add(_sms(given, f"index:{len(self.messages) + 1}"))
        elif len(self._path) == 1 and tag == "mms":
            self._mms, self._parts, self._addresses = given, [], []
        elif self._mms is not None and tag in ("part", "addr"):
            kept = self._parts if tag == "part" else self._addresses
            if len(kept) < _MAX_PARTS:
                kept.append({name: value for name, value in given.items() if name != "data"})
        self._path.append(tag)

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        self._path.pop()
        if len(self._path) == 1 and self._mms is not None:
            place = f"index:{len(self.messages) + 1}"
            self._add(_mms(self._mms, self._parts, self._addresses, place))
            self._mms = None

    def _add(self, message: Message) -> None:
        if len(self.messages) >= MAX_MESSAGES:
            refuse(f"The export holds more than {MAX_MESSAGES:,} messages.")
        self.messages.append(message)


def _sms(given: Fields, locator: str) -> Message:
    kind = given.get("type", "")
    other = _known(given, "address")
    return _message(given, locator, kind, [other] if other else [], given.get("body", ""))


def _mms(given: Fields, parts: list[Fields], addresses: list[Fields], locator: str) -> Message:
    text = "\n".join(
        part["text"] for part in parts if part.get("ct") == "text/plain" and part.get("text")
    )
    files = [
        _known(part, "cl") or _known(part, "name") or _known(part, "fn") or part.get("ct")
        for part in parts
        if part.get("ct") not in ("text/plain", "application/smil")
    ]
    kind = given.get("msg_box", "")
    wanted = {_FROM} if kind == _RECEIVED else _TO
    others = [a for one in addresses if one.get("type") in wanted and (a := _known(one, "address"))]
    whom = others or _known(given, "address").split("~")
    return _message(given, locator, kind, [one for one in whom if one], text, files)


def _message(
    given: Fields,
    locator: str,
    kind: str,
    others: list[str],
    text: str,
    files: list[str | None] | None = None,
) -> Message:
    stamp = whole(given.get("date"))
    date, clock = moment(stamp // 1000) if stamp is not None else (None, "")
    kept, more = body("" if text == "null" else text)
    received = kind == _RECEIVED
    name = words(_known(given, "contact_name"))
    account = words(others[0]) if received and others else None
    marks = (
        [] if received else ["sent" if kind == _SENT else _OTHERS.get(kind, "direction-unknown")]
    )
    return Message(
        locator=locator,
        sender=(name or account or None) if received else None,
        account=account or None,
        time=words(given.get("readable_date")) or words(given.get("date")),
        date=date,
        clock=clock,
        text=kept,
        recipients=() if received else named(others),
        subject=words(_known(given, "subject") or _known(given, "sub")),
        attachments=named(files or ()),
        marks=(*marks, *(() if date else ("absurd-time",)), *more),
    )


def _known(given: Fields, name: str) -> str:
    value = given.get(name, "")
    return "" if value in _NOBODY else value
