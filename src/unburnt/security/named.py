"""Who is named in some records, whom to warn first, and why. Spec: docs/spec/security.md, "Order".

    notes = Notes()
    for record in records: notes.take(record, survey.take(record))
    people = notes.people(name_of(records))
    people.warn            (Named(neighbour, "…", Place.SOURCE, ("attribution",), …), …)
    people.not_to_warn     perpetrators and officials
    people.unnamed         sources and victims whose identity is not readable there

Someone is *named* there when a property that identifies them is; retracted and denied words count,
for they stay readable. It finds people by what statements say of them, never inside free text or
files, and it never guesses that two records are one person: only a statement `sameAs` joins them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

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
    TIES,
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


class Names:
    """What entities are called by the statements of one who asks."""

    def __init__(self) -> None:
        self._records: dict[str, list[Recorded]] = defaultdict(list)

    def take(self, record: Recorded) -> None:
        """Note a statement, if it names something."""
        if record.statement.property == "name":
            self._records[record.statement.entity].append(record)

    def name_of(self, entity: str) -> str:
        """Return the prevailing name of an entity, or its id when it has none."""
        view = fold(self._records.get(entity, ())).get("name")
        best = view.prevailing if view else None
        text = best.value.get("text") if best else None
        return text if isinstance(text, str) else entity


def name_of(records: Iterable[Recorded]) -> NameOf:
    """Return a function from an entity to its prevailing name, or to its id when it has none."""
    names = Names()
    for record in records:
        names.take(record)
    return names.name_of


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
    compartments: frozenset[str] = frozenset()  # most stay empty or alike: no set of their own
    identity: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()  # of an account

    def add(self, record: Recorded) -> None:
        self.statements += 1
        self.newest = max(self.newest, record.statement.recorded_at)
        self.compartments |= {record.statement.compartment}


class Notes:
    """What one reading of records notes down of the people in them.

    `staff`: the compartments in which the group keeps its own people.
    """

    def __init__(self, staff: Collection[str] = ()) -> None:
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
        """Note a statement; `readable`: whether the device in question could open it.

        The others only tell who is a defender or a perpetrator. Refused ones are left out: a
        stranger must not be able to make us warn, or not warn, anybody.
        """
        if record.standing == REFUSED:
            return
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
            if (s.schema, s.property) in TIES:
                self.links[s.schema, s.property][s.entity].add(target)
            if (s.schema, s.property) in ACCUSING:
                self.accusations.append((record.id, target))

    def _mention(self, record: Recorded, target: str) -> None:
        s = record.statement
        for entity in {s.entity, s.source, *s.attribution, target} - {""}:
            self.mentioned[entity].add(record)
        self.mentioned[s.source].reasons |= {"source"}
        for link in s.attribution:
            self.mentioned[link].reasons |= {"attribution"}
        if s.property in IDENTITY:
            self.mentioned[s.entity].identity |= {s.property}
        if s.property == "characteristics" and s.value.get("term") == WITNESS:
            self.mentioned[s.entity].reasons |= {"witness"}
        if not target:
            return
        if (s.schema, s.property) in IDENTITY_LINKS:
            self.mentioned[target].identity |= {f"{s.schema}.{s.property}"}
        reason = ROLE_LINKS.get((s.schema, s.property))
        if reason:
            self.mentioned[target].reasons |= {reason}
        if (s.schema, s.property) == ("UserAccount", "owner"):
            self.mentioned[s.entity].owners |= {target}
        if s.property == "sameAs" and s.stance != "denied":
            self.kin.join(s.entity, target)

    def people(self, name_of: NameOf) -> People:
        """Return everyone in what was readable, in order of warning."""
        self._hand_on()
        accused, defenders, officials = self._accused(), self._defenders(), self._officials()
        warn, not_to_warn, unnamed = [], [], []
        for group in self.kin.groups(self.mentioned):
            if not self._is_somebody(group):
                continue
            somebody = self._describe(group, name_of, accused, defenders, officials)
            if not somebody.identity:
                if "accused" not in somebody.reasons or somebody.place is not Place.OTHER:
                    unnamed.append(somebody)
            elif _is_not_to_be_warned(somebody):
                not_to_warn.append(somebody)
            else:
                warn.append(somebody)
        return People(_in_order(warn), _in_order(not_to_warn), _in_order(unnamed))

    def _hand_on(self) -> None:
        """Let owners of accounts have the parts that their accounts played."""
        for mention in list(self.mentioned.values()):
            for owner in mention.owners:
                self.mentioned[owner].reasons |= mention.reasons

    def _accused(self) -> set[str]:
        """Return the perpetrators in statements that stand and were not taken back."""
        return {whom for statement, whom in self.accusations if statement not in self.answered}

    def _defenders(self) -> Mapping[str, str]:
        """Return the group's own people, defenders, and who belongs to a body of defenders."""
        kinds = {entity for entity, words in self.kinds.items() if words - {NOT_A_DEFENDER}}
        found = dict.fromkeys(kinds, "defender") | dict.fromkeys(self.members, "member")
        for (schema, person), organization in STAFF.items():
            bodies = self.links[schema, organization]
            for tie, whom in self.links[schema, person].items():
                if bodies.get(tie, set()) & kinds:
                    found |= {entity: "staff" for entity in whom if entity not in found}
        return found

    def _officials(self) -> set[str]:
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

    def _is_somebody(self, group: frozenset[str]) -> bool:
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

    def _describe(
        self,
        group: frozenset[str],
        name_of: NameOf,
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
        main = min(group, key=lambda entity: (name_of(entity) == entity, entity))
        return Named(
            entity=main,
            name=name_of(main),
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
