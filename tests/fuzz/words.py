"""Small spellings that come from others: ids, hashes, names on a site, moments, numbers, values."""

from __future__ import annotations

import json
from contextlib import suppress

from unburnt.core import ids, quantity, text
from unburnt.core.errors import UnburntError
from unburnt.model import grades, values
from unburnt.security import moment
from unburnt.storage import names

_ID, _HASH = "a" * 26, "0" * 64
SEEDS = [
    one.encode()
    for one in (
        *(_ID, _HASH, "ARCHIVE", f"objects/00/{_HASH}", f"log/{_ID}/0000000001"),
        *(f"times/{_ID}/0000000001-{_HASH}", f"keys/{_ID}/recovery/{_HASH}", "roster/"),
        *("2018-01-24T09:10:00Z", "-0.5", "at least 101", "от 5 до 7 тысяч", "B"),
        '{"number":"3","unit":"m","verbatim":"три"}',
        '{"range":["1",null],"unit":"people"}',
        '{"lat":"43.2","lon":"45.7","place":{"name":"a"}}',
        '{"place":{"lat":"43.2","lon":"45.7","name":"a","precision":2}}',
        '{"file":{"key":"' + _ID + '","object":"' + _HASH + '","sha256":"' + _HASH + '","size":3}}',
        '{"identifier":"10.5281/zenodo.1","scheme":"doi"}',
        '{"url":"https://example.org/a?b=c"}',
        '{"date":"2018-01~","verbatim":"early"}',
    )
]


def fuzz(data: bytes) -> None:
    """Read it as each of them."""
    said = data.decode("utf-8", "surrogateescape")
    for read in (ids.decode_id, ids.check_id, ids.check_hash, names.check_name, names.check_prefix):
        with suppress(UnburntError):
            read(said)
    assert not names.is_name(said) or names.check_prefix(said.rpartition("/")[0] + "/") is not None
    for check in (moment.parse, quantity.check_decimal, grades.check_reliability):
        with suppress(UnburntError):
            check(said)
    with suppress(UnburntError):
        text.clean(said, 2**16)
    text.printable(said)
    quantity.suggest(said)
    with suppress(ValueError, RecursionError):
        _value(json.loads(data))


def _value(value: object) -> None:
    with suppress(UnburntError):
        assert values.check(value) in values.KINDS
