"""Proving single statements to strangers, and checking such proofs without an archive.

    made = prove(session, ["5e0b…"], disclose=["entity", "property", "value"])
    write(made, Path("out"))               # 1 the proofs, 2 the two verifiers, 3 proofs of time
    check([Path("out")], Told(device="aicq…"))

What is shown leaves the archive for ever. So nothing but the content of the statement is shown
unless asked for: no source, no author, no hearsay, no locator, no hour; and no value of a property
that the schema calls sensitive. It never says which device the reader was told of: tell him.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from unburnt.core.errors import MediumError, UsageError
from unburnt.model import file_name
from unburnt.model import schema as schemas
from unburnt.model.recorded import Recorded
from unburnt.model.statement import FIELDS, field_values
from unburnt.publish import proof as proofs
from unburnt.publish import verify_proof
from unburnt.publish.verify_proof import LIMIT, Check
from unburnt.workflow import pack_proofs
from unburnt.workflow.lookup import find_statement
from unburnt.workflow.session import Session

CONTENT = frozenset({"entity", "property", "schema", "stance", "value"})
ALL = "all"
_TOLD_LIMIT = 256 * 1024  # bytes of a policy or checkpoint

Shown = frozenset[str]


@dataclass(frozen=True, slots=True)
class Made:
    """Proofs and C2SP proofs by statement, what they show, and what the prover should know."""

    proofs: Mapping[str, bytes]
    shown: Mapping[str, Shown]
    times: Mapping[str, bytes]
    devices: tuple[str, ...]  # whose ids the reader must be told by another way
    answered: Mapping[str, tuple[str, ...]]  # by the statements that withdraw or supersede them
    sensitive: tuple[str, ...]  # whose value is not shown because the schema calls it sensitive


@dataclass(frozen=True, slots=True)
class Told:
    """What a reader was told by another way than the proof; policy and checkpoints are files."""

    device: str = ""
    archive: str = ""
    vkeys: tuple[str, ...] = ()
    policy: Path | None = None
    known: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """One proof after its steps: "GREEN", "OPEN" or "REFUSED", (title, status, reason) each."""

    name: str
    verdict: str
    steps: tuple[tuple[str, str, str], ...]
    statement: str = ""
    origin: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)
    seen: Mapping[str, int] = field(default_factory=dict)
    unchecked: tuple[str, ...] = ()


# --- making ---------------------------------------------------------------------------------------


def prove(
    session: Session,
    ids: Sequence[str],
    disclose: Collection[str] | None = None,
    withhold: Collection[str] = (),
) -> Made:
    """Return a proof of each statement, showing `disclose` (names, or "all") but for `withhold`.

    Without `disclose` the content is shown, and of sensitive properties not even the value. Raises
    UsageError for an unknown statement or field, or when nothing would be shown.
    """
    known = (find_statement(session, identity) for identity in ids)
    records = list({record.id: record for record in known}.values())
    shown = {record.id: _shown(record, disclose, withhold) for record in records}
    proven = pack_proofs.prove(session, records, lambda record: shown[record.id])
    answers = {record.id: session.index.answers_to(record.id) for record in records}
    return Made(
        proofs=proven.proofs,
        shown=shown,
        times=proven.times,
        devices=tuple(sorted({record.device for record in records})),
        answered={one: tuple(a.id for a in found) for one, found in answers.items() if found},
        sensitive=tuple(r.id for r in records if disclose is None and _is_sensitive(r)),
    )


def write(made: Made, out: Path, *, tlog: bool = False) -> list[Path]:
    """Write one proof as the file `out`, or all into the new folder `out` with the verifiers.

    A folder is meant when there are several, when C2SP proofs are wanted, or when `out` is one or
    has no suffix. Raises UsageError when it would overwrite something, MediumError for the disk.
    """
    single = len(made.proofs) == 1 and not tlog and out.suffix and not out.is_dir()
    files: dict[Path, bytes] = {}
    if single:
        files[out] = next(iter(made.proofs.values()))
    else:
        for identity, data in made.proofs.items():
            files[out / f"{identity}{proofs.SUFFIX}"] = data
            if tlog:
                files[out / f"{identity}.tlog-proof"] = proofs.parse(data).to_tlog_proof()
        for name, data in made.times.items():
            files[out / "times" / name] = data
        for name in ("verify_proof.py", "verify.html"):
            files[out / name] = Path(verify_proof.__file__).with_name(name).read_bytes()
    if any(path.exists() for path in files):
        raise UsageError("A file of that name is there already.", "Choose another.")
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    except OSError as error:
        raise MediumError("The proof cannot be written.", "Check the folder.") from error
    return list(files)


def _shown(record: Recorded, disclose: Collection[str] | None, withhold: Collection[str]) -> Shown:
    known = field_values(record.statement).keys()
    wanted = set(CONTENT if disclose is None else disclose)
    if ALL in wanted:
        wanted = (wanted - {ALL}) | set(known)
    if disclose is None and _is_sensitive(record):
        wanted.discard("value")
    unknown = (wanted | set(withhold)) - known
    if unknown:
        raise UsageError(
            f"A statement has no field “{min(unknown)}”.", f"Fields are: {', '.join(FIELDS)}."
        )
    if not wanted - set(withhold):
        raise UsageError("A proof that shows nothing proves nothing.", "Disclose some field.")
    return frozenset(wanted - set(withhold))


def _is_sensitive(record: Recorded) -> bool:
    """Tell whether the schema calls a property sensitive; one it does not know counts as such.

    So does a file whose name stands in the value itself.
    """
    said = record.statement
    if file_name.is_inside(said):
        return True
    vocabulary = schemas.builtin()
    if not vocabulary.is_known(said.schema, said.property):
        return True
    wanted = vocabulary.property(said.schema, said.property)
    return wanted is None or wanted.sensitive


# --- checking -------------------------------------------------------------------------------------


def check(paths: Sequence[Path], told: Told) -> list[Judged]:
    """Return the judgement of each proof: the files named, and `*.proof.json` in folders.

    The steps are those of the verifier that lies beside every proof. Raises UsageError when what
    was told cannot be read, MediumError for the disk.
    """
    try:
        policy = _text(told.policy) if told.policy else None
        known = [_text(path) for path in told.known]
        trust = verify_proof.trusted(told.device, told.archive, told.vkeys, policy, known)
    except ValueError as error:
        raise UsageError(
            "What the proof shall be compared with cannot be read.",
            "Check --device, --archive, --vkey, --policy and --known.",
        ) from error
    return [
        _judged(file, trust)
        for path in paths
        for file in (sorted(path.rglob(f"*{proofs.SUFFIX}")) if path.is_dir() else [path])
    ]


def words(language: str) -> Callable[[str], str]:
    """Return what says the verifier's words in a language."""
    known = verify_proof.RUSSIAN if language.startswith("ru") else {}
    return lambda text: known.get(text, text)


def _judged(file: Path, trust: dict[str, object]) -> Judged:
    one = Check(_read(file, LIMIT + 1), trust, file.name)
    verdict = one.run()
    if verdict == "REFUSED":
        return Judged(file.name, verdict, tuple(one.steps))
    return Judged(
        name=file.name,
        verdict=verdict,
        steps=tuple(one.steps),
        statement=one.statement,
        origin=one.origin,
        fields=one.fields,
        seen=one.seen,
        unchecked=tuple(one.unchecked()),
    )


def _text(path: Path) -> str:
    return _read(path, _TOLD_LIMIT).decode("utf-8")


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise MediumError("The file cannot be read.", "Check its path.") from error
