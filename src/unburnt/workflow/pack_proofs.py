"""The proofs of a pack: every statement from its own entry up to the checkpoint of its log.

    proven = prove(session, case.records, lambda record: {"entity", "property", "value"})
    proven.proofs["5e0b…"]            # bytes of proofs/5e0b….proof.json

Each batch is opened once and each log's tree built once. Format of a proof: docs/spec/proof.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from unburnt.core.errors import BrokenArchiveError, CannotOpenError, UnburntError
from unburnt.crypto import note
from unburnt.crypto.merkle import Tree
from unburnt.crypto.note import Note
from unburnt.model import time_proof
from unburnt.model.batch import Batch
from unburnt.model.entry import signer_name
from unburnt.model.recorded import Recorded
from unburnt.publish.bagit import Progress
from unburnt.publish.proof import Place, Signer, make
from unburnt.storage.journal import MAX_CHECKPOINT, read_checkpoint
from unburnt.storage.names import checkpoint_name
from unburnt.workflow.opening import open_batch
from unburnt.workflow.session import Session
from unburnt.workflow.witness_policy import policy_text, read_policy
from unburnt.workflow.witnessing import cosigned_notes

Shown = Callable[[Recorded], Collection[str]]  # the fields to open

_WORDS = {"log": 2, "witness": 3, "group": None, "quorum": None}  # how many words are no address


@dataclass(slots=True)
class Proven:
    """Proofs by statement, checkpoints and time proofs by file name, keys, the policy."""

    proofs: dict[str, bytes] = field(default_factory=dict)
    checkpoints: dict[str, bytes] = field(default_factory=dict)
    vkeys: tuple[str, ...] = ()
    times: dict[str, bytes] = field(default_factory=dict)
    policy: bytes | None = None
    asked: set[str] = field(default_factory=set)  # devices that asked for the time


def prove(
    session: Session,
    records: Iterable[Recorded],
    shown: Shown,
    progress: Progress = lambda what, count: None,
) -> Proven:
    """Return the proofs of statements with what is `shown` of each; errors of opening entries."""
    logs: dict[str, dict[int, list[Recorded]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        logs[record.device][record.sequence].append(record)
    proven = Proven()
    for device, entries in sorted(logs.items()):
        _prove_log(session, device, entries, shown, proven)
        progress("proofs", len(proven.proofs))
    proven.policy = _policy(session)
    devices = sorted({*logs, session.device, *proven.asked})
    proven.vkeys = tuple(
        note.vkey(signer_name(session.archive, one), session.roster.devices[one].public)
        for one in devices
    )
    return proven


def _prove_log(
    session: Session,
    device: str,
    entries: Mapping[int, list[Recorded]],
    shown: Shown,
    proven: Proven,
) -> None:
    size, signed = _checkpoint(session, device, max(entries) + 1)
    journal, known = session.journal, session.roster.devices[device]
    tree = Tree.of([journal.entry(device, number).leaf for number in range(size)])
    signer = Signer(known.public, known.recipient)
    for name, data, by in _times(session, device, size):
        proven.times[name] = data
        proven.asked.add(by)
    for sequence, items in entries.items():
        place = Place(journal.entry(device, sequence), tree, signed)
        batch = _batch(session, device, sequence)
        for record in items:
            made = make(batch, record.position, shown(record), place, signer)
            proven.proofs[record.id] = made.to_bytes()
            proven.checkpoints[f"{device}-{size}"] = made.checkpoint.encode()


def _checkpoint(session: Session, device: str, least: int) -> tuple[int, Note]:
    """Return size and note of the checkpoint here that strangers vouch for most, else the newest.

    It covers `least` entries. First come those that witnesses cosigned, then those with a time.
    """
    verifier = session.roster.verifier(device)
    cosigned = cosigned_notes(session, device)
    stamped = {_size(name) for name in session.backend.names(f"times/{device}/")}
    tip = session.journal.tip(device).size
    here = [_size(name) for name in session.backend.names(f"checkpoints/{device}/")]
    sizes = [size for size in here if least <= size <= tip]
    if not sizes:
        raise BrokenArchiveError(
            "No checkpoint here covers an entry of this case.",
            "Fetch it from a site: unburnt sync.",
        )
    size = max(sizes, key=lambda one: (one in cosigned, one in stamped, one))
    data = session.backend.get(checkpoint_name(device, size), MAX_CHECKPOINT)
    read_checkpoint(data, verifier)
    return size, cosigned.get(size) or note.parse(data, MAX_CHECKPOINT)


def _times(session: Session, device: str, size: int) -> Iterator[tuple[str, bytes, str]]:
    """Yield (name, bytes, who asked) of every time proof of one checkpoint that is sound here."""
    for name in session.backend.names(f"times/{device}/"):
        if _size(name) != size:
            continue
        try:
            data = session.backend.get(name, time_proof.MAX_FILE)
            proof = time_proof.read(data, session.roster.verifier)
        except UnburntError:
            continue  # damaged: a check names it
        yield name.removeprefix("times/"), data, proof.by


def _policy(session: Session) -> bytes | None:
    """Return the policy in use without addresses: where witnesses are is nobody's business."""
    if read_policy(session) is None:
        return None
    lines = (line.split() for line in policy_text(session).splitlines())
    kept = (line[: _WORDS[line[0]]] for line in lines if line[:1] and line[0] in _WORDS)
    return "".join(f"{' '.join(line)}\n" for line in kept).encode()


def _size(name: str) -> int:
    return int(name.rpartition("/")[2].partition("-")[0])


def _batch(session: Session, device: str, sequence: int) -> Batch:
    header = session.journal.entry(device, sequence).header
    identity = session.identities.get(header.epoch)
    if identity is None:
        raise CannotOpenError()
    return open_batch(session.backend, header, identity)
