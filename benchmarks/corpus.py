"""Folders of made-up evidence: the same bytes for the same size, mixed as a monitor's disk is.

    python benchmarks/corpus.py FOLDER 1024

Holds 15 % pages of text, 47 % pictures, 20 % films, 18 % copies of pages and pictures.

Text is made of 30,000 words, so it compresses about as text does; pictures and films are noise
behind their usual first bytes, so they do not compress at all.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

_LETTERS = "абвгдежзиклмнопрстуabcdefghiklmnop"


def make(folder: Path, mib: int) -> tuple[int, int]:
    """Fill an empty folder with about `mib` MiB; return the number of files and of bytes."""
    chance = random.Random(2018)
    count = written = 0
    for name, data in _files(chance, mib * 2**20):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        count += 1
        written += len(data)
    return count, written


def _files(chance: random.Random, total: int) -> Iterator[tuple[str, bytes]]:
    words = ["".join(chance.choices(_LETTERS, k=chance.randint(3, 9))) for _ in range(30_000)]
    some: list[bytes] = []  # what copies are made of; at most 64 MiB of it
    done = number = 0
    while done < total:
        share = done / total
        if share < 0.15:
            name = f"pages/{number % 50}/{number}.html"
            text = " ".join(chance.choices(words, k=chance.randint(200, 1500)))
            data = f"<html><body><p>{text}</p></body></html>".encode()
        elif share < 0.62:
            name = f"pictures/{number % 20}/{number}.jpg"
            data = b"\xff\xd8\xff\xe0" + chance.randbytes(chance.randint(100_000, 600_000))
        elif share < 0.82:
            name, data = f"films/{number}.mp4", b"\0\0\0\x18ftyp" + chance.randbytes(total // 15)
        else:
            name, data = f"copies/{number % 20}/{number}.bin", chance.choice(some)
        if share < 0.62 and chance.random() < 0.2:
            some.append(data)
        yield name, data
        done += len(data)
        number += 1


if __name__ == "__main__":
    print("{} files, {} bytes".format(*make(Path(sys.argv[1]), int(sys.argv[2]))))
