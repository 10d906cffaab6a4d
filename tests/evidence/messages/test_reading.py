"""Exports of every format are read to the last message; what is built to harm is refused or said.

The counts of the shared chats come from `grep -c`, `cut | sort | uniq -c`, and the judge of
chat_miner is its own `target.json`.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from contextlib import suppress
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evidence.messages import examples
from tests.shared_data import shared
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.evidence.messages.mail import MAX_LETTER, Mailbox
from unburnt.evidence.messages.message import MAX_TEXT, Export, Message
from unburnt.evidence.messages.meta_json import mend
from unburnt.evidence.messages.reading import Reader

CHATS = "evidence/chats"


def read(
    data: bytes, order: str | None = None, piece: int = 1000, until: date = date.max
) -> Export:
    reader = Reader(order, until)
    for start in range(0, len(data), piece):
        reader.feed(data[start : start + piece])
    return reader.finish()


# --- chats of others ------------------------------------------------------------------------------

MINER = (
    {
        "Signal": ("signal/test_export.txt", "signal/target.json", "signal-text", 2),
        "Telegram, one chat": (
            *("telegram/test_single_export.json", "telegram/target.json"),
            *("telegram-json", 2),
        ),
        "Telegram, all chats": (
            *("telegram/test_batch_export.json", "telegram/target.json"),
            *("telegram-json", 2),
        ),
        "Instagram": ("instagram/test_export.json", "instagram/target.json", "instagram-json", 2),
    }
    | {
        f"WhatsApp {name}": (
            *(f"whatsapp/test_{name}.txt", "whatsapp/target.json"),
            *("whatsapp-text", 9),
        )
        for name in ("mmddyy_24hrs", "ddmmyy_24hrs", "[mmddyy]_24hrs", "yyyymmdd_24hrs")
    }
    | {
        "WhatsApp mmddyyyy_12hrs": (
            *("whatsapp/test_mmddyyyy_12hrs.txt", "whatsapp/target.json"),
            *("whatsapp-text", 9),
        )
    }
)


def plain(message: Message) -> tuple[str, str, str]:
    """What a judge compares: moment to the second, author, words with single blanks."""
    clock = message.clock if len(message.clock) == 8 else f"{message.clock}:00"
    moment = f"{(message.date or '')[:10]}T{clock}"
    return moment, message.sender or "", " ".join(message.text.split())


@pytest.mark.parametrize(("path", "target", "kind", "count"), MINER.values(), ids=MINER.keys())
def test_chats_are_read_as_another_program_reads_them(
    path: str, target: str, kind: str, count: int
) -> None:
    export = read(shared(f"{CHATS}/chat_miner/{path}").read_bytes())
    judged = json.loads(shared(f"{CHATS}/chat_miner/{target}").read_text())
    expected = sorted((one["timestamp"], one["author"], one["message"]) for one in judged)
    found = sorted(plain(one) for one in export.messages if one.kind == "message")
    if kind == "telegram-json":  # the judge puts a blank between pieces, the file has none
        found = [(at, who, text.replace("Link:https", "Link: https")) for at, who, text in found]
    assert (export.format, len(export.messages), found) == (kind, count, expected)


STK = {
    "lorem-merge-part1": {"+1 123 456 789": 78, "Giuseppe": 75, "John": 67, "Mary": 80},
    "lorem-merge-part2": {
        **{"+1 123 456 789": 78, "Giuseppe": 75, "John": 67},
        **{"Maria": 51, "Maria2": 29},
    },
}


@pytest.mark.parametrize("name", STK)
def test_every_line_of_a_long_chat_belongs_to_who_wrote_it(name: str) -> None:
    export = read(shared(f"{CHATS}/whatstk/chats_whatsapp_{name}.txt").read_bytes())
    assert len(export.messages) == 300
    assert Counter(one.sender for one in export.messages) == STK[name]
    assert [one.locator for one in export.messages] == [f"line:{n}" for n in range(1, 301)]


def test_the_small_chat_has_its_notice_and_its_messages() -> None:
    export = read(shared(f"{CHATS}/whatstk/chats_whatsapp_pokemon.txt").read_bytes())
    assert len(export.messages) == 20
    assert [one.locator for one in export.messages if one.kind == "notice"] == ["line:2"]
    assert sum(one.sender == "Misty" for one in export.messages) == 4
    weird = export.find("line:16")
    assert weird is not None
    assert (weird.sender, weird.text, weird.date, weird.time) == (
        *("Raichu", "Yes... Weird to have a different body!"),
        *("2016-08-10", "10.08.2016, 15:23"),
    )


# --- our own examples -----------------------------------------------------------------------------


def test_whatsapp_in_russian() -> None:
    notice, threat, file, left_out, deleted, edited = read(examples.ANDROID_RU).messages
    assert (notice.kind, notice.sender) == ("notice", None)
    assert threat == Message(
        locator="line:2",
        sender="+7 900 000-00-00",
        account="+7 900 000-00-00",
        time="12.03.2019, 09:07",
        date="2019-03-12",
        clock="09:07",
        text="Ещё раз напишешь\nмы тебя найдём: понял?",
    )
    assert (file.locator, file.attachments) == ("line:4", ("IMG-20190312-WA0001.jpg",))
    assert (left_out.marks, deleted.marks) == (("media-left-out",), ("deleted",))
    assert (edited.text, edited.marks) == ("Кто это?", ("edited",))


def test_whatsapp_on_an_iphone_has_seconds_and_no_zone() -> None:
    export = read(examples.IPHONE)
    first, second, third = export.messages
    assert [one.date for one in export.messages] == [
        *("2019-03-12T21:05:07", "2019-03-13T00:00:00", "2019-03-13T12:01:30")
    ]
    assert first.sender == "Heron group"
    assert second.account is not None
    assert third.attachments == ("00000003-PHOTO-2019.jpg",)
    assert read(examples.ALL["WhatsApp in a ZIP"]) == export


def test_telegram() -> None:
    service, message = read(examples.TELEGRAM).messages
    assert (service.kind, service.locator) == ("notice", "id:70")
    assert (message.locator, message.date) == ("id:77", "2018-12-05T11:39:10")
    assert (message.text, message.account, message.reply_to) == ("a b", "user5", "id:70")
    assert (message.forwarded_from, message.marks) == ("A channel", ("edited",))
    assert message.attachments == ("photos/../../photo_1.jpg",)


def test_telegram_as_pages() -> None:
    service, first, joined = read(examples.TELEGRAM_HTML).messages
    assert (service.kind, service.text) == ("notice", "8 January 2018")
    assert (first.locator, first.sender) == ("id:message77", "Rowan & Co")
    assert (first.date, first.text) == (
        "2018-01-08T12:34:56+03:00",
        "Who is this?\nSay <it>.",
    )
    assert (joined.sender, joined.marks) == ("Rowan & Co", ("joined",))
    assert (joined.date, joined.reply_to) == ("2018-01-08T12:35:00", "id:message77")
    assert (joined.forwarded_from, joined.text) == ("A channel", "its words")
    assert joined.attachments == ("photos/photo_1.jpg",)


def test_instagram_is_mended_and_that_is_said() -> None:
    export = read(examples.INSTAGRAM)
    first, second = export.messages
    assert (first.sender, first.text, first.marks) == ("Привет", "café", ("mended",))
    assert (first.date, first.attachments) == ("2020-01-17T20:49:00Z", ("photos/1.jpg",))
    assert (second.marks, len(export.remarks)) == (("deleted",), 1)


@given(st.text())
def test_letters_that_were_broken_are_mended_and_no_others(text: str) -> None:
    whole = text.encode("utf-8", "ignore").decode()
    mended, changed = mend(whole.encode().decode("latin-1"))
    assert (mended, changed) == (whole, not whole.isascii())


def test_text_messages() -> None:
    export = read(examples.SMS)
    received, sent, picture = export.messages
    assert (received.text, received.sender) == ("Stop 😀", "+79000000000")
    assert (received.date, received.time) == ("2020-01-17T20:49:00Z", "17 Jan 2020 23:49:00")
    assert (sent.sender, sent.recipients, sent.marks) == (None, ("+79000000000",), ("sent",))
    assert (picture.text, picture.attachments) == ("Look", ("../../etc/1.jpg",))
    assert (picture.sender, picture.account) == ("Nobody", "+79000000000")


def test_a_letter() -> None:
    (letter,) = read(examples.EML).messages
    assert (letter.sender, letter.account) == ("Ровена", "rowan@example.org")
    assert letter.subject == "Вы are warned"
    assert letter.text == bytes.fromhex("f7d4cfd0").decode("koi8-r")
    assert letter.date == "2018-01-22T09:30:00+03:00"
    assert letter.recipients == ("heron@example.org", "office@example.org")
    assert letter.attachments == ("К/../1.pdf",)
    assert (letter.identity, letter.reply_to) == ("<1@example.org>", "<0@example.org>")


@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_a_mailbox_in_pieces_of_any_size(piece: int) -> None:
    first, second = read(examples.MBOX, piece=piece).messages
    (letter,) = read(examples.EML).messages
    assert first == letter
    assert (second.locator, second.date) == ("index:2", "2018-01-22T07:30:01")
    assert second.text == "From here on\nFrom the middle"


# --- day and month --------------------------------------------------------------------------------


def chat(*dates: str) -> bytes:
    return "".join(f"{date}, 10:00 - Rowan: text\n" for date in dates).encode()


ORDERS = {
    "a day beyond twelve": (("01/02/19", "13/02/19"), "2019-02-01"),
    "a month in front": (("01/02/19", "01/13/19"), "2019-01-02"),
    "time that runs only one way": (("02/01/19", "01/02/19"), "2019-01-02"),
    "dots": (("01.02.19",), "2019-02-01"),
    "the year in front": (("2019-02-01",), "2019-02-01"),
    "two digits of the year in front": (("19/02/28", "19/12/31"), "2019-02-28"),
}


@pytest.mark.parametrize(("dates", "first"), ORDERS.values(), ids=ORDERS.keys())
def test_the_order_of_dates_is_that_of_the_whole_file(dates: tuple[str, ...], first: str) -> None:
    assert read(chat(*dates), until=date(2026, 11, 22)).messages[0].date == first


def test_an_order_that_cannot_be_known_is_asked_for() -> None:
    with pytest.raises(UsageError, match="--order dmy"):
        read(chat("01/02/19", "03/04/19"))
    assert read(chat("01/02/19", "03/04/19"), "mdy").messages[1].date == "2019-03-04"


def test_lines_that_contradict_each_other_or_another_calendar_are_refused() -> None:
    for dates in (("30/01/19", "01/30/19"), ("1398/01/02",), ("2563-01-02",)):
        with pytest.raises(ForeignDataError):
            read(chat(*dates))


def test_absurd_dates_inside_a_message_are_its_text() -> None:
    (only,) = read(chat("13/02/19") + b"99/99/99, 10:00 - x: y\n13/02/19, 25:00 - x: y\n").messages
    assert only.text == "text\n99/99/99, 10:00 - x: y\n13/02/19, 25:00 - x: y"


NAMES = st.from_regex(r"[A-Za-zА-Яа-я][A-Za-zА-Яа-я .'-]{0,20}[A-Za-zА-Яа-я]", fullmatch=True)
WORDS = st.from_regex(r"[A-Za-zА-Яа-я!?,: ]{0,30}[a-zа-я]", fullmatch=True)
SAID = st.lists(WORDS.map(str.strip), min_size=1, max_size=4)
MOMENTS = st.datetimes(
    min_value=datetime(2010, 1, 1),
    max_value=datetime(2099, 1, 1),
)
SHAPES = (
    "{0:%d.%m.%Y}, {0:%H:%M} - ",
    "[{0:%d.%m.%y}, {0:%H:%M:%S}] ",
    "{0:%Y-%m-%d}, {0:%H:%M} - ",
)


@given(st.lists(st.tuples(MOMENTS, NAMES, SAID), min_size=1, max_size=8), st.sampled_from(SHAPES))
def test_what_was_written_is_read(lines: list[tuple[datetime, str, list[str]]], shape: str) -> None:
    text = "".join(
        shape.format(at) + name + ": " + "\n".join(said) + "\n" for at, name, said in lines
    )
    found = [
        ((one.date or "")[:10], one.clock[:5], one.sender, one.text)
        for one in read(text.encode()).messages
    ]
    assert found == [
        (f"{at:%Y-%m-%d}", f"{at:%H:%M}", name, "\n".join(said)) for at, name, said in lines
    ]


# --- hostile --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", examples.ALL)
def test_a_cut_export_is_refused_or_read_so_far_as_it_goes(name: str) -> None:
    data = examples.ALL[name]
    whole = {one.locator for one in read(data).messages}
    for part in range(20):
        try:
            export = read(data[: len(data) * part // 20])
        except (ForeignDataError, UsageError):
            continue
        assert {one.locator for one in export.messages} <= whole


@pytest.mark.parametrize("name", examples.ALL)
def test_zero_bytes_and_foreign_letters_never_come_through(name: str) -> None:
    for noise in (b"\0", b"\xff\xfe", b"\x1b[2J", "\u202e".encode()):
        for at in range(0, len(examples.ALL[name]), 97):
            data = examples.ALL[name][:at] + noise + examples.ALL[name][at:]
            try:
                export = read(data)
            except (ForeignDataError, UsageError):
                continue
            for one in export.messages:
                told = f"{one.text}{one.sender}{one.time}{one.subject}{one.attachments}"
                assert not re.search("[\0\x1b\u202e\ud800-\udfff]", told)


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE smses [<!ENTITY a "ha">%s]>
<smses><sms address="1" date="1579294140000" type="1" body="&j;"/></smses>""" % b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)
LETTER_OF = b"From: a@b\nTo: c@d\nContent-Type: multipart/mixed; boundary=b\n\n"
REFUSED = {
    "laughing entities": LAUGHS,
    "an outer entity": b'<!DOCTYPE smses SYSTEM "file:///etc/passwd"><smses></smses>',
    "XML too deep": b"<smses>" + b"<a>" * 100_000,
    "JSON too deep": b'{"messages": ' + b"[" * 100_000,
    "JSON that says a thing twice": b'{"messages": [], "messages": []}',
    "a page too deep": b'<div class="page_wrap">' + b"<div>" * 100_000,
    "a letter of boundaries": b"From: a@b\nTo: c@d\n" + b"X: boundary=a\n" * 2000 + b"\n",
    "deep parts held against many lines": b"From: a@b\nTo: c@d\n"
    + b"".join(b"Content-Type: multipart/a; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(900))
    + b"x\n" * 300_000,
    "a letter of a million parts": LETTER_OF + b"--b\n\nx\n" * 300_000,
    "a part of many parameters": b"From: a@b\nTo: c@d\nContent-Type: text/plain; "
    + b"".join(b"\n name*%d=a; " % n for n in range(60_000)),
    "a bomb in a ZIP": examples.zipped({"_chat.txt": b" " * (20 << 20)}),
    "a ZIP of two chats": examples.zipped({"a.txt": b"x", "b.txt": b"y"}),
    "another text": b"Dear all,\nnothing\n",
    "nothing": b"",
    "a chat in another encoding": "".join(
        f"13.02.2019, 10:0{n} - Ровена: Привет\n" for n in range(9)
    ).encode("cp1251"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_at_once(name: str) -> None:
    start = time.process_time()
    with pytest.raises(ForeignDataError):
        read(REFUSED[name], piece=1 << 20)
    assert time.process_time() - start < 2


def test_one_line_in_another_encoding_is_marked_and_the_rest_read() -> None:
    lines = [f"13.02.2019, 10:{n:02} - Ровена: Привет\n".encode() for n in range(20)]
    lines[7] = lines[7][:22] + "Ровена: Привет\n".encode("cp1251")
    export = read(b"".join(lines))
    assert len(export.messages) == 20
    assert [one.locator for one in export.messages if "damaged" in one.marks] == ["line:8"]
    assert any("1 lines" in remark for remark in export.remarks)


def test_a_text_without_end_is_cut_and_that_is_said() -> None:
    (only,) = read(b"13/02/19, 10:00 - Rowan: " + b"a\n" * 200_000).messages
    assert len(only.text.encode()) <= MAX_TEXT
    assert only.marks == ("cut",)


def test_more_messages_than_an_export_may_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unburnt.evidence.messages.message.MAX_MESSAGES", 99)
    with pytest.raises(ForeignDataError, match="99"):
        read(chat(*["13/02/19"] * 100))


def test_of_an_endless_letter_only_the_beginning_is_held() -> None:
    box = Mailbox()
    box.feed(b"From a\nFrom: a@b.c\n\n")
    for _ in range(12):
        box.feed(b"x" * 2**20)
    assert len(box._letter) + len(box._rest) <= MAX_LETTER + 2 * 2**20
    (letter,) = box.finish().messages
    assert letter.marks == ("absurd-time", "cut")


HEAD = b"13/02/19, 10:00 - R: "
LETTER = b"To: c@d\nSubject: x\nContent-Type: text/html\nFrom: "
SLOW = {
    "a line of marks": HEAD + b"a\n" + "\u200e".encode() * 300_000,
    "half attachments": HEAD + b" (file" * 100_000,
    "half names of files": HEAD + "\u200e<a: ".encode() * 100_000,
    "half tags of a page": b'<div class="message d" id="a">' + b"<a " * 300_000,
    "half comments of an address": LETTER + b"(" * 500_000 + b"\n\n",
    "encoded words without end": LETTER + b"=?utf-8?q?a?= " * 60_000 + b"\n\n",
    "hidden blocks without end": LETTER + b"a@b\n\n" + b"<script>" * 100_000,
    "half tags of a letter": LETTER + b"a@b\n\n" + b"<" * 900_000,
    "deep parts": LETTER + b"a\n" + b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n' * 900,
}


@pytest.mark.parametrize("name", SLOW)
def test_what_is_built_to_take_long_does_not(name: str) -> None:
    start = time.process_time()
    with suppress(ForeignDataError, UsageError):
        read(SLOW[name], piece=1 << 20)
    assert time.process_time() - start < 3
