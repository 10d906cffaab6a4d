"""The program `unburnt`: every page of the book, and the way in.

    $ unburnt --archive ~/archive health

It speaks to `workflow` alone. It never takes a secret as an argument.
"""

from __future__ import annotations

from unburnt.cli import (
    capture,
    custody,
    danger,
    examine,
    founding,
    head_card,
    keyless,
    packing,
    people,
    policy,
    proving,
    reading,
    records,
    sites,
    survive,
    tables,
    timestamps,
    trustees,
    witness,
)
from unburnt.cli.root import run, unburnt

__all__ = ["main", "unburnt"]

BOOK = (
    *(founding, people, policy, trustees),
    *(records, capture, examine, reading, tables, custody, proving, packing),
    *(sites, head_card, keyless, witness, timestamps, danger, survive),
)

main = run

if __name__ == "__main__":
    main()
