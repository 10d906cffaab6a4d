"""The keeper of an extractor: starts it within limits, and ends whatever it started when it ends.

    python -I -S extractor_child.py '{"cpu": 600, "file": 8589934592, …}' PROGRAM ARGUMENT…

Runs as a process of its own and imports nothing of ours. Where the system is Linux, processes that
left their parents come back to this one, so that none stays behind. SIGTERM ends all of them.
It bounds what each process may use; it is no prison.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

_PDEATHSIG, _SUBREAPER = 1, 36  # prctl(2)
_LIMITS = {
    "cpu": resource.RLIMIT_CPU,
    "file": resource.RLIMIT_FSIZE,
    "memory": resource.RLIMIT_AS,
    "open": resource.RLIMIT_NOFILE,
    "core": resource.RLIMIT_CORE,
}


def main(arguments: list[str]) -> int:
    """Run a program with its arguments within limits; return its exit code, 128 + signal."""
    limits: dict[str, int] = json.loads(arguments[0])
    if sys.platform == "linux":
        system = ctypes.CDLL(None)
        system.prctl(_SUBREAPER, 1, 0, 0, 0)
        system.prctl(_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    signal.signal(signal.SIGTERM, _ended)
    child = os.fork()
    if child == 0:
        _become(arguments[1:], limits)
    try:
        _, status = os.waitpid(child, 0)
    except SystemExit:
        status = signal.SIGTERM
    _end_all()
    return os.waitstatus_to_exitcode(status) % 256


def _become(words: list[str], limits: dict[str, int]) -> None:
    """Turn this process into the program."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for name, most in limits.items():
            _, hard = resource.getrlimit(_LIMITS[name])
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            with suppress(OSError, ValueError):  # where a system does not know this one
                resource.setrlimit(_LIMITS[name], (most, most))
        os.execv(words[0], words)  # noqa: S606 - a program that a person named, without a shell
    except OSError as error:
        print(f"cannot be run: {error.strerror}", file=sys.stderr)
    finally:
        os._exit(127)


def _ended(*_: object) -> None:
    raise SystemExit


def _end_all() -> None:
    """Kill every process below this one, until there is none."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        for one in below(os.getpid()):
            with suppress(OSError):
                os.kill(one, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.01)


def below(top: int) -> list[int]:
    """Return the processes below one, children of children too; none where there is no /proc."""
    parents: dict[int, list[int]] = {}
    for name in os.listdir("/proc") if sys.platform == "linux" else []:  # noqa: PTH208 - one file
        with suppress(OSError, ValueError, IndexError):
            fields = Path(f"/proc/{int(name)}/stat").read_text("latin-1").rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(name))
    found, open_ = [], [top]
    while open_:
        children = parents.get(open_.pop(), [])
        found += children
        open_ += children
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
