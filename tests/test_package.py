"""The built package holds what the checkout holds: modules, vocabularies, translations, types."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.repository import ROOT, repository_files

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
    (path,) = folder.glob("unburnt-*.whl")
    return zipfile.ZipFile(path)


def test_every_file_of_the_source_is_packed(wheel: zipfile.ZipFile) -> None:
    source = {
        path.relative_to("src").as_posix()
        for path in repository_files()
        if path.is_relative_to("src")
    }
    packed = {name for name in wheel.namelist() if name.startswith("unburnt/")}
    assert "unburnt/py.typed" in source
    assert source - packed == set()
    assert {Path(name).suffix for name in packed - source} <= {".mo"}


def test_the_package_names_its_command_and_licence(wheel: zipfile.ZipFile) -> None:
    notes = {Path(name).name: name for name in wheel.namelist() if ".dist-info/" in name}
    assert "unburnt = unburnt.cli.start:main" in wheel.read(notes["entry_points.txt"]).decode()
    metadata = wheel.read(notes["METADATA"]).decode()
    assert "License-Expression: MIT" in metadata
    assert "LICENSE" in notes
