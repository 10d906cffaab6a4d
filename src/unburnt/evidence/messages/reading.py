"""Reading an export: which format it is, by its content, and its messages.

    reader = Reader(order=None)
    originals.give(file, reader.feed)        # pieces of the sealed original
    reader.finish()                          ->  Export

Everything but a mailbox is held whole in memory, within bounds. Nothing is written anywhere.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from datetime import date

from unburnt.evidence.messages import (
    chat_text,
    mail,
    meta_json,
    sms_xml,
    telegram_html,
    telegram_json,
)
from unburnt.evidence.messages.message import MAX_BYTES, Export, refuse
from unburnt.evidence.messages.strict_json import parse

MAX_ZIP = 256 * 2**20
MAX_MEMBERS = 20_000
MAX_RATIO = 250  # unpacked to packed; long real chats reach 20
_HEAD = 4096
_SMALL = 2**20
_ZIP = b"PK\x03\x04"
_KNOWN = "See the formats: docs/spec/messages.md. Archives other than WhatsApp's: unburnt examine."


class Reader:
    """Takes an export piece by piece."""

    def __init__(self, order: str | None = None, until: date = date.max) -> None:
        self._until = until
        self._order = order
        self._held = bytearray()
        self._box: mail.Mailbox | None = None

    def feed(self, piece: memoryview | bytes) -> None:
        """Take the next bytes; ForeignDataError when there are too many."""
        if self._box is not None:
            self._box.feed(bytes(piece))
            return
        self._held += piece
        if len(self._held) >= _HEAD and mail.Mailbox.begins(bytes(self._held[:_HEAD])):
            self._begin_box()
            return
        most = MAX_ZIP if self._held.startswith(_ZIP) else MAX_BYTES
        if len(self._held) > most:
            refuse(
                f"The export is larger than {most >> 20} MiB.",
                "Export chat by chat, or without media.",
            )

    def finish(self) -> Export:
        """Return the messages; UsageError with a question when the order of dates is unknown.

        Raises ForeignDataError for what is no export, or an unsound one.
        """
        if self._box is None and mail.Mailbox.begins(bytes(self._held[:_HEAD])):
            self._begin_box()
        if self._box is not None:
            return self._box.finish()
        return read(bytes(self._held), self._order, self._until)

    def _begin_box(self) -> None:
        self._box = mail.Mailbox()
        self._box.feed(bytes(self._held))
        self._held.clear()


def read(data: bytes, order: str | None = None, until: date = date.max) -> Export:
    """Return the messages of an export that is no mailbox, read as what its content is."""
    head = data[:_HEAD]
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(_ZIP):
        return chat_text.read(_chat_inside(data), order, until)
    if plain.startswith(b"{"):
        return _json(data)
    if sms_xml.is_sms(head):
        return sms_xml.read(data)
    if plain.startswith(b"<") and telegram_html.is_telegram(data):
        return telegram_html.read(data)
    if mail.is_mail(head):
        return mail.read(data)
    if chat_text.is_chat(_glance(head)):
        return chat_text.read(data, order, until)
    refuse("This is no export of messages that is known here.", _KNOWN)


def _glance(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) & ~1].decode("utf-16", "replace")
    return head.decode("utf-8-sig", "replace")


def _json(data: bytes) -> Export:
    root = parse(data)
    if isinstance(root, dict) and meta_json.is_meta(root):
        return meta_json.read(root)
    if isinstance(root, dict) and telegram_json.is_telegram(root):
        return telegram_json.read(root)
    refuse("This JSON is no export of messages that is known here.", _KNOWN)


def _chat_inside(data: bytes) -> bytes:
    """Return the one text of a WhatsApp archive; ForeignDataError for a bomb or another archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                refuse(f"The archive holds more than {MAX_MEMBERS:,} files.")
            texts = [m for m in members if m.filename.lower().endswith(".txt")]
            texts = [m for m in texts if m.filename == "_chat.txt"] or texts
            if len(texts) != 1:
                refuse("The archive does not hold exactly one text of a chat.", _KNOWN)
            (member,) = texts
            if member.file_size > max(_SMALL, MAX_RATIO * member.compress_size):
                refuse(f"The archive unpacks to more than {MAX_RATIO} times its size.")
            with archive.open(member) as stream:
                text = stream.read(MAX_BYTES + 1)
    except (
        *(zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError),
        *(ValueError, OverflowError),
    ):
        refuse("The archive is damaged, or has a password.")
    if len(text) > MAX_BYTES:
        refuse(f"The text in the archive is larger than {MAX_BYTES >> 20} MiB.")
    return text
