"""Telegram Desktop's JSON: one chat (`messages`), or all of them (`chats.list`).

    {"name": "Court", "messages": [{"id": 77, "type": "message", "date": "2018-12-05T11:39:10",
     "date_unixtime": "1544006350", "from": "Rowan", "from_id": "user5", "text": ["a ", {"text":
     "word"}]}]}            ->  id:77, 2018-12-05T10:39:10Z, sender "Rowan", account "user5"

`date` is the clock of the computer that exported, without a zone; `date_unixtime` is preferred.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from unburnt.core import edtf
from unburnt.evidence.messages.message import (
    CALL,
    MESSAGE,
    NOTICE,
    Export,
    Message,
    body,
    bounded,
    moment,
    named,
    words,
)
from unburnt.evidence.messages.strict_json import listed, text_of, whole

_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_FILES = ("photo", "file")
_MAX_PARTS = 10_000


def is_telegram(root: dict[str, Any]) -> bool:
    """Tell whether a JSON object has the shape of an export by Telegram Desktop."""
    chats = root.get("chats")
    if isinstance(chats, dict) and isinstance(chats.get("list"), list):
        return True
    return any("date" in one or "date_unixtime" in one for one in listed(root.get("messages"))[:1])


def read(root: dict[str, Any]) -> Export:
    """Return the messages of one chat, or of all chats of an account, in the order of the file."""
    chats = root.get("chats")
    if isinstance(chats, dict):
        found = [
            message
            for number, chat in enumerate(listed(chats.get("list")), start=1)
            for message in _chat(chat, f"chat:{number}/")
        ]
    else:
        found = list(_chat(root, ""))
    return Export("telegram-json", "Telegram", tuple(bounded(found)))


def _chat(chat: dict[str, Any], before: str) -> Iterator[Message]:
    messages = listed(chat.get("messages"))
    ids = [whole(one.get("id")) for one in messages]
    named_by_id = None not in ids and len(set(ids)) == len(ids)
    for number, (id, one) in enumerate(zip(ids, messages, strict=True), start=1):
        yield _message(one, before + (f"id:{id}" if named_by_id else f"index:{number}"), before)


def _message(one: dict[str, Any], locator: str, before: str) -> Message:
    date, clock, written = _time(one)
    service = one.get("type") == "service"
    text = _text(one.get("text"))
    if service:
        text = text or words(f"{one.get('action') or 'service'} {one.get('title') or ''}")
    kept, more = body(text)
    files = [one.get(name) for name in _FILES]
    reply = whole(one.get("reply_to_message_id"))
    marks = [
        name
        for name, is_so in (
            ("edited", one.get("edited") or one.get("edited_unixtime")),
            ("media-left-out", any(str(path or "").startswith("(File") for path in files)),
            ("absurd-time", date is None),
        )
        if is_so
    ]
    kind = NOTICE if service else MESSAGE
    return Message(
        locator=locator,
        kind=CALL if service and one.get("action") == "phone_call" else kind,
        sender=words(one.get("from") or one.get("actor")) or None,
        account=words(one.get("from_id") or one.get("actor_id")) or None,
        time=written,
        date=date,
        clock=clock,
        text=kept,
        attachments=named(_file_names(one, files)),
        reply_to=f"{before}id:{reply}" if reply is not None else None,
        forwarded_from=words(one.get("forwarded_from")) or None,
        marks=(*marks, *more),
    )


def _file_names(one: dict[str, Any], files: list[object]) -> list[object]:
    left_out = [path for path in files if path and not str(path).startswith("(File")]
    return [*left_out, one.get("file_name")]


def _time(one: dict[str, Any]) -> tuple[str | None, str, str]:
    """Return (EDTF, clock, as written)."""
    written = words(one.get("date"))
    unix = whole(one.get("date_unixtime"))
    if unix is not None:
        date, clock = moment(unix)
        return date, clock, written or str(unix)
    if _LOCAL.fullmatch(written) and "1971" <= written[:4] <= "2100" and edtf.is_valid(written):
        return written, written[11:], written
    return None, "", written


def _text(value: object) -> str:
    """Return a text that is given whole, or as a list of pieces of which some have a style."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return ""
    pieces = [one.get("text") if isinstance(one, dict) else one for one in value[:_MAX_PARTS]]
    return "".join(text_of(piece) or "" for piece in pieces)
