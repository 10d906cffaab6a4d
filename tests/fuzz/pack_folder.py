"""A court pack whose maker changed a file of it, counted and sealed it again."""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.publish.pack_world import Packed
from unburnt.core import canonical
from unburnt.workflow.court_pack import Trust, check

_MEMORY = Path("/dev/shm")  # noqa: S108 - memory, where the system offers it as a folder
_PLACE = ExitStack()  # closed when the program ends
_FOLDER = Path(
    _PLACE.enter_context(tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None))
)
_WORLD = Packed(_FOLDER)
_PACK = _WORLD.pack("whole", handle="other")
_WHOLE = {path: path.read_bytes() for path in sorted(_PACK.rglob("*")) if path.is_file()}
_SEALING = ("bag-info.txt", "manifest-sha256.txt", "seal.note", "tagmanifest-sha256.txt")
_CHANGED = [path for path, content in _WHOLE.items() if len(content) < 20_000]
_ITSELF = _PACK / "pack.json"


def _saying(name: str, value: Any) -> bytes:
    changed = {**json.loads(_WHOLE[_ITSELF]), name: value}
    return bytes([_CHANGED.index(_ITSELF)]) + canonical.encode(changed)


SEEDS = [
    *(bytes([number]) + _WHOLE[path] for number, path in enumerate(_CHANGED)),
    _saying("recipient", "é"),
    _saying("fields", [[]]),
    _saying("not_included", [None]),
]


def fuzz(data: bytes) -> None:
    """Let the rest of the bytes be the file that the first names; only the whole pack passes."""
    changed = _CHANGED[data[0] % len(_CHANGED)] if data else _ITSELF
    changed.write_bytes(data[1:])
    try:
        if changed.name not in _SEALING:
            _WORLD.seal_again(_PACK)
        verdict = check(_PACK, Trust())
        assert verdict.word == ("OPEN" if verdict.whole else "REFUSED")
    finally:
        for name in {changed, *(_PACK / one for one in _SEALING)}:
            name.write_bytes(_WHOLE[name])
