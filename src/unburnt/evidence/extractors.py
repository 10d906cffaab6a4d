"""Extractors: other people's programs that fetch what a browser cannot, run as processes of theirs.

    with extract(YT_DLP, "https://youtu.be/…", places, bounds) as found:
        found.tool                      # "yt-dlp 2026.10.26", as it says of itself
        found.files                     # what it left in its folder, to be taken in as evidence
    check("mirror", ["/usr/bin/wget", "-p", "{url}"])      -> Extractor(…), one that a person named

Each runs in a private temporary folder that is its home and its working place, without our
environment, within a time and a size; the folder is removed afterwards. It is told to ask through
the gate, which holds it to public addresses. It is a program on this machine: one that ignores the
proxy or the folder is not held by either, and it is never run unless a person named it.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from unburnt.core.errors import MediumError, UsageError
from unburnt.core.text import printable
from unburnt.evidence.capture.gate import Gate, Limits
from unburnt.evidence.capture.urls import Places
from unburnt.evidence.extractor_run import Bounds, run
from unburnt.storage.proxy import Proxy

_WORDS = 300  # characters of a version
_VERSION_SECONDS = 60.0
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
MAX_ARGUMENTS = 64
MAX_ARGUMENT = 4096  # characters
MAX_FILES = 1000  # that it may leave


@dataclass(frozen=True, slots=True)
class Extractor:
    """How a program is run: its name, the words after it ({url} is replaced), how it says hers."""

    program: str
    arguments: tuple[str, ...]
    version: tuple[str, ...] = ("--version",)


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a run left: its files, sorted, in a folder that vanishes with the context.

    `refused` are the connections that the gate did not let out: host, port, why.
    """

    tool: str
    folder: Path
    files: tuple[Path, ...]
    refused: tuple[tuple[str, int, str], ...] = ()


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


def check(name: str, words: Sequence[str]) -> Extractor:
    """Return the extractor that a person named: a program, then its arguments, {url} in one.

    Nothing is ever read by a shell: each word is one argument. UsageError for what cannot be one.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            "This is no name of an extractor.", "Use small letters, digits and hyphens."
        )
    if not words or not any("{url}" in word for word in words[1:]):
        raise UsageError(
            "The command of an extractor has the word {url} in one of its arguments.",
            "Write it like: unburnt extractor set mirror -- wget --page-requisites {url}",
        )
    sound = all(len(w) <= MAX_ARGUMENT and w.isprintable() for w in words)
    if len(words) > MAX_ARGUMENTS or not sound or "{url}" in words[0]:
        raise UsageError(
            "This cannot be the command of an extractor.", "Give a program and its arguments."
        )
    return Extractor(words[0], tuple(words[1:]))


@contextmanager
def extract(
    extractor: Extractor,
    url: str,
    places: Places,
    bounds: Bounds | None = None,
    upstream: Proxy | None = None,
) -> Iterator[Extracted]:
    """Run a program on one address and give what it left, for as long as the context lasts.

    `places` and `upstream` are those of the gate. Raises UsageError when it is not installed,
    MediumError when it fails, leaves nothing, or takes more than it may; then nothing is kept.
    """
    found = shutil.which(extractor.program)
    if found is None:
        raise UsageError(
            "This extractor is not installed here.", "Install it, so that it is found on PATH."
        )
    path = str(Path(found).absolute())  # it runs in another folder
    allowed = bounds or Bounds()
    limits = Limits(seconds=allowed.seconds, download=allowed.bytes)
    with (
        tempfile.TemporaryDirectory(prefix="unburnt-", ignore_cleanup_errors=True) as made,
        Gate(places, limits, upstream, announced=False) as gate,
    ):
        home = Path(made)
        folder = home / "out"
        folder.mkdir(mode=0o700)
        environment = _environment(made, gate.port)
        version = _version(path, extractor, home, environment, allowed)
        words = [path, *(w.replace("{url}", url) for w in extractor.arguments)]
        run(words, home, folder, environment, allowed)
        files = _files(folder)
        if not files:
            raise MediumError("The extractor left no file.", "Look at the address by hand.")
        if len(files) > MAX_FILES:
            raise MediumError(
                f"The extractor was ended: it left more than {MAX_FILES} files.",
                "Repeat it later.",
            )
        tool = f"{Path(extractor.program).name} {version}"
        yield Extracted(tool, folder, files, tuple(gate.refusals()))


def _environment(home: str, port: int) -> dict[str, str]:
    gate = f"http://127.0.0.1:{port}"
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": home,
        "TMPDIR": home,
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        **dict.fromkeys((*names, *(name.lower() for name in names)), gate),
        "NO_PROXY": "",
        "no_proxy": "",
    }


def _version(
    path: str, extractor: Extractor, home: Path, environment: dict[str, str], allowed: Bounds
) -> str:
    """Return what a program says of itself; one that a person named need not say anything."""
    bounds = replace(allowed, seconds=min(allowed.seconds, _VERSION_SECONDS))
    try:
        said = run([path, *extractor.version], home, home, environment, bounds)
    except MediumError:
        return "of unknown version"
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return printable(lines[0])[:_WORDS] if lines else "of unknown version"


def _files(folder: Path) -> tuple[Path, ...]:
    """Return the regular files; a link may lead anywhere and is no evidence."""
    return tuple(p for p in sorted(folder.rglob("*")) if stat.S_ISREG(p.lstat().st_mode))
