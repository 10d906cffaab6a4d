"""WhatsApp and Signal text: a head with date and time, a sender, a colon, lines of text.

    30/01/19, 20:49 - Rowan: Who is this?              Android
    [30.01.19, 20:49:05] Ровена: Кто это?              iPhone
    2019-12-24, 8:49 p. m. - Rowan: Who is this?

Specification: docs/spec/messages.md. Grammar of one line, marks of direction left out:
`["["] date [","] time ["]" | "-"] (sender ":" text | notice)`; a line without a head continues the
text above. Never looks at a line twice: reading takes time in proportion to the size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from unburnt.evidence.messages.chat_dates import Head, Order, day_of, decide
from unburnt.evidence.messages.message import (
    MESSAGE,
    NOTICE,
    Export,
    Message,
    body,
    bounded,
    named,
    refuse,
    words,
)

_BAD_LINES = 10  # of a hundred lines that may hold bytes that are no text
_MARKS = "[\u200e\u200f\u061c\ufeff]{0,4}"  # bounded: a line of marks would take its square
_AM = r"a\.?[ \u00a0\u202f]?m\.?|ص|π\.?μ\.?|ÖÖ|上午|오전|ق\.ظ"
_PM = r"p\.?[ \u00a0\u202f]?m\.?|م|μ\.?μ\.?|ÖS|下午|오후|ب\.ظ"
_GAP = "[ \u00a0\u202f\u200e\u200f]"
_HEAD = re.compile(
    rf"{_MARKS}(?P<open>\[)?{_MARKS}"
    rf"(?P<a>\d{{1,4}}){_MARKS}(?P<sep>[/.-]){_GAP}?(?P<b>\d{{1,2}}){_MARKS}(?P=sep){_GAP}?"
    rf"(?P<c>\d{{1,4}})\.?{_MARKS}[,،]?{_GAP}{{1,2}}"
    rf"(?:(?P<before>{_AM}|{_PM}){_GAP}?)?"
    rf"(?P<hour>\d{{1,2}})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d))?"
    rf"(?:{_GAP}?(?P<after>{_AM}|{_PM}))?"
    rf"(?:(?P<close>\]){_GAP}{{0,2}}|{_GAP}{{1,2}}[-\u2013]{_GAP}{{1,2}})",
    re.IGNORECASE,
)
_PM_ALONE = re.compile(_PM, re.IGNORECASE)
_SIGNAL = re.compile(r"\[\d{4}-\d\d-\d\d, \d\d:\d\d\] ")
_PHONE = re.compile(r"\+?\d[\d ()\u00a0\u2011.-]{4,24}\d")
_MAX_SENDER = 300  # characters

_ADDED = "file attached|файл добавлен|файл прикреплён|archivo adjunto|Datei angehängt|fichier joint"
_ADDED += "|arquivo anexado|file allegato|dosya ekli|ficheiro anexado|bestand bijgevoegd"
_ANDROID_FILE = re.compile(rf"{_MARKS}(\S[^\n]{{0,254}}?) \((?:{_ADDED})\)(?:\n|$)")
_IPHONE_FILE = re.compile(rf"{_MARKS}<[^\W\d_][^<>:\n]{{1,30}}: ([^<>\n]{{1,255}}\.\w{{1,8}})>")
_OMITTED = re.compile(
    rf"{_MARKS}(?:<(?:Media omitted|Без медиафайлов|Медиа пропущены|Medien ausgeschlossen"
    r"|Multimedia omitido|Médias omis)>|(?:image|video|audio|sticker|GIF|document|Contact card)"
    r" omitted|(?:изображение|видео|аудио|стикер|документ) (?:пропущено|пропущен))",
    re.IGNORECASE,
)
_DELETED = {
    *("This message was deleted", "You deleted this message"),
    *("Данное сообщение удалено", "Вы удалили данное сообщение"),
    *("Это сообщение удалено", "Вы удалили это сообщение"),
}
_EDITED = re.compile(
    rf" ?{_MARKS}<{_MARKS}(?:This message was edited|Сообщение изменено|Это сообщение изменено"
    rf"|Данное сообщение изменено)>{_MARKS}$"
)


@dataclass(slots=True)
class _Found:
    """One message while its lines come in."""

    line: int
    head: Head
    written: str
    lines: list[str] = field(default_factory=list)


def is_chat(text: str) -> bool:
    """Tell whether one of the first lines that are not blank has the head of a chat line."""
    lines = [line for line in text[:4096].splitlines() if line.strip()]
    return any(_head(line) is not None for line in lines[:1])


def read(data: bytes, order: str | None = None, until: date = date.max) -> Export:
    """Return the messages of a chat in text; `order` is dmy, mdy or ymd where it was asked.

    Raises ForeignDataError for what is no such text, UsageError when the order must be asked.
    """
    text, remarks = _decoded(data)
    found = list(_finds(text))
    if not found:
        refuse("No line of this text begins like a message of a chat.")
    decided = decide([one.head for one in found], order, until)
    is_signal = all(_SIGNAL.match(one.written) for one in found)
    return Export(
        "signal-text" if is_signal else "whatsapp-text",
        "Signal" if is_signal else "WhatsApp",
        tuple(bounded(_message(one, decided) for one in found)),
        (f"Dates are read as {decided.order}: {decided.why}.", *remarks),
    )


def _decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text, lines in our spelling; ForeignDataError when it is in no known encoding."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text, bad = data.decode("utf-16", "replace"), 0
    else:
        text = data.decode("utf-8-sig", "surrogateescape")
        lines = re.split(r"\r\n|\r|\n", text)
        broken = [any("\udc80" <= c <= "\udcff" for c in line) for line in lines]
        bad = sum(broken) if not text.isascii() else 0
        if bad * 100 > _BAD_LINES * len(lines):
            refuse("The text is not in UTF-8.", "Export it again; do not save it with an editor.")
        text = re.sub("[\udc80-\udcff]", "\ufffd", text)
    remarks = (f"{bad} lines hold bytes that are not UTF-8.",) if bad else ()
    return text.replace("\r\n", "\n").replace("\r", "\n"), remarks


def _finds(text: str) -> Iterator[_Found]:
    """Yield what has a head, each with the lines that follow it, in order."""
    now: _Found | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        match = _HEAD.match(line)
        head = _head(line) if match else None
        if match and head:
            if now is not None:
                yield now
            now = _Found(number, head, match[0], [line[match.end() :]])
        elif now is not None:
            now.lines.append(line)
    if now is not None:
        yield now


def _head(line: str) -> Head | None:
    """Return the date and time a line begins with; None when no day or clock could be so."""
    match = _HEAD.match(line)
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    half = match["before"] or match["after"]
    hour, minute = int(match["hour"]), int(match["minute"])
    if half and hour <= 12:
        hour = hour % 12 + (12 if _PM_ALONE.fullmatch(half) else 0)
    second = int(match["second"]) if match["second"] else None
    numbers = (match["a"], match["b"], match["c"])
    head = Head(numbers, match["sep"], hour, minute, second)
    if hour > 23 or minute > 59 or (second or 0) > 59:
        return None
    if len(numbers[2]) == 3 or len(numbers[0]) == 3:
        return None
    small = [int(number) for number in numbers if len(number) <= 2]
    return head if len(small) >= 2 and _may_be_day(small) else None


def _may_be_day(small: list[int]) -> bool:
    """Tell whether two of the numbers can be a day and a month; absurd dates are plain text."""
    return any(
        1 <= day <= 31 and 1 <= month <= 12
        for place, day in enumerate(small)
        for other, month in enumerate(small)
        if place != other
    )


def _message(found: _Found, decided: Order) -> Message:
    sender, text = _split("\n".join(found.lines))
    day = day_of(found.head, decided.order)
    told = day.isoformat() if day else None
    if told and found.head.second is not None:
        told += f"T{found.head.clock}"
    marks: list[str] = [] if told else ["absurd-time"]
    if _EDITED.search(text[-200:]):
        cut = _EDITED.sub("", text[-200:])
        text = text[:-200] + cut
        marks.append("edited")
    attachments = _attachments(text)
    if not attachments and _OMITTED.match(text):
        marks.append("media-left-out")
    if text.strip("\u200e\u200f .") in _DELETED:
        marks.append("deleted")
    kept, more = body(text)
    name = words(sender)
    return Message(
        locator=f"line:{found.line}",
        kind=MESSAGE if name else NOTICE,
        sender=name or None,
        account=name if _PHONE.fullmatch(name) else None,
        time=words(found.written.strip("[]\u200e\u200f\ufeff \u2013-")),
        date=told,
        clock=found.head.clock,
        text=kept,
        attachments=attachments,
        marks=(*marks, *more),
    )


def _split(text: str) -> tuple[str | None, str]:
    """Return (sender, text); a notice of the program has no sender."""
    first, _, rest = text.partition("\n")
    name, colon, said = first.partition(": ")
    if not colon and first.endswith(":"):
        name, colon, said = first[:-1], ":", ""
    name = name.strip("\u200e\u200f\u202a\u202c\u2068\u2069 \u00a0\u202f")
    if not colon or not name or len(name) > _MAX_SENDER:
        return None, text
    return name, said + ("\n" + rest if rest else "")


def _attachments(text: str) -> tuple[str, ...]:
    found = [match[1] for match in (_ANDROID_FILE.match(text), _IPHONE_FILE.search(text)) if match]
    return named(found)
