"""What a picture's metadata claims: EXIF, XMP and IPTC as findings, each with its field named.

    from_exif({36867: "2008:05:30 15:56:01"}, …)
    ->  Finding("capturedAt", {"date": "2008-05-30T15:56:01", "as": "2008:05:30 15:56:01"},
                "reported", {"metadata": "EXIF DateTimeOriginal", "tool": "pillow 13.0.0"})

Specification: docs/spec/media.md, "What pictures claim". It invents no time zone, no seconds and no
place; what cannot be read stays in the text of all metadata. Anybody can write any metadata.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

from unburnt.core import edtf
from unburnt.core.errors import UsageError
from unburnt.evidence.findings import MAX_TEXT, Finding, harmless, one_line

MAX_XMP = 2**20
MAX_SHOWN = 32 * 1024  # bytes of one metadata text
_MAX_VALUE = 1000  # characters of one value in it
_DATE = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?")
_ZONE = re.compile(r"[+-]\d\d:\d\d|Z")
_EDTF_ZONE = re.compile(r"([+-]\d\d:\d\d|Z)$")
_DOCTYPE = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.I)

_ORIGINAL, _DIGITIZED, _OFFSET, _OFFSET_DIGITIZED = 36867, 36868, 36881, 36882
_MAKE, _MODEL, _SERIAL = 271, 272, 42033


def from_exif(
    tags: Mapping[int, Any], details: Mapping[int, Any], gps: Mapping[int, Any], tool: str
) -> Iterator[Finding]:
    """Yield time, device and place of EXIF: main tags, the EXIF directory, the GPS directory."""
    for at, zone, name in (
        (_ORIGINAL, _OFFSET, "DateTimeOriginal"),
        (_DIGITIZED, _OFFSET_DIGITIZED, "DateTimeDigitized"),
    ):
        found = captured(_text(details.get(at)), _text(details.get(zone)), f"EXIF {name}", tool)
        if found is not None:
            yield found
            break
    parts = [_text(tags.get(_MAKE)), _text(tags.get(_MODEL)), _text(details.get(_SERIAL))]
    if any(parts):
        words = one_line(" ".join(part for part in parts if part))
        where = "EXIF Make, Model, BodySerialNumber"
        yield reported("captureDevice", {"text": words}, where, tool)
    place = position(gps)
    if place is not None:
        where = "EXIF GPSLatitude, GPSLongitude"
        yield reported("capturePlace", {"place": place}, where, tool)


def reported(property: str, value: dict[str, Any], where: str, tool: str) -> Finding:
    """Return a finding that the file itself claims, in the field `where`."""
    return Finding(property, value, "reported", {"metadata": where, "tool": tool})


def captured(moment: str, zone: str, where: str, tool: str) -> Finding | None:
    """Return the claimed time as EDTF with its own words; None when it is no time.

    A time zone is given only when the file gives one. Without seconds it is a date alone.
    """
    match = _DATE.match(moment)
    if match is None:
        return None
    year, month, day, hours, minutes, seconds = match.groups()
    date = f"{year}-{month}-{day}"
    if seconds is not None:
        stated = zone if _ZONE.fullmatch(zone) else ""
        own = _EDTF_ZONE.search(moment)
        date += f"T{hours}:{minutes}:{seconds}" + (own[1] if own else stated)
    try:
        edtf.parse(date.replace("-00:00", "+00:00"))
    except UsageError:
        return None
    date = date.replace("-00:00", "+00:00")
    words = one_line(f"{moment} {zone}".strip())
    return reported("capturedAt", {"date": date, "as": words}, where, tool)


def position(gps: Mapping[int, Any]) -> dict[str, Any] | None:
    """Return the place of a GPS directory, or None when there is none.

    Degrees to 6 decimals (about 10 cm) at most; where only whole minutes are given (2 km) the
    precision is 2, "near". Zero degrees north and east is what receivers write without a fix.
    """
    latitude, fine_1 = _angle(gps.get(2), gps.get(1), "NS", 90)
    longitude, fine_2 = _angle(gps.get(4), gps.get(3), "EW", 180)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    spelled = [f"{_spell_angle(gps.get(n))} {_text(gps.get(n - 1))}" for n in (2, 4)]
    return {
        "name": one_line(" ".join(spelled)),
        "precision": 1 if fine_1 and fine_2 else 2,
        "lat": decimal(latitude),
        "lon": decimal(longitude),
    }


def decimal(number: Fraction) -> str:
    """Return a number of degrees in its one spelling, with at most 6 decimals."""
    plain = Decimal(round(number * 10**6)).scaleb(-6)
    spelled = f"{plain:f}".rstrip("0").rstrip(".")
    return "0" if spelled in ("-0", "") else spelled


def _angle(parts: Any, side: Any, sides: str, most: int) -> tuple[Fraction | None, bool]:
    """Return degrees, south and west negative, and whether they are finer than a minute."""
    letter = _text(side)[:1].upper()
    if letter not in sides or not letter or not isinstance(parts, tuple) or not parts:
        return None, False
    numbers = [_fraction(part) for part in parts[:3]]
    if any(number is None or number < 0 for number in numbers):
        return None, False
    degrees, minutes, seconds = [*(n for n in numbers if n is not None), *[Fraction(0)] * 3][:3]
    if minutes >= 60 or seconds >= 60:
        return None, False
    whole = degrees + minutes / 60 + seconds / 3600
    if whole > most:
        return None, False
    fine = seconds != 0 or minutes.denominator != 1 or degrees.denominator != 1
    return (-whole if letter == sides[1] else whole), fine


def _fraction(part: Any) -> Fraction | None:
    """Return an EXIF rational exactly; None for a zero denominator."""
    above, below = getattr(part, "numerator", None), getattr(part, "denominator", None)
    try:
        found = Fraction(part) if below is None else Fraction(above, below)  # type: ignore[arg-type]
    except (ArithmeticError, TypeError, ValueError):
        return None
    return found


def _spell_angle(parts: Any) -> str:
    values = [_fraction(part) for part in parts[:3]]
    marks = zip(values, "°'\"", strict=False)
    return " ".join(f"{float(v):g}{mark}" for v, mark in marks if v is not None)


# --- XMP and IPTC ---------------------------------------------------------------------------------


def from_xmp(packet: bytes, tool: str) -> tuple[dict[str, str], list[Finding]]:
    """Return all simple fields of an XMP packet, and what they claim; empty when it is no XML."""
    text = packet[:MAX_XMP].decode("utf-8", "replace").strip("\0 \r\n\t\ufeff")
    if _DOCTYPE.search(text):
        return {}, []  # entities are how small XML becomes large
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - no entities, in the bounded child
    except (ElementTree.ParseError, ValueError):
        return {}, []
    fields: dict[str, str] = {}
    for element in root.iter():
        _remember(fields, element.tag, element.text)
        for name, value in element.attrib.items():
            _remember(fields, name, value)
    return fields, list(_claims_of_xmp(fields, tool))


def _remember(fields: dict[str, str], name: str, value: str | None) -> None:
    if value and value.strip() and len(fields) < 500:
        fields.setdefault(name.rpartition("}")[2], value.strip()[:_MAX_VALUE])


def _claims_of_xmp(fields: Mapping[str, str], tool: str) -> Iterator[Finding]:
    for name in ("DateTimeOriginal", "DateCreated"):
        found = captured(fields.get(name, ""), "", f"XMP {name}", tool)
        if found is not None:
            yield found
            break
    parts = [fields.get("Make", ""), fields.get("Model", "")]
    if any(parts):
        words = one_line(" ".join(part for part in parts if part))
        yield reported("captureDevice", {"text": words}, "XMP Make, Model", tool)


_IPTC = {
    (2, 5): "Title",
    (2, 25): "Keywords",
    (2, 55): "DateCreated",
    (2, 60): "TimeCreated",
    (2, 80): "Byline",
    (2, 90): "City",
    (2, 101): "Country",
    (2, 105): "Headline",
    (2, 110): "Credit",
    (2, 116): "Copyright",
    (2, 120): "Caption",
}


def from_iptc(records: Mapping[tuple[int, int], Any]) -> dict[str, str]:
    """Return the known records of IPTC-IIM by their names."""
    found = {}
    for key, name in _IPTC.items():
        value = records.get(key)
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, bytes) and first:
            found[name] = first[:_MAX_VALUE].decode("utf-8", "replace")
    return found


def shown(what: str, fields: Mapping[str, Any], tool: str) -> Iterator[Finding]:
    """Yield one text of all fields, as found: JSON with sorted keys, cut at 32 KiB."""
    if fields:
        plain = {key: _plain(value) for key, value in fields.items()}
        spelled = json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=0)
        limit = min(MAX_SHOWN, MAX_TEXT)
        words = harmless(spelled, limit)
        yield reported("metadata", {"text": words}, what, tool)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value[:64].hex() + ("…" if len(value) > 64 else "")
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value[:32]]
    return str(value)[:_MAX_VALUE].replace("\0", "").strip()


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return value.replace("\0", " ").strip()[:200] if isinstance(value, str) else ""
