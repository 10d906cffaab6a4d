"""Who is named in some records, whom to warn first, and why. Spec: docs/spec/security.md, "Order".

    people = named(records, could_open, name_of(records))
    people.warn            (Named(neighbour, "…", Place.SOURCE, ("attribution",), …), …)
    people.not_to_warn     perpetrators and officials
    people.unnamed         sources and victims whose identity is not readable there

`could_open(record)` says whether the device in question had the key. Someone is *named* there when
a property that identifies them is; retracted and denied words count, for they stay readable. It
finds people by what statements say of them, never inside free text or files, and it never guesses
that two records are one person: only a statement `sameAs` joins them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from unburnt.model.folding import SUPPORT, fold
from unburnt.model.recorded import ACCEPTED, REFUSED, Recorded
from unburnt.model.schema import builtin
from unburnt.model.statement import ANSWERING, Statement
from unburnt.security.kinship import Kin
from unburnt.security.roles import (
    ACCUSING,
    BEHIND_WHICH_PEOPLE_ARE,
    IDENTITY,
    IDENTITY_LINKS,
    NOT_A_DEFENDER,
    OURS,
    PEOPLE,
    PLACES,
    ROLE_LINKS,
    STAFF,
    WITNESS,
    Place,
)

NameOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody: an entity, its name for the asking device (else its id), and why it is listed.

    `reasons`: codes, the one that gives the place first; `same`: other entities said to be the
    same; `identity`: what is readable there; `statements`: how many there speak of them, `newest`
    the latest time these claim; `compartments`: where.
    """

    entity: str
    name: str
    place: Place
    reasons: tuple[str, ...]
    same: tuple[str, ...]
    identity: tuple[str, ...]
    statements: int
    newest: str
    compartments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class People:
    """Everyone found: whom to warn, in order; whom not; and who is not named there."""

    warn: tuple[Named, ...]
    not_to_warn: tuple[Named, ...]
    unnamed: tuple[Named, ...]


def name_of(records: Iterable[Recorded]) -> NameOf:
    """Return a function from an entity to its prevailing name, or to its id when it has none."""
    by_entity: dict[str, list[Recorded]] = defaultdict(list)
    for record in records:
        if record.statement.property == "name":
            by_entity[record.statement.entity].append(record)

    def named_as(entity: str) -> str:
        view = fold(by_entity.get(entity, ())).get("name")
        best = view.prevailing if view else None
        text = best.value.get("text") if best else None
        return text if isinstance(text, str) else entity

    return named_as


def named(
    records: Iterable[Recorded],
    could_open: Callable[[Recorded], bool],
    names: NameOf,
    staff: Collection[str] = (),
) -> People:
    """Return the people in the records that `could_open` lets through, in order of warning.

    The other records only tell who is a defender or a perpetrator. `staff`: the compartments in
    which the group keeps its own people. Refused records are left out: a stranger must not be able
    to make us warn, or not warn, anybody.
    """
    notes = _Notes(staff)
    for record in records:
        if record.standing != REFUSED:
            notes.take(record, could_open(record))
    notes.hand_on()
    accused, defenders, officials = notes.accused(), notes.defenders(), notes.officials()
    warn, not_to_warn, unnamed = [], [], []
    for group in notes.kin.groups(notes.mentioned):
        if not notes.is_somebody(group):
            continue
        somebody = notes.describe(group, names, accused, defenders, officials)
        if not somebody.identity:
            if "accused" not in somebody.reasons or somebody.place is not Place.OTHER:
                unnamed.append(somebody)
        elif _is_not_to_be_warned(somebody):
            not_to_warn.append(somebody)
        else:
            warn.append(somebody)
    return People(_in_order(warn), _in_order(not_to_warn), _in_order(unnamed))


def _is_not_to_be_warned(somebody: Named) -> bool:
    """Perpetrators, unless they are ours: accusing defenders is what their opponents do."""
    if "accused" in somebody.reasons:
        return OURS.isdisjoint(somebody.reasons)
    return somebody.place is Place.OTHER and "official" in somebody.reasons


def _in_order(people: list[Named]) -> tuple[Named, ...]:
    people.sort(key=lambda somebody: somebody.entity)
    people.sort(key=lambda somebody: somebody.newest, reverse=True)
    people.sort(key=lambda somebody: (somebody.place, -somebody.statements))
    return tuple(people)


@dataclass(slots=True)
class _Mention:
    """What the device could read of one entity."""

    statements: int = 0
    newest: str = ""
    compartments: set[str] = field(default_factory=set)
    identity: set[str] = field(default_factory=set)
    reasons: set[str] = field(default_factory=set)
    owners: set[str] = field(default_factory=set)  # of an account

    def add(self, record: Recorded) -> None:
        self.statements += 1
        self.newest = max(self.newest, record.statement.recorded_at)
        self.compartments.add(record.statement.compartment)


class _Notes:
    """What one reading of the records notes down."""

    def __init__(self, staff: Collection[str]) -> None:
        self.staff = staff
        self.members: set[str] = set()
        self.mentioned: dict[str, _Mention] = defaultdict(_Mention)
        self.kin = Kin()
        self.schemas: dict[str, set[str]] = defaultdict(set)
        self.links: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(
            lambda: defaultdict(set)
        )
        self.kinds: dict[str, set[str]] = defaultdict(set)  # of defender
        self.accusations: list[tuple[str, str]] = []  # statement, whom
        self.answered: set[str] = set()

    def take(self, record: Recorded, readable: bool) -> None:
        s = record.statement
        self.schemas[s.entity].add(s.schema)
        target = _target(s)
        if readable:
            self._mention(record, target)
        if s.stance in ANSWERING:
            if record.standing == ACCEPTED and s.answers:
                self.answered.add(s.answers)
            return
        if record.standing != ACCEPTED or s.stance not in SUPPORT:
            return
        if s.compartment in self.staff and s.schema == "Person":
            self.members.add(s.entity)
        if s.property == "defenderKind":
            self.kinds[s.entity].add(str(s.value.get("term", "")))
        if target:
            self.links[s.schema, s.property][s.entity].add(target)
            if (s.schema, s.property) in ACCUSING:
                self.accusations.append((record.id, target))

    def _mention(self, record: Recorded, target: str) -> None:
        s = record.statement
        for entity in {s.entity, s.source, *s.attribution, target} - {""}:
            self.mentioned[entity].add(record)
        self.mentioned[s.source].reasons.add("source")
        for link in s.attribution:
            self.mentioned[link].reasons.add("attribution")
        if s.property in IDENTITY:
            self.mentioned[s.entity].identity.add(s.property)
        if s.property == "characteristics" and s.value.get("term") == WITNESS:
            self.mentioned[s.entity].reasons.add("witness")
        if not target:
            return
        if (s.schema, s.property) in IDENTITY_LINKS:
            self.mentioned[target].identity.add(f"{s.schema}.{s.property}")
        reason = ROLE_LINKS.get((s.schema, s.property))
        if reason:
            self.mentioned[target].reasons.add(reason)
        if (s.schema, s.property) == ("UserAccount", "owner"):
            self.mentioned[s.entity].owners.add(target)
        if s.property == "sameAs" and s.stance != "denied":
            self.kin.join(s.entity, target)

    def hand_on(self) -> None:
        """Let owners of accounts have the parts that their accounts played."""
        for mention in list(self.mentioned.values()):
            for owner in mention.owners:
                self.mentioned[owner].reasons |= mention.reasons

    def accused(self) -> set[str]:
        """Return the perpetrators in statements that stand and were not taken back."""
        return {whom for statement, whom in self.accusations if statement not in self.answered}

    def defenders(self) -> Mapping[str, str]:
        """Return the group's own people, defenders, and who belongs to a body of defenders."""
        kinds = {entity for entity, words in self.kinds.items() if words - {NOT_A_DEFENDER}}
        found = dict.fromkeys(kinds, "defender") | dict.fromkeys(self.members, "member")
        for (schema, person), organization in STAFF.items():
            bodies = self.links[schema, organization]
            for tie, whom in self.links[schema, person].items():
                if bodies.get(tie, set()) & kinds:
                    found |= {entity: "staff" for entity in whom if entity not in found}
        return found

    def officials(self) -> set[str]:
        """Return who held a post in a public body."""
        bodies = {entity for entity, words in self.schemas.items() if "PublicBody" in words}
        posts = {
            post for post, body in self.links["Position", "organization"].items() if body & bodies
        }
        tenures = {
            tenure for tenure, post in self.links["Occupancy", "post"].items() if post & posts
        }
        holders = self.links["Occupancy", "holder"]
        return {holder for tenure in tenures for holder in holders.get(tenure, ())}

    def is_somebody(self, group: frozenset[str]) -> bool:
        """Tell whether an entity is a person or group, or a source that may be one."""
        words: set[str] = set().union(*(self.schemas.get(entity, set()) for entity in group))
        if words & PEOPLE:
            return True
        reasons: set[str] = set().union(*(self.mentioned[e].reasons for e in group))
        if not any(PLACES.get(reason) is Place.SOURCE for reason in reasons):
            return False
        if any(self.mentioned[entity].owners for entity in group):
            return False  # the owner is listed
        schema = builtin()
        return not words or any(
            word in BEHIND_WHICH_PEOPLE_ARE or not schema.is_known(word) for word in words
        )

    def describe(
        self,
        group: frozenset[str],
        names: NameOf,
        accused: set[str],
        defenders: Mapping[str, str],
        officials: set[str],
    ) -> Named:
        mentions = [self.mentioned[entity] for entity in sorted(group)]
        reasons: set[str] = set().union(*(mention.reasons for mention in mentions))
        reasons |= {defenders[entity] for entity in group if entity in defenders}
        reasons |= {"accused"} if group & accused else set()
        reasons |= {"official"} if group & officials else set()
        if not any(self.schemas.get(entity) for entity in group):
            reasons.add("unknown-to-you")
        main = min(group, key=lambda entity: (names(entity) == entity, entity))
        return Named(
            entity=main,
            name=names(main),
            place=min((PLACES.get(reason, Place.OTHER) for reason in reasons), default=Place.OTHER),
            reasons=tuple(sorted(reasons, key=lambda r: (PLACES.get(r, Place.OTHER), r))),
            same=tuple(sorted(group - {main})),
            identity=tuple(sorted(set().union(*(mention.identity for mention in mentions)))),
            statements=sum(mention.statements for mention in mentions),
            newest=max(mention.newest for mention in mentions),
            compartments=tuple(sorted(set().union(*(m.compartments for m in mentions)))),
        )


def _target(statement: Statement) -> str:
    target = statement.value.get("entity")
    return target if isinstance(target, str) else ""
