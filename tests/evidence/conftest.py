"""This room is tested in the second half: the core suite is the walking core's, in seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
CORE = {"test_intake.py", "test_tables.py"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies in this folder, but for what the core rests on."""
    for item in items:
        if item.path.is_relative_to(HERE) and item.path.name not in CORE:
            item.add_marker(pytest.mark.slow)
