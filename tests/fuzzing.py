"""Searching the parsers of foreign bytes for what they should never do.

    python -m tests.fuzzing                    every harness for 60 seconds
    python -m tests.fuzzing --seconds 5 note bundle

A harness is a module in tests/fuzz with `SEEDS: list[bytes]` and `fuzz(data: bytes) -> None`. Seeds
are cut, flipped, doubled and mixed at random; only our own errors may come out, and soon. What
was found is written to fuzz-found/<harness>-<hash> and told with the random seed of the run.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import os
import random
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from unburnt.core.errors import UnburntError

HARNESSES = Path(__file__).parent / "fuzz"
SLOW = 5.0  # seconds for one input
LONGEST = 1 << 20  # bytes of one input
_TELLING = [b"\0", b"\xff", b"\n", b'"', b"{", b"[", b"\\u0000", b"9" * 20, b"-1", b"../", b"\x7f"]


class Finding(NamedTuple):
    """An input, and how it was treated wrongly."""

    data: bytes
    what: str


def names() -> list[str]:
    """Return the names of all harnesses, sorted."""
    return sorted(path.stem for path in HARNESSES.glob("*.py") if path.stem != "__init__")


def search(
    name: str, seconds: float, chance: random.Random, most: int | None = None
) -> tuple[int, Finding | None]:
    """Return how many inputs were tried, up to `most`, and the first that was treated wrongly."""
    harness = importlib.import_module(f"tests.fuzz.{name}")
    seeds: list[bytes] = list(harness.SEEDS)
    assert seeds, f"{name} has no seeds"
    until = time.monotonic() + seconds
    tried = 0
    while time.monotonic() < until and tried != most:
        data = seeds[tried] if tried < len(seeds) else mutated(chance, seeds)
        tried += 1
        if what := wrong(harness.fuzz, data):
            return tried, Finding(data, what)
    return tried, None


def wrong(fuzz: Callable[[bytes], None], data: bytes) -> str:
    """Return what a harness did wrong with an input, or nothing."""
    start = time.monotonic()
    try:
        fuzz(data)
    except UnburntError:
        pass
    except Exception:
        return traceback.format_exc()
    took = time.monotonic() - start
    return f"took {took:.1f} s" if took > SLOW else ""


def mutated(chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Return a seed, changed a little or much."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        at, length = chance.randint(0, len(data)), chance.choice((1, 1, 2, 4, 16, 256))
        match chance.randint(0, 6):
            case 0:
                data[at : at + length] = b""
            case 1:
                data[at:at] = chance.randbytes(length)
            case 2 if at < len(data):
                data[at] ^= 1 << chance.randint(0, 7)
            case 3:
                data[at : at + length] = chance.choice(_TELLING)
            case 4:
                data[at:at] = data[at : at + length] * chance.choice((1, 2, 50))
            case 5:
                other = chance.choice(seeds)
                start = chance.randint(0, len(other))
                data[at:] = other[start:]
            case _:
                del data[at:]
    return bytes(data[:LONGEST])


def main() -> int:
    """Search each harness in turn; return 1 when something was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help="harnesses (default: all)")
    parser.add_argument("--seconds", type=float, default=60, help="for each harness")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    options = parser.parse_args()
    bad = 0
    for name in options.names or names():
        tried, finding = search(name, options.seconds, random.Random(options.seed))
        print(f"{name:24}{tried:10} inputs  {'FOUND' if finding else 'silent'}", flush=True)
        if finding:
            bad += 1
            place = Path("fuzz-found") / f"{name}-{hashlib.sha256(finding.data).hexdigest()[:12]}"
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(finding.data)
            print(f"seed {options.seed}, {place}\n{finding.what}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
