"""The parent of the examining child: hands it one original, asks, checks, and starts it anew.

    with Examiner() as examiner:
        with examiner.file() as put:           # put(piece): the original, in pieces, into memory
            …
        report = examiner.ask("metadata", "image/jpeg")     # findings, derived files, failures

The original lies in memory that has no name and that the child may only read. A child that crashes,
hangs or answers nonsense costs that one answer: the report says why, and a new child is started.
Specification: docs/spec/media.md, "The child". The child gets no key and no file name.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import unburnt
from unburnt.core.errors import ForeignDataError, MediumError
from unburnt.evidence import own_memory
from unburnt.evidence.findings import MAX_BLOBS, MAX_JSON, Failure, Report, unpack
from unburnt.evidence.media_libraries import check_installed

VERSION = "1"  # of what is examined and how; a new one examines everything again
MAX_EXAMINED = 512 * 2**20  # bytes of an original; it lies in memory meanwhile
PATIENCE = {"ocr": 620.0}  # seconds by the clock; else:
_PATIENCE = 75.0
_START = 30.0
_PIECE = 2**18
_SPOKEN = {  # why a worker died, as far as its signal tells
    "signal 9": "it was killed, perhaps for want of memory",
    "signal 11": "the reading program crashed",
    "signal 6": "the reading program crashed",
    "signal 14": "it took too long",
    "signal 24": "it took too long",
    "signal 25": "it wrote too much",
}

Take = Callable[[memoryview | bytes], object]


class Examiner:
    """One child at a time; a context manager."""

    def __init__(self, patience: float | None = None) -> None:
        check_installed()
        own_memory.close()  # a network of its own does so too; not every system grants one
        self._patience = patience
        self._child: subprocess.Popen[bytes] | None = None
        self._folder = ""
        self._file, self._readable = _nameless()
        self.network_closed: bool | None = None  # known once a child was started

    def __enter__(self) -> Examiner:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child and let go of the original."""
        self._end()
        os.close(self._file)
        os.close(self._readable)

    @property
    def child(self) -> int | None:
        """The process id of the child, when one runs."""
        return self._child.pid if self._child else None

    @contextmanager
    def file(self) -> Iterator[Take]:
        """Put an original in place of the one before, in pieces."""
        os.ftruncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        seen = 0

        def take(piece: memoryview | bytes) -> None:
            nonlocal seen
            view = memoryview(piece)
            seen += len(view)
            if seen > MAX_EXAMINED:
                raise too_large()
            while view:
                view = view[os.write(self._file, view) :]

        yield take

    def ask(self, step: str, kind: str, start: int = 0, anchors: str | None = None) -> Report:
        """Return the report of one step on the original; a broken child becomes a failure."""
        asked = {"step": step, "kind": kind, "start": start, "anchors": anchors}
        try:
            patience = PATIENCE.get(step, _PATIENCE) if self._patience is None else self._patience
            spelled, blobs = self._asked(asked, patience)
            died = _died(spelled)
            if died is None:
                return unpack(spelled, blobs)
            why = _SPOKEN.get(died, "the reading program ended early")
        except (ForeignDataError, MediumError) as error:
            self._end()  # whatever it is now, it is not to be trusted with the next original
            why = error.message.rstrip(".")
        return Report(failures=(Failure(step, f"Could not be examined: {why}."),))

    # --- the child -----------------------------------------------------------------------------

    def _asked(self, asked: dict[str, Any], patience: float) -> tuple[bytes, bytes]:
        child = self._child or self._start()
        assert child.stdin is not None  # noqa: S101 - a pipe, as asked for
        try:
            child.stdin.write(json.dumps(asked).encode() + b"\n")
            child.stdin.flush()
        except OSError as error:
            raise _gone() from error
        return self._answer(child, time.monotonic() + patience)

    def _start(self) -> subprocess.Popen[bytes]:
        memory = Path("/dev/shm")  # noqa: S108 - memory, where the system offers it as a folder
        place = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
        self._folder = tempfile.mkdtemp(prefix="unburnt-examine-", dir=place)
        source = Path(next(iter(unburnt.__path__))).parent
        child = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", "unburnt.evidence.examine_child", str(self._readable)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env=_environment(self._folder, source),
            pass_fds=(self._readable,),
            start_new_session=True,  # Ctrl-C is for the parent alone
        )
        self._child = child
        hello, _ = self._answer(child, time.monotonic() + _START)
        self.network_closed = bool(json.loads(hello).get("network_closed"))
        return child

    def _answer(self, child: subprocess.Popen[bytes], until: float) -> tuple[bytes, bytes]:
        head = self._read(child, 8, until)
        spelled, blobs = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")
        if spelled > MAX_JSON or blobs > MAX_BLOBS:
            raise ForeignDataError("its answer was too long", "Keep the file.")
        return self._read(child, spelled, until), self._read(child, blobs, until)

    def _read(self, child: subprocess.Popen[bytes], size: int, until: float) -> bytes:
        assert child.stdout is not None  # noqa: S101 - a pipe, as asked for
        descriptor = child.stdout.fileno()
        parts = bytearray()
        while len(parts) < size:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise MediumError("it took too long", "Examine it again.")
            part = os.read(descriptor, min(_PIECE, size - len(parts)))
            if not part:
                raise _gone()
            parts += part
        return bytes(parts)

    def _end(self) -> None:
        """End the child with all it started, and remove its folder."""
        child, self._child = self._child, None
        if child is not None:
            child.terminate()  # it ends its worker first
            with suppress(subprocess.TimeoutExpired):
                child.wait(2)
            with suppress(OSError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""


def too_large() -> ForeignDataError:
    """Return the error for an original beyond what is examined."""
    return ForeignDataError(
        f"It is larger than the {MAX_EXAMINED >> 20} MiB that are examined.", "Look at it yourself."
    )


def _died(spelled: bytes) -> str | None:
    if not spelled.startswith(b'{"died"'):
        return None
    try:
        died = json.loads(spelled)["died"]
    except (ValueError, KeyError, RecursionError) as error:
        raise ForeignDataError("its answer makes no sense", "Keep the file.") from error
    return str(died)


def _nameless() -> tuple[int, int]:
    """Return a file in memory, and the same once more to be read only."""
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("original", os.MFD_CLOEXEC)
        readable = os.open(f"/proc/self/fd/{file}", os.O_RDONLY | os.O_CLOEXEC)
        return file, readable
    with tempfile.NamedTemporaryFile() as named:  # where memory is no file: no name for long
        return os.dup(named.fileno()), os.open(named.name, os.O_RDONLY)


def _environment(folder: str, source: Path) -> dict[str, str]:
    """Return what the child may know: no proxies, no home, no passphrase file."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(source),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": folder,
        "TMPDIR": folder,
        "LC_ALL": "C.UTF-8",
        "OMP_THREAD_LIMIT": "1",
        "RUST_BACKTRACE": "0",
    }


def _gone() -> MediumError:
    return MediumError("the reading program crashed", "Examine it again.")
