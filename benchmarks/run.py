"""Every benchmark, one after the other, and whether each kept its promises.

    python benchmarks/run.py                    as `make bench` does
    python benchmarks/run.py evidence --mib 64  one of them, with its own options

    evidence.py       taking in, checking, giving back, beside restic and borg
    take_in.py        taking in many small pictures, with and without a look at their kind
    sync.py           carrying changes between two places, beside git and rsync
    import_table.py   reading tables of thousands of rows

Ends with 1 when any bar was missed or any benchmark failed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
BENCHMARKS = ("evidence", "take_in", "sync", "import_table")


def main(arguments: Sequence[str]) -> int:
    """Run the named benchmark with the options given, or all of them, and print one summary."""
    chosen = [arguments[0]] if arguments else list(BENCHMARKS)
    results: list[tuple[str, int | None, float]] = []
    for name in chosen:
        script = HERE / f"{name}.py"
        if not script.exists():
            results.append((name, None, 0.0))
            continue
        print(f"== {name}\n", flush=True)
        start = time.monotonic()
        code = subprocess.run([sys.executable, str(script), *arguments[1:]], check=False).returncode
        results.append((name, code, time.monotonic() - start))
        print(flush=True)
    words = {None: "not there", 0: "all bars kept"}
    for name, code, seconds in results:
        print(f"{name:14}{words.get(code, 'BARS MISSED'):16}{seconds:7.0f} s")
    return 0 if results and all(code == 0 for _, code, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
