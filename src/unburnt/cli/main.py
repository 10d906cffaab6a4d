"""The program `unburnt`: every page of the book, and the way in.

    $ unburnt --archive ~/archive health

It speaks to `workflow` alone. It never takes a secret as an argument.
"""

from __future__ import annotations

from unburnt.cli import (
    danger,
    founding,
    keyless,
    people,
    policy,
    reading,
    records,
    sites,
    survive,
    tables,
    trustees,
)
from unburnt.cli.root import run, unburnt

__all__ = ["main", "unburnt"]

BOOK = (
    *(founding, people, policy, trustees),
    *(records, reading, tables),
    *(sites, keyless, danger, survive),
)

main = run

if __name__ == "__main__":
    main()
