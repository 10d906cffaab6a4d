"""What a sync costs when nothing is new, and when one object in a hundred is, against peers.

    python benchmarks/sync.py [--objects 100000] [--rounds 5]

    sync of 100,000 objects of 400 bytes: CPU seconds, median of 3
                                     nothing new         1 % new   copying alone
    unburnt sync                           0.006           0.438           0.508
    rsync -a                               0.587           0.768               -
    git add, commit, push                  0.655           2.670               -
    restic backup                          4.997           5.596               -

Built through the real journal: entries that need many evidence objects of about 400 bytes. Each
peer is given the same files. CPU is user and system time of this process (unburnt) or of its
children (peers); waiting for the disk is left out, for everybody. "Copying alone" is the reading,
hashing and durable writing of the new objects without any looking, for comparison.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from unburnt.core.ids import new_id
from unburnt.crypto.passphrase import WEAK
from unburnt.storage.directory import DirectoryBackend
from unburnt.storage.names import object_name
from unburnt.workflow import exchange, people
from unburnt.workflow.session import Claim, Session

SIZE = 400  # bytes of an object
NEEDS = 1000  # objects an entry needs
PASSPHRASE = "correct horse battery staple"
ENVIRONMENT = {**os.environ, "RESTIC_PASSWORD": PASSPHRASE, "GIT_CONFIG_NOSYSTEM": "1"}


def cpu(who: int) -> float:
    """Return user and system seconds so far."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def measured(act: Callable[[], object], who: int = resource.RUSAGE_SELF) -> float:
    """Return the CPU seconds that `act` takes."""
    before = cpu(who)
    act()
    return cpu(who) - before


def add(session: Session, count: int) -> list[str]:
    """Record evidence objects, `NEEDS` an entry; returns their hashes."""
    made: list[str] = []
    while len(made) < count:
        needs = []
        for _ in range(min(NEEDS, count - len(made))):
            data = os.urandom(SIZE)
            name = hashlib.sha256(data).hexdigest()
            session.backend.put(object_name(name), data, sync=False)
            needs.append((name, SIZE))
        entity = new_id(os.urandom)
        claim = Claim(
            entity=entity,
            schema="Person",
            property="name",
            value={"text": "evidence"},
            source=entity,
            compartment=session.compartment("cases"),
        )
        session.say([claim], needs)
        made += [name for name, _ in needs]
    return made


def ours(session: Session, objects: int, rounds: int) -> dict[str, float]:
    """Return the medians for unburnt; the copy and the site grow by one hundredth each round."""
    same, new, alone = [], [], []
    for number in range(rounds):
        same.append(measured(lambda: exchange.sync(session, "site")))
        fresh = add(session, objects // 100)
        new.append(measured(lambda: exchange.sync(session, "site")))
        place = session.root.parent / f"alone-{number}"

        def copy(place: Path = place, fresh: list[str] = fresh) -> None:
            target = DirectoryBackend(place, create=True)
            for name in fresh:
                data = session.backend.get(object_name(name), SIZE)
                assert hashlib.sha256(data).hexdigest() == name
                target.put(object_name(name), data, sync=False)
            target.close()

        alone.append(measured(copy))
        shutil.rmtree(place)
    return _medians(same, new, alone)


def _medians(same: list[float], new: list[float], alone: list[float]) -> dict[str, float]:
    found = {"nothing new": statistics.median(same), "1 % new": statistics.median(new)}
    return found | ({"copying alone": statistics.median(alone)} if alone else {})


def peers(source: Path, target: Path) -> dict[str, tuple[list[list[str]], list[list[str]]]]:
    """Return for each peer what prepares it once, and what a sync is."""
    repository, mirror = source / ".git", target / "git"
    git = ["git", "-C", str(source), "-c", "gc.auto=0", "-c", "maintenance.auto=false"]
    git += ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    restic = ["restic", "-q", "--no-cache", "-r", str(target / "restic")]
    rsync = ["rsync", "-a", "--exclude=.git", f"{source}/", str(target / "rsync")]
    return {
        "rsync -a": ([rsync], [rsync]),
        "git add, commit, push": (
            [
                ["git", "init", "-q", "--bare", str(mirror)],
                ["git", "init", "-q", str(repository.parent)],
                [*git, "add", "-A"],
                [*git, "commit", "-q", "-m", "all"],
                [*git, "push", "-q", str(mirror), "HEAD:main"],
            ],
            [
                [*git, "add", "-A"],
                [*git, "commit", "-q", "--allow-empty", "-m", "more"],
                [*git, "push", "-q", str(mirror), "HEAD:main"],
            ],
        ),
        "restic backup": (
            [[*restic, "init"], [*restic, "backup", "--exclude=.git", str(source)]],
            [[*restic, "backup", "--exclude=.git", str(source)]],
        ),
    }


def theirs(
    name: str, source: Path, target: Path, objects: int, rounds: int
) -> dict[str, float] | None:
    """Return the medians of one peer, None when it is not installed or refuses."""
    prepare, sync = peers(source, target)[name]
    if shutil.which(prepare[0][0]) is None:
        return None
    try:
        _run(prepare)
        same, new = [], []
        for _ in range(rounds):
            same.append(measured(lambda: _run(sync), resource.RUSAGE_CHILDREN))
            for _ in range(objects // 100):
                data = os.urandom(SIZE)
                path = source / object_name(hashlib.sha256(data).hexdigest())
                path.write_bytes(data)
            new.append(measured(lambda: _run(sync), resource.RUSAGE_CHILDREN))
    except subprocess.CalledProcessError:
        return None
    return _medians(same, new, [])


def _run(commands: list[list[str]]) -> None:
    for command in commands:
        subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--alone", action="store_true", help="without the peers")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="unburnt-bench-") as folder:
        place = Path(folder)
        session = people.found(
            place / "office", "heron", "office", PASSPHRASE, ["cases"], cost=WEAK
        )
        add(session, options.objects)
        exchange.add_site(session, "site", place / "site", {"operator": "partner"}, make=True)
        exchange.sync(session, "site")
        results = {"unburnt sync": ours(session, options.objects, options.rounds)}
        session.close()
        if not options.alone:
            source = place / "loose"
            shutil.copytree(place / "site", source)
            for name in peers(source, place):
                found = theirs(name, source, place, options.objects, options.rounds)
                results[name] = found or {}
    columns = ["nothing new", "1 % new", "copying alone"]
    print(
        f"sync of {options.objects:,} objects of {SIZE} bytes: CPU seconds, "
        f"median of {options.rounds}"
    )
    print(f"{'':28}" + "".join(f"{column:>16}" for column in columns))
    for name, row in results.items():
        cells = [f"{row[c]:16.3f}" if c in row else f"{'-':>16}" for c in columns]
        print(f"{name:28}" + "".join(cells))


if __name__ == "__main__":
    main()
