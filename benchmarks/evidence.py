"""Taking in, checking and giving back evidence: unburnt beside restic and borg, in the same run.

    python benchmarks/evidence.py --mib 256 --runs 3 --scratch /tmp

Each step is a fresh process, keys opened from the passphrase at the standard cost; the three take
turns, each finds all it reads in memory, and the middle of the runs counts. A verification reads
every byte and opens it: ours hashes every object, opens it, checks every signature, chain and root
of statement ids, compares the tables with every batch, and hashes every original; theirs are
`restic check --read-data` and `borg check --verify-data`.
"""

from __future__ import annotations

import argparse
import compileall
import filecmp
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import Bar, Cost, middle, run, table, verdict

import unburnt
from unburnt.workflow.give_back import restore
from unburnt.workflow.people import found
from unburnt.workflow.session import Session
from unburnt.workflow.take_in import take_in
from unburnt.workflow.verify import verify

PACKAGE = Path(next(iter(unburnt.__path__)))
PASSPHRASE = "correct horse battery staple"
STEPS = ("ingest", "ingest again", "verify", "restore")
PEAK_MIB = 300
# Our CPU seconds for each of restic's, at most.
RATIOS = {"ingest": 0.7, "ingest again": 0.5, "verify": 1.0, "restore": 1.0}


@dataclass(frozen=True)
class Peer:
    """A program under test: how it begins, and its command for each of STEPS."""

    name: str
    begin: Callable[[], object]
    commands: dict[str, list[str]]
    environment: dict[str, str]


def peers(scratch: Path, corpus: Path) -> list[Peer]:
    """Return the three programs, each with its own folders below `scratch`."""
    return [_unburnt(scratch, corpus), _restic(scratch, corpus), _borg(scratch, corpus)]


def _unburnt(scratch: Path, corpus: Path) -> Peer:
    root, out = scratch / "unburnt", scratch / "out-unburnt"

    def begin() -> None:
        found(root, "heron", "office", PASSPHRASE, ["cases"]).close()

    def command(*words: str) -> list[str]:
        return [sys.executable, __file__, "--step", *words]

    ingest = command("ingest", str(root), str(corpus))
    commands = {
        "ingest": ingest,
        "ingest again": ingest,
        "verify": command("verify", str(root), ""),
        "restore": command("restore", str(root), str(out)),
    }
    return Peer("unburnt", begin, commands, {})


def _restic(scratch: Path, corpus: Path) -> Peer:
    environment = {
        "RESTIC_REPOSITORY": str(scratch / "restic"),
        "RESTIC_PASSWORD": PASSPHRASE,
        "RESTIC_CACHE_DIR": str(scratch / "restic-cache"),
        "RESTIC_PROGRESS_FPS": "0",
    }
    commands = {
        "ingest": ["restic", "-q", "backup", str(corpus)],
        "ingest again": ["restic", "-q", "backup", str(corpus)],
        "verify": ["restic", "-q", "check", "--read-data"],
        "restore": ["restic", "-q", "restore", "latest", "--target", str(scratch / "out-restic")],
    }
    return Peer("restic", lambda: run(["restic", "-q", "init"], environment), commands, environment)


def _borg(scratch: Path, corpus: Path) -> Peer:
    repository = str(scratch / "borg")
    environment = {"BORG_PASSPHRASE": PASSPHRASE, "BORG_BASE_DIR": str(scratch / "borg-base")}
    out = scratch / "out-borg"
    commands = {
        "ingest": ["borg", "create", f"{repository}::one", str(corpus)],
        "ingest again": ["borg", "create", f"{repository}::two", str(corpus)],
        "verify": ["borg", "check", "--verify-data", repository],
        "restore": ["sh", "-c", f"cd '{out}' && borg extract '{repository}::two'"],
    }

    def begin() -> None:
        out.mkdir()
        run(["borg", "init", "-e", "repokey-blake2", repository], environment)

    return Peer("borg", begin, commands, environment)


def one_step(step: str, root: Path, place: Path) -> None:
    """Do one step of ours, in a process of its own, and stop if it did not do all of it."""
    with Session.open(root, PASSPHRASE) as session:
        compartment = session.compartment("cases")
        if step == "ingest":
            # Bare, as the others: they do not read back what they wrote either.
            taken = take_in(session, [place], compartment, session.member, read_back=False)
            assert not taken.left_out
        elif step == "verify":
            verified = verify(session, deep=True)
            assert verified.green, verified.problems
            assert verified.originals
        else:
            opened = restore(session, place, compartment)
            assert opened.originals
            assert not opened.problems, opened.problems[:3]


def measure(mib: int, runs: int, scratch: Path) -> dict[str, dict[str, Cost]]:
    """Return the middle cost of each step for each program."""
    corpus = scratch / "corpus"
    compileall.compile_dir(str(PACKAGE), quiet=1)  # as installing does
    # Made by a process of its own: a large parent would count as the peak of each child.
    run([sys.executable, str(Path(__file__).with_name("corpus.py")), str(corpus), str(mib)])
    sizes = [path.stat().st_size for path in corpus.rglob("*") if path.is_file()]
    print(f"{len(sizes)} files, {sum(sizes) >> 20} MiB; {runs} runs, {os.cpu_count()} processors")
    costs: dict[str, dict[str, list[Cost]]] = {step: {} for step in STEPS}
    for turn in range(runs):
        place = scratch / f"run-{turn}"
        place.mkdir()
        contenders = peers(place, corpus)
        for peer in contenders:
            peer.begin()
        for step in STEPS:
            # Whoever comes first may find the machine otherwise: they take turns at that, too.
            for peer in contenders[turn % 3 :] + contenders[: turn % 3]:
                _warm(corpus, place / peer.name)
                cost = run(peer.commands[step], peer.environment)
                costs[step].setdefault(peer.name, []).append(cost)
        _check_same(corpus, place / "out-unburnt")
        shutil.rmtree(place)
    return {
        step: {name: middle(of) for name, of in by_name.items()} for step, by_name in costs.items()
    }


def bars(costs: dict[str, dict[str, Cost]]) -> list[Bar]:
    """Return the promises, measured."""
    ratios = [
        Bar(f"{step} / restic", costs[step]["unburnt"].cpu / costs[step]["restic"].cpu, most, " ×")
        for step, most in RATIOS.items()
    ]
    peak = max(by_name["unburnt"].peak_mib for by_name in costs.values())
    return [*ratios, Bar("peak memory", peak, PEAK_MIB, " MiB")]


def show(costs: dict[str, dict[str, Cost]]) -> str:
    """Return the table of all steps."""
    rows = []
    for step, by_name in costs.items():
        ours = by_name["unburnt"].cpu
        for name, cost in by_name.items():
            ratio = "" if name == "unburnt" else f"{ours / cost.cpu:.2f}"
            rows.append(
                [step, name, f"{cost.cpu:.2f}", f"{cost.wall:.2f}", f"{cost.peak_mib:.0f}", ratio]
            )
            step = ""
    return table(["step", "program", "CPU s", "wall s", "peak MiB", "ours / theirs"], rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 when a bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--mib", type=int, default=1024, help="size of the corpus")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--scratch", type=Path, help="where to work (default: a temporary folder)")
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.step:
        step, root, place = options.step
        one_step(step, Path(root), Path(place))
        return 0
    with tempfile.TemporaryDirectory(dir=options.scratch, prefix="unburnt-bench-") as scratch:
        costs = measure(options.mib, options.runs, Path(scratch))
    promises = bars(costs)
    print(show(costs), verdict(promises), sep="\n\n", flush=True)
    return 0 if all(bar.kept for bar in promises) else 1


def _warm(*folders: Path) -> None:
    """Read what the next program will read: waiting for a cold disk costs processor time, too."""
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        with path.open("rb", buffering=0) as file:
            while file.read(2**20):
                pass


def _check_same(corpus: Path, restored: Path) -> None:
    """Stop unless every file came back, byte for byte."""
    for folder, _, names in os.walk(corpus):
        other = restored / Path(folder).relative_to(corpus)
        _, different, missing = filecmp.cmpfiles(folder, other, names, shallow=False)
        assert not different, different[:3]
        assert not missing, missing[:3]


if __name__ == "__main__":
    sys.exit(main())
