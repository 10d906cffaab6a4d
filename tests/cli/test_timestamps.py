"""The commands about time, as a person types them; and the spec's own shell lines, executed."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cli.story import PASSPHRASE, WEAK
from tests.evidence.local_authority import LocalAuthority, serving, stamping
from tests.repository import ROOT
from tests.stock import stock
from unburnt.cli.main import unburnt

pytestmark = pytest.mark.stock

Run = Callable[..., Result]


@pytest.fixture
def authorities(tmp_path: Path) -> Iterator[dict[str, LocalAuthority]]:
    """Two authorities that answer on loopback, and a settings file that names them."""
    stock("openssl")
    made = {name: LocalAuthority.make(tmp_path / name, name) for name in ("alpha", "beta")}
    with (
        serving(stamping(made["alpha"])) as alpha,
        serving(stamping(made["beta"])) as beta,
    ):
        lines = ["authorities:"]
        for name, url in (("alpha", alpha), ("beta", beta)):
            (tmp_path / f"{name}.pem").write_bytes(made[name].roots)
            lines.append(f'  - {{name: {name}, url: "{url}", roots: {name}.pem}}')
        (tmp_path / "authorities.yaml").write_text("\n".join(lines) + "\n")
        yield made


@pytest.fixture
def run(tmp_path: Path) -> Run:
    secret = tmp_path / "secret"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)
    env = {"UNBURNT_PASSPHRASE_FILE": str(secret), "LC_ALL": "C"}

    def run(*words: str) -> Result:
        arguments = ["--archive", str(tmp_path / "archive"), *words]
        return CliRunner().invoke(unburnt, arguments, obj=WEAK, env=env)

    assert run("found", "heron", "laptop").exit_code == 0
    say = "say new name Rowan --schema Person --source me --compartment cases"
    assert run(*say.split()).exit_code == 0
    return run


def test_a_checkpoint_is_stamped_told_and_verified(
    run: Run, authorities: dict[str, LocalAuthority], tmp_path: Path
) -> None:
    assert run("time", "stamp").exit_code == 2  # nobody was named
    named = run("time", "authorities", str(tmp_path / "authorities.yaml"), "--json")
    assert [a["name"] for a in json.loads(named.stdout)["authorities"]] == ["alpha", "beta"]
    assert "queued" in run("time", "status").stdout
    assert run("time", "verify").exit_code == 1  # there was nothing to look at
    stamped = json.loads(run("time", "stamp", "--json").stdout)
    assert [k["checked_by"] for k in stamped["kept"]] == [["rfc3161-client", "openssl"]] * 2
    assert re.search(r"existed by \d{4}-\d\d-\d\d", run("time", "status").stdout)
    (told,) = json.loads(run("time", "status", "--json").stdout)["checkpoints"]
    assert (told["word"], told["queued"]) == ("existed by", [])
    verified = run("time", "verify", "--json")
    assert (verified.exit_code, json.loads(verified.stdout)["green"]) == (0, True)
    assert json.loads(run("time", "upgrade", "--json").stdout) == {"kept": [], "queued": []}
    _take_apart(tmp_path, told["proofs"][0])


def _take_apart(folder: Path, proof: dict[str, str]) -> None:
    """Run the shell lines of docs/spec/time.md on a proof: they need no program of ours."""
    page = (ROOT / "docs" / "spec" / "time.md").read_text(encoding="utf-8")
    found = re.search(r"```sh\n(.*?)```", page, re.DOTALL)
    assert found is not None
    lines = found[1].replace("FILE", str(folder / "archive" / proof["file"]))
    lines = lines.replace("roots.pem", f"{proof['authority']}.pem")
    done = subprocess.run(
        ["sh", "-e"], input=lines, cwd=folder, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Verification: OK") + done.stderr.count("Verification: OK") == 2
    assert "Time stamp:" in done.stdout


def test_headers_need_their_height(run: Run, tmp_path: Path) -> None:
    assert run("time", "verify", "--headers", str(tmp_path / "x")).exit_code == 2


def test_a_damaged_proof_is_left_out_and_a_rogue_root_makes_it_red(
    run: Run, authorities: dict[str, LocalAuthority], tmp_path: Path
) -> None:
    settings = str(tmp_path / "authorities.yaml")
    run("time", "authorities", settings)
    run("time", "stamp")
    rogue = LocalAuthority.make(tmp_path / "rogue", "alpha")
    (tmp_path / "alpha.pem").write_bytes(rogue.roots)
    assert run("time", "authorities", settings).exit_code == 0
    verified = run("time", "verify", "--json")
    assert verified.exit_code == 1
    data = json.loads(verified.stdout)
    assert (data["green"], data["refused"]) == (False, 1)
    assert data["checkpoints"][0]["word"] == "claimed"
    reasons = {p["authority"]: p["reason"] for p in data["checkpoints"][0]["proofs"]}
    assert reasons == {"alpha": "untrusted", "beta": ""}
