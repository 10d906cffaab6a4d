"""Pictures and archives in the examining child: what it answers, its parent believes."""

from __future__ import annotations

import os
import warnings

from tests.evidence.media_files import ABSURD, exif_with_time, picture, tarred, with_exif, zipped
from unburnt.evidence import kinds
from unburnt.evidence.examine_child import Request, answer
from unburnt.evidence.findings import pack, unpack

SEEDS = [
    picture(),
    picture("PNG"),
    picture("GIF"),
    with_exif(exif_with_time()),
    *(with_exif(exif) for exif in list(ABSURD.values())[:4]),
    zipped({"a": b"x" * 50, "../b": b"y"}),
    tarred({"a": b"x"}, "w"),
]


def fuzz(data: bytes) -> None:
    """Take the steps that decode no pixels; the report of each passes the parent's reading."""
    file = os.memfd_create("original")
    try:
        os.write(file, data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the child's standard error goes nowhere
            _steps(file, kinds.kind(data))
    finally:
        os.close(file)


def _steps(file: int, kind: str) -> None:
    for step in ("kind", "metadata", "members"):
        request = Request(file, {"step": step, "kind": kind, "start": 0, "anchors": None})
        with request.stream:
            spelled, blobs = pack(answer(request))
        unpack(spelled, b"".join(blobs))
