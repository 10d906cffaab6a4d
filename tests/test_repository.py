"""No committed file tells where it was made, or from where its dependencies were fetched."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.repository import ROOT, repository_files

# Written in pieces, so that this file keeps its own rule.
HOSTS = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "yarn" + "pkg.com")
PLACES = ("/" + "root", "/" + "work", "/" + "opt", "/" + "home/[a-z]", "/" + "Users/[A-Za-z]")
TELLING = {
    "names a package registry": re.compile("|".join(map(re.escape, HOSTS)).encode(), re.IGNORECASE),
    "names a place on somebody's machine": re.compile(
        rf"(?<![\w.~-])(?:{'|'.join(PLACES)})[\w.-]*/[\w.]".encode()
    ),
}
PIN = re.compile(
    r"(?:[a-z0-9-]+==[0-9a-z.]+(?: ; [^\\]+)? \\\n"
    r"(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+"
    r"(?:    #[^\n]*\n)*)+"
)

GIVEAWAYS = {
    "a registry": "see https://" + HOSTS[0] + "/project/age",
    "a file host in capitals": HOSTS[1].upper(),
    "a home folder": "open('/" + "home/ada/archive')",
    "the home of root": "/" + "root/.ssh/id",
    "a build folder": "path: /" + "work/main/src",
}
HARMLESS = {
    "a public page": "https://example.org/" + "work/main",
    "a relative path": "docs/" + "work/plan.md",
    "the parts of a checkpoint": "origin / size / root",
    "a system folder": "/usr/bin/age and /tmp/archive",
}


def telling(content: bytes) -> list[str]:
    """Return which rules the content breaks."""
    return [what for what, pattern in TELLING.items() if pattern.search(content)]


def test_no_file_of_the_repository_tells_where_it_was_made() -> None:
    files = repository_files()
    assert Path("pyproject.toml") in files
    found = {str(path): telling((ROOT / path).read_bytes()) for path in files}
    assert {path: what for path, what in found.items() if what} == {}


@pytest.mark.parametrize("content", GIVEAWAYS.values(), ids=GIVEAWAYS.keys())
def test_a_giveaway_is_found(content: str) -> None:
    assert len(telling(content.encode())) == 1


@pytest.mark.parametrize("content", HARMLESS.values(), ids=HARMLESS.keys())
def test_harmless_words_pass(content: str) -> None:
    assert telling(content.encode()) == []


@pytest.mark.parametrize("name", ["build", "core", "dev", "lock"])
def test_every_requirement_is_pinned_by_hash_and_by_nothing_else(name: str) -> None:
    assert PIN.fullmatch((ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8"))


def test_a_requirement_without_hash_or_with_an_address_is_no_pin() -> None:
    pinned = "age==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"
    assert PIN.fullmatch(pinned)
    assert not PIN.fullmatch(pinned + "bare==1.0\n")
    assert not PIN.fullmatch("--index-url https://example.org/simple\n" + pinned)
    assert not PIN.fullmatch("age @ https://example.org/age.whl \\\n" + pinned.split("\n", 1)[1])
