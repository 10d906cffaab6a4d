"""The child that reads hostile files: one request, one process of its own, one answer.

    python -m unburnt.evidence.examine_child 5      # 5: an open file, read-only

It reads requests from its standard input, a line of JSON each, and answers on its standard output:

    {"step": "metadata", "kind": "image/jpeg", "start": 0, "anchors": null}
    length of the JSON · length of the rest (4 bytes each, big-endian) · JSON · derived files

For each request it forks a worker with bounds of memory, time and files; the worker's answer counts
only when it ended well. A worker that died is answered with {"died": "signal 9"}. Specification:
docs/spec/media.md, "The child". It has no keys, no network where the system allows that, and a
temporary folder that the parent removes.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from unburnt.core.errors import UnburntError
from unburnt.evidence import (
    credentials,
    document_text,
    film,
    image_facts,
    kinds,
    media_libraries,
    members,
    recognition,
)
from unburnt.evidence.findings import (
    MAX_BLOBS,
    MAX_JSON,
    Failure,
    Finding,
    Report,
    one_line,
    pack,
)

MEMORY = 1536 * 2**20  # bytes of address space; 100 megapixels take 400 MiB, libraries 200
PROCESSOR = {"ocr": 300}  # seconds; else:
_PROCESSOR = 30
_FILE = 64 * 2**20  # bytes of one temporary file
_OPEN = 128  # files
_NEW_USER, _NEW_NET = 0x10000000, 0x40000000  # <sched.h>
_DIE_WITH_PARENT, _NO_NEW_RIGHTS = 1, 38  # <sys/prctl.h>
_LOADED_BEFORE = ("PIL.Image", "pillow_heif", "PIL.ImageOps", "PIL.IptcImagePlugin", "PIL.ExifTags")


class Request:
    """One step on the open file."""

    def __init__(self, descriptor: int, asked: dict[str, Any]) -> None:
        self.descriptor = descriptor
        self.step: str = asked["step"]
        self.kind: str = asked["kind"]
        self.start: int = asked["start"]
        self.anchors: str | None = asked["anchors"]
        self.stream = os.fdopen(os.dup(descriptor), "rb")
        self.stream.seek(0)

    @property
    def data(self) -> Any:
        """The whole file, mapped."""
        size = os.fstat(self.descriptor).st_size
        return mmap.mmap(self.descriptor, size, access=mmap.ACCESS_READ) if size else b""


def _kind(request: Request) -> Report:
    data = request.data
    known = kinds.kind(data)
    found = [Finding("mimeType", {"text": known})]
    found += [Finding("alsoReadableAs", {"text": other}) for other in kinds.others(data, known)]
    return Report(tuple(found), tools=(media_libraries.tool("puremagic"),))


STEPS: dict[str, Callable[[Request], Report]] = {
    "kind": _kind,
    "metadata": lambda r: image_facts.metadata(r.stream),
    "look": lambda r: image_facts.look(r.stream),
    "credentials": lambda r: credentials.credentials(r.stream, r.kind, r.anchors),
    "text": lambda r: document_text.text(bytes(r.data), r.kind),
    "film": lambda r: film.facts(r.descriptor, r.kind),
    "still": lambda r: film.still(r.descriptor, r.kind),
    "ocr": lambda r: recognition.recognised(r.stream, bytes(r.data), r.kind),
    "members": lambda r: members.members(r.stream, r.kind, r.start),
}


def answer(request: Request) -> Report:
    """Return what a step finds; every error of a reader becomes a failure of that step."""
    try:
        return STEPS[request.step](request)
    except UnburntError as error:
        return Report(failures=(Failure(request.step, one_line(error.message)),))
    except MemoryError:
        return Report(failures=(Failure(request.step, "It needs more memory than it may have."),))
    except Exception as error:  # libraries raise whatever hostile bytes lead them to
        why = one_line(f"It cannot be read ({type(error).__name__}).")
        return Report(failures=(Failure(request.step, why),))


def main(descriptor: int) -> int:
    """Serve requests until the input ends."""
    closed = _leave_network()
    for name in _LOADED_BEFORE:  # once, not in each worker
        with suppress(Exception):
            media_libraries.library(name)
    _send(json.dumps({"hello": 1, "network_closed": closed}).encode(), b"")
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        spelled, blobs = _in_worker(descriptor, asked)
        _send(spelled, blobs)
    return 0


def _in_worker(descriptor: int, asked: dict[str, Any]) -> tuple[bytes, bytes]:
    """Answer in a process of its own; what it leaves behind is ended with it."""
    result = os.memfd_create("answer") if hasattr(os, "memfd_create") else _nameless()
    worker = os.fork()
    if worker == 0:
        _work(descriptor, asked, result)
    _Serving.worker = worker
    _, status = os.waitpid(worker, 0)
    with suppress(OSError):
        os.killpg(worker, signal.SIGKILL)  # programs that the worker had started
    _Serving.worker = 0
    try:
        code = os.waitstatus_to_exitcode(status)
        if code:
            died = f"signal {-code}" if code < 0 else f"code {code}"
            return json.dumps({"died": died}).encode(), b""
        size = os.fstat(result).st_size
        if size > 4 + MAX_JSON + MAX_BLOBS:
            return json.dumps({"died": "too long an answer"}).encode(), b""
        whole = os.pread(result, size, 0)
        length = int.from_bytes(whole[:4], "big")
        return whole[4 : 4 + length], whole[4 + length :]
    finally:
        os.close(result)


class _Serving:
    """The worker at work, for the signal that ends both."""

    worker = 0


def _work(descriptor: int, asked: dict[str, Any], result: int) -> None:
    """Do one request in the forked worker, and never return."""
    code = 70
    try:
        os.setpgid(0, 0)
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in range(3):  # what a library prints must not stand between answers
            os.dup2(nothing, standard)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _bound(PROCESSOR.get(asked["step"], _PROCESSOR))
        spelled, blobs = pack(answer(Request(descriptor, asked)))
        with os.fdopen(result, "wb", closefd=False) as file:
            file.write(len(spelled).to_bytes(4, "big") + spelled)
            for blob in blobs:
                file.write(blob)
        code = 0
    finally:
        os._exit(code)


def _bound(seconds: int) -> None:
    """Bound this process: memory, processor, files, no core dump that would hold the original."""
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "linux":
        libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0)
    for what, limit in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, _FILE),
        (resource.RLIMIT_NOFILE, _OPEN),
    ):
        with suppress(OSError, ValueError):  # a bound may be lower already
            # A second between the two bounds of the processor tells "too long" from other ends.
            resource.setrlimit(what, (limit, limit + (what == resource.RLIMIT_CPU)))
    signal.alarm(2 * seconds)


def _leave_network() -> bool:
    """Enter a network of nobody's; False where the system does not allow it."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.unshare(_NEW_USER | _NEW_NET) == 0)


def _nameless() -> int:
    """Return an open file without a name, where memory cannot be had as a file."""
    path = f"{os.environ['TMPDIR']}/answer"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    os.unlink(path)  # noqa: PTH108 - a descriptor, not a file
    return descriptor


def _send(spelled: bytes, blobs: bytes) -> None:
    out = sys.stdout.buffer
    for part in (len(spelled).to_bytes(4, "big"), len(blobs).to_bytes(4, "big"), spelled, blobs):
        out.write(part)
    out.flush()


def _end(*_: object) -> None:
    if _Serving.worker:
        with suppress(OSError):
            os.killpg(_Serving.worker, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    sys.exit(main(int(sys.argv[1])))
