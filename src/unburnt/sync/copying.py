"""Moving bytes between two places: nothing is kept under a name that it does not bear out.

    check_same_archive(source, target)
    copy_object(source, target, name, size, report)
    read_roster(backend, archive)

A name says what its bytes must be: a hash, or a signature of the device it names. What is damaged
where it comes from is not copied; what is damaged where it goes to is mended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from unburnt.core.errors import BrokenArchiveError, ForeignDataError
from unburnt.core.ids import check_hash
from unburnt.crypto.note import Verifier
from unburnt.model import entry as entries
from unburnt.model import time_proof
from unburnt.model.entry import MAX_HEADER
from unburnt.model.roster import Roster
from unburnt.model.roster_file import parse_op
from unburnt.storage import objects
from unburnt.storage.backend import Backend, Draft
from unburnt.storage.journal import MAX_CHECKPOINT, read_checkpoint
from unburnt.storage.names import ARCHIVE, object_name
from unburnt.sync import cosigned
from unburnt.sync.report import Problem, Report

MAX_ROSTER_FILE = 512 * 1024
MAX_GRANT = 16 * 1024
MAX_CANARY = 1024 * 1024
LIMITS = {
    "roster": MAX_ROSTER_FILE,
    "keys": MAX_GRANT,
    "canary": MAX_CANARY,
    "forks": MAX_HEADER,
    "log": MAX_HEADER,
    "checkpoints": MAX_CHECKPOINT,
    "times": time_proof.MAX_FILE,
    "cosigned": cosigned.MAX_COSIGNED,
}
_WHOLE = 4 * 2**20  # objects up to this size are copied in one piece
_CHUNK = 2**20


# --- which archive ------------------------------------------------------------------------------


def check_same_archive(source: Backend, target: Backend) -> None:
    """Refuse to mix two archives; give a new place the text that says which archive it holds."""
    archive = archive_in(source)
    text = source.get(ARCHIVE, MAX_CHECKPOINT)
    if target.put(ARCHIVE, text, sync=False):
        return
    there = target.get(ARCHIVE, MAX_CHECKPOINT)
    if len(there) < len(text) and text.startswith(there):
        target.mend(ARCHIVE, text)  # cut while it was written
    elif archive_of(there) != archive:
        raise BrokenArchiveError(
            "These two places hold different archives.", "Check which disk or stick this is."
        )


def archive_of(text: bytes) -> str:
    """Return the id of the archive that the text of a copy names; ForeignDataError for none."""
    first = text.decode("utf-8", "replace").split("\n", 1)[0]
    return check_hash(first.removeprefix("unburnt archive "))


def archive_in(place: Backend) -> str:
    """Return the id of the archive that a copy says it is; its roster proves it."""
    if not place.exists(ARCHIVE):
        raise BrokenArchiveError(
            "This place holds no archive.", "Check that it is the right disk, stick or address."
        )
    return archive_of(place.get(ARCHIVE, MAX_CHECKPOINT))


def read_roster(backend: Backend, archive: str) -> Roster:
    """Return the roster from the files a backend holds; one that is too large is unreadable."""
    return Roster.of(archive, _roster_files(backend))


def pull_roster_files(site: Backend, local: Backend, archive: str, report: Report) -> None:
    """Take the roster files that we lack, each signed by the device it names.

    The site's own files tell whose key is whose: an id is the digest of its device's keys. A false
    signature under a true name is left out: it would keep the true one out for ever.
    """
    found: dict[str, bytes] = {}
    for name in new_names(site, local, "roster/"):
        data = small_file(site, name, MAX_ROSTER_FILE)
        if data is not None and bears_out(archive, name, data):
            found[name] = data
        else:
            report.problems.append(Problem("roster-file", detail=name))
    if not found:
        return
    roster = Roster.of(archive, [*_roster_files(local), *found.values()])
    for name, data in found.items():
        if is_true(roster, name, data):
            report.roster += local.put(name, data, sync=False)
        else:
            report.problems.append(Problem("roster-file", detail=name))


def _roster_files(backend: Backend) -> Iterator[bytes]:
    for name in backend.names("roster/"):
        yield small_file(backend, name, MAX_ROSTER_FILE) or b""


# --- small files --------------------------------------------------------------------------------


def new_names(source: Backend, target: Backend, prefix: str) -> list[str]:
    """Return the names under a prefix that the target lacks."""
    there = set(target.names(prefix))
    return [name for name in source.names(prefix) if name not in there]


def small_file(place: Backend, name: str, limit: int) -> bytes | None:
    """Return a small file; None when it is too large, or gone: one such file stops nothing."""
    try:
        return place.get(name, limit)
    except (ForeignDataError, BrokenArchiveError):
        return None


def bears_out(archive: str, name: str, data: bytes) -> bool:
    """Tell whether a roster file, grant or canary is what its name says."""
    if name.startswith("roster/"):
        return Roster.names_file(archive, name, data)
    return hashlib.sha256(data).hexdigest() == name[-64:]


def is_true(roster: Roster, name: str, data: bytes) -> bool:
    """Tell whether a small file is what its name says, signatures of its device included."""
    kind, _, rest = name.partition("/")
    if kind in {"roster", "keys", "canary"}:
        whole = bears_out(roster.archive, name, data)
        return whole and (kind != "roster" or _is_signed(roster, data))
    device, _, number = rest.partition("/")
    if device not in roster.devices:
        return False
    if kind == "times":
        return is_time_proof(roster, name, data)
    if kind == "cosigned":
        return cosigned.bears_out(roster, name, data)
    verifier = roster.verifier(device)
    try:
        if kind == "checkpoints":
            return read_checkpoint(data, verifier).size == int(number)
        return kind == "log" and is_entry(data, verifier, device, int(number))
    except ForeignDataError:
        return False


def _is_signed(roster: Roster, data: bytes) -> bool:
    """Tell whether a roster file is signed by its device; nobody can tell while it is unknown."""
    signed = parse_op(data)
    if signed.signer not in roster.devices:
        return True
    return signed.signed_by(roster.verifier(signed.signer).public)


def is_entry(data: bytes, verifier: Verifier, device: str, sequence: int) -> bool:
    """Tell whether `data` is an entry that its device signed for this place in its log."""
    try:
        entry = entries.read(data)
        entry.verify(verifier)
    except ForeignDataError:
        return False
    return entry.header.device == device and entry.header.sequence == sequence


def is_time_proof(roster: Roster, name: str, data: bytes) -> bool:
    """Tell whether `data` is the time proof of this name, by devices that the roster knows."""
    _, device, place = name.split("/")
    try:
        proof = time_proof.read(data, roster.verifier)
    except ForeignDataError:
        return False
    size, _, digest = place.partition("-")
    return (
        proof.archive == roster.archive
        and proof.log == device
        and proof.size == int(size)
        and hashlib.sha256(data).hexdigest() == digest
    )


# --- objects ------------------------------------------------------------------------------------


def copy_object(source: Backend, target: Backend, name: str, size: int, report: Report) -> None:
    """Copy one object unless it is there; its bytes must hash to its name or nothing is kept."""
    path = object_name(name)
    if target.exists(path):
        if objects.is_sound(target, name, size):
            return  # left by an exchange that was cut, whole
        with _sound_draft(source, target, name, size) as draft:
            draft.mend(path)
    elif size <= _WHOLE:
        target.put(path, _sound_bytes(source, name, size), sync=False)
    else:
        with _sound_draft(source, target, name, size) as draft:
            draft.commit(path, sync=False)
    report.objects += 1
    report.copied += size


def fetch(site: Backend, local: Backend, needed: Iterable[tuple[str, int]], report: Report) -> None:
    """Take objects (name, size) that we hold the entries of but not the bytes, or damaged ones."""
    for name, size in needed:
        if site.exists(object_name(name)):
            copy_object(site, local, name, size, report)
    local.flush()


def _sound_bytes(source: Backend, name: str, size: int) -> bytes:
    data = source.get(object_name(name), size)
    if len(data) != size or hashlib.sha256(data).hexdigest() != name:
        raise objects.damaged(name)
    return data


@contextmanager
def _sound_draft(source: Backend, target: Backend, name: str, size: int) -> Iterator[Draft]:
    """Write an object aside in pieces, never more than its size; what is yielded is sound."""
    running, seen = hashlib.sha256(), 0
    with target.draft() as draft, source.open_read(object_name(name)) as reader:
        for chunk in _chunks(reader.read):
            running.update(chunk)
            seen += len(chunk)
            if seen > size:
                break
            draft.write(chunk)
        if seen != size or running.hexdigest() != name:
            raise objects.damaged(name)
        yield draft


def _chunks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while chunk := read(_CHUNK):
        yield chunk
