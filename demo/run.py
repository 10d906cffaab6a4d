"""The demonstration: founded, proven, burned, betrayed, recovered. `make demo`.

    python -m demo.run --keep demo-archive --language en

Under a minute; nothing is simulated, and a scene says what it lacks. It exits with 1 when a step
does not show what it says, and leaves an archive and a court pack to explore. Everything in them,
passphrase and cards too, is for demonstration only.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from demo.scenes import SCENES
from demo.stage import DemoError, Stage
from demo.world import NEEDED, PASSPHRASE, World
from unburnt.cli import words
from unburnt.core.errors import UnburntError

FOLDER = Path("demo-archive")


def main(arguments: Sequence[str] | None = None, options: Mapping[str, Any] | None = None) -> int:
    """Run the demonstration; returns the exit code. `options` go to every making of keys."""
    parser = argparse.ArgumentParser(description="See an archive burn and come back.")
    parser.add_argument("--keep", type=Path, default=FOLDER, metavar="DIR", help="where it is made")
    parser.add_argument("--language", choices=("en", "ru"), default="en")
    chosen = parser.parse_args(arguments)
    stage = Stage(chosen.language)
    words.use(chosen.language)
    started = time.monotonic()
    try:
        world = World.fresh(chosen.keep, options or {})
    except UnburntError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    try:
        for scene in SCENES:
            scene(stage, world)
        leave(stage, world, chosen.keep, time.monotonic() - started)
    except DemoError as error:
        stage.red(f"the demonstration failed: {error}", f"показ не удался: {error}")
        return 1
    except UnburntError as error:
        stage.red(f"the demonstration broke off: {error}", f"показ прерван: {error}")
        return error.exit_code
    finally:
        world.close()
    return 0


def leave(stage: Stage, world: World, folder: Path, seconds: float) -> None:
    """Say what is left to explore, and write down how to open it."""
    stage.step("Yours to explore", "Теперь — вам")
    archive = f".venv/bin/unburnt --archive {folder / 'recovered'}"
    drill = folder / "drill-cards.txt"
    manifest = world.root / "court-pack" / "tagmanifest-sha256.txt"
    told = hashlib.sha256(manifest.read_bytes()).hexdigest()  # as it would be told by telephone
    commands = (
        f"{archive} chronology",
        f"{archive} health",
        f"{archive} drill --burn stick --arrest kestrel --drill-cards {drill}",
        f".venv/bin/unburnt check-pack {folder / 'court-pack'} --fingerprint {told}",
    )
    world.close()
    cards = [card.drill_words for card in world.cards if card.trustee != "kestrel"][:NEEDED]
    _keep(world.root / "drill-cards.txt", "\n".join(cards) + "\n")
    _keep(world.root / "README.txt", readme(world, commands))
    stage.tell(
        f"All of this took {seconds:.0f} seconds. The recovered archive is in"
        f" {folder / 'recovered'}; its passphrase, for this demonstration:",
        f"Всё вместе заняло {seconds:.0f} с. Восстановленный архив — в {folder / 'recovered'};"
        " пароль для показа:",
    )
    stage.line(PASSPHRASE, 2)
    stage.tell("The next four commands:", "Следующие четыре команды:")
    for command in commands:
        stage.console.print(f"     {command}", soft_wrap=True)
    stage.tell(
        f"Cards, devices and their folders: {folder / 'README.txt'}.",
        f"Карточки, устройства и их папки: {folder / 'README.txt'}.",
    )


def readme(world: World, commands: Sequence[str]) -> str:
    """Return the page beside the archive: what is where, and everything secret about it."""
    cards = "\n\n".join(
        f"{card.trustee}\n  recovery: {card.words}\n  drill:    {card.drill_words}"
        for card in world.cards
    )
    shown = "\n".join(f"  {command}" for command in commands)
    return f"""\
DEMONSTRATION ONLY. In a real archive none of this is ever written into one place.

Archive:    {world.cards[0].archive}
Passphrase: {PASSPHRASE}      (of every device here)

recovered/    the archive that came back from {NEEDED} cards and one copy; begin here
analyst/      kestrel's laptop abroad, which lived through it all
field/ drop/  the laptops of wren and swift
police/       heron's seized laptop; revoked
sites/        the sealed copies that survived: partner, stick
spoiled/      what was found out: a byte changed, an older state, a copied disk, a changed proof
courier.unburnt  the bundle that the courier carried
court-pack/   what a court gets: open index.html in a browser
partners/     the witnesses of berlin and vilnius; policy.txt says that both must cosign

Try:
{shown}

The cards of the five trustees ({NEEDED} suffice):

{cards}
"""


def _keep(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
