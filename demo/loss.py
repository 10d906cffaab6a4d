"""The last two scenes: fire and arrest, then recovery, and two copies that a check finds out.

    fire(stage, world); rise(stage, world)

What is deleted here is really deleted, inside the folder of the demonstration and nowhere else.
"""

from __future__ import annotations

import random as chance
import shutil
from pathlib import Path

from demo.reading import heading_of
from demo.stage import DemoError, Stage
from demo.world import NEEDED, PASSPHRASE, SITES, World
from unburnt.cli import words
from unburnt.core.errors import UnburntError
from unburnt.model.chronology import Said
from unburnt.workflow import exposure
from unburnt.workflow.exchange import (
    add_site,
    check_site,
    knowledge,
    site_backend,
    sync,
)
from unburnt.workflow.give_back import verify
from unburnt.workflow.people import revoke
from unburnt.workflow.recall import telling
from unburnt.workflow.recover import recover
from unburnt.workflow.session import Claim, Session

# --- 7 -------------------------------------------------------------------------------------------


def fire(stage: Stage, world: World) -> None:
    """The office burns, heron is arrested; what the laptop gives away, and what it does not."""
    stage.step("Fire and arrest", "Пожар и арест")
    world.sync("analyst", "laptop", "analyst")
    office = world.root / "sites" / "office"
    for label in ("desktop", "laptop"):
        world.sessions.pop(label).close()
    police = world.root / "police"
    police.mkdir()
    (world.root / "laptop").rename(police / "laptop")
    shutil.rmtree(office)
    shutil.rmtree(world.root / "desktop")
    stage.must(
        not office.exists() and not (world.root / "desktop").exists(),
        "the office disk and the desktop are really deleted; the laptop is in the folder police",
        "диск офиса и настольный компьютер удалены на самом деле; ноутбук — в папке police",
    )
    kestrel = world.sessions["analyst"]
    laptop = next(d.id for d in kestrel.roster.devices.values() if d.label == "laptop")
    desktop = next(d.id for d in kestrel.roster.devices.values() if d.label == "desktop")
    _exposed(stage, world, kestrel, laptop)
    stage.tell(
        "kestrel, abroad, locks both devices of heron out and gives every compartment a new key.",
        "kestrel из-за границы закрывает оба устройства heron и меняет ключи разделов.",
    )
    old = _current(kestrel)
    gone = (laptop, desktop)
    revoke(kestrel, {device: kestrel.journal.tips[device].size for device in gone}, "arrested")
    world.sync("analyst")
    fresh = _current(kestrel)
    given = [holder for epoch in fresh for holder in kestrel.roster.granted(epoch)]
    stage.must(
        all(kestrel.roster.revoked(device) for device in gone)
        and not fresh & old
        and not set(given) & set(gone),
        f"{len(gone)} devices revoked by one person; {len(fresh)} new keys, given to"
        f" {len(set(given))} holders, none of them heron's",
        f"одним человеком отозвано устройств: {len(gone)}; новых ключей: {len(fresh)}, у них"
        f" держателей: {len(set(given))}, heron среди них нет",
    )
    _forged(stage, world, kestrel, laptop)


def _current(session: Session) -> set[str]:
    """Return the epochs that compartments are sealed to today."""
    roster = session.roster
    found = (roster.current_epoch(compartment) for compartment in roster.compartments)
    return {epoch.id for epoch in found if epoch is not None}


def _exposed(stage: Stage, world: World, session: Session, device: str) -> None:
    stage.tell(
        "They have the laptop and may force the passphrase out of heron. What does it give away?"
        " kestrel asks her own copy:",
        "Ноутбук у них, пароль могут выбить. Что он выдаёт? kestrel спрашивает свою копию:",
    )
    report = exposure.exposed(session, device)
    names = session.roster.compartments
    opened = {names[item.compartment].label for item in report.opened}
    stage.must(
        opened == {"cases", "staff"},
        f"it could read: {', '.join(sorted(opened))}",
        f"он мог читать: {', '.join(sorted(opened))}",
    )
    told, advised = telling(session, stage.language), set[str]()
    for line in exposure.lines(report, words._):
        step = "" if line.step in advised else line.step
        advised.add(line.step)
        stage.table([(line.level.upper(), f"{line.text} {step}".strip())], (7,))
    stage.tell("Whom to warn, in this order:", "Кого предупредить, в этом порядке:")
    warned = exposure.warned(report, words._)
    stage.table(
        [
            (f"{number}.", f"{told.name(person.entity)}: {', '.join(person.reasons)}")
            for number, person in enumerate(warned, 1)
        ],
        (4,),
    )
    people = [person.entity for person in warned]
    stage.must(
        people[0] == world.entity("car-owner"),
        "the first is the car's owner: his name was kept apart, but whose car it was stands in"
        " “cases”, and that gives him away",
        "первый — владелец машины: имя хранилось отдельно, но чья это машина, сказано в «cases», и"
        " это его выдаёт",
    )
    stage.must(
        world.entity("neighbour") not in people,
        "the neighbour is not on the list: who that is came in by the drop laptop, sealed to a key"
        " that heron's laptop never had",
        "соседа в списке нет: кто это, сдано через drop и запечатано ключом, которого у ноутбука"
        " heron не было",
    )


def _forged(stage: Stage, world: World, kestrel: Session, laptop: str) -> None:
    stage.tell(
        "The seized laptop now writes in heron's name: it takes back Memorial's denial, and lets"
        " Memorial itself find the drugs. Then it syncs to the partner.",
        "Захваченный ноутбук пишет от имени heron: отзывает опровержение «Мемориала» и приписывает"
        " находку самому «Мемориалу». Затем отправляет это партнёру.",
    )
    before = _drugs(stage, world)
    act, source = world.entity("act-arrest"), world.entity("memorial-statement")
    value = {"number": "180", "unit": "g", "as": "about 180 g of cannabis in his car"}
    with Session.open(world.root / "police" / "laptop", PASSPHRASE) as seized:
        cases = seized.compartment("cases")

        def claim(stance: str, answers: str | None = None) -> Claim:
            return Claim(
                entity=act,
                schema="Act",
                property="x-drugs-found",
                value=value,
                source=source,
                compartment=cases,
                stance=stance,
                reliability="A",
                credibility=2,
                answers=answers,
            )

        forged = seized.say([claim("asserted"), claim("retracted", before.denied[0].statement)])[0]
        kestrel.say([_secret(world, kestrel)])
        world.sync("analyst")
        held = dict(seized.identities)
        readable = seized.index.count()
        sync(seized, "partner")
        _locked_out(stage, seized, kestrel, set(held), readable)
    world.sync("analyst")
    kept = [r for id in forged for r in kestrel.index.by_id(id)]
    stage.must(
        len(kept) == len(forged) and all(r.standing == "unconfirmed" for r in kept),
        f"the {len(forged)} forged statements are kept as evidence of the abuse, and marked so",
        f"поддельные утверждения ({len(forged)}) сохранены как след злоупотребления и помечены",
    )
    heading = heading_of(stage, world, "analyst", "act-arrest", "x-drugs-found")
    stage.heading(heading)
    after = heading.values[0]
    stage.must(
        [v.statement for v in after.denied] == [v.statement for v in before.denied]
        and after.sources == before.sources,
        "Memorial's denial still stands, and the forgery confirmed nothing",
        "опровержение «Мемориала» по-прежнему в силе, подделка ничего не подтвердила",
    )


def _locked_out(
    stage: Stage, seized: Session, kestrel: Session, held: set[str], readable: int
) -> None:
    """Show that what was written since is sealed to keys the seized laptop never held."""
    size = kestrel.journal.tips[kestrel.device].size
    headers = [seized.journal.entry(kestrel.device, n).header for n in range(size)]
    cases = seized.compartment("cases")
    since = [h for h in headers if seized.roster.epochs[h.epoch].compartment == cases][-1:]
    stage.must(
        bool(since) and not {header.epoch for header in since} & held,
        f"what kestrel wrote meanwhile reaches it too, sealed to a key that is not among the"
        f" {len(held)} it ever held",
        f"записанное тем временем kestrel доходит и до него, но под ключом, которого нет среди"
        f" {len(held)} его ключей",
    )
    stage.must(
        seized.index.count() < readable,
        f"our program, once it learns of the revocation, closes {readable - seized.index.count()}"
        " old statements as well",
        f"узнав об отзыве, наша программа закрывает на нём и старые утверждения:"
        f" {readable - seized.index.count()}",
    )
    stage.look(
        "A program of theirs would not. What the laptop held is lost to them: that is why people"
        " are warned.",
        "Их программа этого не сделает. Что было на ноутбуке, то у них: поэтому людей"
        " предупреждают.",
    )


def _drugs(stage: Stage, world: World) -> Said:
    return heading_of(stage, world, "analyst", "act-arrest", "x-drugs-found").values[0]


def _secret(world: World, session: Session) -> Claim:
    return Claim(
        entity=world.entity("event-attacks"),
        schema="Event",
        property="impact",
        value={"text": "The office burned and heron was arrested (demonstration, fiction)."},
        source=world.entity("analysis"),
        compartment=session.compartment("cases"),
        lang="eng",
    )


# --- 8 -------------------------------------------------------------------------------------------


def rise(stage: Stage, world: World) -> None:
    """Recover from three cards and one surviving place; then show two places that lie."""
    stage.step(
        "Recover from three cards and one copy", "Восстановление по трём карточкам и одной копии"
    )
    world.sync("analyst")
    kestrel = world.sessions["analyst"]
    dice = chance.SystemRandom()
    survivor, cards = dice.choice(["partner", "stick"]), dice.sample(world.cards, NEEDED)
    names = ", ".join(card.trustee for card in cards)
    stage.tell(
        f"Chance picks the survivor: {survivor}. Chance picks the cards: {names}. The folder is"
        " empty, and no key of any old device is used.",
        f"Жребий: уцелела копия «{survivor}», карточки: {names}. Папка пуста, ключи"
        " старых устройств не нужны.",
    )
    site = site_backend(kestrel, survivor)
    try:
        few = [card.words for card in cards[: NEEDED - 1]]
        recover(
            world.root / "too-few",
            few,
            [site],
            kestrel.archive,
            PASSPHRASE,
            member="wren",
            device="x",
            **world.options,
        )
        refused = False
    except UnburntError:
        refused = not (world.root / "too-few").exists()
    stage.must(
        refused,
        f"{NEEDED - 1} cards open nothing",
        f"по {NEEDED - 1} карточкам ничего не открывается",
    )
    recovered = recover(
        world.root / "recovered",
        [card.words for card in cards],
        [site],
        kestrel.archive,
        PASSPHRASE,
        member="wren",
        device="new-laptop",
        knowledge=knowledge(kestrel),
        **world.options,
    )
    site.close()
    again = world.sessions["recovered"] = recovered.session
    report = recovered.check
    logs = {known.device for known in knowledge(kestrel)}
    stage.must(
        report.whole and not recovered.problems,
        f"complete: {report.entries} entries and {report.objects} objects, every byte hashed;"
        f" nothing is missing of what any of {len(logs)} logs had reached",
        f"полно: записей {report.entries}, объектов {report.objects}, каждый байт сверен; ничего не"
        f" пропало из {len(logs)} журналов",
    )
    stage.must(
        again.index.count() == kestrel.index.count() > 0,
        f"tables rebuilt: {again.index.count()} statements, kestrel has {kestrel.index.count()}",
        f"таблицы построены заново: {again.index.count()}, у kestrel {kestrel.index.count()}",
    )
    mine, theirs = again.index.digest(), kestrel.index.digest()
    stage.table([("recovered", mine), ("kestrel", theirs)], (12,))
    stage.must(
        mine == theirs,
        "the two digests are equal: it is the same archive",
        "отпечатки равны: это тот же архив",
    )
    originals = verify(again)
    stage.must(
        originals.originals > 0 and not originals.problems,
        f"{originals.originals} originals open again, byte for byte",
        f"оригиналов открыто: {originals.originals}, байт в байт",
    )
    for label in ("partner", "stick"):
        add_site(again, label, world.root / "sites" / label, SITES[label])
        sync(again, label)
        check_site(again, label)
    world.sync("analyst", "field")
    _spoiled(stage, world, kestrel)


def _spoiled(stage: Stage, world: World, session: Session) -> None:
    stage.tell(
        "A check that cannot fail is worth nothing. Two more copies:",
        "Проверка, которая не может провалиться, ничего не стоит. Ещё две копии:",
    )
    honest = check_site(session, "partner")
    alarms = ", ".join(f"{_name(session, a.device)} {a.sequence}: {a.code}" for a in honest.alarms)
    stage.must(
        honest.whole and len(honest.alarms) > 0,
        f"partner: whole; and it rightly holds {len(honest.alarms)} alarm ({alarms})",
        f"partner: копия цела; тревога в ней по делу: {len(honest.alarms)} ({alarms})",
    )
    tampered = world.root / "spoiled" / "tampered"
    shutil.copytree(world.root / "sites" / "partner", tampered)
    victim = max((tampered / "objects").rglob("*"), key=lambda p: (p.is_file(), p.stat().st_size))
    _flip(victim)
    for label, folder in (
        ("tampered", tampered),
        ("rolled-back", tampered.with_name("rolled-back")),
    ):
        add_site(session, label, folder, {"operator": "unknown"}, make=True)
    report = check_site(session, "tampered")
    damaged = [p.detail for p in report.problems if p.code == "object-damaged"]
    if report.whole or damaged != [victim.name]:
        raise DemoError("the tampered copy was not found out")
    stage.red(
        f"tampered: one byte of {report.read} was flipped; object {damaged[0][:12]}… does not hash"
        " to its name",
        f"tampered: изменён один байт из {report.read}; объект {damaged[0][:12]}… не сходится со"
        " своим именем",
    )
    report = check_site(session, "rolled-back")
    lost = [p for p in report.problems if p.code == "missing"]
    absent = {"missing", "roster-missing", "key-missing", "cosigned-missing"}
    if report.whole or not lost or not {p.code for p in report.problems} <= absent:
        raise DemoError("the rolled-back copy was not found out")
    logs = ", ".join(
        f"{_name(session, p.device)} {p.sequence}/{session.journal.tips[p.device].size}"
        for p in lost
    )
    others = len(report.problems) - len(lost)
    stage.red(
        f"rolled-back: every byte it has is right, but it is an older state: {len(lost)} logs are"
        f" shorter than kestrel has seen them ({logs}); {others} keys, roster"
        " files or cosignatures are missing",
        f"rolled-back: каждый байт верен, но состояние старое: {len(lost)} журналов короче, чем"
        f" видела kestrel ({logs}); нет ключей, изменений состава и подписей свидетелей: {others}",
    )
    stage.look(
        "Checksums alone would call the last copy healthy. The logs tell what is missing.",
        "По одним контрольным суммам последняя копия исправна. Чего не хватает, говорят журналы.",
    )


def _name(session: Session, device: str) -> str:
    return session.roster.devices[device].label


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)
