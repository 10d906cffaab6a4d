"""A witness killed at every write to its disk: after it starts again it contradicts nothing.

A child process runs the real server over a disk that counts its writes, syncs and deletions and
kills the process (SIGKILL) at one of them: before it, after it, or with half of it done. The
parent pushes a growing log into it, then looks: the memory must open, must know every tree that
was cosigned, and must refuse every other tree.
"""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.sync.test_witness_server import LOG, ORIGIN, body, random, raw_tree, tree
from unburnt.crypto import note
from unburnt.crypto.witness import parse_request, refusal
from unburnt.sync.witness_store import WitnessStore, found

SIZES = (1, 2, 4, 4, 7)


@dataclass
class Run:
    """What a witness acknowledged before it died; whether it did."""

    cosigned: list[int] = field(default_factory=list)
    killed: bool = False


def _push(folder: Path, moment: int, how: str) -> Run:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.sync.deadly_witness", str(folder), str(moment), how],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["src", "."])},
    )
    assert child.stdout is not None
    run, old = Run(), 0
    with child.stdout as output:
        port = output.readline()
        for size in SIZES if port else ():
            connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
            with suppress(OSError, http.client.HTTPException):
                connection.request("POST", "/add-checkpoint", body(tree(size), old))
                if connection.getresponse().status == 200:
                    run.cosigned.append(size)
                    old = size
            connection.close()
        run.killed = child.poll() is not None or run.cosigned != list(SIZES)
        child.kill()
    child.wait(10)
    return run


def _audit(folder: Path, run: Run) -> None:
    """Look at what was left with the code of a healthy start."""
    with WitnessStore.open(folder) as store:
        seen, log = store.seen(ORIGIN), store.log(ORIGIN)
        newest = max(run.cosigned, default=0)
        assert (seen.size if seen else 0) >= newest, "it forgot what it had cosigned"
        if seen is None:
            return
        assert seen.root == tree(seen.size).root
        assert log is not None
        for size in range(1, 9):  # other histories, from every size it may be asked to start from
            for old in range(size + 1):
                forged = parse_request(raw_tree(size, old))
                assert refusal(forged, log, seen) is not None
        following = parse_request(body(tree(9), seen.size))
        assert refusal(following, log, seen) is None, "it cannot go on"


def _walk(tmp_path: Path, how: str, every: int) -> None:
    first = tmp_path / "first"
    found(first, "w", random)
    with WitnessStore.open(first) as store:
        store.add_log(note.vkey(ORIGIN, LOG.public))
    moment, deaths = 1, 0
    while True:
        folder = tmp_path / f"{how}-{moment}"
        shutil.copytree(first, folder)
        run = _push(folder, moment, how)
        _audit(folder, run)
        if not run.killed:
            break
        deaths += 1
        moment += every
    assert deaths >= 40 // every


@pytest.mark.slow
def test_a_witness_that_was_killed_at_some_writes_contradicts_nothing(tmp_path: Path) -> None:
    _walk(tmp_path, "after", 20)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["before", "half", "after"])
def test_a_witness_that_was_killed_at_any_write_contradicts_nothing(
    how: str, tmp_path: Path
) -> None:
    _walk(tmp_path, how, 1)
