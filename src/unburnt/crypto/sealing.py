"""Sealing to people and epochs: binary age v1 files with X25519 recipients, made by pyrage.

    identity = Identity.generate(secrets.token_bytes)     AGE-SECRET-KEY-1…   32 secret bytes
    sealed = seal(b"plaintext", [identity.recipient])     age1…               32 public bytes
    unseal(sealed, [identity]) == b"plaintext"

The stock `age` opens what is sealed here, and the reverse (age-encryption.org/v1). pyrage draws
the ephemeral and file keys itself, from the operating system: sealing the same twice gives
different bytes. Files in armor, for passphrases or for other recipient types are not opened.
age says nothing about who sealed: authenticity comes from signatures, never from here.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import bech32
import pyrage
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from unburnt.core.errors import CannotOpenError, ForeignDataError, UnburntError, UsageError
from unburnt.crypto.randomness import Random, draw

SECRET_SIZE = 32

RECIPIENT_LIMIT = 128
"""Most recipients of one file."""

STANZA_LIMIT = 160
"""Most recipient stanzas read; the library's time grows with the square of their number."""

HEADER_LIMIT = 16 * 1024
"""Most header bytes read: 128 recipients take 13 kB. Unbounded, 130 kB cost 25 seconds."""

_PIECE = 128 * 1024  # bytes; stays in the processor's cache between hashing and sealing
_GATHERED = 32 * 1024  # bytes; what is longer is passed on at once, without a copy
_HEADER_END = b"\n--- "
_STANZA = b"\n-> "
# The library lets pass stanzas without their last short line, which the stock program refuses.
_HEADER = re.compile(
    rb"age-encryption\.org/v1\n"
    rb"(?:-> [!-~]+(?: [!-~]+)*\n(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n)+"
)
_IDENTITY_HRP = "age-secret-key-"
_RECIPIENT_HRP = "age"
_P = 2**255 - 19
_PROBE = X25519PrivateKey.from_private_bytes(bytes(range(32)))  # any key: see check_recipient


class Reader(Protocol):
    """What bytes come from: `read(n)` gives up to n bytes, none at the end."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes."""


class Writer(Protocol):
    """Where bytes go: `write(data)` tells how many it took."""

    def write(self, data: bytes, /) -> int | None:
        """Take some or all of `data`."""


@dataclass(frozen=True, repr=False)
class Identity:
    """An age X25519 private key; made by `from_secret`, `from_age` or `generate`."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != SECRET_SIZE:
            raise ForeignDataError(
                "An age identity is 32 bytes.", "Restore it from another copy of these keys."
            )

    @classmethod
    def from_secret(cls, secret: bytes) -> Identity:
        """Return the identity of 32 secret bytes; ForeignDataError for another length."""
        return cls(bytes(secret))

    @classmethod
    def generate(cls, random: Random) -> Identity:
        """Return a fresh identity from 32 bytes of `random`."""
        return cls(draw(random, SECRET_SIZE))

    @classmethod
    def from_age(cls, text: str) -> Identity:
        """Return the identity spelled AGE-SECRET-KEY-1… in upper case; ForeignDataError else."""
        secret = _decode_bech32(_IDENTITY_HRP, text.lower()) if text.isascii() else None
        if secret is None or cls(secret).to_age() != text:
            raise ForeignDataError(
                "This is not an age identity.", "It begins with AGE-SECRET-KEY-1; copy it whole."
            )
        return cls(secret)

    def to_age(self) -> str:
        """Return AGE-SECRET-KEY-1…, 74 characters, as `age-keygen` writes it. Secret."""
        return _encode_bech32(_IDENTITY_HRP, self.secret).upper()

    @cached_property
    def recipient(self) -> str:
        """The public half, age1…, 62 characters: what others seal to."""
        public = X25519PrivateKey.from_private_bytes(self.secret).public_key()
        return _encode_bech32(_RECIPIENT_HRP, public.public_bytes_raw())

    def __repr__(self) -> str:
        return f"Identity(recipient={self.recipient})"


def check_recipient(text: str) -> str:
    """Return `text` if it is an age X25519 recipient (age1…) in its one spelling.

    ForeignDataError else, and for the few public keys under which everybody could open the file:
    any secret gives the same result with them (RFC 7748 section 6.1).
    """
    public = _decode_bech32(_RECIPIENT_HRP, text)
    if (
        public is not None
        and int.from_bytes(public, "little") < _P  # above, a number has a second spelling
        and _encode_bech32(_RECIPIENT_HRP, public) == text
    ):
        try:
            _PROBE.exchange(X25519PublicKey.from_public_bytes(public))
        except ValueError:
            pass
        else:
            return text
    raise ForeignDataError(
        "This is not an age recipient.", "It begins with age1 and has 62 characters; copy it whole."
    )


def seal(plaintext: bytes, recipients: Sequence[str]) -> bytes:
    """Return an age file that the identity of each recipient (1 to 128 of age1…) opens.

    UsageError for no or too many recipients; ForeignDataError for a malformed one.
    """
    sealed = io.BytesIO()
    seal_stream(io.BytesIO(plaintext), sealed, recipients)
    return sealed.getvalue()


def unseal(ciphertext: bytes, identities: Sequence[Identity]) -> bytes:
    """Return what was sealed to one of `identities`.

    CannotOpenError for every reason alike: another key, damage, truncation, another format.
    """
    plaintext = io.BytesIO()
    unseal_stream(io.BytesIO(ciphertext), plaintext, identities)
    return plaintext.getvalue()


def seal_stream(reader: Reader, writer: Writer, recipients: Sequence[str]) -> None:
    """Seal all that `reader` gives into `writer`; neither is flushed or closed.

    Errors as `seal`; what `reader` or `writer` raise passes through unchanged. On any error what
    was written is not a whole file: discard it.
    """
    if not 1 <= len(recipients) <= RECIPIENT_LIMIT:
        raise UsageError(
            f"A file is sealed to 1 to {RECIPIENT_LIMIT} recipients.", "Choose who shall read it."
        )
    keys = [pyrage.x25519.Recipient.from_str(check_recipient(text)) for text in recipients]
    source, sink = _Source(reader), _Sink(writer)
    refusal = UsageError("This could not be sealed.", "Check the recipients.")
    _run(lambda plain, sealed: pyrage.encrypt_io(plain, sealed, keys), source, sink, refusal)


def unseal_stream(reader: Reader, writer: Writer, identities: Sequence[Identity]) -> None:
    """Open an age file from `reader` into `writer`; neither is flushed or closed.

    Plaintext is written in chunks of 64 KiB that are each genuine, but only the return of this
    function says that they are all: on any error discard what was written, and act on nothing
    before. CannotOpenError for every reason alike; what `reader` or `writer` raise passes through.
    """
    head = _read_header(reader)
    keys = [pyrage.x25519.Identity.from_str(identity.to_age()) for identity in identities]
    source, sink, refusal = _Source(reader, head), _Sink(writer), CannotOpenError()
    _run(lambda sealed, plain: pyrage.decrypt_io(sealed, plain, keys), source, sink, refusal)


class _Source(io.RawIOBase):
    """Reads for pyrage and keeps the reader's error, which pyrage would turn into its own."""

    def __init__(self, reader: Reader, head: bytes = b"") -> None:
        self._reader, self._head = reader, head
        self.error: BaseException | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        if self._head:
            data, self._head = self._head[: len(room)], self._head[len(room) :]
        else:
            try:
                data = self._reader.read(len(room))
            except BaseException as error:  # kept, not handled: _run raises it again
                self.error = error
                raise
        room[: len(data)] = data
        return len(data)


class _Sink(io.RawIOBase):
    """Writes all of what pyrage gives, and keeps the writer's error.

    Without this a full disk goes unnoticed: pyrage drops the error of the last write, and then
    reports a file as sealed that is cut off.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.error: BaseException | None = None
        self.over = False

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self.over:  # a buffer that is thrown away empties itself once more
            return len(data)
        rest = bytes(data)
        try:
            while rest:
                taken = self._writer.write(rest)
                if not taken:
                    raise OSError("The stream takes no more bytes.")
                rest = rest[taken:]
        except BaseException as error:  # kept, not handled: _run raises it again
            self.error = error
            raise
        return len(data)


def _run(
    action: Callable[[Any, Any], None], source: _Source, sink: _Sink, refusal: UnburntError
) -> None:
    """Let pyrage read and write; raise an end's own error if it had one, else `refusal`.

    pyrage asks for 8 KiB at a time: buffers make larger pieces of that for whoever reads and writes
    here, who may hash them. A failure inside the library may be a panic, which is no Exception.
    """
    failed = False
    try:
        drain = io.BufferedWriter(sink, _GATHERED)
        action(io.BufferedReader(source, _PIECE), drain)
        drain.flush()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:
        failed = True
    finally:
        sink.over = True
    for end in (source, sink):
        if end.error is not None:
            raise end.error
    if failed:
        raise refusal


def _read_header(reader: Reader) -> bytes:
    """Return the first bytes, at least the whole header, of a binary age file of bounded header."""
    head = b""
    while _HEADER_END not in head:
        chunk = reader.read(HEADER_LIMIT) if len(head) <= HEADER_LIMIT else b""
        if not chunk:
            raise CannotOpenError
        head += chunk
    header = head[: head.index(_HEADER_END) + 1]
    within = len(header) <= HEADER_LIMIT and header.count(_STANZA) <= STANZA_LIMIT
    if not (within and _HEADER.fullmatch(header)):
        raise CannotOpenError
    return head


def _encode_bech32(prefix: str, data: bytes) -> str:
    return bech32.bech32_encode(prefix, bech32.convertbits(data, 8, 5) or [])


def _decode_bech32(prefix: str, text: str) -> bytes | None:
    if len(text) != len(prefix) + 1 + 52 + 6:  # "1", 256 bits in fives, checksum
        return None
    found, values = bech32.bech32_decode(text)
    data = bech32.convertbits(values, 5, 8, False) if found == prefix and values else None
    return bytes(data) if data is not None and len(data) == SECRET_SIZE else None
