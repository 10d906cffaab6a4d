"""What may be said of the time of each checkpoint: existed by T, claimed, or queued.

    for one in status(session): one.log, one.size, one.word, one.by, one.proofs, one.queued
    existed_by(session, log, sequence)         # the checkpoint that proves earliest, or None

Every proof is judged anew, by the settings, headers and clock of this device, and its checkpoint
held against our own log. Rules: docs/spec/time.md, "What is said". Never says "existed by" without
a quorum, and never lets a proof that one implementation checked pass for one that two did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from unburnt.core.errors import ForeignDataError
from unburnt.evidence import ots, rfc3161
from unburnt.evidence.authorities import Authorities, Authority, Calendar
from unburnt.evidence.block_headers import Header
from unburnt.evidence.time_verdict import Verdict
from unburnt.model.completeness import roots_at
from unburnt.model.time_proof import OPENTIMESTAMPS, RFC3161, TimeProof
from unburnt.workflow.session import Session
from unburnt.workflow.time_proofs import held
from unburnt.workflow.time_settings import chosen, headers

EXISTED, ONCE, CLAIMED, QUEUED = "existed by", "existed by, once checked", "claimed", "queued"
BITCOIN = "bitcoin"  # one authority, whatever the calendar
MEMORY = "times"


@dataclass(frozen=True, slots=True)
class Judged:
    """One proof of a checkpoint and what it is worth now; `name` is its file."""

    name: str
    authority: str
    kind: str
    asked: str
    verdict: Verdict

    @property
    def voice(self) -> str:
        """Whose word it is: Bitcoin's, or the authority's."""
        return BITCOIN if self.kind == OPENTIMESTAMPS else self.authority


@dataclass(frozen=True, slots=True)
class Status:
    """What may be said of one checkpoint: a word, T when there is a quorum, all proofs."""

    log: str
    size: int
    word: str
    by: datetime | None
    once: tuple[str, ...]  # whose proofs were needed though one implementation checked them
    proofs: tuple[Judged, ...]
    queued: tuple[tuple[str, str], ...]  # (authority, why), of the newest checkpoint


def status(session: Session) -> list[Status]:
    """Return what may be said of every checkpoint with proofs, and of the newest of each log."""
    known, blocks = chosen(session), headers(session)
    found: dict[tuple[str, int], list[Judged]] = {place: [] for place in newest(session)}
    proofs = list(held(session))
    ours = _our_roots(session, {(proof.log, proof.size) for _, proof in proofs})
    for name, proof in proofs:
        if proof.stamped().root == ours.get((proof.log, proof.size)):
            verdict = judge(session, proof, known, blocks)
        else:
            verdict = Verdict("other-history")
        judged = Judged(name, proof.authority, proof.kind, proof.asked, verdict)
        found.setdefault((proof.log, proof.size), []).append(judged)
    reasons = (session.index.memory(MEMORY) or {}).get("reasons", {})
    latest = set(newest(session))
    return [
        _said(log, size, judged, known, reasons if (log, size) in latest else None)
        for (log, size), judged in sorted(found.items())
    ]


def existed_by(session: Session, log: str, sequence: int) -> Status | None:
    """Return the checkpoint that proves earliest that entry `sequence` of a log existed; or None.

    A quorum checked twice goes before one checked once, whatever the moments.
    """
    proven = [
        (one.word != EXISTED, one.by, one.size, one)
        for one in status(session)
        if one.log == log and one.size > sequence and one.by is not None
    ]
    return min(proven, key=lambda item: item[:3])[3] if proven else None


def newest(session: Session) -> list[tuple[str, int]]:
    """Return (log, size) of the newest verified checkpoint of every log."""
    return [(log, tip.size) for log, tip in sorted(session.journal.tips.items()) if tip.size]


def lacking(
    known: Authorities, judged: Iterable[tuple[str, str, Verdict]]
) -> list[Authority | Calendar]:
    """Return who has given no proof that verifies or waits; `judged`: (kind, name, verdict)."""
    given = {(kind, name) for kind, name, one in judged if one.accepted or one.waiting}
    return [
        *(one for one in known.authorities if (RFC3161, one.name) not in given),
        *(one for one in known.calendars if (OPENTIMESTAMPS, one.name) not in given),
    ]


def _said(
    log: str, size: int, judged: list[Judged], known: Authorities, reasons: dict[str, str] | None
) -> Status:
    word, by, once = _weigh(judged, known.quorum)
    queued: list[tuple[str, str]] = []
    if reasons is not None:
        missing = lacking(known, ((one.kind, one.authority, one.verdict) for one in judged))
        queued = [
            (one.name, reasons.get(f"{log}/{size}/{one.name}", "not asked yet")) for one in missing
        ]
    return Status(log, size, word, by, once, tuple(judged), tuple(queued))


def _weigh(judged: Iterable[Judged], quorum: int) -> tuple[str, datetime | None, tuple[str, ...]]:
    """Return the word, T and whose single checks were needed: T is that of the quorum-th voice."""
    accepted = [one for one in judged if one.verdict.accepted]
    twice = _voices(one for one in accepted if one.verdict.twice)
    if len(twice) >= quorum:
        return EXISTED, sorted(twice.values())[quorum - 1], ()
    voices = _voices(accepted)
    if len(voices) >= quorum:
        moment = sorted(voices.values())[quorum - 1]
        return ONCE, moment, tuple(sorted(voices.keys() - twice.keys()))
    return (CLAIMED if voices else QUEUED), None, ()


def _voices(judged: Iterable[Judged]) -> dict[str, datetime]:
    """Return the earliest moment of each voice: a name counts once."""
    found: dict[str, datetime] = {}
    for one in judged:
        moment = one.verdict.moment
        if moment is not None:
            found[one.voice] = min(moment, found.get(one.voice, moment))
    return found


def judge(
    session: Session,
    proof: TimeProof,
    known: Authorities,
    blocks: Callable[[int], Header | None],
) -> Verdict:
    """Judge a proof by the settings and headers of this device, at its clock."""
    now = _moment(session.clock())
    if proof.kind == OPENTIMESTAMPS:
        return ots.judge(proof.request, proof.reply, proof.imprint, blocks, now=now)
    roots = known.roots(proof.authority)
    if roots is None:
        return Verdict("unknown-authority")
    if not rfc3161.asks_about(proof.request, proof.imprint):
        return Verdict("request")
    asked = _moment(proof.asked)
    return rfc3161.judge(proof.request, proof.reply, roots, now=now, asked=asked)


def _our_roots(session: Session, places: set[tuple[str, int]]) -> dict[tuple[str, int], bytes]:
    """Return the roots of our verified logs at these sizes; entries are read for older sizes."""
    found: dict[tuple[str, int], bytes] = {}
    for log in {log for log, _ in places}:
        tip = session.journal.tip(log)
        sizes = {size for name, size in places if name == log and 0 < size <= tip.size}
        if tip.size in sizes:
            found[log, tip.size] = tip.head.root
        older = sizes - {tip.size}
        if older:
            leaves = [session.journal.entry(log, n).leaf for n in range(max(older))]
            found |= {(log, size): root for size, root in roots_at(leaves, older).items()}
    return found


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise ForeignDataError("A moment is malformed.", "Fetch it from another site.") from None
