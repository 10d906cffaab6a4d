"""What an examination brings back: findings, derived files, failures; and its check by the parent.

    Report(
        findings=(Finding("width", {"number": "640"}, "asserted", {"metadata": "image"}),),
        derived=(Derived("thumbnail", "image/jpeg", …, data=b"…"),),
        failures=(Failure("text", "The file has a password."),),
        tools=("pillow 13.0.0",),
    )

The child that made a report has read hostile bytes, so its report is foreign data as well:
`unpack` accepts the properties below, legal values and bounded sizes, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from unburnt.core import text
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.model import schema as schemas

MAX_JSON = 8 * 2**20  # bytes of a report without its derived files
MAX_BLOBS = 48 * 2**20  # bytes of all derived files of one report
MAX_FINDINGS = 64
MAX_DERIVED = 4096
MAX_FAILURES = 4096
MAX_TEXT = 48 * 1024  # bytes of a text in a statement; escaping may double them, a line is 128 KiB
MAX_WHY = 300
MAX_NAME = 1000

# What a file can say of itself, and what a tool can compute from it. Nothing else comes in.
PROPERTIES = frozenset(
    "mimeType width height orientation duration pageCount perceptualHash contentCredentials"
    " alsoReadableAs capturedAt capturePlace captureDevice metadata bodyText title author subject"
    " date language".split()
)
KINDS = frozenset({"thumbnail", "text", "ocr", "member"})
_STANCES = frozenset({"asserted", "reported"})
_MEDIA = re.compile(r"[a-z0-9][a-z0-9.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_REPLACED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class Finding(msgspec.Struct, frozen=True):
    """One thing said: `reported` when the file says it, `asserted` when a tool computed it."""

    property: str
    value: dict[str, Any]
    stance: str = "asserted"
    locator: dict[str, Any] | None = None


class Derived(msgspec.Struct, frozen=True):
    """One file made from the original; `data` travels beside the JSON, as `size` bytes."""

    kind: str
    type: str
    name: str
    tool: str
    operations: str
    size: int = 0
    data: bytes = b""


class Failure(msgspec.Struct, frozen=True):
    """A step, or a part of one, that could not be done, and why in one sentence."""

    step: str
    why: str


class Report(msgspec.Struct, frozen=True):
    """What one step found; `next` is where the next request goes on, when there is more."""

    findings: tuple[Finding, ...] = ()
    derived: tuple[Derived, ...] = ()
    failures: tuple[Failure, ...] = ()
    tools: tuple[str, ...] = ()
    next: int | None = None


def pack(report: Report) -> tuple[bytes, list[bytes]]:
    """Return a report as JSON, and the bytes of its derived files."""
    blobs = [one.data for one in report.derived]
    slim = tuple(
        msgspec.structs.replace(one, data=b"", size=len(one.data)) for one in report.derived
    )
    return msgspec.json.encode(msgspec.structs.replace(report, derived=slim)), blobs


def unpack(json: bytes, blobs: bytes) -> Report:
    """Return the report that a child sent; ForeignDataError for anything it may not send."""
    try:
        report = msgspec.json.decode(json, type=Report)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise _malformed() from error
    counts = (
        (report.findings, MAX_FINDINGS),
        (report.derived, MAX_DERIVED),
        (report.failures, MAX_FAILURES),
        (report.tools, MAX_FINDINGS),
    )
    if any(len(items) > most for items, most in counts):
        raise _malformed()
    if sum(one.size for one in report.derived) != len(blobs):
        raise _malformed()
    for finding in report.findings:
        _check(finding)
    for word in (*report.tools, *(f"{f.step}{f.why}" for f in report.failures)):
        _words(word, MAX_WHY + 64)
    return msgspec.structs.replace(report, derived=tuple(_filled(report.derived, blobs)))


def _filled(derived: Iterable[Derived], blobs: bytes) -> Iterable[Derived]:
    at = 0
    for one in derived:
        if one.kind not in KINDS or one.size < 0 or one.data or not _MEDIA.fullmatch(one.type):
            raise _malformed()
        for word in (one.name, one.tool, one.operations):
            _words(word, MAX_NAME)
        yield msgspec.structs.replace(one, data=blobs[at : at + one.size])
        at += one.size


def _check(finding: Finding) -> None:
    if finding.property not in PROPERTIES or finding.stance not in _STANCES:
        raise _malformed()
    try:
        schemas.builtin().check_value("Evidence", finding.property, finding.value)
    except UsageError as error:
        raise _malformed() from error
    if "text" in finding.value and len(finding.value["text"].encode()) > MAX_TEXT:
        raise _malformed()
    for key, value in (finding.locator or {"metadata": "x"}).items():
        if key not in ("metadata", "tool", "characters"):
            raise _malformed()
        if not isinstance(value, str):
            raise _malformed()
        _words(value, MAX_WHY)


def _words(word: str, limit: int) -> None:
    try:
        if not word.strip() or text.clean(word, limit) != word:
            raise _malformed()
    except UsageError as error:
        raise _malformed() from error


# --- for the child ------------------------------------------------------------------------------


def harmless(found: str, limit: int = MAX_TEXT) -> str:
    """Return a foreign text as it may be recorded: NFC, at most `limit` bytes, else cut.

    What commands a terminal or turns the reading direction becomes U+FFFD.
    """
    plain = _REPLACED.sub("\ufffd", found.replace("\r\n", "\n").replace("\r", "\n"))
    plain = cut(plain, limit)
    try:
        return cut(text.clean(plain, 4 * limit), limit).strip()
    except UsageError:  # hundreds of marks on one letter: no language, but perhaps evidence
        return cut(plain.encode("ascii", "backslashreplace").decode("ascii"), limit).strip()


def one_line(found: object, limit: int = MAX_WHY) -> str:
    """Return a foreign text as one harmless line, at most `limit` bytes; “?” when it is blank."""
    return harmless(" ".join(text.printable(str(found)[: 4 * limit]).split()), limit) or "?"


def cut(whole: str, limit: int) -> str:
    """Return the longest beginning that takes at most `limit` bytes of UTF-8."""
    return whole.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")


def _malformed() -> ForeignDataError:
    return ForeignDataError(
        "The examination of a file ended with an answer that makes no sense.",
        "The file may have attacked the program that reads it. Keep it, open it nowhere.",
    )
