"""Messages of an export that was taken in: listed, recorded one by one, a threat in one step.

    export = threads(session, "bu4t…")                       # read in memory, nothing is written
    record_message(session, "bu4t…", "line:1")               # a Message that rests on the export
    record_threat(session, "bu4t…", "line:1", "aicq…", kind="death-threat")

What the file says is `reported` and rests on the export, with its locator; that it is a threat, and
against whom, is asserted by the member. Never says who is behind an account. Specification:
docs/spec/messages.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from unburnt.core.errors import UsageError
from unburnt.core.ids import new_id
from unburnt.evidence.messages.message import Export, Message
from unburnt.evidence.messages.reading import Reader
from unburnt.model import schema as schemas
from unburnt.model.recorded import REFUSED
from unburnt.workflow.custody import TOOL, compartment_of, record_event
from unburnt.workflow.lookup import find_entity
from unburnt.workflow.originals import Originals
from unburnt.workflow.retract import schema_of
from unburnt.workflow.session import Claim, Session

THREAT = "threat"  # the term that every kind of threat has above it
_CHANNELS = {"sms-xml": "by-text-message", "eml": "by-email", "mbox": "by-email"}
_MATERIALS = {"sms-xml": "text-message", "eml": "email-message", "mbox": "email-message"}
_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Noted:
    """A message as it is recorded: its entity, its account if it has one, whether it is new."""

    message: str
    account: str | None
    new: bool


@dataclass(frozen=True, slots=True)
class Threat:
    """What a threat became: the incident, the act against the target, the message, its account."""

    incident: str
    act: str
    message: str
    account: str | None


def threads(
    session: Session, evidence: str, *, order: str | None = None, viewed: str | None = None
) -> Export:
    """Return the messages of an export; with a purpose in `viewed`, that is recorded first.

    Raises ForeignDataError for what is no export, UsageError when the order of its dates must be
    asked (`order`: dmy, mdy or ymd), MediumError when the original is not here.
    """
    file = _file(session, evidence)
    if viewed is not None:
        record_event(session, "viewed", evidence, tool=TOOL, purpose=viewed)
    today = date.fromisoformat(session.clock()[:10])
    reader = Reader(order, today + timedelta(days=1))  # it may be tomorrow already elsewhere
    Originals(session).give(file, reader.feed)
    return reader.finish()


def record_message(
    session: Session,
    evidence: str,
    locator: str,
    *,
    compartment: str | None = None,
    order: str | None = None,
) -> Noted:
    """Record one message as an entity that rests on its export; once for each compartment."""
    taking = _Taking(session, evidence, locator, compartment, order)
    noted, claims = taking.message()
    if claims:
        session.say(claims)
    return noted


def record_threat(
    session: Session,
    evidence: str,
    locator: str,
    target: str,
    *,
    kind: str = THREAT,
    compartment: str | None = None,
    channel: str | None = None,
    order: str | None = None,
) -> Threat:
    """Record that a message threatens somebody: message, incident and act, said in one entry.

    `target` is the id of an entity or member, `kind` a term of `acts` below “threat”. Raises
    UsageError, before anything is written, for another kind, or a message that is not there.
    """
    words = schemas.builtin()
    if kind != THREAT and THREAT not in words.broader(kind):
        raise UsageError(f"“{kind}” is no kind of threat.", "Choose “threat” or one below it.")
    taking = _Taking(session, evidence, locator, compartment, order)
    noted, claims = taking.message()
    incident, act = new_id(session.random), new_id(session.random)
    whom = schema_of(session, target)
    is_thing = whom is not None and not words.is_a(whom, "LegalEntity")
    by = channel or _CHANNELS.get(taking.export.format, "by-messenger")
    claims += [
        *taking.words_and_date(incident, "SecurityIncident"),
        taking.said(incident, "SecurityIncident", "channel", {"term": by}),
        taking.said(incident, "SecurityIncident", "target", {"entity": target}),
        taking.said(incident, "SecurityIncident", "proof", {"entity": noted.message}),
        *taking.words_and_date(act, "Act"),
        taking.said(act, "Act", "event", {"entity": incident}),
        taking.said(act, "Act", "target" if is_thing else "victim", {"entity": target}),
        taking.said(act, "Act", "type", {"term": kind}),
        taking.said(act, "Act", "method", {"term": "by-phone-or-message"}),
        taking.said(act, "Act", "proof", {"entity": noted.message}),
    ]
    session.say(claims)
    return Threat(incident, act, noted.message, noted.account)


def find_target(session: Session, text: str) -> str:
    """Return who or what is meant: an id or its beginning, a member's label, a recorded name.

    Raises UsageError when nobody, or several, are called so.
    """
    members = [m.id for m in session.roster.members.values() if text in (m.id, m.label)]
    found = members or sorted(
        {
            one.statement.entity
            for one in session.index.find(text, _CHUNK)
            if one.statement.property in ("name", "alias")
            and one.standing != REFUSED
            and one.statement.value.get("text") == text
        }
    )
    if len(found) > 1:
        raise UsageError("Several are called so.", "Give the id: unburnt find.")
    if not found and any(not ("a" <= sign <= "z" or "2" <= sign <= "7") for sign in text):
        raise UsageError("Nobody is recorded by this name.", "Record them first: unburnt say.")
    return found[0] if found else find_entity(session, text)


class _Taking:
    """One message on its way into statements."""

    def __init__(
        self,
        session: Session,
        evidence: str,
        locator: str,
        compartment: str | None,
        order: str | None,
    ) -> None:
        self._session = session
        self._evidence = evidence
        self._compartment = compartment or compartment_of(session, evidence)
        session.check_may_write(self._compartment)
        self.export = threads(session, evidence, order=order)
        found = self.export.find(locator)
        if found is None:
            raise UsageError(
                "There is no message at this place of the export.",
                "List them with their places: unburnt messages.",
            )
        self._message = found

    def message(self) -> tuple[Noted, list[Claim]]:
        """Return the message's entity, and what is still to be said of it and its account."""
        account, claims = self._account()
        known = self._recorded()
        if known is not None:
            return Noted(known, None if claims else account, False), []
        entity = new_id(self._session.random)
        said = [self._told(entity, "Message", *pair) for pair in self._properties()]
        if account:
            said.append(self._told(entity, "Message", "senderAccount", {"entity": account}))
        return Noted(entity, account, True), [*claims, *said]

    def words_and_date(self, entity: str, schema: str) -> list[Claim]:
        """Return the verbatim words and the date of the message, said of another entity."""
        found: list[tuple[str, dict[str, Any]]] = []
        if self._message.text:
            found.append(("wording", {"text": self._message.text}))
        if date := self._date():
            found.append(("startDate", date))
        return [self._told(entity, schema, *pair) for pair in found]

    def said(self, entity: str, schema: str, name: str, value: dict[str, Any]) -> Claim:
        """Return what the member says of an entity, on their own authority."""
        return Claim(
            entity=entity,
            schema=schema,
            property=name,
            value=value,
            source=self._session.member,
            compartment=self._compartment,
        )

    def _told(self, entity: str, schema: str, name: str, value: dict[str, Any]) -> Claim:
        """Return what the export says, resting on it, with the place in it."""
        return Claim(
            entity=entity,
            schema=schema,
            property=name,
            value=value,
            source=self._evidence,
            compartment=self._compartment,
            stance="reported",
            locator={"message": self._message.locator},
        )

    def _properties(self) -> Iterator[tuple[str, dict[str, Any]]]:
        message = self._message
        if message.text:
            yield "bodyText", {"text": message.text}
        if message.sender:
            yield "author", {"text": message.sender}
        if date := self._date():
            yield "date", date
        if message.subject:
            yield "subject", {"text": message.subject}
        if message.identity:
            yield "messageId", {"identifier": message.identity, "scheme": "message-id"}
        material = _MATERIALS.get(self.export.format, "chat-message")
        yield "material", {"term": material}
        yield "evidence", {"entity": self._evidence}
        for name, words in (
            ("recipientNamed", message.recipients),
            ("fileName", message.attachments),
            ("forwardedFrom", [message.forwarded_from] if message.forwarded_from else []),
        ):
            for text in dict.fromkeys(words):
                if text.strip():
                    yield name, {"text": text}
        if remarks := "\n".join(_remarks(message)):
            yield "remarks", {"text": remarks}

    def _date(self) -> dict[str, Any] | None:
        message = self._message
        if message.date is None:
            return None
        same = message.time in ("", message.date)
        return {"date": message.date} if same else {"date": message.date, "as": message.time}

    def _recorded(self) -> str | None:
        """Return the entity that this message is already, in this compartment."""
        for one in self._session.index.resting_on(self._evidence):
            s = one.statement
            if (
                s.schema == "Message"
                and s.compartment == self._compartment
                and (s.locator or {}).get("message") == self._message.locator
                and one.standing != REFUSED
            ):
                return s.entity
        return None

    def _account(self) -> tuple[str | None, list[Claim]]:
        """Return the sender's account, one that is known here or a new one, and its claims."""
        address = self._message.account
        if not address:
            return None, []
        name = _address_property(address)
        index = self._session.index
        accounts = index.entities("UserAccount")
        for start in range(0, len(accounts), _CHUNK):
            for entity, about in index.of_entities(accounts[start : start + _CHUNK]).items():
                told = {
                    (one.statement.property, one.statement.value.get("text"))
                    for one in about
                    if one.standing != REFUSED and one.statement.compartment == self._compartment
                }
                if {(name, address), ("service", self.export.service)} <= told:
                    return entity, []
        entity = new_id(self._session.random)
        values = ((name, address), ("service", self.export.service))
        return entity, [self._told(entity, "UserAccount", n, {"text": t}) for n, t in values]


def _address_property(address: str) -> str:
    if "@" in address:
        return "email"
    return "phone" if address.lstrip("+")[:1].isdigit() else "username"


def _remarks(message: Message) -> Iterator[str]:
    """Yield what an export says besides, one line each: code, colon, words of the file."""
    if message.date is None and message.time:
        yield f"time as written: {message.time}"
    if message.marks:
        yield f"marks: {'; '.join(message.marks)}"
    if message.reply_to:
        yield f"reply to: {message.reply_to}"


def _file(session: Session, evidence: str) -> dict[str, Any]:
    for one in session.index.of_entity(evidence):
        if one.statement.property == "file" and one.standing != REFUSED:
            return dict(one.statement.value["file"])
    raise UsageError("This is no piece of evidence.", "Look for one: unburnt find.")
