"""Health: whether the archive would survive tonight; asked every week, so it loads little."""

from __future__ import annotations

from unburnt.cli.app import App, as_json, command
from unburnt.cli.manual import CHECK, Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import report
from unburnt.cli.verdicts import finding_data, finding_lines
from unburnt.cli.words import N_, _
from unburnt.workflow import health


@command(
    unburnt,
    "health",
    Manual(
        what=N_(
            "Say whether the archive would survive tonight: copies that are really apart, their"
            " last check, what would be lost now, the last drill, trustees, admins."
        ),
        when=N_("Every week; a director can read it as it is."),
        example="unburnt health",
        never=N_(
            "It asks no site: it judges what this device has seen, and what nobody has looked at is"
            " RED. It does not look for intruders."
        ),
        exits=CHECK,
        keys={
            "level": N_("green, amber or red: the worst of all lines"),
            "lost": N_("entries lost if this building burns now, as far as was checked"),
            "hoped": N_("the same, if unchecked sites hold what they should"),
            "findings": N_("list of: level, code, text, step"),
        },
    ),
)
@as_json
def show_health(app: App, as_json: bool) -> int:
    """Show the health."""
    with app.open() as session:
        found = health.health(session)
    lines = health.lines(found, _)
    data = {
        "level": found.level.name.lower(),
        "lost": found.lost,
        "hoped": found.hoped,
        "findings": finding_data(lines),
    }
    report(as_json, data, finding_lines(lines))
    return 1 if data["level"] == "red" else 0
