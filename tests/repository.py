"""The files of this repository, as git knows them: committed, or about to be."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def repository_files() -> list[Path]:
    """Return the relative paths of all files git tracks or would add; skip outside a checkout."""
    if not (ROOT / ".git").exists():
        pytest.skip("this copy is no git checkout, so nothing says which files belong to it")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    paths = [Path(name) for name in listed.decode().split("\0") if name]
    return sorted(path for path in set(paths) if (ROOT / path).is_file())
