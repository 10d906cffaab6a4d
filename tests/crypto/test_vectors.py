"""Our own frozen bytes: each case in tests/vectors/crypto keeps its verdict for ever.

Cases are only added. A changed verdict means that old archives would be read differently.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unburnt.core.errors import CannotOpenError, ForeignDataError, UnburntError, UsageError
from unburnt.crypto import checkpoint, hashing, merkle, note
from unburnt.crypto.note import COSIGNATURE
from unburnt.crypto.passphrase import Parameters, derive
from unburnt.crypto.sealing import Identity, check_recipient, unseal
from unburnt.crypto.shares import combine, share_hash
from unburnt.crypto.signing import SigningKey, verify

Case = dict[str, Any]
FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "crypto"
REFUSALS: dict[str, type[UnburntError]] = {
    error.__name__: error for error in (CannotOpenError, ForeignDataError, UsageError)
}
COUNTS = {  # only ever raised: a case that is lost would otherwise go unnoticed
    "checkpoint": 10,
    "hashing": 13,
    "merkle": 23,
    "note": 20,
    "passphrase": 13,
    "sealing": 19,
    "shares": 12,
    "signing": 9,
}


def run_hashing(case: Case) -> None:
    if case["do"] == "digest":
        result = hashing.digest(case["label"], bytes.fromhex(case["data"]))
    else:
        key, info = bytes.fromhex(case["key"]), bytes.fromhex(case["info"])
        result = hashing.expand(key, info, case["length"])
    assert result.hex() == case["result"]


def run_merkle(case: Case) -> None:
    path = [bytes.fromhex(part) for part in case.get("path", ())]
    if case["do"] == "root":
        leaves = [merkle.leaf_hash(bytes.fromhex(data)) for data in case["data"]]
        assert merkle.root(leaves).hex() == case["result"]
    elif case["do"] == "inclusion":
        leaf, root = bytes.fromhex(case["leaf"]), bytes.fromhex(case["root"])
        judged = merkle.verify_inclusion(leaf, case["index"], case["size"], path, root)
        assert str(judged).lower() == case["verdict"]
    else:
        roots = bytes.fromhex(case["old_root"]), bytes.fromhex(case["new_root"])
        judged = merkle.verify_consistency(case["old_size"], case["new_size"], *roots, path)
        assert str(judged).lower() == case["verdict"]


def run_signing(case: Case) -> None:
    public, message = bytes.fromhex(case["public"]), bytes.fromhex(case["message"])
    if case["do"] == "sign":
        key = SigningKey.from_seed(bytes.fromhex(case["seed"]))
        assert (key.public, key.sign(message).hex()) == (public, case["result"])
    else:
        judged = verify(public, message, bytes.fromhex(case["signature"]))
        assert str(judged).lower() == case["verdict"]


def run_note(case: Case) -> None:
    if "vkey" in case:
        parsed_key = note.parse_vkey(case["vkey"])
        assert (parsed_key.name, parsed_key.public.hex()) == (case["name"], case["public"])
        return
    data = case["note"].encode()
    parsed = note.parse(data)
    assert parsed.encode() == data
    names = note.verified_by(parsed, [note.parse_vkey(key) for key in case["vkeys"]])
    assert list(names) == case["names"]


def run_checkpoint(case: Case) -> None:
    parsed = note.parse(case["note"].encode())
    verifier = note.parse_vkey(case["vkey"])
    assert note.verified_by(parsed, [verifier]) == (verifier.name,)
    state = checkpoint.parse_checkpoint(parsed.text)
    cosigners = [note.parse_vkey(key, COSIGNATURE) for key in case["cosigners"]]
    times = checkpoint.cosigned_by(parsed, cosigners)
    assert (state.origin, state.size, state.root.hex(), times) == tuple(
        case[name] for name in ("origin", "size", "root", "times")
    )


def run_sealing(case: Case) -> None:
    if "file" in case:
        opened = unseal(base64.b64decode(case["file"]), [Identity.from_age(case["identity"])])
        assert hashlib.sha256(opened).hexdigest() == case["plaintext_sha256"]
    elif "identity" in case:
        identity = Identity.from_age(case["identity"])
        assert (identity.secret.hex(), identity.recipient) == (case["secret"], case["recipient"])
    else:
        check_recipient(case["recipient"])


def run_passphrase(case: Case) -> None:
    identity = derive(case["passphrase"], Parameters.from_dict(case["parameters"]))
    assert (identity.recipient, identity.to_age()) == (case["recipient"], case["identity"])


def run_shares(case: Case) -> None:
    if "card" in case:
        assert share_hash(bytes.fromhex(case["salt"]), case["card"]) == case["hash"]
    else:
        assert combine(case["cards"]).hex() == case["secret"]


RUNNERS: dict[str, Callable[[Case], None]] = {
    "checkpoint": run_checkpoint,
    "hashing": run_hashing,
    "merkle": run_merkle,
    "note": run_note,
    "passphrase": run_passphrase,
    "sealing": run_sealing,
    "shares": run_shares,
    "signing": run_signing,
}
CASES = [
    pytest.param(RUNNERS[file.stem], case, id=f"{file.stem}: {case['case']}")
    for file in sorted(FOLDER.glob("*.json"))
    for case in json.loads(file.read_text(encoding="utf-8"))["cases"]
]


@pytest.mark.parametrize(("run", "case"), CASES)
def test_a_frozen_case_keeps_its_verdict(run: Callable[[Case], None], case: Case) -> None:
    refusal = REFUSALS.get(case["verdict"])
    if refusal is None:
        assert case["verdict"] in {"equal", "true", "false", "verified", "opens"}
        run(case)
        return
    with pytest.raises(refusal) as caught:
        run(case)
    assert case.get("says", "") in str(caught.value)


def test_no_frozen_case_was_lost() -> None:
    found = {
        file.stem: len(json.loads(file.read_text(encoding="utf-8"))["cases"])
        for file in FOLDER.glob("*.json")
    }
    assert found == COUNTS
