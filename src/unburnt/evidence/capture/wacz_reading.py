"""Reading WACZ files from strangers: every byte within bounds, every file by its digest.

    package = read(data)
    package.main_url, package.software, package.files, package.signature, package.unchecked

Steps: 1 the zip and its names, 2 the package and what it must list, 3 every digest, 4 the digest of
the package and its signature, 5 every WARC record, 6 pages and index, 7 for our own files, that
the zip is the one we write. Whatever is wrong raises ForeignDataError with the reason; what could
not be checked is said in `unchecked`. Format: docs/spec/capture.md, "Reading".
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509

from unburnt.evidence.capture import wacz, warc_reading
from unburnt.evidence.capture.wacz_signature import check_signature, system_roots
from unburnt.evidence.capture.warc_reading import Record, refusal

MAX_BYTES = 2**30  # of the file
MAX_FILES = 10_000
MAX_UNPACKED = 2**30  # of all files in it
MAX_RATIO = 250
MAX_JSON = 8 * 2**20
MAX_DEPTH = 32
_MAX_INDEX = 64 * 2**20  # bytes unpacked
_SMALL = 2**20  # a file below this may have any ratio
_VERSIONS = frozenset({"1.0.0", "1.1.0", "1.1.1", "1.2.0"})
_SHA256 = re.compile("[0-9a-f]{64}")
_LINK = stat.S_IFLNK >> 12


@dataclass(frozen=True, slots=True)
class Package:
    """What a sound WACZ says; `unchecked` are the things that this reading does not vouch for."""

    software: str
    title: str
    main_url: str
    created: str
    files: tuple[tuple[str, str, int], ...]  # (path, sha256, bytes)
    records: int
    signature: str
    unchecked: tuple[str, ...]


def read(data: bytes, roots: Sequence[x509.Certificate] | None = None) -> Package:
    """Return what a WACZ says after every check; ForeignDataError with the reason else.

    `roots` may vouch for the domain that signed it; else those that this system trusts.
    """
    files = unpack(data)
    package = _object(files.get(wacz.PACKAGE), wacz.PACKAGE)
    if str(package.get("wacz_version")) not in _VERSIONS:
        raise refusal("Its version of the format is not known.")
    listed = _listed(package)
    _check_listed(files, listed)
    signature = _check_digest(files, package, roots)
    unchecked = [] if wacz.DIGEST in files else ["nothing vouches for datapackage.json itself"]
    if signature:
        unchecked.append(signature)
    places = _archives(files)
    _check_pages(files)
    _check_index(files, places)
    weak = sum(not checked for checked in places.values())
    if weak:
        unchecked.append(f"{weak} records have no strong digest of their own")
    software = _text(package, "software")
    if software.startswith("unburnt ") and wacz.pack(files) != data:
        raise refusal("Its zip is not the one that was written.")
    return Package(
        software=software,
        title=_text(package, "title"),
        main_url=_text(package, "mainPageUrl"),
        created=_text(package, "created"),
        files=tuple(sorted((path, digest, size) for path, (digest, size) in listed.items())),
        records=len(places),
        signature=signature,
        unchecked=tuple(unchecked),
    )


def records(data: bytes) -> Iterator[Record]:
    """Yield the records of every WARC in a WACZ, in order; ForeignDataError else."""
    for name, content in unpack(data).items():
        if _is_archive(name):
            yield from warc_reading.records(content)


# --- 1: the zip --------------------------------------------------------------------------------


def unpack(data: bytes) -> dict[str, bytes]:
    """Return the files of a zip by name, in its order; ForeignDataError for an unsafe one."""
    if len(data) > MAX_BYTES:
        raise refusal(f"It is larger than {MAX_BYTES} bytes.")
    if not data.startswith(b"PK\x03\x04"):
        raise refusal("It is not a zip file from its first byte on.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            entries = opened.infolist()
            _check_entries(entries, opened.start_dir)
            return {entry.filename: _content(opened, entry) for entry in entries}
    except (
        *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError),
        *(ValueError, NotImplementedError, RuntimeError, KeyError, IndexError),
    ) as error:
        raise refusal("Its zip is damaged.") from error
    except Exception as error:
        if type(error).__module__ == "struct":  # what zipfile leads damaged fields to
            raise refusal("Its zip is damaged.") from error
        raise


def _content(opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with opened.open(entry) as file:
        content = file.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise refusal("A file in it has another size than it says.")
    return content


def _check_entries(entries: list[zipfile.ZipInfo], end: int) -> None:
    if len(entries) > MAX_FILES:
        raise refusal(f"It has more than {MAX_FILES} files.")
    seen: set[str] = set()
    for entry in entries:
        _check_name(entry)
        plain = unicodedata.normalize("NFC", entry.filename).casefold()
        if plain in seen:
            raise refusal("It has two files of one name.")
        seen.add(plain)
        if entry.flag_bits & 0x41:
            raise refusal("A file in it is encrypted.")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refusal("A file in it is packed in a way that the format does not know.")
        if entry.external_attr >> 28 == _LINK:
            raise refusal("A name in it is a link.")
        if entry.file_size > max(_SMALL, MAX_RATIO * entry.compress_size):
            raise refusal("It unpacks to more than is allowed.")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise refusal("It unpacks to more than is allowed.")
    _check_places(entries, end)


def _check_name(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    parts = name.split("/")
    if entry.orig_filename != name or not name or len(name) > 1024 or not name.isprintable():
        raise refusal("A name in it is malformed.")
    if "\\" in name or name.startswith("/") or re.match("[A-Za-z]:/", name):
        raise refusal("A name in it leads out of its folder.")
    if ".." in parts or "." in parts or "" in parts:
        raise refusal("A name in it leads out of its folder, or is a folder.")


def _check_places(entries: list[zipfile.ZipInfo], end: int) -> None:
    """Files that share bytes let a small zip hold endless ones."""
    at = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < at:
            raise refusal("Files in it share bytes.")
        at = entry.header_offset + 30 + len(entry.orig_filename.encode()) + entry.compress_size
    if at > end:
        raise refusal("Files in it share bytes.")


# --- 2, 3: the package and its digests ---------------------------------------------------------


def _listed(package: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    """Return (digest, bytes) of every resource by its path; the older spelling is known too."""
    resources = package.get("resources")
    if not isinstance(resources, list) or not 0 < len(resources) <= MAX_FILES:
        raise refusal("Its package lists no files.")
    found: dict[str, tuple[str, int]] = {}
    for item in resources:
        if not isinstance(item, dict) or not isinstance(item.get("path"), str):
            raise refusal("Its package lists something that is no file.")
        path = item["path"]
        if path in found:
            raise refusal("Its package lists a file twice.")
        if isinstance(item.get("stats"), dict):  # WACZ 1.0.0
            name, digest, size = item.get("hashing"), item["stats"].get("hash"), item["stats"]
            size = size.get("bytes")
        else:
            name, _, digest = str(item.get("hash", "")).partition(":")
            size = item.get("bytes")
        if name != "sha256" or not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise refusal("Its package has a digest that is not SHA-256.")
        if type(size) is not int or size < 0:
            raise refusal("Its package says no size for a file.")
        found[path] = (digest, size)
    return found


def _check_listed(files: Mapping[str, bytes], listed: Mapping[str, tuple[str, int]]) -> None:
    for path, (digest, size) in listed.items():
        if path not in files:
            raise refusal("A file that its package lists is missing.")
        if len(files[path]) != size or hashlib.sha256(files[path]).hexdigest() != digest:
            raise refusal("A file in it is not what its package says.")
    if files.keys() - listed.keys() - {wacz.PACKAGE, wacz.DIGEST}:
        raise refusal("It has a file that its package does not list.")
    if not any(_is_archive(path) for path in listed):
        raise refusal("It has no WARC file.")
    if not any(re.fullmatch(r"indexes/[^/]+\.(cdx|cdxj|cdx\.gz|idx)", path) for path in listed):
        raise refusal("It has no index.")
    if wacz.PAGES not in listed:
        raise refusal("It has no list of pages.")


def _is_archive(path: str) -> bool:
    return re.fullmatch(r"archive/[^/]+\.warc(\.gz)?", path) is not None


# --- 4: who vouches for the package ------------------------------------------------------------


def _check_digest(
    files: Mapping[str, bytes],
    package: Mapping[str, Any],
    roots: Sequence[x509.Certificate] | None,
) -> str:
    """Return what is known of the signature, "" when there is none."""
    if wacz.DIGEST not in files:
        return ""
    said = _object(files[wacz.DIGEST], wacz.DIGEST)
    digest = "sha256:" + hashlib.sha256(files[wacz.PACKAGE]).hexdigest()
    if said.get("path") != wacz.PACKAGE or said.get("hash") != digest:
        raise refusal("Its package is not what its digest says.")
    if said.keys() - {"path", "hash", "signedData"}:
        raise refusal("Its digest file has a field that does not belong there.")
    if "signedData" not in said:
        return ""
    known = system_roots() if roots is None else roots
    return check_signature(said["signedData"], digest, package, known)


# --- 5, 6: what is in it -----------------------------------------------------------------------


def _archives(files: Mapping[str, bytes]) -> dict[tuple[str, int], bool]:
    """Return (file, offset) of every record, and whether a strong digest vouches for it."""
    found: dict[tuple[str, int], bool] = {}
    room = MAX_UNPACKED
    for path, content in files.items():
        if _is_archive(path):
            name = path.partition("/")[2]
            for record in warc_reading.records(content, room):
                room -= len(record.block)
                found[name, record.offset] = record.checked
    if not found:
        raise refusal("It has no records.")
    return found


def _check_pages(files: Mapping[str, bytes]) -> None:
    lines = files[wacz.PAGES].splitlines()
    if len(files[wacz.PAGES]) > MAX_JSON or not lines:
        raise refusal("Its list of pages is empty or too long.")
    for number, line in enumerate(lines):
        page = _object(line, wacz.PAGES)
        known = "format" if number == 0 and "format" in page else "url"
        if not isinstance(page.get(known), str):
            raise refusal("Its list of pages names something that is no page.")


def _check_index(files: Mapping[str, bytes], places: Mapping[tuple[str, int], bool]) -> None:
    """Every line of the index leads to the beginning of a record."""
    for path, content in files.items():
        if re.fullmatch(r"indexes/[^/]+\.(cdx|cdxj|cdx\.gz)", path):
            for line in _unzipped(content).splitlines():
                if not line or line.startswith(b"!"):
                    continue
                fields = _object(line[line.find(b" {") + 1 :], path)
                offset = str(fields.get("offset", ""))
                place = str(fields.get("filename")), int(offset) if offset.isdecimal() else -1
                if place not in places:
                    raise refusal("Its index leads to no record.")


def _unzipped(content: bytes) -> bytes:
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            found = file.read(_MAX_INDEX + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise refusal("Its index is damaged.") from error
    if len(found) > _MAX_INDEX:
        raise refusal("It unpacks to more than is allowed.")
    return found


# --- JSON --------------------------------------------------------------------------------------


def _object(data: bytes | None, name: str) -> dict[str, Any]:
    if data is None:
        raise refusal(f"It has no {name}.")
    if len(data) > MAX_JSON or _deep(data):
        raise refusal(f"{name} is too large.")
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise refusal(f"{name} is not JSON.") from error
    if not isinstance(found, dict):
        raise refusal(f"{name} is not an object.")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise refusal("It has a field twice.")
    return found


def _deep(data: bytes) -> bool:
    """Brackets in texts count too: no sound package has so many of either."""
    depth = most = 0
    for found in re.finditer(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', data):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(found[0], 0)
        most = max(most, depth)
    return most > MAX_DEPTH


def _text(package: Mapping[str, Any], name: str) -> str:
    found = package.get(name, "")
    if not isinstance(found, str) or len(found) > 4096:
        raise refusal(f"{name} is not a text.")
    return found
