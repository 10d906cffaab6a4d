"""A pack: what lies inside every sealed object, a plain tar that stock tools open.

    age -d -i key.txt objects/ab/abcd… | tar x

    write({"secret": b"…", "statements.jsonl": b"…"})  ->  tar bytes, padded
    read(tar_bytes)                                    ->  the same members, unpacked
    stream("original", size, chunks)                   ->  tar bytes of one large member, in pieces

Format: docs/spec/log.md, "Packs". Reading is strict: a tar header must be the very one that
writing would have made, so there is no room for links, paths, owners or surprises.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.storage import ustar
from unburnt.storage.ustar import BLOCK

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ORIGINAL = "original"
SMALLEST = 4096  # bytes a pack is padded to at least
MAX_MEMBERS = 100_000
MAX_UNPACKED = 64 * 2**20  # of all members of a pack that is read into memory
# Level 1: text takes 4 % more room than at level 3 and half the time; most evidence is compressed
# already. Frames do not depend on each other.
_compressor = zstd.ZstdCompressor(1)
_SAMPLE = 32 * 1024
# JPEG, PNG, ZIP (and office files), gzip, 7z, xz, MP4 and its kin, WebP
_COMPRESSED = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n|PK\x03\x04|\x1f\x8b\x08|7z\xbc\xaf|\xfd7zXZ|.{4}ftyp|RIFF.{4}WEBP",
    re.DOTALL,
)
_MAGIC = bytes.fromhex("28b52ffd")
_END = bytes(2 * BLOCK)
_ZEROS = bytes(64 * 1024)
_NAME = re.compile(r"(secret|ids|statements\.jsonl|original|[0-9a-f]{64})(\.zst)?")


def write(members: Mapping[str, bytes]) -> bytes:
    """Return the padded tar of `members`, each compressed where that saves an eighth."""
    parts: list[bytes] = []
    for name, data in members.items():
        packed = compress(data)
        parts += member(name, data) if packed is None else member(name + ".zst", packed)
    return b"".join(closed(parts, sum(map(len, parts))))


def closed(parts: Iterable[bytes | memoryview], length: int) -> Iterator[bytes | memoryview]:
    """Yield the `parts` of a tar, `length` bytes together, then its end and its padding."""
    yield from parts
    yield _END
    left = padded(length + len(_END)) - length - len(_END)
    while left:
        yield _ZEROS[:left]
        left -= min(left, len(_ZEROS))


class Filling:
    """A pack that is filled where its members are read to, in the same memory as the one before.

    filling = Filling(2**24)
    room = filling.room(size + 1)          # read the content into it
    filling.add(name, size)                # compressed where that saves an eighth
    for chunk in filling.take(): …         # the padded tar; then it is empty again
    """

    def __init__(self, expected: int) -> None:
        self.size = 0  # bytes so far, without the end
        self._memory = bytearray(expected + 2 * BLOCK)

    def room(self, size: int) -> memoryview:
        """Return where the content of the next member goes, `size` bytes."""
        start = self.size + BLOCK
        if start + size + BLOCK > len(self._memory):
            # Another bytearray: views of the old one may still be held, and forbid growing.
            self._memory = self._memory[: self.size] + bytes(size + self.size + 2 * BLOCK)
        return memoryview(self._memory)[start : start + size]

    def add(self, name: str, size: int) -> None:
        """Make a member of the first `size` bytes in the room."""
        start = self.size + BLOCK
        content = memoryview(self._memory)[start : start + size]
        packed = compress(content)
        if packed is not None:
            name, size = name + ".zst", len(packed)
            content[:size] = packed
        self._memory[self.size : start] = header(name, size)
        end = start + size
        self.size = end + -end % BLOCK
        self._memory[end : self.size] = bytes(self.size - end)

    def take(self) -> Iterator[memoryview | bytes]:
        """Yield the padded tar; nothing may be added before it is read to its end."""
        size, self.size = self.size, 0
        yield from closed([memoryview(self._memory)[:size]], size)


def compress(data: bytes | memoryview) -> bytes | None:
    """Return one zstd frame of `data` when it saves at least an eighth, else None.

    What is long is judged by its first bytes, a kind that is compressed already, or else by its
    first 32 KiB, so that what does not compress costs little.
    """
    if len(data) < 128:
        return None
    if len(data) > 2 * _SAMPLE and _COMPRESSED.match(data):
        return None
    if len(data) > 2 * _SAMPLE and not _saves(data[:_SAMPLE], _frame(data[:_SAMPLE])):
        return None
    packed = _frame(data)
    return packed if _saves(data, packed) else None


def _frame(data: bytes | memoryview) -> bytes:
    """Return one whole frame that states its size; a new compressor would cost more than a page."""
    return _compressor.compress(data, zstd.ZstdCompressor.FLUSH_FRAME)


def member(name: str, data: bytes) -> tuple[bytes, bytes, bytes]:
    """Return header, data and filling of one tar member."""
    return header(name, len(data)), data, bytes(-len(data) % BLOCK)


def stream(name: str, size: int, chunks: Iterable[bytes]) -> Iterator[bytes | memoryview]:
    """Yield the padded tar of one member whose `chunks` must add up to `size` bytes.

    Raises UsageError when they do not: the file changed while it was read.
    """
    yield from closed(_single(name, size, chunks), BLOCK + size + -size % BLOCK)


def _single(name: str, size: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    yield header(name, size)
    seen = 0
    for chunk in chunks:
        seen += len(chunk)
        yield chunk
    if seen != size:
        raise UsageError("A file changed while it was being read.", "Take it in again.")
    yield bytes(-size % BLOCK)


def padded(length: int) -> int:
    """Return the Padmé length: at most 12 % more, and only O(log log) bits of the size show.

    Formula: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication
    with PURBs" (2019), section 4; here at least 4096 and a multiple of 512.
    """
    length = max(length, SMALLEST)
    exponent = length.bit_length() - 1
    free = max(exponent - exponent.bit_length(), 9)  # low bits that are rounded up to zero
    return (length + (1 << free) - 1) >> free << free


def read(data: bytes) -> dict[str, bytes]:
    """Return the unpacked members of a tar; ForeignDataError unless `write` could have made it."""
    return {name: bytes(content) for name, content in members(memoryview(data)).items()}


def members(data: memoryview) -> dict[str, memoryview | bytes]:
    """Return what `read` does without copying: views of `data`, or bytes that were compressed."""
    found: dict[str, memoryview | bytes] = {}
    at, room = 0, MAX_UNPACKED
    while (block := bytes(data[at : at + BLOCK])) != _END[:BLOCK]:
        name, size = parse_header(block)
        at += BLOCK
        content: memoryview | bytes = data[at : at + size]
        at += size
        filling = -at % BLOCK
        if len(content) != size or bytes(data[at : at + filling]) != _END[:filling]:
            raise _malformed()
        at += filling
        plain = name.removesuffix(".zst")
        if plain != name:
            content = _decompress(bytes(content), room)
        room -= len(content)
        if plain in found or room < 0 or len(found) >= MAX_MEMBERS:
            raise _malformed()
        found[plain] = content
    if len(data) != padded(at + len(_END)) or bytes(data[at:]).strip(b"\0"):
        raise _malformed()
    return found


class SingleSink(io.RawIOBase):
    """Takes the tar of one large member in pieces and passes its content on.

    sink = SingleSink(file.write)
    objects.unseal_to(backend, name, identities, sink)
    sink.finish()                          # ForeignDataError when cut, or more than one member
    """

    def __init__(self, content: Callable[[memoryview], object]) -> None:
        self.name = ""
        self.size = 0
        self._content = content
        self._header = b""
        self._seen = 0  # bytes after the header

    def writable(self) -> bool:
        """Return True: it is written to."""
        return True

    def write(self, data: object) -> int:
        """Take the next piece of the tar and return its length."""
        view = memoryview(data)  # type: ignore[arg-type]  # any buffer, as RawIOBase says
        length = len(view)
        if not self.name:
            needed = BLOCK - len(self._header)
            self._header += view[:needed]
            view = view[needed:]
            if len(self._header) < BLOCK:
                return length
            self.name, self.size = parse_header(self._header)
        content = view[: max(self.size - self._seen, 0)]
        if content:
            self._content(content)
        if bytes(view[len(content) :]).strip(b"\0"):
            raise _malformed()
        self._seen += len(view)
        return length

    def finish(self) -> None:
        """Raise ForeignDataError unless exactly one whole padded member was seen."""
        whole = BLOCK + self.size + -self.size % BLOCK + len(_END)
        if not self.name or BLOCK + self._seen != padded(whole):
            raise _malformed()


def header(name: str, size: int) -> bytes:
    """Return the tar header of a member; UsageError for a name that a pack does not have."""
    if not _NAME.fullmatch(name):
        raise UsageError("A pack has no member of that name.", "See docs/spec/log.md, Packs.")
    return ustar.header(name, size)


def parse_header(block: bytes) -> tuple[str, int]:
    """Return name and size of a member; ForeignDataError unless `header` made this block."""
    name, size = ustar.parse_header(block)
    if not _NAME.fullmatch(name):
        raise _malformed()
    return name, size


def _decompress(frame: bytes, room: int) -> bytes:
    try:
        size = zstd.get_frame_info(frame).decompressed_size
        # None when the frame does not say, whatever the type stubs promise.
        unknown = size is None
        magic = frame[: len(_MAGIC)] == _MAGIC  # a skippable frame has another, and no content
        if unknown or not magic or size > room or zstd.get_frame_size(frame) != len(frame):
            raise _malformed()
        content = zstd.ZstdDecompressor().decompress(frame)
    except zstd.ZstdError as error:
        raise _malformed() from error
    if len(content) != size:
        raise _malformed()
    return content


def _saves(data: bytes | memoryview, packed: bytes) -> bool:
    return len(packed) <= len(data) - len(data) // 8


def _malformed() -> ForeignDataError:
    return ForeignDataError("A pack is cut or malformed.", "Fetch the object from another site.")
