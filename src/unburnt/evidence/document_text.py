"""The text of documents: PDF, office files, web pages, e-mail, RTF; and how many pages a PDF has.

    text(data, "application/pdf")    ->  bodyText of up to 48 KiB; the whole as a derived file
                                         where it is longer; pageCount

Specification: docs/spec/media.md, "Text". Runs in the examining child. Never runs a macro, follows
a link or fetches a picture; layout, footnotes and hidden text may be lost or come in another order.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from unburnt.core.errors import ForeignDataError
from unburnt.evidence import kinds
from unburnt.evidence.findings import (
    MAX_TEXT,
    Derived,
    Failure,
    Finding,
    Report,
    cut,
    harmless,
    one_line,
)
from unburnt.evidence.image_facts import grey_png
from unburnt.evidence.media_libraries import library, tool

READABLE = frozenset(
    {
        *(kinds.PDF, kinds.DOCX, kinds.XLSX, kinds.PPTX, kinds.HTML, kinds.TEXT, kinds.EMAIL),
        *("application/rtf", "application/xml", "application/epub+zip"),
        *(f"application/vnd.oasis.opendocument.{part}" for part in ("text", "spreadsheet")),
        "application/vnd.oasis.opendocument.presentation",
    }
)
MAX_WHOLE = 16 * 2**20  # bytes of text that are kept of one document
MAX_RENDERED = 20  # pages that are turned into pictures for recognising
_SECONDS = 40
_TWIPS = 72  # PDF units to the inch
_DPI = 200


def text(data: bytes, kind: str) -> Report:
    """Return the text of a document and, of a PDF, how many pages it has."""
    made_by = tool("kreuzberg")
    findings: list[Finding] = []
    tools = [made_by]
    if kind == kinds.PDF:
        tools.append(tool("pypdfium2"))
        try:
            findings.append(Finding("pageCount", {"number": str(_pages(data))}))
        except ForeignDataError as error:
            return Report(failures=(Failure("text", error.message),), tools=tuple(tools))
    try:
        whole = _extracted(data, kind)
    except Exception as error:  # the library has an error for each format it reads
        why = one_line(f"The text cannot be read: {error}")
        return Report(tuple(findings), failures=(Failure("text", why),))
    said = list(said_text(whole, "text", made_by))
    derived = tuple(whole_text(whole, "text", made_by, "text of the document, layout lost"))
    return Report((*findings, *said), derived, tools=tuple(tools))


def said_text(whole: str, what: str, made_by: str) -> Iterator[Finding]:
    """Yield a text, or its beginning, as a finding that can be searched."""
    words = harmless(whole)
    if words:
        locator = {"metadata": what, "tool": made_by}
        if len(words) < len(whole.strip()):
            locator["characters"] = f"0-{len(words)}"
        yield Finding("bodyText", {"text": words}, "asserted", locator)


def whole_text(whole: str, kind: str, made_by: str, operations: str) -> Iterator[Derived]:
    """Yield a text that is too long for a statement as a file of UTF-8."""
    data = whole.encode("utf-8", "replace")
    if len(data) > MAX_TEXT:
        if len(data) > MAX_WHOLE:
            data = cut(whole, MAX_WHOLE).encode()
            operations += f"; cut after {MAX_WHOLE >> 20} MiB"
        yield Derived(kind, kinds.TEXT, f"{kind}.txt", made_by, operations, data=data)


def _extracted(data: bytes, kind: str) -> str:
    if kind == kinds.TEXT and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data[: MAX_WHOLE + 4].decode("utf-8", "replace")
    kreuzberg = library("kreuzberg")
    settings = kreuzberg.ExtractionConfig(
        use_cache=False,  # a cache would lie on the disk in clear
        disable_ocr=True,
        output_format="plain",
        extraction_timeout_secs=_SECONDS,
        max_concurrent_extractions=1,
    )
    return str(kreuzberg.extract_bytes_sync(data, kind, settings).content)


def _pages(data: bytes) -> int:
    with _document(data) as document:
        return len(document)


def rendered(data: bytes, most: int) -> Iterator[bytes]:
    """Yield the first pages of a PDF as grey PNGs of 200 dots per inch, `most` pixels at most."""
    with _document(data) as document:
        for number in range(min(len(document), MAX_RENDERED)):
            page = document[number]
            width, height = page.get_size()
            scale = min(_DPI / _TWIPS, (most / max(width * height, 1)) ** 0.5)
            yield grey_png(page.render(scale=scale, grayscale=True).to_pil().convert("L"), most)


@contextmanager
def _document(data: bytes) -> Iterator[Any]:
    """Open a PDF and close it in time; ForeignDataError when it is none or has a password."""
    try:
        document = library("pypdfium2").PdfDocument(io.BytesIO(data))
    except Exception as error:  # of the library's own class
        why = "has a password" if "assword" in str(error) else "is damaged"
        raise ForeignDataError(f"The PDF {why}.", "Keep it.") from error
    try:
        yield document
    finally:
        document.close()
