"""The first thing that runs: Ctrl-C ends the program quietly, also while it is still loading.

    $ unburnt health            pyproject.toml names `unburnt.cli.start:main`
    ^Cunburnt: Stopped.         exit code 130, no traceback

Nothing is open and nothing was written while modules are loaded, so leaving at once is safe. From
then on `cli.root` tells what was stopped. It does nothing else.
"""
# ruff: noqa: E402 - the order is the point: first the signal, then what takes 0.3 s to load

from __future__ import annotations

import os
import signal
from types import FrameType

_STOPPED = 130
_said = "Stopped."


def _stop(number: int, frame: FrameType | None) -> None:
    os.write(2, f"unburnt: {_said}\n".encode())
    os._exit(_STOPPED)


# Whoever started us with the signal ignored, or took it themselves, keeps it so.
_ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
if _ours:
    signal.signal(signal.SIGINT, _stop)

from unburnt.cli import words

words.use(words.spoken(dict(os.environ)))
_said = words._("Stopped.")

from unburnt.cli.main import main as main

if _ours:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if __name__ == "__main__":
    main()
