"""Fetching with another program: what it leaves is taken in as evidence, with its name and version.

    done = extract(session, "yt-dlp", "https://youtu.be/…", reason="…", compartment=cases)
    done.evidence, done.tool, done.failure

1. the request is checked as for a capture;  2. the program runs as a process of its own;
3. its files are taken in, as any files;  4. each is said to come from this address, by this tool.
A run that failed is a capture that failed, recorded with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from unburnt.core.errors import MediumError, UsageError
from unburnt.core.ids import new_id
from unburnt.evidence import extractors
from unburnt.evidence.capture import gone
from unburnt.evidence.capture.browser import check_proxy
from unburnt.evidence.capture.gate import resolve
from unburnt.evidence.capture.urls import Places, Resolve, check_url
from unburnt.evidence.extractor_run import Bounds
from unburnt.evidence.extractors import Extracted, Extractor
from unburnt.model import values
from unburnt.storage import settings
from unburnt.workflow.capture import check_reason, harmless
from unburnt.workflow.session import Claim, Session
from unburnt.workflow.take_in import take_in

_SETTINGS = "extractors"
_MOST_REFUSED = 50  # statements


@dataclass(frozen=True, slots=True)
class Fetched:
    """One run: the entity of the look, the evidence it gave, the tool, and why it failed or ""."""

    capture: str
    evidence: tuple[str, ...] = ()
    tool: str = ""
    failure: str = ""


def known(session: Session) -> dict[str, Extractor]:
    """Return every extractor that can be run here by its name: ours, and those a person set."""
    kept: dict[str, list[str]] = _kept(session)
    return {**extractors.KNOWN, **{name: extractors.check(name, kept[name]) for name in kept}}


def find(session: Session, name: str) -> Extractor:
    """Return the extractor of this name; UsageError naming those that are known."""
    found = known(session)
    if name not in found:
        names = ", ".join(sorted(found))
        raise UsageError("This extractor is not known.", f"Choose one of: {names}.")
    return found[name]


def set_extractor(session: Session, name: str, words: Sequence[str]) -> None:
    """Remember on this device, sealed, how a program is run; without words, forget it.

    UsageError for a command that cannot be one, or a name that is not set.
    """
    kept = _kept(session)
    if words:
        extractors.check(name, words)
        kept[name] = list(words)
    elif name not in kept:
        raise UsageError("This extractor was not set here.", "See: unburnt extractor list.")
    else:
        del kept[name]
    stored = settings.read(session.root, session.keys.settings)
    settings.write(session.root, session.keys.settings, {**stored, _SETTINGS: kept})


def _kept(session: Session) -> dict[str, list[str]]:
    stored = settings.read(session.root, session.keys.settings)
    kept: dict[str, list[str]] = stored.get(_SETTINGS, {})
    return dict(kept)


def extract(
    session: Session,
    extractor: Extractor,
    url: str,
    *,
    reason: str,
    compartment: str,
    bounds: Bounds | None = None,
    proxy: str | None = None,
    private: Iterable[str] = (),
    resolve: Resolve = resolve,
) -> Fetched:
    """Run an extractor on an address and take in what it leaves.

    Raises UsageError, before anything runs, as a capture does, or when it is not installed.
    """
    target, why = check_url(url), check_reason(reason)
    upstream = check_proxy(proxy)
    places = Places(None if upstream else resolve, frozenset(private))
    if refused := places.find(target.host, target.port)[1]:
        raise UsageError(
            f"This host may not be captured: {refused}.",
            "If it is yours and you mean it: --allow-private HOST.",
        )
    session.check_may_write(compartment)
    started = session.clock()
    look = new_id(session.random)
    said: list[tuple[str, dict[str, Any]]] = [
        ("url", {"url": target.url}),
        ("capturedAt", {"date": started}),
        ("captureReason", {"text": why}),
    ]
    try:
        with extractors.extract(extractor, target.url, places, bounds, upstream) as found:
            evidence = _take(session, found, target.url, compartment, started)
    except MediumError as error:
        note = harmless(error.message, values.MAX_NOTE)
        said.append(("outcome", {"term": gone.FAILED, "note": note}))
        _say(session, look, "Capture", said, session.member, compartment)
        return Fetched(look, failure=note)
    said.append(("outcome", {"term": gone.FIRST}))
    said += [("evidence", {"entity": one}) for one in evidence]
    said += [("failure", {"text": words}) for words in _refused(found)]
    _say(session, look, "Capture", said, session.member, compartment)
    return Fetched(look, tuple(evidence), found.tool)


def _refused(found: Extracted) -> list[str]:
    """Return in words what the gate did not let out."""
    told = (harmless(f"{h}:{p} was refused: {why}", values.MAX_NOTE) for h, p, why in found.refused)
    return [words for words in dict.fromkeys(told) if words][:_MOST_REFUSED]


def _take(
    session: Session, found: Extracted, url: str, compartment: str, started: str
) -> list[str]:
    taken = take_in(session, [found.folder], compartment, session.member)
    if taken.left_out:
        raise MediumError("A file of the extractor could not be read.", "Repeat it.")
    for one in taken.entities:
        facts: list[tuple[str, dict[str, Any]]] = [
            ("captureKind", {"term": "downloaded"}),
            ("captureTool", {"text": found.tool}),
            ("capturedAt", {"date": started}),
            ("sourceUrl", {"url": url}),
        ]
        _say(session, one, "Evidence", facts, session.member, compartment)
    return taken.entities


def _say(
    session: Session,
    entity: str,
    schema: str,
    said: list[tuple[str, dict[str, Any]]],
    source: str,
    compartment: str,
) -> None:
    session.say(
        [
            Claim(
                entity=entity,
                schema=schema,
                property=name,
                value=value,
                source=source,
                compartment=compartment,
            )
            for name, value in said
        ]
    )
