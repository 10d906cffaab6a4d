"""Custody as a pack tells it: the chain of each original, without sites, names or hidden members.

    tell(session, told, Seen(choice))      # {"data/custody.html": b"…", …}

Members stand as numbers unless the field `author` is disclosed; who received or brought something
is withheld as the schema marks it, and so is what somebody typed, purposes and remarks; source,
hour and device as the fields of that name are. Events and digests of compartments that do not go in
are left out, and silences are those between the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from unburnt.model.custody import Chain, Link, with_quiet
from unburnt.model.custody_prov import to_jsonld
from unburnt.model.custody_words import WORDS, sentence
from unburnt.publish import pages
from unburnt.publish.case import Choice
from unburnt.publish.case_pages import Told
from unburnt.workflow.clocks import Clocks
from unburnt.workflow.custody import chain
from unburnt.workflow.moments import Moments
from unburnt.workflow.session import Session

PAGE = "data/custody.html"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader sees of custody: what was chosen, and whether what people typed goes in."""

    choice: Choice
    purposes: bool = False


def tell(session: Session, told: Told, seen: Seen) -> dict[str, bytes]:
    """Return the page of custody and one JSON-LD file an original; empty without originals."""
    if not told.exhibits:
        return {}
    custodians = _Custodians(session, told, seen)
    parts: list[pages.Html] = []
    files: dict[str, bytes] = {}
    clocks, moments = Clocks(session), Moments(session)
    for exhibit in told.exhibits:
        found = custodians.seen(chain(session, exhibit.entity, clocks, moments.by))
        title = f"{exhibit.number} — {told.views[exhibit.entity].title}"
        parts += [pages.heading(2, title), pages.paragraph(exhibit.sha256, "hash")]
        parts.append(pages.items(pages.text(custodians.words(link)) for link in found.links))
        files[f"data/custody/{exhibit.number}.jsonld"] = to_jsonld(found, session.archive)
    return {PAGE: told.page("custody", parts), **files}


class _Custodians:
    """Who is named how."""

    def __init__(self, session: Session, told: Told, seen: Seen) -> None:
        self._session = session
        self._told = told
        self._purposes = seen.purposes
        self._sensitive = seen.choice.sensitive
        self._shown = seen.choice.shown
        self._numbers: dict[str, str] = {}
        self._circles = frozenset(r.statement.compartment for r in told.case.records)
        # Whose key signs something in the pack cannot be hidden; nobody else's device is named.
        self._signers = {session.device, *(r.device for r in told.case.records)}

    def seen(self, found: Chain) -> Chain:
        """Return a chain as the reader of the pack may see it."""
        here = [link for link in found.links if self._goes_in(link)]
        # The original may have another digest where the pack does not look: before it was redacted.
        digests = {link.digest for link in here if link.kind == "hashed" and link.digest}
        links = tuple(self._link(link) for link in with_quiet(here))
        return replace(found, digests=tuple(sorted(digests)), links=links)

    def words(self, link: Link) -> str:
        """Return an event in a sentence, its date before it."""
        words = WORDS.get(self._told.language, WORDS["en"])
        return f"{link.when} · {sentence(link, words, self._name)}"

    def _goes_in(self, link: Link) -> bool:
        if link.sequence < 0:
            return False  # a silence may lie beside an event that is left out: computed anew
        header = self._session.journal.entry(link.device, link.sequence).header
        epoch = self._session.roster.epochs.get(header.epoch)
        return epoch is not None and epoch.compartment in self._circles

    def _link(self, link: Link) -> Link:
        word = self._told.say("field-withheld")
        hidden = "" if self._sensitive else word
        hour = link.recorded_at if "recorded_at" in self._shown else word
        device = link.device in self._signers or not link.device or "device" in self._shown
        return replace(
            link,
            author=self._member(link.author) if link.author else "",
            device=link.device if device else word,
            when=hour if link.when == link.recorded_at else self._when(link),
            recorded_at=hour,
            source=word if link.source and "source" not in self._shown else link.source,
            by=hidden if link.by and hidden else link.by,
            receiver=hidden if link.receiver and hidden else link.receiver,
            purpose=word if link.purpose and not self._purposes else link.purpose,
            note=word if link.note and not self._purposes else link.note,
            # How many places hold a copy is nobody's business but the group's.
            place=None if link.kind == "stored" else link.place,
        )

    def _when(self, link: Link) -> str:
        """Return when something happened that was not written down then; a silence has its end."""
        told = link.kind != "quiet" or "recorded_at" in self._shown
        return link.when if told else self._told.say("field-withheld")

    def _member(self, member: str) -> str:
        if "author" in self._shown:
            return member
        return self._numbers.setdefault(member, str(len(self._numbers) + 1))

    def _name(self, identity: str) -> str:
        if identity in self._numbers.values():
            return self._told.say("member", number=identity)
        return self._told.telling.name(identity) if identity in self._told.views else identity
