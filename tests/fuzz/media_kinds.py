"""Kinds of files by their content."""

from __future__ import annotations

from tests.evidence.media_files import pdf, picture, tarred, zipped
from unburnt.evidence.kinds import kind, others

SEEDS = [
    picture(),
    pdf(),
    zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}),
    tarred({"a": b"x"}, "w"),
    picture() + zipped({"a": b"x"}),
    b"From: a@example.org\r\nTo: b@example.org\r\n\r\nhello",
    b"<!-- a --><!DOCTYPE html><p>x",
]


def fuzz(data: bytes) -> None:
    """Tell the kind of any bytes."""
    others(data, kind(data))
