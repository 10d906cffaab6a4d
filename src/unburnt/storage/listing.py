"""Listing what lies in the folder of a site: legal names, and what was put aside.

    walk(root, "keys/")                                  sorted names, strangers left out
    asides(root, "quarantine/keys/…/56a7…", check)       ["quarantine/keys/…/56a7…-1", …]

Never follows a link.
"""
# Strings, not Paths: see `medium`.
# ruff: noqa: PTH112, PTH114, PTH208

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from unburnt.storage.names import KINDS, is_name

_DEPTH = 3  # folders above a file: keys/<epoch>/<holder>/


def walk(root: str, prefix: str) -> Iterator[str]:
    """Yield the names below a folder that begin with `prefix` (checked), sorted.

    Begins at the folder that the prefix names: one key among 100,000 is found at once.
    """
    folder = prefix[: prefix.rfind("/") + 1]
    parts = folder.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        above = "/".join((root, *parts[:depth]))
        if os.path.islink(above) or not os.path.isdir(above):
            return
    yield from _walk(root, folder, prefix, len(parts))


def _walk(root: str, folder: str, prefix: str, depth: int) -> Iterator[str]:
    found = []
    with os.scandir(f"{root}/{folder}") as entries:
        for entry in entries:
            name = folder + entry.name
            if entry.is_dir(follow_symlinks=False):
                if depth < _DEPTH and (depth or name in KINDS):
                    found.append(name + "/")
            elif name.startswith(prefix) and is_name(name) and entry.is_file(follow_symlinks=False):
                found.append(name)
    for name in sorted(found):
        if not name.endswith("/"):
            yield name
        elif name.startswith(prefix) or prefix.startswith(name):
            yield from _walk(root, name, prefix, depth + 1)


def asides(root: str, name: str, check_folders: Callable[[str], None]) -> list[str]:
    """Return the numbered names beside `name` that lie there, sorted; `check_folders` comes first.

    Raises what it raises for links; folders that are not there hold nothing.
    """
    folder, _, last = name.rpartition("/")
    try:
        check_folders(name)
        found = os.listdir(f"{root}/{folder}")
    except FileNotFoundError:
        return []
    return [f"{folder}/{one}" for one in sorted(found) if one.startswith(f"{last}-")]
