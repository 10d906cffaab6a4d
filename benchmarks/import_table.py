"""How fast a table becomes an archive, and how much it weighs there.

    python -m benchmarks.import_table --rows 100000

Measured through the real recipe into a real archive on disk: signed, sealed, indexed. CPU seconds
of this process, so that a busy machine shows little. The bars stand in BARS; one that is missed
ends the run with exit code 1.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import openpyxl

from unburnt.crypto.passphrase import WEAK
from unburnt.model.batch import Batch
from unburnt.model.chain import Tip
from unburnt.model.table_map_reading import parse
from unburnt.storage import objects
from unburnt.workflow.import_table import import_table
from unburnt.workflow.people import found
from unburnt.workflow.session import Claim, Session

T = TypeVar("T")
PASSPHRASE = "measured"
MAP = """
dataset: measured
compartment: cases
key: id
lang: rus
entities:
  event:
    schema: Event
    properties:
      name: {column: name}
      startDate: {column: date, type: date}
      location: {column: place, type: place}
      detained: {column: detained, type: number}
      injured: {column: injured, type: number}
      keywords: {column: subject}
      summary: {column: summary}
      sourceUrl: {column: link, type: url}
      project: {value: measured}
"""
COLUMNS = ("id", "name", "date", "place", "detained", "injured", "subject", "summary", "link")
STATEMENTS = 10  # a row: nine properties and the import key

# What must hold: name -> the most it may be.
BARS = {
    "import CPU ms a row": 2.0,
    "import CPU ms a row of a workbook": 2.0,
    "import CPU s for a million statements": 90.0,
    "log bytes a statement": 300.0,
    "index bytes a statement": 500.0,
    "verify whole log CPU s for a million statements": 10.0,
    "open with remembered tip CPU s": 1.0,
    "say ten statements CPU ms": 10.0,
}
_MILLION = 1_000_000


def write_table(path: Path, rows: int, seed: int = 20180122) -> None:
    """Write a repeatable CSV of `rows` events: names and texts differ, dates and places repeat."""
    rng = random.Random(seed)
    words = [_word(rng) for _ in range(4_000)]
    places = [_word(rng).capitalize() for _ in range(500)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(rows):
            writer.writerow(
                (
                    f"case-{number}",
                    " ".join(rng.choices(words, k=3)),
                    f"{rng.randint(1, 28):02}.{rng.randint(1, 12):02}.{rng.randint(1999, 2018)}",
                    rng.choice(places),
                    rng.randint(1, 400),
                    rng.randint(0, 40),
                    rng.choice(words),
                    " ".join(rng.choices(words, k=8)),
                    f"https://example.org/express/{rng.getrandbits(40):x}",
                )
            )


def _word(rng: random.Random) -> str:
    return "".join(rng.choices("абвгдежзиклмнопрстуфхцчшыэюя", k=rng.randint(4, 10)))


def measure(folder: Path, rows: int, progress: Callable[[str, int], None]) -> dict[str, float]:
    """Return every measured quantity of BARS for an import of that many rows."""
    path = folder / "table.csv"
    write_table(path, rows)
    table, root = parse(MAP), folder / "archive"
    with found(root, "heron", "office", PASSPHRASE, ["cases"], cost=WEAK) as session:
        spent, report = _timed(lambda: import_table(session, path, table, progress))
        count = session.index.count()
        assert report.totals()["added"] == rows
        assert count >= rows * STATEMENTS
    log = sum(_size(root / name) for name in ("objects", "log", "checkpoints"))
    index = sum(file.stat().st_size for file in root.glob("index.db*"))
    opening, session = _timed(lambda: Session.open(root, PASSPHRASE))
    with session:
        checking, checked = _timed(lambda: verify_log(session))
        assert checked == count
        _say(session)  # the first one fills caches
        saying, _ = _timed(lambda: _say(session, 10))
        again, repeated = _timed(lambda: import_table(session, path, table, progress))
        assert repeated.totals()["unchanged"] == rows
        assert repeated.entries == 0
    return {
        "import CPU ms a row": spent * 1e3 / rows,
        "import CPU s for a million statements": spent * _MILLION / count,
        "import again, all unchanged, CPU s for a million statements": again * _MILLION / count,
        "log bytes a statement": log / count,
        "index bytes a statement": index / count,
        "verify whole log CPU s for a million statements": checking * _MILLION / count,
        "open with remembered tip CPU s": opening,
        "say ten statements CPU ms": saying * 1e3 / 10,
    }


def measure_workbook(folder: Path, rows: int) -> dict[str, float]:
    """Return the CPU milliseconds a row of a workbook takes."""
    path = folder / "table.csv"
    write_table(path, rows)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            sheet.append(row)
    book.save(folder / "table.xlsx")
    table, root = parse(MAP), folder / "archive"
    with found(root, "heron", "office", PASSPHRASE, ["cases"], cost=WEAK) as session:
        spent, report = _timed(lambda: import_table(session, folder / "table.xlsx", table))
    assert report.totals()["added"] == rows
    return {"import CPU ms a row of a workbook": spent * 1e3 / rows}


def verify_log(session: Session) -> int:
    """Walk this device's whole log from nothing and return the number of statements in it.

    Each entry's signature and chain, its object's hash, its seal, and its ids against the root.
    """
    device, count = session.device, 0
    verifier = session.roster.verifier(device)
    tip = Tip.start(session.archive, device)
    while session.journal.has(device, tip.size):
        entry = session.journal.entry(device, tip.size)
        tip = tip.extend(entry, verifier)
        identity = session.identities[entry.header.epoch]
        members = objects.open_pack(session.backend, entry.header.object[0], [identity])
        batch = Batch.read(members)
        assert batch.root() == entry.header.statements_root
        count += len(batch.ids)
    return count


def _say(session: Session, times: int = 1) -> None:
    entity = next(iter(session.index.all_identifiers("measured.file").values()))
    compartment = session.compartment("cases")
    for _ in range(times):
        texts = [{"text": f"Remark {number} {os.urandom(4).hex()}"} for number in range(10)]
        session.say(
            [Claim(entity, "Document", "remarks", text, entity, compartment) for text in texts]
        )


def _timed(act: Callable[[], T]) -> tuple[float, T]:
    start = time.process_time()
    result = act()
    return time.process_time() - start, result


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def main() -> int:
    """Measure, print as JSON, and say which bars were missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        found_out = measure(Path(folder), rows, lambda what, count: None)
    with tempfile.TemporaryDirectory() as folder:
        found_out |= measure_workbook(Path(folder), min(rows, 10_000))
    missed = [name for name, bar in BARS.items() if found_out[name] > bar]
    print(json.dumps({"rows": rows, "measured": found_out, "missed": missed}, indent=2))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
