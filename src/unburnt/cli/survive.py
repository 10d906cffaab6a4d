"""Surviving: rehearsing a loss, recovering, and looking at the copy on this device."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import click

from unburnt.cli.app import PATH, App, as_json, command, read_file, read_words, when_stopped
from unburnt.cli.manual import CHECK, Manual
from unburnt.cli.problem_words import labels, problem_data, problem_lines
from unburnt.cli.root import unburnt
from unburnt.cli.show import fields, progress, remark, report, safe, table
from unburnt.cli.verdicts import verdict
from unburnt.cli.words import N_, _
from unburnt.workflow import cards, rehearse, verify
from unburnt.workflow.lookup import check_archive_id, open_place
from unburnt.workflow.recover import check_empty, check_enough, check_member, recover

_CARD = 256 * 1024  # bytes
_BEGIN_ELSEWHERE = N_(
    "Recover again into another empty folder: this one holds a beginning that cannot be used. The"
    " surviving copies were only read."
)


@command(
    unburnt,
    "drill",
    Manual(
        what=N_(
            "Rehearse a loss on scratch copies: the sites of --burn are gone, the people of"
            " --arrest cannot help, one surviving site must give everything back. The result is"
            " recorded in the archive."
        ),
        when=N_(
            "Every three months, with another scene each time. Trustees bring their drill cards,"
            " never the real ones."
        ),
        example="unburnt drill --burn office --arrest heron --drill-cards cards.txt",
        never=N_(
            "It touches no site and no key that exists. It cannot tell whether the real cards are"
            " still readable: each trustee checks that alone."
        ),
        exits=CHECK,
        keys={
            "green": N_("whether everything was rehearsed and went well"),
            "survivor": N_("the site that everything was fetched from"),
            "seconds": N_("how long it took"),
            "steps": N_("list of: name, ok (null: not rehearsed), looked, detail"),
            "entity": N_("id of the recorded drill"),
        },
    ),
)
@click.option("--burn", multiple=True, required=True, metavar="SITE", help=N_("A site that burns."))
@click.option("--arrest", multiple=True, metavar="MEMBER", help=N_("A member who is taken."))
@click.option(
    "--drill-cards", type=PATH, help=N_("File with the drill words, one card a line, yours alone.")
)
@click.option("--compartment", default="staff", help=N_("Where the result is recorded."))
@as_json
def drill(
    app: App,
    burn: tuple[str, ...],
    arrest: tuple[str, ...],
    drill_cards: Path | None,
    compartment: str,
    as_json: bool,
) -> int:
    """Rehearse a loss."""
    with app.open() as session, tempfile.TemporaryDirectory() as scratch, progress() as tell:
        target = session.compartment(compartment)
        rehearse.check_scene(session, burn, arrest)
        words = read_words(
            drill_cards, _("Type the drill words, one card a line; end with an empty line.")
        )
        place = Path(scratch) / "drill"
        found = rehearse.rehearse(session, burn, arrest, words, place, tell)
        entity = rehearse.record(session, found, target)
    green = found.verdict().level.name == "GREEN"
    steps = [
        {"name": s.name, "ok": s.ok, "looked": s.looked, "detail": s.detail} for s in found.steps
    ]
    data = {
        "green": green,
        "survivor": found.survivor,
        "seconds": found.seconds,
        "steps": steps,
        "entity": entity,
    }
    rows = [(s["name"], _result(s["ok"]), s["detail"]) for s in steps]
    pairs = [(_("recovered from"), found.survivor), (_("recorded as"), entity)]
    table_lines = table((_("step"), _("result"), _("detail")), rows)
    report(as_json, data, [verdict(green), *table_lines, *fields(pairs)])
    return 0 if green else 1


def _result(ok: object) -> str:
    return {True: _("well"), False: _("FAILED"), None: _("not rehearsed")}[ok]  # type: ignore[index]


@command(
    unburnt,
    "recover",
    Manual(
        what=N_(
            "Recover a whole archive into an empty folder from enough trustees' cards and any"
            " surviving copies, and make this device an admin of it."
        ),
        when=N_(
            "When every device that could open the archive is gone. On a new, trusted machine,"
            " with the trustees beside you. ARCHIVE is the id on the cards. Afterwards: revoke the"
            " lost devices, appoint trustees anew, sync."
        ),
        example="unburnt --archive ~/recovered recover 74eaa9… --from /media/stick"
        " --member heron --device new-laptop",
        never=N_(
            "It writes nothing to the surviving copies and hides no loss: what somebody saw and"
            " nobody holds any more is listed, and the exit code is RED."
        ),
        exits=CHECK,
        keys={
            "archive": N_("id of the archive"),
            "device": N_("id of this device"),
            "whole": N_("whether nothing is missing that anybody is known to have seen"),
            "statements": N_("statements that can be read again"),
            "problems": N_("list of: code, device, sequence, detail"),
        },
    ),
)
@click.argument("archive")
@click.option(
    "--from", "sources", type=PATH, multiple=True, required=True, help=N_("A surviving copy.")
)
@click.option("--member", required=True, help=N_("Code name of whoever recovers."))
@click.option("--device", required=True, help=N_("Code name of this device."))
@click.option("--new-member", is_flag=True, help=N_("That member is not in the archive yet."))
@click.option("--cards", "card_file", type=PATH, help=N_("File with the words, one card a line."))
@click.option("--head-card", type=PATH, multiple=True, help=N_("A head card to compare with."))
@as_json
def recover_archive(
    app: App,
    archive: str,
    sources: tuple[Path, ...],
    member: str,
    device: str,
    new_member: bool,
    card_file: Path | None,
    head_card: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Recover an archive."""
    check_empty(app.root)
    check_archive_id(archive)
    survivors = [open_place(source) for source in sources]
    if not new_member:
        check_member(survivors, archive, member)
    seen = [cards.read_head_card(read_file(path, _CARD)) for path in head_card]
    words = read_words(
        card_file, _("Type the words of the cards, one card a line; end with an empty line.")
    )
    check_enough(words)
    passphrase = app.passphrase(new=True)
    with progress() as tell, when_stopped(_(_BEGIN_ELSEWHERE)):
        found = recover(
            app.root,
            words,
            survivors,
            archive,
            passphrase,
            member=member,
            device=device,
            knowledge=[item for known in seen for item in known.knowledge()],
            cost=app.cost,
            progress=tell,
        )
    with found.session as session:
        data: dict[str, Any] = {
            "archive": archive,
            "device": session.device,
            "whole": found.whole,
            "statements": session.index.count(),
            "problems": problem_data(found.problems),
        }
        wrong = problem_lines(data["problems"], labels(session.roster))
    pairs = [(_("device"), data["device"]), (_("statements"), data["statements"])]
    lines = [verdict(found.whole), *fields(pairs), *wrong]
    report(as_json, data, lines)
    remark(_("Next: revoke the lost devices, appoint trustees anew, sync."))
    return 0 if found.whole else 1


@command(
    unburnt,
    "verify",
    Manual(
        what=N_(
            "Verify the copy on this device: every signature and history, every object there. With"
            " --deep: every byte read, every batch and original opened, the tables compared with"
            " what was signed."
        ),
        when=N_("After a crash or a doubt; deep once a month."),
        example="unburnt verify --deep",
        never=N_("It repairs nothing; a copy with nothing in it is RED."),
        exits=CHECK,
        keys={
            "green": N_("whether nothing is wrong"),
            "deep": N_("whether everything was read and opened"),
            "entries": N_("entries looked at"),
            "objects": N_("objects looked at"),
            "bytes": N_("bytes read and hashed"),
            "statements": N_("statements in the tables"),
            "batches": N_("batches opened; null when not deep"),
            "originals": N_("originals opened; null when not deep"),
            "withdrawn": N_("originals that were withdrawn: neither opened nor missing"),
            "digests_equal": N_("whether the tables say what was signed; null when not deep"),
            "problems": N_("list of: code, device, sequence, detail"),
            "alarms": N_("the same, where a key seems to be abused"),
        },
    ),
)
@click.option("--deep", is_flag=True, help=N_("Read and open everything."))
@as_json
def verify_archive(app: App, deep: bool, as_json: bool) -> int:
    """Verify this copy."""
    with app.open() as session, progress() as tell:
        found = verify.verify(session, deep, tell)
        named = labels(session.roster)
    data: dict[str, Any] = {
        "green": found.green,
        "deep": deep,
        "entries": found.entries,
        "objects": found.objects,
        "bytes": found.bytes_read,
        "statements": found.statements,
        "batches": found.batches,
        "originals": found.originals,
        "withdrawn": found.withdrawn,
        "digests_equal": found.digests_equal,
        "problems": problem_data(found.problems),
        "alarms": problem_data(found.alarms),
    }
    pairs = [
        (_("entries"), found.entries),
        (_("objects"), found.objects),
        (_("statements"), found.statements),
    ]
    if deep:
        pairs += [(_("batches opened"), found.batches or 0)]
    pairs += [(_("withdrawn"), found.withdrawn)] if found.withdrawn else []
    faults = problem_lines([*data["problems"], *data["alarms"]], named)
    report(as_json, data, [verdict(found.green), *fields(pairs), *faults])
    return 0 if found.green else 1


@command(
    unburnt,
    "rebuild",
    Manual(
        what=N_("Throw the tables of this device away and build them again from the logs."),
        when=N_("When verify says that the tables differ, or after a new version."),
        example="unburnt rebuild",
        never=N_("It touches no record: tables are derived and can be deleted at any time."),
        exits=CHECK,
        keys={
            "before": N_("digest of the tables before"),
            "after": N_("digest of the tables after"),
            "equal": N_("whether they are the same"),
        },
    ),
)
@as_json
def rebuild(app: App, as_json: bool) -> int:
    """Rebuild the tables."""
    with app.open() as session, progress() as tell:
        before, after = verify.rebuild(session, tell)
    equal = before == after
    pairs = [(_("before"), before), (_("after"), after)]
    data = {"before": before, "after": after, "equal": equal}
    report(as_json, data, [verdict(equal), *fields(pairs)])
    return 0 if equal else 1


@command(
    unburnt,
    "digest",
    Manual(
        what=N_("Print the digest of the tables, as a whole and for each compartment."),
        when=N_("To compare two devices: equal digests mean that both read the same."),
        example="unburnt digest",
        never=N_("It says nothing about compartments that this device cannot read."),
        keys={
            "digest": N_("digest of everything readable here"),
            "statements": N_("how many statements that is"),
            "compartments": N_("digest by label"),
        },
    ),
)
@as_json
def digest(app: App, as_json: bool) -> None:
    """Print digests."""
    with app.open() as session:
        labels = {c.id: c.label for c in session.roster.compartments.values()}
        each = {labels.get(c, c): session.index.digest(c) for c in session.index.compartments()}
        data = {
            "digest": session.index.digest(),
            "statements": session.index.count(),
            "compartments": each,
        }
    lines = [safe(data["digest"]), *fields(sorted(each.items()))]
    report(as_json, data, lines)
