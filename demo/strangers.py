"""What strangers check a pack with: the one Python file in it, and its page in a real Chromium.

    stand_alone(stage, world, folder, spoiled)
    in_browser(stage, world, folder, statement, spoiled)

Both are given a spoiled proof, too, which they must refuse. What they say is quoted, not retold.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from demo.stage import DemoError, Stage
from demo.world import World
from unburnt.core.errors import UsageError
from unburnt.evidence.capture import door
from unburnt.workflow import witnessing

_TIMEOUT = 60  # seconds


def stand_alone(stage: Stage, world: World, folder: Path, spoiled: Path) -> None:
    """Run verify_proof.py out of the pack, without unburnt: on all proofs, then a spoiled one."""
    policy = world.root / "policy.txt"
    policy.write_text(world.policy, encoding="utf-8")
    vkeys = [vkey for _device, vkey in witnessing.log_vkeys(world.sessions["analyst"])]
    told = [word for vkey in vkeys for word in ("--vkey", vkey)]
    told += ["--policy", str(policy), "--lang", stage.language]
    proofs = len(list((folder / "proofs").iterdir()))
    code, said = _python(folder, "proofs", *told)
    greens = said.count(stage.say("  GREEN\n", "  ЗЕЛЁНЫЙ: всё проверенное верно\n"))
    stage.must(
        code == 0 and greens == proofs > 0,
        f"verify_proof.py, one file, without unburnt: {greens} of {proofs} proofs GREEN, both"
        " witnesses found",
        f"verify_proof.py, один файл, без unburnt: зелёных доказательств {greens} из {proofs}, оба"
        " свидетеля найдены",
    )
    code, said = _python(folder, str(spoiled), *told)
    steps = [line.strip() for line in said.splitlines() if line[:3].strip()]
    if code != 1:
        raise DemoError("a proof with a changed word was not refused")
    stage.red(
        f"the same proof with one word changed: “{_failed(steps)}”",
        f"то же доказательство с одним изменённым словом: «{_failed(steps)}»",
    )


def _python(folder: Path, *words: str) -> tuple[int, str]:
    """Run the file of the pack with a bare Python; returns its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-I", "verify_proof.py", *words],
        cwd=folder,
        env={"PATH": os.environ.get("PATH", ""), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        timeout=_TIMEOUT,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8")


def _failed(lines: list[str]) -> str:
    """Return the step at which it stopped: the last that is numbered."""
    return [line for line in lines if line[:1].isdigit() and line[1:3] == ". "][-1]


def in_browser(stage: Stage, world: World, folder: Path, statement: str, spoiled: Path) -> None:
    """Open verify.html out of the pack in Chromium, offline, and quote what it says."""
    proof = folder / "proofs" / f"{statement}.proof.json"
    device = world.device("analyst")
    try:
        sync, program = door.playwright(), door.browser()
    except UsageError as error:
        stage.lacking(error.message, error.next_step)
        return
    with sync.sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=program, chromium_sandbox=_sandbox())
        except sync.Error:
            stage.lacking(
                "The browser could not be started.", "Check that chromium runs here by itself."
            )
            return
        page = browser.new_context(offline=True, locale=stage.say("en-GB", "ru-RU")).new_page()
        page.goto((folder / "verify.html").as_uri())
        page.fill("#device", device)
        page.locator("summary").click()
        page.fill("#policy", world.policy)
        page.set_input_files("#files", [proof, spoiled])
        page.locator("section").nth(1).wait_for(state="attached")
        quoted = [_quoted(section) for section in page.locator("section").all()]
        browser.close()
    (colour, good, steps, shown), (other, bad, stopped, _) = quoted
    stage.must(
        (colour, other, len(steps)) == ("GREEN", "REFUSED", 8),
        "verify.html in Chromium, offline, says of both:",
        "verify.html в Chromium, без сети, говорит об обоих:",
    )
    for step in (good, *(f"{number}. {step}" for number, step in enumerate(steps, 1))):
        stage.line(step, 3)
    for line in shown:
        stage.line(line, 3)
    stage.line(f"{bad}: {len(stopped)}. {stopped[-1]}", 3)


def _quoted(section: Any) -> tuple[str, str, list[str], list[str]]:
    """Return colour, verdict, steps, value and first doubt of one proof, as the page shows them."""
    colour = section.get_attribute("class")
    verdict = section.locator(".verdict").inner_text()
    facts = zip(
        section.locator("dt").all_inner_texts(),
        section.locator("dd").all_inner_texts(),
        strict=True,
    )
    shown = [f"{what}: {said}" for what, said in facts if what.endswith(": value")]
    doubts = section.locator("ul li").all_inner_texts()
    not_checked = section.locator("p").all_inner_texts()[1:2]
    shown += [f"{told} {doubt}" for told, doubt in zip(not_checked, doubts, strict=False)]
    return colour, verdict, section.locator("ol li").all_inner_texts(), shown


def _sandbox() -> bool:
    return not hasattr(os, "geteuid") or os.geteuid() != 0
