"""Instagram's JSON (Messenger writes the same): `sender_name`, `timestamp_ms`, `content`.

    {"messages": [{"sender_name": "Ð Ð¾Ð²ÐµÐ½Ð°", "timestamp_ms": 1579294140000, "content": "Hi"}]}
    ->  index:1, 2020-01-17T20:49:00Z, sender "Ровена", mark "mended"

Every byte of its UTF-8 was written as one character. What turns back into UTF-8 as a whole is
mended, and that is said; anything else stays as it is.
"""

from __future__ import annotations

from typing import Any

from unburnt.evidence.messages.message import (
    CALL,
    MESSAGE,
    Export,
    Message,
    body,
    bounded,
    moment,
    named,
    words,
)
from unburnt.evidence.messages.strict_json import listed, text_of, whole

_FILES = ("photos", "videos", "audio_files", "files", "gifs")


def is_meta(root: dict[str, Any]) -> bool:
    """Tell whether a JSON object has the shape of a chat exported by Instagram."""
    messages = listed(root.get("messages"))
    return any("timestamp_ms" in one and "sender_name" in one for one in messages[:1])


def read(root: dict[str, Any]) -> Export:
    """Return the messages of one chat, in the order of the file: the newest comes first."""
    found = tuple(
        _message(one, number) for number, one in enumerate(listed(root.get("messages")), start=1)
    )
    mended = sum("mended" in one.marks for one in found)
    remarks = (
        (f"Letters that the export broke were mended in {mended} messages.",) if mended else ()
    )
    return Export("instagram-json", "Instagram", tuple(bounded(found)), remarks)


def mend(text: str) -> tuple[str, bool]:
    """Return a text with its letters whole, and whether anything was changed.

    >>> mend("Ð\\x9fÑ\\x80Ð¸")
    ('При', True)
    >>> mend("café")
    ('café', False)
    """
    if text.isascii():
        return text, False
    try:
        return text.encode("latin-1").decode("utf-8"), True
    except UnicodeError:
        return text, False


def _message(one: dict[str, Any], number: int) -> Message:
    sender, mended_name = mend(text_of(one.get("sender_name")) or "")
    share = one.get("share")
    shared = share if isinstance(share, dict) else {}
    said = [one.get("content"), shared.get("share_text"), shared.get("link")]
    parts = [mend(text) for text in map(text_of, said) if text]
    text, more = body("\n".join(dict.fromkeys(part for part, _ in parts)))
    stamp = whole(one.get("timestamp_ms"))
    date, clock = moment(stamp // 1000) if stamp is not None else (None, "")
    marks = [
        name
        for name, is_so in (
            ("mended", mended_name or any(changed for _, changed in parts)),
            ("deleted", one.get("is_unsent") is True),
            ("absurd-time", date is None),
        )
        if is_so
    ]
    return Message(
        locator=f"index:{number}",
        kind=CALL if "call_duration" in one else MESSAGE,
        sender=words(sender) or None,
        time=words(one.get("timestamp_ms")),
        date=date,
        clock=clock,
        text=text,
        attachments=named(file.get("uri") for name in _FILES for file in listed(one.get(name))),
        marks=(*marks, *more),
    )
