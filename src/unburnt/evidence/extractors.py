"""Extractors: other people's programs that fetch what a browser cannot, run as processes of theirs.

    with extract(YT_DLP, "https://youtu.be/…", limits) as found:
        found.tool                      # "yt-dlp 2026.10.26", as it says of itself
        found.files                     # what it left in its folder, to be taken in as evidence

Each runs in a private temporary folder that is its home and its working place, without our
environment, within a time and a size; the folder is removed afterwards. What it prints is kept as a
reason when it fails. It is a program on this machine and can do what programs can: the gate of the
browser does not hold it, and it is never run unless a person named it.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from unburnt.core.errors import MediumError, UsageError
from unburnt.core.text import printable

_LOOK = 0.2  # seconds between looks at its folder
_WORDS = 300  # characters of what it printed
MAX_FILES = 1000


@dataclass(frozen=True, slots=True)
class Extractor:
    """How a program is run: its name, the words after it ({url} is replaced), how it says hers."""

    program: str
    arguments: tuple[str, ...]
    version: tuple[str, ...] = ("--version",)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one run may use."""

    seconds: float = 1800.0
    bytes: int = 8 * 2**30


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a run left: its files, sorted, in a folder that vanishes with the context."""

    tool: str
    folder: Path
    files: tuple[Path, ...]


YT_DLP = Extractor(
    "yt-dlp",
    (
        *(
            "--no-config",
            "--no-cache-dir",
            "--no-playlist",
            "--no-progress",
            "--restrict-filenames",
        ),
        *("--write-info-json", "--write-description", "--write-thumbnail", "--write-subs"),
        *("--no-mtime", "--output", "%(id)s.%(ext)s", "--", "{url}"),
    ),
)
AUTO_ARCHIVER = Extractor("auto-archiver", ("{url}",))
KNOWN: Mapping[str, Extractor] = {one.program: one for one in (YT_DLP, AUTO_ARCHIVER)}


@contextmanager
def extract(
    extractor: Extractor, url: str, bounds: Bounds | None = None, proxy: str | None = None
) -> Iterator[Extracted]:
    """Run a program on one address and give what it left, for as long as the context lasts.

    Raises UsageError when it is not installed, MediumError when it fails, leaves nothing, or takes
    more than it may; then nothing of it is kept.
    """
    path = shutil.which(extractor.program)
    if path is None:
        raise UsageError(
            "This extractor is not installed here.", "Install it, so that it is found on PATH."
        )
    with tempfile.TemporaryDirectory(prefix="unburnt-", ignore_cleanup_errors=True) as home:
        folder = Path(home) / "out"
        folder.mkdir(mode=0o700)
        environment = _environment(home, proxy)
        version = _version(path, extractor, home, environment)
        words = [path, *(word.replace("{url}", url) for word in extractor.arguments)]
        _run(words, folder, environment, bounds or Bounds())
        files = _files(folder)
        if not files:
            raise MediumError("The extractor left no file.", "Look at the address by hand.")
        yield Extracted(f"{extractor.program} {version}", folder, files)


def _environment(home: str, proxy: str | None) -> dict[str, str]:
    found = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": home,
        "TMPDIR": home,
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
    }
    if proxy:
        named = proxy.replace("socks5://", "socks5h://")  # names are resolved there, not here
        found |= {"ALL_PROXY": named, "HTTPS_PROXY": named, "HTTP_PROXY": named}
    return found


def _version(path: str, extractor: Extractor, home: str, environment: dict[str, str]) -> str:
    try:
        said = subprocess.run(  # noqa: S603 - a program that the person named, without a shell
            [path, *extractor.version],
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise MediumError(
            "The extractor does not say its version.", "Check that it runs by itself."
        ) from error
    lines = said.stdout.decode("utf-8", "replace").strip().splitlines()
    return printable(lines[0])[:_WORDS] if lines else "of unknown version"


def _run(words: Sequence[str], folder: Path, environment: dict[str, str], bounds: Bounds) -> None:
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(  # noqa: S603 - a program that the person named, no shell
                words,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,  # so that its children end with it
            )
        except OSError as error:
            raise MediumError("The extractor cannot be run.", "Check that it runs.") from error
        try:
            why = _wait(process, folder, bounds)
        finally:
            _end(process)
        if why:
            raise MediumError(f"The extractor was ended: {why}.", "Repeat it later.")
        if process.returncode:
            said.seek(max(0, said.tell() - 4096))
            last = said.read(4096).decode("utf-8", "replace").strip()[-_WORDS:]
            raise MediumError(
                f"The extractor failed ({process.returncode}): {printable(last)}",
                "Look at the address by hand, or update the extractor.",
            )


def _wait(process: subprocess.Popen[bytes], folder: Path, bounds: Bounds) -> str:
    """Wait for the end of a program; return why it must be ended before, or ""."""
    deadline = time.monotonic() + bounds.seconds
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK)
            return _excess(folder, bounds)
        if time.monotonic() > deadline:
            return "it took too long"
        if why := _excess(folder, bounds):
            return why


def _excess(folder: Path, bounds: Bounds) -> str:
    sizes = []
    for path in folder.rglob("*"):
        with suppress(OSError):
            sizes.append(path.lstat().st_size)
    if len(sizes) > MAX_FILES:
        return f"it left more than {MAX_FILES} files"
    return "it left too many bytes" if sum(sizes) > bounds.bytes else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program with all its children; it may have ended by itself."""
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _files(folder: Path) -> tuple[Path, ...]:
    """Return the regular files; a link may lead anywhere and is no evidence."""
    return tuple(p for p in sorted(folder.rglob("*")) if stat.S_ISREG(p.lstat().st_mode))
