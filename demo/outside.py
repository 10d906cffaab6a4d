"""Three scenes for people outside: a page vanishes, partners remember, a court gets a pack.

    vanish(stage, world); remember(stage, world); hand_over(stage, world)

The page is the demonstration's own and never leaves this machine; everything else is what anybody
would do. Where Chromium or its driver is missing, that is said, and nothing is shown in its place.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from demo.page import HOST, Page
from demo.partners import NAMES, Partners
from demo.stage import DemoError, Stage
from demo.strangers import in_browser, stand_alone
from demo.world import PASSPHRASE, World
from unburnt.cli.words import _, language
from unburnt.core.errors import UsageError
from unburnt.evidence.capture import door, gone, wacz_reading
from unburnt.evidence.capture.warc_reading import Record, payload
from unburnt.model.custody_words import WORDS, sentence
from unburnt.workflow import court_pack, time_status, watch, witnessing
from unburnt.workflow.capture import Captured, options
from unburnt.workflow.court_pack import Trust, Wanted
from unburnt.workflow.custody import chain
from unburnt.workflow.originals import Originals
from unburnt.workflow.session import Claim, Session
from unburnt.workflow.witness_policy import set_policy

CASE_EVENT = "event-attacks"
SECRET = b"Rowan"  # the neighbour, named in the compartment of sources alone


# --- a page vanishes ------------------------------------------------------------------------------


def vanish(stage: Stage, world: World) -> None:
    """Capture a page with the real Chromium, let it be deleted, and notice that."""
    stage.step("A page, before it vanishes", "Страница, пока она не исчезла")
    try:
        door.check()
    except UsageError as error:
        stage.lacking(error.message, error.next_step)
        return
    session = world.sessions["analyst"]
    with Page(stage.language) as page:
        stage.tell(
            "Somebody posts a threat. (This demonstration serves the page itself, on this machine:"
            " so kestrel must allow an inner address, and the capture says that she did.)",
            "Кто-то публикует угрозу. (Страницу отдаёт сам показ, на этой же машине: поэтому"
            " kestrel разрешает внутренний адрес, и в снимке это записано.)",
        )
        reason = stage.say("a threat to burn the office", "угроза поджечь офис")
        cases = session.compartment("cases")
        watch.add(session, page.url, hours=24, reason=reason, compartment=cases)
        first = _look(session)
        if first.outcome in (gone.UNREACHABLE, gone.FAILED):
            stage.lacking(_(first.why), _("Check that chromium runs here by itself."))
            return
        stage.must(
            first.outcome == gone.FIRST and first.status == 200 and first.size > 0,
            f"captured by Chromium, with picture and print: {first.size} bytes, sealed",
            f"снято через Chromium, с изображением и печатью: {first.size} байт, запечатано",
        )
        page.vanish()
        later = _look(session)
    stage.must(
        later.outcome == gone.GONE,
        f"looked at again, it is {_('gone')} ({later.why}); what was captured stays",
        f"при новом взгляде: {_('gone')} ({later.why}); снятое остаётся",
    )
    world.captured = first.evidence or ""
    _read_back(stage, session, world.captured, page)
    session.say([_note(world, session, world.captured)])
    world.sync("analyst")
    stage.look(
        "It shows what this browser was given, by the word of this device; not who wrote it. A"
        " partner should capture it too.",
        "Это показывает, что получил этот браузер, по слову этого устройства; но не кто это"
        " написал. Пусть снимет и партнёр.",
    )


def _look(session: Session) -> Captured:
    """Look at every page on the list; there is one."""
    ((_one, done),) = watch.run_due(session, options([HOST]), all_=True)
    return done


def _read_back(stage: Stage, session: Session, evidence: str, page: Page) -> None:
    """Open the original out of its sealed object and read it as strictly as a stranger's."""
    data = bytearray()
    said = session.index.of_entity(evidence)
    file = next(r.statement.value["file"] for r in said if r.statement.property == "file")
    Originals(session).give(file, data.extend)
    package = wacz_reading.read(bytes(data), roots=())
    records = list(wacz_reading.records(bytes(data)))
    sent = next(one for one in records if one.type == "response" and one.uri == page.url)
    stage.must(
        payload(sent) == page.html and page.threat.encode() in payload(sent),
        f"opened again, its {package.records} records read strictly, the page says:",
        f"открыто вновь, записей прочитано строго: {package.records}; на странице сказано:",
    )
    stage.line(f"“{page.threat}”", 3)
    allowed = _capture_record(records)["allowedPrivate"]
    stage.must(
        allowed == [HOST],
        f"and it says of itself that {HOST} had to be allowed by hand",
        f"и сам снимок говорит, что {HOST} пришлось разрешить вручную",
    )


def _capture_record(records: list[Record]) -> dict[str, list[str]]:
    told = next(one for one in records if one.uri.startswith("urn:unburnt-capture:"))
    read: dict[str, list[str]] = json.loads(payload(told))
    return read


def _note(world: World, session: Session, source: str, words: str = "") -> Claim:
    """Return what kestrel writes about the attacks; fiction, and it says so."""
    text = words or "A threat to burn the office was posted and then deleted"
    return Claim(
        entity=world.entity(CASE_EVENT),
        schema="Event",
        property="impact",
        value={"text": f"{text} (demonstration, fiction)."},
        source=source,
        compartment=session.compartment("cases"),
        lang="eng",
        reliability="B",
        credibility=3,
    )


# --- partners remember ----------------------------------------------------------------------------


def remember(stage: Stage, world: World) -> None:
    """Let two partners cosign every log; then tell one of them another history."""
    stage.step("Two partners remember", "Два партнёра помнят")
    stage.tell(
        "berlin and vilnius each run a witness (here: on this machine). They see sizes and hashes,"
        " no word. Both must cosign.",
        "berlin и vilnius держат по свидетелю (здесь: на этой же машине). Они видят размеры и"
        " отпечатки, ни слова больше. Подписать должны оба.",
    )
    with Partners(world.root / "partners") as partners:
        session = world.sessions["analyst"]
        partners.serve(vkey for _device, vkey in witnessing.log_vkeys(session))
        world.policy = partners.policy()
        set_policy(session, world.policy.encode())
        asked = witnessing.ask(session)
        logs = witnessing.status(session)
        stage.table(
            [
                (
                    session.roster.devices[log.device].label,
                    stage.say(
                        f"{log.witnessed} of {log.size} entries",
                        f"записей: {log.witnessed} из {log.size}",
                    ),
                    f"{_(log.word)}: {', '.join(log.by)}",
                )
                for log in logs
            ],
            (10, 18),
        )
        stage.must(
            len(logs) > 1
            and all(log.word == witnessing.WITNESSED for log in logs)
            and not asked.alarms,
            f"{asked.kept} cosignatures; every log is witnessed to its last entry",
            f"подписей: {asked.kept}; каждый журнал засвидетельствован до последней записи",
        )
        _told_twice(stage, world)
    world.sync("analyst")
    stamps = time_status.status(world.sessions["analyst"])
    stage.must(
        len(stamps) == len(logs) and all(one.word == time_status.QUEUED for one in stamps),
        "`unburnt time status` says “queued” for every log: stamps by time authorities need the"
        " network, and none is faked here",
        "`unburnt time status` говорит о каждом журнале «в очереди»: штампы времени требуют сети, и"
        " здесь они не подделываются",
    )


def _told_twice(stage: Stage, world: World) -> None:
    """Put kestrel's disk back to an older state, and let it tell another story."""
    stage.tell(
        "Then somebody copies kestrel's disk, lets her write on, and writes another story on the"
        " copy, with her own key:",
        "Затем кто-то копирует диск kestrel, ждёт её новой записи и пишет на копии другую историю"
        " её же ключом:",
    )
    world.sessions.pop("analyst").close()
    copied = world.root / "spoiled" / "copied-disk"
    shutil.copytree(world.root / "analyst", copied)
    session = world.unlock("analyst")
    analysis = world.entity("analysis")
    session.say([_note(world, session, analysis, "Two partners abroad remember every log")])
    if witnessing.ask(session).alarms:
        raise DemoError("the honest history was refused")
    with Session.open(copied, PASSPHRASE) as copy:
        copy.say([_note(world, copy, analysis, "There was no threat")])
        alarms = witnessing.ask(copy).alarms
    if len(alarms) != len(NAMES) or {one.code for one in alarms} != {"fork"}:
        raise DemoError("the second history was not refused")
    names = ", ".join(sorted(one.witness for one in alarms))
    stage.red(
        f"refused by {names}: its own key had signed another history for them. They keep both"
        " signatures",
        f"отказ: {names}. Тем же ключом им уже подписана другая история; обе подписи сохранены",
    )


# --- a court gets a pack --------------------------------------------------------------------------


def hand_over(stage: Stage, world: World) -> None:
    """Write a court pack and let three programs check it; then tell the custody of one exhibit."""
    stage.step("A pack for the court", "Пакет для суда")
    session = world.sessions["analyst"]
    folder = world.root / "court-pack"
    wanted = Wanted(case=world.entity(CASE_EVENT), language=stage.language)
    done = court_pack.pack(
        session,
        court_pack.prepare(session, wanted),
        folder,
        purpose=stage.say("the demonstration's court", "суд для показа"),
        receiver=stage.say("whoever reads it", "кто его прочтёт"),
    )
    files = [path for path in folder.rglob("*") if path.is_file()]
    stage.must(
        done.statements > 0 and done.originals > 0 and (folder / "index.html") in files,
        f"“{folder.name}”: {done.statements} statements with a proof each, {done.originals}"
        f" originals, {len(files)} files; open index.html in a browser",
        f"«{folder.name}»: утверждений с доказательством: {done.statements}, оригиналов:"
        f" {done.originals}, файлов: {len(files)}; откройте index.html в браузере",
    )
    stage.must(
        done.withheld > 0 and not any(SECRET in path.read_bytes() for path in files),
        f"{done.withheld} statements are withheld and counted; the neighbour's name is in no byte",
        f"не показано, но сочтено утверждений: {done.withheld}; имени соседа нет ни в одном байте",
    )
    verdict = court_pack.check(folder, Trust(fingerprint=done.fingerprint))
    stage.must(
        verdict.word == "GREEN" and verdict.fingerprint == done.fingerprint,
        f"check-pack: GREEN, {verdict.files} files; fingerprint {done.fingerprint[:16]}…, to be"
        " told by telephone",
        f"check-pack: ЗЕЛЁНЫЙ, файлов: {verdict.files}; отпечаток {done.fingerprint[:16]}… — его"
        " называют по телефону",
    )
    chosen = _chosen(world, session)
    spoiled = _spoil(world, folder, chosen)
    stand_alone(stage, world, folder, spoiled)
    in_browser(stage, world, folder, chosen, spoiled)
    _custody(stage, world, session)
    world.sync("analyst")


def _chosen(world: World, session: Session) -> str:
    """Return the statement that is shown: the one that rests on the page, else kestrel's last."""
    records = session.index.of_entity(world.entity(CASE_EVENT))
    said = [r for r in records if r.statement.property == "impact"]
    resting = [r for r in said if r.statement.source == world.captured]
    return (resting or said)[-1].id


def _spoil(world: World, folder: Path, statement: str) -> Path:
    """Copy a proof with one word changed, beside the pack; returns the copy."""
    proof = folder / "proofs" / f"{statement}.proof.json"
    spoiled = world.root / "spoiled" / proof.name
    data = proof.read_bytes()
    if b"fiction" not in data:
        raise DemoError("the proof does not show what it should")
    spoiled.write_bytes(data.replace(b"fiction", b"is true"))
    return spoiled


def _custody(stage: Stage, world: World, session: Session) -> None:
    evidence = world.captured or world.entity("evidence-sms-1")
    stage.tell(
        "Through whose hands the page went:" if world.captured else "Through whose hands one went:",
        "Через чьи руки прошла страница:"
        if world.captured
        else "Через чьи руки прошёл один оригинал:",
    )
    roster = session.roster

    def name(identity: str) -> str:
        known = roster.members.get(identity) or roster.devices.get(identity)
        return known.label if known else f"{identity[:8]}…"

    found = chain(session, evidence)
    told = [(one.when or "", sentence(one, WORDS[language()], name)) for one in found.links]
    stage.table(told, (21,))
    kinds = {one.kind for one in found.links}
    stage.must(
        not found.red and {"acquired", "hashed", "sealed", "stored", "exported"} <= kinds,
        f"{len(told)} events; the first four follow from the signed log, the export was recorded"
        " before the first byte was copied",
        f"событий: {len(told)}; первые четыре следуют из подписанного журнала, выгрузка записана до"
        " первого скопированного байта",
    )
