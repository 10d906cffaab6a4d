"""The first three scenes: an archive is founded, a case recorded while apart, and read back.

    for scene in SCENES: scene(stage, world)        # all eight

The others are in demo.outside and demo.loss. Each result shown was computed while you watch.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable

from demo.loss import fire, rise
from demo.outside import hand_over, remember, vanish
from demo.reading import heading_of
from demo.stage import DemoError, Stage
from demo.world import CASE, DEVICES, NEEDED, SITES, World
from unburnt.workflow.exchange import (
    receive,
    send,
)
from unburnt.workflow.give_back import verify
from unburnt.workflow.recall import telling

Scene = Callable[[Stage, World], None]


# --- 1 -------------------------------------------------------------------------------------------


def found(stage: Stage, world: World) -> None:
    """Found an archive for four people, five devices, three places."""
    stage.step("Found an archive", "Основание архива")
    stage.tell(
        "Four people keep it, known by call signs only. Each device makes its own keys; no private"
        " key ever travels. What a device cannot open, it cannot give away.",
        "Его ведут четыре человека, известные только по позывным. Каждое устройство само создаёт"
        " свои ключи; закрытый ключ никуда не передаётся. Чего устройство не открывает, того оно и"
        " не выдаст.",
    )
    world.found()
    roster = world.sessions["analyst"].roster
    labels = {c.id: c.label for c in roster.compartments.values()}
    rows = []
    for label in DEVICES:
        device = roster.devices[world.device(label)]
        roles = [
            f"{name}: {roster.access(device.id, compartment).name.lower()}"
            for compartment, name in sorted(labels.items(), key=lambda item: item[1])
            if roster.may_read(device.id, compartment) or roster.may_write(device.id, compartment)
        ]
        admin = stage.say("admin", "админ") if device.admin else ""
        rows.append((roster.members[device.member].label, label, admin, ", ".join(roles)))
    stage.table(rows, (10, 10, 8))
    stage.look(
        "“drop” may only hand over: swift's laptop cannot read back a single line it wrote.",
        "«drop» может только сдавать: ноутбук swift не прочтёт ни строки из того, что сам записал.",
    )
    policy, recovery = roster.policy, roster.recovery
    people = {device.member for device in roster.admins if device != roster.trustees}
    stage.must(
        len(people) == 3 and policy.threshold == 2 and policy.revoke_threshold == 1,
        f"{len(people)} people are admins; {policy.threshold} must agree to let anybody in,"
        f" {policy.revoke_threshold} can lock a stolen device out at once",
        f"админов: {len(people)}; чтобы кого-то впустить, нужно согласие {policy.threshold};"
        f" закрыть украденное устройство может {policy.revoke_threshold}",
    )
    needed, made = recovery.recovery.groups[0] if recovery else (0, 0)
    stage.must(
        (needed, made) == (NEEDED, len(world.cards)) and not _held(world, "heron"),
        f"{made} trustees hold word cards; any {needed} of them can bring everything back; heron"
        " holds none",
        f"карточки со словами у {made} доверенных; любые {needed} из них вернут всё; у heron"
        " карточки нет",
    )
    stage.must(
        all(site_backend_holds(world, site) for site in SITES),
        f"sealed copies lie in {len(SITES)} places: office disk, partner abroad, USB stick",
        f"запечатанные копии — в {len(SITES)} местах: диск в офисе, партнёр за границей, флешка",
    )


def _held(world: World, member: str) -> list[str]:
    return [card.trustee for card in world.cards if card.trustee == member]


def site_backend_holds(world: World, site: str) -> bool:
    """Whether a place holds the roster of this archive."""
    folder = world.root / "sites" / site
    return (folder / "ARCHIVE").is_file() and any((folder / "roster").iterdir())


# --- 2 -------------------------------------------------------------------------------------------


def record(stage: Stage, world: World) -> None:
    """Record the case; two devices write apart, contradict each other, and are merged."""
    stage.step("Record a case, also while apart", "Запись дела, в том числе порознь")
    stage.tell(
        "The winter of 2017–18: attacks on Memorial. Each sentence is a statement with its source,"
        " the chain of hearsay and two grades. The originals are sealed byte for byte.",
        "Зима 2017–18: нападения на «Мемориал». Каждая фраза — утверждение с источником, цепочкой"
        " передачи и двумя оценками. Оригиналы запечатаны байт в байт.",
    )
    counts = {label: world.record(label, "before", as_device=_writer(label)) for label in _WRITERS}
    world.sync("desktop", "field", "drop", "analyst", "desktop", "laptop", "field", "analyst")
    older = world.root / "spoiled" / "rolled-back"
    shutil.copytree(world.root / "sites" / "partner", older)
    written = ", ".join(f"{label} {count}" for label, count in counts.items() if count)
    held = world.sessions["analyst"].index.count()
    stage.must(
        held == sum(counts.values()),
        f"{held} statements are in the archive ({written})",
        f"утверждений в архиве: {held} ({written})",
    )
    originals = verify(world.sessions["analyst"])
    evidence = [path for path in (CASE / "evidence").iterdir() if path.name != "SHA256SUMS"]
    stage.must(
        originals.originals == len(evidence) and not originals.problems,
        f"{originals.originals} originals ({originals.bytes} bytes) open and match their digests",
        f"оригиналов: {originals.originals} ({originals.bytes} байт); открыты и сверены",
    )
    drop = world.sessions["drop"]
    stage.must(
        drop.index.count() == 0 and counts["drop"] > 0,
        f"the drop laptop handed over {counts['drop']} statements about sources and can read"
        f" {drop.index.count()} of them",
        f"ноутбук drop сдал утверждений об источниках: {counts['drop']}; прочесть может"
        f" {drop.index.count()}",
    )
    _apart(stage, world)


_WRITERS = ("desktop", "field", "drop", "analyst")


def _writer(label: str) -> str:
    """The page calls heron's devices `office`."""
    return "office" if label in {"desktop", "laptop"} else label


def _apart(stage: Stage, world: World) -> None:
    stage.tell(
        "Now the line is cut. Office and field go on writing, neither hears the other, and they"
        " disagree. A courier then brings the field's bundle to the office on a stick.",
        "Связь прервана. Офис и поле пишут дальше, не слыша друг друга, и расходятся. Потом курьер"
        " привозит в офис посылку из поля на флешке.",
    )
    world.record("desktop", "office-apart", as_device="office")
    world.record("field", "field-apart")
    world.record("drop", "field-apart")
    office, field = (world.statements(label, "cases") for label in ("desktop", "field"))
    stage.table(
        [
            (
                stage.say("office has", "в офисе"),
                f"{len(office)}",
                stage.say(
                    f"{len(office - field)} of them unknown to the field",
                    f"из них поле не знает {len(office - field)}",
                ),
            ),
            (
                stage.say("field has", "в поле"),
                f"{len(field)}",
                stage.say(
                    f"{len(field - office)} of them unknown to the office",
                    f"из них офис не знает {len(field - office)}",
                ),
            ),
        ],
        (14, 6),
    )
    bundle = world.root / "courier.unburnt"
    sent = send(world.sessions["field"], bundle)
    receive(world.sessions["desktop"], bundle)
    again = receive(world.sessions["desktop"], bundle)
    world.sync("desktop", "drop", "field", "analyst", "laptop")
    merged = world.statements("desktop", "cases")
    stage.must(
        merged == office | field and world.statements("field", "cases") == merged,
        f"merged: {len(merged)} = everything from both, {len((office | field) - merged)} lost"
        f" (bundle of {sent.copied} bytes; taken a second time, it added {again.new_entries})",
        f"слито: {len(merged)} — всё от обоих, потеряно {len((office | field) - merged)}"
        f" (посылка {sent.copied} байт; принятая повторно, добавила {again.new_entries})",
    )
    stage.must(
        _digest(world, "desktop") == _digest(world, "field"),
        f"both devices now have the same tables: digest {_digest(world, 'desktop')[:16]}…",
        f"таблицы обоих устройств теперь одинаковы: {_digest(world, 'desktop')[:16]}…",
    )
    stage.tell(
        "When did the car burn? Was there a canister of petrol? All answers stand side by side:",
        "Когда сожгли машину и была ли канистра с бензином? Все ответы стоят рядом:",
    )
    dates = heading_of(stage, world, "analyst", "act-car", "startDate")
    canister = heading_of(stage, world, "analyst", "act-car", "x-petrol-canister")
    stage.heading(dates)
    stage.heading(canister)
    if len(dates.values) < 2 or not canister.contested:
        raise DemoError("the contradictions are not shown side by side")
    world.record("laptop", "after", as_device="office")
    world.sync("laptop", "analyst")
    world.record("analyst", "after")
    world.sync("analyst", "laptop", "field", "desktop", "analyst")
    answered = [
        voice
        for name in ("startDate", "x-petrol-canister")
        for said in heading_of(stage, world, "analyst", "act-car", name).values
        for voice in said.withdrawn
    ]
    canister = heading_of(stage, world, "analyst", "act-car", "x-petrol-canister")
    stage.must(
        len(answered) == 2 and not canister.contested,
        f"heron checks and takes {len(answered)} of the office's words back: they are marked as"
        " withdrawn, and can still be read",
        f"heron проверяет и отзывает слова офиса ({len(answered)}): они помечены отозванными и"
        " по-прежнему читаются",
    )


def _digest(world: World, label: str) -> str:
    session = world.sessions[label]
    return session.index.digest(session.compartment("cases"))


# --- 3 -------------------------------------------------------------------------------------------


def chronology(stage: Stage, world: World) -> None:
    """Tell the case in the order of time, then two of its headings in full."""
    stage.step("Read the case back", "Чтение дела")
    told = telling(world.sessions["analyst"], stage.language)
    happenings = told.chronology()
    stage.tell(
        f"{len(happenings)} events from {world.sessions['analyst'].index.count()} statements, in"
        " the order of their prevailing dates:",
        f"Событий: {len(happenings)}, из утверждений: {world.sessions['analyst'].index.count()},"
        " по порядку преобладающих дат:",
    )
    stage.story(happenings)
    stage.tell(
        "The arrest. The drugs are told twice, under one heading:",
        "Арест. О наркотиках сказано дважды, под одним заголовком:",
    )
    heading = heading_of(stage, world, "analyst", "act-arrest", "x-drugs-found")
    stage.heading(heading)
    planting = heading_of(stage, world, "analyst", "act-planting", "type")
    stage.heading(planting)
    value = heading.values[0]
    if not (heading.contested and value.voices and value.denied and planting.values[0].voices):
        raise DemoError("the planted drugs are not shown with both sides")
    stage.tell("The burnt car, as the press has it:", "Сожжённая машина, как её знает пресса:")
    heading = heading_of(stage, world, "analyst", "act-car", "type")
    stage.heading(heading)
    stage.must(
        len(heading.values[0].voices) == 2 and heading.values[0].sources == 1,
        "two papers, one voice: both go back to the same neighbour, so nothing is confirmed",
        "две публикации, один голос: обе восходят к тому же соседу, поэтому подтверждения нет",
    )
    purge = heading_of(stage, world, "analyst", "event-purge", "detained").values[0]
    stage.must(
        purge.sources == 2,
        f"for contrast, the purge of 2017, detained: {purge.text}: {purge.standing}",
        f"для сравнения, чистка 2017 года, задержано: {purge.text}: {purge.standing}",
    )
    laptop = telling(world.sessions["laptop"], stage.language)
    here, there = told.name(world.entity("neighbour")), laptop.name(world.entity("neighbour"))
    stage.must(
        here == "Rowan" and "Rowan" not in there,
        f"the neighbour is “{here}” for kestrel; heron's laptop sees “{there}”",
        f"для kestrel сосед — «{here}»; ноутбук heron видит: «{there}»",
    )


SCENES: tuple[Scene, ...] = (
    found,
    record,
    chronology,
    vanish,
    remember,
    hand_over,
    fire,
    rise,
)
