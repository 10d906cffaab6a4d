"""Numbers for terms, and back, with a memory that may be too small and transactions that fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.index.cases import IDS, KEY, TEXTS, an_id
from unburnt.index import terms as terms_module
from unburnt.index.database import open_database, writing
from unburnt.index.terms import Kind, Terms

T = TypeVar("T")
CHAINS: st.SearchStrategy[tuple[str, ...]] = st.lists(IDS, min_size=1, max_size=16).map(tuple)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[apsw.Connection]:
    db = open_database(Path(tmp_path_factory.mktemp("terms")) / "index.db", KEY)
    yield db
    db.close()


@given(
    ids=st.sets(IDS),
    words=st.sets(TEXTS.filter(bool)),
    chains=st.sets(CHAINS),
)
def test_every_term_has_one_number_that_gives_it_back(
    db: apsw.Connection, ids: set[str], words: set[str], chains: set[tuple[str, ...]]
) -> None:
    _come_back(db, "ids", ids)
    _come_back(db, "words", words)
    _come_back(db, "chains", chains)


def _come_back(db: apsw.Connection, name: str, given_terms: set[T]) -> None:
    kind: Kind[T] = getattr(Terms(db), name)
    again: Kind[T] = getattr(Terms(db), name)
    with writing(db):
        numbers = {term: kind.numbers(given_terms)[term] for term in given_terms}
    assert again.known(given_terms) == numbers
    spellings = again.spellings(set(numbers.values()))
    assert {number: spellings[number] for number in numbers.values()} == {
        number: term for term, number in numbers.items()
    }


def test_a_word_that_looks_like_an_id_is_kept_as_it_is(db: apsw.Connection) -> None:
    terms, name = Terms(db), an_id("a word")
    with writing(db):
        number = terms.words.numbers({name})[name]
        assert terms.ids.numbers({name})[name] == number
    assert Terms(db).words.spellings({number})[number] == name
    assert Terms(db).chains.spellings({number})[number] == (name,)


def test_an_unknown_term_has_no_number(db: apsw.Connection) -> None:
    assert Terms(db).words.known(["never said", ""]) == {}
    assert Terms(db).words.known([]) == {}


def test_a_memory_that_is_too_small_forgets_and_asks_again(
    db: apsw.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terms_module, "_CACHED", 3)
    terms = Terms(db)
    groups = [{f"{letter}{at}" for at in range(5)} for letter in "abcab"]
    with writing(db):
        for group in groups:
            numbers = terms.words.numbers(group)
            spellings = terms.words.spellings({numbers[word] for word in group})
            assert {spellings[numbers[word]] for word in group} == group
        first = terms.words.numbers({"x", "y"})
        terms.words.numbers({"z1", "z2", "z3"})
        assert first.keys() >= {"x", "y"}  # who still reads it is not disturbed


def test_a_number_made_in_an_undone_transaction_is_not_remembered(db: apsw.Connection) -> None:
    terms = Terms(db)
    made: dict[str, int] = {}

    def undone() -> None:
        with writing(db):
            made.update(terms.words.numbers({"undone"}))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        undone()
    terms.forget()
    assert "undone" in made
    assert terms.words.known(["undone"]) == {}
    with writing(db):
        number = terms.words.numbers({"done"})["done"]
    assert terms.words.spellings({number})[number] == "done"
