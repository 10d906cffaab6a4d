"""Running a program of others within bounds: its files, its time, its processes, all it writes.

    run(["/usr/bin/yt-dlp", "--", url], home, environment, Bounds())      -> what it said at the end

Started by its keeper (`extractor_child`), in a session of its own, with no shell. While it runs,
its whole folder is measured, files without a name too; at the first excess, at the end of its time,
or when we are interrupted, it and all it started are killed. It is no prison: a program can write
wherever its user can.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from unburnt.core.errors import MediumError
from unburnt.core.text import printable
from unburnt.evidence import extractor_child, own_memory

_LOOK = 0.1  # seconds between looks at its folder
_FAREWELL = 12.0  # seconds its keeper may take to end everything
_WORDS = 300  # characters of what it printed
_OPEN = 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one run may use; each has its reason in docs/spec/capture.md, "Extractors"."""

    seconds: float = 1800.0
    bytes: int = 8 * 2**30  # of everything in its folder, and of what it prints
    files: int = 20_000
    memory: int = 16 * 2**30  # bytes of address space, each process
    cpu: int = 1800  # seconds, each process
    processes: int = 64


def run(
    words: Sequence[str], home: Path, folder: Path, environment: Mapping[str, str], bounds: Bounds
) -> bytes:
    """Run a program in `folder` to its end, and return the end of what it printed.

    Raises MediumError when it cannot be run, fails, or takes more than it may.
    """
    own_memory.close()
    with tempfile.TemporaryFile(dir=home) as said:
        try:
            process = subprocess.Popen(  # noqa: S603 - a program that the person named, no shell
                [sys.executable, "-I", "-S", extractor_child.__file__, _limits(bounds), *words],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,  # Ctrl-C is for us; we end it
            )
        except OSError as error:
            raise MediumError("The extractor cannot be run.", "Check that it runs.") from error
        try:
            why = _wait(process, home, said, bounds)
        finally:
            _end(process)
        said.seek(max(0, os.fstat(said.fileno()).st_size - 4096))
        last = said.read(4096)
    if why:
        raise MediumError(f"The extractor was ended: {why}.", "Repeat it later.")
    if process.returncode:
        words_ = printable(last.decode("utf-8", "replace").strip()[-_WORDS:])
        raise MediumError(
            f"The extractor failed ({process.returncode}): {words_}",
            "Look at the address by hand, or update the extractor.",
        )
    return last


def _limits(bounds: Bounds) -> str:
    limits = {
        "cpu": bounds.cpu,
        "file": bounds.bytes,
        "memory": bounds.memory,
        "open": _OPEN,
        "core": 0,
    }
    return json.dumps(limits)


def _wait(process: subprocess.Popen[bytes], home: Path, said: BinaryIO, bounds: Bounds) -> str:
    """Wait for the end of a program; return why it must be ended before, or ""."""
    deadline = time.monotonic() + bounds.seconds
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK)
            return _excess(0, home, said, bounds)
        if why := _excess(process.pid, home, said, bounds):
            return why
        if time.monotonic() > deadline:
            return "it took too long"


def _excess(keeper: int, home: Path, said: BinaryIO, bounds: Bounds) -> str:
    """Return what a run has too much of, or ""."""
    running = extractor_child.below(keeper) if keeper else []
    if len(running) > bounds.processes:
        return f"it started more than {bounds.processes} processes"
    size = os.fstat(said.fileno()).st_size
    for files, one in enumerate(chain(_named(home), _nameless(running)), 1):
        size += max(one.st_size, one.st_blocks * 512) if stat.S_ISREG(one.st_mode) else 0
        if files > bounds.files:
            return f"it left more than {bounds.files} files"
        if size > bounds.bytes:
            return "it left too many bytes"
    return ""


def _named(home: Path) -> Iterator[os.stat_result]:
    for top, folders, files in os.walk(home):
        for name in (*folders, *files):
            with suppress(OSError):
                yield Path(top, name).lstat()


def _nameless(running: Sequence[int]) -> Iterator[os.stat_result]:
    """Yield files that running processes hold open and that have no name any more."""
    seen: set[tuple[int, int]] = set()
    for pid in running:
        with suppress(OSError):
            for entry in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    one = entry.stat()
                    if one.st_nlink == 0 and (one.st_dev, one.st_ino) not in seen:
                        seen.add((one.st_dev, one.st_ino))
                        yield one


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program with all it started; it may have ended by itself."""
    with suppress(OSError):
        process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_FAREWELL)
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
