"""The stock program `openssl` as a second judge of time-stamp replies.

    refusal = verify(request, reply, roots, untrusted, moment)  # "" for yes, else its own words

It runs in a private folder with no configuration and no default trust, and is bounded in time and
output; nothing foreign is ever an argument. Never asks the network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path

from unburnt.core.errors import MediumError

NAME = "openssl"
_PATIENCE = 10  # seconds; a reply takes 10 ms
_MOST = 64 * 1024  # bytes of its words that are read


def available() -> bool:
    """Tell whether the program is installed."""
    return shutil.which(NAME) is not None


def verify(request: bytes, reply: bytes, roots: bytes, untrusted: bytes, moment: datetime) -> str:
    """Return "" when `openssl ts -verify` accepts a DER reply to a DER request, else its words.

    `roots` and `untrusted` are PEM; certificates are judged at `moment`.
    """
    files = {
        "request": request,
        "reply": reply,
        "roots": roots,
        "untrusted": untrusted,
        "empty": b"",
    }
    arguments = ["ts", "-verify", "-queryfile", "request", "-in", "reply", "-CAfile", "roots"]
    if untrusted:
        arguments += ["-untrusted", "untrusted"]
    arguments += ["-attime", str(int(moment.timestamp()))]
    code, words = _run(arguments, files)
    if code == 0 and "Verification: OK" in words:
        return ""
    return words or f"exit code {code}"


def _run(arguments: list[str], files: dict[str, bytes]) -> tuple[int, str]:
    program = shutil.which(NAME)
    if program is None:
        raise MediumError("The program openssl is not installed.", "Install it, then repeat.")
    with tempfile.TemporaryDirectory(prefix="unburnt-time-") as place:
        folder = Path(place)
        for name, data in files.items():
            (folder / name).write_bytes(data)
        said = folder / "said"
        with said.open("wb") as output:
            try:
                done = subprocess.run(  # noqa: S603 - fixed words and names of our own files
                    [program, *arguments],
                    cwd=folder,
                    env={"LC_ALL": "C", "OPENSSL_CONF": "empty", "PATH": os.defpath},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=_PATIENCE,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return -1, f"no answer in {_PATIENCE} seconds"
        with said.open("rb") as words:
            return done.returncode, words.read(_MOST).decode("utf-8", "replace")
