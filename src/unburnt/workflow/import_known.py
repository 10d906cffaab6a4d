"""What an import knows of its dataset, and the statements it would make of a row.

    known = Known(session, table, compartment, sha256, "list.csv")
    said = known.said(["17", "18"])              # what the list said so far about these rows
    known.wanted(reading, 17, voices)            # what the map makes of one now
    known.answer(old, "superseded", 17)          # how this file replaces what an older one said

Identity and lineage: docs/spec/table-map.md. It looks things up and builds statements; whether they
differ is for `model.table_diff`, when they are written for `import_table`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from unburnt.core.errors import UsageError
from unburnt.core.ids import new_id
from unburnt.core.text import clean
from unburnt.model.recorded import REFUSED, Recorded
from unburnt.model.statement import Statement
from unburnt.model.table_diff import difference, live
from unburnt.model.table_map import Reading, TableMap
from unburnt.model.values import MAX_NAME
from unburnt.workflow.session import Session

KEY = "importKey"

Said = Mapping[str, list[Recorded]]  # by entity


class Known:
    """The dataset as the archive holds it, and the statements this file would make."""

    def __init__(
        self, session: Session, table: TableMap, compartment: str, sha256: str, name: str
    ) -> None:
        self.session, self.table, self.compartment = session, table, compartment
        self.at, self.member, self.device = session.clock(), session.member, session.device
        self.files: set[str] = set()
        self.handles = {entity.handle: None for entity in table.entities}
        find = session.index.all_identifiers
        files = find(f"{table.dataset}.file")
        self._learn(files)
        self.entities = {handle: find(table.scheme(handle)) for handle in self.handles}
        self.voices = find(f"{table.dataset}.said")
        self.covered = {
            entity.handle: {KEY, *(rule.property for rule in entity.rules)}
            for entity in table.entities
        }
        self.keys: dict[str, int] = {}  # of rows seen in this file -> row number
        self.keyless = 0
        self.has_file = sha256 in files
        self.file = files[sha256] if self.has_file else new_id(session.random)
        self.of_file = self._of_file(sha256, name)
        self.files.add(self.file)

    def _learn(self, files: Iterable[str]) -> None:
        """Take in what earlier imports noted with their files: handles, and where they went."""
        dataset, main = self.table.dataset, self.table.entities[0].handle
        index = self.session.index
        # Two devices may have brought one file before they met: all of its entities count.
        self.files |= {
            record.statement.entity
            for sha256 in files
            for record in index.by_identifier(f"{dataset}.file", sha256)
            if record.standing != REFUSED
        }
        for entity, records in index.of_entities(self.files).items():
            for said in [record.statement for record in records]:
                scheme = said.value.get("scheme")
                if said.source != entity or scheme not in (f"{dataset}.main", f"{dataset}.handle"):
                    continue
                if said.compartment != self.compartment:
                    raise UsageError(
                        "This dataset was imported into another compartment.",
                        "Name that one in the map, or give this dataset another name.",
                    )
                handle = said.value["identifier"]
                self.handles.setdefault(handle)
                if scheme == f"{dataset}.main" and handle != main:
                    raise UsageError(
                        "The rows of this dataset were imported with another entity first.",
                        f"Let “{handle}” come first in the map, or rename the dataset.",
                    )

    def _of_file(self, sha256: str, name: str) -> list[Statement]:
        """Return what is still to be said of the file; it goes with the first row that changes."""
        handles = [entity.handle for entity in self.table.entities]
        keys = [("file", sha256), ("main", handles[0]), *(("handle", each) for each in handles)]
        values: list[tuple[str, dict[str, Any]]] = [
            ("fileName", {"text": clean(name, MAX_NAME)}),
            ("contentHash", {"identifier": sha256, "scheme": "sha256"}),
        ]
        for kind, key in keys:
            values.append((KEY, {"identifier": key, "scheme": f"{self.table.dataset}.{kind}"}))
        wanted = [self.state(self.file, "Document", *each, row=None) for each in values]
        there = live(self.session.index.of_entity(self.file), {self.file}, self.compartment)
        return difference(wanted, there).added

    def see(self, key: str, row: int) -> None:
        """Note that a row of this file has this key; UsageError when another has it already."""
        before = self.keys.setdefault(key, row)
        if before != row:
            raise UsageError(f"The key stands in row {before} already.", "Keep one of them.")

    def said(self, keys: Iterable[str]) -> Said:
        """Return what the list said so far of every known entity of the rows with these keys."""
        wanted = [
            entities[key] for key in keys for entities in self.entities.values() if key in entities
        ]
        found = self.session.index.of_entities(wanted) if wanted else {}
        return {
            entity: live(records, self.files, self.compartment) for entity, records in found.items()
        }

    def of_row(self, key: str, said: Said) -> Iterator[tuple[str, Recorded]]:
        """Yield (handle, record) for all that the list said of a row."""
        for handle, entities in self.entities.items():
            for record in said.get(entities.get(key, ""), ()):
                yield handle, record

    def wanted(self, reading: Reading, row: int, chain: tuple[str, ...]) -> list[Statement]:
        """Return the statements that a row makes; entities it makes for the first time get ids."""
        ids: dict[str, str] = {}
        found: list[Statement] = []
        for made in self.table.entities:
            if made.handle in reading.handles:
                by_key = self.entities[made.handle]
                entity = by_key.get(reading.key)
                if entity is None:
                    entity = by_key[reading.key] = new_id(self.session.random)
                ids[made.handle] = entity
                value = {"identifier": reading.key, "scheme": self.table.scheme(made.handle)}
                found.append(self.state(entity, made.schema, KEY, value, row=row))
        for rule, value in reading.facts:
            grades = rule.grades
            found.append(
                Statement(
                    author=self.member,
                    compartment=self.compartment,
                    device=self.device,
                    entity=ids[rule.handle],
                    property=rule.property,
                    recorded_at=self.at,
                    schema=rule.schema,
                    source=self.file,
                    stance=grades.stance,
                    value=value if rule.reference is None else {"entity": ids[rule.reference]},
                    attribution=chain,
                    credibility=grades.credibility,
                    lang=grades.lang,
                    locator={"row": row},
                    reliability=grades.reliability,
                )
            )
        return found

    def voice(self, reading: Reading, row: int) -> tuple[tuple[str, ...], list[Statement]]:
        """Return the chain of those who said so, and what introduces the new ones among them."""
        ids: list[str] = []
        new: list[Statement] = []
        for schema, name in reading.chain if reading.facts else ():
            if name not in self.voices:
                entity = self.voices[name] = new_id(self.session.random)
                value = {"identifier": name, "scheme": f"{self.table.dataset}.said"}
                new.append(self.state(entity, schema, KEY, value, row=row))
                new.append(self.state(entity, schema, "name", {"text": name}, row=row))
            ids.append(self.voices[name])
        return tuple(ids), new

    def state(
        self, entity: str, schema: str, property: str, value: dict[str, Any], row: int | None
    ) -> Statement:
        """Return a statement of the import's own: it rests on the file alone."""
        return Statement(
            author=self.member,
            compartment=self.compartment,
            device=self.device,
            entity=entity,
            property=property,
            recorded_at=self.at,
            schema=schema,
            source=self.file,
            stance="asserted",
            value=value,
            locator=None if row is None else {"row": row},
        )

    def answer(self, old: Recorded, stance: str, row: int | None) -> Statement:
        """Return the statement by which this file replaces or takes back an older one."""
        said = old.statement
        return Statement(
            author=self.member,
            compartment=self.compartment,
            device=self.device,
            entity=said.entity,
            property=said.property,
            recorded_at=self.at,
            schema=said.schema,
            source=self.file,
            stance=stance,
            value=said.value,
            answers=old.id,
            lang=said.lang,
            locator=None if row is None else {"row": row},
        )
