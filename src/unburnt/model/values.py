"""Values: what a statement says, as JSON objects with one tag each.

    check({"date": "2018-01-22", "as": "Monday evening"})   ->  "date", or UsageError
    kind({"hologram": "…"})                                 ->  "unknown": of a newer version
    plain({"range": ["101", None]}, "en", schema)           ->  "≥ 101"

Shapes and bounds: docs/spec/schema.md, section Values. `check` is for writing and never repairs;
`kind` and `plain` are for reading and take anything. Errors never repeat the value: it may be a
name. A million values are checked in a few seconds, hence the caches.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Never, Protocol

from unburnt.core import edtf
from unburnt.core.canonical import MAX_INTEGER
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.core.ids import check_hash, check_id
from unburnt.core.quantity import Quantity, check_decimal
from unburnt.core.text import clean

MAX_TEXT = 65_536  # bytes of UTF-8; half of what a statement's line may take
MAX_NOTE = 4_096
MAX_VERBATIM = 1_024  # the words of a source for a date or number; a longer quotation is a text
MAX_NAME = 1_024
MAX_UNIT = 32
MAX_IDENTIFIER = 512
MAX_URL = 4_096
UNKNOWN = "unknown"

Check = Callable[[Mapping[str, Any]], None]

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_SCHEME = re.compile(r"[a-z][a-z0-9.-]{0,63}")
_PLACE_ID = re.compile(r"[a-z][a-z0-9.-]{0,63}:[!-~]{1,64}")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_RFC3339 = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-5][0-9])"
)
# No blanks, quotes or backslashes; letters of any script, as browsers show them. The first three
# schemes need a host. javascript:, data: and file: would act on the reader's own machine.
_URL = re.compile(
    r"""(?:https?|ftp)://[^\s"<>\\/?#]+(?:[/?#][^\s"<>\\]*)?|(?:ipfs|magnet|mailto|tel|tg):[^\s"<>\\]+"""
)


class Words(Protocol):
    """Whoever knows the words for a code in a language, such as `schema.SchemaSet`."""

    def label(self, code: str, language: str) -> str:
        """Return the words for a code."""


# --- reading --------------------------------------------------------------------------------------


def kind(value: Mapping[str, Any]) -> str:
    """Return the tag of a value, or "unknown" for a value of a newer version."""
    for key in value:
        if key in _CHECKS:
            return key
    return UNKNOWN


def plain(value: Mapping[str, Any], language: str, words: Words) -> str:
    """Return a value on paper: the words of the source first, then what they were read as.

    An entity is shown by its id. Whatever is not well formed here is shown as JSON, marked.
    """
    try:
        tag = check(value)
    except UsageError:
        raw = json.dumps(value, ensure_ascii=False, sort_keys=True)
        return f"{words.label('unknown-to-this-version', language)}: {raw}"
    shown = _SHOWN[tag](value, language, words)
    return f"{value['as']} ({shown})" if "as" in value else shown


# --- writing --------------------------------------------------------------------------------------


def check(value: object) -> str:
    """Return the kind of a value that may be written; raises UsageError for any other."""
    if type(value) is not dict:
        _refuse("A value is not an object with one tag.", f"Tags are {', '.join(KINDS)}.")
    for tag in value:
        if tag in _CHECKS:
            try:
                _CHECKS[tag](value)
            except ForeignDataError as error:  # of an id or a digest
                raise UsageError(error.message, error.next_step) from error
            return str(tag)
    _refuse("A value has no tag that this version knows.", f"Tags are {', '.join(KINDS)}.")


def _check_text(value: Mapping[str, Any]) -> None:
    if len(value) != 1:
        _refuse_keys("text")
    _words(value["text"], MAX_TEXT)


def _check_date(value: Mapping[str, Any]) -> None:
    _only(value, "date", ("as",))
    date = value["date"]
    if type(date) is not str:
        _refuse("A date is not text.", 'Write it like "2018-01-22" or "2018-01~".')
    _known_date(date)
    if "as" in value:
        _words(value["as"], MAX_VERBATIM)


def _check_entity(value: Mapping[str, Any]) -> None:
    _only(value, "entity")
    check_id(value["entity"])


def _check_number(value: Mapping[str, Any]) -> None:
    _only(value, "number", ("unit", "as"))
    check_decimal(value["number"])
    _check_unit(value)


def _check_range(value: Mapping[str, Any]) -> None:
    _only(value, "range", ("unit", "as"))
    ends = value["range"]
    if type(ends) is not list or len(ends) != 2:
        _refuse("A range does not have two ends.", 'Write it like ["101", null] for 101 and more.')
    lower, upper = Quantity(ends[0], ends[1]).bounds
    if lower == upper:
        _refuse("Both ends of the range are the same.", "Write a number instead.")
    _check_unit(value)


def _check_term(value: Mapping[str, Any]) -> None:
    _only(value, "term", ("note",))
    code = value["term"]
    if type(code) is not str or not _CODE.fullmatch(code):
        _refuse("A term is not a code.", "Use a code of the vocabulary, such as vehicle-arson.")
    if "note" in value:
        _words(value["note"], MAX_NOTE)


def _check_place(value: Mapping[str, Any]) -> None:
    _only(value, "place")
    place = value["place"]
    if type(place) is not dict:
        _refuse_keys("place")
    _only(place, "name", ("id", "precision", "lat", "lon"))
    _words(place["name"], MAX_NAME)
    if "id" in place:
        _matches(place["id"], _PLACE_ID, "a place number", "geonames:558418")
    precision = place.get("precision", 1)
    if type(precision) is not int or not 1 <= precision <= 7:
        _refuse("A precision is not a number from 1 to 7.", "1 is an exact spot, 6 a country.")
    if ("lat" in place) != ("lon" in place):
        _refuse("A position has one coordinate.", "Give lat and lon, or neither.")
    for key, limit in (("lat", 90), ("lon", 180)):
        if key in place and not -limit <= float(check_decimal(place[key])) <= limit:
            _refuse(f"A position is off the map ({key}).", "Give degrees, such as 43.2 and 45.7.")


def _check_url(value: Mapping[str, Any]) -> None:
    _only(value, "url")
    url = value["url"]
    _words(url, MAX_URL)
    _matches(url, _URL, "a link", "https://example.org/page; other addresses are text")


def _check_identifier(value: Mapping[str, Any]) -> None:
    if len(value) != 2 or "scheme" not in value:
        _refuse_keys("identifier")
    _words(value["identifier"], MAX_IDENTIFIER)
    _matches(value["scheme"], _SCHEME, "a naming scheme", "ru-inn, iso3166-2 or one of your own")


def _check_file(value: Mapping[str, Any]) -> None:
    _only(value, "file")
    file = value["file"]
    if type(file) is not dict or not {"sha256", "size", "object"} <= file.keys():
        _refuse_keys("file")
    _only(file, "sha256", ("size", "object", "name", "type", "modified", "key"))
    if "key" in file:
        check_id(file["key"])
    check_hash(file["sha256"])
    check_hash(file["object"])
    if type(file["size"]) is not int or not 0 <= file["size"] <= MAX_INTEGER:
        _refuse("The size of a file is not a number of bytes.", "Count its bytes.")
    if "name" in file:
        _words(file["name"], MAX_NAME)
    if "type" in file:
        _matches(file["type"], _MEDIA_TYPE, "a media type", "image/jpeg, in lower case")
    if "modified" in file:
        _matches(file["modified"], _RFC3339, "a time", "2018-01-22T21:00:00+03:00")


def _check_flag(value: Mapping[str, Any]) -> None:
    _only(value, "flag")
    if type(value["flag"]) is not bool:
        _refuse("A flag is neither true nor false.", "If it is not known, state nothing.")


_CHECKS: dict[str, Check] = {
    "text": _check_text,
    "date": _check_date,
    "entity": _check_entity,
    "number": _check_number,
    "range": _check_range,
    "term": _check_term,
    "place": _check_place,
    "url": _check_url,
    "identifier": _check_identifier,
    "file": _check_file,
    "flag": _check_flag,
}
KINDS = tuple(_CHECKS)


# --- parts of values ------------------------------------------------------------------------------

_known_date = lru_cache(65_536)(edtf.parse)  # dates repeat; reading one takes 10 microseconds


def _check_unit(value: Mapping[str, Any]) -> None:
    if "unit" in value:
        _words(value["unit"], MAX_UNIT)
    if "as" in value:
        _words(value["as"], MAX_VERBATIM)


def _words(text: object, limit: int) -> None:
    """Refuse anything but clean text of 1 to `limit` bytes that is not blank."""
    if type(text) is not str:
        _refuse("A text is not text.", "Write words between quotation marks.")
    if text.isascii() and text.isprintable() and len(text) <= limit:  # most; spares the full look
        if text and not text.isspace():
            return
    elif clean(text, limit) != text:
        _refuse("A text is not in its one legal spelling.", "Clean it first: NFC, ends as \\n.")
    if not text.strip():
        _refuse("A text is empty.", "State nothing, or use the term unknown.")


def _matches(text: object, shape: re.Pattern[str], what: str, example: str) -> None:
    if type(text) is not str or not shape.fullmatch(text):
        _refuse(f"This is not {what}.", f"Write it like {example}.")


def _only(value: Mapping[str, Any], tag: str, others: tuple[str, ...] = ()) -> None:
    if len(value) == 1 and tag in value:
        return
    if tag not in value or any(key != tag and key not in others for key in value):
        _refuse_keys(tag, others)


def _refuse_keys(tag: str, others: tuple[str, ...] = ()) -> Never:
    allowed = " and perhaps ".join((tag, ", ".join(others))) if others else tag
    _refuse(
        f"A value of kind {tag} has missing or foreign keys.",
        f"It has {allowed}; see docs/spec/schema.md, section Values.",
    )


def _refuse(message: str, next_step: str) -> Never:
    raise UsageError(message, next_step)


# --- on paper -------------------------------------------------------------------------------------


def _with_unit(amount: str, value: Mapping[str, Any]) -> str:
    return f"{amount} {value['unit']}" if "unit" in value else amount


def _show_range(value: Mapping[str, Any], language: str, words: Words) -> str:
    lower, upper = value["range"]
    if lower is None or upper is None:
        amount = f"≤ {upper}" if lower is None else f"≥ {lower}"
    else:
        amount = f"{lower} … {upper}"
    return _with_unit(amount, value)


def _show_term(value: Mapping[str, Any], language: str, words: Words) -> str:
    label = words.label(value["term"], language)
    return f"{label}: {value['note']}" if "note" in value else label


def _show_place(value: Mapping[str, Any], language: str, words: Words) -> str:
    place = value["place"]
    known = (
        [words.label(f"precision-{place['precision']}", language)] if "precision" in place else []
    )
    if "lat" in place:
        known.insert(0, f"{place['lat']}, {place['lon']}")
    return f"{place['name']} ({'; '.join(known)})" if known else str(place["name"])


def _show_file(value: Mapping[str, Any], language: str, words: Words) -> str:
    file = value["file"]
    return f"{file.get('name', file['sha256'][:16])} ({file['size']} B)"


def _show_flag(value: Mapping[str, Any], language: str, words: Words) -> str:
    return words.label("flag-true" if value["flag"] else "flag-false", language)


_SHOWN: dict[str, Callable[[Mapping[str, Any], str, Words], str]] = {
    "text": lambda value, language, words: str(value["text"]),
    "date": lambda value, language, words: str(value["date"]),
    "entity": lambda value, language, words: str(value["entity"]),
    "number": lambda value, language, words: _with_unit(value["number"], value),
    "range": _show_range,
    "term": _show_term,
    "place": _show_place,
    "url": lambda value, language, words: str(value["url"]),
    "identifier": lambda value, language, words: f"{value['identifier']} ({value['scheme']})",
    "file": _show_file,
    "flag": _show_flag,
}
