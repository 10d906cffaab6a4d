"""Health is red unless it looked, and what it saw would survive."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.model.roster_world import GULL, HERON, TERN, Branch, a_hash, an_id, machine, settled
from tests.security.test_drill_report import a_report
from unburnt.core.errors import ForeignDataError
from unburnt.model import roster_write as write
from unburnt.model.roster_ops import Share, Split
from unburnt.security.finding import Finding, Level, advise, describe
from unburnt.security.health import SENTENCES, Health, Keeping, Need, Thresholds, examine
from unburnt.security.health_people import recovery
from unburnt.security.site_state import LogState, SiteState

NOW = "2018-01-24T12:00:00Z"
LOGS = {
    HERON.id: LogState(40, "2018-01-24T11:00:00Z"),
    GULL.id: LogState(2, "2018-01-20T00:00:00Z"),
}
WHOLE = {HERON.id: 40, GULL.id: 2}


def attributes(operator: str, building: str, jurisdiction: str, payer: str) -> dict[str, str]:
    return {
        "operator": operator,
        "building": building,
        "jurisdiction": jurisdiction,
        "payer": payer,
    }


def a_site(label: str, place: dict[str, str], **changes: Any) -> SiteState:
    fields: dict[str, Any] = {
        "sizes": WHOLE,
        "synced_at": "2018-01-24T10:00:00Z",
        "checked_at": "2018-01-23T12:00:00Z",
        "check": "green",
    }
    return SiteState(label, place, **(fields | changes))


OFFICE = attributes("us", "Mira 5", "RU", "us")
HOME = attributes("heron", "Lenina 1", "RU", "heron")
ABROAD = attributes("partner", "Dublin", "IE", "partner")
SITES = (a_site("disk", OFFICE), a_site("stick", HOME), a_site("partner", ABROAD))


def a_split(
    word: str, members: list[str | None], groups: tuple[tuple[int, int], ...], k: int
) -> Split:
    return Split(
        group_threshold=k,
        groups=groups,
        recipient=machine(f"recovery {word}").card.recipient,
        salt="00" * 16,
        shares=tuple(
            Share(hash=a_hash(f"{word} {n}"), member=member, trustee=f"trustee {n}")
            for n, member in enumerate(members)
        ),
    )


def with_trustees(
    branch: Branch, *members: str | None, groups: tuple[tuple[int, int], ...], k: int = 1
) -> Branch:
    splits = (a_split(word, list(members), groups, k) for word in ("real", "drill"))
    text = write.set_trustees(branch.roster, *splits, at=NOW, random=branch.random)
    branch.publish(text)
    for epoch, holders in [(e, branch.roster.granted(e)) for e in branch.roster.epochs]:
        if "recovery" in holders:  # what was sealed before was sealed to others
            sealed = a_hash(f"{epoch} again")
            again = write.grant(
                branch.roster, epoch, "recovery", sealed, at=NOW, random=branch.random
            )
            branch.publish(again)
    return branch


def sound_branch() -> Branch:
    """Three admins of whom two must agree, three trustees of whom two suffice."""
    branch = settled(1, 1).branch("sound")
    with_trustees(branch, HERON.member, None, None, groups=((2, 3),))
    branch.policy(2, 2)
    return branch


SOUND = Keeping(SITES, LOGS, sound_branch().roster, a_report(), here="Mira 5")


def codes(health: Health, *levels: Level) -> set[str]:
    return {f.code for f in health.findings if not levels or f.level in levels}


def bad(health: Health) -> set[str]:
    return codes(health, Level.AMBER, Level.RED)


def test_an_archive_that_would_survive_is_green() -> None:
    health = examine(NOW, SOUND)
    assert bad(health) == set()
    assert (health.level, health.lost, health.hoped) == (Level.GREEN, 0, 0)
    said = [describe(finding, SENTENCES) for finding in health.findings]
    assert (
        "Newest copy: 2 h old in disk, 2 h old in partner and 2 h old in stick."
        " If this room burns now, you lose nothing."
    ) in said


def red(finding: str, *others: str) -> tuple[Level, set[str]]:
    return Level.RED, {finding, *others}


def amber(finding: str, *others: str) -> tuple[Level, set[str]]:
    return Level.AMBER, {finding, *others}


FEWER = {"too-few-copies"}
ALONE = FEWER | {"not-apart", "share-jurisdiction"}

THIRD: dict[str, tuple[dict[str, Any], tuple[Level, set[str]]]] = {
    "never checked": ({"checked_at": None, "check": None}, red("site-never-checked")),
    "checked eight days ago": ({"checked_at": "2018-01-16T11:00:00Z"}, amber("site-check-old")),
    "checked half a minute more than seven days ago": (
        {"checked_at": "2018-01-17T11:59:30Z"},
        amber("site-check-old"),
    ),
    "checked a month ago": ({"checked_at": "2017-12-20T11:00:00Z"}, red("site-check-old")),
    "checked tomorrow": ({"checked_at": "2018-01-25T12:00:00Z"}, red("site-check-in-future")),
    "red at the last check": ({"check": "red"}, red("site-check-red")),
    "green with problems": ({"problems": ("object-missing",)}, red("site-problems")),
    "lacking what others have seen": (
        {"check": "red", "problems": ("missing", "roster-missing", "key-missing")},
        red("site-lacks"),
    ),
    "lacking something and damaged": (
        {"check": "red", "problems": ("missing", "object-damaged")},
        red("site-problems"),
    ),
    "three entries behind": ({"sizes": {HERON.id: 37, GULL.id: 2}}, amber("site-behind")),
    "without a whole log": ({"sizes": {HERON.id: 40}}, amber("site-behind")),
    "behind for a month": (
        {"sizes": {HERON.id: 37, GULL.id: 2}, "synced_at": "2017-12-20T10:00:00Z"},
        red("site-behind"),
    ),
    "behind and never synced": (
        {"sizes": {HERON.id: 37, GULL.id: 2}, "synced_at": None},
        red("site-never-synced"),
    ),
    "empty": ({"sizes": {}}, red("site-empty")),
    "empty in other words": ({"sizes": {HERON.id: 0}}, red("site-empty")),
}


def test_a_whole_copy_with_proof_of_an_abused_key_still_counts_and_the_alarm_is_shown() -> None:
    sites = (*SITES[:2], a_site("partner", ABROAD, alarms=("after-revocation",)))
    health = examine(NOW, replace(SOUND, sites=sites))
    assert health.level is Level.AMBER
    assert [f.code for f in health.findings if f.level is not Level.GREEN] == ["site-alarms"]


@pytest.mark.parametrize(("changes", "expected"), THIRD.values(), ids=THIRD.keys())
def test_a_site_does_not_count_when_it_is(
    changes: dict[str, Any], expected: tuple[Level, set[str]]
) -> None:
    level, wanted = expected
    sites = (*SITES[:2], a_site("partner", ABROAD, **changes))
    health = examine(NOW, replace(SOUND, sites=sites))
    found = {f.code: f.level for f in health.findings if f.values.get("site") == "partner"}
    assert found.keys() == wanted
    assert max(found.values()) is level
    assert bad(health) >= ALONE
    assert health.level is Level.RED  # two copies are too few


@pytest.mark.parametrize(
    "checked",
    ["2018-01-17T12:00:00Z", "2018-01-24T12:00:00Z", "2018-01-24T12:10:00Z"],
    ids=["seven days old", "just now", "by a clock ten minutes ahead"],
)
def test_a_check_is_fresh(checked: str) -> None:
    sites = [replace(site, checked_at=checked) for site in SITES]
    assert examine(NOW, replace(SOUND, sites=sites)).level is Level.GREEN


def test_a_month_is_not_yet_too_long() -> None:
    month = "2017-12-25T12:00:00Z"
    site = a_site("partner", ABROAD, checked_at=month, synced_at=month, sizes={HERON.id: 1})
    health = examine(NOW, replace(SOUND, sites=(*SITES[:2], site)))
    about = {f.code: f.level for f in health.findings if f.values.get("site") == "partner"}
    assert about == {"site-check-old": Level.AMBER, "site-behind": Level.AMBER}


@pytest.mark.parametrize("axis", ["operator", "building", "jurisdiction"])
def test_one_domain_for_all_is_red(axis: str) -> None:
    sites = [replace(site, attributes={**site.attributes, axis: "x"}) for site in SITES]
    health = examine(NOW, replace(SOUND, sites=sites))
    assert {"not-apart"} == codes(health, Level.RED)
    assert codes(health, Level.AMBER) == {f"share-{axis}"}


def test_a_site_that_knows_more_than_this_device_says_so_and_still_counts() -> None:
    ahead = a_site("partner", ABROAD, sizes={**WHOLE, HERON.id: 43, TERN.id: 1})
    health = examine(NOW, replace(SOUND, sites=(*SITES[:2], ahead)))
    assert bad(health) == {"site-ahead"}
    (finding,) = [f for f in health.findings if f.code == "site-ahead"]
    assert finding.values["entries"] == 4


def test_looking_at_nothing_is_red() -> None:
    health = examine(NOW, replace(SOUND, sites=()))
    assert codes(health, Level.RED) >= {"no-sites", "too-few-copies", "truth-none"}
    assert (health.lost, health.hoped) == (42, 42)
    for logs in ({}, {HERON.id: LogState(0)}):
        health = examine(NOW, replace(SOUND, logs=logs))
        assert "nothing-kept" in codes(health, Level.RED)  # sites have some
        assert "truth-safe" in codes(health, Level.RED)


def test_a_new_archive_is_told_to_record_not_to_fetch() -> None:
    empty = tuple(replace(site, sizes={}) for site in SITES)
    for sites in ((), empty):
        health = examine(NOW, replace(SOUND, logs={}, sites=sites))
        assert "nothing-yet" in codes(health, Level.RED)
        assert "nothing-kept" not in codes(health, Level.RED)
        steps = [advise(finding, SENTENCES) for finding in health.findings]
        assert not any("Fetch" in step for step in steps)


COMMANDS = re.compile(r"unburnt ([a-z]+)( [a-z]+)?")


def test_every_step_that_a_command_takes_names_it() -> None:
    wordless = {
        code
        for code, (_says, step) in SENTENCES.items()
        if step and not COMMANDS.search(step) and not code.startswith("witness-")
    }
    # What people must decide by themselves.
    assert wordless == {"admins-too-few"}


def place(**changes: str) -> dict[str, str]:
    return {**ABROAD, **changes}


THREE: dict[str, tuple[dict[str, str], Level, set[str]]] = {
    "a third in the same house as the first": (
        place(building="mira  5"),
        Level.GREEN,
        set(),
    ),
    "nothing but one court": (
        place(jurisdiction="ru"),
        Level.RED,
        {"not-apart", "share-jurisdiction"},
    ),
    "a court that nobody named": (
        {k: v for k, v in ABROAD.items() if k != "jurisdiction"},
        Level.AMBER,
        {"unknown-jurisdiction"},
    ),
}


@pytest.mark.parametrize(("third", "level", "wanted"), THREE.values(), ids=THREE.keys())
def test_copies_are_counted_by_domain(
    third: dict[str, str], level: Level, wanted: set[str]
) -> None:
    health = examine(NOW, replace(SOUND, sites=(*SITES[:2], a_site("partner", third))))
    assert (health.level, bad(health)) == (level, wanted)


def test_one_payer_for_all_only_warns() -> None:
    sites = [replace(site, attributes={**site.attributes, "payer": "us"}) for site in SITES]
    health = examine(NOW, replace(SOUND, sites=sites))
    assert (health.level, bad(health)) == (Level.AMBER, {"not-apart", "share-payer"})


def test_everything_in_one_house_is_red_and_says_what_burns() -> None:
    sites = [replace(site, attributes={**site.attributes, "building": "Mira 5"}) for site in SITES]
    health = examine(NOW, replace(SOUND, sites=sites))
    assert codes(health, Level.RED) == {"not-apart", "nothing-outside", "truth-lost"}
    assert health.lost == 42
    said = [describe(finding, SENTENCES) for finding in health.findings]
    assert "disk, partner and stick are in one building: mira 5." in said


def test_three_copies_are_not_enough_where_five_are_asked_for() -> None:
    wanted = Thresholds(copies=5, apart=(Need("medium", 2, Level.AMBER),))
    health = examine(NOW, SOUND, wanted)
    assert codes(health, Level.RED) == {"too-few-copies"}
    assert codes(health, Level.AMBER) == {"not-apart", "unknown-domain"}


def test_without_knowing_where_this_room_is_every_copy_may_be_in_it() -> None:
    health = examine(NOW, replace(SOUND, here=" "))
    assert bad(health) == {"here-unknown", "nothing-outside", "truth-lost"}
    assert health.lost == 42


TRUTH: dict[str, tuple[tuple[SiteState, ...], int, int, Level]] = {
    "a stick at home lacks three": (
        (a_site("disk", OFFICE), a_site("stick", HOME, sizes={HERON.id: 37, GULL.id: 2})),
        3,
        3,
        Level.AMBER,
    ),
    "two sites that complete each other": (
        (
            a_site("stick", HOME, sizes={HERON.id: 40}),
            a_site("partner", ABROAD, sizes={HERON.id: 37, GULL.id: 2}),
        ),
        0,
        0,
        Level.GREEN,
    ),
    "only the disk in this room": ((a_site("disk", OFFICE),), 42, 42, Level.RED),
    "a stick nobody checked": (
        (a_site("stick", HOME, checked_at=None, check=None),),
        42,
        0,
        Level.RED,
    ),
    "a stick checked a fortnight ago": (
        (a_site("stick", HOME, checked_at="2018-01-10T12:00:00Z"),),
        0,
        0,
        Level.GREEN,
    ),
    "a stick that failed its check": ((a_site("stick", HOME, check="red"),), 42, 42, Level.RED),
    "a cloud with one leg in this house": (
        (a_site("cloud", place(building="Dublin; Mira 5")),),
        42,
        42,
        Level.RED,
    ),
    "a site in a house that nobody named": (
        (a_site("cloud", place(building="")),),
        42,
        42,
        Level.RED,
    ),
    "a copy of two months ago": (
        (
            a_site(
                "stick",
                HOME,
                sizes={HERON.id: 37, GULL.id: 2},
                synced_at="2017-11-24T12:00:00Z",
            ),
        ),
        3,
        3,
        Level.RED,
    ),
}


@pytest.mark.parametrize(("sites", "lost", "hoped", "level"), TRUTH.values(), ids=TRUTH.keys())
def test_if_this_room_burns_now(
    sites: tuple[SiteState, ...], lost: int, hoped: int, level: Level
) -> None:
    health = examine(NOW, replace(SOUND, sites=sites))
    (truth,) = [f for f in health.findings if f.code.startswith("truth")]
    assert (health.lost, health.hoped, truth.level) == (lost, hoped, level)


def test_the_line_of_truth_is_a_sentence() -> None:
    sites = (
        a_site("A", OFFICE),
        a_site("B", HOME, sizes={HERON.id: 28, GULL.id: 2}, synced_at="2018-01-15T12:00:00Z"),
    )
    health = examine(NOW, replace(SOUND, sites=sites))
    (truth,) = [f for f in health.findings if f.code == "truth-lost"]
    assert describe(truth, SENTENCES) == (
        "Newest copy: 2 h old in A and 9 days old in B. Entries you lose if this room burns now:"
        " 12; if copies that were not checked hold what they should: 12."
    )


DRILLS: dict[str, tuple[Any, Level, set[str]]] = {
    "none": (None, Level.RED, {"drill-none"}),
    "a failed one": (
        a_report(digests=()),
        Level.RED,
        {"drill-red", "digests-none"},
    ),
    "one that ends tomorrow": (
        a_report(finished_at="2018-01-25T12:00:00Z"),
        Level.RED,
        {"drill-in-future"},
    ),
    "one of 91 days ago": (
        a_report(started_at="2017-10-25T11:00:00Z", finished_at="2017-10-25T11:59:59Z"),
        Level.RED,
        {"drill-expired"},
    ),
    "one of 90 days ago, to the second": (
        a_report(started_at="2017-10-26T11:00:00Z", finished_at="2017-10-26T12:00:00Z"),
        Level.AMBER,
        {"drill-soon"},
    ),
    "one of 76 days ago, to the second": (
        a_report(started_at="2017-11-09T12:00:00Z", finished_at="2017-11-09T12:00:00Z"),
        Level.GREEN,
        set(),
    ),
    "one of 80 days ago": (
        a_report(started_at="2017-11-05T11:00:00Z", finished_at="2017-11-05T12:00:00Z"),
        Level.AMBER,
        {"drill-soon"},
    ),
    "one of 70 days ago": (
        a_report(started_at="2017-11-15T11:00:00Z", finished_at="2017-11-15T12:00:00Z"),
        Level.GREEN,
        set(),
    ),
}


@pytest.mark.parametrize(("drill", "level", "wanted"), DRILLS.values(), ids=DRILLS.keys())
def test_the_last_drill_was(drill: Any, level: Level, wanted: set[str]) -> None:
    health = examine(NOW, replace(SOUND, drill=drill))
    assert (health.level, bad(health)) == (level, wanted)
    assert codes(health, Level.AMBER) == (set() if level is Level.RED else bad(health))


def recovering(*gone: Any, members: list[str | None], groups: Any, k: int = 1) -> Health:
    branch = settled(1, 1).branch("recovering")
    with_trustees(branch, *members, groups=groups, k=k)
    for device in gone:
        branch.publish(branch.revoking(device, reason="arrested"))
    return examine(NOW, replace(SOUND, roster=branch.roster))


GULLS, TERNS = GULL.member, TERN.member
RECOVERIES: dict[str, tuple[dict[str, Any], list[Any], Level, str]] = {
    "two of three, all free": (
        {"members": [GULLS, None, None], "groups": ((2, 3),)},
        [],
        Level.GREEN,
        "recovery-sound",
    ),
    "two of three, one arrested": (
        {"members": [GULLS, None, None], "groups": ((2, 3),)},
        [GULL],
        Level.AMBER,
        "recovery-no-spare",
    ),
    "two of three, two arrested": (
        {"members": [GULLS, TERNS, None], "groups": ((2, 3),)},
        [GULL, TERN],
        Level.RED,
        "recovery-unreachable",
    ),
    "one of two groups lost, one needed": (
        {"members": [GULLS, TERNS, None, None], "groups": ((2, 2), (2, 2))},
        [GULL],
        Level.AMBER,
        "recovery-no-spare",
    ),
    "two groups, one needed, none lost": (
        {"members": [GULLS, TERNS, None, None], "groups": ((2, 2), (2, 2))},
        [],
        Level.GREEN,
        "recovery-sound",
    ),
    "both groups needed, one lost": (
        {"members": [GULLS, TERNS, None, None], "groups": ((2, 2), (2, 2)), "k": 2},
        [GULL],
        Level.RED,
        "recovery-unreachable",
    ),
    "both groups needed, one without a spare": (
        {"members": [None, None, None, None, None], "groups": ((2, 3), (2, 2)), "k": 2},
        [],
        Level.AMBER,
        "recovery-no-spare",
    ),
}


@pytest.mark.parametrize(
    ("split", "gone", "level", "code"), RECOVERIES.values(), ids=RECOVERIES.keys()
)
def test_recovery_with(split: dict[str, Any], gone: list[Any], level: Level, code: str) -> None:
    health = recovering(*gone, **split)
    assert {f.code: f.level for f in health.findings}[code] is level


def test_without_trustees_it_is_red() -> None:
    health = examine(NOW, replace(SOUND, roster=settled(2, 2).roster))
    assert "recovery-none" in codes(health, Level.RED)


def test_an_epoch_that_recovery_cannot_open_is_red() -> None:
    branch = sound_branch()
    grants = {HERON.id: a_hash("grant")}
    recipient = machine("a fresh epoch").card.recipient
    text = write.rotate(
        branch.roster, an_id("cases"), an_id("gap"), recipient, grants, at=NOW, random=branch.random
    )
    branch.publish(text)
    health = examine(NOW, replace(SOUND, roster=branch.roster))
    (gap,) = [f for f in health.findings if f.code == "recovery-gap"]
    assert (gap.level, gap.values["compartments"]) == (Level.RED, ("cases",))


def test_admins_are_counted_as_people() -> None:
    branch = with_trustees(settled(1, 1).branch("few"), None, None, groups=((2, 2),))
    branch.policy(3, 3)
    assert "admins-no-spare" in codes(
        examine(NOW, replace(SOUND, roster=branch.roster)), Level.AMBER
    )
    branch.publish(branch.revoking(TERN), HERON, GULL, TERN)
    health = examine(NOW, replace(SOUND, roster=branch.roster))
    assert "admins-too-few" in codes(health, Level.RED)


def alone(trustees: bool) -> Branch:
    """Heron, the only admin of an archive, with or without trustees who can stand in."""
    branch = settled(1, 1).branch("alone")
    if trustees:
        branch.join(machine("recovery real"), admin=True)
        with_trustees(branch, None, None, None, groups=((2, 3),))
    for device in (GULL, TERN):
        branch.publish(branch.revoking(device))
    return branch


def test_a_single_admin_is_enough_only_with_trustees_to_stand_in() -> None:
    without = examine(NOW, replace(SOUND, roster=alone(trustees=False).roster))
    assert "admins-no-spare" in codes(without, Level.AMBER)
    with_them = alone(trustees=True)
    assert "admins-no-spare" not in codes(examine(NOW, replace(SOUND, roster=with_them.roster)))
    with_them.publish(with_them.revoking(HERON))
    left = examine(NOW, replace(SOUND, roster=with_them.roster))
    assert "admins-need-trustees" in codes(left, Level.RED)


def test_what_the_trustees_hold_together_is_never_idle() -> None:
    branch = sound_branch()
    together = machine("recovery real")
    branch.join(together, HERON, GULL, admin=True)
    health = examine("2019-06-01T00:00:00Z", replace(SOUND, roster=branch.roster))
    idle = {f.values["device"] for f in health.findings if f.code == "device-idle"}
    assert idle == {"heron", "gull", "tern"}


def test_a_roster_that_waits_for_operations_warns() -> None:
    branch = sound_branch()
    ahead = branch.branch("ahead")
    ahead.compartment(HERON)
    ahead.access(TERN, "read", HERON, GULL)
    branch.take(ahead.files[-1:])
    health = examine(NOW, replace(SOUND, roster=branch.roster))
    assert codes(health, Level.AMBER) == {"roster-waiting"}


def test_an_alarm_about_the_past_warns() -> None:
    branch = sound_branch()
    epoch = branch.roster.current_epoch(an_id("cases"))
    assert epoch is not None
    crane = machine("crane")
    branch.join(crane, HERON, GULL)
    branch.access(crane, "read", HERON, GULL)
    text = write.grant(
        branch.roster, epoch.id, crane.id, a_hash("grant"), at=NOW, random=branch.random
    )
    heads = branch.roster.heads
    branch.access(crane, "relay", HERON, GULL)
    branch.publish(text.replace(heads[0], branch.roster.heads[0]))
    branch.rotate("next", to=(HERON, GULL, TERN))
    health = examine(NOW, replace(SOUND, roster=branch.roster))
    (alarm,) = [f for f in health.findings if f.code == "roster-alarm"]
    assert (alarm.level, alarm.values["kind"]) == (Level.AMBER, "grant-without-access")


def test_a_device_that_nobody_heard_of_for_a_year_warns() -> None:
    later = "2019-01-25T00:00:00Z"
    sites = [replace(s, checked_at=later, synced_at=later) for s in SITES]
    drill = a_report(started_at=later, finished_at=later)
    logs = {**LOGS, HERON.id: LogState(40, "2019-01-24T00:00:00Z")}
    health = examine(later, replace(SOUND, sites=sites, drill=drill, logs=logs))
    assert codes(health, Level.AMBER) == {"device-idle"}
    idle = {f.values["device"] for f in health.findings if f.code == "device-idle"}
    assert idle == {"gull", "tern"}  # tern never wrote: counted from the day it joined


def test_alarms_of_the_roster_are_passed_on() -> None:
    branch = sound_branch()
    branch.access(TERN, "drop", HERON, GULL)
    health = examine(NOW, replace(SOUND, roster=branch.roster))
    (alarm,) = [f for f in health.findings if f.code == "roster-alarm"]
    assert (alarm.level, alarm.values["kind"]) == (Level.RED, "epoch-held")


SENSELESS: dict[str, dict[str, Any]] = {
    "a time that is none": {"synced_at": "yesterday"},
    "a check of another colour": {"check": "GREEN"},
    "a check without a time": {"checked_at": None},
    "a time without a check": {"check": None},
}


@pytest.mark.parametrize("changes", SENSELESS.values(), ids=SENSELESS.keys())
def test_a_senseless_memory_of_a_site_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ForeignDataError):
        a_site("stick", HOME, **changes)


def test_a_senseless_present_is_refused() -> None:
    with pytest.raises(ForeignDataError):
        examine("now", SOUND)
    with pytest.raises(ForeignDataError):
        LogState(3, "now")


def test_every_finding_has_its_sentence() -> None:
    words = (
        "site age problems entries copies needed sites axis domain left outside newest lost hoped"
        " steps step detail compartments groups admins device alarm about kind operations seconds"
        " witnesses keys places"
    )
    values = dict.fromkeys(words.split(), 3)
    for code, sentence in SENTENCES.items():
        finding = Finding(Level.RED, code, values)
        assert describe(finding, SENTENCES).endswith((".", "3"))
        assert bool(advise(finding, SENTENCES)) == bool(sentence.step)


def test_what_only_former_trustees_were_given_cannot_be_recovered() -> None:
    branch = settled(1, 1).branch("former")
    text = write.set_trustees(
        branch.roster,
        *(a_split(word, [None, None], ((2, 2),), 1) for word in ("real", "drill")),
        at=NOW,
        random=branch.random,
    )
    branch.publish(text)
    assert "recovery-gap" in {f.code for f in recovery(branch.roster)}


def test_older_checks_are_forgiven_where_a_group_says_so() -> None:
    slow = Thresholds(limits=replace(Thresholds().limits, check_amber=timedelta(days=14)))
    sites = [replace(site, checked_at="2018-01-14T12:00:00Z") for site in SITES]
    assert examine(NOW, replace(SOUND, sites=sites)).level is Level.RED
    assert examine(NOW, replace(SOUND, sites=sites), slow).level is Level.GREEN
