"""Custody as a pack tells it: the chain of each original, without sites, names or hidden members.

    tell(session, told, sensitive=False, shown=…)      # {"data/custody.html": b"…", …}

Members stand as numbers unless the field `author` is disclosed; who received or brought something
is withheld as the schema marks it. Events of compartments that do not go in are left out.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from unburnt.model.custody import Chain, Link
from unburnt.model.custody_prov import to_jsonld
from unburnt.model.custody_words import WORDS, sentence
from unburnt.publish import pages
from unburnt.publish.case_pages import Told
from unburnt.workflow.custody import chain
from unburnt.workflow.session import Session

PAGE = "data/custody.html"


def tell(session: Session, told: Told, sensitive: bool, shown: Collection[str]) -> dict[str, bytes]:
    """Return the page of custody and one JSON-LD file an original; empty without originals."""
    if not told.exhibits:
        return {}
    custodians = _Custodians(session, told, sensitive, "author" in shown)
    parts: list[pages.Html] = []
    files: dict[str, bytes] = {}
    for exhibit in told.exhibits:
        found = custodians.seen(chain(session, exhibit.entity))
        title = f"{exhibit.number} — {told.views[exhibit.entity].title}"
        parts += [pages.heading(2, title), pages.paragraph(exhibit.sha256, "hash")]
        parts.append(pages.items(pages.text(custodians.words(link)) for link in found.links))
        files[f"data/custody/{exhibit.number}.jsonld"] = to_jsonld(found, session.archive)
    return {PAGE: told.page("custody", parts), **files}


class _Custodians:
    """Who is named how."""

    def __init__(self, session: Session, told: Told, sensitive: bool, named: bool) -> None:
        self._session = session
        self._told = told
        self._sensitive = sensitive
        self._named = named
        self._numbers: dict[str, str] = {}
        self._circles = frozenset(r.statement.compartment for r in told.case.records)

    def seen(self, found: Chain) -> Chain:
        """Return a chain as the reader of the pack may see it."""
        links = tuple(self._link(link) for link in found.links if self._goes_in(link))
        return replace(found, links=links)

    def words(self, link: Link) -> str:
        """Return an event in a sentence, its date before it."""
        words = WORDS.get(self._told.language, WORDS["en"])
        return f"{link.when} · {sentence(link, words, self._name)}"

    def _goes_in(self, link: Link) -> bool:
        if link.sequence < 0:
            return True  # a silence, computed from the others
        header = self._session.journal.entry(link.device, link.sequence).header
        epoch = self._session.roster.epochs.get(header.epoch)
        return epoch is not None and epoch.compartment in self._circles

    def _link(self, link: Link) -> Link:
        hidden = "" if self._sensitive else self._told.say("field-withheld")
        return replace(
            link,
            author=self._member(link.author) if link.author else "",
            by=hidden if link.by and hidden else link.by,
            receiver=hidden if link.receiver and hidden else link.receiver,
            # How many places hold a copy is nobody's business but the group's.
            place=None if link.kind == "stored" else link.place,
        )

    def _member(self, member: str) -> str:
        if self._named:
            return member
        return self._numbers.setdefault(member, str(len(self._numbers) + 1))

    def _name(self, identity: str) -> str:
        if identity in self._numbers.values():
            return self._told.say("member", number=identity)
        return self._told.telling.name(identity) if identity in self._told.views else identity
