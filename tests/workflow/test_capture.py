"""A page becomes evidence; a failure is recorded too; the deletion of a watched page is noticed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.evidence.capture.pages import STORY, Pages
from tests.evidence.capture.seen import PAGE, exchange, seen
from tests.stock import stock
from unburnt.core.errors import UsageError
from unburnt.crypto.passphrase import WEAK
from unburnt.evidence.capture import wacz_reading
from unburnt.evidence.capture.browser import Options
from unburnt.evidence.capture.record import Seen
from unburnt.evidence.capture.warc_reading import payload
from unburnt.evidence.extractors import Extractor
from unburnt.workflow import extract as extracting
from unburnt.workflow import watch
from unburnt.workflow.capture import capture, harmless, options
from unburnt.workflow.give_back import restore, verify
from unburnt.workflow.people import found
from unburnt.workflow.session import Session

Random = Callable[[int], bytes]
Clock = Callable[[], str]
HERE = options(["127.0.0.1"])


@pytest.fixture
def session(tmp_path: Path, random_bytes: Random, clock: Clock) -> Iterator[Session]:
    made = found(
        tmp_path / "archive",
        "heron",
        "office",
        "pass",
        ["cases"],
        cost=WEAK,
        random=random_bytes,
        clock=clock,
    )
    with made:
        yield made


@pytest.fixture
def pages() -> Iterator[Pages]:
    stock("chromium")
    pytest.importorskip("playwright", reason="the extra capture is not installed")
    with Pages() as serving:
        yield serving


def told(session: Session, entity: str) -> dict[str, Any]:
    """Return what is said of an entity: by property, the last value without its tag and note."""
    return {
        one.statement.property: next(v for k, v in one.statement.value.items() if k != "note")
        for one in session.index.of_entity(entity)
    }


WRONG = {
    "no reason": ("https://example.org/", "  "),
    "another scheme": ("ftp://example.org/", "a threat"),
    "an inner host": ("http://192.168.1.1/", "a threat"),
    "this machine": ("http://localhost/", "a threat"),
}


@pytest.mark.parametrize(("url", "reason"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_request_is_refused_and_nothing_is_said(
    session: Session, url: str, reason: str
) -> None:
    circle = session.compartment("cases")
    before = session.index.count()
    with pytest.raises(UsageError):
        capture(session, url, reason=reason, compartment=circle)
    with pytest.raises(UsageError):
        extracting.extract(session, Extractor("true", ()), url, reason=reason, compartment=circle)
    assert session.index.count() == before


def test_foreign_words_are_made_harmless() -> None:
    assert harmless("a\x1b[2Jb\n\u202ec", 100) == "a\\x1b[2Jb\n\\u202ec"
    assert len(harmless("ж" * 1000, 100).encode()) <= 100
    assert harmless("a" + "\u0301" * 99, 1000) == ""
    assert harmless("\ud800", 100) == "\\ud800"


@pytest.mark.slow
@pytest.mark.stock
def test_a_page_becomes_evidence(session: Session, pages: Pages, tmp_path: Path) -> None:
    circle = session.compartment("cases")
    url = pages.url("/moved")
    done = capture(session, url, reason="a threat", compartment=circle, how=HERE)
    assert (done.outcome, done.status, done.title) == ("capture-first", 200, "A car was burnt")
    assert done.evidence is not None
    said = told(session, done.evidence)
    assert said["captureKind"] == "web-capture"
    assert said["sourceUrl"] == pages.url("/story")
    assert "Сгорела машина" in said["bodyText"]
    look = told(session, done.capture)
    assert (look["url"], look["finalUrl"]) == (url, pages.url("/story"))
    assert (look["captureReason"], look["evidence"]) == ("a threat", done.evidence)
    sources = {
        one.statement.property: one.statement.source
        for one in session.index.of_entity(done.evidence)
    }
    assert (sources["file"], sources["title"]) == (session.member, done.evidence)
    restore(session, tmp_path / "out", circle)
    (file,) = (tmp_path / "out").rglob("*.wacz")
    data = file.read_bytes()
    assert hashlib.sha256(data).hexdigest() == said["file"]["sha256"]
    bodies = {one.uri: payload(one) for one in wacz_reading.records(data) if one.type == "response"}
    assert bodies[pages.url("/story")] == STORY.encode()
    assert verify(session).originals == 1


@pytest.mark.slow
@pytest.mark.stock
def test_an_attempt_that_failed_is_recorded(session: Session, pages: Pages) -> None:
    circle = session.compartment("cases")
    done = capture(session, "http://127.0.0.1:6/", reason="a threat", compartment=circle, how=HERE)
    assert (done.outcome, done.evidence) == ("capture-unreachable", None)
    look = told(session, done.capture)
    assert (look["outcome"], look["captureReason"]) == ("capture-unreachable", "a threat")
    (outcome,) = (
        one.statement.value
        for one in session.index.of_entity(done.capture)
        if one.statement.property == "outcome"
    )
    assert "could not be fetched" in outcome["note"]


@pytest.mark.slow
@pytest.mark.stock
def test_the_deletion_of_a_watched_page_is_noticed(session: Session, pages: Pages) -> None:
    circle = session.compartment("cases")
    pages.texts["/post"] = "<title>Post</title><p>We will burn it."
    watch.add(session, pages.url("/post"), hours=24, reason="their threat", compartment=circle)

    def looks() -> list[tuple[str, bool]]:
        found = watch.run_due(session, HERE, all_=True)
        return [(done.outcome, done.evidence is not None) for _, done in found]

    assert looks() == [("capture-first", True)]
    assert looks() == [("capture-same", False)], "it is not kept twice"
    assert list(watch.run_due(session, HERE)) == [], "it is not due yet"
    pages.texts["/post"] = "<title>Post</title><p>We said nothing."
    assert looks() == [("capture-changed", True)]
    pages.gone.add("/post")
    assert looks() == [("capture-gone", True)]
    assert looks() == [("capture-gone", False)]
    pages.gone.clear()
    pages.texts["/post"] = "<title>Log in</title><p>You must log in to continue."
    assert looks() == [("capture-changed", True)], "these words mean a wall on other hosts only"
    (one,) = watch.watched(session)
    assert len(one.looks) == 6
    assert len({look.digests for look in one.looks}) == 4, "every version is kept"


UNSOUND = {
    "an address that a record cannot have": seen(exchanges=(exchange("http://a.example/<b>"),)),
    "a line in an address": seen(exchanges=(exchange("http://a.example/\nb"),)),
    "a date that is none": seen(started="yesterday"),
    "what no archive can be written of": seen(exchanges=(exchange(PAGE, status_text=None),)),
}


@pytest.mark.stock
@pytest.mark.parametrize("given", UNSOUND.values(), ids=UNSOUND.keys())
def test_what_makes_no_sound_archive_is_a_recorded_failure_and_nothing_of_it_is_kept(
    session: Session, tmp_path: Path, given: Seen
) -> None:
    stock("chromium")
    pytest.importorskip("warcio", reason="the extra capture is not installed")
    circle = session.compartment("cases")
    watch.add(session, PAGE, hours=6, reason="x", compartment=circle)
    objects = sorted(path.name for path in (tmp_path / "archive" / "objects").rglob("*"))
    done = capture(session, PAGE, reason="x", compartment=circle, fetch=lambda *_: given)
    assert (done.outcome, done.evidence) == ("capture-failed", None)
    assert done.why
    look = told(session, done.capture)
    assert look["outcome"] == "capture-failed"
    assert not {"evidence", "textDigest", "mediaDigest"} & look.keys()
    again = sorted(path.name for path in (tmp_path / "archive" / "objects").rglob("*"))
    assert len(set(again) - set(objects)) == 2, "the entry that says so and its folder"
    assert session.index.entities("Evidence") == []


def test_the_list_of_watched_pages(session: Session) -> None:
    circle = session.compartment("cases")
    made = watch.add(
        session, "https://example.org/b", hours=6, reason="a threat", compartment=circle
    )
    watch.add(session, "https://example.org/a", hours=24, reason="a list", compartment=circle)
    first, second = watch.watched(session)
    assert (first.url, first.hours, first.due, first.last) == (
        "https://example.org/a",
        24,
        "",
        None,
    )
    assert (second.id, second.reason, second.stopped) == (made, "a threat", False)
    watch.stop(session, made)
    assert [one.stopped for one in watch.watched(session)] == [False, True]
    with pytest.raises(UsageError, match="not watched"):
        watch.stop(session, made)
    with pytest.raises(UsageError):
        watch.add(session, "https://example.org/", hours=0, reason="x", compartment=circle)
    with pytest.raises(UsageError):
        watch.add(session, "https://example.org/", hours=1, reason=" ", compartment=circle)


@pytest.mark.stock
def test_a_watched_name_that_leads_inside_does_not_stop_the_others(session: Session) -> None:
    stock("chromium")
    pytest.importorskip("playwright", reason="the extra capture is not installed")
    circle = session.compartment("cases")
    for name in ("a", "b"):
        watch.add(session, f"https://{name}.example/", hours=6, reason="x", compartment=circle)
    how = Options(resolve=lambda host, port: ["10.0.0.1"])
    looks = [(done.outcome, done.why) for _, done in watch.run_due(session, how)]
    assert looks == [("capture-unreachable", "This host may not be captured: private.")] * 2


def test_due_is_the_last_look_and_the_hours() -> None:
    look = watch.Look("2026-11-22T20:00:00Z", "capture-unreachable", None)
    reached = watch.Look("2026-11-21T20:00:00Z", "capture-first", ("t", "m"))
    one = watch.Watched("id", "https://example.org/", 6, "x", "c", False, (reached, look))
    assert one.due == "2026-11-23T02:00:00Z"
    assert one.before == ("t", "m"), "compared with the last page that came"


def test_a_notice_between_two_looks_changes_nothing_of_the_page() -> None:
    outcomes = ["first", "blocked", "withheld", "unreachable"]
    looks = tuple(
        watch.Look(f"2026-11-2{day}T20:00:00Z", f"capture-{outcome}", (outcome, "m"))
        for day, outcome in enumerate(outcomes)
    )
    one = watch.Watched("id", "https://example.org/", 6, "x", "c", False, looks)
    assert (one.before, one.held) == (("first", "m"), ("unreachable", "m"))
    gone = (*looks, watch.Look("2026-11-25T20:00:00Z", "capture-gone", ("gone", "m")))
    again = watch.Watched("id", "https://example.org/", 6, "x", "c", False, gone)
    assert again.before == ("gone", "m")


@pytest.mark.slow
@pytest.mark.stock
def test_a_watched_page_that_is_blocked_and_comes_back(session: Session, pages: Pages) -> None:
    circle = session.compartment("cases")
    pages.texts["/post"] = "<title>Post</title><p>We will burn it."
    watch.add(session, pages.url("/post"), hours=24, reason="their threat", compartment=circle)

    def look() -> tuple[str, bool, str]:
        ((_, done),) = watch.run_due(session, HERE, all_=True)
        return done.outcome.removeprefix("capture-"), done.evidence is not None, done.why

    assert look() == ("first", True, "")
    pages.answers["/post"] = 451, (("Link", '<https://order.example/>; rel="blocked-by"'),)
    blocked = "the server answers 451, blocked by https://order.example/"
    assert look() == ("blocked", True, blocked)
    assert look() == ("blocked", False, blocked), "the notice is not kept twice"
    pages.answers["/post"] = 403, (("CF-Mitigated", "challenge"),)
    assert look()[0] == "withheld"
    pages.answers.clear()
    assert look() == ("same", False, "")


def test_what_an_extractor_brings_is_taken_in(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    program = tmp_path / "fetcher"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo 7 && exit\n'
        '[ "$1" = fail ] && exit 1\necho film > film.mp4\necho "{}" > info.json\n'
    )
    program.chmod(0o755)
    circle = session.compartment("cases")

    def fetch(word: str) -> extracting.Fetched:
        return extracting.extract(
            session,
            Extractor("fetcher", (word,)),
            "https://93.184.216.34/film",
            reason="a threat",
            compartment=circle,
        )

    done = fetch("go")
    assert (done.tool, len(done.evidence), done.failure) == ("fetcher 7", 2, "")
    said = told(session, done.evidence[0])
    assert (said["captureTool"], said["captureKind"]) == ("fetcher 7", "downloaded")
    assert said["sourceUrl"] == "https://93.184.216.34/film"
    failed = fetch("fail")
    assert (failed.evidence, told(session, failed.capture)["outcome"]) == ((), "capture-failed")


def test_the_command_of_an_extractor_is_set_by_a_person_and_kept_on_the_device(
    session: Session,
) -> None:
    with pytest.raises(UsageError, match="not known"):
        extracting.find(session, "mirror")
    extracting.set_extractor(session, "mirror", ["wget", "-p", "{url}"])
    assert extracting.find(session, "mirror") == Extractor("wget", ("-p", "{url}"))
    assert set(extracting.known(session)) == {"mirror", "yt-dlp", "auto-archiver"}
    with pytest.raises(UsageError):
        extracting.set_extractor(session, "bad", ["sh"])
    extracting.set_extractor(session, "mirror", [])
    with pytest.raises(UsageError, match="not set"):
        extracting.set_extractor(session, "mirror", [])
