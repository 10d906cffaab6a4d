"""Pictures: size, what their metadata claims, how they look, and a small copy without metadata.

    metadata(stream)       ->  findings: width, height, orientation, capturedAt, capturePlace, …
    look(stream)           ->  a thumbnail of 320 pixels and a perceptual hash of 64 bits
    distance("…", "…")     ->  0 to 64 bits in which two hashes differ

Specification: docs/spec/media.md, "Pictures". Runs in the examining child. Never decodes more than
100 megapixels, and never says that two pictures with similar hashes are the same picture.
"""

from __future__ import annotations

import io
from typing import Any, BinaryIO

from unburnt.core.errors import ForeignDataError
from unburnt.evidence import camera_claims
from unburnt.evidence.findings import Derived, Failure, Finding, Report
from unburnt.evidence.media_libraries import MAX_PIXELS, library, pillow, tool

THUMBNAIL = 320  # pixels of the longer side
QUALITY = 80  # of the JPEG
SCHEME = "dhash64"
NEAR = 10  # bits of 64 in which copies of one picture differ at most, as a rule
_OPERATIONS = (
    f"turned as EXIF orientation says; reduced to fit {THUMBNAIL} × {THUMBNAIL} (Lanczos); "
    f"transparency laid on white; saved as JPEG of quality {QUALITY} without metadata"
)
_POINTERS = frozenset({34665, 34853, 40965, 37500})  # offsets to other directories, maker's notes


def metadata(stream: BinaryIO) -> Report:
    """Return size, orientation and claims of a picture; its pixels are not decoded."""
    made_by = tool("pillow")
    with _open(stream) as image:
        width, height = image.size
        findings = [_computed("width", str(width)), _computed("height", str(height))]
        try:
            findings += _claims(image, made_by)
            failures: tuple[Failure, ...] = ()
        except Exception as error:  # a library may raise anything about hostile metadata
            failures = (Failure("metadata", f"EXIF cannot be read ({type(error).__name__})."),)
    return Report(tuple(findings), failures=failures, tools=(made_by,))


def look(stream: BinaryIO) -> Report:
    """Return a thumbnail and the perceptual hash of a picture."""
    made_by = tool("pillow")
    with _open(stream) as image:
        _check_pixels(image)
        image.draft("RGB", (2 * THUMBNAIL, 2 * THUMBNAIL))  # a JPEG is decoded smaller, and faster
        upright = library("PIL.ImageOps").exif_transpose(image)
        small = thumbnail(upright)
        hashed = Finding("perceptualHash", {"identifier": dhash(upright), "scheme": SCHEME})
    made = Derived("thumbnail", "image/jpeg", "thumbnail.jpg", made_by, _OPERATIONS, data=small)
    return Report((hashed,), (made,), tools=(made_by,))


def thumbnail(image: Any) -> bytes:
    """Return a small JPEG of a picture, without any metadata."""
    pil = pillow()
    small = image.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL), pil.Resampling.LANCZOS)
    if small.mode not in ("RGB", "L"):
        with_alpha = small.convert("RGBA")
        small = pil.new("RGB", with_alpha.size, "white")
        small.paste(with_alpha, mask=with_alpha.getchannel("A"))
    clean = pil.new(small.mode, small.size)  # a new picture: nothing but pixels comes along
    clean.paste(small)
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def dhash(image: Any) -> str:
    """Return the difference hash: 9 × 8 grey pixels, a bit where the right one is lighter.

    Row by row from the top left, the first bit the highest; 16 hex digits.
    """
    grey = image.convert("L").resize((9, 8), pillow().Resampling.LANCZOS)
    pixels = grey.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            at = 9 * row + column
            bits = bits << 1 | (pixels[at + 1] > pixels[at])
    return f"{bits:016x}"


def distance(one: str, other: str) -> int:
    """Return in how many of 64 bits two perceptual hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def upright_png(stream: BinaryIO, most: int) -> bytes:
    """Return a picture as a grey PNG of at most `most` pixels, for recognising text."""
    with _open(stream) as image:
        _check_pixels(image)
        grey = library("PIL.ImageOps").exif_transpose(image).convert("L")
        return grey_png(grey, most)


def grey_png(grey: Any, most: int) -> bytes:
    """Return a grey picture as PNG, made smaller where it has more than `most` pixels."""
    scale = (most / (grey.width * grey.height)) ** 0.5
    if scale < 1:
        grey = grey.resize((max(1, int(grey.width * scale)), max(1, int(grey.height * scale))))
    out = io.BytesIO()
    grey.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _open(stream: BinaryIO) -> Any:
    try:
        return pillow().open(stream)
    except Exception as error:  # Pillow raises whatever the bytes lead it to
        if type(error).__name__ == "DecompressionBombError":
            raise _too_large() from error
        raise ForeignDataError("The picture is damaged or of no known form.", "Keep it.") from error


def _check_pixels(image: Any) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise _too_large()


def _too_large() -> ForeignDataError:
    return ForeignDataError(f"The picture has more than {MAX_PIXELS // 10**6} megapixels.", "Keep.")


def _computed(property: str, number: str) -> Finding:
    return Finding(property, {"number": number, **({"unit": "px"})})


def _claims(image: Any, made_by: str) -> list[Finding]:
    exif = image.getexif()
    details, gps = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
    found = list(camera_claims.from_exif(exif, details, gps, made_by))
    turned = exif.get(274)
    if isinstance(turned, int) and 1 < turned <= 8:
        where = "EXIF Orientation"
        found.append(camera_claims.reported("orientation", {"number": str(turned)}, where, made_by))
    xmp = image.info.get("xmp", b"")
    packet = xmp.encode() if isinstance(xmp, str) else bytes(xmp)
    fields, claims = camera_claims.from_xmp(packet, made_by) if packet else ({}, [])
    known = {finding.property for finding in found}
    found += [claim for claim in claims if claim.property not in known]
    names = library("PIL.ExifTags")
    spelled = {
        str(known_names.get(tag, tag)): value
        for tags, known_names in ((exif, names.TAGS), (details, names.TAGS), (gps, names.GPSTAGS))
        for tag, value in tags.items()
        if tag not in _POINTERS
    }
    iptc = library("PIL.IptcImagePlugin").getiptcinfo(image) or {}
    for what, all_fields in (
        ("EXIF", spelled),
        ("XMP", fields),
        ("IPTC", camera_claims.from_iptc(iptc)),
    ):
        found += camera_claims.shown(what, all_fields, made_by)
    return found
