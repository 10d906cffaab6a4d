"""A table comes in, comes again, and comes changed: judged by what the csv module says it holds."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks import import_table as import_benchmark
from tests.shared_data import shared
from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError, MediumError, UsageError
from unburnt.crypto.passphrase import WEAK
from unburnt.model.batch import MAX_STATEMENTS
from unburnt.model.statement import ANSWERING
from unburnt.model.table_map import TableMap
from unburnt.model.table_map_reading import parse
from unburnt.workflow.exchange import add_site, site_backend, sync
from unburnt.workflow.import_report import OUTCOMES, Report
from unburnt.workflow.import_table import import_table
from unburnt.workflow.people import enrol, found, join, prepare
from unburnt.workflow.session import Claim, Session

PASSPHRASE = "heron and wren"
MAPS = Path(__file__).parent / "maps"
SMALL = parse(
    """
dataset: small
compartment: cases
key: id
attribution: [{column: told, schema: Organization}]
entities:
  event:
    schema: Event
    properties:
      name: {column: name}
      startDate: {column: date, type: date}
      sourceUrl: {column: links, type: url, split: ","}
  act:
    schema: Act
    skip_if_empty: [kind]
    properties:
      event: {entity: event}
      type: {column: kind, type: term, words: {beating: beating, arrest: arrest}}
"""
)
HEADER = ("id", "name", "date", "links", "kind", "told")
ROWS = {
    "1": ("1", "Сход", "04.12.2011", "http://a.org/1,http://a.org/2", "arrest", "Memorial"),
    "2": ("2", "Митинг", "05.12.2011", "", "", "Memorial"),
    "3": ("3", "Пикет", "06.12.2011", "http://a.org/3", "beating", ""),
}


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with found(tmp_path / "a", "heron", "office", PASSPHRASE, ["cases", "sources"], cost=WEAK) as s:
        yield s


@pytest.fixture
def bring(session: Session, tmp_path: Path) -> Callable[..., Report]:
    """Return a function that imports rows as a CSV; every call has a file of its own."""

    def imported(*rows: tuple[str, ...], table: TableMap = SMALL, **options: Any) -> Report:
        path = write(tmp_path / "list.csv", rows)
        return import_table(session, path, table, **options)

    return imported


def write(path: Path, rows: Any, header: tuple[str, ...] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def outcomes(report: Report) -> dict[str | None, str]:
    """Return key -> outcome, after checking that the totals add up."""
    totals = report.totals()
    assert totals["rows"] == sum(totals[name] for name in OUTCOMES if name != "withdrawn")
    assert len(report.rows) == sum(totals[name] for name in OUTCOMES)
    assert report.to_value()["totals"] == totals
    canonical.encode(report.to_value())
    return {row.key: row.outcome for row in report.rows}


def live(session: Session) -> Counter[tuple[Any, ...]]:
    """Return everything that stands, by import key instead of random id, with its number."""
    records = list(session.index.all())
    answered = {r.statement.answers for r in records if r.statement.stance in ANSWERING}
    names = {
        r.statement.entity: (r.statement.value["scheme"], r.statement.value["identifier"])
        for r in records
        if r.statement.property == "importKey"
        and not r.statement.value["scheme"].endswith((".handle", ".main"))
    }

    def named(value: Any) -> Any:
        return names[value["entity"]] if "entity" in value else canonical.encode(value)

    return Counter(
        (names[s.entity], s.property, named(s.value), s.stance, s.lang, len(s.attribution))
        for s in (r.statement for r in records if r.id not in answered)
        if s.stance not in ANSWERING
    )


# --- once --------------------------------------------------------------------------------------


def test_a_row_becomes_entities_that_rest_on_the_file(
    session: Session, bring: Callable[..., Report]
) -> None:
    report = bring(*ROWS.values())
    assert outcomes(report) == {"1": "added", "2": "added", "3": "added"}
    (key,) = session.index.by_identifier("small", "1")
    (act,) = session.index.by_identifier("small.act", "1")
    assert key.statement.schema == "Event"
    assert not session.index.by_identifier("small.act", "2"), "its column was empty"
    said = [r.statement for r in session.index.of_entity(key.statement.entity)]
    assert {s.source for s in said} == {report.file}
    assert {s.locator["row"] for s in said if s.locator} == {2}
    assert Counter(s.property for s in said) == {
        "importKey": 1,
        "name": 1,
        "startDate": 1,
        "sourceUrl": 2,
    }
    points = [r.statement for r in session.index.referring_to(key.statement.entity)]
    assert [(s.entity, s.property) for s in points] == [(act.statement.entity, "event")]
    (voice,) = session.index.by_identifier("small.said", "Memorial")
    assert {s.attribution for s in said} == {(), (voice.statement.entity,)}
    of_file = {r.statement.property for r in session.index.of_entity(report.file)}
    assert of_file == {"fileName", "contentHash", "importKey"}
    assert session.index.by_identifier("sha256", report.sha256)


REFUSED_ROWS = {
    "a date with two readings": (("9", "x", "03/04/2012", "", "", ""), "9", "“date”"),
    "a word that is not in the map": (("9", "x", "", "", "murder", ""), "9", "“kind”"),
    "a link that is none": (("9", "x", "", "see above", "", ""), "9", "“links”"),
    "a key that stood before": (("1", "x", "", "", "", ""), "1", "row 2 already"),
    "no key": (("", "x", "", "", "", ""), None, "The key “id” is empty"),
    "too few cells": (("9", "x"), None, "has 2 cells"),
    "a text too long": (("9", "x" * 32_768, "", "", "", ""), "9", "“name” is longer"),
    "a text that commands a terminal": (("9", "\x1b[2J", "", "", "", ""), "9", "“name”"),
    "a key too long": (("9" * 513, "x", "", "", "", ""), None, "513 bytes"),
}


@pytest.mark.parametrize(("row", "key", "reason"), REFUSED_ROWS.values(), ids=REFUSED_ROWS.keys())
def test_a_refused_row_says_why_and_stops_no_other(
    row: tuple[str, ...], key: str | None, reason: str, bring: Callable[..., Report]
) -> None:
    report = bring(ROWS["1"], row, ROWS["2"])
    (refused,) = report.of("refused")
    assert (refused.number, refused.key) == (3, key)
    assert reason in refused.reason
    assert [r.key for r in report.of("added")] == ["1", "2"]
    outcomes(report)


# --- again -------------------------------------------------------------------------------------


def test_the_same_table_again_changes_nothing(
    session: Session, bring: Callable[..., Report], tmp_path: Path
) -> None:
    bring(*ROWS.values())
    size = session.journal.tip(session.device).size
    assert set(outcomes(bring(*ROWS.values())).values()) == {"unchanged"}
    assert set(outcomes(bring(*reversed(ROWS.values()), ("",) * 6)).values()) == {"unchanged"}
    assert session.journal.tip(session.device).size == size


def test_a_changed_cell_is_stated_anew_and_the_old_one_superseded(
    session: Session, bring: Callable[..., Report]
) -> None:
    first = bring(*ROWS.values())
    changed = ("1", "Сход", "05.12.2011", "http://a.org/2,http://a.org/9", "", "Memorial")
    second = bring(changed, ROWS["2"], ROWS["3"])
    assert outcomes(second) == {"1": "changed", "2": "unchanged", "3": "unchanged"}
    assert second.rows[0].fields == (
        "act.event",
        "act.importKey",
        "act.type",
        "event.sourceUrl",
        "event.startDate",
    )
    assert (second.superseded, second.retracted) == (2, 3)
    (key,) = session.index.by_identifier("small", "1")
    dates = [
        r
        for r in session.index.of_entity(key.statement.entity)
        if r.statement.property == "startDate"
    ]
    old, new, answer = sorted(dates, key=lambda r: (r.sequence, r.position))
    assert old.statement.source == first.file != second.file
    assert new.statement.value == {"date": "2011-12-05"}
    assert (answer.statement.stance, answer.statement.answers) == ("superseded", old.id)
    assert {new.statement.source, answer.statement.source} == {second.file}


def test_a_row_that_is_gone_is_withdrawn_and_stated_again_when_it_comes_back(
    session: Session, bring: Callable[..., Report]
) -> None:
    bring(*ROWS.values())
    before = live(session)
    gone = bring(ROWS["1"], ROWS["2"])
    assert outcomes(gone) == {"1": "unchanged", "2": "unchanged", "3": "withdrawn"}
    assert not [one for one in live(session) if one[0] in (("small", "3"), ("small.act", "3"))]
    answers = [r.statement for r in session.index.resting_on(gone.file)]
    assert {s.stance for s in answers if s.answers} == {"retracted"}
    assert outcomes(bring(ROWS["1"], ROWS["2"])) == {"1": "unchanged", "2": "unchanged"}
    (event,) = {r.statement.entity for r in session.index.by_identifier("small", "3")}
    assert outcomes(bring(*ROWS.values()))["3"] == "added"
    assert {r.statement.entity for r in session.index.by_identifier("small", "3")} == {event}
    files = {one for one in live(session) if one[0][0] == "small.file"}
    assert live(session) - Counter(files) == before - Counter(files)


def test_a_row_that_is_refused_now_is_not_withdrawn(
    session: Session, bring: Callable[..., Report]
) -> None:
    bring(*ROWS.values())
    before = live(session)
    report = bring(ROWS["1"], ROWS["2"], ("3", "Пикет", "03/04/2012", "", "", ""))
    assert outcomes(report) == {"1": "unchanged", "2": "unchanged", "3": "refused"}
    assert live(session) == before


def test_as_long_as_a_row_bears_no_key_nothing_is_withdrawn(
    session: Session, bring: Callable[..., Report]
) -> None:
    bring(*ROWS.values())
    before = live(session)
    report = bring(ROWS["1"], ROWS["2"], ("", *ROWS["3"][1:]))
    assert outcomes(report) == {"1": "unchanged", "2": "unchanged", None: "refused"}
    assert report.held == 1
    assert live(session) == before


def test_what_a_person_took_back_is_not_stated_again(
    session: Session, bring: Callable[..., Report]
) -> None:
    bring(*ROWS.values())
    (key,) = session.index.by_identifier("small", "1")
    s = key.statement
    (name,) = [r for r in session.index.of_entity(s.entity) if r.statement.property == "name"]
    said = name.statement
    session.say(
        [
            Claim(
                *(said.entity, said.schema, said.property, said.value, said.entity),
                said.compartment,
                stance="retracted",
                answers=name.id,
            )
        ]
    )
    assert set(outcomes(bring(*ROWS.values())).values()) == {"unchanged"}


def test_what_another_map_of_the_dataset_made_stays_until_its_row_is_gone(
    session: Session, bring: Callable[..., Report]
) -> None:
    names = "dataset: small\ncompartment: cases\nkey: id\n"
    names += "entities: {event: {schema: Event, properties: {name: {column: name}}}}"
    bring(*ROWS.values())
    report = bring(("1", "Шествие", *ROWS["1"][2:]), ROWS["2"], table=parse(names))
    assert outcomes(report) == {"1": "changed", "2": "changed", "3": "withdrawn"}
    assert report.rows[0].fields == ("event.name",)
    standing = {one[:2] for one in live(session)}
    assert (("small", "1"), "startDate") in standing
    assert (("small.act", "1"), "type") in standing
    assert not [one for one in standing if one[0] in (("small", "3"), ("small.act", "3"))]


# --- what is refused whole ---------------------------------------------------------------------


def test_a_dataset_has_one_home_and_one_first_entity(bring: Callable[..., Report]) -> None:
    bring(*ROWS.values())
    text = "dataset: small\ncompartment: {}\nkey: id\n"
    text += "entities: {{{}: {{schema: {}, properties: {{x-n: {{column: name}}}}}}}}"
    with pytest.raises(UsageError, match="another compartment"):
        bring(*ROWS.values(), table=parse(text.format("sources", "event", "Event")))
    with pytest.raises(UsageError, match="another entity first"):
        bring(*ROWS.values(), table=parse(text.format("cases", "act", "Act")))


def test_a_table_that_cannot_be_read_writes_nothing(
    session: Session, bring: Callable[..., Report], tmp_path: Path
) -> None:
    bring(*ROWS.values())
    size = session.journal.tip(session.device).size
    with pytest.raises(UsageError, match="no rows"):
        bring()
    with pytest.raises(MediumError):
        import_table(session, tmp_path / "nowhere.csv", SMALL)
    (tmp_path / "bad.csv").write_bytes("id,Имя\n".encode("cp1251"))
    with pytest.raises(ForeignDataError):
        import_table(session, tmp_path / "bad.csv", SMALL)
    assert session.journal.tip(session.device).size == size


# --- interrupted -------------------------------------------------------------------------------


BEFORE = [*ROWS.values(), *((str(n), "Row", "2012", "", "beating", "OVD") for n in range(4, 8))]
AFTER = [
    (*ROWS["1"][:2], "07.12.2011", *ROWS["1"][3:]),
    ROWS["2"],
    ("20", "Новый", "", "", "arrest", "Agora"),
]


@pytest.mark.slow
@pytest.mark.parametrize("indexed", [True, False], ids=["after it is indexed", "before"])
def test_cut_at_any_entry_the_same_import_finishes(tmp_path: Path, indexed: bool) -> None:
    whole, entries = _final(tmp_path / "whole", None, indexed)
    assert entries > 6
    for cut in range(1, entries + 1):
        again, _ = _final(tmp_path / f"cut{cut}", cut, indexed)
        assert again == whole, f"cut at entry {cut}"


def _final(folder: Path, cut: int | None, indexed: bool) -> tuple[Counter[tuple[Any, ...]], int]:
    """Import two versions, interrupted once at entry `cut`; return what stands, and entries."""
    written = 0

    def act(apply: Callable[[Any], None], items: Any) -> None:
        nonlocal written
        written += 1
        if indexed:
            apply(items)
        if written == cut:
            raise KeyboardInterrupt
        if not indexed:
            apply(items)

    folder.mkdir()
    root = folder / "a"
    found(root, "heron", "office", PASSPHRASE, ["cases"], cost=WEAK).close()
    for number, rows in enumerate((BEFORE, AFTER)):
        path = write(folder / f"{number}.csv", rows)
        for _ in range(2):  # the second time after a cut, or to find all unchanged
            with Session.open(root, PASSPHRASE) as session, pytest.MonkeyPatch.context() as patch:
                patch.setattr(session.index, "apply", partial(act, session.index.apply))
                with suppress(KeyboardInterrupt):
                    import_table(session, path, SMALL, batch=12)
    with Session.open(root, PASSPHRASE) as session:
        statements = Counter(
            (s.entity, s.property, canonical.encode(s.value), s.stance, s.source, s.answers)
            for s in (record.statement for record in session.index.all())
        )
        assert max(statements.values()) == 1, "a statement stands twice"
        return live(session), written


def test_two_devices_that_imported_one_list_before_they_met_agree_afterwards(
    tmp_path: Path,
) -> None:
    path, site = write(tmp_path / "list.csv", ROWS.values()), tmp_path / "site"
    site.mkdir()
    with found(tmp_path / "a", "heron", "office", PASSPHRASE, ["cases"], cost=WEAK) as one:
        card = prepare(tmp_path / "b", "field", PASSPHRASE, cost=WEAK)
        enrol(one, card, "wren", {"cases": "write"})
        add_site(one, "partner", site, {"operator": "us"}, make=True)
        sync(one, "partner")
        place = site_backend(one, "partner")
        with join(tmp_path / "b", PASSPHRASE, place, one.archive, cost=WEAK) as two:
            add_site(two, "partner", site, {"operator": "us"}, make=True)
            for session in (one, two):
                import_table(session, path, SMALL)
            for session in (one, two, one):
                sync(session, "partner")
            import_table(one, path, SMALL)
            sync(one, "partner")
            sync(two, "partner")
            for session in (one, two):
                assert set(outcomes(import_table(session, path, SMALL)).values()) == {"unchanged"}
            assert one.index.digest() == two.index.digest()


def test_a_device_that_cannot_read_a_compartment_does_not_import_there(tmp_path: Path) -> None:
    path, site = write(tmp_path / "list.csv", ROWS.values()), tmp_path / "site"
    site.mkdir()
    with found(tmp_path / "a", "heron", "office", PASSPHRASE, ["cases"], cost=WEAK) as one:
        card = prepare(tmp_path / "b", "field", PASSPHRASE, cost=WEAK)
        enrol(one, card, "wren", {"cases": "drop"})
        add_site(one, "partner", site, {"operator": "us"}, make=True)
        sync(one, "partner")
        place = site_backend(one, "partner")
        with join(tmp_path / "b", PASSPHRASE, place, one.archive, cost=WEAK) as two:
            with pytest.raises(UsageError, match="cannot read that compartment"):
                import_table(two, path, SMALL)
            assert two.journal.tip(two.device).size == 0


def test_entries_stay_within_their_bound(session: Session, bring: Callable[..., Report]) -> None:
    report = bring(*((str(n), "Row", "2012", "", "beating", "OVD") for n in range(1000)))
    assert report.entries == 2
    sizes = Counter(record.sequence for record in session.index.all())
    assert max(sizes.values()) <= MAX_STATEMENTS


# --- the judge: two versions of one real list --------------------------------------------------

# What each map makes of a row, told once more without it: property -> columns.
EARLY = {
    "startDate": ["date"],
    "name": ["comment"],
    "keywords": ["subject", "type"],
    "location": ["place"],
    "numberOfVictims": ["total"],
    "agreement": ["agreement"],
}
LIST = {
    "startDate": ["date"],
    "name": ["description", "description_eng"],
    "keywords": ["subject", "event_type"],
    "location": ["place"],
    "numberOfVictims": ["number_of_detentions"],
    "agreement": ["agreement"],
}


def independent(path: Path, key: str, columns: dict[str, list[str]]) -> dict[str, Any]:
    """Return key -> what its row says, by the csv module alone; languages tell names apart."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found: dict[str, Any] = {}
    for row in rows:
        said = {
            name: {
                (cell.strip(), at)
                for at, cell in enumerate(row[c] for c in several)
                if cell.strip()
            }
            for name, several in columns.items()
        }
        said["keywords"] = {(cell, 0) for cell, _ in said["keywords"]}
        links = [part.strip() for part in row.get("links", "").split(",")]
        said["links"] = {(part, 0) for part in links if part.startswith("http")}
        found[row[key]] = said
    assert len(found) == len(rows)
    return found


@pytest.mark.shared
def test_two_versions_of_a_real_list(session: Session, tmp_path: Path) -> None:
    early = shared("victims/ovdinfo/data_2012_early.csv")
    late = shared("victims/ovdinfo/list_2012.csv")
    old, new = independent(early, "id", EARLY), independent(late, "Id", LIST)
    maps = {name: parse((MAPS / f"{name}.yaml").read_text("utf-8")) for name in ("early", "list")}
    first = import_table(session, early, maps["early"])
    assert outcomes(first) == dict.fromkeys(old, "added")
    second = import_table(session, late, maps["list"])
    assert outcomes(second) == {
        **dict.fromkeys(new.keys() - old.keys(), "added"),
        **{
            key: "changed" if new[key] != old[key] else "unchanged"
            for key in new.keys() & old.keys()
        },
        **dict.fromkeys(old.keys() - new.keys(), "withdrawn"),
    }
    for row in second.of("changed"):
        ours = {name.partition(".")[2].removeprefix("x-") for name in row.fields}
        theirs = {name for name in new[row.key or ""] if _differs(name, old, new, row.key or "")}
        assert ours == {"sourceUrl" if name == "links" else name for name in theirs}, row.number
    size = session.journal.tip(session.device).size
    assert outcomes(import_table(session, late, maps["list"])) == dict.fromkeys(new, "unchanged")
    assert session.journal.tip(session.device).size == size
    back = import_table(session, early, maps["early"])
    assert {row.key for row in back.of("withdrawn")} == new.keys() - old.keys()


def _differs(name: str, old: dict[str, Any], new: dict[str, Any], key: str) -> bool:
    return bool(old[key].get(name, set()) != new[key][name])


@pytest.mark.shared
def test_a_part_of_a_real_list_with_one_cell_changed(session: Session, tmp_path: Path) -> None:
    source = shared("victims/ovdinfo/list_2012.csv")
    with source.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    table = parse((MAPS / "list.yaml").read_text("utf-8"))
    import_table(session, source, table)
    rows[5][header.index("number_of_detentions")] = "9999"
    path = write(tmp_path / "part.csv", rows[:100], tuple(header))
    report = outcomes(import_table(session, path, table))
    assert report == {
        **{row[0]: "unchanged" for row in rows[:100]},
        rows[5][0]: "changed",
        **{row[0]: "withdrawn" for row in rows[100:]},
    }


def test_the_benchmark_measures_what_it_says(tmp_path: Path) -> None:
    measured = import_benchmark.measure(tmp_path, 50, lambda what, count: None)
    (tmp_path / "book").mkdir()
    measured |= import_benchmark.measure_workbook(tmp_path / "book", 50)
    assert measured.keys() >= import_benchmark.BARS.keys()
    assert all(value > 0 for value in measured.values())
