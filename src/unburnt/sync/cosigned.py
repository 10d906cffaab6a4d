"""Cosigned checkpoints in an archive: one witness's cosignature a file, kept for every size.

    cosigned/<device>/0000000040-<hash>     the checkpoint, its device's line, one cosignature

    keep(backend, note)                     True when it is new
    push_cosigned(local, site, roster_of)   union of sets, like everything else
    heads_seen(backend, roster)             what witnesses have seen, for a completeness check
    gathered(backend, roster, device, cosigners)    one note a size, with their true cosignatures

Two lines and a hash make one spelling of each, so that nobody can multiply them; an old size stays
as long as the archive, because proofs quote it. What a file says of the log is signed by the
device; whether its witness counts is a policy's question. Specification: docs/spec/witness.md.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from unburnt.core.errors import BrokenArchiveError, ForeignDataError
from unburnt.crypto import note
from unburnt.crypto.checkpoint import Checkpoint, parse_checkpoint
from unburnt.crypto.note import Note, Verifier, verified_by
from unburnt.crypto.policy import cosignatures
from unburnt.crypto.signing import SIGNATURE_SIZE
from unburnt.model.completeness import Knowledge
from unburnt.model.entry import Head
from unburnt.model.roster import Roster
from unburnt.storage.backend import Backend
from unburnt.storage.names import cosigned_name
from unburnt.sync.report import Problem, Report

MAX_COSIGNED = 4096
"""Bytes of one file: a checkpoint of 200 bytes and two lines of 250."""

STRANGERS = 16
"""Files taken for one size whose witness this device does not know: a site could invent more."""

WITNESS = "witness"  # who saw it, in a completeness check

_FOLDER = "cosigned/"


def read(data: bytes, verifier: Verifier) -> tuple[Checkpoint, Note]:
    """Return the checkpoint and note of a file, the device's signature verified.

    ForeignDataError unless it has two lines: that of the device, and one cosignature.
    """
    parsed = note.parse(data, MAX_COSIGNED)
    checkpoint = parse_checkpoint(parsed.text)
    first, *others = parsed.signatures
    true = (
        checkpoint.origin == verifier.name
        and len(others) == 1
        and len(others[0].signature) == 8 + SIGNATURE_SIZE
        and verified_by(Note(parsed.text, (first,)), [verifier])
    )
    if not true:
        raise ForeignDataError(
            "A cosigned checkpoint is not signed by its device.", "Fetch it from another site."
        )
    return checkpoint, parsed


def bears_out(roster: Roster, name: str, data: bytes) -> bool:
    """Tell whether the bytes are a cosigned checkpoint of the device, size and hash in the name."""
    _, device, last = name.split("/")
    size, _, digest = last.partition("-")
    if device not in roster.devices or hashlib.sha256(data).hexdigest() != digest:
        return False
    try:
        return read(data, roster.verifier(device))[0].size == int(size)
    except ForeignDataError:
        return False


def keep(backend: Backend, device: str, signed: Note) -> bool:
    """Keep a checkpoint of the device's log with one cosignature, both verified before."""
    data = signed.encode()
    size = parse_checkpoint(signed.text).size
    name = cosigned_name(device, size, hashlib.sha256(data).hexdigest())
    return backend.put(name, data)


def held(backend: Backend, roster: Roster, device: str = "") -> Iterator[tuple[str, int, Note]]:
    """Yield (device, size, note) of every file that bears out its name, by device and size."""
    prefix = f"{_FOLDER}{device}/" if device else _FOLDER
    for name in backend.names(prefix):
        data = _small(backend, name)
        if data is not None and bears_out(roster, name, data):
            _, owner, last = name.split("/")
            yield owner, int(last[: last.index("-")]), note.parse(data, MAX_COSIGNED)


def gathered(
    backend: Backend, roster: Roster, device: str, cosigners: Iterable[Verifier]
) -> list[Note]:
    """Return, for each checkpoint of a log, one note with the earliest line of each witness.

    Of these witnesses alone, each line verified; by size. Two notes of one size are a fork.
    """
    known = tuple(cosigners)
    firsts: dict[str, note.NoteSignature] = {}
    found: dict[str, dict[Verifier, tuple[int, note.NoteSignature]]] = {}
    for _, _, signed in held(backend, roster, device):
        for cosigner in known:
            for time, line in _true(signed, cosigner):
                firsts.setdefault(signed.text, signed.signatures[0])
                lines = found.setdefault(signed.text, {})
                if cosigner not in lines or time < lines[cosigner][0]:
                    lines[cosigner] = (time, line)
    return [
        Note(text, (firsts[text], *(lines[c][1] for c in known if c in lines)))
        for text, lines in found.items()
    ]


def heads_seen(backend: Backend, roster: Roster) -> list[Knowledge]:
    """Return every head that a cosigned checkpoint here commits a device to."""
    return [
        Knowledge(WITNESS, device, Head(size, parse_checkpoint(signed.text).root))
        for device, size, signed in held(backend, roster)
    ]


def damaged(backend: Backend, roster: Roster) -> list[str]:
    """Return the names of files that are not what their names say."""
    return [
        name
        for name in backend.names(_FOLDER)
        if (data := _small(backend, name)) is None or not bears_out(roster, name, data)
    ]


def push_cosigned(local: Backend, site: Backend, roster_of: Callable[[], Roster]) -> int:
    """Give a site the files it lacks; what is damaged here is not passed on."""
    copied = 0
    roster: Roster | None = None
    for name, data in _new(local, site):
        roster = roster or roster_of()  # read only when there is something to judge by it
        if data is not None and bears_out(roster, name, data):
            copied += site.put(name, data, sync=False)
    return copied


def pull_cosigned(
    site: Backend,
    local: Backend,
    roster: Roster,
    cosigners: Iterable[Verifier],
    report: Report,
) -> None:
    """Take the files of a site: all by these witnesses, of others a few for sizes held here.

    A size beyond our log (`report.sizes`) is believed of known witnesses alone: else whoever has a
    seized device's key could make every copy look incomplete.
    """
    known = tuple(cosigners)
    strangers: Counter[str] = Counter()
    for name, data in _new(site, local):
        if data is None or not bears_out(roster, name, data):
            report.problems.append(Problem("cosigned-damaged", detail=name))
            continue
        place, _, _ = name.partition("-")
        _, device, size = place.split("/")
        signed = note.parse(data, MAX_COSIGNED)
        if not any(_true(signed, cosigner) for cosigner in known):
            strangers[place] += 1
            if int(size) > report.sizes.get(device, 0) or strangers[place] > STRANGERS:
                continue
        report.cosigned += local.put(name, data, sync=False)


def _new(source: Backend, target: Backend) -> Iterator[tuple[str, bytes | None]]:
    there = set(target.names(_FOLDER))
    for name in source.names(_FOLDER):
        if name not in there:
            yield name, _small(source, name)


def _small(backend: Backend, name: str) -> bytes | None:
    try:
        return backend.get(name, MAX_COSIGNED)
    except (ForeignDataError, BrokenArchiveError):
        return None


def _true(signed: Note, cosigner: Verifier) -> list[tuple[int, note.NoteSignature]]:
    try:
        return cosignatures(signed, cosigner)
    except ForeignDataError:
        return []
