"""The version of this program and of its formats."""

from __future__ import annotations

from unburnt import __version__
from unburnt.cli.app import App, as_json, command
from unburnt.cli.manual import Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import report
from unburnt.cli.words import N_


@command(
    unburnt,
    "version",
    Manual(
        what=N_("Print the version of this program and of its formats."),
        when=N_("When you report a fault."),
        example="unburnt version",
        never=N_("It looks for no newer version: nothing is ever fetched unasked."),
        exits=(0,),
        keys={"version": N_("version of the program"), "suite": N_("suite of the formats")},
    ),
)
@as_json
def version(app: App, as_json: bool) -> None:
    """Print the version."""
    data = {"version": __version__, "suite": 1}
    report(as_json, data, [f"unburnt {__version__}, suite 1"])
