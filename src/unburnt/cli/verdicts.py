"""The words that come first: what was found, and what of it is green, amber or red.

    verdict(True)                     GREEN
    finding_lines(lines)              RED    Nothing of this is anywhere else.
                                             → Add a site elsewhere: unburnt site add.

The word is always there; nothing here is said by a colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from unburnt.cli.show import safe
from unburnt.cli.words import N_, _
from unburnt.workflow.exposure import Line

_LEVELS = {"green": N_("GREEN"), "amber": N_("AMBER"), "red": N_("RED")}


def verdict(green: bool) -> str:
    """Return the one word that comes first."""
    return _("GREEN") if green else _("RED")


def finding_lines(found: Iterable[Line]) -> list[str]:
    """Return findings as lines: level, what is the case, and the next step below it."""
    lines = []
    for line in found:
        lines.append(f"{_(_LEVELS[line.level]):6} {safe(line.text)}")
        if line.step:
            lines.append(f"         → {safe(line.step)}")
    return lines


def finding_data(found: Iterable[Line]) -> list[dict[str, str]]:
    """Return findings as plain values."""
    return [
        {"level": line.level, "code": line.code, "text": line.text, "step": line.step}
        for line in found
    ]
