"""Values: what may be written, what is refused and with which next step, and how they look."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core import canonical
from unburnt.core.errors import UsageError
from unburnt.model import values
from unburnt.model.schema import builtin

ID = "ahnqy2lemvzgk3tuovxgiylume"
HASH = "c0ffee" + "0" * 58
FILE = {"sha256": HASH, "size": 16_384, "object": HASH}

GOOD: dict[str, dict[str, Any]] = {
    "a text": {"text": "Arson of a car"},
    "a text with line ends and tabs": {"text": "first\n\tsecond"},
    "a text in Chechen": {"text": "Соьлжа-ГӀала"},
    "the longest text": {"text": "я" * 32_768},
    "a text with spaces around": {"text": " as it stood "},
    "a date": {"date": "2018-01-22"},
    "a date in the words of the source": {"date": "2018-01-22", "as": "в понедельник вечером"},
    "an uncertain date": {"date": "2018-01-23~"},
    "a date before another": {"date": "[..2018-05-15]"},
    "an entity": {"entity": ID},
    "a number": {"number": "180", "unit": "g", "as": "about 180 grams"},
    "a negative number": {"number": "-0.5"},
    "more than a hundred": {"range": ["101", None], "as": "more than 100"},
    "at most five": {"range": [None, "5"], "unit": "people"},
    "between two and three": {"range": ["2", "3"]},
    "a term": {"term": "vehicle-arson"},
    "a term with a note": {"term": "other", "note": "a canister was left"},
    "a local term": {"term": "x-canister"},
    "a place by name": {"place": {"name": "Махачкала"}},
    "a place with all": {
        "place": {
            "name": "Махачкала",
            "id": "geonames:532096",
            "precision": 2,
            "lat": "42.978",
            "lon": "47.5",
        }
    },
    "the pole": {"place": {"name": "pole", "lat": "-90", "lon": "180"}},
    "a page": {"url": "https://example.org/a?b=c#d"},
    "a page on an onion": {"url": "http://expyuzz4wqqyqhjn.onion/"},
    "a page with letters of its own": {"url": "https://пример.рф/страница|1"},
    "a bare host": {"url": "http://a"},
    "a telephone": {"url": "tel:+78722000000"},
    "an identifier": {"identifier": "050000000000", "scheme": "ru-inn"},
    "a file": {"file": FILE},
    "an empty file": {"file": {**FILE, "size": 0}},
    "a file with all": {
        "file": {
            **FILE,
            "name": "IMG 0001.jpg",
            "type": "image/jpeg",
            "modified": "2018-01-22T21:00:00+03:00",
        }
    },
    "yes": {"flag": True},
    "no": {"flag": False},
}

BAD: dict[str, tuple[object, str]] = {
    "nothing": ({}, "no tag"),
    "no object": (["text"], "not an object"),
    "a tag of a newer version": ({"hologram": "x"}, "no tag"),
    "two tags": ({"text": "a", "flag": True}, "foreign keys"),
    "two tags, the other way round": ({"flag": True, "text": "a"}, "foreign keys"),
    "a foreign key": ({"date": "2018", "source": "x"}, "foreign keys"),
    "a language in the value": ({"text": "a", "lang": "rus"}, "foreign keys"),
    "a unit of text": ({"text": "a", "unit": "g"}, "foreign keys"),
    "text that is a number": ({"text": 5}, "not text"),
    "an empty text": ({"text": ""}, "empty"),
    "a blank text": ({"text": " \n\t "}, "empty"),
    "text one byte too long": ({"text": "я" * 32_768 + "a"}, "at most 65536"),
    "plain text one byte too long": ({"text": "a" * 65_537}, "at most 65536"),
    "a decomposed accent": ({"text": "и\u0306"}, "one legal spelling"),
    "a Windows line end": ({"text": "a\r\nb"}, "one legal spelling"),
    "a control character": ({"text": "a\x1b[2J"}, "control character"),
    "an override of direction": ({"text": "a\u202eb"}, "direction"),
    "half a character": ({"text": "\ud800"}, "half a character"),
    "a free date": ({"date": "Monday evening"}, "plain characters|not a date"),
    "a date that is a number": ({"date": 2018}, "not text"),
    "a day that is not in the calendar": ({"date": "2018-02-30"}, "no such day"),
    "an empty quotation": ({"date": "2018", "as": ""}, "empty"),
    "a quotation too long": ({"date": "2018", "as": "a" * 1_025}, "at most 1024"),
    "an entity by name": ({"entity": "Person"}, "not an id"),
    "an entity in capitals": ({"entity": ID.upper()}, "not an id"),
    "an entity that is a list": ({"entity": [ID]}, "not an id"),
    "a number that is a number": ({"number": 180}, "not a number of"),
    "a number with spare zeroes": ({"number": "1.50"}, "not a number of"),
    "a number with a plus": ({"number": "+3"}, "not a number of"),
    "a number with an exponent": ({"number": "1e3"}, "not a number of"),
    "a number in Arabic digits": ({"number": "١٨٠"}, "not a number of"),
    "a unit too long": ({"number": "1", "unit": "g" * 33}, "at most 32"),
    "a range of nothing": ({"range": [None, None]}, "at least one end"),
    "a range of one number": ({"range": ["5", "5"]}, "the same"),
    "a range upside down": ({"range": ["10", "9"]}, "above"),
    "a range with one end": ({"range": ["5"]}, "two ends"),
    "a range that is text": ({"range": "5-6"}, "two ends"),
    "a range of objects": ({"range": [{}, []]}, "not a number of"),
    "a term that is a label": ({"term": "Arson of a vehicle"}, "not a code"),
    "a term that is nothing": ({"term": None}, "not a code"),
    "a term with an empty note": ({"term": "other", "note": ""}, "empty"),
    "a place that is a name": ({"place": "Grozny"}, "foreign keys"),
    "a place without a name": ({"place": {"id": "geonames:558418"}}, "foreign keys"),
    "a place with a bare number": ({"place": {"name": "a", "id": "558418"}}, "place number"),
    "a place with precision 8": ({"place": {"name": "a", "precision": 8}}, "1 to 7"),
    "a place with precision true": ({"place": {"name": "a", "precision": True}}, "1 to 7"),
    "a place with half a position": ({"place": {"name": "a", "lat": "43.2"}}, "one coordinate"),
    "a place off the map": ({"place": {"name": "a", "lat": "91", "lon": "0"}}, "off the map"),
    "a place far off the map": (
        {"place": {"name": "a", "lat": "0", "lon": "-180.1"}},
        "off the map",
    ),
    "a position of floats": ({"place": {"name": "a", "lat": 43.2, "lon": 45.7}}, "not a number of"),
    "a link that runs code": ({"url": "javascript:alert(1)"}, "not a link"),
    "a link that is a page of its own": ({"url": "data:text/html,x"}, "not a link"),
    "a link into this machine": ({"url": "file:///etc/passwd"}, "not a link"),
    "a link with a blank": ({"url": "https://example.org/a b"}, "not a link"),
    "a link with a line end": ({"url": "https://example.org/\n"}, "not a link"),
    "a link with a quote": ({"url": 'https://example.org/"onclick="'}, "not a link"),
    "a link without a host": ({"url": "https:///path"}, "not a link"),
    "a link in capitals": ({"url": "HTTPS://example.org"}, "not a link"),
    "a link without a scheme": ({"url": "example.org"}, "not a link"),
    "a link too long": ({"url": "https://example.org/" + "a" * 4_096}, "at most 4096"),
    "an identifier without a scheme": ({"identifier": "1"}, "foreign keys"),
    "an identifier with a scheme in capitals": (
        {"identifier": "1", "scheme": "INN"},
        "naming scheme",
    ),
    "a scheme alone": ({"scheme": "ru-inn"}, "no tag"),
    "a file without a digest": ({"file": {"size": 1, "object": HASH}}, "foreign keys"),
    "a file with a short digest": ({"file": {**FILE, "sha256": "c0ffee"}}, "not a SHA-256"),
    "a file with a size in words": ({"file": {**FILE, "size": "16384"}}, "number of bytes"),
    "a file with a size below nothing": ({"file": {**FILE, "size": -1}}, "number of bytes"),
    "a file with a truth for size": ({"file": {**FILE, "size": True}}, "number of bytes"),
    "a file with a type in capitals": ({"file": {**FILE, "type": "IMAGE/JPEG"}}, "media type"),
    "a file with a local time": (
        {"file": {**FILE, "modified": "2018-01-22T21:00:00"}},
        "not a time",
    ),
    "a flag that is a number": ({"flag": 1}, "neither true nor false"),
    "a flag that is a word": ({"flag": "yes"}, "neither true nor false"),
}

PLAIN = {
    "a text": ({"text": "Arson"}, "en", "Arson"),
    "a date": ({"date": "2018-01-22"}, "en", "2018-01-22"),
    "words before their reading": (
        {"date": "2018-01-22", "as": "Monday evening"},
        "en",
        "Monday evening (2018-01-22)",
    ),
    "an amount": ({"number": "180", "unit": "g"}, "en", "180 g"),
    "a lower bound": ({"range": ["101", None]}, "ru", "≥ 101"),
    "an upper bound": ({"range": [None, "5"], "unit": "km"}, "ru", "≤ 5 km"),
    "two bounds": ({"range": ["2", "3"], "as": "two or three"}, "en", "two or three (2 … 3)"),
    "a term in English": ({"term": "vehicle-arson"}, "en", "Arson of a vehicle"),
    "a term in Russian": ({"term": "vehicle-arson"}, "ru", "Поджог автомобиля"),
    "a term with a note": ({"term": "mob", "note": "in masks"}, "en", "Mob: in masks"),
    "a term in a language that is missing": ({"term": "mob"}, "xx", "Mob"),
    "a term of a newer version": ({"term": "drone-strike"}, "en", "drone-strike"),
    "a place": ({"place": {"name": "Назрань"}}, "ru", "Назрань"),
    "a place with its precision": (
        {"place": {"name": "Назрань", "precision": 6}},
        "ru",
        "Назрань (6: страна)",
    ),
    "a place with a position": (
        {"place": {"name": "Nazran", "lat": "43.2", "lon": "44.8", "precision": 1}},
        "en",
        "Nazran (43.2, 44.8; 1: exact spot)",
    ),
    "an identifier": ({"identifier": "05", "scheme": "ru-inn"}, "en", "05 (ru-inn)"),
    "a file": ({"file": {**FILE, "name": "a.jpg"}}, "en", "a.jpg (16384 B)"),
    "a file without a name": ({"file": FILE}, "en", "c0ffee0000000000 (16384 B)"),
    "yes": ({"flag": True}, "ru", "да"),
    "no": ({"flag": False}, "en", "no"),
    "a value of a newer version": (
        {"hologram": "x"},
        "en",
        'unknown to this version: {"hologram": "x"}',
    ),
    "a value that is malformed": (
        {"text": 5},
        "ru",
        'неизвестно этой версии: {"text": 5}',
    ),
}


@pytest.mark.parametrize("value", GOOD.values(), ids=GOOD)
def test_a_good_value_passes_in_any_order_of_its_keys(value: dict[str, Any]) -> None:
    tag = values.check(value)
    assert tag == values.kind(value)
    canonical_order = json.loads(canonical.encode(value))
    assert values.check(canonical_order) == tag == values.kind(canonical_order)


def test_good_values_of_every_kind_were_tried() -> None:
    assert {values.kind(value) for value in GOOD.values()} == set(values.KINDS)


@pytest.mark.parametrize(("value", "word"), BAD.values(), ids=BAD)
def test_a_bad_value_is_refused(value: object, word: str) -> None:
    with pytest.raises(UsageError, match=word) as caught:
        values.check(value)
    assert caught.value.next_step


@pytest.mark.parametrize(("value", "language", "shown"), PLAIN.values(), ids=PLAIN)
def test_a_value_is_shown(value: dict[str, Any], language: str, shown: str) -> None:
    assert values.plain(value, language, builtin()) == shown


def test_every_kind_is_shown() -> None:
    for value in GOOD.values():
        assert values.plain(value, "ru", builtin())


@pytest.mark.parametrize("value", [value for value, _ in BAD.values()], ids=list(BAD))
def test_a_refusal_does_not_repeat_what_was_typed(value: object) -> None:
    with pytest.raises(UsageError) as caught:
        values.check(value)
    for typed in ("Grozny", "passwd", "Monday", "alert", "onclick"):
        assert typed not in str(caught.value)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*values.KINDS, "as", "name", "lat"]), inner, max_size=3)
    ),
    max_leaves=8,
)
TAGGED = st.dictionaries(
    st.sampled_from(
        [*values.KINDS, "as", "unit", "note", "scheme", "lang", "name", "sha256", "size"]
    ),
    ANY_JSON | st.sampled_from([part for value in GOOD.values() for part in value.values()]),
    max_size=3,
)


@given(ANY_JSON | TAGGED)
def test_any_value_passes_or_is_a_usage_error(value: object) -> None:
    with suppress(UsageError):
        assert values.check(value) in values.KINDS
        canonical.encode(value)  # a value that passes can be written down


@given(TAGGED)
def test_reading_takes_anything(value: dict[str, Any]) -> None:
    assert values.kind(value) in {*values.KINDS, values.UNKNOWN}
    assert isinstance(values.plain(value, "en", builtin()), str)


def test_a_million_values_take_a_few_seconds() -> None:
    check = builtin().check_value
    began = time.process_time()
    for year in range(2_000):
        check("Act", "startDate", {"date": f"2018-01-{year % 28 + 1:02}"})
        check("Act", "type", {"term": "arrest"})
        check("Person", "name", {"text": "Иван Иванов"})
    each = (time.process_time() - began) / 6_000
    assert each < 20e-6, f"{each * 1e6:.1f} microseconds a value"  # 1 to 3 on an idle machine
