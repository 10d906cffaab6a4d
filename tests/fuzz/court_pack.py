"""What a checker reads back from a pack: the table of statements and the contents."""

from __future__ import annotations

from contextlib import suppress

from unburnt.core.errors import ForeignDataError
from unburnt.publish.pack_pages import read_index
from unburnt.publish.pages import digest, link, page, table, text
from unburnt.publish.statement_table import COLUMNS, read, spell

SEEDS = [
    spell([dict.fromkeys(COLUMNS, "=1+1"), dict.fromkeys(COLUMNS, 'a "word"\n and more')]),
    page(
        "Contents",
        "en",
        [
            table(
                ["File", "Bytes", "SHA-256"], [(link("a b&c", "a b&c"), text(3), digest("0" * 64))]
            )
        ],
    ),
]


def fuzz(data: bytes) -> None:
    """Read the bytes as each."""
    with suppress(ForeignDataError):
        read(data)
    read_index(data)
