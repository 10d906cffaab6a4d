"""The report of a drill: a rehearsed loss, step by step, signed. Spec: docs/spec/security.md.

    report = DrillReport(started_at=…, finished_at=…, burned=("office",), arrested=(heron,),
                         survivor="stick", shares_rehearsed=True, seconds=312,
                         steps=(Step("objects", True, 1204, "1204 objects read, 3.1 GB"), …),
                         digests=(Digest(cases, "5be0…", "5be0…"),))
    report.verdict().level                  GREEN only if everything was rehearsed and went well
    data = sign(report, archive, device, key).encode()
    read(data, roster.verifier(device)) == report

A step that was not rehearsed is a step that failed: the verdict says so. Sites and people stand
under their code names or ids. Never carries out a drill.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final

import msgspec

from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.core.ids import check_hash, check_id
from unburnt.crypto import note
from unburnt.crypto.note import Note, Verifier
from unburnt.crypto.signing import SigningKey
from unburnt.model.entry import signer_name
from unburnt.security import moment
from unburnt.security.finding import Finding, Level, Sentence, Sentences, _, worst

TYPE: Final = "unburnt/drill/v1"
LASTS = timedelta(days=90)
MAX_TEXT = 128 * 1024  # bytes

STEPS = ("pull", "keys", "complete", "objects", "open", "tables")
"""What every drill must have rehearsed, in this order; it may report more steps."""

# No control characters, line breaks or overrides: the report is shown to people in danger.
_PLAIN = r"[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]"
_Label = Annotated[str, msgspec.Meta(pattern=rf"\A{_PLAIN}{{1,100}}\Z")]
_Detail = Annotated[str, msgspec.Meta(pattern=rf"\A{_PLAIN}{{1,1000}}\Z")]
_Word = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z0-9-]{0,31}\Z")]
_Id = Annotated[str, msgspec.Meta(pattern=r"\A[a-z2-7]{25}[aeimquy4]\Z")]
_Hash = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
_Count = Annotated[int, msgspec.Meta(ge=0, le=canonical.MAX_INTEGER)]


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step: how it went (None: not rehearsed), how many things it looked at, and words."""

    name: _Word
    ok: bool | None
    looked: _Count
    detail: _Detail


class Digest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A compartment's tables: their digest on the live device, and as recovered (None: not)."""

    compartment: _Id
    live: _Hash
    recovered: _Hash | None

    @property
    def equal(self) -> bool:
        """Whether what was recovered is what was there."""
        return self.live == self.recovered


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a drill ended, and why."""

    findings: tuple[Finding, ...]

    @property
    def level(self) -> Level:
        """GREEN or RED; never anything between."""
        return worst(self.findings)


class DrillReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was lost in a drill, what was tried, and what came back; times are RFC 3339."""

    started_at: str
    finished_at: str
    burned: tuple[_Label, ...]
    arrested: tuple[_Label, ...]
    survivor: _Label
    steps: tuple[Step, ...]
    digests: tuple[Digest, ...]
    shares_rehearsed: bool
    seconds: _Count

    def __post_init__(self) -> None:
        started, finished = moment.parse(self.started_at), moment.parse(self.finished_at)
        if finished < started or not self.expires_at:  # ... which must be a moment, too
            raise _malformed()
        for names in (
            self.burned,
            self.arrested,
            [step.name for step in self.steps],
            [digest.compartment for digest in self.digests],
        ):
            if len(set(names)) < len(names):
                raise _malformed()

    @property
    def expires_at(self) -> str:
        """When it stops saying anything: 90 days after it ended."""
        return moment.later(self.finished_at, LASTS)

    def verdict(self) -> Verdict:
        """Return GREEN with one finding, or RED with every reason."""
        reasons = (*_scene(self), *_steps(self), *_digests(self))
        if reasons:
            return Verdict(reasons)
        values = {"steps": len(self.steps), "seconds": self.seconds}
        return Verdict((Finding(Level.GREEN, "rehearsed", values),))

    def to_value(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return value

    @classmethod
    def from_value(cls, value: object) -> DrillReport:
        """Return the report of these JSON values; ForeignDataError unless each has its shape."""
        try:
            return msgspec.convert(value, cls)
        except msgspec.ValidationError as error:
            raise _malformed() from error

    def text(self, archive: str, device: str) -> str:
        """Return the text that a device signs: one line of canonical JSON and its line feed."""
        fields = {"archive": check_hash(archive), "device": check_id(device), "type": TYPE}
        return canonical.encode(fields | {"report": self.to_value()}).decode("utf-8") + "\n"


def sign(report: DrillReport, archive: str, device: str, key: SigningKey) -> Note:
    """Return the report as a note signed under `unburnt/<archive>/<device>`.

    Raises UsageError for a report that nobody could read back: too long, or not in its shape.
    """
    text = report.text(archive, device)
    if len(text.encode("utf-8")) > MAX_TEXT or not _is_readable(report):
        raise UsageError(
            "The report of a drill is too long or not in its shape.",
            "Shorten the details; docs/spec/security.md says what each field takes.",
        )
    return note.sign(text, signer_name(archive, device), key)


def read(data: bytes, verifier: Verifier) -> DrillReport:
    """Return the report in a note that `verifier` signed; ForeignDataError for anything else."""
    parsed = note.parse(data)
    if verifier.name not in note.verified_by(parsed, [verifier]):
        raise ForeignDataError(
            "This report is not signed by the device it should be from.", "Ask that device for it."
        )
    fields = canonical.decode(parsed.text.encode("utf-8")[:-1], MAX_TEXT)
    if not isinstance(fields, dict) or fields.get("type") != TYPE or "report" not in fields:
        raise _malformed()
    archive, device = check_hash(fields.get("archive")), check_id(fields.get("device"))
    report = DrillReport.from_value(fields["report"])
    # The name is not part of what is signed, so the text must say the same (and nothing more).
    if verifier.name != signer_name(archive, device) or report.text(archive, device) != parsed.text:
        raise _malformed()
    return report


def _is_readable(report: DrillReport) -> bool:
    try:
        return DrillReport.from_value(report.to_value()) == report
    except ForeignDataError:
        return False


def _scene(report: DrillReport) -> list[Finding]:
    """Judge whether anything was lost, and whether what survived had really survived."""
    found = []
    if not report.burned:
        found.append(Finding(Level.RED, "nothing-burned"))
    if report.survivor in report.burned:
        found.append(Finding(Level.RED, "survivor-burned", {"site": report.survivor}))
    if not report.shares_rehearsed:
        found.append(Finding(Level.RED, "shares-not-rehearsed"))
    return found


def _steps(report: DrillReport) -> list[Finding]:
    found = []
    reported = {step.name for step in report.steps}
    for name in STEPS:
        if name not in reported:
            found.append(Finding(Level.RED, "step-missing", {"step": name}))
    for step in report.steps:
        code = _fault(step)
        if code:
            found.append(Finding(Level.RED, code, {"step": step.name, "detail": step.detail}))
    return found


def _fault(step: Step) -> str:
    if step.ok is None:
        return "step-not-rehearsed"
    if not step.ok:
        return "step-failed"
    return "" if step.looked else "step-looked-at-nothing"


def _digests(report: DrillReport) -> list[Finding]:
    if not report.digests:
        return [Finding(Level.RED, "digests-none")]
    unequal = tuple(digest.compartment for digest in report.digests if not digest.equal)
    return [Finding(Level.RED, "digests-differ", {"compartments": unequal})] if unequal else []


def _malformed() -> ForeignDataError:
    return ForeignDataError(
        "The report of a drill is malformed.", "Ask the device that made it for it again."
    )


_AGAIN = _("Repair it, then rehearse again: unburnt drill.")
_ALL = _("Rehearse again, with every step: unburnt drill.")
SENTENCES: Sentences = {
    "rehearsed": Sentence(_("All {steps} steps were rehearsed and went well, in {seconds} s.")),
    "nothing-burned": Sentence(_("Nothing was given up: that was no rehearsal."), _ALL),
    "survivor-burned": Sentence(_("{site} was given up and used all the same."), _ALL),
    "shares-not-rehearsed": Sentence(_("The trustees' shares were not rehearsed."), _ALL),
    "step-missing": Sentence(_("The step “{step}” is not in the report."), _ALL),
    "step-not-rehearsed": Sentence(_("The step “{step}” was not rehearsed: {detail}"), _ALL),
    "step-failed": Sentence(_("The step “{step}” failed: {detail}"), _AGAIN),
    "step-looked-at-nothing": Sentence(_("The step “{step}” looked at nothing: {detail}"), _AGAIN),
    "digests-none": Sentence(_("No table was compared with the live one."), _ALL),
    "digests-differ": Sentence(
        _("What was recovered differs from what was there in {compartments}."), _AGAIN
    ),
}
