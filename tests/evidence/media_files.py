"""Media made on the spot, good and hostile, as bytes."""

from __future__ import annotations

import io
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping

from PIL import Image

_DAY = b"2018:01:22 21:15:07\0"


def picture(form: str = "JPEG", size: tuple[int, int] = (64, 48), seed: int = 1) -> bytes:
    """A picture of coloured blocks, the same for the same seed."""
    chance = random.Random(seed)
    small = Image.new("RGB", (8, 6))
    small.putdata([(chance.randrange(256),) * 3 for _ in range(48)])
    out = io.BytesIO()
    small.resize(size, Image.Resampling.BICUBIC).save(out, form)
    return out.getvalue()


def with_exif(exif: bytes) -> bytes:
    """A JPEG whose EXIF segment is `exif` (a TIFF without its six bytes of heading)."""
    plain = picture()
    segment = b"Exif\0\0" + exif
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + plain[2:]


def tiff(entries: list[tuple[int, int, int, bytes]], tail: bytes = b"") -> bytes:
    """A little-endian TIFF directory of (tag, type, count, four bytes), then `tail`."""
    body = struct.pack("<H", len(entries))
    for tag, kind, count, value in entries:
        body += struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")[:4]
    return b"II*\0\x08\0\0\0" + body + bytes(4) + tail


def exif_with_time() -> bytes:
    """EXIF that holds one time, DateTimeOriginal, without a time zone."""
    offset = 8 + 2 + 12 + 4
    inner = struct.pack("<H", 1) + struct.pack("<HHII", 36867, 2, 20, offset + 18) + bytes(4) + _DAY
    return tiff([(34665, 4, 1, struct.pack("<I", offset))], inner)


ABSURD: Mapping[str, bytes] = {
    "a count of four milliards": tiff([(271, 2, 2**32 - 1, struct.pack("<I", 8))]),
    "an offset beyond the file": tiff([(271, 2, 100, struct.pack("<I", 2**31))]),
    "a directory that names itself": tiff([(34665, 4, 1, struct.pack("<I", 8))]),
    "65535 entries that are not there": b"II*\0\x08\0\0\0\xff\xff",
    "rationals divided by nothing": tiff(
        [(34853, 4, 1, struct.pack("<I", 26))],
        struct.pack("<H", 2)
        + struct.pack("<HHI4s", 1, 2, 2, b"N\0")
        + struct.pack("<HHII", 2, 5, 3, 60)
        + bytes(64),
    ),
    "noise": random.Random(7).randbytes(2000),
    "nothing": b"",
}


def png(width: int, height: int, pixels: bytes) -> bytes:
    """A PNG that states a size and holds whatever is packed in it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(pixels, 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A ZIP with these members, names as they are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def tarred(members: Mapping[str, bytes], mode: str = "w:gz", links: tuple[str, ...] = ()) -> bytes:
    """A tar with these members and links to /etc/passwd."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for name in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(info)
    return out.getvalue()


def pdf(text: str = "A statement of a neighbour", stream: bytes | None = None) -> bytes:
    """A PDF of one page; `stream` replaces its content as packed bytes."""
    content = zlib.compress(f"BT /F1 24 Tf 72 720 Td ({text}) Tj ET".encode())
    content = content if stream is None else stream
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (6, start)
    return bytes(out)


def pdf_bomb() -> bytes:
    """A PDF whose page unpacks to 400 MiB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 2**20) for _ in range(400)) + packer.flush()
    return pdf(stream=packed)
