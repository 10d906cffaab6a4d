"""What a file is, its content says: names mean nothing, and two answers are both told."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evidence.media_files import pdf, picture, tarred, zipped
from unburnt.evidence.kinds import DOCX, HEAD, PPTX, XLSX, first_kind, kind, others

_OOXML = {"[Content_Types].xml": b"<Types/>"}
_ODT = "application/vnd.oasis.opendocument.text"

KNOWN: dict[str, tuple[bytes, str]] = {
    "a JPEG": (picture(), "image/jpeg"),
    "a PNG": (picture("PNG"), "image/png"),
    "a GIF": (picture("GIF"), "image/gif"),
    "a TIFF": (picture("TIFF"), "image/tiff"),
    "a BMP": (picture("BMP"), "image/bmp"),
    "a WebP": (picture("WEBP"), "image/webp"),
    "a film": (b"\0\0\0\x18ftypisom" + bytes(50), "video/mp4"),
    "a film of an iPhone": (b"\0\0\0\x14ftypqt  " + bytes(50), "video/quicktime"),
    "a HEIC": (b"\0\0\0\x18ftypheic" + bytes(50), "image/heic"),
    "a PDF": (pdf(), "application/pdf"),
    "an RTF": (rb"{\rtf1\ansi hello}", "application/rtf"),
    "a ZIP": (zipped({"a.txt": b"hello"}), "application/zip"),
    "an empty ZIP": (zipped({}), "application/zip"),
    "a Word file": (zipped({**_OOXML, "word/document.xml": b"<w/>"}), DOCX),
    "an Excel file": (zipped({**_OOXML, "xl/workbook.xml": b"<w/>"}), XLSX),
    "a PowerPoint file": (zipped({**_OOXML, "ppt/presentation.xml": b"<w/>"}), PPTX),
    "a tar": (tarred({"a": b"x"}, "w"), "application/x-tar"),
    "a packed tar": (tarred({"a": b"x"}), "application/gzip"),
    "a page": (b"<!-- saved --><!DOCTYPE html><p>x", "text/html"),
    "a drawing": (b'<?xml version="1.0"?><svg xmlns="x"></svg>', "image/svg+xml"),
    "an e-mail": (b"From: a@example.org\r\nTo: b@example.org\r\n\r\nhello", "message/rfc822"),
    "a mailbox": (b"From a@example.org Mon Jan 22 10:00:00 2018\nFrom: a\n", "application/mbox"),
    "Russian text": ("Дом сожгли в понедельник".encode(), "text/plain"),
    "text cut within a letter": (("я" * HEAD).encode()[: HEAD + 1], "text/plain"),
    "noise": (bytes(range(256)) * 4, "application/octet-stream"),
    "nothing": (b"", "application/octet-stream"),
}


@pytest.mark.parametrize(("data", "expected"), KNOWN.values(), ids=KNOWN.keys())
def test_the_kind_is_told_by_the_content(data: bytes, expected: str) -> None:
    assert kind(data) == expected


@pytest.mark.parametrize(("data", "expected"), KNOWN.values(), ids=KNOWN.keys())
def test_what_is_readable_one_way_only_is_no_polyglot(data: bytes, expected: str) -> None:
    assert others(data, expected) == ()


POLYGLOTS: dict[str, tuple[bytes, str, tuple[str, ...]]] = {
    "a picture with a ZIP behind it": (
        picture() + zipped({"a": b"x" * 99}),
        "image/jpeg",
        ("application/zip",),
    ),
    "a page with a PDF in it": (b"<html>" + pdf(), "text/html", ("application/pdf",)),
    "a GIF that is a page": (b"GIF89a<html><script>", "image/gif", ("text/html",)),
    "a PDF with a ZIP behind it": (
        pdf() + zipped({"a": b"x"}),
        "application/pdf",
        ("application/zip",),
    ),
}


@pytest.mark.parametrize(("data", "first", "besides"), POLYGLOTS.values(), ids=POLYGLOTS.keys())
def test_a_polyglot_is_told(data: bytes, first: str, besides: tuple[str, ...]) -> None:
    assert kind(data) == first
    assert others(data, first) == besides


@given(st.binary(max_size=300))
def test_any_bytes_have_a_kind(data: bytes) -> None:
    assert "/" in kind(data)
    others(data, kind(data))


@pytest.mark.parametrize(
    "begins",
    [
        b"<!---->" * 600 + b"x",
        b"ab:b\r\n" + b" \r\n" * 1300,
        b"<!--" * 1000,
        b" " * 4096,
        b"From a " + b"00" * 2000,
        b"<!doctype" + b" " * 4000,
    ],
)
def test_no_beginning_keeps_it_long(begins: bytes) -> None:
    started = time.perf_counter()
    first_kind(begins[:HEAD])
    assert time.perf_counter() - started < 0.2
