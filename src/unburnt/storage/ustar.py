"""The one tar header a file can have here: POSIX.1-1988 ustar, mode 0400, no owner, no time.

    header("log/<device>/0000000001", 812)     512 bytes that every tar reads
    parse_header(block)                        ("log/<device>/0000000001", 812)

A header is accepted only if `header` would have made it, byte for byte; so links, devices, owners,
times, extensions, second spellings and wrong checksums are all refused by one comparison.
"""

from __future__ import annotations

from unburnt.core.errors import ForeignDataError, UsageError

BLOCK = 512
_NAME_BYTES = 100
_PREFIX_BYTES = 155
_OCTAL_END = 8**11  # 8 GiB; beyond, eleven octal digits are not enough
_MAX_SIZE = 2**63


def header(name: str, size: int) -> bytes:
    """Return the header of a regular file of `size` bytes.

    A name beyond 100 bytes is split at its last slash, as ustar does; a size from 8 GiB on is
    written in the binary form of GNU tar, which every tar reads. Raises UsageError for the rest.
    """
    last = name
    prefix = ""
    if len(name) > _NAME_BYTES:
        prefix, _, last = name.rpartition("/")
    ends = name.startswith("/") or name.endswith("/") or "\0" in name or not name.isascii()
    if not last or ends or len(last) > _NAME_BYTES or len(prefix) > _PREFIX_BYTES:
        raise UsageError("No tar member can have this name.", "See docs/spec/sites.md, Bundles.")
    if not 0 <= size < _MAX_SIZE:
        raise UsageError("No tar member can have this size.", "See docs/spec/sites.md, Bundles.")
    length = b"%011o\0" % size if size < _OCTAL_END else b"\x80" + size.to_bytes(11, "big")
    block = b"".join(
        (
            last.encode("ascii").ljust(_NAME_BYTES, b"\0"),
            b"0000400\0" + b"0000000\0" * 2,
            length,
            b"%011o\0" % 0,
            b" " * 8,  # the checksum counts its own field as blanks
            b"0" + bytes(100),
            b"ustar\x0000" + bytes(80),
            prefix.encode("ascii").ljust(_PREFIX_BYTES, b"\0"),
        )
    ).ljust(BLOCK, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def parse_header(block: bytes) -> tuple[str, int]:
    """Return name and size of a member; ForeignDataError unless `header` made this block."""
    try:
        name = _text(block[:_NAME_BYTES])
        if prefix := _text(block[345 : 345 + _PREFIX_BYTES]):
            name = f"{prefix}/{name}"
        digits = block[124:136]
        size = int.from_bytes(digits[1:], "big") if digits[:1] == b"\x80" else int(digits[:11], 8)
        if header(name, size) == block:
            return name, size
    except (ValueError, UsageError):
        pass
    raise ForeignDataError(
        "This is not a header that was written here.", "Ask for the file again: it was changed."
    )


def filling(size: int) -> bytes:
    """Return the zero bytes that follow `size` bytes of content up to the next block."""
    return bytes(-size % BLOCK)


def _text(field: bytes) -> str:
    return field.rstrip(b"\0").decode("ascii")
