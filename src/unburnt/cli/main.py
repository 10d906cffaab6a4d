"""The program `unburnt`: the way in; its pages are loaded when they are asked for (`cli.shelf`).

    $ unburnt --archive ~/archive health

It speaks to `workflow` alone. It never takes a secret as an argument.
"""

from __future__ import annotations

from unburnt.cli.root import run, unburnt

__all__ = ["main", "unburnt"]

main = run

if __name__ == "__main__":
    main()
