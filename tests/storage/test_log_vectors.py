"""Our own frozen bytes: each case in tests/vectors/log keeps its verdict for ever.

Cases are only added. A changed verdict means that old archives would be read differently.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.stock import stock
from unburnt.core.errors import ForeignDataError
from unburnt.crypto.note import Verifier
from unburnt.crypto.sealing import Identity, unseal
from unburnt.crypto.signing import SigningKey
from unburnt.model import entry as entries
from unburnt.model.batch import Batch
from unburnt.model.chain import Tip
from unburnt.model.entry import signer_name
from unburnt.storage import pack
from unburnt.storage.journal import read_checkpoint

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "vectors" / "log"
PAGE = (ROOT / "docs" / "spec" / "log.md").read_text(encoding="utf-8")

Case = dict[str, Any]


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


LOG, ENTRIES, PACKS = load("log.json"), load("entries.json")["cases"], load("packs.json")
SEALED = base64.b64decode(LOG["object"])
VERIFIER = Verifier(signer_name(LOG["archive"], LOG["device"]), bytes.fromhex(LOG["public"]))


def test_the_frozen_log_is_verified_entry_by_entry_and_by_its_checkpoints() -> None:
    tip = Tip.start(LOG["archive"], LOG["device"])
    for frozen, signed, root in zip(LOG["entries"], LOG["checkpoints"], LOG["roots"], strict=True):
        tip = tip.extend(entries.read(frozen["note"].encode()), VERIFIER)
        assert tip.previous == frozen["leaf"]
        assert tip.head.root.hex() == root
        assert read_checkpoint(signed.encode(), VERIFIER) == tip.checkpoint()


def test_signing_the_same_header_gives_the_frozen_note() -> None:
    key = SigningKey.from_seed(bytes.fromhex(LOG["seed"]))
    for frozen in LOG["entries"]:
        header = entries.read(frozen["note"].encode()).header
        assert entries.sign(header, key).note.encode().decode() == frozen["note"]


def test_the_frozen_object_holds_the_batch_whose_root_was_signed() -> None:
    header = entries.read(LOG["entries"][1]["note"].encode()).header
    assert header.object == (hashlib.sha256(SEALED).hexdigest(), len(SEALED))
    tar = unseal(SEALED, [Identity.from_age(LOG["epoch_identity"])])
    assert hashlib.sha256(tar).hexdigest() == LOG["tar_sha256"]
    batch = Batch.read(pack.read(tar))
    assert (batch.root(), batch.bucket) == (header.statements_root, header.bucket)
    known = json.loads((ROOT / "tests/vectors/statement/batch.json").read_text(encoding="utf-8"))
    assert [line.decode() for line in batch.lines] == [c["line"] for c in known["statements"]]


@pytest.mark.stock
def test_the_frozen_object_is_opened_by_stock_age_and_tar(tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text(LOG["epoch_identity"] + "\n")
    (tmp_path / "object").write_bytes(SEALED)
    command = [stock("age"), "-d", "-i", "key.txt", "-o", "tar", "object"]
    subprocess.run(command, cwd=tmp_path, check=True)
    subprocess.run([stock("tar"), "xf", "tar"], cwd=tmp_path, check=True)
    assert (tmp_path / "secret").read_text() == bytes(range(32)).hex() + "\n"
    if (tmp_path / "statements.jsonl.zst").exists():
        command = [stock("zstd"), "-q", "-d", "statements.jsonl.zst"]
        subprocess.run(command, cwd=tmp_path, check=True)
    lines = (tmp_path / "statements.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3


@pytest.mark.parametrize("case", ENTRIES, ids=[case["case"] for case in ENTRIES])
def test_a_frozen_entry_keeps_its_verdict(case: Case) -> None:
    if case["verdict"] == "verified":
        entries.read(case["note"].encode()).verify(VERIFIER)
        return
    assert case["verdict"] == "ForeignDataError"
    with pytest.raises(ForeignDataError):
        entries.read(case["note"].encode()).verify(VERIFIER)


@pytest.mark.parametrize("case", PACKS["cases"], ids=[case["case"] for case in PACKS["cases"]])
def test_a_frozen_pack_keeps_its_verdict(case: Case) -> None:
    data = base64.b64decode(case["head"]) + bytes(case["zeros"])
    if case["verdict"] == "opens":
        members = pack.read(data)
        assert {n: hashlib.sha256(d).hexdigest() for n, d in members.items()} == case["members"]
        return
    assert case["verdict"] == "ForeignDataError"
    with pytest.raises(ForeignDataError):
        pack.read(data)


def test_the_frozen_lengths_are_padded_alike() -> None:
    assert [[n, pack.padded(n)] for n, _ in PACKS["padded"]] == PACKS["padded"]


def test_no_frozen_case_was_lost() -> None:  # only ever raised
    assert (len(LOG["entries"]), len(ENTRIES), len(PACKS["cases"])) == (2, 15, 15)


def test_the_examples_of_the_page_are_the_frozen_bytes() -> None:
    bare = re.sub(r"\s+", "", PAGE)
    for text in (
        LOG["entries"][1]["note"],
        LOG["checkpoints"][1],
        *(entry["leaf"] for entry in LOG["entries"]),
    ):
        assert re.sub(r"\s+", "", text) in bare
