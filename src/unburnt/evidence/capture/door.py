"""The one door to what the extra `capture` brings: the browser driver and the WARC writer.

    sync_playwright = door.playwright().sync_playwright

Nothing here is imported before a page is really captured. It never installs anything.
"""

from __future__ import annotations

import shutil
from importlib import import_module
from typing import Any

from unburnt.core.errors import UsageError

_BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def playwright() -> Any:
    """Return the module that drives the browser; UsageError when it is not installed."""
    return _module("playwright.sync_api")


def warcio(part: str) -> Any:
    """Return a module of warcio, such as "warcwriter"; UsageError when it is not installed."""
    return _module(f"warcio.{part}")


def indexer() -> Any:
    """Return the module that indexes WARC files; UsageError when it is not installed."""
    return _module("cdxj_indexer.main")


def check() -> None:
    """Raise UsageError unless everything that a capture needs is installed."""
    playwright()
    warcio("warcwriter")
    indexer()
    browser()


def browser() -> str:
    """Return the path of the system's Chromium; UsageError when there is none."""
    for name in _BROWSERS:
        if path := shutil.which(name):
            return path
    raise UsageError(
        "No Chromium is installed here.",
        "Install the package chromium of your system, then repeat.",
    )


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise UsageError(
            "Capturing web pages needs more packages.",
            "Install them: pip install 'unburnt[capture]'.",
        ) from error
