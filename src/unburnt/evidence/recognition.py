"""Text recognised in pictures and scanned pages, by the program tesseract.

    recognised(stream, data, "image/jpeg")   ->  a derived text file, and its words to be searched

Specification: docs/spec/media.md, "Recognised text". Runs in the examining child; pictures go to
the program through a pipe. What is recognised is a guess of a machine, never a quotation.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from typing import BinaryIO

from unburnt.evidence import kinds
from unburnt.evidence.document_text import MAX_RENDERED, rendered
from unburnt.evidence.findings import Derived, Failure, Report, one_line
from unburnt.evidence.image_facts import upright_png
from unburnt.evidence.media_libraries import program, tool

LANGUAGES = ("rus", "eng", "ara")
MAX_PIXELS = 25_000_000
_SECONDS = 100  # for one picture or page


def recognised(stream: BinaryIO, data: bytes, kind: str) -> Report:
    """Return the text recognised in a picture, or in the first pages of a PDF."""
    path = program("tesseract")
    languages = _languages(path) if path else ()
    if path is None or not languages:
        why = "tesseract is not installed, or has none of the languages rus, eng, ara."
        return Report(failures=(Failure("ocr", why),))
    pages = (
        rendered(data, MAX_PIXELS) if kind == kinds.PDF else iter([upright_png(stream, MAX_PIXELS)])
    )
    texts, failures = _read(path, languages, pages)
    made_by = f"tesseract {_version(path)}"
    whole = "\n\f".join(texts).strip()
    if not whole:
        return Report(failures=tuple(failures), tools=(made_by,))
    operations = (
        f"grey, at most {MAX_PIXELS // 10**6} megapixels; recognised as {'+'.join(languages)}"
        + (f"; first {MAX_RENDERED} pages, form feeds between" if kind == kinds.PDF else "")
        + f"; {tool('pillow')}"
    )
    made = Derived("ocr", kinds.TEXT, "recognised.txt", made_by, operations, data=whole.encode())
    return Report(derived=(made,), failures=tuple(failures), tools=(made_by,))


def _read(
    path: str, languages: tuple[str, ...], pages: Iterator[bytes]
) -> tuple[list[str], list[Failure]]:
    texts: list[str] = []
    for png in pages:
        command = [path, "stdin", "stdout", "-l", "+".join(languages), "--psm", "3"]
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program and words of our own
                command, input=png, capture_output=True, timeout=_SECONDS, check=True
            )
        except subprocess.TimeoutExpired:
            return texts, [Failure("ocr", "Recognising took too long.")]
        except subprocess.CalledProcessError as error:
            words = error.stderr.decode("utf-8", "replace") if error.stderr else ""
            return texts, [Failure("ocr", one_line(f"tesseract failed: {words}"))]
        texts.append(done.stdout.decode("utf-8", "replace").strip("\f\n "))
    return texts, []


@cache
def _languages(path: str) -> tuple[str, ...]:
    """Return which of the wanted languages the program has."""
    listed = _said(path, "--list-langs").split()
    return tuple(language for language in LANGUAGES if language in listed)


@cache
def _version(path: str) -> str:
    words = _said(path, "--version").split()
    return one_line(words[1]) if len(words) > 1 else "of unknown version"


def _said(path: str, option: str) -> str:
    try:
        done = subprocess.run([path, option], capture_output=True, timeout=20, check=False)  # noqa: S603 - as above
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout + done.stderr).decode("utf-8", "replace")
