"""A statement as a row of the tables, and back; what goes in and what comes out.

    Applied(device=…, sequence=0, leaf=…, compartment=…, standing="accepted",
            statements=[…], ids=[…])                          one entry, as it goes in
    Recorded(statement, id, device, sequence, position, standing)      as it comes out

`to_rows` and `to_recorded` undo each other; `to_pair` spells the statement's canonical line without
building the statement, for the digest. The columns are explained in docs/spec/index.md, "Tables".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from unburnt.core import canonical
from unburnt.core.ids import ID_CHARACTERS
from unburnt.index import digest
from unburnt.index.layout import SHIFT, STANDINGS
from unburnt.index.terms import Terms
from unburnt.model import statement as statements
from unburnt.model.recorded import Recorded, Standing
from unburnt.model.statement import Statement


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a log; without compartment and statements where this device cannot open it."""

    device: str
    sequence: int
    leaf: bytes
    compartment: str | None
    standing: Standing
    statements: Sequence[Statement] = ()
    ids: Sequence[bytes] = ()


# --- in ----------------------------------------------------------------------------------------

_INTO = (
    "insert into statement (row, id, entity, property, schema, source, stance, author, recorded_at,"
    " reliability, credibility, lang, answers, attribution, locator, value, extra, target, scheme,"
    " identifier, file) values "
)
# Texts that are UTF-8 already need not be decoded and encoded once more.
_VALUES = "(" + "?, " * 14 + "cast(? as text), " * 3 + "?, ?, ?, ?)"
WIDTH = 21  # columns


def insert(count: int) -> str:
    """Return the SQL that inserts `count` rows."""
    return _INTO + ", ".join([_VALUES] * count)


def to_values(entry: int, item: Applied, terms: Terms, count: int) -> Iterator[list[Any]]:
    """Yield the values for `insert(count)`, `count` statements at a time, fewer at the end.

    `entry` is the number of the entry `item`. New terms are made.
    """
    said = item.statements
    points = [pointers(s.value) for s in said]
    ids = terms.ids.numbers(
        {s.entity for s in said}
        | {s.source for s in said}
        | {s.author for s in said}
        | {point[0] for point in points if point[0]}
    )
    words = terms.words.numbers(
        {s.property for s in said}
        | {s.schema for s in said}
        | {s.stance for s in said}
        | {s.lang for s in said if s.lang}
        | {point[1] for point in points if point[1]}
    )
    chains = terms.chains.numbers({s.attribution for s in said if s.attribution})
    texts = json_texts([s.value for s in said])
    values: list[Any] = []
    row = entry << SHIFT
    for s, identity, (target, scheme, identifier, file), text in zip(
        said, item.ids, points, texts, strict=True
    ):
        values += (
            row,
            identity,
            ids[s.entity],
            words[s.property],
            words[s.schema],
            ids[s.source],
            words[s.stance],
            ids[s.author],
            s.recorded_at,
            s.reliability,
            s.credibility,
            words[s.lang] if s.lang else None,
            bytes.fromhex(s.answers) if s.answers else None,
            chains[s.attribution] if s.attribution else None,
            json_texts([s.locator])[0] if s.locator else None,
            text,
            json_texts([s.extra])[0] if s.extra else None,
            ids[target] if target else None,
            words[scheme] if scheme else None,
            identifier,
            file,
        )
        row += 1
        if len(values) == WIDTH * count:
            yield values
            values = []
    if values:
        yield values


Pointers = tuple[str | None, str | None, str | None, bytes | None]
_SHA256 = re.compile("[0-9a-f]{64}")


def pointers(value: Mapping[str, Any]) -> Pointers:
    """Return (entity, scheme, identifier, SHA-256) as far as a value has them in their shape."""
    if "text" in value:  # most of them
        return None, None, None, None
    target, file = value.get("entity"), value.get("file")
    scheme, identifier = value.get("scheme"), value.get("identifier")
    if not (isinstance(target, str) and len(target) == ID_CHARACTERS):
        target = None
    if not (isinstance(scheme, str) and scheme and isinstance(identifier, str)):
        scheme = identifier = None
    sha256 = file.get("sha256") if isinstance(file, dict) else None
    if not (isinstance(sha256, str) and _SHA256.fullmatch(sha256)):
        sha256 = None
    return target, scheme, identifier, bytes.fromhex(sha256) if sha256 else None


_encode = msgspec.json.Encoder(order="deterministic").encode
decode = msgspec.json.Decoder().decode
_ASTRAL = re.compile(rb"[\xf0-\xf4]")


def json_texts(values: list[dict[str, Any]]) -> list[bytes]:
    """Return the canonical JSON text of each value.

    msgspec writes the same bytes as `canonical`, 25 x faster, except that it sorts keys by code
    points; only a key beyond U+FFFF shows the difference.
    """
    texts = [_encode(value) for value in values]
    if _ASTRAL.search(b"".join(texts)):
        return [canonical.encode(value) for value in values]
    return texts


# --- out ---------------------------------------------------------------------------------------

Row = tuple[Any, ...]  # of the view `recorded`, see layout.py
_POSITION = (1 << SHIFT) - 1


class Names(NamedTuple):
    """What the numbers in some rows spell."""

    ids: Mapping[int, str]
    words: Mapping[int, str]
    chains: Mapping[int, tuple[str, ...]]


def names(rows: Iterable[Row], terms: Terms) -> Names:
    """Return the spelling of every number in `rows`."""
    ids: set[int] = set()
    words: set[Any] = set()  # with None, where there is no language
    chains: set[Any] = set()
    for row in rows:
        ids.update((row[2], row[5], row[7], row[17], row[19]))
        words.update((row[3], row[4], row[6], row[11]))
        chains.add(row[13])
    return Names(
        terms.ids.spellings(ids),
        terms.words.spellings(words - {None}),
        terms.chains.spellings(chains - {None}),
    )


def to_recorded(row: Row, spelled: Names) -> Recorded:
    """Return what was recorded in a row."""
    (number, identity), (device, sequence, _, standing) = row[:2], row[17:21]
    return Recorded(
        statement=to_statement(row, spelled),
        id=identity.hex(),
        device=spelled.ids[device],
        sequence=sequence,
        position=number & _POSITION,
        standing=STANDINGS[standing],
    )


def to_statement(row: Row, spelled: Names) -> Statement:
    """Return the statement in a row, equal to the one it was made from."""
    ids, words, chains = spelled
    return Statement(
        entity=ids[row[2]],
        property=words[row[3]],
        schema=words[row[4]],
        source=ids[row[5]],
        stance=words[row[6]],
        author=ids[row[7]],
        recorded_at=row[8],
        reliability=row[9],
        credibility=row[10],
        lang=words[row[11]] if row[11] else None,
        answers=row[12].hex() if row[12] else None,
        attribution=chains[row[13]] if row[13] else (),
        locator=decode(row[14]) if row[14] else None,
        value=decode(row[15]),
        extra=decode(row[16]) if row[16] else {},
        device=ids[row[17]],
        compartment=ids[row[19]],
    )


def to_pair(row: Row, spelled: Names) -> bytes:
    """Return the 64 bytes that stand for a row in the digest."""
    (number, identity), (device, sequence, _, standing) = row[:2], row[17:21]
    if row[16]:  # unknown fields sort among the known ones
        line = statements.line_of(statements.field_bytes(to_statement(row, spelled)))
    else:
        line = _line(row, spelled).encode()
    place = (spelled.ids[device], sequence, number & _POSITION, STANDINGS[standing])
    return digest.pair(identity, *place, line)


def _line(row: Row, spelled: Names) -> str:
    """Spell the canonical line straight from the columns: far faster than by way of a Statement."""
    ids, words, chains = spelled
    answers = f'"answers":"{row[12].hex()}",' if row[12] else ""
    chain = '","'.join(chains[row[13]]) if row[13] else ""
    attribution = f'"attribution":["{chain}"],' if chain else ""
    credibility = f'"credibility":{row[10]},' if row[10] else ""
    lang = f'"lang":"{words[row[11]]}",' if row[11] else ""
    locator = f'"locator":{row[14]},' if row[14] else ""
    reliability = f'"reliability":"{row[9]}",' if row[9] else ""
    return (
        f'{{{answers}{attribution}"author":"{ids[row[7]]}","compartment":"{ids[row[19]]}",'
        f'{credibility}"device":"{ids[row[17]]}","entity":"{ids[row[2]]}",{lang}{locator}'
        f'"property":"{words[row[3]]}","recorded_at":"{row[8]}",{reliability}'
        f'"schema":"{words[row[4]]}","source":"{ids[row[5]]}","stance":"{words[row[6]]}",'
        f'"value":{row[15]}}}'
    )
