"""Checking a court pack: whoever was handed one, without archive, key or network.

    verdict = check_pack(Path("winter-2018"), Trust(fingerprint="9b1c…"))
    verdict.problems            # (Problem("proof", "proofs/5e0b….proof.json"),): why it is refused
    verdict.open                # ("vouched",): what was not compared with anything you know

The steps are those of docs/spec/court-pack.md, "Checking"; all are made, whatever one finds. Proofs
are judged by the very file that lies in the pack, `verify_proof`. It never says that it is true.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError, UnburntError, UsageError
from unburnt.crypto import note
from unburnt.crypto.checkpoint import parse_checkpoint
from unburnt.crypto.note import Verifier
from unburnt.model import file_name, time_proof
from unburnt.model.entry import signer_name
from unburnt.model.roster_card import device_id
from unburnt.publish import bagit, statement_table, verify_proof
from unburnt.publish import proof as proofs
from unburnt.publish.bag_writing import TAG_MANIFEST
from unburnt.publish.bagit import Checked, Problem, Progress
from unburnt.publish.court_pack import (
    CAPTURES,
    CHECKPOINTS,
    ORIGINALS,
    PACK,
    PROOFS,
    SEAL,
    TABLE,
    TIMES,
    TYPE,
    VKEYS,
    proof_path,
    seal_text,
)
from unburnt.publish.pack_pages import INDEX, read_index
from unburnt.publish.proof import Proof, Proven
from unburnt.publish.verify_proof import Check
from unburnt.storage.names import time_name

MAX_SMALL = 1 << 20  # bytes of a seal, of pack.json, of a list of keys
_SHAPE: dict[str, type] = {
    **dict.fromkeys("archive case language made packed_by recipient type".split(), str),
    **{"fields": list, "not_included": list, "statements": int},
}
_OUTSIDE = frozenset({INDEX, bagit.DECLARATION, bagit.INFO, "manifest-sha256.txt"})


@dataclass(frozen=True, slots=True)
class Trust:
    """What the reader knows by another way than the pack; "" and () where nothing."""

    fingerprint: str = ""
    archive: str = ""
    devices: tuple[str, ...] = ()
    known: tuple[str, ...] = ()  # texts of checkpoints


@dataclass(slots=True)
class Verdict:
    """What was found; the pack is refused unless `problems` is empty."""

    problems: list[Problem] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    fingerprint: str = ""
    archive: str = ""
    packed_by: str = ""
    made: str = ""
    devices: tuple[str, ...] = ()
    statements: int = 0
    originals: int = 0
    files: int = 0

    @property
    def word(self) -> str:
        """Return "GREEN", "OPEN" (compared with nothing) or "REFUSED", as of a proof."""
        if self.problems or not self.statements:
            return "REFUSED"
        return "OPEN" if "vouched" in self.open else "GREEN"

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong with it; a pack without a proven statement is never whole."""
        return self.word != "REFUSED"

    def refuse(self, code: str, path: str = "") -> None:
        """Note a problem, each once."""
        problem = Problem(code, path)
        if len(self.problems) < bagit.MAX_PROBLEMS and problem not in self.problems:
            self.problems.append(problem)


def check_pack(
    folder: Path, trust: Trust, progress: Progress = lambda what, count: None
) -> Verdict:
    """Return the verdict on the pack in `folder`; MediumError when the folder cannot be read."""
    return _Checking(folder, trust).run(progress)


class _Checking:
    """One check: the verdict in the making and what the steps hand to each other."""

    def __init__(self, folder: Path, trust: Trust) -> None:
        self._folder = folder
        self._trust = trust
        self.verdict = Verdict()
        self._bag = Checked()
        self._itself: dict[str, Any] = {}
        self._proofs: dict[str, tuple[Proof, Proven]] = {}
        self._keys: dict[str, Verifier] = {}
        self._used: set[str] = set()  # devices that signed something here

    def run(self, progress: Progress) -> Verdict:
        """Make every step; none rests on another having passed."""
        self._check_bag(progress)  # (1)
        self._read_itself()
        self._check_proofs(progress)  # (3)
        self._check_checkpoints()  # (4)
        self._check_keys()  # (5)
        self._check_times()  # (9)
        self._check_keys_used()
        self._check_seal()  # (2), with the keys
        self._check_table()  # (6), (7)
        self._check_index()  # (8)
        self._check_trust()
        self.verdict.problems.sort()
        return self.verdict

    # --- (1) the bag ------------------------------------------------------------------------------

    def _check_bag(self, progress: Progress) -> None:
        self._bag = bagit.check(self._folder, progress)
        verdict = self.verdict
        verdict.files = len(self._bag.files)
        for problem in self._bag.problems:
            verdict.refuse(f"bag-{problem.code}", problem.path)
        if not self._bag.declaration.is_final or self._bag.declaration.encoding != "utf-8":
            verdict.refuse("bag-version", bagit.DECLARATION)
        for path in self._bag.files:
            # What no manifest names nobody has hashed: only the seal and the list that it signs.
            if path not in self._bag.sha256 and path not in (SEAL, TAG_MANIFEST):
                verdict.refuse("bag-unlisted", path)
        if bagit.FETCH in self._bag.files:
            verdict.refuse("bag-fetch", bagit.FETCH)
        for place, folders, files in os.walk(self._folder):
            if not folders and not files:  # no manifest can name it, but its name can say things
                verdict.refuse("bag-unlisted", Path(place).relative_to(self._folder).as_posix())

    def _read(self, path: str, limit: int = MAX_SMALL) -> bytes:
        """Return a file of the pack; ForeignDataError when it is not there or too large."""
        size = self._bag.files.get(path)
        if size is None or size > limit:
            raise ForeignDataError("A file of the pack is missing or too large.", _NEXT)
        return b"".join(bagit.pieces(self._folder, path))

    def _read_itself(self) -> None:
        verdict = self.verdict
        try:
            found = canonical.decode(self._read(PACK), MAX_SMALL)
        except ForeignDataError:
            verdict.refuse("pack", PACK)
            return
        if not _is_pack(found):
            verdict.refuse("pack", PACK)
            return
        self._itself = found
        verdict.archive, verdict.made = found["archive"], found["made"]
        verdict.packed_by = found["packed_by"]

    # --- (2) the seal -----------------------------------------------------------------------------

    def _check_seal(self) -> None:
        verdict = self.verdict
        try:
            tags = self._read(TAG_MANIFEST, bagit.MAX_TAG)
            verdict.fingerprint = hashlib.sha256(tags).hexdigest()
            signed = note.parse(self._read(SEAL))
            sealed = seal_text(verdict.archive, verdict.made, verdict.fingerprint)
            verifier = self._keys.get(verdict.packed_by)
            right = verifier is not None and signed.text == sealed and len(signed.signatures) == 1
            if verifier is None or not right or not note.verified_by(signed, [verifier]):
                verdict.refuse("seal", SEAL)
            elif device_id(verifier.public, self._itself["recipient"]) != verdict.packed_by:
                verdict.refuse("keys", PACK)
        except ForeignDataError:
            verdict.refuse("seal", SEAL)

    # --- (3) to (5): proofs, checkpoints, keys ----------------------------------------------------

    def _check_proofs(self, progress: Progress) -> None:
        """Judge every proof twice: by our own verifier and by the one that lies in packs."""
        verdict = self.verdict
        trust = verify_proof.trusted("", "", [], None, list(self._trust.known))
        for path in sorted(self._bag.files):
            if not path.startswith(PROOFS):
                continue
            try:
                data = self._read(path, proofs.LIMIT)
                proof = proofs.parse(data)
                proven = proofs.verify(proof)
            except ForeignDataError:
                verdict.refuse("proof", path)
                continue
            second = Check(data, trust, path.removeprefix(PROOFS))
            if second.run() == "REFUSED":
                # Only what the reader knows already can come between the two.
                verdict.refuse("older" if self._trust.known else "proof", path)
            elif path != proof_path(proven.statement):
                verdict.refuse("proof", path)
            elif verdict.archive and proven.archive != verdict.archive:
                verdict.refuse("proof-archive", path)
            else:
                self._proofs[proven.statement] = (proof, proven)
                progress("proofs", len(self._proofs))
        verdict.statements = len(self._proofs)
        if not self._proofs:
            verdict.refuse("no-proof")

    def _check_checkpoints(self) -> None:
        """Every proof of a log ends in one and the same checkpoint, which lies in the pack."""
        here: dict[str, bytes] = {}
        for path in self._bag.files:
            if path.startswith(CHECKPOINTS):
                try:
                    here[path] = self._read(path)
                except ForeignDataError:
                    self.verdict.refuse("checkpoint", path)
        used: set[str] = set()
        for proof, proven in self._proofs.values():
            path = f"{CHECKPOINTS}{proven.device}-{proven.checkpoint.size}"
            used.add(path)
            if here.get(path) != proof.checkpoint.encode():
                self.verdict.refuse("checkpoint", path)
        for path in here.keys() - used:
            self.verdict.refuse("checkpoint", path)
        logs = [path.rpartition("-")[0] for path in used]
        if len(set(logs)) != len(logs):
            self.verdict.refuse("checkpoint", CHECKPOINTS)

    def _check_keys(self) -> None:
        """Read the keys; those of the proofs must be among them, with the same bytes."""
        verdict = self.verdict
        try:
            for line in self._read(VKEYS).decode("ascii").splitlines():
                verifier = note.parse_vkey(line)
                device = verifier.name.rpartition("/")[2]
                if verifier.name != signer_name(verdict.archive, device) or device in self._keys:
                    verdict.refuse("keys", VKEYS)
                self._keys[device] = verifier
        except (ForeignDataError, UnicodeDecodeError):
            verdict.refuse("keys", VKEYS)
        verdict.devices = tuple(sorted(self._keys))
        for proof, proven in self._proofs.values():
            self._used.add(proven.device)
            known = self._keys.get(proven.device)
            if known is not None and known.public != proof.signer.public:
                verdict.refuse("keys", VKEYS)

    def _check_keys_used(self) -> None:
        """No key is listed that nobody signed with, and none is missing."""
        if self._keys.keys() != {*self._used, self.verdict.packed_by}:
            self.verdict.refuse("keys", VKEYS)

    # --- (9) strangers ----------------------------------------------------------------------------

    def _check_times(self) -> None:
        """Every time proof is about a checkpoint of this pack; whose time it is stays open."""
        found = [path for path in self._bag.files if path.startswith(TIMES)]
        for path in found:
            try:
                data = self._read(path, time_proof.MAX_FILE)
                proof = time_proof.read(data, self._verifier)
                self._used.add(proof.by)
                ours = note.parse(self._read(f"{CHECKPOINTS}{proof.log}-{proof.size}"))
                named = time_name(proof.log, proof.size, time_proof.digest(data))
                if path != named or proof.stamped() != parse_checkpoint(ours.text):
                    self.verdict.refuse("time", path)
            except UnburntError:
                self.verdict.refuse("time", path)
        if found:
            self.verdict.open.append("times")
        if any(len(proof.checkpoint.signatures) > 1 for proof, _ in self._proofs.values()):
            self.verdict.open.append("witnesses")

    def _verifier(self, device: str) -> Verifier:
        if device not in self._keys:
            raise UsageError("This device is not in the pack.", _NEXT)
        return self._keys[device]

    # --- (6) to (8): what people read is what is proven ------------------------------------------

    def _check_table(self) -> None:
        verdict = self.verdict
        try:
            rows = statement_table.read(self._read(TABLE, statement_table.MAX_TABLE))
        except ForeignDataError:
            verdict.refuse("table", TABLE)
            return
        listed = [row["statement"] for row in rows]
        if len(set(listed)) != len(listed) or set(listed) != self._proofs.keys():
            verdict.refuse("table", TABLE)
        if self._itself and self._itself["statements"] != len(rows):
            verdict.refuse("table", TABLE)
        for row in rows:
            if row["statement"] not in self._proofs:
                continue
            _, one = self._proofs[row["statement"]]
            cells = statement_table.facts(one.statement, one.device, one.sequence, one.fields)
            if any(row[name] != cell for name, cell in cells.items()):
                verdict.refuse("table", TABLE)
            if self._itself and not self._opens_right(one):
                verdict.refuse("proof-fields", proof_path(one.statement))
        self._check_originals()

    def _opens_right(self, one: Proven) -> bool:
        """Tell whether a proof opens what the pack says; of files perhaps not their names."""
        free = {file_name.FIELD} - one.fields.keys() if _file(one) else set()
        return sorted(one.fields) == [n for n in self._itself["fields"] if n not in free]

    def _check_originals(self) -> None:
        verdict = self.verdict
        files = [file for _, one in self._proofs.values() if (file := _file(one))]
        named = dict(files)
        here = {
            self._bag.sha256.get(path, ""): size
            for path, size in self._bag.files.items()
            if path.startswith((ORIGINALS, CAPTURES))
        }
        verdict.originals = len(here)
        for digest in named.keys() - here.keys():
            verdict.refuse("original-missing", digest)
        for digest in here.keys() - named.keys():
            verdict.refuse("original-unproven", digest)
        for digest in named.keys() & here.keys():
            if named[digest] != here[digest]:
                verdict.refuse("original-size", digest)

    def _check_index(self) -> None:
        try:
            listed = read_index(self._read(INDEX, bagit.MAX_TAG))
        except ForeignDataError:
            self.verdict.refuse("index", INDEX)
            return
        here: Mapping[str, tuple[str, int]] = {
            path: (digest, self._bag.files[path])
            for path, digest in self._bag.sha256.items()
            if path not in _OUTSIDE
        }
        for path in {*listed, *here}:
            if listed.get(path) != here.get(path):
                self.verdict.refuse("index", path)

    # --- whom to believe --------------------------------------------------------------------------

    def _check_trust(self) -> None:
        verdict, trust = self.verdict, self._trust
        if trust.fingerprint and trust.fingerprint != verdict.fingerprint:
            verdict.refuse("other-pack")
        if trust.archive and trust.archive != verdict.archive:
            verdict.refuse("other-archive")
        if trust.devices:
            for device in self._keys.keys() - set(trust.devices):
                verdict.refuse("other-device", device)
        if not trust.fingerprint and not trust.devices:
            verdict.open.append("vouched")
        verdict.open += ["truth", "completeness"]


def _file(proven: Proven) -> tuple[str, int] | None:
    """Return digest and size of the file that a proven statement names."""
    value = proven.fields.get("value")
    file = value.get("file") if isinstance(value, dict) else None
    if not isinstance(file, dict):
        return None
    digest, size = file.get("sha256"), file.get("size")
    return (digest, size) if isinstance(digest, str) and type(size) is int else None


def _is_pack(found: object) -> bool:
    """Tell whether pack.json is shaped as one of this version."""
    if not isinstance(found, dict) or found.get("type") != TYPE:
        return False
    if {name: type(value) for name, value in found.items()} != _SHAPE:
        return False
    return found["recipient"].isascii() and all(isinstance(name, str) for name in found["fields"])


_NEXT = "Ask whoever gave it to you for a whole copy."
