"""The stranger's verifier: green for what is good, refused at the right step for what is not."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.publish.proof_cases import BAD, GOOD, OLD, SCENE, TOLD, Case, changed, head, retyped
from tests.publish.proof_scene import WITNESSES, Scene, verdict
from unburnt.core.errors import UnburntError
from unburnt.crypto import note
from unburnt.publish import proof as proofs
from unburnt.publish import verify_proof
from unburnt.publish.verify_proof import RUSSIAN, Check, trusted

FILE = Path(verify_proof.__file__)


def trust_of(told: dict[str, str]) -> dict[str, Any]:
    known = [told["known"]] if told["known"] else []
    return trusted(told["device"], told["archive"], (), told["policy"], known)


def test_a_good_proof_is_green() -> None:
    assert verdict(GOOD, SCENE.trust()) == ("GREEN", 8, "")


@pytest.mark.parametrize("case", BAD.values(), ids=BAD.keys())
def test_a_bad_proof_is_refused_at_the_right_step(case: Case) -> None:
    assert verdict(case.data, trust_of(case.told), case.name) == (
        "REFUSED",
        case.step,
        case.reason,
    )


def test_a_log_of_one_entry_is_green() -> None:
    assert verdict(retyped(lambda header: None), SCENE.trust(policy=None))[0] == "GREEN"


# Which step may refuse a changed byte, by the part of the record it lies in.
PARTS = {
    "checkpoint": {1, 3, 4, 5},
    "device": {1, 3},
    "disclosure": {1, 8},
    "entry": {1, 6},
    "path": {1, 7},
    "type": {1},
}


def part_at(data: bytes, place: int) -> str:
    starts = {name: data.index(f'"{name}":'.encode()) for name in PARTS}
    starts["path"] = data.rindex(b'"path":')  # the first one lies in the disclosure
    inside = [name for name in PARTS if starts[name] <= place]
    return max(inside, key=lambda name: starts[name], default="type")


SLOWLY = [pytest.param(change, marks=pytest.mark.slow) for change in (0x01, 0x02, 0x08, 0x10, 0x40)]


@pytest.mark.parametrize("change", [0x20, *SLOWLY])
def test_no_single_byte_can_be_changed(change: int) -> None:
    trust = SCENE.trust()
    wrong = []
    for place in range(len(GOOD)):
        altered = bytearray(GOOD)
        altered[place] ^= change
        said, step, _ = verdict(bytes(altered), trust)
        if said != "REFUSED" or step not in PARTS[part_at(GOOD, place)]:
            wrong.append((place, said, step))
    assert wrong == []


def test_no_end_can_be_cut_off() -> None:
    trust = SCENE.trust()
    assert {verdict(GOOD[:end], trust)[:2] for end in range(len(GOOD))} == {("REFUSED", 1)}


@pytest.mark.slow
def test_without_policy_only_cosignatures_can_be_changed_and_they_are_named_unchecked() -> None:
    trust = trusted(SCENE.device, SCENE.archive, (), None, ())
    begin = GOOD.index(WITNESSES[0].name.encode())
    end = GOOD.index(b'","device"')
    for place in range(len(GOOD)):
        altered = bytearray(GOOD)
        altered[place] ^= 1
        check = Check(bytes(altered), trust)
        if check.run() == "GREEN":
            assert begin <= place < end
            assert "cosignatures of others than your witnesses" in check.unchecked()
            assert any(text.startswith("witnesses: without a policy") for text in check.unchecked())


def test_time_tokens_are_carried_and_named_unchecked() -> None:
    data = changed(lambda record: record.__setitem__("tokens", [["rfc3161", "MAAA"]]))
    check = Check(data, SCENE.trust())
    assert check.run() == "GREEN"
    assert "time tokens: check them with their own programs" in check.unchecked()


def test_without_a_device_to_compare_nothing_is_green() -> None:
    policy = SCENE.policy(log=False)
    assert verdict(GOOD, trusted("", SCENE.archive, (), policy, ()))[0] == "OPEN"
    assert verdict(GOOD, trusted("", "", (), None, ()))[0] == "OPEN"


def test_a_device_can_be_told_in_three_ways() -> None:
    vkey = note.vkey(SCENE.name, SCENE.key.public)
    spoken = " ".join(re.findall(".{1,4}", SCENE.device.upper()))
    for trust in (
        trusted(spoken, "", (), None, ()),
        trusted("", "", (vkey,), None, ()),
        trusted("", "", (), SCENE.policy(), ()),
    ):
        assert verdict(GOOD, trust)[0] == "GREEN"


def test_an_older_proof_holds_where_nothing_newer_is_known() -> None:
    assert verdict(OLD, trusted(SCENE.device, "", (), None, [head(3)]))[0] == "GREEN"


UNREADABLE = {
    "an id with a letter too few": {"device": SCENE.device[1:]},
    "an archive that is none": {"archive": "00"},
    "a policy without quorum": {"policy": "log x\n"},
    "an empty policy": {"policy": ""},
    "two quorums": {"policy": "quorum none\nquorum none\n"},
    "an unknown word": {"policy": "quorum none\ntrust everybody\n"},
    "a quorum of nobody known": {"policy": "quorum w9\n"},
    "a witness under a log's key type": {
        "policy": f"witness w {note.vkey('w', SCENE.key.public)}\nquorum w\n"
    },
    "a witness twice": {
        "policy": f"witness a {WITNESSES[0].vkey}\nwitness b {WITNESSES[0].vkey}\nquorum a\n"
    },
    "a member twice": {
        "policy": f"witness a {WITNESSES[0].vkey}\ngroup g 2 a a\nquorum g\n",
    },
    "a threshold above its members": {
        "policy": f"witness a {WITNESSES[0].vkey}\ngroup g 2 a\nquorum g\n",
    },
    "a known checkpoint that is none": {"known": "hello"},
}


@pytest.mark.parametrize("told", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_you_bring_is_read_strictly(told: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r".*"):
        trust_of({**TOLD, **told})


def test_a_group_needs_as_many_as_it_says() -> None:
    one = SCENE.proof(place=SCENE.place(witnesses=WITNESSES[:1])).to_bytes()
    names = "\n".join(f"witness w{n} {w.vkey}" for n, w in enumerate(WITNESSES, 1))
    for rule, said in (
        ("group g any w1 w2\nquorum g", "GREEN"),
        ("group g 1 w1 w2\ngroup h all g\nquorum h", "GREEN"),
        ("group g all w1 w2\nquorum g", "REFUSED"),
        ("quorum w2", "REFUSED"),
        ("quorum w1", "GREEN"),
    ):
        policy = f"# ours\n{names}\n{rule}\n"
        assert verdict(one, trusted(SCENE.device, "", (), policy, ()))[0] == said


# --- two verifiers that share no line ------------------------------------------------------------

ONLY_WITH_TRUST = {3, 4, 5}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD.keys())
def test_the_archives_own_verifier_agrees(case: Case) -> None:
    alone = trusted("", "", (), None, ())
    said, *_ = verdict(case.data, alone)
    try:
        proofs.verify(proofs.parse(case.data))
        agreed = "OPEN"
    except UnburntError:
        agreed = "REFUSED"
    assert agreed == said


@given(st.binary(max_size=200), st.integers(0, len(GOOD)), st.integers(0, 300))
def test_any_bytes_are_judged_without_an_accident(junk: bytes, at: int, cut: int) -> None:
    data = GOOD[:at] + junk + GOOD[at + cut :]
    expected = "GREEN" if data == GOOD else "REFUSED"
    assert verdict(data, SCENE.trust())[0] == expected


# --- the file itself ---------------------------------------------------------------------------


def run(*arguments: str, cwd: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", str(FILE), *arguments], capture_output=True, text=True, cwd=cwd
    )
    return done.returncode, done.stdout + done.stderr


def test_it_stands_alone() -> None:
    source = FILE.read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 9))
    roots = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert roots <= set(sys.stdlib_module_names) | {"cryptography"}
    assert not roots & {"socket", "ssl", "http", "urllib", "subprocess"}
    assert len(source.splitlines()) <= 400


def test_it_checks_a_folder_and_says_so_in_two_languages(tmp_path: Path) -> None:
    statement = proofs.verify(proofs.parse(GOOD)).statement
    (tmp_path / "proofs").mkdir()
    (tmp_path / "proofs" / f"{statement}.proof.json").write_bytes(GOOD)
    (tmp_path / "policy.txt").write_text(SCENE.policy())
    assert run("proofs", "--device", SCENE.device, cwd=tmp_path)[0] == 0
    code, said = run("proofs", "--policy", "policy.txt", "--lang", "ru", cwd=tmp_path)
    assert code == 0
    assert "ЗЕЛЁНЫЙ" in said
    for unchecked in ("правда ли это", "то, что не показано", "не отозвано ли устройство"):
        assert f"Не проверено: {unchecked}" in said
    assert "They came at night." in said
    assert run("proofs", cwd=tmp_path)[0] == 2  # nobody said which device
    (tmp_path / "proofs" / "0.proof.json").write_bytes(GOOD[:-1])
    code, said = run("proofs", "--device", SCENE.device, "--lang", "en", cwd=tmp_path)
    assert code == 1
    assert "REFUSED" in said
    assert "GREEN" in said


def test_what_cannot_be_looked_at_is_neither_green_nor_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "policy.txt").write_text("quorum\n")
    (tmp_path / "a.json").write_bytes(GOOD)
    for arguments in (
        ["empty"],
        ["absent.json"],
        ["a.json", "--device", "x"],
        ["a.json", "--policy", "policy.txt"],
        ["a.json", "--known", "a.json"],
        [],
    ):
        assert run(*arguments, cwd=tmp_path)[0] == 2


def test_a_hostile_value_cannot_command_the_terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(words="\x1b[2J\u202eGREEN\n  GREEN")
    file = tmp_path / "a.proof.json"
    file.write_bytes(scene.proof().to_bytes())
    monkeypatch.setattr(sys, "argv", ["verify_proof.py", str(file), "--device", scene.device])
    assert verify_proof.main() == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert said.splitlines().count("  GREEN") == 1


def test_one_proof_costs_far_less_than_a_hundred_milliseconds() -> None:
    trust = SCENE.trust()
    begun = time.process_time()
    assert verdict(GOOD, trust)[0] == "GREEN"
    assert time.process_time() - begun < 0.1


def test_every_word_has_its_russian() -> None:
    source = FILE.read_text("utf-8")
    said = re.findall(r'"((?:It|The|A|Not|Enough|This|No)\b[^"]*[.a-z])"', source)
    assert len(said) > 15
    assert [text for text in said if text not in RUSSIAN and not text.startswith("This ")] == []
    assert all(re.search("[а-яё]", text.lower()) for text in RUSSIAN.values())
    assert json.loads(GOOD)["type"] == proofs.TYPE
