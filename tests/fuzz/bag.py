"""The tag files of a bag, each read as what it is, then a whole folder that holds them."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

from unburnt.core.errors import ForeignDataError
from unburnt.publish.bagit import (
    Declaration,
    check,
    parse_declaration,
    parse_fetch,
    parse_info,
    parse_manifest,
)

SEEDS = [
    b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
    b"\0".join(
        (
            b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-16\n",
            b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  data/a%25%0Ab\n"
            * 2,
            b"Payload-Oxum: 3.1\nSource-Organization: one\n  and more\n",
            b"http://localhost/ - data/./../a\n",
        )
    ),
    "e3b0  ./data/Núñez\ne3b0 *data/nu\u0301n\u0303ez\r\n".encode(),
]
_NAMES = ("bagit.txt", "manifest-sha256.txt", "bag-info.txt", "fetch.txt")


def fuzz(data: bytes) -> None:
    """Read the bytes as every tag file in two versions, then as the files of one bag."""
    for declared in (Declaration("1.0", "utf-8"), Declaration("0.97", "utf-16")):
        for parse in (parse_manifest, parse_info, parse_fetch):
            with suppress(ForeignDataError):
                parse(data, declared)
    with suppress(ForeignDataError):
        parse_declaration(data)
    with tempfile.TemporaryDirectory() as folder:
        for name, part in zip(_NAMES, data.split(b"\0"), strict=False):
            (Path(folder) / name).write_bytes(part)
        check(Path(folder))
