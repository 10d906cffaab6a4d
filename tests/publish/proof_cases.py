"""Bad proofs, each with the step that must refuse it and why; for every verifier alike.

for name, case in BAD.items(): case.data, case.told, case.step, case.reason
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.publish.proof_scene import SHOWN, TIME, WITNESSES, Scene, Witness, draw
from unburnt.core import canonical
from unburnt.crypto import checkpoint as checkpoints
from unburnt.crypto import note
from unburnt.crypto.checkpoint import Checkpoint
from unburnt.crypto.signing import SigningKey
from unburnt.model import disclosure as disclosures

SCENE = Scene()
OTHER = Scene(seed="other ")
LONGER = Scene(words="They came at night, and again at dawn.")
GOOD = SCENE.proof().to_bytes()
TOLD = {"device": SCENE.device, "archive": SCENE.archive, "policy": SCENE.policy(), "known": ""}

Record = dict[str, Any]


@dataclass(frozen=True)
class Case:
    data: bytes
    step: int
    reason: str
    told: dict[str, str] = field(default_factory=lambda: dict(TOLD))
    name: str = ""


def changed(change: Callable[[Record], object], data: bytes = GOOD) -> bytes:
    record = json.loads(data)
    change(record)
    return canonical.encode(record)


def told(**more: str) -> dict[str, str]:
    return {**TOLD, **more}


def note_of(scene: Scene, text: str, key: SigningKey | None = None) -> str:
    return note.sign(text, scene.name, key or scene.key).encode().decode()


def head(size: int, root: bytes | None = None) -> str:
    tree = SCENE.place(max(size, SHOWN + 1)).tree
    return Checkpoint(SCENE.name, size, root or tree.root).text()


def rogue_cosigned() -> str:
    rogue = SigningKey.from_seed(draw("rogue"))
    signed = note.sign(head(5), SCENE.name, SCENE.key)
    for witness in WITNESSES:
        fake = Witness(witness.name, rogue)
        signed = checkpoints.cosign(signed, fake.name, fake.key, TIME)
    return signed.encode().decode()


def forged_cosignature() -> str:
    signed = SCENE.checkpoint(SCENE.place().tree)
    line = signed.signatures[1]
    twisted = note.NoteSignature(line.name, line.key_id, line.signature[:-1] + b"\0")
    lines = (signed.signatures[0], twisted, signed.signatures[2])
    return note.Note(signed.text, lines).encode().decode()


def retyped(change: Callable[[Record], object]) -> bytes:
    """Return a proof of a log of one entry, whose signed header says a truth for a number."""
    record = json.loads(GOOD)
    shown = record["disclosure"]
    identity = bytes.fromhex(disclosures.statement_id(SCENE.proof().disclosure))
    record["disclosure"] = {**shown, "bucket": 1, "index": 0, "path": []}
    header = json.loads(record["entry"].split("\n")[0])
    header["sequence"] = 0
    header["statements"] = {"bucket": 1, "root": hashlib.sha256(b"\0" + identity).hexdigest()}
    change(header)
    text = canonical.encode(header).decode() + "\n"
    root = hashlib.sha256(b"\0" + text.encode()).digest()
    record["entry"] = note_of(SCENE, text)
    record["checkpoint"] = note_of(SCENE, Checkpoint(SCENE.name, 1, root).text())
    record["path"] = []
    return canonical.encode(record)


def valued(spelled: bytes) -> bytes:
    """Return a proof that shows another value, in whatever spelling."""
    return GOOD.replace(canonical.encode({"text": SCENE.words}), spelled)


def _put(name: str, value: Any) -> Callable[[Record], object]:
    return lambda record: record.__setitem__(name, value)


def _show(place: int, value: Any) -> Callable[[Record], object]:
    return lambda record: record["disclosure"]["fields"].__setitem__(place, value)


def _part_of(scene: Scene, name: str) -> Callable[[Record], object]:
    return _put(name, json.loads(scene.proof().to_bytes())[name])


FIELDS = json.loads(GOOD)["disclosure"]["fields"]
VALUE = FIELDS[15]
MALFORMED, SPELLING = "It is malformed.", "It is not spelled in the one legal way."
ELSEWHERE, UNSIGNED = "The path leads elsewhere.", "The device did not sign it."
OLD = Scene().proof(place=SCENE.place(SHOWN + 1, ())).to_bytes()
GOOD_ID = "0" * 64

BAD: dict[str, Case] = {
    "nothing": Case(b"", 1, MALFORMED),
    "not JSON": Case(b"{", 1, MALFORMED),
    "not UTF-8": Case(b'"\xff"', 1, MALFORMED),
    "a list": Case(b"[]", 1, MALFORMED),
    "null": Case(b"null", 1, MALFORMED),
    "a line feed after the end": Case(GOOD + b"\n", 1, SPELLING),
    "bytes after the end": Case(GOOD + b"{}", 1, MALFORMED),
    "a space inside": Case(GOOD.replace(b":", b": ", 1), 1, SPELLING),
    "a key twice": Case(b'{"checkpoint":"",' + GOOD[1:], 1, SPELLING),
    "an escape where none belongs": Case(GOOD.replace(b'"type"', b'"\\u0074ype"'), 1, SPELLING),
    "a number with a fraction": Case(GOOD.replace(b'"index":1', b'"index":1.0'), 1, MALFORMED),
    "a huge file": Case(GOOD + b" " * 2**22, 1, "It is too large."),
    "deep nesting": Case(b"[" * 100_000, 1, MALFORMED),
    "a byte order mark": Case(b"\xef\xbb\xbf" + GOOD, 1, MALFORMED),
    "half of a character": Case(b'"\\ud800"', 1, MALFORMED),
    "an accent in two pieces": Case('"e\u0301"'.encode(), 1, SPELLING),
    "a name too many": Case(changed(_put("note", "trust me")), 1, MALFORMED),
    "a name missing": Case(changed(lambda r: r.pop("path")), 1, MALFORMED),
    "another type": Case(
        changed(_put("type", "unburnt/proof/v2")), 1, "It is not a proof of this version."
    ),
    "no tokens, but said": Case(changed(_put("tokens", [])), 1, MALFORMED),
    "a token of an unknown kind": Case(changed(_put("tokens", [["x", "AAAA"]])), 1, MALFORMED),
    "a token that is no pair": Case(changed(_put("tokens", [{"ots": 1, "toke": 2}])), 1, MALFORMED),
    "a value nested too deeply": Case(valued(b"[" * 40 + b"]" * 40), 1, MALFORMED),
    "keys in another order than that of UTF-16": Case(
        valued('{"\ue000":1,"\U00010000":2}'.encode()), 1, SPELLING
    ),
    "an index that is a truth": Case(
        changed(lambda r: r["disclosure"].__setitem__("index", True)), 1, MALFORMED
    ),
    "too few fields": Case(changed(lambda r: r["disclosure"]["fields"].pop(0)), 1, MALFORMED),
    "a key that is not the device's": Case(
        changed(lambda r: r["device"].__setitem__("signing", OTHER.key.public.hex())),
        3,
        "It is another device than its log names.",
    ),
    "another recipient": Case(
        changed(lambda r: r["device"].__setitem__("recipient", OTHER.signer.recipient)),
        3,
        "It is another device than its log names.",
    ),
    "another device than was told": Case(
        GOOD, 3, "It is another device than you named.", told(device=OTHER.device)
    ),
    "another archive than was told": Case(
        GOOD, 3, "It is another archive than you named.", told(archive=OTHER.archive)
    ),
    "a policy with another log": Case(
        GOOD,
        3,
        "It is another device than you named.",
        told(policy=f"log {note.vkey(OTHER.name, OTHER.key.public)}\nquorum none\n"),
    ),
    "a whole proof of a stranger": Case(
        OTHER.proof().to_bytes(), 3, "It is another archive than you named."
    ),
    "a checkpoint of a stranger": Case(
        changed(_part_of(OTHER, "checkpoint")), 3, "It is another device than its log names."
    ),
    "a checkpoint with another size": Case(
        changed(lambda r: r.__setitem__("checkpoint", r["checkpoint"].replace("\n5\n", "\n6\n"))),
        4,
        UNSIGNED,
    ),
    "a checkpoint signed by another key": Case(
        changed(_put("checkpoint", note_of(SCENE, head(5), OTHER.key))), 4, UNSIGNED
    ),
    "an old checkpoint where a newer one is known": Case(
        OLD,
        4,
        "It is older than the checkpoint you know.",
        told(policy="quorum none", known=head(5)),
    ),
    "another history than the one that is known": Case(
        GOOD, 4, "The log was shown to you in two versions.", told(known=head(5, draw("split")))
    ),
    "an old checkpoint that no witness saw": Case(OLD, 5, "Not enough of your witnesses saw it."),
    "a checkpoint without its cosignatures": Case(
        changed(_put("checkpoint", note_of(SCENE, head(5)))),
        5,
        "Not enough of your witnesses saw it.",
    ),
    "cosignatures by keys of the same names": Case(
        changed(_put("checkpoint", rogue_cosigned())), 5, "Not enough of your witnesses saw it."
    ),
    "a false cosignature": Case(
        changed(_put("checkpoint", forged_cosignature())),
        5,
        "A cosignature of your witness is false.",
    ),
    "an entry of a stranger": Case(changed(_part_of(OTHER, "entry")), 6, UNSIGNED),
    "a changed header": Case(
        changed(lambda r: r.__setitem__("entry", r["entry"].replace("8192", "8193"))), 6, UNSIGNED
    ),
    "another entry of the same log": Case(
        changed(_put("entry", SCENE.entries()[3].note.encode().decode())), 7, ELSEWHERE
    ),
    "a step of the log's path missing": Case(changed(lambda r: r["path"].pop()), 7, ELSEWHERE),
    "a step of the log's path too many": Case(
        changed(lambda r: r["path"].append("00" * 32)), 7, ELSEWHERE
    ),
    "steps of the log's path swapped": Case(changed(lambda r: r["path"].reverse()), 7, ELSEWHERE),
    "another value": Case(
        changed(_show(15, [*VALUE[:2], {"text": "They came at noon."}])), 8, ELSEWHERE
    ),
    "another salt": Case(changed(_show(15, [VALUE[0], "00" * 16, VALUE[2]])), 8, ELSEWHERE),
    "the statement of another archive": Case(changed(_part_of(OTHER, "disclosure")), 8, ELSEWHERE),
    "a longer value under the same entry": Case(
        changed(_part_of(LONGER, "disclosure")), 8, ELSEWHERE
    ),
    "a value under another name": Case(
        changed(_show(15, ["source", *VALUE[1:]])), 8, "A field has a name out of its place."
    ),
    "a field more": Case(
        changed(lambda r: r["disclosure"]["fields"].append("00" * 32)), 8, ELSEWHERE
    ),
    "another place in the entry": Case(
        changed(lambda r: r["disclosure"].__setitem__("index", 2)), 8, ELSEWHERE
    ),
    "a larger bucket": Case(
        changed(lambda r: r["disclosure"].__setitem__("bucket", 8)), 8, ELSEWHERE
    ),
    "a place beyond the bucket": Case(
        changed(lambda r: r["disclosure"].__setitem__("index", 4)), 8, ELSEWHERE
    ),
    "a truth for the version": Case(
        retyped(lambda header: header.__setitem__("suite", True)),
        6,
        "It is not a proof of this version.",
        told(policy="quorum none"),
    ),
    "a truth for the number of statements": Case(
        retyped(lambda header: header["statements"].__setitem__("bucket", True)),
        8,
        ELSEWHERE,
        told(policy="quorum none"),
    ),
    "a file with the name of another statement": Case(
        GOOD, 8, "The file is named after another statement.", name=f"{GOOD_ID}.proof.json"
    ),
}


def plain(data: bytes) -> str:
    return base64.b64encode(data).decode()
