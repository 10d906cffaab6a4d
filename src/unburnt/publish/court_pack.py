"""A court pack: one case as a folder that strangers can read, print and check.

    material = Material(told, front, shown=…, proofs={"5e0b…": b"{…}"}, …)
    with Bag(target) as bag:
        fingerprint = write(bag, material, sign)      # SHA-256 of the tag manifest
        bag.settle()

Layout and rules: docs/spec/court-pack.md. Equal material gives equal bytes. It decides nothing
about what may be shown: that is `case.gather`, before; it reads no disk: originals are handed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from unburnt.core import canonical
from unburnt.core.errors import UsageError
from unburnt.model import file_name, values
from unburnt.model.recorded import Recorded
from unburnt.model.statement import FIELDS, field_values
from unburnt.publish import case_pages, pack_pages, statement_table
from unburnt.publish.against_page import exculpatory
from unburnt.publish.bag_writing import Bag, Fill, harmless
from unburnt.publish.case import redactions
from unburnt.publish.case_pages import Exhibit, Told
from unburnt.publish.endings import ENDINGS
from unburnt.publish.pack_pages import INDEX, Front

TYPE = "unburnt/pack/v1"
PACK = "pack.json"
SEAL = "seal.note"
TABLE = "data/statements.csv"
VKEYS = "vkeys.txt"
POLICY = "policy.txt"
REDACTIONS = "redactions.json"
ORIGINALS, CAPTURES = "data/originals/", "data/captures/"
PROOFS, CHECKPOINTS, TIMES = "proofs/", "checkpoints/", "times/"
MAX_ORIGINALS = 10_000

_CAPTURES = (".wacz", ".warc", ".warc.gz")


@dataclass(frozen=True)
class Material:
    """Everything that goes into a pack, gathered and judged; paths are below their folder."""

    told: Told
    front: Front
    shown: frozenset[str]  # fields of statements that are opened
    opens: Callable[[Recorded], frozenset[str]]  # of one of them
    proofs: Mapping[str, bytes]  # by statement
    fill: Callable[[Exhibit], Fill]
    checkpoints: Mapping[str, bytes]
    vkeys: tuple[str, ...]
    times: Mapping[str, bytes] = field(default_factory=dict)
    policy: bytes | None = None
    custody: Mapping[str, bytes] = field(default_factory=dict)  # by path: the page, JSON-LD files
    programs: Mapping[str, bytes] = field(default_factory=dict)  # verify_proof.py, verify.html


def write(bag: Bag, material: Material, sign: Callable[[str], bytes]) -> str:
    """Write all of a pack; returns its fingerprint. `sign` returns the signed note of a text."""
    told, front = material.told, material.front
    for exhibit in told.exhibits:
        bag.fill(exhibit.path, material.fill(exhibit))
    for path, data in sorted(_papers(material).items()):
        bag.put(path, data)
    files = {path: (digest, bag.sizes[path]) for path, digest in bag.digests.items()}
    bag.put(INDEX, pack_pages.index(front, told, files))
    tags = bag.finish({"Bagging-Date": front.made[:10], "External-Identifier": told.case.entity})
    fingerprint = hashlib.sha256(tags).hexdigest()
    bag.put(SEAL, sign(seal_text(front.archive, front.made, fingerprint)))
    return fingerprint


def seal_text(archive: str, made: str, fingerprint: str) -> str:
    """Return what the packing device signs."""
    return f"{TYPE}\narchive {archive}\nmade {made}\ntagmanifest-sha256 {fingerprint}\n"


def exhibits(records: Iterable[Recorded]) -> tuple[Exhibit, ...]:
    """Return the originals that statements name, numbered in their order, each once."""
    found: dict[str, Exhibit] = {}
    for record in records:
        file = file_of(record)
        if file is None or file["sha256"] in found:
            continue
        number = f"E{len(found) + 1:03}"
        name = harmless(file["name"]) if "name" in file else _nameless(file)
        folder = CAPTURES if name.lower().endswith(_CAPTURES) else ORIGINALS
        found[file["sha256"]] = Exhibit(
            number=number,
            path=f"{folder}{number}-{name}",
            sha256=file["sha256"],
            size=file["size"],
            entity=record.statement.entity,
            statement=record.id,
        )
    if len(found) > MAX_ORIGINALS:
        raise UsageError(
            f"The case has more than {MAX_ORIGINALS} originals.", "Pack its events one by one."
        )
    return tuple(found.values())


def _nameless(file: dict[str, Any]) -> str:
    """Return a name that tells nothing but the content: the digest, the ending of its kind."""
    return f"{file['sha256'][:12]}.{ENDINGS.get(file.get('type', ''), 'bin')}"


def file_of(record: Recorded) -> dict[str, Any] | None:
    """Return the file that a statement names, None when it names none that is well formed.

    Its name is with it where the record shows it.
    """
    value = file_name.told(record).statement.value
    try:
        values.check(value)
    except UsageError:
        return None
    return dict(value["file"]) if "file" in value else None


def proof_path(statement: str) -> str:
    """Return where the proof of a statement lies in a pack."""
    return f"{PROOFS}{statement}.proof.json"


def _papers(material: Material) -> dict[str, bytes]:
    """Return every file of the pack but originals, contents and what makes it a bag."""
    told, front = material.told, material.front
    hidden = tuple(name for name in FIELDS if name not in material.shown)
    proofs = {statement: proof_path(statement) for statement in material.proofs}
    papers = {
        "data/chronology.html": case_pages.chronology(told),
        "data/people.html": case_pages.people(told),
        "data/statements.html": case_pages.statements(told, proofs),
        "data/contradictions.html": case_pages.contradictions(told),
        "data/exculpatory.html": exculpatory(told),
        "data/originals.html": case_pages.originals(told),
        TABLE: statement_table.spell(_rows(material)),
        "redactions.html": pack_pages.redactions(front, told, hidden),
        REDACTIONS: canonical.encode(redactions(told.case, hidden)),
        PACK: canonical.encode(_itself(material)),
        VKEYS: "".join(f"{vkey}\n" for vkey in sorted(material.vkeys)).encode(),
        "HOW-TO-VERIFY.en.html": pack_pages.how_to_verify(front, "en"),
        "HOW-TO-VERIFY.ru.html": pack_pages.how_to_verify(front, "ru"),
        **{proofs[statement]: proof for statement, proof in material.proofs.items()},
        **{f"{CHECKPOINTS}{name}": data for name, data in material.checkpoints.items()},
        **{f"{TIMES}{name}": data for name, data in material.times.items()},
        **material.custody,
        **material.programs,
    }
    if material.policy is not None:
        papers[POLICY] = material.policy
    return papers


def _itself(material: Material) -> dict[str, Any]:
    front, case = material.front, material.told.case
    return {
        "archive": front.archive,
        "case": case.entity,
        "fields": sorted(material.shown),
        "language": front.language,
        "made": front.made,
        "not_included": sorted(front.missing),
        "packed_by": front.device,
        "recipient": front.recipient,
        "statements": len(case.records),
        "type": TYPE,
    }


def _rows(material: Material) -> Iterator[dict[str, str]]:
    told = material.told
    for record in told.case.records:
        fields = field_values(record.statement)
        opened = {name: fields[name] for name in material.opens(record)}
        yield {
            "number": str(told.numbers[record.id]),
            "about": told.about(record),
            "says": told.label(record),
            "in_words": told.telling.text(record.statement.value),
            "according_to": told.telling.according_to(record),
            "how_sure": told.sure(record),
            "marks": told.marks(record),
            **statement_table.facts(record.id, record.device, record.sequence, opened),
        }
