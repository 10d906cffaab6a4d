"""A real program on real folders, killed at a random moment: what it acknowledged is there.

The child says things and syncs, and prints each statement id only after it was acknowledged. It is
killed with SIGKILL; then the archive is opened, verified and used as if nothing had happened.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.world import PASSPHRASE
from unburnt.core.ids import new_id
from unburnt.crypto.passphrase import WEAK
from unburnt.workflow import exchange, people
from unburnt.workflow.session import Claim, Session
from unburnt.workflow.verify import verify

ROUNDS = 12
LONGEST = 0.6  # seconds after its first word that a child is left to live

CHILD = """
import os, sys
from pathlib import Path
from tests.faults.test_killed import say
from unburnt.workflow import exchange
from unburnt.workflow.session import Session

root, passphrase = Path(sys.argv[1]), sys.argv[2]
with Session.open(root, passphrase) as session:
    number = 0
    while True:
        print(say(session), flush=True)
        number += 1
        if number % 3 == 0:
            exchange.sync(session, "site")
            bundle = root.parent / f"{os.getpid()}-{number}.unburnt"
            exchange.send(session, bundle)
            print("sent", bundle.name, flush=True)
"""


def say(session: Session) -> str:
    """Record one statement and return its id."""
    entity = new_id(os.urandom)
    claim = Claim(
        entity=entity,
        schema="Person",
        property="name",
        value={"text": "a name"},
        source=entity,
        compartment=session.compartment("cases"),
    )
    return session.say([claim])[0][0]


@pytest.mark.slow
def test_what_a_killed_program_acknowledged_is_there(tmp_path: Path) -> None:
    root = tmp_path / "office"
    with people.found(root, "heron", "office", PASSPHRASE, ["cases"], cost=WEAK) as session:
        (tmp_path / "site").mkdir()
        exchange.add_site(session, "site", tmp_path / "site", {"operator": "partner"}, make=True)
        say(session)
    moments = random.Random(11)
    acknowledged: set[str] = set()
    for _ in range(ROUNDS):
        lines = _run_and_kill(root, moments.uniform(0, LONGEST))
        acknowledged |= {line for line in lines if not line.startswith("sent")}
        with Session.open(root, PASSPHRASE) as session:
            assert acknowledged <= {one.id for one in session.index.all()}
            assert session.refused == []
            report = verify(session, deep=True)
            assert report.green, report.problems
            for line in lines:
                if line.startswith("sent"):  # a bundle that was acknowledged is whole
                    taken = exchange.receive(session, tmp_path / line.split()[1])
                    assert (taken.problems, taken.pulled.moved) == ([], 0)
            assert exchange.sync(session, "site").problems == []
            assert exchange.check_site(session, "site").green
    assert acknowledged


def _run_and_kill(root: Path, seconds: float) -> list[str]:
    """Return the whole lines that a child printed before it was killed."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(root), PASSPHRASE],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["src", "."])},
    )
    assert child.stdout is not None
    with child.stdout as output:
        first = output.readline()
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
        rest = output.read()
    child.wait()
    lines = (first + rest).split(b"\n")
    return [line.decode("ascii") for line in lines[:-1]]
