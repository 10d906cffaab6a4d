"""Stamping time: asking strangers by when a checkpoint existed, and keeping what they say.

    report = stamp(session)                    # newest checkpoint of each log; never raises for
    report.kept, report.queued                 # what could not be reached: that is queued
    upgrade(session)                           # pending OpenTimestamps proofs

Steps of `stamp`: (1) the checkpoint is our verified log's; (2) who has not yet given a proof of it
that verifies is asked; (3) the reply is verified; (4) the proof is signed and durable; (5) only
then reported. The queue is what is lacking, so no crash can lose it. Rules: docs/spec/time.md.
What the proofs allow to be said is in `time_status`. Never asks whom the settings do not name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from unburnt.core.errors import ForeignDataError, MediumError, UsageError
from unburnt.evidence import ots, remote, rfc3161
from unburnt.evidence.authorities import Authorities, Authority, Calendar
from unburnt.model import time_proof
from unburnt.model.time_proof import MAX_FILE, OPENTIMESTAMPS, RFC3161, TimeProof
from unburnt.storage.journal import MAX_CHECKPOINT, read_checkpoint
from unburnt.storage.names import checkpoint_name, time_name
from unburnt.sync.copying import small_file
from unburnt.workflow.session import Session
from unburnt.workflow.time_proofs import heights, held
from unburnt.workflow.time_settings import chosen, headers
from unburnt.workflow.time_status import MEMORY, judge, lacking, newest

Ask = Callable[..., bytes]


@dataclass(frozen=True, slots=True)
class Kept:
    """A proof that was made now: `waits` for an upgrade, or verified by `checked_by`."""

    log: str
    size: int
    authority: str
    checked_by: tuple[str, ...] = ()
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Queued:
    """What is still to be done, and why it was not."""

    log: str
    size: int
    authority: str
    reason: str


@dataclass(slots=True)
class Stamped:
    """What a run did: proofs kept, questions that wait."""

    kept: list[Kept] = field(default_factory=list)
    queued: list[Queued] = field(default_factory=list)


def stamp(session: Session, ask: Ask = remote.ask) -> Stamped:
    """Ask everybody who has not yet stamped the newest checkpoint of each log.

    `ask(url, body, media type, proxy=…)` reaches an address. Raises UsageError when nobody was
    named or the extra is not installed; what cannot be reached is queued.
    """
    known = chosen(session)
    if not known.authorities and not known.calendars:
        raise UsageError(
            "Nobody was named whom to ask for the time.", "Name them: unburnt time authorities."
        )
    done, down = Stamped(), dict[str, str]()
    for log, size in newest(session):
        data = _checkpoint(session, log, size)
        for one in _lacking(session, known, log, size):
            if data is None:
                reason = "the checkpoint is missing or damaged here"
            elif one.name in down:
                reason = down[one.name]
            else:
                reason = _ask_one(session, ask, known, one, (log, size, data), down, done)
            if reason:
                done.queued.append(Queued(log, size, one.name, reason))
    _remember(session, done.queued)
    return done


def _ask_one(
    session: Session,
    ask: Ask,
    known: Authorities,
    one: Authority | Calendar,
    place: tuple[str, int, bytes],
    down: dict[str, str],
    done: Stamped,
) -> str:
    """Ask one authority or calendar about one checkpoint; return why nothing was kept, or ""."""
    log, size, data = place
    asked = session.clock()
    try:
        if isinstance(one, Calendar):
            kind, request, reply = _asked_calendar(session, ask, known.proxy, one, data)
        else:
            kind, request, reply = _asked_authority(ask, known.proxy, one, data)
    except MediumError as error:
        down[one.name] = error.message
        return error.message
    except ForeignDataError as error:
        return error.message
    proof = TimeProof(
        archive=session.archive,
        log=log,
        size=size,
        kind=kind,
        authority=one.name,
        by=session.device,
        asked=asked,
        checkpoint=data,
        request=request,
        reply=reply,
    )
    verdict = judge(session, proof, known, headers(session))
    if not verdict.accepted and not verdict.waiting:
        return f"{verdict.reason}: {verdict.detail}" if verdict.detail else verdict.reason
    _put(session, proof)
    done.kept.append(Kept(log, size, one.name, verdict.checked_by, verdict.waiting))
    return ""


def _asked_authority(
    ask: Ask, proxy: str | None, one: Authority, data: bytes
) -> tuple[str, bytes, bytes]:
    request = rfc3161.make_request(data)
    reply = ask(one.url, request, "application/timestamp-query", proxy=proxy)
    return RFC3161, request, reply


def _asked_calendar(
    session: Session, ask: Ask, proxy: str | None, one: Calendar, data: bytes
) -> tuple[str, bytes, bytes]:
    asked = ots.ask_about(time_proof.imprint(data), session.random)
    answer = ask(f"{one.url}/digest", asked.commitment, "application/octet-stream", proxy=proxy)
    proof = asked.joined(answer)
    addresses = {str(a.value).rstrip("/") for a in ots.read(proof).of_kind(ots.PENDING)}
    if addresses - {one.url}:
        raise ForeignDataError(
            "A calendar names another calendar than itself.", "Put that one into the settings."
        )
    return OPENTIMESTAMPS, asked.commitment, proof


def upgrade(session: Session, ask: Ask = remote.ask) -> Stamped:
    """Ask calendars for what they promised; an upgraded proof is kept beside the pending one."""
    known, done = chosen(session), Stamped()
    calendars = {one.name: one for one in known.calendars}
    proofs = list(held(session))
    complete = {
        (proof.log, proof.size, proof.authority, proof.request)
        for _, proof in proofs
        if heights(proof)
    }
    down: dict[str, str] = {}
    for _, proof in proofs:
        key = (proof.log, proof.size, proof.authority, proof.request)
        if proof.kind != OPENTIMESTAMPS or key in complete:
            continue
        one = calendars.get(proof.authority)
        if one is None:
            reason = "its calendar is not in the settings"
        elif one.name in down:
            reason = down[one.name]
        else:
            reason = _upgrade_one(session, ask, known, one, proof, down, done)
        if reason:
            done.queued.append(Queued(proof.log, proof.size, proof.authority, reason))
    return done


def _upgrade_one(
    session: Session,
    ask: Ask,
    known: Authorities,
    one: Calendar,
    proof: TimeProof,
    down: dict[str, str],
    done: Stamped,
) -> str:
    try:
        pending = ots.read(proof.reply).of_kind(ots.PENDING)
        waiting = [a for a in pending if str(a.value).rstrip("/") == one.url]
        if not waiting:
            return "it names no calendar of the settings"
        place = f"{one.url}/timestamp/{waiting[-1].message.hex()}"
        answer = ask(place, None, "", proxy=known.proxy)
        reply = ots.upgraded(proof.reply, waiting[-1], answer)
    except MediumError as error:
        down[one.name] = error.message
        return error.message
    except ForeignDataError as error:
        return error.message
    newer = time_proof.replied(proof, reply, by=session.device, asked=session.clock())
    verdict = judge(session, newer, known, headers(session))
    if verdict.reason == "pending" or not (verdict.accepted or verdict.waiting):
        return verdict.reason
    _put(session, newer)
    done.kept.append(Kept(newer.log, newer.size, one.name, verdict.checked_by, verdict.waiting))
    return ""


def _put(session: Session, proof: TimeProof) -> None:
    data = time_proof.sign(proof, session.keys.signing)
    name = time_name(proof.log, proof.size, time_proof.digest(data))
    if not session.backend.put(name, data) and session.backend.get(name, MAX_FILE) != data:
        session.backend.mend(name, data)  # cut while it was written


def _checkpoint(session: Session, log: str, size: int) -> bytes | None:
    """Return the bytes of a checkpoint that says what our verified log says; None else."""
    name = checkpoint_name(log, size)
    data = small_file(session.backend, name, MAX_CHECKPOINT)
    if data is None:
        return None
    try:
        checkpoint = read_checkpoint(data, session.roster.verifier(log))
    except ForeignDataError:
        return None
    head = session.journal.tip(log).head
    return data if (checkpoint.size, checkpoint.root) == (head.size, head.root) else None


def _lacking(
    session: Session, known: Authorities, log: str, size: int
) -> list[Authority | Calendar]:
    blocks = headers(session)
    proofs = held(session, f"times/{log}/{size:010d}-")
    return lacking(
        known, ((p.kind, p.authority, judge(session, p, known, blocks)) for _, p in proofs)
    )


def _remember(session: Session, queued: Iterable[Queued]) -> None:
    reasons = {f"{one.log}/{one.size}/{one.authority}": one.reason for one in queued}
    session.index.set_memory(MEMORY, {"reasons": reasons})
