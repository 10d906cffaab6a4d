"""The operations of the roster: fourteen frozen values. Spec: docs/spec/roster.md, "Operations".

    SetAccess(archive="1f…", at="2018-01-24T09:10:00Z", nonce="mz…", parents=("1f…",),
              device="ai…", compartment="bu…", role="drop")
    .text()   {"archive":"1f…","at":"2018-01-24T09:10:00Z","compartment":"bu…", … ,"op":"access", …}
    read_op(text) == that operation

A value that came from `read_op` has every field in its shape. What an operation may do, and whether
anyone with authority signed it, is asked in `roster_rules`; here only bytes are judged.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError
from unburnt.crypto.hashing import digest
from unburnt.model.roster_card import Card, Hash, Label, Recipient, check_card, check_recipient

TYPE: Final = "unburnt/roster/v1"
RECOVERY = "recovery"
MAX_TEXT = 256 * 1024  # bytes; an epoch granted to 1,000 holders takes 100 kB
MAX_PARENTS = 1000
MAX_HOLDERS = 1000
MAX_KEYS = 1000
MAX_COUNT = 2**53 - 1
MAX_SHARES = 16  # groups, and members of a group (SLIP-39)

_ID = "[a-z2-7]{25}[aeimquy4]"
Id = Annotated[str, msgspec.Meta(pattern=rf"\A{_ID}\Z")]
Holder = Annotated[str, msgspec.Meta(pattern=rf"\A(?:{_ID}|{RECOVERY})\Z")]
Salt = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
Threshold = Annotated[int, msgspec.Meta(ge=1, le=100)]
Size = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
Generation = Annotated[int, msgspec.Meta(ge=1, le=MAX_COUNT)]
RoleName: TypeAlias = Literal["relay", "drop", "read", "write"]
Purpose: TypeAlias = Literal["sources", "staff", "none"]
Reason: TypeAlias = Literal["lost", "seized", "arrested", "retired", "compromised"]
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


class Named(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A member or compartment: its id and its code name."""

    id: Id
    label: Label


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many members must sign: `threshold` in general, `revoke_threshold` to revoke."""

    threshold: Threshold
    revoke_threshold: Threshold

    def __post_init__(self) -> None:
        # Whoever can add admins alone can add enough of them to revoke anybody.
        if self.revoke_threshold > self.threshold:
            raise ValueError("revoking cannot need more members than adding does")


class Share(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One word share: the trustee's code name, the member they are, if any, and its salted hash."""

    hash: Hash
    member: Id | None
    trustee: Label


class Split(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An identity in shares: `group_threshold` of `groups`, each (m, n): m of n members."""

    group_threshold: Annotated[int, msgspec.Meta(ge=1, le=MAX_SHARES)]
    groups: Annotated[
        tuple[tuple[int, int], ...], msgspec.Meta(min_length=1, max_length=MAX_SHARES)
    ]
    recipient: Recipient
    salt: Salt
    shares: tuple[Share, ...]

    def __post_init__(self) -> None:
        sound = all(
            1 <= m <= n <= MAX_SHARES and (m > 1 or n == 1)  # SLIP-39: one of many is no split
            for m, n in self.groups
        )
        if not sound or self.group_threshold > len(self.groups):
            raise ValueError("groups do not fit SLIP-39")
        if len({share.hash for share in self.shares}) != sum(n for _, n in self.groups):
            raise ValueError("one distinct share for each place in the groups")


class _Header(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="op"
):
    at: str
    nonce: Id
    parents: Annotated[tuple[Hash, ...], msgspec.Meta(max_length=MAX_PARENTS)] = ()
    type: Literal["unburnt/roster/v1"] = TYPE

    def __post_init__(self) -> None:
        if not _MOMENT.fullmatch(self.at):
            raise ValueError("at is RFC 3339 in UTC, whole seconds")
        datetime.fromisoformat(self.at)  # raises ValueError for the 30th of February

    def text(self) -> str:
        """Return the note text: one line of canonical JSON and its line feed."""
        return canonical.encode(msgspec.to_builtins(self)).decode("utf-8") + "\n"


class _Later(_Header, frozen=True, kw_only=True):
    archive: Hash

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.parents or list(self.parents) != sorted(set(self.parents)):
            raise ValueError("parents are sorted and distinct, one at least")


class Found(_Header, frozen=True, kw_only=True, tag="found"):
    """The first member, whose device is admin; the hash of this operation is the archive's id."""

    card: Card
    member: Named
    policy: Policy

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.parents or self.policy != Policy(threshold=1, revoke_threshold=1):
            raise ValueError("one founder cannot be two, and nothing was before")


class SetMember(_Later, frozen=True, kw_only=True, tag="member"):
    """Adds a member, or renames one."""

    member: Named


class AddDevice(_Later, frozen=True, kw_only=True, tag="device"):
    """Adds a device for a member."""

    admin: bool
    card: Card
    member: Id


class SetAccess(_Later, frozen=True, kw_only=True, tag="access"):
    """Says what a device may do in a compartment."""

    compartment: Id
    device: Id
    role: RoleName


class SetAdmin(_Later, frozen=True, kw_only=True, tag="admin"):
    """Makes a device admin, or no longer."""

    admin: bool
    device: Id


class SetCompartment(_Later, frozen=True, kw_only=True, tag="compartment"):
    """Adds a compartment, or renames one."""

    compartment: Named


class Rotate(_Later, frozen=True, kw_only=True, tag="rotate"):
    """A new epoch of a compartment; `grants` maps each holder to the SHA-256 of its grant."""

    compartment: Id
    epoch: Id
    generation: Generation
    grants: Annotated[dict[Holder, Hash], msgspec.Meta(max_length=MAX_HOLDERS)]
    recipient: Recipient


class Grant(_Later, frozen=True, kw_only=True, tag="grant"):
    """Gives an epoch to one more holder; `hash` is the SHA-256 of the sealed grant."""

    epoch: Id
    hash: Hash
    holder: Holder


class Revoke(_Later, frozen=True, kw_only=True, tag="revoke"):
    """Ends a device for ever; `last` entries of its log are accepted."""

    device: Id
    last: Size
    reason: Reason


class SetTrustees(_Later, frozen=True, kw_only=True, tag="trustees"):
    """Who holds shares of the recovery identity, and of the one for drills."""

    drill: Split
    recovery: Split

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.drill.recipient == self.recovery.recipient:
            raise ValueError("a drill must not open the real thing")


class SetPolicy(_Later, frozen=True, kw_only=True, tag="policy"):
    """How many members must agree from now on."""

    policy: Policy


class SetWithdrawable(_Later, frozen=True, kw_only=True, tag="withdrawable"):
    """Originals taken into a compartment from now on get keys of their own; never undone."""

    compartment: Id


class SetPurpose(_Later, frozen=True, kw_only=True, tag="purpose"):
    """Says that a compartment is for sources or staff; `none` ends what it has seen of that."""

    compartment: Id
    purpose: Purpose


class Withdraw(_Later, frozen=True, kw_only=True, tag="withdraw"):
    """Every copy of these own keys is to be destroyed (docs/spec/withdrawal.md)."""

    keys: Annotated[tuple[Id, ...], msgspec.Meta(min_length=1, max_length=MAX_KEYS)]

    def __post_init__(self) -> None:
        super().__post_init__()
        if list(self.keys) != sorted(set(self.keys)):
            raise ValueError("keys are sorted and distinct")


Later: TypeAlias = (
    SetMember
    | AddDevice
    | SetAccess
    | SetAdmin
    | SetCompartment
    | Rotate
    | Grant
    | Revoke
    | SetTrustees
    | SetPolicy
    | SetPurpose
    | SetWithdrawable
    | Withdraw
)
Op: TypeAlias = Found | Later


def read_op(text: str) -> Op:
    """Return the operation a note text spells; ForeignDataError for any but its one spelling."""
    value = canonical.decode(text.encode("utf-8", "surrogatepass")[:-1], MAX_TEXT)
    try:
        op: Op = msgspec.convert(value, Op)
    except msgspec.ValidationError as error:
        raise ForeignDataError(
            "A roster operation is malformed, or of a kind this version does not know.",
            "Use the newest version of unburnt; else fetch it again from another site.",
        ) from error
    if op.text() != text:  # a field left out because this version has a default for it
        raise ForeignDataError(
            "A roster operation is not in its one legal spelling.",
            "Fetch it again from another site.",
        )
    card = card_of(op)
    if card is not None:
        check_card(card)
    for recipient in _recipients(op):
        check_recipient(recipient)
    return op


def op_hash(text: str) -> str:
    """Return the hash of an operation from its note text; that of `found` is the archive's id."""
    return digest(TYPE, text.encode("utf-8")).hex()


def card_of(op: Op) -> Card | None:
    """Return the card of the device an operation adds, if it adds one."""
    return op.card if isinstance(op, Found | AddDevice) else None


def _recipients(op: Op) -> tuple[str, ...]:
    if isinstance(op, Rotate):
        return (op.recipient,)
    if isinstance(op, SetTrustees):
        return (op.recovery.recipient, op.drill.recipient)
    return ()
