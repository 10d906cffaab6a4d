"""Dates: EDTF, and as people write them."""

from __future__ import annotations

from unburnt.core import edtf, humandate

SEEDS = [
    text.encode()
    for text in (
        "2018-01-09?/2018-01~",
        "[2017-12-31..2018-01-02]",
        "{1667,1668-12}",
        "156u-12-25",
        "Y-170000002",
        "2018-01-09T14:00:00+03:00",
        "между 9 и 11 января 2018 года",
        "about 9 January 2018",
        "в ночь на 17 января 2018",
        "early 2018",
    )
]


def fuzz(data: bytes) -> None:
    """Read it as EDTF, and as words; what was read is valid EDTF."""
    text = data.decode("utf-8", "replace")
    if (suggested := humandate.suggest(text)) is not None:
        assert edtf.is_valid(str(suggested.text))
    edtf.parse(text)
