"""The part of a health report that is about witnesses: what a quorum cosigned, and who disagrees.

    remarks(None)                                         nobody is trusted as a witness: nothing
    remarks(WitnessState(entries=40, witnessed=38, waiting=("vilnius",)))

Without a policy it says nothing, because a group may rely on other proofs of time; the command
that asks for witnesses is RED then.
"""

from __future__ import annotations

from dataclasses import dataclass

from unburnt.security.finding import Finding, Level, Sentence, Sentences, Values, _


@dataclass(frozen=True, slots=True)
class WitnessState:
    """Entries of all logs here, how many of them a quorum cosigned, who has not answered yet.

    `alarms`: the witnesses that have seen another history of a log, or more of it than is here.
    """

    entries: int
    witnessed: int
    waiting: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()


def remarks(state: WitnessState | None) -> tuple[Finding, ...]:
    """Return what is to be said of witnesses, at least one finding when there is a policy."""
    if state is None:
        return ()
    found = []
    if state.alarms:
        found.append(Finding(Level.RED, "witness-alarm", {"witnesses": state.alarms}))
    claimed = state.entries - state.witnessed
    if claimed:
        values: Values = {"entries": claimed, "witnesses": state.waiting}
        found.append(Finding(Level.AMBER, "witness-behind", values))
    elif state.entries and not state.alarms:
        found.append(Finding(Level.GREEN, "witness-sound", {"entries": state.entries}))
    return tuple(found)


SENTENCES: Sentences = {
    "witness-alarm": Sentence(
        _("Witnesses that saw another history of a log, or more of it than is here: {witnesses}."),
        _("Sync with every site, then verify this copy; look at whose key it was."),
    ),
    "witness-behind": Sentence(
        _("Entries whose time is only claimed: {entries}. Waiting for the witnesses: {witnesses}."),
        _("Ask the witnesses."),
    ),
    "witness-sound": Sentence(_("Entries that the quorum of witnesses cosigned: {entries}, all.")),
}
