"""Measuring programs against each other: fresh processes, in turns, the middle of several runs.

    cost = run(["restic", "backup", …])        Cost(cpu=4.07, wall=2.2, peak_mib=180)
    middle([cost, cost, cost])                 each figure by itself

CPU seconds are those of the process and all it started, user and system. The peak is of the
largest single process. On a machine that others share, CPU seconds are steadier than the clock.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Cost(NamedTuple):
    """CPU and wall-clock seconds, and the largest resident set of one process in MiB."""

    cpu: float
    wall: float
    peak_mib: float


class Bar(NamedTuple):
    """One promise: what was measured, how much, and what it may be at most."""

    what: str
    measured: float
    most: float
    unit: str

    @property
    def kept(self) -> bool:
        """Whether it was kept."""
        return self.measured <= self.most


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end and return what it cost; stops everything when it fails."""
    # A child of its own for each, because peaks are kept for all children together.
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise SystemExit(f"{command[0]} failed:\n{output.read().decode('utf-8', 'replace')}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, _mib(usage))


def middle(costs: Sequence[Cost]) -> Cost:
    """Return the median of each figure."""
    return Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows in columns, the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if n else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (head, *rows)
    )


def verdict(bars: Sequence[Bar]) -> str:
    """Return one line for each bar: kept or MISSED."""
    return "\n".join(
        f"{'kept  ' if bar.kept else 'MISSED'}  {bar.what}: {bar.measured:.2f}{bar.unit}"
        f" (at most {bar.most:g}{bar.unit})"
        for bar in bars
    )


def _mib(usage: resource.struct_rusage) -> float:
    # Bytes on macOS, KiB elsewhere.
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
