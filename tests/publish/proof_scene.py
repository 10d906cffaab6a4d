"""A small log with proofs in it, the same bytes every time: for tests and the example in the docs.

scene = Scene()                     five entries of one device, two witnesses
scene.proof({"entity", "value"})    of the second statement of the third entry
scene.trust()                       what a reader was told: device, policy
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from unburnt.core.ids import encode_id
from unburnt.crypto import checkpoint as checkpoints
from unburnt.crypto import merkle, note
from unburnt.crypto.checkpoint import Checkpoint
from unburnt.crypto.note import COSIGNATURE, Note
from unburnt.crypto.sealing import Identity
from unburnt.crypto.signing import SigningKey
from unburnt.model import entry as entries
from unburnt.model.batch import Batch
from unburnt.model.entry import Entry, Header, signer_name
from unburnt.model.roster_card import device_id
from unburnt.model.statement import Statement
from unburnt.publish.proof import Place, Proof, Signer, make
from unburnt.publish.verify_proof import Check, trusted

OPEN = ("entity", "property", "schema", "stance", "value")
ENTRIES = 5
SHOWN = 2  # the entry that is proven, and the place of the statement in it
POSITION = 1
TIME = 1767225600


def draw(label: str, size: int = 32) -> bytes:
    return hashlib.shake_256(f"proof scene/{label}".encode()).digest(size)


def an_id(label: str) -> str:
    return encode_id(draw(label, 16))


@dataclass(frozen=True)
class Witness:
    name: str
    key: SigningKey

    @property
    def vkey(self) -> str:
        return note.vkey(self.name, self.key.public, COSIGNATURE)


WITNESSES = tuple(
    Witness(f"witness.example/{name}", SigningKey.from_seed(draw(name))) for name in ("w1", "w2")
)


@dataclass(frozen=True)
class Scene:
    """One device's log; another `seed` is another archive, `words` is the value that is proven."""

    seed: str = ""
    words: str = "They came at night."
    more: dict[str, Any] = field(default_factory=dict)
    object_size: int = 8192

    @property
    def key(self) -> SigningKey:
        return SigningKey.from_seed(draw(f"{self.seed}device"))

    @property
    def signer(self) -> Signer:
        secret = Identity.from_secret(draw(f"{self.seed}identity"))
        return Signer(self.key.public, secret.recipient)

    @property
    def device(self) -> str:
        return device_id(self.signer.public, self.signer.recipient)

    @property
    def archive(self) -> str:
        return draw(f"{self.seed}archive").hex()

    @property
    def name(self) -> str:
        return signer_name(self.archive, self.device)

    def statement(self, **given: Any) -> Statement:
        plain: dict[str, Any] = {
            "author": an_id("author"),
            "compartment": an_id("compartment"),
            "device": self.device,
            "entity": an_id("entity"),
            "property": "summary",
            "recorded_at": "2026-01-02T10:00:00Z",
            "schema": "Event",
            "source": an_id("source"),
            "stance": "reported",
            "value": {"text": self.words},
            "reliability": "B",
            "attribution": (an_id("neighbour"),),
        }
        return Statement(**{**plain, **given})

    def batch(self, number: int) -> Batch:
        said = [
            self.statement(value={"text": "The door was broken."}),
            self.statement(**self.more),
            self.statement(value={"text": "Nobody was hurt."}),
        ]
        return Batch.of(said, draw(f"{self.seed}secret {number}"))

    def entries(self, count: int = ENTRIES) -> list[Entry]:
        made: list[Entry] = []
        for number in range(count):
            batch = self.batch(number)
            header = Header(
                archive=self.archive,
                device=self.device,
                sequence=number,
                epoch=an_id("epoch"),
                object=(draw(f"object {number}").hex(), self.object_size),
                previous=made[-1].leaf.hex() if made else self.archive,
                statements_root=batch.root(),
                bucket=batch.bucket,
                heads={},
                roster=(draw("roster").hex(),),
            )
            made.append(entries.sign(header, self.key))
        return made

    def place(self, count: int = ENTRIES, witnesses: Collection[Witness] = WITNESSES) -> Place:
        log = self.entries(count)
        tree = merkle.Tree.of([entry.leaf for entry in log])
        return Place(log[SHOWN], tree, self.checkpoint(tree, witnesses))

    def checkpoint(self, tree: merkle.Tree, witnesses: Collection[Witness] = WITNESSES) -> Note:
        text = Checkpoint(self.name, tree.size, tree.root).text()
        signed = note.sign(text, self.name, self.key)
        for witness in witnesses:
            signed = checkpoints.cosign(signed, witness.name, witness.key, TIME)
        return signed

    def proof(self, shown: Collection[str] = OPEN, place: Place | None = None) -> Proof:
        return make(self.batch(SHOWN), POSITION, shown, place or self.place(), self.signer)

    def policy(self, *, log: bool = True) -> str:
        lines = [f"log {note.vkey(self.name, self.key.public)}"] if log else []
        lines += [f"witness w{n} {witness.vkey}" for n, witness in enumerate(WITNESSES, 1)]
        return "\n".join([*lines, "group both all w1 w2", "quorum both", ""])

    def trust(self, **more: Any) -> dict[str, Any]:
        told = {"device": self.device, "archive": self.archive, "vkeys": (), "known": ()}
        return trusted(**{**told, "policy": self.policy(), **more})


def verdict(data: bytes, trust: dict[str, Any], name: str = "") -> tuple[str, int, str]:
    """Return verdict, number of the last step made, and its reason."""
    check = Check(data, trust, name)
    said = check.run()
    return said, len(check.steps), check.steps[-1][2]
