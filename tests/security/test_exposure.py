"""What a seized device could open, who is named there, and in which order to warn them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.model.roster_world import CASES, HERON, a_hash, a_split, an_id, machine
from tests.security.world import (
    PRESS,
    SOURCES,
    STAFF,
    STORK,
    SWIFT,
    WREN,
    Said,
    World,
    link,
    name,
    term,
    text,
)
from unburnt.core.errors import UsageError
from unburnt.model import roster_write as write
from unburnt.model.recorded import ACCEPTED, REFUSED, UNCONFIRMED, Standing
from unburnt.model.schema import builtin
from unburnt.security import roles
from unburnt.security.exposure import HONEST, SENTENCES, Exposure, exposure, why
from unburnt.security.finding import Level, advise, describe
from unburnt.security.named import Named
from unburnt.security.roles import Place

NEIGHBOUR, OWNER, DRIVER, VICTIM, OFFICER = map(
    an_id, ("neighbour", "owner", "driver", "victim", "officer")
)
ACT, CAR, MONITOR, TIE = map(an_id, ("act", "car", "monitor", "tie"))


def seen(world: World, device: str = WREN.id) -> Exposure:
    return exposure(world.roster, device, world.records, world.headers)


def codes(report: Exposure) -> dict[str, dict[str, Any]]:
    return {finding.code: dict(finding.values) for finding in report.findings}


def who(people: tuple[Named, ...]) -> list[str]:
    return [somebody.name for somebody in people]


def without_press(people: tuple[Named, ...]) -> list[Named]:
    """Leave out the source of nearly everything here, of which nothing is said."""
    return [somebody for somebody in people if somebody.entity != PRESS]


# --- what lies within reach --------------------------------------------------------------------


def test_what_was_granted_is_within_reach_and_counted() -> None:
    world = World()
    file = {"file": {"sha256": a_hash("photo"), "size": 7, "object": a_hash("pack")}}
    photo = Said(an_id("photo"), "Evidence", "file", file)
    needs = [(a_hash("pack"), 4096)]
    world.say(HERON, CASES, photo, photo, needs=needs)
    world.say(SWIFT, CASES, text(ACT, "Act", "summary", "Arson"), photo, needs=needs)
    world.say(HERON, SOURCES, name(NEIGHBOUR, "Aminat"))
    (opened,) = seen(world).opened
    assert (opened.compartment, opened.generation, opened.held, opened.current) == (
        CASES,
        1,
        True,
        True,
    )
    tally = opened.tally
    assert (tally.entries, tally.statements, tally.originals, tally.objects) == (2, 4, 1, 1)
    assert (tally.hidden, tally.at_most, tally.aside) == (0, 0, 0)


def test_epochs_have_a_beginning_and_an_end() -> None:
    world = World()
    world.rotate(CASES, HERON, WREN, at="2018-01-25T00:00:00Z")
    world.rotate(CASES, HERON, at="2018-01-26T00:00:00Z")
    first, second = seen(world).opened
    assert (first.ends, second.begins, second.ends, second.current) == (
        "2018-01-25T00:00:00Z",
        "2018-01-25T00:00:00Z",
        "2018-01-26T00:00:00Z",
        False,
    )
    assert second.granted == "2018-01-25T00:00:00Z"


def test_what_begins_after_the_revocation_is_out_of_reach_and_says_why() -> None:
    world = World()
    world.publish(write.revoke, WREN.id, 0, "seized")
    world.rotate(CASES, HERON)
    world.say(HERON, CASES, text(ACT, "Act", "summary", "After"))
    report = seen(world)
    closed = {item.compartment: item for item in report.closed}
    assert closed[CASES].reason == "after-revocation"
    assert closed[CASES].tally.statements == 1
    assert closed[SOURCES].reason == "not-granted"
    assert codes(report)["after-revocation"] == {"epochs": 1}
    assert codes(report)["not-granted"] == {"compartments": ("sources", "staff")}


def test_an_epoch_begun_beside_the_revocation_is_merely_not_granted() -> None:
    world = World()
    world.rotate(CASES, HERON)
    world.publish(write.revoke, WREN.id, 0, "seized")
    assert {item.reason for item in seen(world).closed} == {"not-granted"}


def test_a_late_grant_puts_older_epochs_within_reach() -> None:
    world = World()
    world.say(HERON, SOURCES, name(NEIGHBOUR, "Aminat"))
    epoch = world.headers[-1].epoch
    world.role(WREN, SOURCES, "read")
    world.publish(write.grant, epoch, WREN.id, a_hash("late"), at="2018-02-01T00:00:00Z")
    opened = {item.compartment: item for item in seen(world).opened}
    assert opened[SOURCES].granted == "2018-02-01T00:00:00Z"
    assert not opened[SOURCES].beyond


def grant_beyond_role() -> Exposure:
    """Grant the sources to wren by one who has seen that wren may no longer read them."""
    world = World()
    world.role(WREN, SOURCES, "read")
    text_of_grant = write.grant(
        world.roster,
        world.roster.current_epoch(SOURCES).id,  # type: ignore[union-attr]
        WREN.id,
        a_hash("grant"),
        at="2018-02-01T00:00:00Z",
        random=world.branch.random,
    )
    world.role(WREN, SOURCES, "drop")
    heads = f'"parents":["{world.roster.heads[0]}"]'
    old = text_of_grant[text_of_grant.index('"parents"') : text_of_grant.index("]") + 1]
    world.branch.publish(text_of_grant.replace(old, heads), HERON)
    return seen(world)


def test_a_grant_beyond_the_role_is_an_alarm() -> None:
    report = grant_beyond_role()
    (item,) = [item for item in report.opened if item.compartment == SOURCES]
    assert item.beyond
    assert codes(report)["beyond-role"] == {"compartment": "sources", "generation": 1}
    assert [item.beyond for item in report.opened if item.compartment == CASES] == [False]


def test_a_device_keeps_in_its_index_what_it_wrote_where_it_may_read() -> None:
    world = World()
    world.rotate(CASES, HERON)  # wren is not granted the new epoch yet
    world.say(WREN, CASES, name(NEIGHBOUR, "Aminat"), text(ACT, "Act", "summary", "Arson"))
    world.say(HERON, CASES, name(OWNER, "Musa"))
    report = seen(world)
    own = next(item for item in report.opened if not item.held)
    assert (own.granted, own.tally.statements) == (None, 2)
    assert who(report.warn) == ["Aminat"]
    (rest,) = [item for item in report.closed if item.compartment == CASES]
    assert (rest.tally.entries, rest.own.entries) == (1, 0)


def test_a_drop_device_cannot_read_back_what_it_handed_over() -> None:
    world = World()
    world.say(STORK, SOURCES, name(NEIGHBOUR, "Aminat"), name(OWNER, "Musa"))
    report = seen(world, STORK.id)
    assert report.opened == ()
    assert report.warn == ()
    (closed,) = [item for item in report.closed if item.compartment == SOURCES]
    assert (closed.own.entries, closed.own.statements) == (1, 2)
    found = codes(report)
    assert found["handed-over"] == {"entries": 1, "statements": 2, "objects": 0}
    assert "opens-nothing" in found


def test_what_drop_devices_handed_over_is_counted_where_it_is_out_of_reach() -> None:
    world = World()
    world.say(STORK, SOURCES, name(NEIGHBOUR, "Aminat"))
    world.say(HERON, SOURCES, name(OWNER, "Musa"), name(VICTIM, "Zaur"))
    (closed,) = [item for item in seen(world).closed if item.compartment == SOURCES]
    assert (closed.tally.statements, closed.drops.statements, closed.own.entries) == (3, 1, 0)
    assert codes(seen(world))["dropped"]["statements"] == 1


def test_a_device_that_was_a_drop_before_it_could_read_is_none() -> None:
    world = World()
    world.role(STORK, SOURCES, "write")
    world.say(STORK, SOURCES, name(NEIGHBOUR, "Aminat"))
    (closed,) = [item for item in seen(world).closed if item.compartment == SOURCES]
    assert closed.drops.entries == 0
    assert seen(world, STORK.id).warn != ()  # its own index


# --- what the report cannot see ----------------------------------------------------------------


def test_what_the_asker_cannot_read_is_bounded_and_it_says_whom_to_ask() -> None:
    world = World()
    world.say(HERON, SOURCES, *(name(an_id(word), word) for word in ("a", "b", "c")))
    world.say(HERON, CASES, text(ACT, "Act", "summary", "Arson"))
    report = exposure(world.roster, SWIFT.id, world.seen_by(CASES), world.headers)
    assert codes(report)["not-visible"] == {
        "compartment": "sources",
        "entries": 1,
        "at_most": 4,
        "ask": ("heron",),
    }
    assert report.warn == ()
    said = {finding.code: advise(finding, SENTENCES) for finding in report.findings}
    assert said["not-visible"] == "Ask: heron."


def test_when_nobody_else_reads_it_the_trustees_are_left() -> None:
    world = World()
    world.branch.trustees("real")
    world.role(HERON, SOURCES, "relay")
    world.say(HERON, SOURCES, name(NEIGHBOUR, "Aminat"))
    report = exposure(world.roster, SWIFT.id, [], world.headers)
    assert codes(report)["not-visible"]["ask"] == ("heron", "notary", "stork", "swift")
    world.role(HERON, SOURCES, "read")
    report = exposure(world.roster, SWIFT.id, [], world.headers)
    assert codes(report)["not-visible"]["ask"] == ("heron",)


def test_a_report_that_looked_at_nothing_is_red() -> None:
    world = World()
    report = exposure(world.roster, WREN.id, [], [])
    (finding,) = [item for item in report.findings if item.code == "nothing-looked-at"]
    assert finding.level is Level.RED


def test_operations_that_wait_may_hide_grants() -> None:
    world = World()
    ahead = world.branch.branch("ahead")
    first = ahead.join(machine("teal"))
    second = ahead.revoke(WREN)
    assert first != second
    world.branch.take(ahead.files[-1:])
    assert codes(seen(world))["grants-may-lack"] == {"operations": 1}


def test_an_unknown_device_is_refused() -> None:
    world = World()
    with pytest.raises(UsageError):
        seen(world, an_id("nobody"))


def test_statements_without_their_entry_are_refused() -> None:
    world = World()
    world.say(HERON, CASES, name(NEIGHBOUR, "Aminat"))
    with pytest.raises(UsageError):
        exposure(world.roster, WREN.id, world.records, [])


# --- what the device and its member can still do -----------------------------------------------


def test_it_says_what_the_device_can_still_do() -> None:
    world = World()
    world.branch.trustees("real")
    heron = codes(seen(world, HERON.id))
    assert heron["not-revoked"] == {"device": "heron"}
    assert heron["still-admin"] == {"device": "heron", "needed": 1}
    assert heron["holds-shares"] == {"shares": 1}
    phone = machine("heron phone", member="heron")
    world.branch.join(phone)
    assert codes(seen(world, HERON.id))["other-devices"] == {"devices": ("heron phone",)}


def test_a_revoked_device_still_holds_the_key_of_today_until_it_is_rotated() -> None:
    world = World()
    world.publish(write.revoke, WREN.id, 0, "seized")
    assert "still-current" not in codes(seen(world))
    assert codes(seen(world))["not-renewed"] == {"compartment": "cases", "generation": 1}
    world.rotate(CASES, HERON)
    after = codes(seen(world))
    assert not {"still-current", "not-renewed", "not-revoked", "still-admin"} & after.keys()


def test_nobody_is_told_to_rotate_what_the_revocation_rotates() -> None:
    report = seen(World())
    (finding,) = [f for f in report.findings if f.code == "still-current"]
    assert "unburnt revoke gives cases a new key" in advise(finding, SENTENCES)


LEVELS = {
    "not-revoked": Level.RED,
    "still-admin": Level.RED,
    "still-current": Level.RED,
    "beyond-role": Level.RED,
    "warn-source": Level.RED,
    "nothing-looked-at": Level.RED,
    "opens-nothing": Level.GREEN,
    "not-granted": Level.GREEN,
    "after-revocation": Level.GREEN,
    "handed-over": Level.GREEN,
    "dropped": Level.GREEN,
}


def test_what_cannot_wait_is_red_and_good_news_is_green() -> None:
    world = World()
    world.branch.trustees("real")
    world.branch.join(machine("heron phone", member="heron"))
    neighbour_in_sources(world)
    told = text(ACT, "Act", "summary", "Arson", attribution=(NEIGHBOUR,))
    world.say(HERON, SOURCES, told, name(OFFICER, "Officer"), perpetrator(OFFICER))
    world.say(HERON, SOURCES, text(ACT, "Act", "summary", "Leak", source=OFFICER))
    world.say(HERON, CASES, told, name(DRIVER, "Driver"), name(VICTIM, "Zaur"))
    world.say(STORK, SOURCES, link(ACT, "Act", "victim", VICTIM))
    reports = [seen(world, device.id) for device in (HERON, WREN, STORK)]
    reports += [exposure(world.roster, SWIFT.id, [], []), grant_beyond_role()]
    reports.append(exposure(world.roster, SWIFT.id, [], world.headers))
    world.publish(write.revoke, WREN.id, 0, "seized")
    world.rotate(CASES, HERON)
    reports.append(seen(world))
    found = {(f.code, f.level) for report in reports for f in report.findings}
    assert {code for code, _level in found} >= LEVELS.keys()
    assert found == {(code, LEVELS.get(code, Level.AMBER)) for code, _level in found}


# --- who is named, and in which order -----------------------------------------------------------


def neighbour_in_sources(world: World) -> None:
    world.say(HERON, SOURCES, name(NEIGHBOUR, "Aminat"), text(NEIGHBOUR, "Person", "phone", "+7"))


def test_the_order_is_sources_defenders_victims_others() -> None:
    world = World()
    world.say(
        HERON,
        CASES,
        name(an_id("other"), "Other"),
        name(VICTIM, "Victim"),
        link(ACT, "Act", "victim", VICTIM),
        name(DRIVER, "Driver"),
        term(DRIVER, "Person", "defenderKind", "defender-support"),
        name(NEIGHBOUR, "Neighbour"),
        text(ACT, "Act", "summary", "Arson", attribution=(OWNER, NEIGHBOUR)),
    )
    report = seen(world)
    assert who(report.warn) == ["Neighbour", "Driver", "Victim", "Other"]
    assert [somebody.place for somebody in report.warn] == list(Place)
    assert [why(somebody)[0] for somebody in report.warn] == [
        "passed something on that is told there",
        "is a defender",
        "is a victim there",
        "is named there",
    ]
    found = codes(report)
    assert [found[f"warn-{p.name.lower()}"]["people"] for p in Place] == [1, 1, 1, 1]


def test_within_a_place_the_one_most_spoken_of_comes_first_then_the_newest() -> None:
    world = World()
    world.say(HERON, CASES, name(an_id("old"), "Old"), at="2018-01-01T00:00:00Z")
    world.say(HERON, CASES, name(an_id("new"), "New"), at="2018-01-02T00:00:00Z")
    world.say(HERON, CASES, *[text(an_id("much"), "Person", "alias", w) for w in ("M", "N")])
    much, new, old = seen(world).warn
    assert (much.statements, much.name) == (2, an_id("much"))  # no name: shown by id
    assert (new.name, new.newest, old.name) == ("New", "2018-01-02T00:00:00Z", "Old")


def test_a_source_whose_identity_lies_elsewhere_is_not_named_there() -> None:
    world = World()
    world.say(HERON, CASES, text(ACT, "Act", "summary", "Arson", attribution=(NEIGHBOUR,)))
    neighbour_in_sources(world)
    report = seen(world)
    assert report.warn == ()
    (unnamed,) = without_press(report.unnamed)
    assert (unnamed.name, unnamed.identity) == ("Aminat", ())  # this asker may read the name
    assert codes(report)["sources-unnamed"] == {"people": 1}


def test_the_same_source_is_warned_first_when_that_compartment_was_open() -> None:
    world = World()
    world.say(HERON, CASES, text(ACT, "Act", "summary", "Arson", attribution=(NEIGHBOUR,)))
    neighbour_in_sources(world)
    (warned,) = seen(world, SWIFT.id).warn
    assert (warned.place, warned.identity) == (Place.SOURCE, ("name", "phone"))
    assert warned.compartments == tuple(sorted((CASES, SOURCES)))


def test_an_older_epoch_that_was_not_granted_names_nobody() -> None:
    world = World()
    neighbour_in_sources(world)
    world.role(WREN, SOURCES, "read")
    world.rotate(SOURCES, HERON, WREN)
    world.say(HERON, SOURCES, name(OWNER, "Musa"))
    assert who(seen(world).warn) == ["Musa"]


def test_a_link_of_which_the_asker_knows_nothing_is_not_passed_over() -> None:
    world = World()
    world.say(HERON, CASES, text(ACT, "Act", "summary", "Arson", attribution=(NEIGHBOUR,)))
    neighbour_in_sources(world)
    report = exposure(world.roster, SWIFT.id, world.seen_by(CASES), world.headers)
    (unnamed,) = [item for item in report.unnamed if item.entity == NEIGHBOUR]
    assert "unknown-to-you" in unnamed.reasons
    assert codes(report)["sources-unknown"] == {"entities": 2}  # the press release, too


def test_organisations_and_papers_are_not_warned() -> None:
    world = World()
    world.say(
        HERON,
        CASES,
        name(PRESS, "Press release", "Document"),
        name(MONITOR, "The monitor", "Organization"),
        text(MONITOR, "Organization", "phone", "+7"),
        text(ACT, "Act", "summary", "Arson", attribution=(MONITOR,)),
    )
    report = seen(world)
    assert (report.warn, report.unnamed, report.not_to_warn) == ((), (), ())
    assert not {"sources-unnamed", "sources-unknown"} & codes(report).keys()


def test_behind_an_account_that_is_a_source_stands_its_owner() -> None:
    world = World()
    account = an_id("account")
    username = text(account, "UserAccount", "username", "@wolf")
    said = text(ACT, "Act", "summary", "Arson", source=account)
    world.say(HERON, CASES, username, said)
    (alone,) = seen(world).warn
    assert (alone.entity, alone.place) == (account, Place.SOURCE)
    world.say(HERON, SOURCES, name(OWNER, "Musa"))
    world.say(HERON, CASES, link(account, "UserAccount", "owner", OWNER))
    (owner,) = seen(world).warn
    assert (owner.name, owner.place) == ("Musa", Place.SOURCE)
    assert owner.identity == ("UserAccount.owner",)


def test_entities_said_to_be_one_person_are_one_unless_that_is_denied() -> None:
    for stance, names in (("asserted", [["Musa"]]), ("denied", [["Musa"], []])):
        world = World()
        told = text(ACT, "Act", "summary", "Arson", attribution=(NEIGHBOUR,))
        same = link(NEIGHBOUR, "Person", "sameAs", OWNER, stance=stance)
        world.say(HERON, CASES, name(OWNER, "Musa"), told, same)
        report = seen(world)
        assert [who(report.warn)] == names[:1]
        assert (report.warn[0].place is Place.SOURCE) == (stance == "asserted")
        assert len(without_press(report.unnamed)) == len(names) - 1


def test_what_was_taken_back_or_denied_stays_readable_and_counts() -> None:
    world = World()
    (said,) = world.say(HERON, CASES, name(NEIGHBOUR, "Aminat"))
    taken_back = name(NEIGHBOUR, "Aminat", stance="retracted", answers=said)
    world.say(HERON, CASES, taken_back, name(OWNER, "Musa", stance="denied"))
    report = seen(world)
    assert {somebody.entity for somebody in report.warn} == {NEIGHBOUR, OWNER}


def perpetrator(entity: str, **rest: Any) -> Said:
    return link(an_id("involvement"), "Involvement", "perpetrator", entity, **rest)


def test_perpetrators_are_listed_apart() -> None:
    world = World()
    world.say(HERON, CASES, name(OFFICER, "Officer"), perpetrator(OFFICER))
    report = seen(world)
    assert (who(report.warn), who(report.not_to_warn)) == ([], ["Officer"])
    assert "decide" not in codes(report)


def test_an_accusation_elsewhere_keeps_a_perpetrator_from_being_warned() -> None:
    world = World()
    world.say(HERON, CASES, name(OFFICER, "Officer"))
    world.say(HERON, SOURCES, perpetrator(OFFICER))
    assert who(seen(world).not_to_warn) == ["Officer"]


def test_a_perpetrator_who_is_a_source_too_is_for_people_to_decide() -> None:
    world = World()
    told = text(ACT, "Act", "summary", "Arson", source=OFFICER)
    world.say(HERON, CASES, name(OFFICER, "Officer"), perpetrator(OFFICER), told)
    report = seen(world)
    (officer,) = report.not_to_warn
    assert {"accused", "source"} <= set(officer.reasons)
    assert codes(report)["decide"] == {"people": 1}


NOT_ENOUGH: dict[str, tuple[str, Standing]] = {
    "a denied accusation": ("denied", ACCEPTED),
    "an accusation after compromise": ("alleged", UNCONFIRMED),
    "an accusation by one who had no right to write": ("alleged", REFUSED),
}


@pytest.mark.parametrize(("stance", "standing"), NOT_ENOUGH.values(), ids=NOT_ENOUGH.keys())
def test_nobody_is_kept_from_being_warned_by(stance: str, standing: Standing) -> None:
    world = World()
    world.say(HERON, CASES, name(VICTIM, "Zaur"))
    world.say(WREN, CASES, perpetrator(VICTIM, stance=stance), standing=standing)
    assert who(seen(world).warn) == ["Zaur"]


def test_an_accusation_that_was_taken_back_no_longer_counts() -> None:
    world = World()
    _name, said = world.say(HERON, CASES, name(VICTIM, "Zaur"), perpetrator(VICTIM))
    assert who(seen(world).not_to_warn) == ["Zaur"]
    world.say(HERON, CASES, perpetrator(VICTIM, stance="retracted", answers=said))
    assert who(seen(world).warn) == ["Zaur"]


def test_a_defender_who_is_accused_is_warned_all_the_same() -> None:
    world = World()
    world.say(HERON, CASES, name(DRIVER, "Driver"), perpetrator(DRIVER, stance="alleged"))
    world.say(HERON, STAFF, name(DRIVER, "Driver"))
    (driver,) = seen(world).warn
    assert (driver.place, driver.reasons) == (Place.DEFENDER, ("member", "accused"))


def test_whoever_belongs_to_a_body_of_defenders_is_a_defender() -> None:
    world = World()
    world.say(
        HERON,
        CASES,
        name(DRIVER, "Driver"),
        name(OWNER, "Musa"),
        term(MONITOR, "Organization", "defenderKind", "monitoring-group"),
        link(TIE, "Employment", "employee", DRIVER),
        link(TIE, "Employment", "employer", MONITOR),
        link(an_id("job"), "Employment", "employee", OWNER),
        link(an_id("job"), "Employment", "employer", an_id("bakery")),
        term(OWNER, "Person", "defenderKind", "not-a-defender"),
    )
    assert [(p.name, p.place) for p in seen(world).warn] == [
        ("Driver", Place.DEFENDER),
        ("Musa", Place.OTHER),
    ]


def test_officials_are_not_warned_unless_something_else_speaks_for_it() -> None:
    world = World()
    tenure, post, police = an_id("tenure"), an_id("post"), an_id("police")
    world.say(
        HERON,
        CASES,
        name(OFFICER, "Officer"),
        link(tenure, "Occupancy", "holder", OFFICER),
        link(tenure, "Occupancy", "post", post),
        link(post, "Position", "organization", police),
        name(police, "Police", "PublicBody"),
    )
    assert who(seen(world).not_to_warn) == ["Officer"]
    world.say(HERON, CASES, text(ACT, "Act", "summary", "Leak", source=OFFICER))
    assert who(seen(world).warn) == ["Officer"]


def test_papers_accounts_and_pictures_give_people_away() -> None:
    for schema, property in sorted(roles.IDENTITY_LINKS):
        world = World()
        world.say(HERON, SOURCES, name(OWNER, "Musa"))
        world.say(HERON, CASES, link(an_id("thing"), schema, property, OWNER))
        assert [p.identity for p in seen(world).warn] == [(f"{schema}.{property}",)]


def test_what_was_put_aside_is_counted_but_names_nobody() -> None:
    world = World()
    world.say(WREN, CASES, name(NEIGHBOUR, "Aminat"), standing=REFUSED)
    report = seen(world)
    assert report.opened[0].tally.aside == 1
    assert report.warn == ()


def test_what_was_said_after_compromise_still_names_people() -> None:
    world = World()
    world.say(WREN, CASES, name(NEIGHBOUR, "Aminat"), standing=UNCONFIRMED)
    assert who(seen(world).warn) == ["Aminat"]


def test_the_order_of_what_is_given_does_not_matter() -> None:
    world = World()
    neighbour_in_sources(world)
    world.say(HERON, CASES, *(name(an_id(word), word) for word in "abcdef"))
    world.say(WREN, CASES, text(ACT, "Act", "summary", "Arson", attribution=(an_id("c"),)))
    backwards = exposure(world.roster, WREN.id, world.records[::-1], world.headers[::-1])
    assert backwards == seen(world)


def test_a_witness_is_warned_with_the_victims() -> None:
    world = World()
    world.say(
        HERON,
        CASES,
        name(NEIGHBOUR, "Aminat"),
        term(NEIGHBOUR, "Person", "characteristics", "witness-to-case"),
        name(OWNER, "Musa"),
        term(OWNER, "Person", "characteristics", "elderly"),
        term(OWNER, "Person", "gender", "witness-to-case"),
    )
    assert [(p.name, p.place) for p in seen(world).warn] == [
        ("Aminat", Place.VICTIM),
        ("Musa", Place.OTHER),
    ]


def test_a_perpetrator_without_a_name_is_not_listed_unless_a_source() -> None:
    world = World()
    world.say(HERON, CASES, perpetrator(OFFICER), text(OFFICER, "Person", "appearance", "masked"))
    report = seen(world)
    assert (report.warn, report.not_to_warn, without_press(report.unnamed)) == ((), (), [])
    world.say(HERON, CASES, text(ACT, "Act", "summary", "Told", source=OFFICER))
    assert [p.entity for p in without_press(seen(world).unnamed)] == [OFFICER]


def test_a_retraction_after_compromise_does_not_lift_an_accusation() -> None:
    world = World()
    _name, said = world.say(HERON, CASES, name(OFFICER, "Officer"), perpetrator(OFFICER))
    taken_back = perpetrator(OFFICER, stance="retracted", answers=said)
    world.say(WREN, CASES, taken_back, standing=UNCONFIRMED)
    assert who(seen(world).not_to_warn) == ["Officer"]


@pytest.mark.parametrize("missing", ["the body is no public one", "the post", "the tenure"])
def test_nobody_is_an_official_by_halves(missing: str) -> None:
    world = World()
    tenure, post, body = an_id("tenure"), an_id("post"), an_id("body")
    held = an_id("other post") if missing == "the post" else post
    owner = an_id("other tenure") if missing == "the tenure" else tenure
    world.say(
        HERON,
        CASES,
        name(OWNER, "Musa"),
        link(owner, "Occupancy", "holder", OWNER),
        link(tenure, "Occupancy", "post", held),
        link(post, "Position", "organization", body),
        name(body, "Body", "Company" if "body" in missing else "PublicBody"),
        name(an_id("police"), "Police", "PublicBody"),
    )
    assert who(seen(world).warn) == ["Musa"]


# --- words --------------------------------------------------------------------------------------


def test_every_property_in_the_tables_is_in_the_schema() -> None:
    schema = builtin()
    pairs = {*roles.IDENTITY_LINKS, *roles.ROLE_LINKS, *roles.ACCUSING, *roles.STAFF}
    pairs |= {(kind, body) for (kind, _person), body in roles.STAFF.items()}
    people = roles.PEOPLE | roles.BEHIND_WHICH_PEOPLE_ARE | {"Vehicle"}
    assert [pair for pair in pairs if not schema.is_known(*pair)] == []
    for property in roles.IDENTITY:
        assert any(schema.is_known(kind, property) for kind in people), property
    assert {roles.WITNESS, roles.NOT_A_DEFENDER} <= schema.terms.keys()


def test_every_role_has_its_words_and_its_place() -> None:
    assert roles.PLACES.keys() <= roles.REASONS.keys()
    assert {*roles.ROLE_LINKS.values()} <= roles.PLACES.keys()


def test_every_finding_has_its_sentence() -> None:
    world = World()
    world.branch.trustees("real")
    neighbour_in_sources(world)
    world.say(STORK, SOURCES, name(OWNER, "Musa"))
    for device in (HERON, WREN, STORK, SWIFT):
        for records in (world.records, []):
            report = exposure(world.roster, device.id, records, world.headers)
            assert all(describe(finding, SENTENCES) for finding in report.findings)


def test_it_says_what_it_does_not_know() -> None:
    assert any("passphrase" in sentence for sentence in HONEST)
    assert a_split("real").shares  # the trustees of the world above are real ones
