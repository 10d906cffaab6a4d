"""A bag (BagIt, RFC 8493): a folder whose manifests name every file with its digest, judged.

    checked = check(Path("pack"))
    checked.sound, checked.problems          # False, (Problem("digest", "data/photo.jpg"),)
    parse_manifest(b"e3b0…  data/a%25b\\n", declaration)      # {"data/a%b": "e3b0…"}
    spell_manifest({"data/a%b": "e3b0…"})                    # the same bytes back

Reads 1.0 and the drafts from 0.93 on; stricter than the suite where a name could mislead (a link,
two names that one disk takes for one). Fetches nothing: a file that is not here is missing.
Writing: `bag_writing`. Never follows a link and never reads outside of its folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Never

from unburnt.core.errors import ForeignDataError, MediumError

PAYLOAD = "data/"
DECLARATION = "bagit.txt"
INFO = "bag-info.txt"
FETCH = "fetch.txt"
ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")

MAX_TAG = 64 * 2**20  # bytes of one manifest: some 500,000 files
MAX_FILES = 1_000_000
MAX_PATH = 4096
MAX_DEPTH = 64
MAX_PROBLEMS = 1000  # a report longer than this helps nobody

_VERSIONS = frozenset({"0.93", "0.94", "0.95", "0.96", "0.97", "1.0"})
_ENCODINGS = {"UTF-8": "utf-8", "UTF-16": "utf-16", "ISO-8859-1": "latin-1", "US-ASCII": "ascii"}
_DECLARED = re.compile(
    rb"BagIt-Version: ([0-9]+\.[0-9]+)(\r\n|\n|\r)"
    rb"Tag-File-Character-Encoding: ([A-Za-z0-9-]{1,40})(?:\r\n|\n|\r)?"
)
_MANIFEST = re.compile(r"(tag)?manifest-([a-z0-9]+)\.txt")
_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+(.+)")
_ENDS = re.compile(r"\r\n|\n|\r")
_ESCAPED = re.compile(r"%(0[AaDd]|25)")
_OXUM = re.compile(r"([0-9]{1,19})\.([0-9]{1,19})")
_CHUNK = 2**20

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong, as a code that stays the same, and with which file ("" for the whole)."""

    code: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What `bagit.txt` says: the version and how the other tag files are encoded."""

    version: str = "1.0"
    encoding: str = "utf-8"

    @property
    def is_final(self) -> bool:
        """Whether this is BagIt 1.0, which is stricter than its drafts."""
        return self.version == "1.0"


@dataclass(slots=True)
class Checked:
    """The verdict on a bag: what is wrong, what is odd, and the SHA-256 of each listed file."""

    declaration: Declaration = field(default_factory=Declaration)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)  # all there are, with their size
    sha256: dict[str, str] = field(default_factory=dict)  # of what the manifests list
    bytes: int = 0

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong; a bag of which nothing was read is never sound."""
        return not self.problems and bool(self.sha256)

    def refuse(self, code: str, path: str = "") -> None:
        """Note a problem once; beyond a thousand they are not worth their memory."""
        problem = Problem(code, path)
        if len(self.problems) < MAX_PROBLEMS and problem not in self.problems:
            self.problems.append(problem)


# --- the formats: bytes in, values out ------------------------------------------------------------


def parse_declaration(data: bytes) -> Declaration:
    """Return what `bagit.txt` says; ForeignDataError unless spelled as RFC 8493 2.1.1 asks."""
    found = _DECLARED.fullmatch(data)
    if found is None:
        _refuse("bagit.txt is not spelled as a declaration is")
    version, encoding = found[1].decode(), found[3].decode().upper()
    if version not in _VERSIONS or encoding not in _ENCODINGS:
        _refuse("the bag is of a version or an encoding that is not known")
    return Declaration(version, _ENCODINGS[encoding])


def parse_manifest(data: bytes, declared: Declaration) -> dict[str, str]:
    """Return path → digest (lower-case hex) of a manifest; ForeignDataError when it breaks a rule.

    A path listed twice is refused, in the drafts only when the digests differ (RFC 8493 2.1.3).
    """
    listed: dict[str, str] = {}
    for line in _lines(data, declared):
        found = _LINE.fullmatch(line)
        if found is None:
            _refuse("a line of a manifest is not a digest and a path")
        path, digest = read_path(found[2], declared), found[1].lower()
        if path in listed and (declared.is_final or listed[path] != digest):
            _refuse("a manifest lists one file twice")
        listed[path] = digest
        if len(listed) > MAX_FILES:
            _refuse("a manifest lists too many files")
    return listed


def spell_manifest(listed: Mapping[str, str]) -> bytes:
    """Return the bytes of a manifest of BagIt 1.0, sorted by path."""
    lines = (f"{listed[path]}  {escape(path)}\n" for path in sorted(listed))
    return "".join(lines).encode("utf-8")


def parse_info(data: bytes, declared: Declaration) -> list[tuple[str, str]]:
    """Return the labels and values of `bag-info.txt` in order; a label may stand twice."""
    pairs: list[tuple[str, str]] = []
    for line in _lines(data, declared):
        if line[0] in " \t" and pairs:
            label, value = pairs.pop()
            pairs.append((label, f"{value} {line.strip()}"))
            continue
        label, colon, value = line.partition(":")
        spelled = label == label.strip() and value[:1] in (" ", "\t", "")
        if not colon or not label.strip() or (declared.is_final and not spelled):
            _refuse("a line of bag-info.txt is not a label and a value")
        pairs.append((label.strip(), value.strip()))
    return pairs


def parse_fetch(data: bytes, declared: Declaration) -> list[str]:
    """Return the paths that `fetch.txt` wants fetched; nothing is ever fetched."""
    paths = []
    for line in _lines(data, declared):
        parts = line.split(None, 2)
        if len(parts) != 3 or not (parts[1] == "-" or parts[1].isdigit()):
            _refuse("a line of fetch.txt is not an address, a length and a path")
        paths.append(read_path(parts[2], declared))
        if not paths[-1].startswith(PAYLOAD):
            _refuse("fetch.txt leads out of the bag")
    return paths


def escape(path: str) -> str:
    """Return a path as a manifest writes it: CR, LF and % encoded (RFC 8493 2.1.3)."""
    return path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def read_path(written: str, declared: Declaration) -> str:
    """Return the path that a manifest writes; ForeignDataError when it may lead out of the bag."""
    path = written.removeprefix("./")
    if declared.is_final:
        path = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), path)
    elif path.startswith("*"):
        path = path[1:]  # as md5sum marks binary files
    if not is_inside(path):
        _refuse("a path leads out of the bag")
    return path


def is_inside(path: str) -> bool:
    """Tell whether a path stays in its folder on every system."""
    steps = path.split("/")
    return (
        0 < len(path.encode("utf-8", "surrogatepass")) <= MAX_PATH
        and len(steps) <= MAX_DEPTH
        and not any(step in ("", ".", "..") for step in steps)
        and not path.startswith("~")
        and "\\" not in path
        and "\0" not in path
        and not re.match(r"[A-Za-z]:", path)
    )


def one_name(path: str) -> str:
    """Return what a disk without case and Unicode forms makes of a path."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def collisions(paths: Iterable[str]) -> list[str]:
    """Return the paths that some disk takes for another one of them."""
    seen: dict[str, str] = {}
    return [path for path in sorted(paths) if seen.setdefault(one_name(path), path) != path]


def _lines(data: bytes, declared: Declaration) -> Iterator[str]:
    if len(data) > MAX_TAG:
        _refuse("a tag file is too large")
    try:
        text = data.decode(declared.encoding)
    except UnicodeDecodeError as error:
        why = "a tag file is not encoded as it says"
        raise ForeignDataError(_MESSAGE.format(why), _NEXT) from error
    if text.startswith("\ufeff") or "\0" in text:
        _refuse("a tag file begins with a mark or holds a zero byte")
    return (line for line in _ENDS.split(text) if line.strip())


# --- the folder -----------------------------------------------------------------------------------


def check(folder: Path, progress: Progress = lambda what, count: None) -> Checked:
    """Return the verdict on the bag in `folder`: every rule, every listed file read and hashed.

    Raises MediumError when the folder itself cannot be read; never anything for what is in it.
    """
    found = Checked()
    # (1) what is there: no links, nothing but files and folders
    for path, size in walk(folder, found):
        found.files[path] = size
        if len(found.files) > MAX_FILES:
            found.refuse("too-many-files")
            return found
    # (2) which version
    try:
        found.declaration = parse_declaration(_tag(folder, DECLARATION, found))
    except ForeignDataError:
        found.refuse("declaration", DECLARATION)
        return found
    # (3) what the manifests list, and whether that is what is there
    payload, tags = _manifests(folder, found)
    _compare_payload(payload, found)
    _compare_tags(tags, found)
    named = {path for listed in payload.values() for path in listed}
    for path in collisions({*found.files, *named}):
        found.refuse("collision", path)
    _check_fetch(folder, found)
    _check_info(folder, found)
    # (4) every digest
    _hash(folder, {**payload, **tags}, found, progress)
    found.problems.sort()
    return found


def walk(folder: Path, found: Checked, below: str = "") -> Iterator[tuple[str, int]]:
    """Yield (path, size) of every file, sorted; links and special files become problems."""
    try:
        entries = sorted(os.scandir(folder / below), key=lambda entry: entry.name)
    except OSError as error:
        raise MediumError("The folder cannot be read.", "Check its path and the disk.") from error
    for entry in entries:
        path = f"{below}{entry.name}"
        if entry.is_symlink():
            found.refuse("link", path)
        elif entry.is_dir():
            if path.count("/") >= MAX_DEPTH:
                found.refuse("path", path)
            else:
                yield from walk(folder, found, f"{path}/")
        elif entry.is_file():
            yield path, entry.stat().st_size
        else:
            found.refuse("link", path)


def _tag(folder: Path, path: str, found: Checked) -> bytes:
    """Return the bytes of a tag file; ForeignDataError when it is not there or too large."""
    size = found.files.get(path)
    if size is None or size > MAX_TAG:
        _refuse("a tag file is missing or too large")
    return b"".join(pieces(folder, path))


def pieces(folder: Path, path: str) -> Iterator[bytes]:
    """Yield the bytes of a file of a bag in pieces; MediumError when it cannot be read."""
    try:
        descriptor = os.open(folder / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            while piece := file.read(_CHUNK):
                yield piece
    except OSError as error:
        raise MediumError("A file of the bag cannot be read.", "Check the disk.") from error


Manifests = dict[tuple[bool, str], dict[str, str]]  # (is a tag manifest, algorithm) → its lines


def _manifests(folder: Path, found: Checked) -> tuple[Manifests, Manifests]:
    payload: Manifests = {}
    tags: Manifests = {}
    for path in sorted(found.files):
        named = _MANIFEST.fullmatch(path)
        if named is None:
            continue
        if named[2] not in ALGORITHMS:
            found.refuse("algorithm", path)
            continue
        try:
            listed = parse_manifest(_tag(folder, path, found), found.declaration)
        except ForeignDataError:
            found.refuse("manifest", path)
            continue
        (tags if named[1] else payload)[(bool(named[1]), named[2])] = listed
    if not payload:
        found.refuse("no-manifest")
    return payload, tags


def _compare_payload(manifests: Manifests, found: Checked) -> None:
    here = {path for path in found.files if path.startswith(PAYLOAD)}
    everywhere = set().union(*manifests.values())
    for listed in manifests.values():
        for path in listed.keys() - here:
            found.refuse("missing" if path.startswith(PAYLOAD) else "path", path)
        if found.declaration.is_final:
            for path in here - listed.keys():
                found.refuse("unlisted", path)
    for path in here - everywhere:
        found.refuse("unlisted", path)


def _compare_tags(manifests: Manifests, found: Checked) -> None:
    for listed in manifests.values():
        for path in listed:
            if path.startswith((PAYLOAD, "tagmanifest-")):
                found.refuse("path", path)
            elif path not in found.files:
                found.refuse("missing", path)


def _check_fetch(folder: Path, found: Checked) -> None:
    if FETCH not in found.files:
        return
    found.warnings.append(Problem("fetch", FETCH))
    try:
        parse_fetch(_tag(folder, FETCH, found), found.declaration)
    except ForeignDataError:
        found.refuse("fetch", FETCH)


def _check_info(folder: Path, found: Checked) -> None:
    if INFO not in found.files:
        return
    try:
        pairs = parse_info(_tag(folder, INFO, found), found.declaration)
    except ForeignDataError:
        found.refuse("info", INFO)
        return
    payload = [size for path, size in found.files.items() if path.startswith(PAYLOAD)]
    for label, value in pairs:
        if label.lower() == "payload-oxum":
            counted = _OXUM.fullmatch(value)
            here = (sum(payload), len(payload))
            if counted is None or (int(counted[1]), int(counted[2])) != here:
                found.refuse("payload-oxum", INFO)


def _hash(folder: Path, manifests: Manifests, found: Checked, progress: Progress) -> None:
    wanted: dict[str, dict[str, str]] = {}
    for (_, algorithm), listed in manifests.items():
        for path, digest in listed.items():
            if path in found.files:
                wanted.setdefault(path, {})[algorithm] = digest
    for count, path in enumerate(sorted(wanted), 1):
        running = {
            name: hashlib.new(name, usedforsecurity=False) for name in {"sha256", *wanted[path]}
        }
        try:
            for piece in pieces(folder, path):
                found.bytes += len(piece)
                for one in running.values():
                    one.update(piece)
        except MediumError:
            found.refuse("unreadable", path)
            continue
        for algorithm, digest in wanted[path].items():
            if running[algorithm].hexdigest() != digest:
                found.refuse("digest", path)
        found.sha256[path] = running["sha256"].hexdigest()
        progress("files", count)


_MESSAGE = "This is no sound bag: {}."
_NEXT = "Ask whoever gave it to you for a whole copy."


def _refuse(why: str) -> Never:
    raise ForeignDataError(_MESSAGE.format(why), _NEXT)
