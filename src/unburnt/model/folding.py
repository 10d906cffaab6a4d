"""An entity as a fold over statements: every claim kept, one value preferred, and why.

    view = fold(records, is_single=…, behind=…)
    view["startDate"].prevailing            the preferred value, or None when all is withdrawn
    view["startDate"].passed_over           [(value, "grades"), …]: what lost, and by which rule
    view["startDate"].contested             someone denies it, or two values cannot both be true

Policy, in this order (docs/spec/folding.md): standing, stance, grades, independent sources,
recency. It chooses what is shown first; it removes nothing and merges nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from unburnt.core import canonical, edtf
from unburnt.core.errors import UsageError
from unburnt.core.quantity import Quantity, overlap
from unburnt.model.hearsay import Behind, ancestry, independent
from unburnt.model.recorded import ACCEPTED, REFUSED, Recorded
from unburnt.model.statement import ANSWERING
from unburnt.model.values import check as check_value

SUPPORT = {"asserted": 3, "reported": 2, "alleged": 1}
RULES = ("standing", "stance", "grades", "sources", "recency")

# Unknown (F, 6, nothing typed) is neither good nor bad: below "possible", above "doubtful".
_CREDIBILITY = {1: 5, 2: 4, 3: 3, 6: 2, None: 2, 4: 1, 5: 0}
_RELIABILITY = {"A": 5, "B": 4, "C": 3, "F": 2, None: 2, "D": 1, "E": 0}
_SPELLING = frozenset({"as", "note", "name"})  # how a value was put, not what it says


@dataclass(frozen=True, slots=True)
class ValueView:
    """One value with everyone who supports, denies or withdrew it."""

    value: Mapping[str, Any]
    support: tuple[Recorded, ...]
    denied: tuple[Recorded, ...]
    withdrawn: tuple[Recorded, ...]
    sources: int
    rank: tuple[Any, ...]

    @property
    def confirmed(self) -> bool:
        """Credibility 1: at least two supporting claims that share no ancestor."""
        return self.sources >= 2

    @property
    def live(self) -> bool:
        """Whether anyone still stands by it."""
        return bool(self.support)


@dataclass(frozen=True, slots=True)
class PropertyView:
    """All values of one property, best first."""

    name: str
    values: tuple[ValueView, ...]
    single: bool

    @property
    def prevailing(self) -> ValueView | None:
        """The first value that somebody stands by."""
        return next((value for value in self.values if value.live), None)

    @property
    def passed_over(self) -> tuple[tuple[ValueView, str], ...]:
        """The other values with the rule by which each lost: one of RULES, or `withdrawn`."""
        best = self.prevailing
        return tuple((v, _lost_by(best, v)) for v in self.values if v is not best)

    @property
    def contradictions(self) -> tuple[tuple[ValueView, ValueView], ...]:
        """Pairs of live values that cannot both be true; only for single-valued properties."""
        if not self.single:
            return ()
        live = [value for value in self.values if value.live]
        return tuple((a, b) for a, b in combinations(live, 2) if incompatible(a.value, b.value))

    @property
    def contested(self) -> bool:
        """Whether a value is both supported and denied, or two exclude each other."""
        return bool(self.contradictions) or any(v.support and v.denied for v in self.values)


def fold(
    records: Iterable[Recorded],
    is_single: Callable[[str, str], bool] = lambda schema, name: False,
    behind: Behind = lambda _: (),
) -> dict[str, PropertyView]:
    """Return the view of each property from all records about one entity.

    `is_single(schema, property)` says that only one value can be true; `behind` as in
    `hearsay.ancestry`. Refused records are left out; the order of the records does not matter.
    """
    kept = [record for record in records if record.standing != REFUSED]
    answered = {
        record.statement.answers
        for record in kept
        if record.statement.stance in ANSWERING and record.standing == ACCEPTED
    }
    groups: dict[str, dict[bytes, list[Recorded]]] = {}
    single: dict[str, bool] = {}
    for record in sorted(kept, key=lambda r: r.id):
        s = record.statement
        if s.stance not in ANSWERING:
            key = canonical.encode(meaning(s.value))
            groups.setdefault(s.property, {}).setdefault(key, []).append(record)
            single[s.property] = single.get(s.property, False) or is_single(s.schema, s.property)
    return {
        name: PropertyView(
            name,
            tuple(
                sorted(
                    (_value_view(claims, answered, behind) for claims in values.values()),
                    key=lambda view: view.rank,
                    reverse=True,
                )
            ),
            single[name],
        )
        for name, values in groups.items()
    }


def meaning(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value without how it was put: two spellings of one date are one value."""
    place = value.get("place")
    if isinstance(place, dict) and "id" in place:
        return {"place": {"id": place["id"]}}
    bare = {key: item for key, item in value.items() if key not in _SPELLING}
    return bare or dict(value)


def incompatible(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two different values of a single-valued property exclude each other.

    Dates and amounts do so only when their bounds do not overlap: "January 2018" and "9 January
    2018" agree. A value that is not well formed agrees with no other.
    """
    if not (_is_well_formed(one) and _is_well_formed(other)):
        return True
    if "date" in one and "date" in other:
        return not edtf.may_overlap(edtf.parse(one["date"]), edtf.parse(other["date"]))
    amounts = [_amount(value) for value in (one, other)]
    if amounts[0] is not None and amounts[1] is not None:
        return not overlap(amounts[0], amounts[1])
    return True


def _is_well_formed(value: Mapping[str, Any]) -> bool:
    try:
        check_value(value)
    except UsageError:
        return False
    return True


def _amount(value: Mapping[str, Any]) -> Quantity | None:
    if "number" in value:
        return Quantity(value["number"], value["number"])
    if "range" in value:
        return Quantity(*value["range"])
    return None


def _value_view(claims: list[Recorded], answered: set[str | None], behind: Behind) -> ValueView:
    standing = [claim for claim in claims if claim.id not in answered]
    support = tuple(c for c in standing if c.statement.stance in SUPPORT)
    sources = independent([ancestry(c.statement, behind) for c in support if _counts(c)])
    return ValueView(
        value=_best(support or tuple(claims)).statement.value,
        support=support,
        denied=tuple(c for c in standing if c.statement.stance == "denied"),
        withdrawn=tuple(c for c in claims if c.id in answered),
        sources=sources,
        rank=_rank(support, sources),
    )


def _counts(claim: Recorded) -> bool:
    """Whether a claim can confirm another: confirmed standing, not itself judged improbable."""
    s = claim.statement
    return claim.standing == ACCEPTED and s.credibility != 5 and s.reliability != "E"


def _rank(support: tuple[Recorded, ...], sources: int) -> tuple[Any, ...]:
    """Return the sort key of a value: one element for each of RULES, then the id as a tie-break."""
    if not support:
        return (-1,)
    best = _best(support)
    claim = _claim_rank(best)
    confirmed = _CREDIBILITY[1] if sources >= 2 else 0
    grades = (max(claim[2][0], confirmed), claim[2][1])
    return (claim[0], claim[1], grades, sources, claim[3], best.id)


def _claim_rank(claim: Recorded) -> tuple[int, int, tuple[int, int], str]:
    s = claim.statement
    return (
        int(claim.standing == ACCEPTED),
        SUPPORT.get(s.stance, 0),
        (_CREDIBILITY[s.credibility], _RELIABILITY[s.reliability]),
        s.recorded_at,
    )


def _best(claims: tuple[Recorded, ...]) -> Recorded:
    return max(claims, key=lambda claim: (_claim_rank(claim), claim.id))


def _lost_by(best: ValueView | None, other: ValueView) -> str:
    if best is None or not other.live:
        return "withdrawn" if other.withdrawn else "denied"
    for rule, mine, theirs in zip(RULES, best.rank, other.rank, strict=False):
        if mine != theirs:
            return rule
    return "recency"
