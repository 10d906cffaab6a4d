"""The proofs of a pack: every statement from its own entry up to the checkpoint of its log.

    proven = prove(session, case.records, {"entity", "property", "value", …})
    proven.proofs["5e0b…"]            # bytes of proofs/5e0b….proof.json

Each batch is opened once and each log's tree built once. Format of a proof: docs/spec/proof.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from unburnt.core.errors import BrokenArchiveError, CannotOpenError
from unburnt.crypto import note
from unburnt.crypto.merkle import Tree
from unburnt.crypto.note import Note
from unburnt.model.batch import Batch
from unburnt.model.entry import signer_name
from unburnt.model.recorded import Recorded
from unburnt.publish.bagit import Progress
from unburnt.publish.proof import Place, Signer, make
from unburnt.storage.journal import MAX_CHECKPOINT, read_checkpoint
from unburnt.storage.names import checkpoint_name
from unburnt.workflow.opening import open_batch
from unburnt.workflow.session import Session


@dataclass(slots=True)
class Proven:
    """Proofs by statement, checkpoints and time proofs by file name, keys, the policy."""

    proofs: dict[str, bytes] = field(default_factory=dict)
    checkpoints: dict[str, bytes] = field(default_factory=dict)
    vkeys: tuple[str, ...] = ()
    times: dict[str, bytes] = field(default_factory=dict)
    policy: bytes | None = None


def prove(
    session: Session,
    records: Iterable[Recorded],
    shown: Collection[str],
    progress: Progress = lambda what, count: None,
) -> Proven:
    """Return the proofs of statements with the fields `shown`; errors of opening their entries."""
    logs: dict[str, dict[int, list[Recorded]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        logs[record.device][record.sequence].append(record)
    proven = Proven()
    for device, entries in sorted(logs.items()):
        _prove_log(session, device, entries, shown, proven)
        progress("proofs", len(proven.proofs))
    devices = sorted({*logs, session.device})
    proven.vkeys = tuple(
        note.vkey(signer_name(session.archive, one), session.roster.devices[one].public)
        for one in devices
    )
    return proven


def _prove_log(
    session: Session,
    device: str,
    entries: Mapping[int, list[Recorded]],
    shown: Collection[str],
    proven: Proven,
) -> None:
    size, signed = _checkpoint(session, device, max(entries) + 1)
    journal, known = session.journal, session.roster.devices[device]
    tree = Tree.of([journal.entry(device, number).leaf for number in range(size)])
    signer = Signer(known.public, known.recipient)
    for sequence, items in entries.items():
        place = Place(journal.entry(device, sequence), tree, signed)
        batch = _batch(session, device, sequence)
        for record in items:
            made = make(batch, record.position, shown, place, signer)
            proven.proofs[record.id] = made.to_bytes()
            proven.checkpoints[f"{device}-{size}"] = made.checkpoint.encode()


def _checkpoint(session: Session, device: str, least: int) -> tuple[int, Note]:
    """Return size and note of the newest checkpoint here that covers `least` entries."""
    verifier = session.roster.verifier(device)
    for size in range(session.journal.tip(device).size, least - 1, -1):
        name = checkpoint_name(device, size)
        if session.backend.exists(name):
            data = session.backend.get(name, MAX_CHECKPOINT)
            read_checkpoint(data, verifier)
            return size, note.parse(data, MAX_CHECKPOINT)
    raise BrokenArchiveError(
        "No checkpoint here covers an entry of this case.", "Fetch it from a site: unburnt sync."
    )


def _batch(session: Session, device: str, sequence: int) -> Batch:
    header = session.journal.entry(device, sequence).header
    identity = session.identities.get(header.epoch)
    if identity is None:
        raise CannotOpenError()
    return open_batch(session.backend, header, identity)
