"""The page judges as the file does: the same steps and words, in a real browser, from the disk."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.publish.proof_cases import BAD, GOOD, SCENE, TOLD, plain
from tests.publish.proof_scene import Scene
from tests.stock import stock
from unburnt.publish import proof as proofs
from unburnt.publish.verify_proof import WORDS

playwright = pytest.importorskip("playwright.sync_api", reason="the extra “capture” is missing")

PAGE = Path(proofs.__file__).with_name("verify.html")
TEXT = PAGE.read_text("utf-8")
JUDGE = """async ([data, told, name]) => {
  const raw = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const trust = await unburnt.trusted(told.device, told.archive, told.policy, told.known);
  const found = await unburnt.check(raw, trust, name);
  return [found.verdict, found.steps.length, found.steps.at(-1)[2], found.steps.map((s) => s[1])];
}"""


def test_the_page_has_the_words_of_the_file_and_no_way_out() -> None:
    assert f"const WORDS = `{WORDS}`;" in TEXT
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', TEXT)
    assert policy is not None
    assert policy[1] == (
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"
    )
    assert not re.search(r"https?://|src=|href=|innerHTML|fetch\(|eval\(", TEXT)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    program = stock("chromium")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(offline=True, locale="en-GB")
    opened = context.new_page()
    opened.goto(PAGE.as_uri())
    yield opened
    context.close()


def judged(page: Any, data: bytes, told: dict[str, str], name: str = "") -> list[Any]:
    found: list[Any] = page.evaluate(JUDGE, [plain(data), told, name])
    return found


@pytest.mark.slow
@pytest.mark.stock
def test_page_and_file_agree_on_every_bad_proof(page: Any) -> None:
    assert judged(page, GOOD, TOLD)[:3] == ["GREEN", 8, ""]
    assert judged(page, GOOD, {**TOLD, "device": "", "policy": ""})[0] == "OPEN"
    found = {name: judged(page, case.data, case.told, case.name)[:3] for name, case in BAD.items()}
    fraction = "a number with a fraction"  # JavaScript reads 1.0 as 1 and sees only the spelling
    assert found.pop(fraction)[:2] == ["REFUSED", 1]
    expected = {name: ["REFUSED", case.step, case.reason] for name, case in BAD.items()}
    assert found == {name: what for name, what in expected.items() if name != fraction}


@pytest.mark.slow
@pytest.mark.stock
def test_the_page_turns_no_changed_byte_green(page: Any) -> None:
    said = page.evaluate(
        """async ([data, told]) => {
          const raw = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
          const trust = await unburnt.trusted(told.device, told.archive, told.policy, told.known);
          const green = [];
          for (let place = 0; place < raw.length; place++) {
            const altered = raw.slice();
            altered[place] ^= 1;
            if ((await unburnt.check(altered, trust)).verdict !== "REFUSED") green.push(place);
          }
          return green;
        }""",
        [plain(GOOD), TOLD],
    )
    assert said == []


@pytest.mark.slow
@pytest.mark.stock
def test_a_person_checks_proofs_in_two_languages(page: Any, tmp_path: Path) -> None:
    good, bad = tmp_path / "a.proof.json", tmp_path / "b.proof.json"
    good.write_bytes(Scene(words="Они пришли ночью. \u202e<b>x</b>").proof().to_bytes())
    bad.write_bytes(GOOD.replace(b"at night", b"at noon!"))
    page.set_input_files("#files", [good, bad])
    page.wait_for_selector("section.REFUSED")
    assert page.locator("section.GREEN").count() == 0  # nobody said which device
    assert page.locator("section.OPEN").count() == 1
    page.fill("#device", SCENE.device.upper())
    page.wait_for_selector("section.GREEN")
    assert page.locator("section.REFUSED").count() == 1
    shown = page.locator("section.GREEN").inner_text()
    assert "Они пришли ночью. \\u202e<b>x</b>" in shown
    assert "whether it is true" in shown
    page.click("button[data-language=ru]")
    page.wait_for_selector("html[lang=ru] section.GREEN")
    assert "ЗЕЛЁНЫЙ" in page.locator("section.GREEN .verdict").inner_text()
    assert "ОТКЛОНЕНО" in page.locator("section.REFUSED .verdict").inner_text()
    pictures = os.environ.get("UNBURNT_PICTURES")
    for scheme in ("light", "dark") if pictures else ():
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=f"{pictures}/verify-{scheme}.png", full_page=True)
    page.fill("#device", "x")
    page.locator("#trouble:not(:empty)").wait_for(state="attached")
    assert page.locator("section").count() == 0
