"""Telegram Desktop's HTML, and only what that program writes.

    <div class="message default clearfix" id="message77">
      <div class="pull_right date details" title="08.01.2018 12:34:56 UTC+03:00">12:34</div>
      <div class="from_name">Rowan</div> <div class="text">Who is this?</div>
    </div>                 ->  id:message77, 2018-01-08T12:34:56+03:00, sender "Rowan"

It is no browser: a tag is a tag, scripts are not run, nothing is fetched. Each byte is looked at
once, whatever stands there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from unburnt.core import edtf
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

MAX_DEPTH = 200
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]{0,15})((?:\s[^<>]{0,8192})?)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r'\b(class|id|title|href)\s{0,4}=\s{0,4}"([^"]{0,4096})"', re.IGNORECASE)
_VOID = frozenset("br img meta link hr input source".split())
_TIME = re.compile(r"(\d\d)\.(\d\d)\.(\d{4}) (\d\d:\d\d:\d\d)(?: UTC([+-]\d\d:\d\d))?")
_MEDIA = frozenset("photo_wrap video_file_wrap animated_wrap sticker_wrap media".split())
_GO_TO = "#go_to_message"


def is_telegram(head: bytes) -> bool:
    """Tell whether the beginning of a page is one by Telegram Desktop."""
    return b"<" in head and (b'class="page_wrap' in head or b'class="message ' in head)


def read(data: bytes) -> Export:
    """Return the messages of one page of an export; ForeignDataError for another page."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse("The page is not in UTF-8.")
    found = tuple(bounded(_messages(text)))
    if not found:
        refuse("No message stands in this page, as Telegram writes them.")
    return Export("telegram-html", "Telegram", found)


@dataclass(slots=True)
class _Found:
    """One message while its tags come in."""

    id: str
    service: bool
    joined: bool
    depth: int
    texts: dict[str, list[str]] = field(default_factory=dict)
    title: str = ""
    files: list[str] = field(default_factory=list)
    reply: str | None = None
    has_media: bool = False


def _messages(text: str) -> Iterator[Message]:
    """Yield messages as their element ends; senders go on to the joined ones that follow."""
    sender: str | None = None
    for one in _elements(text):
        message = _message(one, sender)
        if message.kind == MESSAGE:
            sender = message.sender
        yield message


def _elements(text: str) -> Iterator[_Found]:
    stack: list[tuple[str, str | None]] = []  # tag, and the text it opens, as `_role` names it
    now: _Found | None = None
    at = 0
    for match in _TAG.finditer(text):
        if now is not None:
            _hear(now, stack, text[at : match.start()])
        at = match.end()
        closes, tag, rest = match[1], match[2].lower(), match[3]
        if closes:
            while stack and stack.pop()[0] != tag:
                pass
            if now is not None and len(stack) <= now.depth:
                yield now
                now = None
            continue
        given = {name.lower(): html.unescape(v) for name, v in _ATTRIBUTE.findall(rest)}
        classes = given.get("class", "").split()
        if now is None and "message" in classes and given.get("id"):
            now = _Found(given["id"], "service" in classes, "joined" in classes, len(stack))
        elif now is not None:
            _meet(now, stack, tag, given, classes)
        if tag not in _VOID and not rest.endswith("/"):
            if len(stack) >= MAX_DEPTH:
                refuse("The page is nested too deeply.")
            stack.append((tag, _role(classes, stack)))


def _role(classes: list[str], stack: list[tuple[str, str | None]]) -> str | None:
    """Return what the text inside an element is: sender, text, forwarded, or None."""
    forwarded = any(role == "in-forwarded" for _, role in stack)
    if "forwarded" in classes:
        return "in-forwarded"
    if "from_name" in classes:
        return "forwarded" if forwarded else "sender"
    if "text" in classes:
        return "text"
    if "date" in classes:
        return "date"
    return "details" if classes == ["body", "details"] else None


def _hear(now: _Found, stack: list[tuple[str, str | None]], piece: str) -> None:
    roles = [role for _, role in stack if role and role != "in-forwarded"]
    if roles and piece.strip():
        now.texts.setdefault(roles[-1], []).append(html.unescape(piece))


def _meet(
    now: _Found,
    stack: list[tuple[str, str | None]],
    tag: str,
    given: dict[str, str],
    classes: list[str],
) -> None:
    roles = [role for _, role in stack if role]
    if tag == "br" and "text" in roles:
        now.texts.setdefault("text", []).append("\n")
    if "date" in classes and not now.title and "in-forwarded" not in roles:
        now.title = given.get("title", "")
    link = given.get("href", "")
    if link.startswith(_GO_TO):
        now.reply = f"id:message{words(link[len(_GO_TO) :])}"
    if _MEDIA & set(classes):
        now.has_media = True
        if link and len(now.files) < 64:
            now.files.append(link)


def _message(one: _Found, sender: str | None) -> Message:
    said = {role: "".join(pieces).strip() for role, pieces in one.texts.items()}
    date, clock = _when(one.title)
    text, more = body(said.get("text") or said.get("details", ""))
    own = words(said.get("sender", "")) or None
    marks = [
        name
        for name, is_so in (
            ("joined", one.joined and not own),
            ("media-left-out", one.has_media and not one.files),
            ("absurd-time", date is None and bool(one.title)),
        )
        if is_so
    ]
    return Message(
        locator=f"id:{words(one.id)}",
        kind=NOTICE if one.service else MESSAGE,
        sender=None if one.service else own or (sender if one.joined else None),
        time=words(one.title),
        date=date,
        clock=clock,
        text=text,
        attachments=named(one.files),
        reply_to=one.reply,
        forwarded_from=words(said.get("forwarded", "")) or None,
        marks=(*marks, *more),
    )


def _when(title: str) -> tuple[str | None, str]:
    """Return (EDTF, clock) of a title; day first, as Telegram writes it everywhere."""
    match = _TIME.fullmatch(title)
    if match is None or not "1971" <= match[3] <= "2100":
        return None, ""
    shift = match[5] or ""
    if shift in ("+00:00", "-00:00"):
        shift = "Z"
    date = f"{match[3]}-{match[2]}-{match[1]}T{match[4]}{shift}"
    return (date, match[4]) if edtf.is_valid(date) else (None, "")
