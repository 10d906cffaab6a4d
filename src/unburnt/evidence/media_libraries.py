"""The libraries and programs that read foreign media, loaded only when they are needed.

    pillow()                 the package, with HEIC where its plug-in is installed; UsageError else
    program("tesseract")     the path of a program, or None when it is not installed

They are loaded in the examining child alone; the parent asks `missing` whether they are there.
"""

from __future__ import annotations

import shutil
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from unburnt.core.errors import UsageError

MAX_PIXELS = 100_000_000  # what cameras of today reach; more is a bomb or a map
_WANTED = ("PIL", "c2pa", "kreuzberg", "pillow_heif", "puremagic", "pypdfium2")


def missing() -> list[str]:
    """Return the packages of the extra `media` that are not installed."""
    return [name for name in _WANTED if find_spec(name) is None]


def check_installed() -> None:
    """Raise UsageError with the command to type unless the extra `media` is installed."""
    if missing():
        raise UsageError(
            "Examining files needs more packages.", "Install them: pip install 'unburnt[media]'."
        )


def pillow() -> Any:
    """Return PIL.Image, bounded, with HEIC."""
    image = _load("PIL.Image")
    image.MAX_IMAGE_PIXELS = MAX_PIXELS
    _load("pillow_heif").register_heif_opener(thumbnails=False)
    return image


def library(name: str) -> Any:
    """Return a module of the extra `media`."""
    return _load(name)


def program(name: str) -> str | None:
    """Return the path of a program, or None."""
    return shutil.which(name)


def tool(package: str) -> str:
    """Return a package's name and version, such as "pillow 13.0.0"."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return package


def _load(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise UsageError(
            "Examining files needs more packages.", "Install them: pip install 'unburnt[media]'."
        ) from error
