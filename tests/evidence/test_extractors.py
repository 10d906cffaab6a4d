"""Programs of others are run apart, within bounds, and leave nothing behind but their files."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.evidence.capture.pages import STORY, Pages
from unburnt.core.errors import MediumError, UsageError
from unburnt.evidence.capture.urls import Places
from unburnt.evidence.extractor_run import Bounds
from unburnt.evidence.extractors import KNOWN, Extractor, check, extract

pytestmark = pytest.mark.slow  # starts programs

Make = Callable[[str], Extractor]
URL = "https://example.org/film"
OUT = Places(lambda host, port: ["93.184.216.34"])
HERE = Places(lambda host, port: ["127.0.0.1"], frozenset({"page.example"}))
PROGRAM = """
import os, signal, subprocess, sys, time, urllib.request
if sys.argv[1:] == ["--version"]:
    sys.exit(print("7.1"))
url = sys.argv[-1]
{lines}
"""
FOREVER = "\nwhile True: time.sleep(0.1)"
SMALL = Bounds(seconds=20, bytes=2**20)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Return what makes an extractor of a few lines of Python."""
    monkeypatch.setenv("SECRET", "of ours")
    monkeypatch.setenv("MARK", str(tmp_path))

    def make(lines: str) -> Extractor:
        path = tmp_path / "fetcher"
        text = lines.replace("MARK", repr(str(tmp_path / "mark")))
        path.write_text(f"#!{sys.executable}\n" + PROGRAM.format(lines=text))
        path.chmod(0o755)
        return check("fetcher", [str(path), "--", "{url}"])

    return make


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder where all temporary folders are made."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    return place


@pytest.fixture
def pages() -> Iterator[Pages]:
    with Pages() as serving:
        yield serving


def marked(tmp_path: Path) -> list[int]:
    """Return the processes that a program wrote down and that still run."""
    mark = tmp_path / "mark"
    written = [int(line) for line in mark.read_text().split()] if mark.exists() else []
    return [pid for pid in written if Path(f"/proc/{pid}").exists() and not is_dead(pid)]


def is_dead(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


def test_what_a_program_leaves_is_given_with_its_version(program: Make) -> None:
    lines = (
        "os.mkdir('sub'); open('sub/a','w').write(url); os.symlink('/etc','c')\n"
        "open('b','w').write(repr(dict(os.environ)) + os.getcwd())"
    )
    with extract(program(lines), URL, OUT) as got:
        assert got.tool == "fetcher 7.1"
        names = [str(path.relative_to(got.folder)) for path in got.files]
        assert names == ["b", "sub/a"], "a link is no evidence"
        assert got.files[1].read_text() == URL
        told = got.files[0].read_text()
        assert "SECRET" not in told
        assert f"'HOME': '{got.folder.parent}'" in told
        assert f"'TMPDIR': '{got.folder.parent}'" in told
        assert told.endswith(str(got.folder))
        assert got.refused == ()
        folder = got.folder
    assert not folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="nothing closes it elsewhere")
def test_our_memory_and_environment_are_closed_to_a_program(program: Make) -> None:
    system = ctypes.CDLL(None)
    system.prctl(4, 1, 0, 0, 0)
    with extract(program("open('a','w').write(url)"), URL, OUT):
        assert system.prctl(3, 0, 0, 0, 0) == 0  # PR_GET_DUMPABLE: ptrace(2), proc(5)


FORK = "\nopen(MARK,'a').write(f'{os.getpid()}\\n')\n"
LEAVE = "\nif os.fork() == 0:\n    os.setsid()\n    if os.fork(): os._exit(0)\n"
DETACHED = (
    LEAVE + "    open(MARK,'a').write(f'{os.getpid()}\\n')\n    time.sleep(60); os._exit(0)\n"
)
FILL = "\nwith open('../{name}','wb') as f:\n    while True: f.write(bytes(2**16)); f.flush()"
FULL = "too many bytes|File too large"  # whichever bound is met first
FAILING = {
    "it says why": ("sys.exit('gone')", SMALL, r"failed \(1\): gone"),
    "it leaves nothing": ("pass", SMALL, "left no file"),
    "it takes too long": ("open('a','w').write('x')" + FOREVER, Bounds(seconds=1), "took too long"),
    "it fills the disk": (FILL.format(name="out/a"), SMALL, FULL),
    "it fills its home": (FILL.format(name="cache"), SMALL, FULL),
    "it fills a file without a name": (
        "f=open('a','wb'); os.unlink('a')\nfor i in range(12): f.write(bytes(2**16))\n"
        "f.flush(); g=open('b','wb'); os.unlink('b'); g.write(bytes(2**19)); g.flush()" + FOREVER,
        SMALL,
        "too many bytes",
    ),
    "it fills many files": (
        "import itertools\nfor i in itertools.count():\n"
        "    os.makedirs(f'd{i}'); open(f'd{i}/a','wb').write(b'x')",
        Bounds(seconds=20, files=300),
        "more than 300 files",
    ),
    "it talks without end": ("while True: print('x' * 2**16)", SMALL, "too many bytes|120"),
    "it asks for all memory": ("x = bytes(2**33)", Bounds(memory=2**31), "MemoryError"),
    "it forks and forks": (
        "while True:\n    if os.fork() == 0: time.sleep(60); os._exit(0)",
        Bounds(seconds=20, processes=20),
        "more than 20 processes",
    ),
    "it calculates without end": ("while True: pass", Bounds(seconds=20, cpu=1), r"failed \(247\)"),
    "its words command the terminal": ("print('\\033[2J'); sys.exit(1)", SMALL, r"\\x1b\[2J"),
    "it ignores the signal": (
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)" + FORK + FOREVER,
        Bounds(seconds=1),
        "took too long",
    ),
    "it leaves children that left it": (DETACHED + "time.sleep(.3); sys.exit(3)", SMALL, r"\(3\)"),
    "it runs too long beside them": (DETACHED + FOREVER, Bounds(seconds=1), "took too long"),
}


@pytest.mark.parametrize(("lines", "bounds", "why"), FAILING.values(), ids=FAILING.keys())
def test_a_program_fails(
    program: Make, temporary: Path, tmp_path: Path, lines: str, bounds: Bounds, why: str
) -> None:
    begun = time.monotonic()
    with pytest.raises(MediumError) as failed, extract(program(lines), URL, OUT, bounds):
        pass
    assert re.search(why, failed.value.message)
    assert time.monotonic() - begun < 15
    assert marked(tmp_path) == [], "whatever it started has ended"
    assert list(temporary.iterdir()) == []


def test_what_it_left_running_ends_with_a_good_run(program: Make, tmp_path: Path) -> None:
    lines = DETACHED + "time.sleep(.3); open('a','w').write('x')"
    with extract(program(lines), URL, OUT, SMALL) as got:
        assert len(got.files) == 1
        assert (tmp_path / "mark").exists()
        assert marked(tmp_path) == []


def test_it_ends_when_we_are_interrupted(program: Make, temporary: Path, tmp_path: Path) -> None:
    made = program("signal.signal(signal.SIGINT, signal.SIG_IGN)" + FORK + FOREVER)

    def interrupt() -> None:
        while not (tmp_path / "mark").exists():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt), extract(made, URL, OUT, SMALL):
        pass
    assert marked(tmp_path) == []
    assert list(temporary.iterdir()) == []


ASK = (
    "for asked in (url, 'http://10.0.0.1/x', 'http://127.0.0.1:1/x', 'https://inner.local/'):\n"
    "    try: open('page','ab').write(urllib.request.urlopen(asked, timeout=9).read())\n"
    "    except Exception as e: open('errors','a').write(f'{asked} {e}\\n')\n"
)


def test_it_asks_through_the_gate_with_the_same_rules(program: Make, pages: Pages) -> None:
    url = f"http://page.example:{pages.server_port}/story"
    with extract(program(ASK), url, HERE, SMALL) as got:
        errors, page = got.files
        assert page.read_bytes() == STORY.encode()
        assert errors.read_text().count("Forbidden") == 3
    assert {(host, why) for host, _, why in got.refused} == {
        ("10.0.0.1", "private"),
        ("127.0.0.1", "this machine"),
        ("inner.local", "a name of an inner network"),
    }


def test_a_program_that_is_not_there() -> None:
    with (
        pytest.raises(UsageError, match="not installed"),
        extract(Extractor("no-such", ("{url}",)), URL, OUT),
    ):
        pass


WRONG = {
    "no address": ("mirror", ["wget"]),
    "the address as the program": ("mirror", ["{url}", "{url}"]),
    "no words": ("mirror", []),
    "a name with blanks": ("a b", ["wget", "{url}"]),
    "a line in a word": ("mirror", ["wget", "a\n{url}"]),
    "too many words": ("mirror", ["wget", *["{url}"] * 64]),
}


@pytest.mark.parametrize(("name", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_command_that_cannot_be_one(name: str, words: list[str]) -> None:
    with pytest.raises(UsageError):
        check(name, words)


def test_an_address_is_never_read_as_an_option_or_by_a_shell(program: Make) -> None:
    assert KNOWN["yt-dlp"].arguments[-2:] == ("--", "{url}")
    url = "https://example.org/$(id);`id`&&x"
    with extract(program("open('a','w').write(url)"), url, OUT, SMALL) as got:
        assert got.files[0].read_text() == url
        assert stat.S_IMODE(got.folder.stat().st_mode) == 0o700
