"""A small case that has everything a pack must treat: both sides, secrets, hostile words, a file.

world = Packed(tmp_path)
folder = world.pack("first")          # a pack, whole
world.fingerprint                     # of the last one
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.world import World
from unburnt.crypto import note
from unburnt.model.entry import signer_name
from unburnt.publish.bagit import spell_manifest
from unburnt.publish.court_pack import seal_text
from unburnt.workflow import court_pack
from unburnt.workflow.record import load_case, record_case

SECRETS = (
    "Rowan of the third house",
    "rowan-keeps-bees",
    "the giver was at the window",
    "a working note of ours",
    "only for the staff",
    "from-rowan-9-jan",
)
HOSTILE = '=HYPERLINK("http://evil.example/","<script>alert(1)</script>")'

NAME = "from-rowan-9-jan.txt"

PAGE = """
entities:
  fire: {schema: Event, compartment: cases}
  arson: {schema: Act, compartment: cases}
  owner: {schema: Person, compartment: cases}
  neighbour: {schema: Person, compartment: sources}
  police: {schema: Organization, compartment: cases}
  note: {schema: Document, compartment: cases}
  scan: {schema: Evidence, compartment: cases}
  other: {schema: Event, compartment: cases}
statements:
  - {entity: fire, property: name, value: {text: A fire}, source: note, stance: asserted,
     reliability: B, credibility: 2, compartment: cases, lang: eng}
  - {entity: fire, property: workNotes, value: {text: a working note of ours}, source: note,
     stance: asserted, compartment: cases}
  - {entity: arson, property: event, value: {entity: fire}, source: note, stance: asserted,
     compartment: cases}
  - {entity: arson, property: startDate, value: {date: "2018-01-22"}, source: note,
     attribution: [owner, neighbour], stance: reported, reliability: B, credibility: 3,
     compartment: cases, id: day}
  - {entity: arson, property: startDate, value: {date: "2018-01-25"}, source: police,
     stance: alleged, compartment: cases}
  - {entity: arson, property: victim, value: {entity: owner}, source: note, stance: asserted,
     compartment: cases}
  - {entity: arson, property: x-canister, value: {text: a canister stood there}, source: note,
     stance: alleged, compartment: cases, id: canister}
  - {entity: arson, property: x-canister, value: {text: a canister stood there}, source: police,
     stance: denied, compartment: cases}
  - {entity: owner, property: name, value: {text: Owner}, source: note, stance: asserted,
     compartment: cases, lang: eng}
  - {entity: neighbour, property: name, value: {text: Rowan of the third house}, source: neighbour,
     stance: asserted, compartment: sources, lang: eng}
  - {entity: arson, property: remarks, value: {text: the giver was at the window},
     source: neighbour, stance: denied, compartment: sources}
  - {entity: fire, property: remarks, value: {text: only for the staff}, source: note,
     stance: asserted, compartment: staff}
  - {entity: note, property: title, value: {text: A note}, source: note, stance: asserted,
     compartment: cases, lang: eng}
  - {entity: note, property: remarks, value: {text: HOSTILE}, source: note, stance: asserted,
     compartment: cases}
  - {entity: note, property: evidence, value: {entity: scan}, source: note, stance: asserted,
     compartment: cases}
  - {entity: scan, property: title, value: {text: A scan}, source: scan, stance: asserted,
     compartment: cases, lang: eng}
  - {entity: scan, property: fileName, value: {text: rowan-keeps-bees}, source: scan,
     stance: asserted, compartment: cases}
  - {entity: scan, property: file, value: {file: NAME}, source: scan, stance: asserted,
     compartment: cases}
  - {entity: other, property: name, value: {text: Another matter}, source: note, stance: asserted,
     compartment: cases, lang: eng}
""".replace("HOSTILE", "'" + HOSTILE + "'")


class Packed:
    """An archive with the case, and packs of it."""

    def __init__(self, folder: Path, seed: str = "pack", name: str = NAME) -> None:
        self.folder = folder
        page = PAGE.replace("NAME", json.dumps(name, ensure_ascii=False))
        self.case = load_case(page, World(folder / "none", f"{seed}/case").random)
        (folder / "files").mkdir()
        (folder / "files" / name).write_bytes(b"what was seen\n")
        self.world = World(folder / "world", seed)
        self.session = self.world.found("office", ["cases", "sources", "staff"])
        self.said = record_case(self.session, self.case, folder / "files")
        self.fingerprint = ""

    def id(self, handle: str) -> str:
        """Return the id behind a handle."""
        return self.case.entities[handle].id

    def plan(self, handle: str = "fire", **wanted: Any) -> court_pack.Plan:
        """Return what a pack of the case would hold."""
        return court_pack.prepare(self.session, court_pack.Wanted(self.id(handle), **wanted))

    def pack(self, name: str, handle: str = "fire", **wanted: Any) -> Path:
        """Make a pack; returns its folder."""
        target = self.folder / name
        done = court_pack.pack(self.session, self.plan(handle, **wanted), target)
        self.fingerprint = done.fingerprint
        return target

    def say_more(self) -> None:
        """Let the log grow by something that is no part of the case."""
        self.world.say(self.session, "cases", "Somebody else")

    def seal_again(self, folder: Path) -> None:
        """Seal a changed pack as its dishonest maker could: right hashes, a right signature."""
        forge(folder)
        tags = hashlib.sha256((folder / "tagmanifest-sha256.txt").read_bytes()).hexdigest()
        made = (folder / "seal.note").read_text().splitlines()[2].removeprefix("made ")
        archive, keys = self.session.archive, self.session.keys
        text = seal_text(archive, made, tags)
        signed = note.sign(text, signer_name(archive, keys.device), keys.signing)
        (folder / "seal.note").write_bytes(signed.encode())


def forge(folder: Path) -> None:
    """Make the manifests and counts of a changed pack right again, as anybody can."""
    digests = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
    payload = {path: digest for path, digest in digests.items() if path.startswith("data/")}
    total = sum((folder / path).stat().st_size for path in payload)
    info = (folder / "bag-info.txt").read_text().splitlines()
    counted = f"Payload-Oxum: {total}.{len(payload)}"
    lines = [counted if line.startswith("Payload-Oxum") else line for line in info]
    (folder / "bag-info.txt").write_text("".join(f"{line}\n" for line in lines))
    (folder / "manifest-sha256.txt").write_bytes(spell_manifest(payload))
    own = {"tagmanifest-sha256.txt", "seal.note"}
    tags = {
        path: hashlib.sha256((folder / path).read_bytes()).hexdigest()
        for path in digests.keys() - payload.keys() - own
    }
    (folder / "tagmanifest-sha256.txt").write_bytes(spell_manifest(tags))
