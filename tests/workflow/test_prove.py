"""What leaves as a proof: content by default, never a source by accident, checked by a stranger."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.world import World
from unburnt.cli.main import unburnt
from unburnt.core.errors import MediumError, UsageError
from unburnt.core.ids import new_id
from unburnt.publish.proof import parse, verify
from unburnt.workflow.prove import Told, check, prove, write
from unburnt.workflow.retract import retract
from unburnt.workflow.session import Claim, Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with World(tmp_path / "world").found("office", ["cases"]) as opened:
        yield opened


def say(session: Session, property: str = "summary", text: str = "A car burns.") -> str:
    claim = Claim(
        entity=new_id(session.random),
        schema="Event",
        property=property,
        value={"text": text},
        source=new_id(session.random),
        compartment=session.compartment("cases"),
    )
    return session.say([claim])[0][0]


def test_content_is_shown_and_no_source(session: Session, tmp_path: Path) -> None:
    identity = say(session)
    made = prove(session, [identity])
    proven = verify(parse(made.proofs[identity]))
    assert set(proven.fields) == {"entity", "property", "schema", "stance", "value"}
    assert made.devices == (session.device,)
    said = session.index.by_id(identity)[0].statement
    for secret in (said.source, said.author, said.compartment, said.recorded_at):
        assert secret.encode() not in made.proofs[identity]
    (file,) = write(made, tmp_path / "a.proof.json")
    assert file.read_bytes() == made.proofs[identity]
    assert check([file], Told(device=session.device))[0].verdict == "GREEN"
    assert check([file], Told())[0].verdict == "OPEN"


def test_of_a_sensitive_property_not_even_the_value_is_shown(session: Session) -> None:
    identity = say(session, "workNotes", "Ask the neighbour.")
    made = prove(session, [identity])
    assert "value" not in made.shown[identity]
    assert made.sensitive == (identity,)
    assert b"neighbour" not in made.proofs[identity]
    named = prove(session, [identity], ["value"])
    assert b"neighbour" in named.proofs[identity]
    assert named.sensitive == ()


def test_fields_are_chosen_by_name(session: Session) -> None:
    identity = say(session)
    made = prove(session, [identity], ["all"], ["source", "author"])
    shown = verify(parse(made.proofs[identity])).fields
    assert "recorded_at" in shown
    assert not {"source", "author"} & shown.keys()
    for disclose, withhold in ((["nmae"], []), (None, ["x"]), (["value"], ["value"]), ([], [])):
        with pytest.raises(UsageError):
            prove(session, [identity], disclose, withhold)


@pytest.mark.parametrize("identity", ["00" * 32, "5e", ""])
def test_an_unknown_statement_is_not_proven(session: Session, identity: str) -> None:
    with pytest.raises(UsageError):
        prove(session, [identity])


def test_what_was_withdrawn_is_said_to_the_prover(session: Session) -> None:
    identity = say(session)
    retraction = retract(session, identity)
    assert prove(session, [identity]).answered == {identity: (retraction,)}


def test_a_folder_stands_alone(session: Session, tmp_path: Path) -> None:
    ids = [say(session, text=f"Car {number} burns.") for number in range(3)]
    out = tmp_path / "proofs"
    write(prove(session, ids), out, tlog=True)
    names = {path.name for path in out.iterdir()}
    assert names == {
        "verify_proof.py",
        "verify.html",
        *(f"{one}.proof.json" for one in ids),
        *(f"{one}.tlog-proof" for one in ids),
    }
    line = [sys.executable, "-I", "verify_proof.py", "."]
    told = [*line, "--device", session.device, "--archive", session.archive]
    assert subprocess.run(told, cwd=out, capture_output=True).returncode == 0
    assert subprocess.run(line, cwd=out, capture_output=True).returncode == 2
    one, two = (out / f"{name}.proof.json" for name in ids[:2])
    swapped = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(swapped)
    assert subprocess.run(told, cwd=out, capture_output=True).returncode == 1
    with pytest.raises(UsageError):
        write(prove(session, ids), out)


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(MediumError):
        check([tmp_path / "absent.proof.json"], Told())
    (tmp_path / "policy").write_bytes(b"\xff")
    for told in (Told(device="x"), Told(vkeys=("x",)), Told(policy=tmp_path / "policy")):
        with pytest.raises(UsageError):
            check([tmp_path], told)
    assert check([tmp_path], Told()) == []


def test_a_stranger_checks_on_the_command_line(session: Session, tmp_path: Path) -> None:
    identity = say(session)
    file = tmp_path / "a.proof.json"
    write(prove(session, [identity]), file)

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(unburnt, ["check-proof", *arguments])
        return done.exit_code, done.output

    code, said = run(str(file), "--device", session.device, "--json")
    assert code == 0
    told = json.loads(said)
    assert told["green"]
    assert told["proofs"][0]["statement"] == identity
    assert told["proofs"][0]["fields"]["value"] == {"text": "A car burns."}
    assert run(str(file))[0] == 1  # nothing to compare with
    assert run(str(tmp_path / "world"))[0] == 1  # nothing looked at
    file.write_bytes(file.read_bytes().replace(b"car", b"cat"))
    code, said = run(str(file), "--device", session.device)
    assert code == 1
    assert "8. The fields shown are in the entry. [refused]" in said
