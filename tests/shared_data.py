"""Where the real test data lies, and what to do when it is not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared(relative: str) -> Path:
    """Return the path of a shared data file; skip the test when it is absent.

    With UNBURNT_REQUIRE_SHARED=1 its absence is a failure, so that nothing is skipped silently.
    """
    path = ROOT / relative
    if not path.exists():
        reason = f"test data ../shared/data/{relative} is not beside this checkout"
        if os.environ.get("UNBURNT_REQUIRE_SHARED") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return path
