"""The program `unburnt`: every page of the book, and the way in.

    $ unburnt --archive ~/archive health

It speaks to `workflow` alone. It never takes a secret as an argument.
"""

from __future__ import annotations

from unburnt.cli import (
    custody,
    danger,
    examine,
    founding,
    keyless,
    packing,
    people,
    policy,
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
    *(records, examine, reading, tables, custody, packing),
    *(sites, keyless, witness, timestamps, danger, survive),
)

main = run

if __name__ == "__main__":
    main()
