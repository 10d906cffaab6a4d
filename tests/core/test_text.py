"""Text is canonical when it comes in and harmless when it is shown."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core.canonical import decode, encode
from unburnt.core.errors import UsageError
from unburnt.core.text import clean, printable

LIMIT = 100_000

KEPT = {
    "empty": "",
    "spaces around and inside": "  a  b ",
    "tabs and line breaks": "a\tb\nc\n",
    "Russian": "Ёлка й",
    "Chechen with palochka": "Наьсар Ӏ",
    "Arabic": "صالح ابن",
    "right-to-left mark": "a\u200fb\u061c",
    "zero-width joiners of Persian and emoji": "می\u200cخواهم 👩\u200d🔬",
    "a phone number as chat programs export it": "\u202a+972 50-123-4567\u202c",
    "isolates inside each other": "\u2068a\u2067b\u2069c\u2069",
    "an isolate on each of two lines": "\u2066a\u2069\n\u2067b\u2069",
    "look-alike letters": "\u0430a",
    "thirty marks": "q" + "\u0301" * 30,
}

CHANGED = {
    "decomposed": ("и\u0306 e\u0301", "й é"),
    "Hangul letters": ("\u1112\u1161\u11ab", "한"),
    "Windows line ends": ("a\r\nb\r\n", "a\nb\n"),
    "old Mac line ends": ("a\rb", "a\nb"),
    "marks in the wrong order": ("a\u0301\u0316", "\u00e1\u0316"),
}

REFUSED = {
    "NUL": "a\0b",
    "escape": "\x1b[31mred",
    "bell": "\a",
    "vertical tab": "\v",
    "form feed": "\f",
    "delete": "\x7f",
    "C1 control sequence introducer": "\x9b31m",
    "C1 next line": "\x85",
    "lone high surrogate": "\ud800",
    "lone low surrogate": "a\udfff",
    "two surrogates": "\ud83d\ude02",
    "right-to-left override": "photo\u202egpj.exe",
    "left-to-right override": "\u202da\u202c",
    "an override that is closed": "\u202ea\u202c",
    "an embedding never closed": "\u202ba",
    "an isolate never closed": "a\u2067",
    "an isolate closed on the next line": "\u2066a\nb\u2069",
    "an isolate closed in the next paragraph": "\u2066a\u2029b\u2069",
    "a closing mark alone": "a\u202c",
    "a closing isolate alone": "\u2069",
    "closed crosswise": "\u202a\u2066\u202c\u2069",
    "closed by the wrong mark": "\u2066a\u202c",
    "marks beyond reason": "a" + "\u0301\u0316" * 16,
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_kept_as_it_is(text: str) -> None:
    assert clean(text, LIMIT) == text


@pytest.mark.parametrize(("text", "cleaned"), CHANGED.values(), ids=CHANGED.keys())
def test_changed_to_the_one_spelling(text: str, cleaned: str) -> None:
    assert clean(text, LIMIT) == cleaned


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_refused(text: str) -> None:
    with pytest.raises(UsageError):
        clean(text, LIMIT)


def test_the_message_says_where_but_not_what_else_is_in_the_text() -> None:
    with pytest.raises(UsageError, match=r"Character 7 .*U\+0000") as caught:
        clean("Secret\0Name", LIMIT)
    assert "Secret" not in str(caught.value)


def test_the_limit_counts_bytes_after_composing() -> None:
    assert clean("e\u0301", 2) == "é"
    assert clean("й" * 5, 10) == "й" * 5
    with pytest.raises(UsageError, match="11 bytes"):
        clean("й" * 5 + "a", 10)


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\u0f73"], ids=["Latin", "Tibetan pair"])
def test_a_long_run_of_marks_is_refused_before_it_is_sorted(marks: str) -> None:
    with pytest.raises(UsageError):  # sorting these would take hours
        clean(marks * 500_000, 8_000_000)


anything = st.text(st.characters() | st.characters(categories=["Cc", "Cs", "Cf", "Mn"]))


@given(anything)
def test_clean_text_has_canonical_bytes_and_stays_as_it_is(text: str) -> None:
    try:
        cleaned = clean(text, LIMIT)
    except UsageError:
        return
    assert decode(encode(cleaned), LIMIT * 6) == cleaned
    assert clean(cleaned, LIMIT) == cleaned


SHOWN = {
    "plain": ("Ёлка صالح \\", "Ёлка صالح \\"),
    "clear screen": ("a\x1b[2Jb", "a\\x1b[2Jb"),
    "window title": ("\x1b]0;x\x07", "\\x1b]0;x\\x07"),
    "one-byte control sequence": ("\x9b2J", "\\x9b2J"),
    "forged line": ("a\nOK: verified", "a\\nOK: verified"),
    "overwritten line": ("bad\rOK ", "bad\\rOK "),
    "backspaces": ("bad\b\b\b", "bad\\x08\\x08\\x08"),
    "tab": ("a\tb", "a\\tb"),
    "override": ("\u202egpj", "\\u202egpj"),
    "isolate": ("\u2066a\u2069", "\\u2066a\\u2069"),
    "line separator": ("a\u2028b", "a\\u2028b"),
    "surrogate of an undecodable file name": ("a\udcff", "a\\udcff"),
}


@pytest.mark.parametrize(("text", "shown"), SHOWN.values(), ids=SHOWN.keys())
def test_shown_on_a_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(anything)
def test_nothing_shown_can_command_a_terminal(text: str) -> None:
    shown = printable(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not [c for c in shown if unicodedata.bidirectional(c) in {"LRO", "RLO", "LRE", "RLE"}]
    shown.encode("utf-8")
    assert len(shown.splitlines()) <= 1


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs", "Mn"])))
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert printable(text) == text
