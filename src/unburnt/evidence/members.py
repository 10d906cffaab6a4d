"""Files inside a ZIP, tar, gzip, bzip2 or xz: listed, and taken out one by one within bounds.

    members(stream, "application/zip", start=0)
    ->  Report(findings=(metadata: the list,), derived=(Derived("member", …), …), next=17)

Specification: docs/spec/media.md, "Archives". Runs in the examining child. A name inside is words
to be recorded; it is never used as a path. Links, devices and passwords are left out by name.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import IO, Any, BinaryIO, NamedTuple

from unburnt.core.errors import ForeignDataError
from unburnt.evidence import kinds
from unburnt.evidence.findings import (
    MAX_NAME,
    Derived,
    Failure,
    Finding,
    Report,
    harmless,
    one_line,
)

OPENED = frozenset(
    {kinds.ZIP, "application/x-tar"}
    | {f"application/{name}" for name in ("gzip", "x-bzip2", "x-xz")}
)
MAX_MEMBERS = 2000
MAX_MEMBER = 40 * 2**20  # bytes of one member
MAX_TOTAL = 512 * 2**20  # bytes of all members
MAX_RATIO = 250  # unpacked to packed, of a member beyond a MiB; large real texts reach 50
MAX_DEPTH = 2  # archives in archives
MAX_ALL = 10_000  # members of an archive and of all archives in it: 2000 of 2000 fill any disk
MAX_ALL_TOTAL = 2 * 2**30  # bytes of these
_SMALL = 2**20
_AT_ONCE = 24 * 2**20  # bytes of members in one report
_PIECE = 2**16
_FALSE_NAMES = ("", ".", "..")


class Member(NamedTuple):
    """One entry: its name as found, its stated size, what is packed, why it is left out."""

    name: str
    size: int
    packed: int
    left_out: str = ""


Entry = tuple[Member, IO[bytes] | None]


def members(stream: BinaryIO, kind: str, start: int = 0) -> Report:
    """Return members from number `start` on, as many as one report holds; then `next` says where.

    Raises ForeignDataError for a bomb or an archive that cannot be read at all.
    """
    found: list[Derived] = []
    failures: list[Failure] = []
    names: list[str] = []
    total = room = 0
    following: int | None = None
    try:
        with closing(_opened(stream, kind)) as archive:
            for number, (member, reader) in enumerate(archive):
                _check(number, member, total)
                total += max(member.size, 0)
                names.append(f"{one_line(member.name, MAX_NAME)} ({member.size} B)")
                if number < start:
                    continue
                if room and room + max(member.size, 0) > _AT_ONCE:
                    following = number
                    break
                taken = _take(number, member, reader)
                if isinstance(taken, Failure):
                    failures.append(taken)
                    continue
                found.append(taken)
                room += len(taken.data)
    except ForeignDataError:
        raise
    except Exception as error:  # zipfile, tarfile and the rest raise a dozen kinds
        failures.append(Failure("members", _why("The archive is damaged", error)))
    listed = list(_listing(names)) if following is None else []
    return Report(tuple(listed), tuple(found), tuple(failures), ("Python",), following)


def _check(number: int, member: Member, total: int) -> None:
    if number >= MAX_MEMBERS:
        raise _bomb(f"holds more than {MAX_MEMBERS} files")
    if total + max(member.size, 0) > MAX_TOTAL:
        raise _bomb(f"unpacks to more than {MAX_TOTAL >> 20} MiB")
    if member.packed and member.size > max(_SMALL, MAX_RATIO * member.packed):
        raise _bomb(f"holds a file that unpacks to more than {MAX_RATIO} times its size")


def _take(number: int, member: Member, reader: IO[bytes] | None) -> Derived | Failure:
    spelled = one_line(member.name, MAX_NAME)
    name = spelled if spelled not in _FALSE_NAMES else f"member {number + 1}"
    why = member.left_out
    if not why and member.size > MAX_MEMBER:
        why = f"larger than {MAX_MEMBER >> 20} MiB; unpack the archive and take it in by itself"
    if why or reader is None:
        return Failure("members", one_line(f"Member {number + 1} is left out: {why}."))
    try:
        data = _read(reader)
    except ForeignDataError:
        raise
    except Exception as error:  # as above; one damaged member stops no other
        return Failure("members", _why(f"Member {number + 1} is damaged", error))
    kind = kinds.first_kind(data[: kinds.HEAD]) or "application/octet-stream"
    operations = f"taken out of the archive, number {number + 1} in it"
    return Derived("member", kind, name, "Python", operations, data=data)


def _read(reader: IO[bytes]) -> bytes:
    """Return all bytes, never more than a member may have, whatever its header promises."""
    parts: list[bytes] = []
    seen = 0
    while part := reader.read(_PIECE):
        seen += len(part)
        if seen > MAX_MEMBER:
            raise _bomb(f"holds a file of more than {MAX_MEMBER >> 20} MiB ")
        parts.append(part)
    return b"".join(parts)


def _opened(stream: BinaryIO, kind: str) -> Generator[Entry, None, None]:
    if kind == kinds.ZIP:
        return _in_zip(stream)
    if kind == "application/x-tar":
        return _in_tar(stream)
    plain = _PACKED[kind](stream)
    head = plain.read(kinds.HEAD)
    plain.seek(0)
    return _in_tar(plain) if kinds.first_kind(head) == "application/x-tar" else _alone(plain)


_PACKED: dict[str, Callable[[BinaryIO], Any]] = {
    "application/gzip": lambda stream: gzip.GzipFile(fileobj=stream),
    "application/x-bzip2": bz2.BZ2File,
    "application/x-xz": lzma.LZMAFile,
}


def _alone(plain: Any) -> Generator[Entry, None, None]:
    """Yield the one file of a packed stream; its length shows only by reading."""
    yield Member("content", 0, 0), plain


def _in_zip(stream: BinaryIO) -> Generator[Entry, None, None]:
    with zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            why = "it has a password" if info.flag_bits & 1 else ""
            if (info.external_attr >> 28) == 0xA:
                why = "it is a link"
            member = Member(info.filename, info.file_size, info.compress_size, why)
            if why or info.file_size > MAX_MEMBER:
                yield member, None
                continue
            try:
                reader = archive.open(info)
            except Exception as error:  # zipfile raises a dozen kinds
                yield member._replace(left_out=_why("it is damaged", error)), None
                continue
            with reader:
                yield member, reader


def _in_tar(stream: Any) -> Generator[Entry, None, None]:
    with tarfile.open(fileobj=stream, mode="r|", bufsize=_PIECE) as archive:
        for info in archive:
            if info.isdir():
                continue
            why = "" if info.isreg() else "it is a link or a device"
            member = Member(info.name, max(info.size, 0), 0, why)
            readable = info.isreg() and info.size <= MAX_MEMBER
            yield member, archive.extractfile(info) if readable else None


def _listing(names: list[str]) -> Iterator[Finding]:
    if names:
        words = harmless("\n".join(names), 32 * 1024)
        locator = {"metadata": "list of members", "tool": "Python"}
        yield Finding("metadata", {"text": words}, "reported", locator)


def _why(what: str, error: Exception) -> str:
    return one_line(f"{what} ({type(error).__name__}).")


def _bomb(how: str) -> ForeignDataError:
    return ForeignDataError(f"The archive {how}.", "Keep it; unpack nothing of it by hand.")
