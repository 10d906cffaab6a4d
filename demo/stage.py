"""How the demonstration speaks: numbered steps, short sentences, and checks that can fail.

    stage = Stage("en")
    stage.step("Found an archive", "Основание архива")
    stage.tell("Four people keep it.", "Его ведут четыре человека.")
    stage.must(3 == 3, "three cards suffice", "хватает трёх карточек")       # "✓ …", or DemoError

Colours on a terminal, plain text elsewhere. Shows no result that was not computed just before.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from unburnt.cli import words
from unburnt.model.chronology import Happening, Heading, Said, Voice

WIDTH = 100


class DemoError(Exception):
    """A step did not show what it says: the demonstration has failed."""


class Stage:
    """Where the demonstration is shown, in one language."""

    def __init__(self, language: str, console: Console | None = None) -> None:
        self.language = language
        self.console = console or Console(
            file=sys.stdout,
            highlight=False,
            soft_wrap=False,
            width=None if sys.stdout.isatty() else WIDTH,
        )
        self.steps = 0

    def say(self, en: str, ru: str) -> str:
        """Return the sentence of the language."""
        return ru if self.language == "ru" else en

    def step(self, en: str, ru: str) -> None:
        """Begin the next step."""
        self.steps += 1
        self.console.print()
        title = Text(f" {self.steps}  {self.say(en, ru)} ", style="bold")
        self.console.rule(title, align="left", characters="─", style="dim")

    def tell(self, en: str, ru: str) -> None:
        """Tell one short paragraph."""
        self._print(Text(self.say(en, ru)), 1)

    def look(self, en: str, ru: str) -> None:
        """Say what to look at, or why it matters."""
        self._print(Text(f"→ {self.say(en, ru)}", style="italic cyan"), 1)

    def must(self, shown: bool, en: str, ru: str) -> None:
        """Show a computed result with its tick; DemoError when it is not so."""
        if not shown:
            raise DemoError(self.say(en, ru))
        self.line(Text.assemble(("✓ ", "bold green"), self.say(en, ru)))

    def red(self, en: str, ru: str) -> None:
        """Show something that is rightly RED."""
        self.line(
            Text.assemble(
                ("RED  " if self.language != "ru" else "КРАСНЫЙ  ", "bold red"), self.say(en, ru)
            )
        )

    def lacking(self, message: str, step: str) -> None:
        """Say what is missing here, and that this part is left out; nothing is shown instead."""
        told = f"{words._(message)} {words._(step)}"
        left_out = self.say(
            "This part is left out, the rest goes on.",
            "Эта часть пропущена, остальное идёт дальше.",
        )
        self.line(Text.assemble(("—  ", "bold yellow"), f"{told} {left_out}"))

    def line(self, text: Text | str, depth: int = 1) -> None:
        """Show one line, wrapped under itself."""
        self._print(text if isinstance(text, Text) else Text(text), 2 * depth + 1)

    def table(self, rows: Iterable[tuple[str, ...]], widths: tuple[int, ...]) -> None:
        """Show rows in columns; the last one takes what is left."""
        for row in rows:
            cells = "".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False))
            left = 3 + sum(widths)
            shown = Text(cells, style="dim") + Text(row[-1])
            self.console.print(_indented(shown, left, self.console, left - 3))

    def _print(self, text: Text, left: int) -> None:
        self.console.print(_indented(text, left, self.console))

    # --- what was recorded, as people tell it ----------------------------------------------------

    def story(self, happenings: Iterable[Happening]) -> None:
        """Show each happening in one line, its first words below it."""
        for happening in happenings:
            mark = self.say("  [disputed]", "  [оспаривается]") if happening.contested else ""
            date = Text(f"{happening.date or '—':<22}", style="bold")
            if len(happening.date) >= 22:
                self.line(date)
                date = Text(" " * 22)
            title = Text.assemble(date, happening.title, (mark, "bold yellow"))
            self.console.print(_indented(title, 25, self.console, 22))

    def heading(self, heading: Heading) -> None:
        """Show one heading: every value, who says so and who denies it."""
        title = Text(heading.label, style="bold")
        if heading.contested:
            title.append(
                self.say("   DISPUTED: both sides stand", "   ОСПАРИВАЕТСЯ: обе стороны рядом"),
                "bold yellow",
            )
        self.line(title, 2)
        for said in heading.values:
            self.value(said)

    def value(self, said: Said) -> None:
        """Show one value with its voices."""
        text = Text(said.text)
        if said.lost_by:
            text.append(f"  [{said.lost_by}]", "dim")
        if said.standing:
            text.append(f"  ({said.standing})", "green" if said.sources > 1 else "dim")
        self.line(text, 3)
        for voice in (*said.voices, *said.denied, *said.withdrawn):
            self.voice(voice)

    def voice(self, voice: Voice) -> None:
        """Show who says so, with grade letters; what was withdrawn or is doubtful is marked."""
        shown = Text.assemble(
            (voice.according_to, "cyan"),
            " — ",
            voice.stance,
            (f"  {voice.grades}", "dim"),
        )
        if voice.withdrawn:
            shown.append(
                self.say("  [withdrawn, still readable]", "  [отозвано, но читается]"), "yellow"
            )
        if voice.unconfirmed:
            shown.append(
                self.say(
                    "  [after compromise, unconfirmed]", "  [после компрометации, не подтверждено]"
                ),
                "bold red",
            )
        self.line(shown, 4)


def _indented(text: Text, left: int, console: Console, first: int = 0) -> Text:
    """Return a text wrapped for this console, each line indented, the first one less by `first`."""
    head, rest = Text(), text
    if first:
        head, *others = text.divide([min(first, len(text))])
        rest = others[0] if others else Text()
    shown = Text(" " * (left - first)) + head
    for number, line in enumerate(rest.wrap(console, max(20, console.width - left))):
        line.rstrip()
        shown += (Text("\n" + " " * left) if number else Text()) + line
    return shown
