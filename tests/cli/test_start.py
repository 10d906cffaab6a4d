"""Ctrl-C is quiet at every moment of the start: one line, exit 130, no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.repository import ROOT

pytestmark = pytest.mark.slow  # starts a program for each

MOMENTS = ["unburnt.cli.words", "click", "unburnt.core.errors", "unburnt.workflow.session"]
LATER = ["unburnt.evidence.kinds", "unburnt.evidence.intake"]  # loaded when `take` is asked for


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
@pytest.mark.parametrize("module", MOMENTS)
def test_ctrl_c_while_modules_are_loaded_is_one_quiet_line(module: str) -> None:
    assert stopped_at(module, "version") == ("", ["unburnt: Stopped."], 130)


def stopped_at(module: str, *words: str) -> tuple[str, list[str], int]:
    """Send Ctrl-C when a module was loaded; return what was printed and said, and the code."""
    # -X importtime says on the standard error, line by line, what has just been loaded.
    program = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "unburnt.cli.start", *words],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "LC_ALL": "C"},
        text=True,
    )
    assert program.stderr is not None
    for line in program.stderr:
        if line.rstrip().endswith(f" {module}"):
            program.send_signal(signal.SIGINT)
            break
    printed, complained = program.communicate(timeout=20)
    said = [line for line in complained.splitlines() if not line.startswith("import time:")]
    return printed, said, program.returncode


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
@pytest.mark.parametrize("module", LATER)
def test_ctrl_c_while_a_command_is_loaded_is_quiet(module: str) -> None:
    printed, said, code = stopped_at(module, "take", "--help")
    assert (printed, code) == ("", 130)
    assert [line.startswith(("unburnt: Stopped.", "  → ")) for line in said if line] == [True] * 2


def test_the_program_itself_still_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "unburnt.cli.start", "version"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("unburnt ")


def test_a_signal_that_was_ignored_from_outside_stays_ignored() -> None:
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); import unburnt.cli.start;"
        " assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        check=True,
    )
