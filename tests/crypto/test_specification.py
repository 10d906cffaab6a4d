"""docs/spec/crypto.md shows real bytes and names every label that the code uses."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.stock import stock

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "spec" / "crypto.md").read_text(encoding="utf-8")
LABEL = re.compile(r"unburnt/[a-z-]+/v[0-9]+")

SHOWN = [  # file, case, the fields whose values stand in the page
    ("hashing", "digest under unburnt/share/v1 of 24 bytes", ["result"]),
    ("hashing", "16 bytes expanded for unburnt/salt/v1", ["result"]),
    ("merkle", "root of 3 leaves", ["result"]),
    ("merkle", "leaf 4 is in 7", ["leaf", "path", "root"]),
    ("signing", "the signature of a message", ["public", "result"]),
    ("note", "a note with one signature", ["note", "vkeys"]),
    ("checkpoint", "a cosigned checkpoint", ["note", "cosigners"]),
    ("sealing", "an identity and its recipient", ["identity", "recipient"]),
    ("sealing", "a file of one chunk", ["file"]),
    ("passphrase", "the standard cost", ["passphrase", "parameters", "recipient"]),
    ("shares", "the published hash of a card", ["card", "hash"]),
]


def case(file: str, name: str) -> dict[str, Any]:
    path = ROOT / "tests" / "vectors" / "crypto" / f"{file}.json"
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    found: dict[str, Any] = next(c for c in cases if c["case"] == name)
    return found


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize(("file", "name", "fields"), SHOWN, ids=[name for _, name, _ in SHOWN])
def test_the_examples_are_the_frozen_bytes(file: str, name: str, fields: list[str]) -> None:
    frozen = case(file, name)
    for field in fields:
        value = frozen[field]
        if isinstance(value, dict):
            value = json.dumps(value, sort_keys=True)
        for part in [value] if isinstance(value, str) else value:
            assert bare(part) in bare(PAGE), part


def test_the_table_of_labels_is_that_of_the_code() -> None:
    used = {
        label
        for module in (ROOT / "src").rglob("*.py")
        for label in LABEL.findall(module.read_text(encoding="utf-8"))
    }
    section = PAGE.partition("## 2. Labels")[2].partition("## 3.")[0]
    listed = LABEL.findall(section)
    assert sorted(listed) == sorted(used)


@pytest.mark.stock
def test_openssl_verifies_the_note_of_the_page(tmp_path: Path) -> None:
    note = case("note", "a note with one signature")
    text, _, line = note["note"].rpartition("\n\n")
    signature = base64.b64decode(line.split(" ")[2])[4:]
    public = base64.b64decode(note["vkeys"][0].split("+", 2)[2])[1:]
    (tmp_path / "text").write_text(text + "\n", encoding="utf-8")
    (tmp_path / "sig").write_bytes(signature)
    (tmp_path / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + public)
    command = next(part for part in PAGE.split("\n") if part.startswith("openssl pkeyutl"))
    run = [stock("openssl"), *command.split()[1:]]
    assert subprocess.run(run, cwd=tmp_path, capture_output=True).returncode == 0
    (tmp_path / "text").write_text("another\n", encoding="utf-8")
    assert subprocess.run(run, cwd=tmp_path, capture_output=True).returncode != 0


@pytest.mark.stock
def test_stock_age_opens_the_file_of_the_page(tmp_path: Path) -> None:
    sealed = case("sealing", "a file of one chunk")
    (tmp_path / "key.txt").write_text(sealed["identity"] + "\n")
    opened = subprocess.run(
        [stock("age"), "--decrypt", "-i", str(tmp_path / "key.txt")],
        input=base64.b64decode(sealed["file"]),
        capture_output=True,
        check=True,
    )
    assert opened.stdout == b"Nothing is lost.\n"
