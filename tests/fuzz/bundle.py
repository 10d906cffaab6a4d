"""A bundle from a stick."""

from __future__ import annotations

import io
import os
from pathlib import Path

from unburnt.sync.members import scan

SEEDS = [(Path(__file__).parents[1] / "vectors" / "bundle" / "whole.unburnt").read_bytes()]


def fuzz(data: bytes) -> None:
    """Read all of it from a file that nobody else sees."""
    descriptor = os.memfd_create("bundle")
    try:
        os.write(descriptor, data)
        os.lseek(descriptor, 0, os.SEEK_SET)
        with io.FileIO(descriptor, closefd=False) as file:
            scan(file)
    finally:
        os.close(descriptor)
