"""Court packs: making one of a case, and checking one that was handed over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from unburnt.cli.app import PATH, App, agree, as_json, command, read_file, yes
from unburnt.cli.asking import typed
from unburnt.cli.manual import CHECK, Manual
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, progress, remark, report, safe, table
from unburnt.cli.words import LANGUAGES, N_, _, language
from unburnt.core.errors import UsageError
from unburnt.model import schema as schemas
from unburnt.workflow import court_pack as packs
from unburnt.workflow.lookup import find_entity

_FINGERPRINT = re.compile("[0-9a-f]{64}")
_CHECKPOINT = 64 * 1024  # bytes

# What the codes of a check mean; those of the bag are told together.
_REASONS = {
    "bag": N_("a file was changed, added or removed, or the folder is no sound bag"),
    "checkpoint": N_("a proof ends in another checkpoint than the one that lies here"),
    "index": N_("the contents name another file, hash or size than is here"),
    "keys": N_("the list of keys is not that of the devices which signed"),
    "no-proof": N_("no proof was found: nothing here is proven"),
    "older": N_("it is older than a checkpoint you hold, or of another history"),
    "original-missing": N_("an original that a statement names is not here"),
    "original-size": N_("an original has another size than was recorded"),
    "original-unproven": N_("a file lies among the originals that no statement names"),
    "other-archive": N_("it is a pack of another archive than you named"),
    "other-device": N_("a device signed that you did not name"),
    "other-pack": N_("its fingerprint is not the one you were told"),
    "pack": N_("what the pack says of itself is malformed"),
    "proof": N_("a proof does not hold, or is named after another statement"),
    "proof-archive": N_("a proof is of another archive"),
    "proof-fields": N_("a proof opens other fields than the pack says"),
    "seal": N_("the seal is not by the packing device over these files"),
    "table": N_("the table says something else than the proofs"),
    "time": N_("a time proof is malformed, or about another checkpoint"),
}
_VERDICTS = {
    "GREEN": N_("GREEN: the pack is whole."),
    "OPEN": N_(
        "OPEN: nothing looks forged, but you did not say whose device or which fingerprint to"
        " compare with."
    ),
    "REFUSED": N_("RED: do not rely on this pack."),
}
_OPEN = {
    "vouched": N_(
        "whose devices these are: compare the fingerprint, or give --device, from another source"
    ),
    "times": N_("the time proofs: check them with openssl and the roots of their authorities"),
    "witnesses": N_("the cosignatures: give verify_proof.py a policy of your own"),
    "truth": N_("whether anything in it is true"),
    "completeness": N_("whether the group packed all it knows"),
}


@command(
    unburnt,
    "pack",
    Manual(
        what=N_(
            "Make a court pack of a case: a folder with the originals, every statement with who"
            " says so and how sure, contradictions, what speaks against, custody, and proofs that"
            " anyone can check without this program. CASE is an event, a chain of events, or any"
            " other entity, by its id or the beginning of it."
        ),
        when=N_(
            "When a court, a lawyer or a mission asks for a case. Give them the fingerprint over"
            " another way than the pack itself."
        ),
        example="unburnt pack aicq --out /media/stick/case\n"
        "unburnt pack aicq --out case --lang ru --withhold source --zip",
        never=N_(
            "Nothing from compartments for sources and staff ever goes in, nor what is marked"
            " sensitive unless you list and confirm it. It is not sealed: who finds it reads it."
            " It overwrites nothing, and it cannot be called back."
        ),
        exits=(0, 2, 4, 5, 6),
        keys={
            "folder": N_("where the pack lies"),
            "zip": N_("where the ZIP file lies, or null"),
            "fingerprint": N_("SHA-256 of its tag manifest; it covers every byte"),
            "statements": N_("statements in it"),
            "originals": N_("originals in it"),
            "withheld": N_("statements of the case that were withheld"),
            "behind_sources_at_most": N_("more statements behind withheld sources, a size class"),
            "not_included": N_("parts that a pack may have and this one does not"),
        },
    ),
)
@click.argument("case")
@click.option("--out", type=PATH, required=True, help=N_("The new folder to write."))
@click.option("--zip", "as_zip", is_flag=True, help=N_("Write a ZIP file beside it, too."))
@click.option(
    "--lang",
    "tongue",
    type=click.Choice(LANGUAGES),
    help=N_("Language of the pages; else that of the program."),
)
@click.option(
    "--compartment",
    "compartments",
    multiple=True,
    metavar="LABEL",
    help=N_("Another compartment that may go in; the case's own always does."),
)
@click.option(
    "--disclose",
    multiple=True,
    metavar="FIELD",
    help=N_("Show a field that is withheld otherwise: author, device, compartment."),
)
@click.option(
    "--withhold",
    multiple=True,
    metavar="FIELD",
    help=N_("Withhold a field of every statement, such as source or attribution."),
)
@click.option(
    "--include-sensitive",
    "sensitive",
    is_flag=True,
    help=N_("Let in what the schema marks sensitive, after it was listed and confirmed."),
)
@click.option(
    "--with",
    "also",
    type=click.Choice(packs.ALSO),
    multiple=True,
    help=N_("Let in something that is withheld otherwise, after it was listed and confirmed."),
)
@click.option("--purpose", help=N_("What it is for; goes into the chain of custody."))
@click.option(
    "--receiver",
    callback=typed(N_("Who gets it")),
    help=N_("Who gets it; goes into the chain of custody; - to be asked."),
)
@yes
@as_json
def pack(
    app: App,
    case: str,
    out: Path,
    as_zip: bool,
    tongue: str | None,
    compartments: tuple[str, ...],
    disclose: tuple[str, ...],
    withhold: tuple[str, ...],
    sensitive: bool,
    also: tuple[str, ...],
    purpose: str | None,
    receiver: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Make a court pack."""
    with app.open() as session, progress() as tell:
        wanted = packs.Wanted(
            case=find_entity(session, case),
            compartments=compartments,
            language=tongue or language(),
            sensitive=sensitive,
            disclose=disclose,
            withhold=withhold,
            also=also,
        )
        plan = packs.prepare(session, wanted)
        _confirm(plan, yes)
        done = packs.pack(session, plan, out, tell, purpose=purpose, receiver=receiver)
        zipped = packs.to_zip(session, out) if as_zip else None
    data = {
        "folder": str(out),
        "zip": str(zipped) if zipped else None,
        "fingerprint": done.fingerprint,
        "statements": done.statements,
        "originals": done.originals,
        "withheld": done.withheld,
        "behind_sources_at_most": done.behind,
        "not_included": list(done.missing),
    }
    counted = [
        (_("statements"), done.statements),
        (_("originals"), done.originals),
        (_("withheld"), done.withheld),
        *([(_("behind withheld sources, at most"), done.behind)] if done.behind else []),
        (_("fingerprint"), done.fingerprint),
    ]
    report(as_json, data, fields(counted))
    remark(_("This pack is not sealed. Give its fingerprint to the reader over another way."))


def _confirm(plan: packs.Plan, yes: bool) -> None:
    """List what is sensitive and goes in, and ask; nothing is asked where nothing is."""
    if not plan.sensitive:
        return
    words = schemas.builtin()
    remark(_("Marked sensitive, and about to go in:"))
    for name in plan.sensitive:
        remark(
            f"  {words.label(name.partition('.')[0], language())}: {words.label(name, language())}"
        )
    if not yes:
        agree(_("Shall readers of this pack, and whoever finds it, see that?"))


@command(
    unburnt,
    "check-pack",
    Manual(
        what=N_(
            "Check a court pack that was handed to you: every file and hash, every proof with two"
            " verifiers, the table and the originals against the proofs, the contents, and the"
            " seal."
        ),
        when=N_("Whenever you are given one. It needs no archive, no key and no network."),
        example="unburnt check-pack /media/stick/case --fingerprint 9b1c...",
        never=N_(
            "It is never green without a fingerprint or a device that you know from elsewhere:"
            " anybody can make a pack of their own. Then it says OPEN, and exits with 1. It never"
            " says that anything in it is true."
        ),
        exits=CHECK,
        keys={
            "green": N_("whether nothing is wrong and it was compared with what you were told"),
            "verdict": N_("GREEN, OPEN (compared with nothing) or REFUSED, as of a proof"),
            "fingerprint": N_("SHA-256 of its tag manifest"),
            "archive": N_("id of the archive it says it is of"),
            "packed_by": N_("device that sealed it"),
            "made": N_("when, by that device's clock"),
            "devices": N_("devices that signed something in it"),
            "statements": N_("statements proven"),
            "originals": N_("originals that a proven statement names"),
            "files": N_("files looked at"),
            "problems": N_("list of: code, path"),
            "not_checked": N_("list of codes: what was compared with nothing"),
        },
    ),
)
@click.argument("folder", type=PATH)
@click.option("--fingerprint", default="", metavar="HEX", help=N_("The fingerprint you were told."))
@click.option("--archive-id", default="", metavar="ID", help=N_("Which archive it must be of."))
@click.option(
    "--device", "devices", multiple=True, metavar="ID", help=N_("A device you were told of.")
)
@click.option(
    "--known",
    type=PATH,
    multiple=True,
    help=N_("A checkpoint you hold: the pack must not be older."),
)
@as_json
def check_pack(
    _app: App,
    folder: Path,
    fingerprint: str,
    archive_id: str,
    devices: tuple[str, ...],
    known: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Check a court pack."""
    told = "".join(fingerprint.lower().split())
    if told and not _FINGERPRINT.fullmatch(told):
        raise UsageError(
            "This is not a whole fingerprint.",
            "It is 64 digits 0-9 and a-f. Ask for all of them: a part could be made to fit.",
        )
    trust = packs.Trust(
        fingerprint=told,
        archive="".join(archive_id.lower().split()),
        devices=devices,
        known=tuple(_text(path) for path in known),
    )
    with progress() as tell:
        found = packs.check(folder, trust, tell)
    data = {
        "green": found.word == "GREEN",
        "verdict": found.word,
        "fingerprint": found.fingerprint,
        "archive": found.archive,
        "packed_by": found.packed_by,
        "made": found.made,
        "devices": list(found.devices),
        "statements": found.statements,
        "originals": found.originals,
        "files": found.files,
        "problems": [{"code": one.code, "path": one.path} for one in found.problems],
        "not_checked": list(found.open),
    }
    report(as_json, data, _told(found))
    return 0 if found.word == "GREEN" else 1


def _told(found: packs.Verdict) -> Iterator[str]:
    yield _(_VERDICTS[found.word])
    yield from fields(
        [
            (_("statements"), found.statements),
            (_("originals"), found.originals),
            (_("files"), found.files),
            (_("archive"), found.archive),
            (_("packed by"), found.packed_by),
            (_("fingerprint"), found.fingerprint),
        ]
    )
    if found.problems:
        rows = [(_(_reason(one.code)), safe(one.path)) for one in found.problems]
        yield from table((_("what is wrong"), _("where")), rows)
    for code in found.open:
        yield _("Not checked: {what}").format(what=_(_OPEN[code]))


def _reason(code: str) -> str:
    return _REASONS["bag"] if code.startswith("bag-") else _REASONS[code]


def _text(path: Path) -> str:
    try:
        return read_file(path, _CHECKPOINT).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("This is no checkpoint.", "Give a file such as checkpoints/….") from error
