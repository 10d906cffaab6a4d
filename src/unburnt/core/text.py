"""Text from people and strangers: made canonical on the way in, harmless on the way to a terminal.

    clean("Кадыро\\u0432", 4096)      ->  the same text in Unicode NFC, line ends as "\\n"
    printable("a\\x1b[2Jb\\u202ec")   ->  "a\\\\x1b[2Jb\\\\u202ec"

What `clean` refuses, and why:

    controls but \\n and \\t   they command terminals and end C strings
    lone surrogates          they are no characters and have no UTF-8
    U+202D, U+202E           overrides show text in another order than it is stored and hashed
    unclosed embeddings      U+202A, U+202B and U+2066-2069 would reach into the text around them

Embeddings closed on their own line stay (chat programs put them around numbers in Arabic and
Hebrew), and so do the marks U+200E, U+200F and U+061C. It trims and repairs nothing else: spaces,
dashes, look-alike letters are evidence.
"""

from __future__ import annotations

import re
from itertools import groupby
from unicodedata import combining, is_normalized, normalize

from unburnt.core.errors import UsageError

# Unicode UAX #15, section 13 (Stream-Safe Text): no language needs more. Sorting a longer run takes
# time that grows with its square: three seconds for 128 kB.
MAX_MARKS = 30

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff]")
_EMBEDDING = re.compile("[\u202a-\u202c\u2066-\u2069\n\u2029]")
_CLOSES = {"\u202c": "\u202a\u202b", "\u2069": "\u2066\u2067\u2068"}
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str, limit: int) -> str:
    """Return `text` in NFC with line ends as "\\n", if it takes at most `limit` bytes of UTF-8.

    Raises UsageError for control characters, lone surrogates, direction overrides, embeddings not
    closed on their line, more than 30 combining marks in a row, or too long a text.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        raise UsageError(
            f"Character {forbidden.start() + 1} of the text (U+{ord(forbidden[0]):04X}) is a "
            "control character, half a character, or turns the direction of reading.",
            "Remove it; if it matters, keep the original file as evidence.",
        )
    if not text.isascii():
        _check_embeddings(text)
        if not is_normalized("NFC", text):
            _check_marks(text)
            text = normalize("NFC", text)
    size = len(text.encode("utf-8"))
    if size > limit:
        raise UsageError(
            f"The text takes {size} bytes; at most {limit} are allowed.",
            "Shorten it, or take it in as a file.",
        )
    return text


def printable(text: str) -> str:
    r"""Return `text` on one line, with what could command a terminal or hide shown as \x1b, \u202e.

    For messages and listings, not for storing. To print several lines, print each by itself: a
    foreign line break could otherwise forge a line of ours.
    """
    return _UNPRINTABLE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def _check_embeddings(text: str) -> None:
    """Refuse embeddings and isolates that are not closed, or closed crosswise, on their line."""
    open_ones: list[str] = []
    for match in _EMBEDDING.finditer(text + "\n"):
        mark = match[0]
        if mark in _CLOSES:
            if open_ones and open_ones.pop() in _CLOSES[mark]:
                continue
        elif mark not in "\n\u2029":
            open_ones.append(mark)
            continue
        elif not open_ones:
            continue
        raise UsageError(
            "A mark that changes the direction of reading is not closed on its line.",
            "Type the line anew, or remove U+202A-202C and U+2066-2069 from it.",
        )


def _check_marks(text: str) -> None:
    for is_mark, run in groupby(text, key=_is_mark):
        if is_mark and sum(1 for _ in run) > MAX_MARKS:
            raise UsageError(
                f"A letter has more than {MAX_MARKS} marks on it.", "Remove the marks."
            )


def _is_mark(character: str) -> bool:
    return combining(normalize("NFD", character)[0]) != 0  # U+0F73 is two marks, but counts as none
