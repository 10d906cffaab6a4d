"""Reading WARC files from strangers: strictly, within bounds, each record checked by its digests.

    for record in records(data):
        record.offset, record.type, record.uri, record.headers, record.block
        payload(record)                # without the HTTP head, where it has one

WARC 1.0 and 1.1, plain or gzip by record. Hostile bytes raise ForeignDataError and nothing else.
Never repairs, never guesses where the next record begins.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from unburnt.core.errors import ForeignDataError

MAX_RECORDS = 20_000  # a page with 2000 requests has some 4000
MAX_RECORD = 256 * 2**20  # bytes unpacked; what a capture may keep in all
MAX_UNPACKED = 2**30  # bytes of a whole file
MAX_HEAD = 65_536  # bytes of the header of one record
MAX_FIELDS = 256

_VERSION = re.compile(rb"WARC/1\.[01]")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")
_TYPES = frozenset(
    "warcinfo response resource request metadata revisit conversion continuation".split()
)
_WITH_ADDRESS = frozenset("response resource request revisit conversion continuation".split())
_REQUIRED = ("warc-type", "warc-record-id", "warc-date", "content-length")
_ONCE = frozenset((*_REQUIRED, "warc-target-uri", "warc-block-digest", "warc-payload-digest"))
_DATE = re.compile(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\.[0-9]{1,9})?Z"
)
_ID = re.compile(r"<[!-;=?-~]{1,512}>")
_SIZES = {"sha1": 20, "sha256": 32, "sha512": 64}
_SECURE = frozenset({"sha256", "sha512"})


@dataclass(frozen=True, slots=True)
class Record:
    """One record: where it begins, its header fields in small letters, its block."""

    offset: int
    type: str
    uri: str
    headers: Mapping[str, str]
    block: bytes
    checked: bool  # by a digest that was there; else nothing but the container vouches for it


def records(data: bytes, room: int = MAX_UNPACKED) -> Iterator[Record]:
    """Yield the records of a WARC file, in order; ForeignDataError at the first wrong one.

    `room` bounds what it may unpack to.
    """
    if data.startswith(b"\x1f\x8b"):
        found = _packed(data, room)
    elif data.startswith(b"WARC/"):
        found = _plain(data)
    else:
        raise refusal("It is not a WARC file.")
    for count, record in enumerate(found, 1):
        if count > MAX_RECORDS:
            raise refusal(f"It has more than {MAX_RECORDS} records.")
        yield record


def payload(record: Record) -> bytes:
    """Return what a record brought: the body of an HTTP message, else its whole block."""
    if not record.headers.get("content-type", "").lower().startswith("application/http"):
        return record.block
    return record.block.partition(b"\r\n\r\n")[2]


def _packed(data: bytes, room: int) -> Iterator[Record]:
    offset = 0
    while offset < len(data):
        member, used = _member(data, offset, min(room, MAX_RECORD))
        room -= len(member)
        record, end = _record(member, 0, offset)
        if end != len(member):
            raise refusal("Its records are not packed one by one.")
        yield record
        offset += used


def _member(data: bytes, offset: int, most: int) -> tuple[bytes, int]:
    """Return one gzip member, unpacked, and how many bytes it took."""
    unpacker = zlib.decompressobj(31)
    parts: list[bytes] = []
    size = 0
    rest: bytes = data[offset : offset + _STEP]
    at = offset + len(rest)
    try:
        while not unpacker.eof:
            part = unpacker.decompress(rest, _STEP)
            size += len(part)
            if size > most:
                raise refusal("It unpacks to more than is allowed.")
            parts.append(part)
            rest = unpacker.unconsumed_tail
            if not rest and not unpacker.eof:
                rest = data[at : at + _STEP]
                at += len(rest)
                if not rest and not part:
                    raise refusal("It is cut short.")
    except zlib.error as error:
        raise refusal("Its compression is damaged.") from error
    return b"".join(parts), at - len(unpacker.unused_data) - offset


_STEP = 2**20


def _plain(data: bytes) -> Iterator[Record]:
    offset = 0
    while offset < len(data):
        record, offset = _record(data, offset, offset)
        yield record


def _record(data: bytes, at: int, offset: int) -> tuple[Record, int]:
    """Return the record that begins at `at`, and where it ends."""
    if not _VERSION.match(data, at):
        raise refusal("A record does not begin with WARC/1.0 or WARC/1.1.")
    end = data.find(b"\r\n\r\n", at, at + MAX_HEAD)
    if end < 0:
        raise refusal("The header of a record has no end, or is too long.")
    headers = _fields(data[at:end])
    size = _size(headers["content-length"])
    begin = end + 4
    block = data[begin : begin + size]
    if len(block) != size:
        raise refusal("It is cut short.")
    if data[begin + size : begin + size + 4] != b"\r\n\r\n":
        raise refusal("A record does not end where its length says.")
    kind, uri = headers["warc-type"], _uri(headers)
    checked = _check_digests(headers, block)
    return Record(offset, kind, uri, headers, block, checked), begin + size + 4


def _fields(head: bytes) -> dict[str, str]:
    version, *lines = head.split(b"\r\n")
    if not _VERSION.fullmatch(version):
        raise refusal("A record does not begin with WARC/1.0 or WARC/1.1.")
    if len(lines) > MAX_FIELDS:
        raise refusal(f"A record has more than {MAX_FIELDS} header fields.")
    fields: dict[str, str] = {}
    for line in lines:
        found = _FIELD.fullmatch(line)
        if not found:
            raise refusal("A header field of a record is malformed.")
        name = found[1].decode("ascii").lower()
        if name in fields and name in _ONCE:
            raise refusal(f"A record has {name} twice.")
        try:
            fields[name] = found[2].decode("utf-8")
        except UnicodeDecodeError as error:
            raise refusal("A header field of a record is not UTF-8.") from error
    for name in _REQUIRED:
        if name not in fields:
            raise refusal(f"A record has no {name}.")
    if fields["warc-type"] not in _TYPES:
        raise refusal("A record is of a kind that is not known.")
    if not _DATE.fullmatch(fields["warc-date"]):
        raise refusal("The date of a record is malformed.")
    if not _ID.fullmatch(fields["warc-record-id"]):
        raise refusal("The id of a record is malformed.")
    return fields


def _size(text: str) -> int:
    if not re.fullmatch("[0-9]{1,12}", text) or int(text) > MAX_RECORD:
        raise refusal("The length of a record is malformed, or more than is allowed.")
    return int(text)


def _uri(headers: Mapping[str, str]) -> str:
    uri = headers.get("warc-target-uri", "")
    if not uri and headers["warc-type"] in _WITH_ADDRESS:
        raise refusal("A record says not what address it is of.")
    if re.search(r"[\x00-\x20\x7f<>]", uri):
        raise refusal("The address of a record has blanks or brackets in it.")
    return uri


# --- digests -----------------------------------------------------------------------------------


def _check_digests(headers: Mapping[str, str], block: bytes) -> bool:
    """Refuse a block that is not what its digests say; tell whether a strong one vouches for it."""
    strong = False
    spelled = headers.get("warc-block-digest")
    if spelled is not None:
        strong |= _compare(spelled, [block], "block")
    spelled = headers.get("warc-payload-digest")
    if spelled is not None and headers["warc-type"] not in ("revisit", "warcinfo"):
        # Writers disagree whether chunks of the transfer belong to the payload.
        body = block
        if headers.get("content-type", "").lower().startswith("application/http"):
            body = block.partition(b"\r\n\r\n")[2]
        strong |= _compare(spelled, [body, _unchunked(body)], "payload")
    return strong


def _compare(spelled: str, choices: list[bytes | None], what: str) -> bool:
    name, _, text = spelled.partition(":")
    name = name.lower().replace("-", "")
    size = _SIZES.get(name)
    if size is None:
        return False
    wanted = _decoded(text, size)
    if all(c is None or hashlib.new(name, c).digest() != wanted for c in choices):
        raise refusal(f"The {what} of a record is not what its digest says.")
    return name in _SECURE


def _decoded(text: str, size: int) -> bytes:
    """Return a digest that is spelled in hex, base32 or base64, with or without its padding."""
    bare = text.rstrip("=")
    try:
        if len(bare) == 2 * size:
            return bytes.fromhex(bare)
        if len(bare) == -(-8 * size // 5):
            return base64.b32decode(bare.upper() + "=" * (-len(bare) % 8))
        if len(bare) == -(-8 * size // 6):
            plain = bare.replace("-", "+").replace("_", "/")
            return base64.b64decode(plain + "=" * (-len(bare) % 4), validate=True)
    except ValueError as error:
        raise refusal("The digest of a record is malformed.") from error
    raise refusal("The digest of a record is malformed.")


def _unchunked(body: bytes) -> bytes | None:
    """Return a body without the chunks of its transfer, or None when it has none."""
    parts: list[bytes] = []
    at = 0
    while True:
        end = body.find(b"\r\n", at, at + 80)
        text = body[at:end].partition(b";")[0].strip() if end >= 0 else b""
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", text):
            return None
        size = int(text, 16)
        if size == 0:
            return b"".join(parts)
        parts.append(body[end + 2 : end + 2 + size])
        at = end + 2 + size + 2


def refusal(why: str) -> ForeignDataError:
    """Return the error for a web archive that cannot be believed."""
    return ForeignDataError(
        f"This is not a sound web archive. {why}", "Ask whoever made it for the original."
    )
