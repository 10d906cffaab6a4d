"""Being witnessed: partners cosign how far each log went, so that nobody can tell it otherwise.

    set_policy(session, Path("policy").read_bytes())      workflow.witness_policy
    asked = ask(session)                 asks every witness; offline: queued, nobody waits
    for log in status(session): log.word, log.witnessed, log.since, log.waiting
    existence(session, device, 7)        "witnessed" with a time, or "claimed"

1. the newest checkpoint of each log, and the tree behind it, are read; 2. each witness is asked for
what it has not cosigned yet, and what it saw of the other logs; 3. each answer is verified and
kept as a file of the archive, which syncing carries; 4. what did not come is remembered.

"Witnessed" is said only when the quorum of the policy cosigned; else a time is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from unburnt.core.errors import BrokenArchiveError, ForeignDataError, UsageError
from unburnt.crypto import note
from unburnt.crypto.checkpoint import parse_checkpoint
from unburnt.crypto.merkle import Tree
from unburnt.crypto.note import Note, Verifier
from unburnt.crypto.policy import Policy, Witness, Witnessed, cosigned_since, is_witnessed
from unburnt.model.completeness import roots_at
from unburnt.storage.journal import MAX_CHECKPOINT, read_checkpoint
from unburnt.storage.names import checkpoint_name
from unburnt.sync import cosigned
from unburnt.sync.witness_client import PATIENCE, Ask, Outcome, ask_all
from unburnt.workflow.session import Session
from unburnt.workflow.witness_policy import read_policy, remember, remembered

WITNESSED, CLAIMED = "witnessed", "claimed"
ALARMS = frozenset({"fork", "behind"})
_ANSWERS = "answers"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one witness said about one log ("" when about none), in a word; see the page."""

    witness: str
    device: str
    code: str
    size: int = 0
    detail: str = ""
    at: str = ""


@dataclass(slots=True)
class Asked:
    """What a round of asking brought; an alarm is a second history or one that was cut here."""

    answers: list[Answer] = field(default_factory=list)
    kept: int = 0

    @property
    def alarms(self) -> list[Answer]:
        """The answers that say that somebody sees another history than this device holds."""
        return [answer for answer in self.answers if answer.code in ALARMS]

    @property
    def waiting(self) -> list[Answer]:
        """The answers that did not come, or were none; asked for again next time."""
        return [a for a in self.answers if a.code not in {"cosigned", "seen", *ALARMS}]


@dataclass(frozen=True, slots=True)
class LogStatus:
    """How far a log is witnessed.

    `witnessed`: the largest size the quorum cosigned, 0 for none; `since`: RFC 3339, the earliest
    time by which it had; `by`: its witnesses; `waiting`: those that have not cosigned `size` yet.
    """

    device: str
    size: int
    witnessed: int
    since: str | None
    by: tuple[str, ...]
    waiting: tuple[str, ...]

    @property
    def word(self) -> str:
        """Return "witnessed" when all of the log is, else "claimed"."""
        return WITNESSED if self.witnessed >= self.size else CLAIMED


@dataclass(frozen=True, slots=True)
class Existence:
    """By when an entry existed: `word` is "witnessed" with time and checkpoint, or "claimed"."""

    word: str
    since: str | None = None
    note: Note | None = None
    by: tuple[str, ...] = ()


def ask(session: Session, *, patience: float = PATIENCE) -> Asked:
    """Ask every witness of the policy; keeps what is true of its answers, and never fails for one.

    Raises UsageError when there is no policy.
    """
    policy = _policy(session)
    asked = Asked()
    held = _held(session, policy)
    trees = _trees(session, policy, held)  # step 1

    def asks(witness: Witness) -> list[Ask]:
        return [
            Ask(_verifier(session, device), signed, tree, held.get((witness.name, device), 0))
            for device, (signed, tree) in trees.items()
            if held.get((witness.name, device), 0) < tree.size
        ]

    def others(witness: Witness) -> list[Verifier]:
        wanted = {one.log.name for one in asks(witness)}
        known = (_verifier(session, device) for device in sorted(session.roster.devices))
        return [log for log in known if log.name not in wanted]

    reachable = [witness for witness in policy.witnesses if witness.url]
    proxy = str(remembered(session).get("proxy", ""))
    told = ask_all(reachable, asks, others=others, proxy=proxy, patience=patience)  # step 2
    for witness, outcome in told:
        device = outcome.origin.rpartition("/")[2]
        judged = _compared(session, device, outcome)
        if judged.note is not None:  # step 3
            asked.kept += cosigned.keep(session.backend, device, judged.note)
        asked.answers.append(
            Answer(witness.name, device, judged.code, judged.size, judged.detail, session.clock())
        )
    _note(session, asked.answers)  # step 4
    return asked


def status(session: Session) -> list[LogStatus]:
    """Return how far each log that has entries is witnessed, by device."""
    policy = read_policy(session)
    return [
        _status(session, policy, device, tip.size)
        for device, tip in sorted(session.journal.tips.items())
        if tip.size
    ]


def last_answers(session: Session) -> list[Answer]:
    """Return the last answer of each witness about each log that was no cosignature."""
    return [Answer(**fields) for fields in remembered(session).get(_ANSWERS, [])]


def existence(session: Session, device: str, sequence: int) -> Existence:
    """Return by when an entry of a log existed, according to the quorum: its earliest checkpoint.

    Raises UsageError when there is no such entry here.
    """
    if not 0 <= sequence < session.journal.tip(device).size:
        raise UsageError("There is no such entry here.", "Sync, or name another one.")
    policy = read_policy(session)
    beyond = ((n, w) for size, n, w in _judged(session, policy, device) if size > sequence)
    found = min(beyond, key=lambda one: one[1].since or 0, default=None)
    if found is None:
        return Existence(CLAIMED)
    signed, judgement = found
    return Existence(WITNESSED, _moment(judgement.since), signed, tuple(sorted(judgement.times)))


def proven(session: Session, device: str) -> list[tuple[int, str]]:
    """Return (size, moment) of every checkpoint of a log that the quorum cosigned."""
    judged = _judged(session, read_policy(session), device)
    found = ((size, _moment(judgement.since)) for size, _, judgement in judged)
    return [(size, moment) for size, moment in found if moment is not None]


def cosigned_notes(session: Session, device: str) -> dict[int, Note]:
    """Return {size: note with the cosignatures of the policy's witnesses} for proofs and packs.

    Whether a quorum is among them is `policy.is_witnessed`. Notes of another history are left out.
    """
    policy = read_policy(session)
    if policy is None:
        return {}
    return {size: signed for size, signed, _ in _ours(session, policy, device)}


def log_vkeys(session: Session) -> list[tuple[str, str]]:
    """Return (device, vkey of its log) of every device: what a witness must be told."""
    verifiers = ((device, _verifier(session, device)) for device in sorted(session.roster.devices))
    return [(device, note.vkey(verifier.name, verifier.public)) for device, verifier in verifiers]


# --- asking -------------------------------------------------------------------------------------


def _policy(session: Session) -> Policy:
    policy = read_policy(session)
    if policy is None:
        raise UsageError(
            "Nobody has said which witnesses to trust.", "Say so: unburnt witness policy FILE."
        )
    return policy


def _trees(
    session: Session, policy: Policy, held: Mapping[tuple[str, str], int]
) -> dict[str, tuple[Note, Tree]]:
    """Return the newest checkpoint and tree of each log that some witness has not cosigned yet."""
    found: dict[str, tuple[Note, Tree]] = {}
    for device, tip in sorted(session.journal.tips.items()):
        if tip.size and any(held.get((w.name, device), 0) < tip.size for w in policy.witnesses):
            signed = _checkpoint(session, device, tip.size)
            tree = Tree.of(session.index.leaves(device))
            if signed is not None and (tree.size, tree.root) == (tip.size, tip.head.root):
                found[device] = (signed, tree)
    return found


def _checkpoint(session: Session, device: str, size: int) -> Note | None:
    """Return the checkpoint of a log's tip as its device signed it, None when it is not here."""
    try:
        data = session.backend.get(checkpoint_name(device, size), MAX_CHECKPOINT)
        read_checkpoint(data, session.roster.verifier(device))
    except (ForeignDataError, BrokenArchiveError):
        return None  # others' checkpoints come with a sync, and only their newest
    return note.parse(data, MAX_CHECKPOINT)


def _held(session: Session, policy: Policy) -> dict[tuple[str, str], int]:
    """Return {(witness, device): the largest size it cosigned}, of what this device keeps."""
    sizes: dict[tuple[str, str], int] = {}
    for device in session.journal.tips:
        for size, signed, _ in _ours(session, policy, device):
            for witness in policy.witnesses:
                if cosigned_since(signed, witness.verifier) is not None:
                    place = (witness.name, device)
                    sizes[place] = max(size, sizes.get(place, 0))
    return sizes


def _compared(session: Session, device: str, outcome: Outcome) -> Outcome:
    """Hold what a witness saw of a log that it was not asked to cosign against what is here."""
    if outcome.code != "seen" or outcome.note is None:
        return outcome
    size, root = outcome.size, parse_checkpoint(outcome.note.text).root
    leaves = session.index.leaves(device)
    if size > len(leaves):
        return Outcome("behind", outcome.origin, size, outcome.note)
    if roots_at(leaves, [size]).get(size) != root:
        return Outcome("fork", outcome.origin, size, outcome.note)
    return outcome


def _note(session: Session, answers: Sequence[Answer]) -> None:
    """Remember what is wrong or waiting; a witness that was reached forgets its older answers."""
    stored = remembered(session)
    spoke = {answer.witness for answer in answers}
    kept = [one for one in stored.get(_ANSWERS, []) if one["witness"] not in spoke]
    names = Answer.__slots__
    news = [
        {name: getattr(answer, name) for name in names}
        for answer in answers
        if answer.code not in {"cosigned", "seen"}
    ]
    if kept + news != stored.get(_ANSWERS, []):
        remember(session, {**stored, _ANSWERS: kept + news})


# --- judging ------------------------------------------------------------------------------------


def _status(session: Session, policy: Policy | None, device: str, size: int) -> LogStatus:
    judged = _judged(session, policy, device)
    now = [n for at, n, _ in _ours(session, policy, device) if at == size] if policy else []
    waiting = tuple(
        witness.name
        for witness in (policy.witnesses if policy else ())
        if not any(cosigned_since(signed, witness.verifier) for signed in now)
    )
    if not judged:
        return LogStatus(device, size, 0, None, (), waiting)
    at, _, best = max(judged, key=lambda one: one[0])
    by = tuple(sorted(best.times))
    return LogStatus(device, size, at, _moment(best.since), by, waiting)


def _judged(
    session: Session, policy: Policy | None, device: str
) -> list[tuple[int, Note, Witnessed]]:
    """Return (size, note, judgement) of every checkpoint of ours that the quorum cosigned."""
    if policy is None:
        return []
    return [one for one in _ours(session, policy, device) if one[2].since is not None]


def _ours(session: Session, policy: Policy, device: str) -> Iterator[tuple[int, Note, Witnessed]]:
    """Yield the cosigned checkpoints of a log that are of the history this device holds."""
    gathered = cosigned.gathered(session.backend, session.roster, device, policy.cosigners())
    found = [(parse_checkpoint(signed.text), signed) for signed in gathered]
    roots = roots_at(session.index.leaves(device), [c.size for c, _ in found]) if found else {}
    for checkpoint, signed in found:
        if roots.get(checkpoint.size) == checkpoint.root:
            try:
                yield checkpoint.size, signed, is_witnessed(policy, signed)
            except ForeignDataError:
                continue  # the policy names logs, and this is none of them


def _verifier(session: Session, device: str) -> Verifier:
    return session.roster.verifier(device)


def _moment(time: int | None) -> str | None:
    """Return POSIX seconds as RFC 3339, None beyond the years that it can spell."""
    if time is None or time >= 253_402_300_800:  # the year 10000
        return None
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H:%M:%SZ}"
