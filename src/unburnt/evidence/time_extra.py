"""The libraries of the extra `time`, loaded when they are first needed.

    rfc3161_client()                           the module, or UsageError with the way to install it

Nothing at start-up imports them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from unburnt.core.errors import UsageError


def rfc3161_client() -> Any:
    """Return the library for RFC 3161."""
    return _load("rfc3161_client")


def request_reader() -> Any:
    """Return the library's reader of requests, which it does not name among its public ones."""
    return _load("rfc3161_client._rust").parse_timestamp_request


def opentimestamps(part: str) -> Any:
    """Return a part of the library for OpenTimestamps, such as "core.timestamp"."""
    return _load(f"opentimestamps.{part}")


def _load(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise UsageError(
            "Stamping time and checking stamps needs more packages.",
            "Install them: pip install 'unburnt[time]'.",
        ) from error
