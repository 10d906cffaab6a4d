"""Web archives of others: WACZ packages, and WARC files by themselves."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile

from unburnt.core.errors import ForeignDataError
from unburnt.evidence.capture import wacz_reading, warc_reading

_WARC = (
    b"WARC/1.1\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
    b"WARC-Date: 2026-11-22T20:00:00Z\r\nWARC-Target-URI: https://example.org/\r\n"
    b"WARC-Block-Digest: sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
)


def _wacz() -> bytes:
    files = {
        "archive/data.warc.gz": gzip.compress(_WARC, mtime=0),
        "indexes/index.cdx": b'a 1 {"offset": "0", "filename": "data.warc.gz"}\n',
        "pages/pages.jsonl": b'{"url": "https://example.org/"}\n',
    }
    listed = [
        {"path": path, "hash": "sha256:" + hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for path, data in files.items()
    ]
    package = json.dumps({"wacz_version": "1.1.1", "resources": listed}).encode()
    digest = "sha256:" + hashlib.sha256(package).hexdigest()
    signed = {"hash": digest, "created": "", "software": "", "signature": "", "publicKey": ""}
    files["datapackage.json"] = package
    files["datapackage-digest.json"] = json.dumps(
        {"path": "datapackage.json", "hash": digest, "signedData": signed}
    ).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in files.items():
            made.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


SEEDS = [_wacz(), _WARC, _WARC + _WARC, gzip.compress(_WARC, mtime=0)]


def fuzz(data: bytes) -> None:
    """Read the bytes as both; only a refusal may come of it."""
    for read in (lambda d: wacz_reading.read(d, roots=()), lambda d: list(warc_reading.records(d))):
        try:
            read(data)
        except ForeignDataError:
            continue
