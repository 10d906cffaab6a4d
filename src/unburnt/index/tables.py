"""The index of an archive: derived tables, asked by the program, deletable at any time.

    index = Index(open_database(path, key))
    index.apply([Applied(…)])
    index.of_entity(id)            every statement about it, oldest first by its claimed time
    index.digest()                 equal wherever the same entries were applied

Specification: docs/spec/index.md. Lists of statements hold those of every standing; lists of names
pass over refused entries. One thread uses an index at a time. Never the record of anything.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import apsw

from unburnt.core.ids import check_hash
from unburnt.index import digest, entries, search, seen
from unburnt.index.database import fetch, reading
from unburnt.index.layout import PREFIX
from unburnt.index.rows import Applied, Row, decode, names, to_pair, to_recorded
from unburnt.index.seen import Seen
from unburnt.index.terms import Terms
from unburnt.model.file_name import named
from unburnt.model.recorded import Recorded, Standing
from unburnt.model.statement import Statement

_CHUNK = 4096  # rows looked at together
_UNKNOWN = -1  # the number of no term


class Index:
    """The tables of one open index."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._terms = Terms(db)

    def close(self) -> None:
        """Close the file; the index cannot be used afterwards."""
        self._db.close()

    # --- what changes it ---------------------------------------------------------------------

    def apply(self, items: Iterable[Applied]) -> None:
        """Add entries, each in its place, in one transaction; applying one again changes nothing.

        Raises UsageError for a gap in a log, another entry in a taken place, or a malformed item.
        """
        entries.apply(self._db, self._terms, items)

    def set_standing(self, device: str, from_sequence: int, standing: Standing) -> None:
        """Judge anew all entries of a device from `from_sequence` on that are applied so far."""
        entries.set_standing(self._db, device, from_sequence, standing)

    def forget(self, device: str, sequence: int) -> None:
        """Delete the statements of an applied entry; its place in the log stays."""
        entries.forget(self._db, device, sequence)

    def reopen(
        self,
        device: str,
        sequence: int,
        compartment: str,
        statements: Sequence[Statement],
        ids: Sequence[bytes],
    ) -> None:
        """Add the statements of an applied entry that could not be opened before."""
        entries.reopen(self._db, self._terms, device, sequence, compartment, statements, ids)

    # --- what was applied --------------------------------------------------------------------

    def applied(self) -> dict[str, tuple[int, bytes]]:
        """Return, for each device, how many entries are applied and the leaf hash of the last."""
        return entries.heads(self._db)

    def leaves(self, device: str) -> list[bytes]:
        """Return the leaf hashes of a log's applied entries, in order."""
        return entries.leaves(self._db, device)

    def closed(self) -> list[tuple[str, int]]:
        """Return (device, sequence) of applied entries that could not be opened."""
        found = fetch(
            self._db,
            "select spelling, sequence from entry join term on term.number = device"
            " where compartment is null order by spelling, sequence",
        )
        return [(spelling.decode(), sequence) for spelling, sequence in found]

    def compartments(self) -> list[str]:
        """Return the compartments of the entries that are open here, sorted."""
        found = fetch(
            self._db,
            "select spelling from term where number in"
            " (select compartment from entry where standing < 2) order by spelling",
        )
        return [spelling.decode() for (spelling,) in found]

    def count(self) -> int:
        """Return the number of statements, of every standing."""
        return int(fetch(self._db, "select coalesce(sum(count), 0) from entry")[0][0])

    def digest(self, compartment: str | None = None) -> str:
        """Return the digest, in hex, of all rows or of those of one compartment."""
        with reading(self._db):
            return digest.combine(self._pairs(compartment))

    # --- statements, oldest first by their claimed time ---------------------------------------

    def of_entity(self, entity: str) -> list[Recorded]:
        """Return every statement about an entity."""
        return self.of_entities([entity])[entity]

    def of_entities(self, ids: Iterable[str]) -> dict[str, list[Recorded]]:
        """Return every statement about each of these entities, by entity, none left out."""
        about: dict[str, list[Recorded]] = {entity: [] for entity in ids}
        numbers = array("q", self._terms.ids.known(about).values())
        if numbers:
            for one in self._recorded("entity in carray(?)", apsw.carray(numbers)):
                about[one.statement.entity].append(one)
        return about

    def by_id(self, identity: str) -> list[Recorded]:
        """Return the statement with that id: one, none, or one for each place that repeats it."""
        raw = bytes.fromhex(check_hash(identity))
        return self._recorded(
            "row in (select row from place where prefix = ?) and id = ?", raw[:PREFIX], raw
        )

    def by_beginning(self, digits: str) -> list[Recorded]:
        """Return the statements whose id begins with these 1 to 64 digits of hex."""
        raw = bytes.fromhex(digits.ljust(64, "0")), bytes.fromhex(digits.ljust(64, "f"))
        return self._recorded(
            "row in (select row from place where prefix between ? and ?) and id between ? and ?",
            *(bound[:PREFIX] for bound in raw),
            *raw,
        )

    def answers_to(self, identity: str) -> list[Recorded]:
        """Return the statements that retract or supersede the one with that id."""
        return self._recorded("answers = ?", bytes.fromhex(check_hash(identity)))

    def referring_to(self, entity: str) -> list[Recorded]:
        """Return the statements whose value is that entity."""
        return self._recorded("target = ?", self._number(entity))

    def resting_on(self, source: str) -> list[Recorded]:
        """Return the statements whose source is that entity."""
        return self._recorded("source = ?", self._number(source))

    def by_identifier(self, scheme: str, identifier: str) -> list[Recorded]:
        """Return the statements whose value is that identifier of that scheme, exactly."""
        return self._recorded("scheme = ? and identifier = ?", self._word(scheme), identifier)

    def file(self, sha256: str) -> list[Recorded]:
        """Return the statements whose value is the file with that digest."""
        return self._recorded("file = ?", bytes.fromhex(check_hash(sha256)))

    def has_file(self, sha256: str) -> bool:
        """Tell whether any statement's value is the file with that digest."""
        digest = bytes.fromhex(check_hash(sha256))
        return bool(fetch(self._db, "select 1 from statement where file = ? limit 1", (digest,)))

    def file_prefixes(self) -> array[int]:
        """Return the first 8 bytes of every file's digest as numbers, in ascending order."""
        found = array("Q")
        last = b""
        while rows := fetch(
            self._db,
            "select distinct file from statement where file > ? order by file limit ?",
            (last, _CHUNK),
        ):
            found.extend(int.from_bytes(digest[:8], "big") for (digest,) in rows)
            last = rows[-1][0]
        return found

    def claimed_times(self, device: str) -> list[tuple[int, str]]:
        """Return (sequence, claimed time) of every entry of a log that can be read, in order.

        An entry's time is that of its first statement. What is not accepted claims none.
        """
        return fetch(
            self._db,
            "select sequence, recorded_at from entry join statement on row = number << 12"
            " where device = ? and standing = 0 order by sequence",
            (self._number(device),),
        )

    def files(self, compartment: str) -> list[tuple[str, dict[str, Any]]]:
        """Return statement id and value of every file of a compartment, refused ones left out.

        The value is as insiders read it: with the name that the file came under.
        """
        found = fetch(
            self._db,
            "select id, value, locator from recorded where file is not null and compartment = ?"
            " and standing < 2 order by row",
            (self._number(compartment),),
        )
        return [
            (identity.hex(), named(decode(value), decode(locator) if locator else None))
            for identity, value, locator in found
        ]

    def file_entities(self, compartment: str) -> list[str]:
        """Return the ids of all entities of a compartment that have a file, sorted."""
        found = fetch(
            self._db,
            "select spelling from term where number in (select entity from recorded"
            " where file is not null and compartment = ? and standing < 2) order by spelling",
            (self._number(compartment),),
        )
        return [spelling.decode() for (spelling,) in found]

    def find(self, text: str, limit: int) -> list[Recorded]:
        """Return up to `limit` statements whose value contains `text`, whatever its case.

        Reads every value: right, not fast. When there are more, those applied first are given.
        Raises UsageError for an empty text.
        """
        rows = array("q", islice(search.rows_containing(self._db, text), limit))
        return self._recorded("row in carray(?)", apsw.carray(rows)) if rows else []

    def all(self) -> Iterator[Recorded]:
        """Yield every statement in the order of ids, a few thousand in memory at a time."""
        last = b""
        while True:
            (until,) = fetch(
                self._db,
                "select max(prefix) from"
                " (select prefix from place where prefix > ? order by prefix limit ?)",
                (last, _CHUNK),
            )[0]
            if until is None:
                return
            rows = fetch(
                self._db,
                "select recorded.* from place join recorded using (row)"
                " where prefix > ? and prefix <= ? order by id, row",
                (last, until),
            )
            yield from self._spelled(rows)
            last = until

    # --- names -------------------------------------------------------------------------------

    def entities(self, schema: str | None = None) -> list[str]:
        """Return the ids of all entities, or of those said to be of a schema, sorted."""
        found = fetch(
            self._db,
            "select spelling from term where number in (select entity from recorded"
            " where standing < 2 and (?1 is null or schema = ?1)) order by spelling",
            (None if schema is None else self._word(schema),),
        )
        return [spelling.decode() for (spelling,) in found]

    def all_identifiers(self, scheme: str) -> dict[str, str]:
        """Return the entity of each identifier of a scheme.

        Where several have it, an accepted statement goes before an unconfirmed one, then the
        smallest id; `by_identifier` shows them all.
        """
        found = fetch(
            self._db,
            "select identifier, spelling from recorded join term on term.number = entity"
            " where scheme = ? and standing < 2 order by standing desc, spelling desc",
            (self._word(scheme),),
        )
        return {identifier: spelling.decode() for identifier, spelling in found}

    def identified(self, scheme: str) -> list[tuple[str, str]]:
        """Return every (identifier, entity) of a scheme, refused statements left out, sorted."""
        return [
            (identifier, spelling.decode())
            for identifier, spelling in fetch(
                self._db,
                "select distinct identifier, spelling from recorded join term"
                " on term.number = entity where scheme = ? and standing < 2"
                " order by identifier, spelling",
                (self._word(scheme),),
            )
        ]

    # --- beside the archive ------------------------------------------------------------------

    def remember_files(self, root: str, files: Mapping[str, Seen]) -> None:
        """Remember files by their path below a root folder, in place of what was known of them."""
        seen.remember_files(self._db, root, files)

    def known_files(self, root: str) -> dict[str, Seen]:
        """Return all files remembered below a root folder, by path."""
        return seen.known_files(self._db, root)

    def memory(self, name: str) -> dict[str, Any] | None:
        """Return the note of that name, or None when there is none, or no longer."""
        return seen.memory(self._db, name)

    def set_memory(self, name: str, value: Mapping[str, Any]) -> None:
        """Keep a small JSON object under a name, in place of the one before."""
        seen.set_memory(self._db, name, value)

    # --- how it is asked ---------------------------------------------------------------------

    def _number(self, identity: str) -> int:
        return self._terms.ids.known([identity]).get(identity, _UNKNOWN)

    def _word(self, word: str) -> int:
        return self._terms.words.known([word]).get(word, _UNKNOWN)

    def _recorded(self, where: str, *values: Any) -> list[Recorded]:
        rows = fetch(
            self._db,
            f"select * from recorded where {where} order by recorded_at, id, row",  # noqa: S608 - constants of this module
            values,
        )
        return self._spelled(rows)

    def _spelled(self, rows: list[Row]) -> list[Recorded]:
        spelled = names(rows, self._terms)
        return [to_recorded(row, spelled) for row in rows]

    def _pairs(self, compartment: str | None) -> Iterator[bytes]:
        """Yield what the digest is made of, in any order."""
        circle = None if compartment is None else self._number(compartment)
        last = -1
        while rows := fetch(
            self._db,
            "select * from recorded where row > ?1 and (?2 is null or compartment = ?2)"
            " order by row limit ?3",
            (last, circle, _CHUNK),
        ):
            spelled = names(rows, self._terms)
            yield from [to_pair(row, spelled) for row in rows]
            last = rows[-1][0]
