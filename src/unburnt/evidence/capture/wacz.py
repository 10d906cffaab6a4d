"""The WACZ file of a capture: one zip of stored files, with an index, a page list and digests.

    data = write(seen)
    # datapackage.json, datapackage-digest.json, archive/data.warc.gz, indexes/index.cdx,
    # pages/pages.jsonl

WACZ 1.1.1 (specs.webrecorder.net/wacz/1.1.1). The same capture always gives the same bytes. It is
not signed by itself: our log's signed entry names its digest, and says more.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from unburnt import __version__
from unburnt.core.errors import ForeignDataError, UnburntError
from unburnt.evidence.capture import door, warc
from unburnt.evidence.capture.record import Seen, plain_text

VERSION = "1.1.1"
WARC = "archive/data.warc.gz"
INDEX = "indexes/index.cdx"
PAGES = "pages/pages.jsonl"
PACKAGE = "datapackage.json"
DIGEST = "datapackage-digest.json"
_MOMENT = (1980, 1, 1, 0, 0, 0)  # the first that a zip can say; the real one is in the package


def write(seen: Seen) -> bytes:
    """Return the WACZ file.

    Raises UsageError when the extra `capture` is not installed, ForeignDataError when the page gave
    what cannot be written as an archive.
    """
    try:
        archive = warc.write(seen)
        index = _index(archive)
    except UnburntError:
        raise
    except Exception as error:  # the writer and the indexer of others raise a dozen kinds
        raise ForeignDataError(
            "What the page gave cannot be written as a web archive.",
            "Look at the address by hand.",
        ) from error
    files = {WARC: archive, INDEX: index, PAGES: _pages(seen)}
    package = _json(_package(seen, files))
    files[PACKAGE] = package
    files[DIGEST] = _json({"path": PACKAGE, "hash": _sha256(package)})
    return pack(files)


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the zip of these files: stored, in this order, with nothing that varies."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # the same on every system
            made.writestr(entry, data)
    return out.getvalue()


def _index(archive: bytes) -> bytes:
    """Return the CDXJ index: one line a record, sorted."""
    out = io.StringIO()
    named = io.BytesIO(archive)
    indexer = door.indexer().CDXJIndexer(out, [named], sort=True, records="response,resource")
    indexer.process_one(named, indexer.output, WARC.rpartition("/")[2])
    return "".join(sorted(out.getvalue().splitlines(keepends=True))).encode("utf-8")


def _pages(seen: Seen) -> bytes:
    head = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}
    page = {
        "id": hashlib.sha256(f"{seen.started}\n{seen.asked}".encode()).hexdigest()[:22],
        "url": seen.final,
        "ts": seen.started,
        "title": plain_text(seen.view.title)[:500],
    }
    return b"".join(_json(line).replace(b"\n", b"") + b"\n" for line in (head, page))


def _package(seen: Seen, files: dict[str, bytes]) -> dict[str, Any]:
    return {
        "profile": "data-package",
        "wacz_version": VERSION,
        "software": f"unburnt {__version__}",
        "created": seen.ended,
        "title": plain_text(seen.view.title)[:500] or seen.final,
        "mainPageUrl": seen.final,
        "mainPageDate": seen.started,
        "resources": [
            {
                "name": path.rpartition("/")[2],
                "path": path,
                "hash": _sha256(data),
                "bytes": len(data),
            }
            for path, data in files.items()
        ],
    }


def _sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
