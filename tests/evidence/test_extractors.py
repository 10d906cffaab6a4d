"""Programs of others are run apart, within bounds, and leave nothing behind but their files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from unburnt.core.errors import MediumError, UsageError
from unburnt.evidence.extractors import KNOWN, Bounds, Extractor, extract

pytestmark = pytest.mark.slow  # starts a program for each

Make = Callable[[str], Extractor]
URL = "https://example.org/film"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Return what makes a program of a few shell lines, found on PATH."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("SECRET", "of ours")

    def make(lines: str) -> Extractor:
        path = tmp_path / "fetcher"
        path.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "7.1" && exit\n{lines}\n')
        path.chmod(0o755)
        return Extractor("fetcher", ("--", "{url}"))

    return make


def test_what_a_program_leaves_is_given_with_its_version(program: Make) -> None:
    with extract(program('mkdir sub; printf %s "$2" > sub/a; env > b; ln -s /etc c'), URL) as got:
        assert got.tool == "fetcher 7.1"
        names = [str(path.relative_to(got.folder)) for path in got.files]
        assert names == ["b", "sub/a"], "a link is no evidence"
        assert got.files[1].read_text() == URL
        assert "SECRET" not in got.files[0].read_text()
        folder = got.folder
    assert not folder.exists()


FAILING = {
    "it says why": ("echo gone >&2; exit 3", Bounds(), "failed (3): gone"),
    "it leaves nothing": ("true", Bounds(), "left no file"),
    "it takes too long": ("echo x > a; sleep 60", Bounds(seconds=0.3), "took too long"),
    "it leaves too much": ("head -c 5000 /dev/zero > a", Bounds(bytes=4000), "too many bytes"),
    "it leaves too much and goes on": (
        "head -c 5000 /dev/zero > a; sleep 60",
        Bounds(bytes=4000),
        "too many bytes",
    ),
    "its words command the terminal": ("printf '\\033[2J'; exit 1", Bounds(), r"\x1b[2J"),
}


@pytest.mark.parametrize(("lines", "bounds", "why"), FAILING.values(), ids=FAILING.keys())
def test_a_program_fails(program: Make, lines: str, bounds: Bounds, why: str) -> None:
    begun = time.monotonic()
    with pytest.raises(MediumError) as failed, extract(program(lines), URL, bounds):
        pass
    assert why in failed.value.message
    assert time.monotonic() - begun < 20


def test_its_children_end_with_it(program: Make, tmp_path: Path) -> None:
    lines = f"(sleep 1; echo late > {tmp_path}/late) & echo x > a; sleep 60"
    with pytest.raises(MediumError), extract(program(lines), URL, Bounds(seconds=0.3)):
        pass
    time.sleep(1.2)
    assert not (tmp_path / "late").exists()


def test_a_proxy_is_told_and_names_are_left_to_it(program: Make) -> None:
    with extract(program("env > a"), URL, proxy="socks5://127.0.0.1:9050") as got:
        assert "ALL_PROXY=socks5h://127.0.0.1:9050\n" in got.files[0].read_text()


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="not installed"), extract(Extractor("no-such", ()), URL):
        pass


def test_an_address_is_never_read_as_an_option() -> None:
    assert KNOWN["yt-dlp"].arguments[-2:] == ("--", "{url}")
