"""Proofs: of single statements for strangers, and the check of such proofs without an archive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from unburnt.cli.app import PATH, App, as_json, command
from unburnt.cli.manual import CHECK, Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, remark, report, safe
from unburnt.cli.words import N_, _, language
from unburnt.core import canonical
from unburnt.workflow import prove as proving
from unburnt.workflow.prove import Judged, Told


@command(
    unburnt,
    "prove",
    Manual(
        what=N_(
            "Write a proof that a statement stands in the archive: some of its fields, the rest"
            " withheld, and the way from them to a checkpoint that witnesses saw. Several"
            " statements, or a folder as --out, come with the two programs that check them."
        ),
        when=N_(
            "When somebody who trusts nobody shall be able to see for himself that this was"
            " written down by you, and when at the latest. Tell him the id of the device by another"
            " way, face to face or by voice."
        ),
        example="unburnt prove 5e0b1c44298f --out door.proof.json\n"
        "unburnt prove 5e0b1c44298f --disclose all --withhold source,author,attribution"
        " --out proofs/",
        never=N_(
            "It proves that something was written, never that it is true. Without --disclose it"
            " shows entity, property, schema, stance and value alone: no source, no author, no"
            " hearsay, no place in the source, no hour; and no value of a property that the schema"
            " calls sensitive. The device cannot be hidden, because its signature is the proof,"
            " nor the padded size of the sealed entry. What is shown cannot be called back, and a"
            " value can name a source by itself: read it first."
        ),
        keys={
            "proofs": N_("list of: statement, shown, bytes, answered, sensitive"),
            "devices": N_("ids to tell the reader by another way"),
            "files": N_("number of files written"),
        },
    ),
)
@click.argument("statements", nargs=-1, required=True)
@click.option("--disclose", metavar="FIELDS", help=N_("Fields to show, with commas; or “all”."))
@click.option("--withhold", metavar="FIELDS", default="", help=N_("Fields not to show after all."))
@click.option("--out", type=PATH, required=True, help=N_("File, or folder for several."))
@click.option("--tlog-proof", is_flag=True, help=N_("Write the entry's place as C2SP proof too."))
@as_json
def prove(
    app: App,
    statements: tuple[str, ...],
    disclose: str | None,
    withhold: str,
    out: Path,
    tlog_proof: bool,
    as_json: bool,
) -> None:
    """Prove statements."""
    with app.open() as session:
        asked = None if disclose is None else _names(disclose)
        made = proving.prove(session, statements, asked, _names(withhold))
        files = proving.write(made, out, tlog=tlog_proof)
    for identity in made.sensitive:
        remark(_("{id}: sensitive, its value is not shown.").format(id=identity))
    for identity in made.answered:
        remark(_("{id}: withdrawn or superseded since.").format(id=identity))
    remark(_("Tell the reader the device by another way than the proof."))
    data = {
        "proofs": [
            {
                "statement": identity,
                "shown": sorted(made.shown[identity]),
                "bytes": len(proof),
                "answered": list(made.answered.get(identity, ())),
                "sensitive": identity in made.sensitive,
            }
            for identity, proof in made.proofs.items()
        ],
        "devices": list(made.devices),
        "files": len(files),
    }
    pairs = [(identity, ", ".join(sorted(made.shown[identity]))) for identity in made.proofs]
    report(as_json, data, fields([*pairs, *((_("device"), one) for one in made.devices)]))


@command(
    unburnt,
    "check-proof",
    Manual(
        what=N_(
            "Check proofs of statements, files or folders of them: eight steps each, and what was"
            " not checked. It needs no archive and no passphrase."
        ),
        when=N_(
            "When you were given a proof. Ask for the id of the device by another way than the"
            " proof itself, or bring a policy that names its log and your witnesses."
        ),
        example="unburnt check-proof door.proof.json --device aicq…\n"
        "unburnt check-proof proofs/ --policy policy.txt --known checkpoint.txt",
        never=N_(
            "It is never green without a device, a verifier key or a policy with the log to"
            " compare with: anybody can make a log of their own. It does not say that a statement"
            " is true, still stands, or that the device was not in other hands."
        ),
        exits=CHECK,
        keys={
            "green": N_("whether something was looked at and every proof is green"),
            "proofs": N_(
                "list of: name, verdict (GREEN, OPEN, REFUSED), steps (title, status, reason),"
                " statement, origin, fields, seen, unchecked"
            ),
        },
    ),
)
@click.argument("paths", type=PATH, nargs=-1, required=True)
@click.option("--device", metavar="ID", default="", help=N_("Device you were told of."))
@click.option("--archive-id", metavar="ID", default="", help=N_("Archive you were told of."))
@click.option("--vkey", "vkeys", multiple=True, help=N_("Verifier key of the device."))
@click.option("--policy", type=PATH, help=N_("File with logs, your witnesses and their quorum."))
@click.option("--known", type=PATH, multiple=True, help=N_("A checkpoint that you know."))
@as_json
def check_proof(
    _app: App,
    paths: tuple[Path, ...],
    device: str,
    archive_id: str,
    vkeys: tuple[str, ...],
    policy: Path | None,
    known: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Check proofs."""
    found = proving.check(paths, Told(device, archive_id, vkeys, policy, known))
    green = bool(found) and all(one.verdict == "GREEN" for one in found)
    data = {
        "green": green,
        "proofs": [
            {
                "name": one.name,
                "verdict": one.verdict,
                "steps": [list(step) for step in one.steps],
                "statement": one.statement,
                "origin": one.origin,
                "fields": dict(one.fields),
                "seen": dict(one.seen),
                "unchecked": list(one.unchecked),
            }
            for one in found
        ],
    }
    lines = [line for one in found for line in _told(one)]
    report(as_json, data, lines or [_("No proof was found.")])
    return 0 if green else 1


def _told(one: Judged) -> Iterator[str]:
    """Yield the lines of one judgement, in the words of the verifier itself."""
    say = proving.words(language())
    yield safe(one.name)
    for number, (title, status, reason) in enumerate(one.steps, 1):
        yield f"  {number}. {say(title)} [{say(status)}] {say(reason)}".rstrip()
    yield f"  {say(one.verdict)}"
    if one.verdict != "REFUSED":
        yield f"    {one.statement}"
        yield f"    {one.origin}"
    for name, value in one.fields.items():
        yield f"    {say('shown')}: {name} = {safe(canonical.encode(value).decode())}"
    for text in one.unchecked:
        yield f"    {say('Not checked')}: {say(text)}"


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
