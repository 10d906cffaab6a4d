"""All that a witness and who asks it read: requests, answers, heads of HTTP, keys, policies."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from unburnt.core.errors import ForeignDataError
from unburnt.crypto import note
from unburnt.crypto.note import COSIGNATURE
from unburnt.crypto.policy import is_witnessed, parse_policy
from unburnt.crypto.witness import parse_request, parse_secret, read_answer, read_size, refusal
from unburnt.sync.cosigned import read
from unburnt.sync.witness_http import END, origin_in, read_head, refused, render

_VECTORS = Path(__file__).parents[1] / "vectors" / "witness"
_FROZEN = json.loads((_VECTORS / "add-checkpoint.json").read_text(encoding="utf-8"))
_POLICIES = json.loads((_VECTORS / "policy.json").read_text(encoding="utf-8"))
_LOG = note.parse_vkey(_FROZEN["log"])
_WITNESS = note.parse_vkey(_FROZEN["witness_vkey"], COSIGNATURE)
_GOOD = next(case for case in _FROZEN["cases"] if case["case"] == "a log that grew from 1 to 3")
_SIGNED = parse_request(_GOOD["request"].encode()).note
_POLICY = parse_policy(_POLICIES["policy"].encode())

SEEDS = [
    _GOOD["request"].encode(),
    _GOOD["answer"].encode(),
    _SIGNED.encode() + _GOOD["answer"].encode(),
    _POLICIES["policy"].encode(),
    _POLICIES["cases"][-1]["note"].encode(),
    _FROZEN["witness"].encode(),
    b"POST /add-checkpoint HTTP/1.1\r\nHost: a\r\nContent-Length: 12",
    b"GET /" + b"0" * 64 + b"/checkpoint HTTP/1.0\r\nHost: a",
    b"20852014\n",
]


def fuzz(data: bytes) -> None:
    """Read the bytes as each of them."""
    with suppress(ForeignDataError):
        refusal(parse_request(data), _LOG, None)
    with suppress(ForeignDataError):
        read_answer(_SIGNED, _LOG, _WITNESS, data)
    with suppress(ForeignDataError):
        read(data, _LOG)
    with suppress(ForeignDataError):
        parse_policy(data)
    with suppress(ForeignDataError):
        is_witnessed(_POLICY, note.parse(data))
    with suppress(ForeignDataError):
        read_size(data)
    with suppress(ForeignDataError):
        parse_secret(data.decode("utf-8", "replace"))
    with suppress(ForeignDataError):
        head = read_head(data.partition(END)[0])
        no = refused(head)
        if no is not None:
            render(no)
        origin_in(head.path)
