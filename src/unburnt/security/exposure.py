"""The exposure report: what a seized or lost device could open, who is named there, whom to warn.

    report = exposure(session.roster, "aicq…", records, headers)
    report.opened          epochs within reach, with what lies in them
    report.closed          epochs out of reach: not granted, or begun after its revocation
    report.warn            people, in the order to warn them, each with the reasons for the place
    report.findings        what to do at once, and what this report could not see

"Could read" means that the key was granted. It reckons with the worst, an unlocked device; see
`HONEST`. Spec: docs/spec/security.md, "Exposure". It never names what the asking device cannot read
itself: for that it says whom to ask.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from unburnt.core.errors import UsageError
from unburnt.model.entry import Header
from unburnt.model.recorded import Recorded
from unburnt.model.roster import Roster
from unburnt.model.roster_values import Device, Revocation
from unburnt.security.finding import Finding, Level, Sentence, Sentences, Translate, Values, _
from unburnt.security.named import Named, Names, Notes, People
from unburnt.security.reach import Closed, Opened, Reach, Survey
from unburnt.security.roles import REASONS, Place

STAFF = "staff"  # the purpose of a compartment in which a group keeps its own people


@dataclass(frozen=True, slots=True)
class Exposure:
    """What one device could open and whom that endangers; see the module."""

    device: Device
    revoked: Revocation | None
    opened: tuple[Opened, ...]
    closed: tuple[Closed, ...]
    warn: tuple[Named, ...]
    not_to_warn: tuple[Named, ...]
    unnamed: tuple[Named, ...]
    findings: tuple[Finding, ...]


def exposure(
    roster: Roster, device: str, records: Iterable[Recorded], entries: Iterable[Header]
) -> Exposure:
    """Return the exposure of a device of the roster, seized or not.

    `records`: every statement the asking device can read; `entries`: the headers of all verified
    entries it holds. Raises UsageError for a device the roster does not know, or when a statement's
    entry is not among the entries.
    """
    suspect = roster.devices.get(device)
    if suspect is None:
        raise UsageError("The roster knows no such device.", "Look at its devices and choose one.")
    staff = {one for one in roster.compartments if STAFF in roster.purposes(one)}
    headers = list(entries)
    survey, names, notes = Survey(roster, device, headers), Names(), Notes(staff)
    for record in records:  # once, for there may be a million
        names.take(record)
        notes.take(record, survey.take(record))
    reach, people = survey.reach(), notes.people(names.name_of)
    return Exposure(
        device=suspect,
        revoked=roster.revoked(device),
        opened=reach.opened,
        closed=reach.closed,
        warn=people.warn,
        not_to_warn=people.not_to_warn,
        unnamed=people.unnamed,
        findings=(
            *_looked(roster, reach),
            *_powers(roster, suspect),
            *_keys(roster, reach, revoked=roster.revoked(device) is not None),
            *_hidden(roster, suspect, reach),
            *_withdrawn(roster, reach, headers),
            *_people(people),
            *_out_of_reach(roster, reach),
        ),
    )


def why(somebody: Named, translate: Translate = str) -> tuple[str, ...]:
    """Return in words why somebody is listed, the reason for the place first."""
    return tuple(translate(REASONS[reason]) for reason in somebody.reasons or ("named",))


def _looked(roster: Roster, reach: Reach) -> list[Finding]:
    found = []
    tallies = [*(item.tally for item in reach.opened), *(item.tally for item in reach.closed)]
    if not any(tally.entries for tally in tallies):
        found.append(Finding(Level.RED, "nothing-looked-at"))
    if roster.waiting:
        values: Values = {"operations": len(roster.waiting)}
        found.append(Finding(Level.AMBER, "grants-may-lack", values))
    return found


def _powers(roster: Roster, device: Device) -> list[Finding]:
    """What the device and its member can still do, beyond reading."""
    found = []
    if not device.revoked:
        found.append(Finding(Level.RED, "not-revoked", {"device": device.label}))
    if device.admin:
        needed: Values = {"needed": roster.policy.threshold, "device": device.label}
        found.append(Finding(Level.RED, "still-admin", needed))
    others = tuple(
        sorted(
            other.label
            for other in roster.devices.values()
            if other.member == device.member and other.id != device.id and not other.revoked
        )
    )
    if others:
        found.append(Finding(Level.AMBER, "other-devices", {"devices": others}))
    shares = roster.recovery.recovery.shares if roster.recovery else ()
    held = sum(share.member == device.member for share in shares)
    if held:
        found.append(Finding(Level.AMBER, "holds-shares", {"shares": held}))
    return found


def _keys(roster: Roster, reach: Reach, *, revoked: bool) -> list[Finding]:
    found = []
    for item in reach.opened:
        label = _label(roster, item.compartment)
        values: Values = {"compartment": label, "generation": item.generation}
        if item.held and item.current:
            code = "not-renewed" if revoked else "still-current"
            found.append(Finding(Level.RED, code, values))
        if item.beyond:
            found.append(Finding(Level.RED, "beyond-role", values))
    if not reach.opened:
        found.append(Finding(Level.GREEN, "opens-nothing"))
    return found


def _hidden(roster: Roster, device: Device, reach: Reach) -> list[Finding]:
    """Say what the device could open and this one cannot, and who else may look."""
    found = []
    for compartment in dict.fromkeys(item.compartment for item in reach.opened):
        tallies = [item.tally for item in reach.opened if item.compartment == compartment]
        entries = sum(tally.hidden for tally in tallies)
        if entries:
            values: Values = {
                "compartment": _label(roster, compartment),
                "entries": entries,
                "at_most": sum(tally.at_most for tally in tallies),
                "ask": _whom_to_ask(roster, device, compartment),
            }
            found.append(Finding(Level.AMBER, "not-visible", values))
    return found


def _withdrawn(roster: Roster, reach: Reach, headers: Iterable[Header]) -> list[Finding]:
    """Say how many withdrawn originals it may have opened, or kept the key of, before."""
    gone, opened = roster.withdrawn, {item.epoch for item in reach.opened}
    count = sum(
        key in gone for header in headers if header.epoch in opened for key, _, _ in header.keys
    )
    return [Finding(Level.AMBER, "withdrawn-before", {"originals": count})] if count else []


def _whom_to_ask(roster: Roster, device: Device, compartment: str) -> tuple[str, ...]:
    """Return the members who read a compartment on other devices; trustees are the last resort."""
    readers = {
        roster.members[reader.member].label
        for reader in roster.readers(compartment)
        if reader.id != device.id and reader.member in roster.members
    }
    if readers or roster.recovery is None:
        return tuple(sorted(readers))
    return tuple(sorted({share.trustee for share in roster.recovery.recovery.shares}))


def _people(people: People) -> list[Finding]:
    found = []
    for place in Place:
        count = sum(somebody.place is place for somebody in people.warn)
        if count:
            level = Level.RED if place is Place.SOURCE else Level.AMBER
            found.append(Finding(level, f"warn-{place.name.lower()}", {"people": count}))
    sources = [somebody for somebody in people.unnamed if somebody.place is Place.SOURCE]
    unknown = sum("unknown-to-you" in somebody.reasons for somebody in sources)
    if len(sources) > unknown:
        unnamed: Values = {"people": len(sources) - unknown}
        found.append(Finding(Level.AMBER, "sources-unnamed", unnamed))
    if unknown:
        found.append(Finding(Level.AMBER, "sources-unknown", {"entities": unknown}))
    doubtful = sum(
        "accused" in somebody.reasons and somebody.place is not Place.OTHER
        for somebody in people.not_to_warn
    )
    if doubtful:
        found.append(Finding(Level.AMBER, "decide", {"people": doubtful}))
    return found


def _out_of_reach(roster: Roster, reach: Reach) -> list[Finding]:
    """Say what the device could not open; good news, and why it is."""
    found = []
    opened = {item.compartment for item in reach.opened}
    never = {item.compartment for item in reach.closed} - opened
    if never:
        names = tuple(sorted(_label(roster, compartment) for compartment in never))
        found.append(Finding(Level.GREEN, "not-granted", {"compartments": names}))
    later = sum(item.reason == "after-revocation" for item in reach.closed)
    if later:
        found.append(Finding(Level.GREEN, "after-revocation", {"epochs": later}))
    for code, tallies in (
        ("handed-over", [item.own for item in reach.closed]),
        ("dropped", [item.drops for item in reach.closed]),
    ):
        entries = sum(tally.entries for tally in tallies)
        if entries:
            values: Values = {
                "entries": entries,
                "statements": sum(tally.statements for tally in tallies),
                "objects": sum(tally.objects for tally in tallies),
            }
            found.append(Finding(Level.GREEN, code, values))
    return found


def _label(roster: Roster, compartment: str) -> str:
    known = roster.compartments.get(compartment)
    return known.label if known else compartment


HONEST = (
    _("“Could read” means that the key was granted to the device."),
    _(
        "If the device was locked and nobody gave up the passphrase, Argon2id stands between its"
        " disk and these keys; how long depends on the passphrase."
    ),
    _("Names inside free texts and files are not found: read what lies in the epochs above."),
    _("What was exported, opened in another program or printed is beyond this report."),
    _("Change every password of a site, a server or an account that was kept on the device."),
    _("Times are claimed by those who wrote them down."),
)
"""What every exposure report must say of itself."""

_WARN = _("Warn them in the order of the list, by a way that does not lead through the device.")
SENTENCES: Sentences = {
    "nothing-looked-at": Sentence(
        _("There is no entry here: nothing was looked at."),
        _("Sync, then ask again: unburnt sync."),
    ),
    "grants-may-lack": Sentence(
        _("Changes of the roster that have not arrived: {operations}. It may have more keys."),
        _("Sync with every site, then ask again: unburnt sync."),
    ),
    "not-revoked": Sentence(
        _("{device} is not revoked: whoever has it can still write in its name."),
        _("Revoke it now: unburnt revoke."),
    ),
    "still-admin": Sentence(
        _("{device} is admin and can sign changes of the roster; who must agree: {needed}."),
        _("Revoke it now: unburnt revoke. Then look through the roster for what it signed."),
    ),
    "other-devices": Sentence(
        _("The same person also uses {devices}."),
        _("If the person was arrested, ask for a report on these too."),
    ),
    "holds-shares": Sentence(
        _("Shares of the recovery key that the same person holds: {shares}."),
        _("Find out whether the cards are safe; else make new shares: unburnt trustees appoint."),
    ),
    "still-current": Sentence(
        _("It holds the key that {compartment} is sealed to today: it could read what comes next."),
        _("Revoke it: unburnt revoke gives {compartment} a new key, too."),
    ),
    "not-renewed": Sentence(
        _("It was revoked, and still holds the key that {compartment} is sealed to today."),
        _("Rotate {compartment} now, from another device: unburnt rotate {compartment}."),
    ),
    "beyond-role": Sentence(
        _("It was granted epoch {generation} of {compartment} without a role that may read."),
        _("Ask who granted it, and why."),
    ),
    "opens-nothing": Sentence(_("No epoch was ever granted to it: it could open nothing.")),
    "not-visible": Sentence(
        _(
            "Entries of {compartment} that it could open and that are not visible to you:"
            " {entries}; statements in them: at most {at_most}."
        ),
        _("Ask: {ask}."),
    ),
    "withdrawn-before": Sentence(
        _("Withdrawn originals that it may have opened, or kept the key of: {originals}."),
        _("Reckon with them as readable there, and tell whoever gave them."),
    ),
    "warn-source": Sentence(_("Sources whose identity it could read: {people}."), _WARN),
    "warn-defender": Sentence(_("Defenders named there: {people}."), _WARN),
    "warn-victim": Sentence(_("Victims and witnesses named there: {people}."), _WARN),
    "warn-other": Sentence(_("Others named there: {people}."), _WARN),
    "sources-unnamed": Sentence(
        _("Sources used there whose identity it could not read: {people}."),
        _("Judge whether what they told gives them away."),
    ),
    "sources-unknown": Sentence(
        _("Entities used there as sources, of which you can read nothing: {entities}."),
        _("Ask those who read the other compartments whether these are people."),
    ),
    "decide": Sentence(
        _("Named as perpetrators, and also as sources or victims: {people}."),
        _("Decide yourselves whether to warn them."),
    ),
    "not-granted": Sentence(_("It never had a key to {compartments}.")),
    "after-revocation": Sentence(
        _("Epochs begun after its revocation, which it cannot open: {epochs}.")
    ),
    "handed-over": Sentence(
        _(
            "Entries it handed over and cannot read back: {entries}; evidence objects: {objects};"
            " statements in them that you can read: {statements}."
        )
    ),
    "dropped": Sentence(
        _(
            "Entries from devices that may only add, which it cannot read: {entries}; evidence"
            " objects: {objects}; statements in them that you can read: {statements}."
        )
    ),
}
