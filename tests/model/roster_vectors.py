"""Freezing roster vectors: adds what is missing, and refuses to change what is there.

    PYTHONPATH=src:. python -m tests.model.roster_vectors

Run by hand when a scene or a malformed operation was added. What is frozen stays as it is, even
when the code that once wrote it is gone: archives written then must be read the same way for ever.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.model.roster_scenes import SCENES, rewritten
from tests.model.test_roster_file import MALFORMED, texts
from unburnt.model.roster import Roster
from unburnt.model.roster_file import parse_op
from unburnt.model.roster_ops import op_hash

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "roster"
SCENES_FILE, OPERATIONS_FILE = FOLDER / "scenes.json", FOLDER / "operations.json"


def outcome(roster: Roster) -> dict[str, Any]:
    """Return what a frozen scene fixes: the whole state by its digest, and each verdict."""
    verdicts = {name: "in force" for name, _ in roster.history}
    verdicts |= {item.op: f"pending {item.missing}" for item in roster.pending}
    verdicts |= {item.op: item.kind for item in roster.rejected}
    verdicts |= dict.fromkeys(roster.waiting, "waiting")
    return {
        "alarms": [[alarm.kind, *alarm.subjects] for alarm in roster.alarms],
        "digest": roster.digest(),
        "heads": list(roster.heads),
        "verdicts": verdicts,
    }


def scenes() -> dict[str, Any]:
    """Return every scene as it is played now; a file is named once and used in many scenes."""
    files: dict[str, str] = {}
    played: dict[str, Any] = {}
    for name, play in SCENES.items():
        scene = play()
        used = []
        for data in scene.files:
            text = data.decode()
            label = parse_op(data).name
            if files.setdefault(label, text) != text:  # a false signature under a true one's name
                label += " (false)"
                files[label] = text
            used.append(label)
        roster = Roster.of(scene.archive, scene.files)
        played[name] = {"archive": scene.archive, "files": used} | outcome(roster)
    return {"files": files, "scenes": played}


def operations() -> dict[str, Any]:
    """Return a text of each kind with its hash, and texts that must be refused."""
    sound = {kind: {"text": text, "hash": op_hash(text)} for kind, text in texts().items()}
    refused = {
        name: rewritten(texts()[kind], **change)
        for name, (kind, change) in MALFORMED.items()
        if not name.startswith("a thousand and one")  # 70 kB that say little
    }
    return {"sound": sound, "refused": refused}


def freeze(path: Path, now: dict[str, Any]) -> None:
    """Add to a frozen file what it does not have yet."""
    frozen = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for group, cases in now.items():
        frozen[group] = cases | frozen.get(group, {})
    text = json.dumps(frozen, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    freeze(SCENES_FILE, scenes())
    freeze(OPERATIONS_FILE, operations())
