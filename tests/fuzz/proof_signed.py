"""Proofs that their own device made wrong: parts are changed, then hashed and signed again.

A device can sign what it likes, so nothing but the rules themselves stands between a changed part
and a green verdict. Both verifiers must agree about it; ours alone reads the whole header.
"""

from __future__ import annotations

import json
from typing import Any

from tests.publish.proof_cases import GOOD, SCENE
from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError, UnburntError, UsageError
from unburnt.crypto import merkle, note
from unburnt.crypto.checkpoint import Checkpoint
from unburnt.model import disclosure as disclosures
from unburnt.model import entry as entries
from unburnt.publish import proof as proofs
from unburnt.publish.verify_proof import Check, trusted

_GOOD = json.loads(GOOD)
_SHOWN, _HEADER = _GOOD["disclosure"], json.loads(_GOOD["entry"].split("\n")[0])
_TRUST = trusted(SCENE.device, SCENE.archive, (), None, ())
_TOKENS = [["ots", "b3Rz"], ["rfc3161", "AAAA"]]


def _seed(**changed: Any) -> bytes:
    parts = {
        "header": _HEADER,
        "shown": {**_SHOWN, "bucket": 1, "index": 0, "path": []},
        "more": {},
    }
    return json.dumps({**parts, **changed}, ensure_ascii=False).encode()


def _fielded(fields: list[Any]) -> bytes:
    return _seed(shown={"bucket": 1, "fields": fields, "index": 0, "path": []})


def _valued(value: Any) -> bytes:
    return _fielded([*_SHOWN["fields"][:-1], [*_SHOWN["fields"][-1][:2], value]])


SEEDS = [
    _seed(),
    _seed(more={"tokens": _TOKENS}),
    _seed(more={"tokens": [{"ots": 1, "toke": 2}]}),
    _valued({"\U00010000": 1, "\ue000": 2}),
    _valued({"text": "е\u0308\n", "verbatim": [[[[1]]]]}),
    _valued(json.loads("[" * 40 + "]" * 40)),
    _fielded([*_SHOWN["fields"], ["zeal", "00" * 16, 1], "11" * 32]),
]


def fuzz(data: bytes) -> None:
    """Make a whole proof of the parts and give it to both verifiers."""
    try:
        parts = json.loads(data)
        made = _made(parts["header"], parts["shown"], parts["more"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, UnburntError):
        return  # nothing can be made of it
    check = Check(made, _TRUST)
    verdict = check.run()
    ours, read = None, None
    try:
        read = proofs.parse(made)
        ours = proofs.verify(read)
    except ForeignDataError:
        assert verdict == "REFUSED" or not _is_header(json.loads(made)["entry"]), made
        return
    assert verdict == "GREEN", (check.steps, made)
    assert (ours.fields, ours.statement, ours.sequence) == (
        check.fields,
        check.statement,
        check.sequence,
    )


def _made(header: dict[str, Any], shown: dict[str, Any], more: dict[str, Any]) -> bytes:
    """Return a proof in a log of one entry, with every hash and signature right."""
    try:
        read = disclosures.parse(canonical.encode(shown))
        leaf = merkle.leaf_hash(bytes.fromhex(disclosures.statement_id(read)))
        tree = {"bucket": 1, "root": leaf.hex()}
        header = {**header, "sequence": 0, "statements": {**header["statements"], **tree}}
    except UnburntError:
        pass
    text = _spelled(header) + "\n"
    root = merkle.leaf_hash(text.encode())
    record = {
        **_GOOD,
        "checkpoint": _signed(Checkpoint(SCENE.name, 1, root).text()),
        "disclosure": shown,
        "entry": _signed(text),
        "path": [],
        **more,
    }
    return _spelled(record).encode()


def _spelled(value: Any) -> str:
    """Return canonical bytes, or as near as it gets where there are none."""
    try:
        return canonical.encode(value).decode()
    except UsageError:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _signed(text: str) -> str:
    return note.sign(text, SCENE.name, SCENE.key).encode().decode()


def _is_header(text: str) -> bool:
    try:
        entries.read(text.encode())
    except ForeignDataError:
        return False
    return True
