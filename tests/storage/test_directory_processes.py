"""What only real processes and disks can show: two writers, a kill at any moment, a full disk."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from unburnt.core.errors import MediumError
from unburnt.storage.directory import DirectoryBackend
from unburnt.storage.names import entry_name, object_name

DEVICE = "mfrggzdfmztwq2lknnwg23tpoa"
ENTRY = entry_name(DEVICE, 0)
SOURCE = Path(__file__).resolve().parents[2] / "src"

# Puts the same names as its twin, with its own bytes, and prints the sequences it was first at.
WRITER = """
import errno, os, sys
from unburnt.storage.directory import DirectoryBackend
from unburnt.storage.names import entry_name

def refuse(*_, **__):
    raise OSError(errno.EPERM, "no links here")

root, who, links = sys.argv[1:]
if links == "no":
    os.link = refuse
site = DirectoryBackend(root)
sys.stdin.readline()
for sequence in range(60):
    if site.put(entry_name("mfrggzdfmztwq2lknnwg23tpoa", sequence), who.encode() * 1000):
        print(sequence)
site.close()
"""

# Writes batch objects and the entry that names each, until it is killed.
JOURNEY = """
import hashlib, itertools, os, sys
from unburnt.storage.directory import DirectoryBackend
from unburnt.storage.names import entry_name, object_name

site = DirectoryBackend(sys.argv[1])
for sequence in itertools.count():
    data = os.urandom(50_000)
    name = object_name(hashlib.sha256(data).hexdigest())
    with site.draft() as draft:
        draft.write(data[:20_000])
        draft.write(data[20_000:])
        draft.commit(name, sync=False)
    site.put(entry_name("mfrggzdfmztwq2lknnwg23tpoa", sequence), name.encode())
    print(sequence, flush=True)
"""


def _start(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )


@pytest.mark.parametrize("links", ["yes", "no"])
def test_two_writers_never_share_or_replace_a_name(tmp_path: Path, links: str) -> None:
    writers = {who: _start(WRITER, str(tmp_path), who, links) for who in ("a", "b")}
    for writer in writers.values():
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    first = {who: set(writer.communicate()[0].split()) for who, writer in writers.items()}
    assert not first["a"] & first["b"]
    assert first["a"] | first["b"] == set(map(str, range(60)))
    site = DirectoryBackend(tmp_path)
    for who, sequences in first.items():
        for sequence in sequences:
            assert site.get(entry_name(DEVICE, int(sequence)), 1000) == who.encode() * 1000
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


@pytest.mark.parametrize("after", [1, 6])
def test_a_killed_writer_leaves_whole_files_in_order(tmp_path: Path, after: int) -> None:
    writer = _start(JOURNEY, str(tmp_path))
    assert writer.stdout is not None
    for _ in range(after):
        writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    acknowledged = after + len(writer.stdout.read().split())
    writer.wait()
    writer.stdout.close()
    assert writer.stdin is not None
    writer.stdin.close()

    for left in tmp_path.glob(".tmp-*"):
        os.utime(left, (time.time() - 120,) * 2)
    site = DirectoryBackend(tmp_path)
    assert not list(tmp_path.glob(".tmp-*"))
    entries = list(site.names("log/"))
    assert len(entries) >= acknowledged >= after
    for entry in entries:
        name = site.get(entry, 100).decode()
        assert object_name(hashlib.sha256(site.get(name, 50_000)).hexdigest()) == name


@contextmanager
def _small_disk(place: Path) -> Iterator[Path]:
    """A disk of 64 kB where this user may mount one, else files of at most 64 kB."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if sys.platform == "linux" and os.geteuid() == 0:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    else:
        mounted = False
    if mounted:
        try:
            yield place
        finally:
            subprocess.run(["umount", str(place)], check=True)
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, before[1]))
    try:
        yield place
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


NO_ROOM = r"is full|cannot hold"


def _draft(site: DirectoryBackend, data: bytes) -> None:
    with site.draft() as draft:
        for start in range(0, len(data), 10_000):
            draft.write(data[start : start + 10_000])


def test_a_full_disk_keeps_what_it_had_and_takes_what_still_fits(tmp_path: Path) -> None:
    large = bytes(200_000)
    name = object_name(hashlib.sha256(large).hexdigest())
    with _small_disk(tmp_path) as place:
        site = DirectoryBackend(place)
        assert site.put(ENTRY, b"entry")
        assert site.put(entry_name(DEVICE, 1), b"waiting", sync=False)
        with pytest.raises(MediumError, match=NO_ROOM) as caught:
            site.put(name, large, sync=False)
        assert caught.value.next_step
        with pytest.raises(MediumError, match=NO_ROOM):
            _draft(site, large)
        assert not site.exists(name)
        site.flush()
        assert site.put(entry_name(DEVICE, 2), b"still fits")
        site.close()
        fresh = DirectoryBackend(place)
        assert [fresh.get(entry, 100) for entry in fresh.names()] == [
            b"entry",
            b"waiting",
            b"still fits",
        ]
        assert not list(place.glob(".tmp-*"))


def test_a_full_disk_says_how_much_is_needed_and_free(tmp_path: Path) -> None:
    with _small_disk(tmp_path) as place:
        if not place.is_mount():
            pytest.skip("only the administrator can mount a small disk")
        site = DirectoryBackend(place, label="blue")
        with pytest.raises(MediumError) as caught:
            site.put(ENTRY, bytes(200_000))
        assert caught.value.message == (
            "The folder blue is full: 200,000 bytes are needed, and 65,536 are free."
        )
        site.close()


def test_a_disk_that_can_only_be_read_is_read(tmp_path: Path) -> None:
    with _small_disk(tmp_path) as place:
        if not place.is_mount():
            pytest.skip("only the administrator can make a disk read-only")
        with closing(DirectoryBackend(place)) as writable:
            writable.put(ENTRY, b"entry")
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        site = DirectoryBackend(place)
        assert site.get(ENTRY, 5) == b"entry"
        assert list(site.names()) == [ENTRY]
        with pytest.raises(MediumError, match="can only be read"):
            site.put(entry_name(DEVICE, 1), b"more")
        site.close()
