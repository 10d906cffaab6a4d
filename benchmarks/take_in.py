"""Taking in many small pictures: what telling their kind costs beside the bare ingest.

    python benchmarks/take_in.py                 10,000 JPEGs of some kB, in turns, 3 runs
    python benchmarks/take_in.py --files 1000

The bar: with kinds, take-in keeps at least 60 % of the throughput of the bare ingest, that is of
reading, hashing, sealing and storing the same files without a look at what they are.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

from measure import Bar, table, verdict

from unburnt.crypto.passphrase import WEAK
from unburnt.evidence import intake
from unburnt.workflow.people import found
from unburnt.workflow.take_in import take_in

LEAST = 0.6  # of the bare throughput


def make(folder: Path, count: int) -> int:
    """Fill a folder with small pictures, noise behind the first bytes of a JPEG; return bytes."""
    chance = random.Random(2018)
    total = 0
    for number in range(count):
        place = folder / f"{number // 500:03d}"
        place.mkdir(exist_ok=True)
        data = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + chance.randbytes(chance.randint(2000, 20_000))
        total += place.joinpath(f"{number}.jpg").write_bytes(data)
    return total


def once(scratch: Path, corpus: Path, count: int, *, bare: bool) -> float:
    """Return the seconds of one take-in into a new archive."""
    with tempfile.TemporaryDirectory(dir=scratch) as place:
        root = Path(place) / "archive"
        with found(root, "heron", "office", "passphrase", ["cases"], cost=WEAK) as session:
            kinds = patch.object(intake, "first_kind", (lambda head: None)) if bare else None
            if kinds:
                kinds.start()
            start = time.perf_counter()
            taken = take_in(session, [corpus], session.compartment("cases"), session.member)
            seconds = time.perf_counter() - start
            if kinds:
                kinds.stop()
            assert (taken.new, taken.left_out) == (count, [])
            typed = session.index.files(session.compartment("cases"))[0][1]["file"]
            assert ("type" in typed) is not bare
    return seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 when the bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="unburnt-bench-") as scratch:
        corpus = Path(scratch) / "corpus"
        corpus.mkdir()
        size = make(corpus, options.files)
        once(Path(scratch), corpus, options.files, bare=True)  # warm
        costs: dict[bool, list[float]] = {True: [], False: []}
        for turn in range(options.runs):
            for bare in (True, False) if turn % 2 else (False, True):
                costs[bare].append(once(Path(scratch), corpus, options.files, bare=bare))
    plain, kinds = statistics.median(costs[True]), statistics.median(costs[False])
    rows = [
        [name, f"{seconds:.2f}", f"{options.files / seconds:.0f}", f"{size / seconds / 2**20:.0f}"]
        for name, seconds in (("bare ingest", plain), ("take-in with kinds", kinds))
    ]
    bar = Bar("time with kinds / bare", kinds / plain, 1 / LEAST, " ×")
    print(table(["what", "seconds", "files/s", "MiB/s"], rows), verdict([bar]), sep="\n\n")
    return 0 if bar.kept else 1


if __name__ == "__main__":
    sys.exit(main())
