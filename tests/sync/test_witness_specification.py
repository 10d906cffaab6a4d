"""docs/spec/witness.md shows real bytes, and the numbers of the code."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.repository import ROOT
from tests.stock import stock
from unburnt.cli.witness import CODES
from unburnt.crypto import policy, witness
from unburnt.crypto.note import parse_vkey
from unburnt.crypto.witness import cosignature, origin_hash, parse_request, parse_secret
from unburnt.sync import cosigned, witness_client, witness_http, witness_server, witness_store

PAGE = (ROOT / "docs" / "spec" / "witness.md").read_text(encoding="utf-8")
VECTORS = ROOT / "tests" / "vectors" / "witness"
FROZEN = json.loads((VECTORS / "add-checkpoint.json").read_text(encoding="utf-8"))
GOOD = next(c for c in FROZEN["cases"] if c["case"] == "a log that grew from 1 to 3")


def test_the_examples_are_the_frozen_bytes() -> None:
    policies = json.loads((VECTORS / "policy.json").read_text(encoding="utf-8"))
    for shown in (GOOD["request"], GOOD["answer"], policies["policy"], FROZEN["witness"]):
        assert shown in PAGE
    assert f"Content-Length: {len(GOOD['request'].encode())}\n" in PAGE


def test_the_file_that_is_kept_has_the_name_and_size_of_the_page() -> None:
    request, log = parse_request(GOOD["request"].encode()), parse_vkey(FROZEN["log"])
    name, key = parse_secret(FROZEN["witness"])
    kept = cosignature(request, log, name, key, FROZEN["now"], None).note
    assert f"{request.checkpoint.size:010}-{hashlib.sha256(kept).hexdigest()}`" in PAGE
    assert f"{len(kept)} bytes" in PAGE
    assert origin_hash(log.name) in PAGE


@pytest.mark.stock
def test_openssl_finds_the_cosignature_of_the_page_true(tmp_path: Path) -> None:
    line = GOOD["answer"].rstrip("\n").rpartition(" ")[2]
    blob = base64.b64decode(line)[4:]  # without the key id
    key = base64.b64decode(FROZEN["witness_vkey"].rpartition("+")[2])[1:]
    text = GOOD["request"].split("\n\n")[1] + "\n"
    message = f"cosignature/v1\ntime {int.from_bytes(blob[:8], 'big')}\n{text}"
    (tmp_path / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + key)
    (tmp_path / "sig").write_bytes(blob[8:])
    words = (
        "pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile sig".split()
    )
    for said, code in ((message, 0), (message.replace("\n3\n", "\n4\n"), 1)):
        (tmp_path / "text").write_text(said, encoding="utf-8")
        done = subprocess.run([stock("openssl"), *words], cwd=tmp_path, capture_output=True)
        assert done.returncode == code


def test_the_limits_are_those_of_the_code() -> None:
    bounds = {
        f"at most {witness.REQUEST_LIMIT:,} bytes",
        f"0 to {witness.PROOF_LIMIT} lines",
        f"at most {witness_http.HEAD_LIMIT:,} bytes and {witness_http.HEADERS} headers",
        f"{witness_server.HEAD_DEADLINE:.0f} seconds for its head",
        f"and {witness_server.DEADLINE:.0f} for all of it",
        f"{witness_server.CONNECTIONS} connections at once",
        f"`{witness_server.LOOPBACK}:{witness_server.PORT}`",
        f"at most {witness_store.MAX_LOGS:,} logs",
        f"at most {policy.SIZE_LIMIT:,} bytes, at most\n  {policy.LINE_LIMIT} logs",
        f"at most {cosigned.MAX_COSIGNED:,} bytes",
        f"at most {cosigned.STRANGERS} for one size",
        f"waits {witness_client.PATIENCE:.0f} seconds",
    }
    assert {bound for bound in bounds if bound not in PAGE} == set()


def test_every_answer_is_explained() -> None:
    table = PAGE.split("| answer | what it means |", 1)[1].split("\n\n", 1)[0]
    told = re.findall(r"`([a-z-]+)`", "\n".join(row.split("|")[1] for row in table.split("\n")[2:]))
    assert set(told) == set(CODES)
    source = Path(witness_client.__file__).read_text(encoding="utf-8")
    assert {code for code in CODES if f'"{code}"' not in source} == set()
