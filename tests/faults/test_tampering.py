"""Whatever strangers, thieves and failing disks do to an archive is noticed, and called by name.

Each case does one thing to a world that was in order, and looks at it as a person would: by
checking a site, by syncing with it, by opening the archive. Each ends RED with its own reason.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.faults.faulty_backend import restore, snapshot
from tests.world import PASSPHRASE, World, said
from unburnt.core.errors import (
    BrokenArchiveError,
    CannotOpenError,
    MediumError,
    UnburntError,
    UsageError,
)
from unburnt.core.ids import new_id
from unburnt.crypto import note
from unburnt.crypto.checkpoint import Checkpoint
from unburnt.crypto.passphrase import WEAK
from unburnt.crypto.signing import SigningKey
from unburnt.model import entry as entries
from unburnt.model.batch import Batch
from unburnt.model.entry import signer_name
from unburnt.model.statement import Statement
from unburnt.storage import objects
from unburnt.storage.journal import Draft
from unburnt.storage.names import checkpoint_name, entry_name, object_name, roster_name
from unburnt.sync.exchange import push
from unburnt.workflow import exchange, people
from unburnt.workflow.health import health
from unburnt.workflow.recover import recover
from unburnt.workflow.rehearse import rehearse
from unburnt.workflow.session import Session
from unburnt.workflow.verify import verify

BATCHES = 3


class Scene(World):
    """An office and a field laptop, a site and trustees, everything in order."""

    office: Session
    field: Session
    cards: list[people.ShareCard]

    def begin(self) -> Scene:
        self.folder.mkdir()
        self.office = self.found("office", ["cases"])
        self.field = self.enrol(self.office, "field", {"cases": "write"})
        for number in range(BATCHES):
            self.say(self.office, "cases", f"office {number}")
        self.cards = people.appoint(self.office, ["a", "b", "c"], [(2, 3)])
        self.sync(self.office, "site")
        self.sync(self.field, "site")
        for number in range(BATCHES):
            self.say(self.field, "cases", f"field {number}")
        self.sync(self.field, "site")
        self.sync(self.office, "site")
        return self

    def end(self) -> None:
        for session in (self.office, self.field):
            session.close()

    def names(self, prefix: str) -> list[str]:
        return list(self.disk("site").names(prefix))

    def checked(self) -> set[str]:
        """Return every code that checking the site gives."""
        report = exchange.check_site(self.office, "site")
        assert not report.green
        return {p.code for p in [*report.problems, *report.alarms]}

    def synced(self) -> set[str]:
        return {p.code for p in self.sync(self.office, "site").problems}


@cache
def _in_order() -> Scene:
    built = Scene(Path(mkdtemp(prefix="unburnt-tampering-")) / "world").begin()
    assert exchange.check_site(built.office, "site").green
    built.end()
    return built


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    first = _in_order()
    again = Scene(tmp_path / "world", "again")
    first.copy_to(again)
    again.cards = first.cards
    again.office, again.field = again.open("office"), again.open("field")
    yield again
    again.end()


# --- what is done to a site ---------------------------------------------------------------------


def newest_entry_removed(scene: Scene) -> set[str]:
    scene.disk("site").tamper(entry_name(scene.field.device, BATCHES - 1), "remove")
    return scene.checked()


def entry_in_the_middle_removed(scene: Scene) -> set[str]:
    scene.disk("site").tamper(entry_name(scene.field.device, 1), "remove")
    return scene.checked()


def rolled_back(scene: Scene) -> set[str]:
    before = snapshot(scene.disk("site"))
    scene.say(scene.office, "cases", "later")
    scene.sync(scene.office, "site")
    scene.disk("site").rollback(before)
    return scene.synced()


def truncated_log(scene: Scene) -> set[str]:
    """Against a device that has never seen more: the site's own checkpoint gives it away."""
    scene.disk("site").tamper(entry_name(scene.office.device, BATCHES - 1), "remove")
    with scene.enrol(scene.office, "fresh", {"cases": "read"}) as fresh:
        return {p.code for p in scene.sync(fresh, "site").problems}


def swapped_object(scene: Scene) -> set[str]:
    one, other = scene.names("objects/")[:2]
    disk = scene.disk("site").inner
    restore(disk, snapshot(disk) | {one: disk.get(other, disk.size(other))})
    return scene.checked()


def flipped_bit(scene: Scene) -> set[str]:
    scene.disk("site").tamper(scene.names("objects/")[0], "flip")
    return scene.checked()


def truncated_object(scene: Scene) -> set[str]:
    scene.disk("site").tamper(scene.names("objects/")[0], "cut")
    return scene.checked()


def removed_object(scene: Scene) -> set[str]:
    scene.disk("site").tamper(scene.names("objects/")[0], "remove")
    return scene.checked()


def damaged_entry(scene: Scene) -> set[str]:
    scene.disk("site").tamper(entry_name(scene.field.device, 1), "flip")
    return scene.checked()


def empty_site(scene: Scene) -> set[str]:
    scene.disk("site").rollback({})
    return scene.checked()


def site_of_another_archive(scene: Scene) -> set[str]:
    with scene.found("stranger", ["cases"]) as stranger:
        scene.say(stranger, "cases", "another archive")
        scene.disk("site").rollback(snapshot(stranger.backend))
    return scene.checked()


def withheld_revocation(scene: Scene) -> set[str]:
    before = set(scene.names("roster/"))
    people.revoke(scene.office, {scene.field.device: BATCHES}, "seized")
    scene.sync(scene.office, "site")
    for name in set(scene.names("roster/")) - before:
        scene.disk("site").tamper(name, "remove")
    return scene.checked()


def damaged_roster_file(scene: Scene) -> set[str]:
    scene.disk("site").tamper(scene.names("roster/")[-1], "cut")
    return scene.checked()


def removed_founding(scene: Scene) -> set[str]:
    name = next(n for n in scene.names("roster/") if scene.office.archive in n)
    scene.disk("site").tamper(name, "remove")
    return scene.checked()


def garbage_grant(scene: Scene) -> set[str]:
    scene.disk("site").tamper(scene.names("keys/")[0], "flip")
    return scene.checked()


def removed_grant(scene: Scene) -> set[str]:
    scene.disk("site").tamper(scene.names("keys/")[0], "remove")
    return scene.checked()


def canary_removed(scene: Scene) -> set[str]:
    scene.disk("site").tamper(scene.names("canary/")[0], "remove")
    return scene.checked()


def canary_damaged(scene: Scene) -> set[str]:
    scene.disk("site").tamper(scene.names("canary/")[0], "flip")
    return scene.checked()


def _put_checkpoint(scene: Scene, key: SigningKey, size: int, root: bytes) -> None:
    origin = signer_name(scene.office.archive, scene.office.device)
    signed = note.sign(Checkpoint(origin, size, root).text(), origin, key)
    name = checkpoint_name(scene.office.device, size)
    if scene.disk("site").exists(name):
        scene.disk("site").tamper(name, "remove")
    scene.disk("site").put(name, signed.encode())


def forged_checkpoint(scene: Scene) -> set[str]:
    _put_checkpoint(scene, SigningKey.generate(scene.random), BATCHES, bytes(32))
    return scene.checked()


def checkpoint_of_another_history(scene: Scene) -> set[str]:
    """Signed with the device's own key, copied."""
    _put_checkpoint(scene, scene.office.keys.signing, BATCHES, bytes(32))
    return scene.checked()


def header_of_another_device(scene: Scene) -> set[str]:
    disk = scene.disk("site")
    name = entry_name(scene.field.device, BATCHES)
    disk.put(name, disk.get(entry_name(scene.office.device, 0), 2**20))
    return scene.checked()


def log_of_an_unknown_device(scene: Scene) -> set[str]:
    disk = scene.disk("site")
    disk.put(entry_name(new_id(os.urandom), 0), disk.get(entry_name(scene.field.device, 0), 2**20))
    return scene.checked()


# --- what a thief does --------------------------------------------------------------------------


def copied_key(scene: Scene) -> set[str]:
    scene.field.close()
    image = scene.image("field")
    with scene.open("field") as field:
        scene.say(field, "cases", "true")
        scene.sync(field, "site")
    scene.sync(scene.office, "site")
    scene.put_back("field", image)
    scene.field = scene.open("field")
    scene.say(scene.field, "cases", "forged")
    scene.sync(scene.field, "stick")
    found = scene.sync(scene.office, "stick").problems
    assert exchange.check_site(scene.office, "stick").alarms
    return {p.code for p in found}


def restored_from_an_old_image(scene: Scene) -> set[str]:
    """The device itself sees it: what it has just written stands elsewhere on the site."""
    scene.field.close()
    image = scene.image("field")
    with scene.open("field") as field:
        scene.say(field, "cases", "before the restore")
        scene.sync(field, "site")
    scene.put_back("field", image)
    scene.field = scene.open("field")
    scene.say(scene.field, "cases", "after the restore")
    return {p.code for p in scene.sync(scene.field, "site").problems}


def signed_after_revocation(scene: Scene) -> set[str]:
    people.revoke(scene.office, {scene.field.device: BATCHES}, "seized")
    scene.say(scene.field, "cases", "forced")
    scene.sync(scene.office, "site")
    field = scene.field
    push(field.backend, scene.disk("site"), field.journal, {})
    scene.sync(scene.office, "site")
    assert [r.standing for r in scene.office.index.all()].count("unconfirmed") == 1
    return scene.checked()


def written_without_the_right(scene: Scene) -> set[str]:
    circle = people.add_compartment(scene.office, "sources")
    people.set_role(scene.office, scene.field.device, circle, "read")
    scene.sync(scene.office, "site")
    scene.sync(scene.field, "site")
    _append(scene, "sources", _batch(scene, "sources"))
    assert "forced in" not in str(said(scene.office))
    return scene.checked()


def sync_without_a_revocation(scene: Scene) -> set[str]:
    """Else the others would go on sealing to a key that the thief has."""
    third = scene.enrol(scene.office, "third", {"cases": "write"})
    scene.sync(scene.office, "site")
    scene.sync(third, "site")
    before = set(scene.names("roster/"))
    people.revoke(scene.office, {scene.field.device: BATCHES}, "seized")
    scene.say(scene.office, "cases", "after it")
    scene.sync(scene.office, "site")
    for name in set(scene.names("roster/")) - before:
        scene.disk("site").tamper(name, "remove")
    found = {p.code for p in scene.sync(third, "site").problems}
    assert found == {p.code for p in scene.sync(third, "site").problems}
    scene.sync(scene.office, "other")
    assert scene.sync(third, "other").problems == []
    third.close()
    return found


# --- what a lying author does, with the device's own key -----------------------------------------


def _batch(scene: Scene, circle: str, **changes: str) -> Batch:
    field, entity = scene.field, new_id(scene.random)
    statement = Statement(
        author=field.member,
        device=field.device,
        compartment=field.compartment(circle),
        entity=entity,
        schema="Person",
        property="name",
        value={"text": "forced in"},
        source=entity,
        stance="asserted",
        recorded_at=scene.clock(),
    )
    for name, value in changes.items():
        statement = _with(statement, name, value)
    return Batch.of([statement], scene.random(32))


def _with(statement: Statement, name: str, value: str) -> Statement:
    fields = {f: getattr(statement, f) for f in statement.__struct_fields__}
    return Statement(**{**fields, name: value})


def _append(scene: Scene, circle: str, batch: Batch, *, roster: bool = True) -> None:
    """Append an entry past every check of the program, and bring it to the office."""
    field = scene.field
    epoch = field.roster.current_epoch(field.compartment(circle))
    assert epoch is not None
    sealed = objects.seal_pack(field.backend, batch.to_members(), epoch.recipient)
    field.journal.append(
        Draft(
            device=field.device,
            epoch=epoch.id,
            object=(sealed.name, sealed.size),
            statements_root=batch.root(),
            bucket=batch.bucket,
            heads={},
            roster=tuple(field.roster.heads) if roster else (),
        ),
        field.keys.signing,
    )
    scene.sync(field, "site")
    scene.sync(scene.office, "site")


def lowered_writer_reaches_back(scene: Scene) -> set[str]:
    """It had seen that it may not write any more, and names the roster before."""
    before, circle = scene.field.roster, scene.field.compartment("cases")
    people.set_role(scene.office, scene.field.device, circle, "read")
    scene.sync(scene.office, "site")
    scene.sync(scene.field, "site")
    _append(scene, "cases", _batch(scene, "cases"))
    for _ in range(2):  # the second names the same roster as the one before it
        scene.field.use_roster(before)
        _append(scene, "cases", _batch(scene, "cases"))
    assert sum(said(scene.office).values()) == 2 * BATCHES
    scene.office.rebuild_index()
    scene.office.refresh()
    assert sum(said(scene.office).values()) == 2 * BATCHES
    report = exchange.check_site(scene.office, "site")
    assert [p.code for p in report.problems].count("roster-backwards") == 2
    return scene.checked()


def _refused(scene: Scene) -> set[str]:
    """Return why the office refused the newest entry of the field laptop; nothing of it shows."""
    shown = sum(said(scene.office).values())
    assert shown == 2 * BATCHES
    report = verify(scene.office, deep=True)
    assert not report.green
    return {p.detail for p in report.problems if p.code == "refused"}


def ids_that_do_not_match(scene: Scene) -> set[str]:
    honest, other = _batch(scene, "cases"), _batch(scene, "cases")
    _append(scene, "cases", replace(honest, ids=other.ids))
    return _refused(scene)


def statement_of_another_device(scene: Scene) -> set[str]:
    _append(scene, "cases", _batch(scene, "cases", device=scene.office.device))
    return _refused(scene)


def statement_of_another_compartment(scene: Scene) -> set[str]:
    _append(scene, "cases", _batch(scene, "cases", compartment=new_id(scene.random)))
    return _refused(scene)


def entry_that_names_no_roster(scene: Scene) -> set[str]:
    _append(scene, "cases", _batch(scene, "cases"), roster=False)
    assert scene.office.journal.tip(scene.field.device).size == BATCHES + 1
    return scene.checked()


# --- what happens to the people who look ---------------------------------------------------------


def drill_without_a_canary(scene: Scene) -> set[str]:
    scene.add_site(scene.office, "other")
    scene.disk("site").tamper(scene.names("canary/")[0], "remove")
    words = [card.drill_words for card in scene.cards[:2]]
    report = rehearse(scene.office, ["other"], ["member of field"], words, scene.folder / "drill")
    return {step.name for step in report.steps if step.ok is False}


def drill_on_a_rolled_back_site(scene: Scene) -> set[str]:
    scene.add_site(scene.office, "other")
    for name in scene.names(f"log/{scene.field.device}/"):
        scene.disk("site").tamper(name, "remove")
    words = [card.drill_words for card in scene.cards[:2]]
    report = rehearse(scene.office, ["other"], [], words, scene.folder / "drill")
    return {step.name for step in report.steps if step.ok is False}


def stale_check(scene: Scene) -> set[str]:
    exchange.check_site(scene.office, "site")
    scene.office.clock = lambda: "2027-06-01T00:00:00Z"
    return {finding.code for finding in health(scene.office).findings if finding.level}


SAYS_ANOTHER = "A batch of statements holds a statement that claims another device or compartment."

CASES: dict[str, tuple[Callable[[Scene], set[str]], str]] = {
    "the newest entry is removed": (newest_entry_removed, "missing"),
    "an entry in the middle is removed": (entry_in_the_middle_removed, "missing-entry"),
    "a site is rolled back": (rolled_back, "rolled-back"),
    "a log is cut before a fresh device sees it": (truncated_log, "truncated"),
    "an object is swapped for another": (swapped_object, "object-swapped"),
    "a bit of an object is flipped": (flipped_bit, "object-damaged"),
    "an object is cut short": (truncated_object, "object-torn"),
    "an object is removed": (removed_object, "object-missing"),
    "an entry is damaged": (damaged_entry, "entry"),
    "a site is empty": (empty_site, "empty"),
    "a site holds another archive": (site_of_another_archive, "other-archive"),
    "a site withholds a revocation": (withheld_revocation, "roster-missing"),
    "a roster file is damaged": (damaged_roster_file, "roster-file"),
    "the founding operation is gone": (removed_founding, "roster"),
    "a grant is garbage": (garbage_grant, "key-damaged"),
    "a grant is removed": (removed_grant, "key-missing"),
    "the canary is missing": (canary_removed, "canary-missing"),
    "the canary is damaged": (canary_damaged, "canary-damaged"),
    "a checkpoint is forged": (forged_checkpoint, "checkpoint"),
    "a checkpoint tells another history": (checkpoint_of_another_history, "forked"),
    "a header stands in another device's log": (header_of_another_device, "entry"),
    "a log belongs to nobody": (log_of_an_unknown_device, "unknown-device"),
    "a key was copied": (copied_key, "fork"),
    "a device was restored from an old image": (restored_from_an_old_image, "fork"),
    "a revoked device goes on writing": (signed_after_revocation, "after-revocation"),
    "a reader writes": (written_without_the_right, "no-right-to-write"),
    "a sync brings what knows of a revocation, without it": (
        sync_without_a_revocation,
        "roster-incomplete",
    ),
    "a lowered writer reaches back": (lowered_writer_reaches_back, "roster-backwards"),
    "an author lies about its commitments": (
        ids_that_do_not_match,
        "A batch of statements holds a statement whose id is not its own.",
    ),
    "a statement claims another device": (statement_of_another_device, SAYS_ANOTHER),
    "a statement claims another compartment": (statement_of_another_compartment, SAYS_ANOTHER),
    "an entry names no roster": (entry_that_names_no_roster, "roster-incomplete"),
    "a drill finds no canary": (drill_without_a_canary, "keys"),
    "a drill finds a rolled back site": (drill_on_a_rolled_back_site, "complete"),
    "a check is older than it may be": (stale_check, "site-check-old"),
}


@pytest.mark.parametrize(("act", "code"), CASES.values(), ids=CASES.keys())
def test_it_is_red_and_says_why(act: Callable[[Scene], set[str]], code: str, scene: Scene) -> None:
    assert code in act(scene)


# --- errors instead of reports ------------------------------------------------------------------


def _recover(scene: Scene, words: list[str]) -> None:
    recover(
        scene.folder / "fresh",
        words,
        [scene.disk("site")],
        scene.office.archive,
        PASSPHRASE,
        member="heron",
        device="fresh",
        cost=WEAK,
        open_backend=scene.open_backend,
    )


def wrong_share(scene: Scene) -> None:
    words = scene.cards[1].words.split()
    words[5] = "zero" if words[5] != "zero" else "year"
    _recover(scene, [scene.cards[0].words, " ".join(words)])


def share_of_another_set(scene: Scene) -> None:
    _recover(scene, [scene.cards[0].words, scene.cards[1].drill_words])


def cards_for_drills(scene: Scene) -> None:
    _recover(scene, [card.drill_words for card in scene.cards])


def too_few_shares(scene: Scene) -> None:
    _recover(scene, [scene.cards[0].words])


def cards_of_former_trustees(scene: Scene) -> None:
    people.appoint(scene.office, ["d", "e", "f"], [(2, 3)])
    scene.sync(scene.office, "site")
    _recover(scene, [card.words for card in scene.cards])


ERRORS: dict[str, tuple[Callable[[Scene], None], type[UnburntError]]] = {
    "a word of a card is wrong": (wrong_share, UsageError),
    "a card is of another set": (share_of_another_set, CannotOpenError),
    "the cards are for drills": (cards_for_drills, CannotOpenError),
    "there are too few cards": (too_few_shares, UsageError),
    "the cards are those of former trustees": (cards_of_former_trustees, CannotOpenError),
}


@pytest.mark.parametrize(("act", "kind"), ERRORS.values(), ids=ERRORS.keys())
def test_nothing_opens(
    act: Callable[[Scene], None], kind: type[UnburntError], scene: Scene
) -> None:
    with pytest.raises(kind):
        act(scene)
    with pytest.raises(UsageError):
        scene.open("fresh")


def test_a_full_disk_loses_nothing_and_goes_on_when_there_is_room(scene: Scene) -> None:
    before, disk = said(scene.office), scene.disk("office")
    disk.full_disk(100)
    with pytest.raises(MediumError):
        scene.say(scene.office, "cases", "too much")
    scene.office.close()
    disk.full_disk(None)
    scene.office = scene.open("office")
    assert said(scene.office) == before
    scene.say(scene.office, "cases", "again")
    assert scene.sync(scene.office, "site").problems == []
    assert exchange.check_site(scene.office, "site").green


# --- what is broken is mended -------------------------------------------------------------------

MENDED = {
    "an object is flipped": ("objects/", "flip"),
    "an object is cut": ("objects/", "cut"),
    "an object is gone": ("objects/", "remove"),
    "a roster file is cut": ("roster/", "cut"),
    "a roster file is gone": ("roster/", "remove"),
    "a grant is flipped": ("keys/", "flip"),
    "a grant is gone": ("keys/", "remove"),
    "the canary is gone": ("canary/", "remove"),
    "an entry is flipped": ("log/", "flip"),
    "an entry is cut": ("log/", "cut"),
    "an entry is gone": ("log/", "remove"),
    "a checkpoint is cut": ("checkpoints/", "cut"),
}


@pytest.mark.parametrize(("prefix", "how"), MENDED.values(), ids=MENDED.keys())
def test_a_site_is_mended_by_the_sync_after_a_check(prefix: str, how: str, scene: Scene) -> None:
    name = scene.names(prefix)[-1]
    scene.disk("site").tamper(name, how)  # type: ignore[arg-type]
    assert not exchange.check_site(scene.office, "site").green
    scene.sync(scene.office, "site")
    assert exchange.check_site(scene.office, "site").green


@pytest.mark.parametrize(("prefix", "how"), MENDED.values(), ids=MENDED.keys())
def test_a_device_is_mended_from_a_site_after_verifying(
    prefix: str, how: str, scene: Scene
) -> None:
    shown = scene.office.index.digest()
    scene.office.close()
    scene.disk("office").tamper(scene.names(prefix)[-1], how)  # type: ignore[arg-type]
    scene.office = scene.open("office")
    verify(scene.office, deep=True)
    scene.sync(scene.office, "site")
    report = verify(scene.office, deep=True)
    assert (report.green, scene.office.index.digest()) == (True, shown), report.problems


def test_an_object_that_both_lost_stays_missing(scene: Scene) -> None:
    name = object_name(
        entries.read(
            scene.disk("site").get(entry_name(scene.field.device, 0), 2**20)
        ).header.object[0]
    )
    for place in ("site", "office"):
        scene.disk(place).tamper(name, "remove")
    verify(scene.office)
    scene.sync(scene.office, "site")
    assert "object-missing" in {p.code for p in verify(scene.office).problems}
    assert "object-missing" in scene.checked()
    scene.sync(scene.field, "site")  # a third holder has it
    exchange.check_site(scene.field, "site")
    scene.sync(scene.field, "site")
    scene.sync(scene.office, "site")
    assert verify(scene.office, deep=True).green


def test_a_device_that_lost_a_part_of_its_roster_says_nothing_that_would_be_refused(
    scene: Scene,
) -> None:
    people.set_role(scene.office, scene.field.device, scene.field.compartment("cases"), "write")
    people.add_compartment(scene.office, "later")
    scene.sync(scene.office, "site")
    scene.sync(scene.field, "site")
    scene.say(scene.field, "cases", "all seen")
    name = roster_name(scene.field.roster.heads[0], scene.office.device)
    scene.field.close()
    scene.disk("field").tamper(name, "remove")
    scene.field = scene.open("field")
    size = scene.field.journal.tip(scene.field.device).size
    with pytest.raises(BrokenArchiveError, match="part of the roster"):
        scene.say(scene.field, "cases", "too early")
    assert scene.field.journal.tip(scene.field.device).size == size
    scene.sync(scene.field, "site")
    scene.say(scene.field, "cases", "now")
