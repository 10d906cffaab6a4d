"""Terms: every id, chain of ids and word is stored once and stands in the tables as its number.

    terms = Terms(db)
    terms.ids.numbers({"mfrggz…", "aicqmb…"})      -> {"mfrggz…": 7, "aicqmb…": 8}   (made when new)
    terms.words.known("Act")                       -> 3, or None
    terms.chains.spellings({12})                   -> {12: ("mfrggz…", "aicqmb…")}

A term is stored as its UTF-8 bytes, a chain as its ids without separator. Two kinds may share a
number; the column a number stands in says which kind it is. Numbers never leave the index.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

import apsw

from unburnt.core.ids import ID_CHARACTERS
from unburnt.index.database import fetch, put

T = TypeVar("T")
_CACHED = 100_000  # terms of each kind and direction; about 15 MB of ids

_INSERT = "insert into term (spelling) values (?) on conflict do nothing"
_BY_SPELLING = "select number, spelling from term where spelling in carray(?)"
_BY_NUMBER = "select number, spelling from term where number in carray(?)"


class Kind(Generic[T]):
    """Numbers of one kind of term, in both directions, the recent ones kept in memory."""

    def __init__(
        self, db: apsw.Connection, spell: Callable[[T], bytes], read: Callable[[bytes], T]
    ) -> None:
        self._db, self._spell, self._read = db, spell, read
        self._numbers: dict[T, int] = {}
        self._spellings: dict[int, T] = {}

    def numbers(self, terms: set[T]) -> Mapping[T, int]:
        """Return a mapping that has the number of each term, made when new; only while writing."""
        if not all(term in self._numbers for term in terms):
            if len(self._numbers) + len(terms) > _CACHED:
                self._numbers = {}  # a new one: somebody may still read the old one
            missing = [term for term in terms if term not in self._numbers]
            put(self._db, _INSERT, [(self._spell(term),) for term in missing])
            self._numbers.update(self.known(missing))
        return self._numbers

    def known(self, terms: Iterable[T]) -> dict[T, int]:
        """Return the numbers of those terms that some row has held."""
        spelled = {self._spell(term): term for term in terms}
        if not spelled:
            return {}
        found = fetch(self._db, _BY_SPELLING, (apsw.carray(tuple(spelled)),))
        return {spelled[spelling]: number for number, spelling in found}

    def spellings(self, numbers: set[int]) -> Mapping[int, T]:
        """Return a mapping that has the term of each of these numbers."""
        if not all(number in self._spellings for number in numbers):
            if len(self._spellings) + len(numbers) > _CACHED:
                self._spellings = {}
            missing = array("q", [number for number in numbers if number not in self._spellings])
            for number, spelling in fetch(self._db, _BY_NUMBER, (apsw.carray(missing),)):
                self._spellings[number] = self._read(spelling)
        return self._spellings

    def forget(self) -> None:
        """Drop what is kept in memory: a transaction that was undone took its numbers with it."""
        self._numbers = {}
        self._spellings = {}


class Terms:
    """The three kinds of terms of one index."""

    def __init__(self, db: apsw.Connection) -> None:
        self.ids: Kind[str] = Kind(db, str.encode, bytes.decode)
        self.words: Kind[str] = Kind(db, str.encode, bytes.decode)
        self.chains: Kind[tuple[str, ...]] = Kind(db, _spell_chain, _read_chain)

    def forget(self) -> None:
        """Drop what all kinds keep in memory."""
        self.ids.forget()
        self.words.forget()
        self.chains.forget()


def _spell_chain(chain: tuple[str, ...]) -> bytes:
    return "".join(chain).encode("ascii")


def _read_chain(spelling: bytes) -> tuple[str, ...]:
    text = spelling.decode("ascii")
    return tuple(
        text[start : start + ID_CHARACTERS] for start in range(0, len(text), ID_CHARACTERS)
    )
