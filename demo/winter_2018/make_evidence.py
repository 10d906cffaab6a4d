"""Make the evidence files of the demonstration: messages, press note, sketch, two pictures.

    python -m demo.winter_2018.make_evidence DIRECTORY [NAME ...]
    python -m demo.winter_2018.make_evidence demo/winter_2018/evidence      (as committed)

It was run once; its outputs are committed with their SHA-256 sums: evidence is kept byte for byte.
Run again it writes the same texts and pixels; another zlib may pack the pixels differently.
Every file says of itself that it is a demonstration: the wording is ours, the facts paraphrased.
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Callable
from pathlib import Path

from demo.winter_2018 import pictures, sketch

SUMS = "SHA256SUMS"

MESSAGE = """\
DEMONSTRATION MATERIAL. The wording is invented; it paraphrases what Human Rights Watch reported.

Message: {name}
From: number withheld
To: a telephone of the office in Makhachkala (number not written down)
Received: about 23 January 2018, hour not noted
Form: copied by hand from the screen into this file, letter by letter

{russian}

English, our translation: {english}
"""

PRESS_NOTE = """\
DEMONSTRATION MATERIAL. Not a document of the organisation named: our own words, paraphrasing the
public record.

PRESS NOTE
A driver's car set alight in Makhachkala

On the evening of Monday, 22 January 2018, the car of a driver who works for the Makhachkala office
of Memorial was set on fire.

A neighbour helped to put out the fire and told the owner. A canister of petrol had been left near
the car.

Five days earlier, on 17 January, masked men set fire to the office of Memorial in Nazran. On
9 January the head of its office in Chechnya, Oyub Titiev, was arrested; the police say that they
found cannabis in his car. Memorial denies this and says that it was planted.

What this note rests on: what the owner told the office, and what the neighbour told the owner.
Neither of the two is named here.
"""

NOTE_LINES = [
    "HANDED OVER BY THE FIELD OFFICER. FROM",
    "MEMORY, NOT A TRANSCRIPT.",
    "",
    "THE NEIGHBOUR (CALL: ROWAN) ASKS NOT TO",
    "BE NAMED ANYWHERE.",
    "",
    "FIRE: MONDAY EVENING, 22 JAN.",
    "HELPED TO PUT IT OUT, THEN WENT TO TELL",
    "THE OWNER (CALL: BIRCH).",
    "",
    "A CANISTER STOOD NEAR THE CAR.",
    "PETROL, BY THE SMELL.",
    "",
    'HOW MANY MEN? FIRST "THREE", LATER',
    '"I SAW NOBODY, I SAID WHAT I HEARD".',
]


def _message(name: str, russian: str, english: str) -> Callable[[], bytes]:
    return lambda: MESSAGE.format(name=name, russian=russian, english=english).encode()


MAKERS: dict[str, Callable[[], bytes]] = {
    "sms-1.txt": _message(
        "sms-1",
        "Машина — это только предупреждение.",
        "The car is only a warning.",
    ),
    "sms-2.txt": _message(
        "sms-2",
        "В следующий раз сгорит ваш офис. Вместе с людьми.",
        "Next time your office will burn. With the people inside.",
    ),
    "press-note.txt": PRESS_NOTE.encode,
    "sketch-map.svg": lambda: sketch.sketch_map(random.Random(17)).encode(),
    "night-picture.png": pictures.night_picture,
    "handover-note.png": lambda: pictures.scanned_note(NOTE_LINES),
}


def make(directory: Path, names: list[str]) -> None:
    """Write the named evidence files, or all of them with their list of sums, into a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in names or MAKERS:
        (directory / name).write_bytes(MAKERS[name]())
    if not names:
        (directory / SUMS).write_text(sums(directory), encoding="ascii")


def sums(directory: Path) -> str:
    """Return the lines `sha256sum` would print for the evidence files, in order of name."""
    return "".join(
        f"{hashlib.sha256((directory / name).read_bytes()).hexdigest()}  {name}\n"
        for name in sorted(MAKERS)
    )


def main(arguments: list[str]) -> int:
    """Run from the command line: a directory, then the files wanted (none: all)."""
    if not arguments or not MAKERS.keys() >= set(arguments[1:]):
        print(f"usage: make_evidence DIRECTORY [{' | '.join(MAKERS)}] ...", file=sys.stderr)
        return 2
    make(Path(arguments[0]), arguments[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
