"""Where the stock programs are that judge our formats, and what to do when one is missing."""

from __future__ import annotations

import os
import shutil

import pytest


def stock(program: str) -> str:
    """Return the path of a stock program such as age; skip the test when it is not installed.

    With UNBURNT_REQUIRE_STOCK=1 its absence is a failure, so that nothing is skipped silently.
    """
    path = shutil.which(program)
    if path is None:
        reason = f"the stock program {program} is not installed here"
        if os.environ.get("UNBURNT_REQUIRE_STOCK") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return path
