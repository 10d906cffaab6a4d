"""Canonical bytes: the one way a value is written down before it is hashed or signed.

    encode({"b": [1, None], "a": "é"})  ->  b'{"a":"\\xc3\\xa9","b":[1,null]}'

RFC 8785 (JSON Canonicalization Scheme), narrowed: no fractions or exponents, integers within
±(2^53 - 1), strings in Unicode NFC without lone surrogates, at most 32 levels deep. So two programs
never disagree about a number or an accent, and every value has one legal spelling.

`decode` accepts only what `encode` would have written: it never repairs, and it never raises
anything but ForeignDataError, whatever the bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn
from unicodedata import is_normalized

import msgspec

from unburnt.core.errors import ForeignDataError, UsageError

MAX_DEPTH = 32  # enough for any statement; far below the recursion limit of any JSON reader
MAX_INTEGER = 2**53 - 1  # what every JSON reader keeps exactly (RFC 7493 section 2.2)

# msgspec escapes as RFC 8785 asks and sorts by code points, ten times faster than the json module.
_SORTED = msgspec.json.Encoder(order="deterministic").encode
_AS_GIVEN = msgspec.json.Encoder().encode
_WRITE_CANONICALLY = "Ask the sender for the bytes as they were written, unchanged."


def encode(value: object) -> bytes:
    """Return the canonical bytes of None, bool, int, str, and lists, tuples and dicts of these.

    Raises UsageError for what has no canonical form here: floats, integers beyond 2^53 - 1, keys
    that are not strings, text that is not NFC, nesting deeper than 32.
    """
    astral = _check(value, 1)
    try:
        data = _AS_GIVEN(_by_utf16(value)) if astral else _SORTED(value)
    except UnicodeEncodeError as error:
        raise UsageError(
            "A text contains half of a character (a lone surrogate).", "Clean the text first."
        ) from error
    # One look at the whole text is several times faster than one per string. It may object wrongly
    # where an escape's last letter meets a combining mark ("\n" + U+0303), so then look closely.
    if not data.isascii() and not is_normalized("NFC", data.decode("utf-8")):
        _check_normal(value)
    return data


def decode(data: bytes, limit: int) -> Any:
    """Return the value whose canonical bytes are exactly `data`, at most `limit` bytes long.

    Objects come back as dicts, arrays as lists. Raises ForeignDataError for everything else:
    duplicate or unsorted keys, spare spaces, other escapes, floats, bad UTF-8, deep nesting.
    """
    if len(data) > limit:
        raise ForeignDataError(
            f"A record is {len(data)} bytes long; at most {limit} are allowed.",
            "Ask the sender to split it.",
        )
    try:
        value = _READER.decode(data.decode("utf-8"))
        again = encode(value)
    except (ValueError, RecursionError) as error:
        raise ForeignDataError("A record is not readable JSON.", _WRITE_CANONICALLY) from error
    except UsageError as error:
        raise ForeignDataError(
            f"A record is not in canonical form: {error.message}", _WRITE_CANONICALLY
        ) from error
    if again != data:  # duplicate keys, order, spaces, escapes, "-0": all show here
        raise ForeignDataError(
            "A record is valid JSON but not in its one legal spelling.", _WRITE_CANONICALLY
        )
    return value


def _refuse_fraction(_: str) -> NoReturn:
    raise ForeignDataError("A record contains a number that is not whole.", _WRITE_CANONICALLY)


_READER = json.JSONDecoder(parse_float=_refuse_fraction, parse_constant=_refuse_fraction)


def _check(value: object, depth: int) -> bool:
    """Refuse what has no canonical form; say whether some key lies beyond U+FFFF."""
    if value is None or isinstance(value, (str, bool)):
        return False
    if isinstance(value, int):
        if -MAX_INTEGER <= value <= MAX_INTEGER:
            return False
        raise UsageError(
            "An integer is beyond 2^53 - 1.", "Write it as text: other programs would round it."
        )
    if depth > MAX_DEPTH and isinstance(value, (list, tuple, dict)):
        raise UsageError(f"A value is nested deeper than {MAX_DEPTH}.", "Flatten it.")
    astral = False
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise UsageError("A key is not text.", "Use text keys.")
            if not key.isascii() and max(key) > "\uffff":
                astral = True
            if type(item) is not str and _check(item, depth + 1):
                astral = True
        return astral
    if isinstance(value, (list, tuple)):
        for item in value:
            if type(item) is not str and _check(item, depth + 1):
                astral = True
        return astral
    raise UsageError(
        f"A {type(value).__name__} has no canonical form.",
        "Use text for fractions and dates; only None, bool, int, str, lists and dicts are written.",
    )


def _check_normal(value: object) -> None:
    if isinstance(value, str):
        if not is_normalized("NFC", value):
            raise UsageError("A text is not in Unicode form NFC.", "Clean the text first.")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _check_normal(key)
            _check_normal(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check_normal(item)


def _by_utf16(value: object) -> object:
    """Return `value` with keys in RFC 8785's order, UTF-16 code units.

    It differs from the order of code points, which json sorts by, only when a key has a character
    beyond U+FFFF: its surrogates D800-DFFF sort before U+E000-U+FFFF. Rare, so slow is fine.
    """
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {key: _by_utf16(value[key]) for key in keys}
    if isinstance(value, (list, tuple)):
        return [_by_utf16(item) for item in value]
    return value
