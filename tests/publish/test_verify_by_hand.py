"""The page of commands is run as it stands: it verifies the example, and stops at spoiled ones."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.publish.proof_cases import BAD, GOOD, SCENE
from tests.publish.proof_scene import Scene
from tests.repository import ROOT
from tests.stock import stock

PAGE = (ROOT / "docs" / "verify-by-hand.md").read_text("utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
VECTOR = ROOT / "tests" / "vectors" / "proof" / "example.proof.json"

pytestmark = pytest.mark.stock


def play(data: bytes, folder: Path) -> tuple[int, str]:
    for program in ("bash", "openssl", "sha256sum", "base64", "base32", "xxd"):
        stock(program)
    (folder / "example.proof.json").write_bytes(data)
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", "".join(BLOCKS)],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    )
    return done.returncode, done.stdout + done.stderr


def test_the_example_is_the_frozen_one() -> None:
    assert VECTOR.read_bytes() == GOOD
    assert VECTOR.with_name("policy.txt").read_text() == SCENE.policy()
    assert len(BLOCKS) == 8


def test_the_commands_verify_the_example(tmp_path: Path) -> None:
    code, said = play(GOOD, tmp_path)
    assert code == 0, said
    statement = SCENE.batch(2).ids[1].hex()
    assert f"GREEN {statement}, entry 3 of 5" in said.splitlines()
    assert said.count("Signature Verified Successfully") == 3
    assert 'value = {"text":"They came at night."}' in said


def test_the_commands_verify_words_that_are_hard_to_take_apart(tmp_path: Path) -> None:
    words = 'Она сказала: "нет", ["value","%s\\n"],"entry":"x" $(id) `id` \\ \n тогда.'
    code, said = play(Scene(words=words).proof().to_bytes(), tmp_path)
    assert code == 0, said
    assert "GREEN" in said


# What the commands do not look at: other spellings, and what the reader was told besides.
NOT_ASKED = {
    "an accent in two pieces",
    "a policy with another log",
    "another device than was told",
    "another archive than was told",
    "a file with the name of another statement",
    "an old checkpoint where a newer one is known",
    "another history than the one that is known",
}
ASKED = {name: case for name, case in BAD.items() if name not in NOT_ASKED}
QUICK = ("another value", "another entry of the same log", "a false cosignature")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in ASKED]
)
def test_the_commands_stop_at_a_bad_proof(name: str, tmp_path: Path) -> None:
    code, said = play(ASKED[name].data, tmp_path)
    assert code != 0, said
    assert "GREEN" not in said
