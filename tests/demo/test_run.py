"""The whole demonstration, run as a director would; then judged by stock programs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from demo.outside import SECRET
from demo.page import THREAT
from demo.run import main
from demo.world import MARK, PASSPHRASE, World
from tests.stock import stock
from unburnt.core.errors import UsageError
from unburnt.crypto.passphrase import WEAK
from unburnt.crypto.sealing import Identity
from unburnt.crypto.shares import combine
from unburnt.evidence.capture import wacz_reading
from unburnt.evidence.capture.warc_reading import payload
from unburnt.workflow.court_pack import Trust, check
from unburnt.workflow.session import Session

pytestmark = pytest.mark.slow
OPTIONS = {"cost": WEAK}


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the demonstration leaves behind."""
    folder = tmp_path_factory.mktemp("demo") / "archive"
    assert main(["--keep", str(folder)], OPTIONS) == 0
    return folder


@pytest.fixture(scope="module")
def identities(left: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The key of every epoch, opened by hand: three cards, then stock age over a site's grants."""
    age = stock("age")
    folder = tmp_path_factory.mktemp("keys")
    page = (left / "README.txt").read_text(encoding="utf-8").splitlines()
    cards = [line.split(":", 1)[1].strip() for line in page if line.startswith("  recovery:")]
    recovery = folder / "recovery.txt"
    recovery.write_text(Identity.from_secret(combine(cards[1:4])).to_age() + "\n")
    epochs = folder / "epochs.txt"
    with epochs.open("wb") as gathered:
        for grant in (left / "sites" / "partner" / "keys").glob("*/recovery/*"):
            command = [age, "-d", "-i", str(recovery), str(grant)]
            gathered.write(subprocess.run(command, capture_output=True, check=True).stdout)
    return epochs


def test_the_keys_opened_by_hand_are_those_the_recovered_device_holds(
    left: Path, identities: Path
) -> None:
    with Session.open(left / "recovered", PASSPHRASE) as session:
        held = {identity.to_age() for identity in session.identities.values()}
    assert held == set(identities.read_text().split())


def objects(site: Path) -> list[Path]:
    return [path for path in (site / "objects").rglob("*") if path.is_file()]


@pytest.mark.stock
@pytest.mark.parametrize("label", ["partner", "stick"])
def test_every_object_of_a_surviving_site_opens_with_stock_age(
    left: Path, identities: Path, label: str
) -> None:
    age = stock("age")
    found = objects(left / "sites" / label)
    assert len(found) > 10
    for path in found:
        opened = subprocess.run(
            [age, "-d", "-i", str(identities), str(path)], capture_output=True, check=False
        )
        assert opened.returncode == 0, path.name
        assert opened.stdout[257:262] == b"ustar", "what is inside is a plain tar"


def described_check(site: Path) -> str:
    """The line of the site's own text that says how to check it without keys."""
    text = (site / "ARCHIVE").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if "sha256sum -c" in line]
    return line.partition(":")[2].strip()


@pytest.mark.stock
@pytest.mark.parametrize(
    ("folder", "sound"),
    [("sites/partner", True), ("sites/stick", True), ("spoiled/tampered", False)],
)
def test_the_check_that_a_site_describes_works_and_can_fail(
    left: Path, folder: str, sound: bool
) -> None:
    stock("sha256sum")
    site = left / folder
    checked = subprocess.run(
        ["sh", "-c", described_check(site)], cwd=site, capture_output=True, text=True, check=False
    )
    assert (checked.returncode == 0) is sound, checked.stderr
    assert checked.stdout.count(": OK") == len(objects(site)) - (not sound)


def test_what_burned_is_gone_and_what_was_seized_is_kept(left: Path) -> None:
    assert not (left / "desktop").exists()
    assert not (left / "laptop").exists()
    assert not (left / "sites" / "office").exists()
    assert (left / "police" / "laptop" / "ARCHIVE").is_file()


def test_secrets_of_the_demonstration_are_for_its_owner_only(left: Path) -> None:
    assert PASSPHRASE in (left / "README.txt").read_text()
    for name in ("README.txt", "drill-cards.txt"):
        assert (left / name).stat().st_mode & 0o077 == 0


def test_the_pack_that_is_left_is_whole_and_names_nobody_who_was_kept_apart(left: Path) -> None:
    found = check(left / "court-pack", Trust())
    assert (found.word, found.whole) == ("OPEN", True)  # nothing was given to compare it with
    assert found.statements > 200
    assert not any(SECRET in p.read_bytes() for p in left.rglob("court-pack/**/*") if p.is_file())


@pytest.mark.stock
def test_the_pack_holds_the_captured_page(left: Path) -> None:
    stock("chromium")
    (capture,) = (left / "court-pack" / "data" / "captures").iterdir()
    bodies = [payload(r) for r in wacz_reading.records(capture.read_bytes())]
    assert any(THREAT["en"].encode() in body for body in bodies)


def told(capsys: pytest.CaptureFixture[str], folder: Path, language: str) -> str:
    """Run the demonstration; returns what it printed, in one line."""
    assert main(["--keep", str(folder), "--language", language], OPTIONS) == 0
    return " ".join(capsys.readouterr().out.split())


NO_BROWSER = "No Chromium is installed here. Install the package chromium of your system"


@pytest.mark.stock
def test_it_says_what_is_missing_then_replaces_its_own_folder_and_speaks_russian(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Chromium both scenes that need it say so and show nothing; with it they quote it."""
    stock("chromium")
    folder = tmp_path / "archive"
    with monkeypatch.context() as without:
        without.setenv("PATH", str(tmp_path))
        bare = told(capsys, folder, "en")
    assert bare.count(NO_BROWSER) == 2
    assert THREAT["en"] not in bare
    assert not list((folder / "court-pack").rglob("*.wacz"))
    whole = told(capsys, folder, "ru")
    assert "Восстановление" in whole
    assert THREAT["ru"] in whole
    assert "Показанные поля входят в эту запись. — отклонено" in whole


def test_a_folder_that_it_did_not_make_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    assert main(["--keep", str(tmp_path)], OPTIONS) == UsageError.exit_code
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]
    with pytest.raises(UsageError):
        World.fresh(tmp_path, OPTIONS)
    assert not (tmp_path / MARK).exists()


def test_a_step_that_does_not_show_what_it_says_fails_the_demonstration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy that nobody spoiled must not be called RED: the last scene then fails."""
    monkeypatch.setenv("PATH", str(tmp_path))  # no browser: the scenes that need one say so
    monkeypatch.setattr("demo.loss._flip", lambda path: None)
    assert main(["--keep", str(tmp_path / "archive")], OPTIONS) == 1
    assert (tmp_path / "archive" / MARK).exists(), "what failed is left to be looked at"
