"""How a file ends whose name is withheld: by its kind, which its content shows.

    ENDINGS["image/jpeg"]       ->  "jpg"

Fixed here: what a machine's own tables say differs from machine to machine, and a pack must not.
"""

from __future__ import annotations

from collections.abc import Mapping

_OPEN = "application/vnd.openxmlformats-officedocument."
_FREE = "application/vnd.oasis.opendocument."

ENDINGS: Mapping[str, str] = {
    "application/epub+zip": "epub",
    "application/gzip": "gz",
    "application/json": "json",
    "application/pdf": "pdf",
    "application/rtf": "rtf",
    "application/vnd.rar": "rar",
    "application/vnd.sqlite3": "sqlite",
    "application/wacz": "wacz",
    "application/warc": "warc",
    "application/x-7z-compressed": "7z",
    "application/x-age": "age",
    "application/x-bzip2": "bz2",
    "application/x-tar": "tar",
    "application/x-xz": "xz",
    "application/xml": "xml",
    "application/zip": "zip",
    f"{_FREE}presentation": "odp",
    f"{_FREE}spreadsheet": "ods",
    f"{_FREE}text": "odt",
    f"{_OPEN}presentationml.presentation": "pptx",
    f"{_OPEN}spreadsheetml.sheet": "xlsx",
    f"{_OPEN}wordprocessingml.document": "docx",
    "audio/amr": "amr",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "image/avif": "avif",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/webp": "webp",
    "message/rfc822": "eml",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "video/3gpp": "3gp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/x-matroska": "mkv",
    "video/x-msvideo": "avi",
}
