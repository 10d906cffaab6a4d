"""What kind of file it is, by its content: never by its name, which anybody can choose.

    first_kind(data[:HEAD])        ->  "image/jpeg", or None: a glance, for every file taken in
    kind(data)                     ->  "application/vnd.openxmlformats-officedocument.…document"
    others(data, "image/png")      ->  ("application/zip",): a polyglot, readable as two things

Specification: docs/spec/media.md, "Kinds". A kind says which program would open the file; it
never says that the file is whole, harmless or what it seems. Reads memory only.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from importlib import import_module
from mmap import mmap
from typing import Any

HEAD = 4096  # bytes a glance needs
_TAIL = 66_000  # bytes in which the end of a ZIP must begin: its comment is 65,535 at most
_MAX_NAMES = 5000  # members of a ZIP whose names are looked at

Data = bytes | memoryview | mmap

ZIP, PDF, HTML, TEXT, EMAIL = (
    "application/zip",
    "application/pdf",
    "text/html",
    "text/plain",
    "message/rfc822",
)
_OPEN = "application/vnd.openxmlformats-officedocument."
DOCX, XLSX, PPTX = (
    _OPEN + "wordprocessingml.document",
    _OPEN + "spreadsheetml.sheet",
    _OPEN + "presentationml.presentation",
)

# Signatures of the common kinds; the order matters only where one begins another.
_FIRST: tuple[tuple[bytes, str], ...] = (
    (rb"\xff\xd8\xff", "image/jpeg"),
    (rb"\x89PNG\r\n\x1a\n", "image/png"),
    (rb"GIF8[79]a", "image/gif"),
    (rb"II\*\x00|MM\x00\*|II\+\x00|MM\x00\+", "image/tiff"),
    (rb"BM....\x00\x00\x00\x00", "image/bmp"),
    (rb"RIFF....WEBP", "image/webp"),
    (rb"RIFF....WAVE", "audio/wav"),
    (rb"RIFF....AVI ", "video/x-msvideo"),
    (rb"....ftyp(?:heic|heix|heim|heis|mif1|msf1|hevc)", "image/heic"),
    (rb"....ftypavi[fs]", "image/avif"),
    (rb"....ftypqt  ", "video/quicktime"),
    (rb"....ftypM4A ", "audio/mp4"),
    (rb"....ftyp3g", "video/3gpp"),
    (rb"....ftyp", "video/mp4"),
    (rb"\x1aE\xdf\xa3", "video/x-matroska"),
    (rb"OggS", "audio/ogg"),
    (rb"ID3|\xff[\xfb\xf3\xf2\xfa]", "audio/mpeg"),
    (rb"fLaC", "audio/flac"),
    (rb"#!AMR", "audio/amr"),
    (rb"%PDF-", PDF),
    (rb"\{\\rtf", "application/rtf"),
    (rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument\.text", "odt"),
    (rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument\.spreadsheet", "ods"),
    (rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument\.presentation", "odp"),
    (rb"PK\x03\x04.{26}mimetypeapplication/epub\+zip", "application/epub+zip"),
    (rb"PK\x03\x04|PK\x05\x06", ZIP),
    (rb"\x1f\x8b\x08", "application/gzip"),
    (rb"BZh[1-9]1AY&SY", "application/x-bzip2"),
    (rb"\xfd7zXZ\x00", "application/x-xz"),
    (rb"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (rb"Rar!\x1a\x07", "application/vnd.rar"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (rb"SQLite format 3\x00", "application/vnd.sqlite3"),
    (rb".{257}ustar[\x00 ]", "application/x-tar"),
    (rb"age-encryption\.org/v1\n", "application/x-age"),
    (rb"WARC/1\.[01]\r?\n", "application/warc"),
)
_SPELLED = {
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}
# One expression, one pass: a glance at a picture costs about a microsecond.
_PATTERN = re.compile(b"|".join(b"(%s)" % signature for signature, _ in _FIRST), re.DOTALL)
_NAMES = tuple(_SPELLED.get(name, name) for _, name in _FIRST)

# Possessive throughout: each of these runs on every file taken in, and must not be kept busy.
_COMMENTS = rb"\s*+(?:<!--(?:(?!-->).)*+-->\s*+)*+"
_HTML = re.compile(_COMMENTS + rb"<(?:!doctype\s++html|html|head|body)[\s>]", re.I | re.S)
_SVG = re.compile(
    rb"\s*+(?:<\?xml[^>]*+>)?+" + _COMMENTS + rb"(?:<!DOCTYPE svg[^>]*+>\s*+)?+<svg[\s>]", re.S
)
_XML = re.compile(rb"\s*+<\?xml\s")
_MBOX = re.compile(rb"From \S++ [^\n]*\d{2}:\d{2}")
_HEADER = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{1,40}+:[^\n]*+\n(?:[ \t][^\n]*+\n)*+){2,}+")
_OF_MAIL = re.compile(rb"^(?:From|To|Date|Received|Message-ID|Return-Path):", re.I | re.M)
_IN_NO_TEXT = bytes({*range(0x20)} - set(b"\t\n\v\f\r\x1b"))  # control characters


def first_kind(head: bytes | memoryview) -> str | None:
    """Return the media type that the first bytes (up to 4096) show, or None when they do not."""
    found = _PATTERN.match(head)
    if found is not None and found.lastindex is not None:
        return _NAMES[found.lastindex - 1]
    return _text_kind(bytes(head[:HEAD])) if head else None


def kind(data: Data) -> str:
    """Return the media type of a whole file; application/octet-stream when nothing knows it."""
    first = first_kind(bytes(data[:HEAD]))
    if first == ZIP:
        return _zip_kind(data)
    return first or _uncommon(bytes(data[:HEAD])) or "application/octet-stream"


def others(data: Data, known: str) -> tuple[str, ...]:
    """Return the kinds that a file of a `known` kind can be read as besides, sorted."""
    found = {name for name in _besides(data) if name != known}
    if ZIP in found and (known in _ZIPPED or known == ZIP):
        found.discard(ZIP)
    return tuple(sorted(found))


def _besides(data: Data) -> Iterator[str]:
    """Programs look for a PDF in the first KiB, for a ZIP at the end, for HTML anywhere."""
    if b"%PDF-" in bytes(data[:1024]):
        yield PDF
    tail = bytes(data[-_TAIL:])
    at = tail.rfind(b"PK\x05\x06")
    if at >= 0 and _ends_a_zip(data, tail, at):
        yield ZIP
    if re.search(rb"<(?:!doctype\s+html|html)[\s>]", bytes(data[:HEAD]), re.I):
        yield HTML


def _ends_a_zip(data: Data, tail: bytes, at: int) -> bool:
    """Tell whether the end record points to a directory, wherever the ZIP was glued on."""
    record = tail[at : at + 22]
    if len(record) < 22:
        return False
    size = int.from_bytes(record[12:16], "little")
    start = len(data) - len(tail) + at - size
    return size > 0 and start >= 0 and bytes(data[start : start + 4]) == b"PK\x01\x02"


def _zip_kind(data: Data) -> str:
    """Return what a ZIP holds: an office document, a web archive, or simply files."""
    try:
        with zipfile.ZipFile(_file(data)) as archive:
            names = {info.filename for info in archive.infolist()[:_MAX_NAMES]}
    except Exception:  # zipfile raises a dozen kinds for damaged bytes
        return ZIP
    if "[Content_Types].xml" in names:
        for part, name in (("word/", DOCX), ("xl/", XLSX), ("ppt/", PPTX)):
            if any(member.startswith(part) for member in names):
                return name
    if "datapackage.json" in names and any(member.startswith("archive/") for member in names):
        return "application/wacz"
    return ZIP


_ZIPPED = frozenset(
    {DOCX, XLSX, PPTX, *_SPELLED.values(), "application/epub+zip", "application/wacz"}
)


def _file(data: Data) -> Any:
    return data if isinstance(data, mmap) else io.BytesIO(data)


def _text_kind(head: bytes) -> str | None:
    """Return the kind of a text, if the first bytes are one."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return TEXT
    if len(head.translate(None, _IN_NO_TEXT)) < len(head):  # four times as fast as a search
        return None
    plain = head.removeprefix(b"\xef\xbb\xbf")
    if _HTML.match(plain):
        return HTML
    if _SVG.match(plain):
        return "image/svg+xml"
    if _MBOX.match(plain):
        return "application/mbox"
    header = _HEADER.match(plain)
    if header and len(_OF_MAIL.findall(header[0])) >= 2:
        return EMAIL
    if not _is_utf8(head):
        return None
    return "application/xml" if _XML.match(plain) else TEXT


def _is_utf8(head: bytes) -> bool:
    """Tell whether the bytes are UTF-8, perhaps cut within the last character."""
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return len(head) == HEAD and error.start >= HEAD - 3
    return True


def _uncommon(head: bytes) -> str | None:
    """Return what the library of signatures says, when it is installed and rather sure."""
    try:
        found = import_module("puremagic").magic_string(head)
    except Exception:  # not installed, or it does not know: both leave the kind open
        return None
    for match in found:
        if match.mime_type and match.confidence >= 0.5:
            return str(match.mime_type).lower()
    return None
