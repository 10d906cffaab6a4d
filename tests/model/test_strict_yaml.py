"""The strict part of YAML: what it reads, and what it refuses however it is written."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core.errors import ForeignDataError
from unburnt.model import strict_yaml

READ = {
    "words stay words": ("{en: No, ru: Нет}", {"en": "No", "ru": "Нет"}),
    "numbers stay as written": ("huridocs: 030101", {"huridocs": "030101"}),
    "dates stay as written": ("since: 2018-01-22", {"since": "2018-01-22"}),
    "nothing stays as written": ("a: null\nb: ~\n", {"a": "null", "b": "~"}),
    "true is true": ("gap: true", {"gap": True}),
    "quoted true is a word": ('gap: "true"', {"gap": "true"}),
    "lists": ("range: [Person, Group]", {"range": ["Person", "Group"]}),
    "lists line by line": ("range:\n- Person\n- Group\n", {"range": ["Person", "Group"]}),
}

REFUSED = {
    "nothing at all": "",
    "a key twice": "a: 1\na: 2\n",
    "a key twice in braces": "{a: 1, a: 2}",
    "an anchor used": "a: &x [1]\nb: *x\n",
    "a thing inside itself": "&x [*x]",
    "a list as a key": "? [a]\n: b\n",
    "brackets without end": "[" * 1000,
    "brackets deep enough to overrun a stack": "[" * 500_000,
    "braces and brackets in turns": "{a: [" * 100_000,
    "dashes in one line": "- " * 100_000,
    "questions in one line": "? " * 100_000,
    "ever deeper lines": "".join(" " * i + "a:\n" for i in range(2_000)),
    "too much": "a: " + "b" * strict_yaml.MAX_BYTES,
    "two documents": "a: 1\n---\nb: 2\n",
    "half a character": "a: \ud800",
    "a control character": "a: \x00",
    "a quote without end": 'a: "b',
}


@pytest.mark.parametrize(("text", "value"), READ.values(), ids=READ)
def test_it_reads(text: str, value: object) -> None:
    assert strict_yaml.parse(text) == value


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_it_refuses(text: str) -> None:
    with pytest.raises(ForeignDataError):
        strict_yaml.parse(text)


@given(st.text(alphabet="ab01 :-?[]{},&*!|>'\"#\n\t\r%@`\\~\x00é", max_size=80))
def test_any_text_is_read_or_foreign(text: str) -> None:
    with suppress(ForeignDataError):
        strict_yaml.parse(text)
