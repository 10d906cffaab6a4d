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
_PREFIX_AT = 345
_MODE_AND_OWNER = b"0000400\0" + b"0000000\0" * 2
_TIME = b"%011o\0" % 0
_KIND_AND_MAGIC = b"0" + bytes(100) + b"ustar\x0000" + bytes(80)
# The checksum counts its own field as eight blanks.
_CONSTANT_SUM = sum(_MODE_AND_OWNER + _TIME + b" " * 8 + _KIND_AND_MAGIC)


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
    name_field = last.encode("ascii")
    prefix_field = prefix.encode("ascii")
    # The sum of 512 bytes for each of a pack's many members costs more than all the rest here.
    total = _CONSTANT_SUM + sum(name_field) + sum(length) + sum(prefix_field)
    return b"".join(
        (
            name_field.ljust(_NAME_BYTES, b"\0"),
            _MODE_AND_OWNER,
            length,
            _TIME,
            b"%06o\0 " % total,
            _KIND_AND_MAGIC,
            prefix_field.ljust(BLOCK - _PREFIX_AT, b"\0"),
        )
    )


def parse_header(block: bytes) -> tuple[str, int]:
    """Return name and size of a member; ForeignDataError unless `header` made this block."""
    try:
        name = _text(block[:_NAME_BYTES])
        if prefix := _text(block[_PREFIX_AT : _PREFIX_AT + _PREFIX_BYTES]):
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
