"""Writing operations of the roster: each function returns the text to be signed.

    text = found(card, member="bu…", label="heron", at="2018-01-24T09:10:00Z", random=token_bytes)
    data = sign_op(text, None, card.device, key)
    roster = Roster.of(op_hash(text), [data])

    text = set_access(roster, "ai…", "ck…", "drop", at=…, random=…)
    roster = roster.merge([sign_op(text, roster.archive, own, key)])

Clock and randomness are arguments: `at` is RFC 3339 in UTC with whole seconds, `random` gives that
many bytes. What the roster would never believe is refused with UsageError before anyone signs it;
whether the signers suffice is the roster's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.core.ids import new_id
from unburnt.model.roster import Roster
from unburnt.model.roster_card import Card
from unburnt.model.roster_ops import (
    RECOVERY,
    TYPE,
    Named,
    Policy,
    Purpose,
    Reason,
    RoleName,
    Split,
    read_op,
)

Random = Callable[[int], bytes]


def found(card: Card, *, member: str, label: str, at: str, random: Random) -> str:
    """Return the text that founds an archive; `op_hash` of it is the archive's id."""
    alone = Policy(threshold=1, revoke_threshold=1)
    founder = Named(id=member, label=label)
    return _text("found", at, random, card=card, member=founder, policy=alone)


def set_member(roster: Roster, member: str, label: str, *, at: str, random: Random) -> str:
    """Return the text that adds a member (a fresh id) or renames one."""
    named = Named(id=member, label=label)
    return _text("member", at, random, roster, member=named)


def add_device(
    roster: Roster, card: Card, member: str, *, admin: bool, at: str, random: Random
) -> str:
    """Return the text that adds the device of this card for a member."""
    _require_known(roster, "member", member, member in roster.members)
    known = roster.devices.values()
    _require(
        all(card.public != d.public and card.recipient != d.recipient for d in known)
        and roster.revoked(card.device) is None,
        "This device, or one with its keys, is or was in the roster; it needs new keys.",
    )
    return _text("device", at, random, roster, admin=admin, card=card, member=member)


def set_access(
    roster: Roster, device: str, compartment: str, role: RoleName, *, at: str, random: Random
) -> str:
    """Return the text that sets a device's role in a compartment."""
    _require_device(roster, device)
    _require_compartment(roster, compartment)
    fields = {"device": device, "compartment": compartment, "role": role}
    return _text("access", at, random, roster, **fields)


def set_admin(roster: Roster, device: str, admin: bool, *, at: str, random: Random) -> str:
    """Return the text that makes a device admin, or no longer."""
    _require_device(roster, device)
    return _text("admin", at, random, roster, device=device, admin=admin)


def set_compartment(
    roster: Roster, compartment: str, label: str, *, at: str, random: Random
) -> str:
    """Return the text that adds a compartment (a fresh id) or renames one."""
    named = Named(id=compartment, label=label)
    return _text("compartment", at, random, roster, compartment=named)


def rotate(
    roster: Roster,
    compartment: str,
    epoch: str,
    recipient: str,
    grants: Mapping[str, str],
    *,
    at: str,
    random: Random,
) -> str:
    """Return the text that begins an epoch (a fresh id); `grants`: holder → SHA-256 of the file."""
    _require_compartment(roster, compartment)
    _require(epoch not in roster.epochs, "An epoch of this id exists already.")
    for holder in grants:
        _require_holder(roster, holder, compartment)
    current = roster.current_epoch(compartment)
    fields = {
        "compartment": compartment,
        "epoch": epoch,
        "generation": current.generation + 1 if current else 1,
        "grants": dict(grants),
        "recipient": recipient,
    }
    return _text("rotate", at, random, roster, **fields)


def grant(roster: Roster, epoch: str, holder: str, sealed: str, *, at: str, random: Random) -> str:
    """Return the text that gives an epoch to one more holder; `sealed`: SHA-256 of the grant."""
    known = roster.epochs.get(epoch)
    _require(known is not None, "The roster knows no such epoch.")
    if known is not None:
        _require_holder(roster, holder, known.compartment)
    return _text("grant", at, random, roster, epoch=epoch, holder=holder, hash=sealed)


def revoke(
    roster: Roster, device: str, last: int, reason: Reason, *, at: str, random: Random
) -> str:
    """Return the text that ends a device for ever; `last` entries of its log are accepted."""
    _require(device in roster.devices, "The roster knows no such device.")
    return _text("revoke", at, random, roster, device=device, last=last, reason=reason)


def set_trustees(roster: Roster, recovery: Split, drill: Split, *, at: str, random: Random) -> str:
    """Return the text that says who holds the shares of the recovery and drill identities."""
    return _text("trustees", at, random, roster, recovery=recovery, drill=drill)


def set_policy(
    roster: Roster, threshold: int, revoke_threshold: int, *, at: str, random: Random
) -> str:
    """Return the text that sets how many members must sign; UsageError for more than admins are."""
    admins = {device.member for device in roster.admins if device != roster.trustees}
    _require(
        max(threshold, revoke_threshold) <= len(admins),
        "More members would have to agree than are admins; nothing could be changed any more.",
    )
    _require(
        revoke_threshold <= threshold,
        "Revoking cannot need more members than adding: who adds admins alone has enough of them.",
    )
    policy = Policy(threshold=threshold, revoke_threshold=revoke_threshold)
    return _text("policy", at, random, roster, policy=policy)


def set_withdrawable(roster: Roster, compartment: str, *, at: str, random: Random) -> str:
    """Return the text by which originals of a compartment get keys of their own from now on."""
    _require_compartment(roster, compartment)
    return _text("withdrawable", at, random, roster, compartment=compartment)


def set_purpose(
    roster: Roster, compartment: str, purpose: Purpose, *, at: str, random: Random
) -> str:
    """Return the text that says what a compartment is for; `none` ends what was said of it."""
    _require_compartment(roster, compartment)
    return _text("purpose", at, random, roster, compartment=compartment, purpose=purpose)


def withdraw(roster: Roster, keys: Iterable[str], *, at: str, random: Random) -> str:
    """Return the text that has every copy of these own keys destroyed; UsageError for epochs.

    Two members at least must sign, so it is refused where only one is admin.
    """
    named = sorted(set(keys))
    admins = {device.member for device in roster.admins if device != roster.trustees}
    _require(len(admins) > 1, "Two people must agree to a withdrawal; only one is admin.")
    _require(
        not any(key in roster.epochs for key in named),
        "The key of a compartment cannot be withdrawn, only that of an original.",
    )
    return _text("withdraw", at, random, roster, keys=named)


def _text(op: str, at: str, random: Random, roster: Roster | None = None, **fields: object) -> str:
    """Return the text of an operation on the roster's heads, readable for every copy."""
    header: dict[str, object] = {"at": at, "nonce": new_id(random), "op": op, "type": TYPE}
    header["parents"] = list(roster.heads) if roster else []
    if roster:
        header["archive"] = roster.archive
    text = canonical.encode(msgspec.to_builtins(header | fields)).decode("utf-8") + "\n"
    try:
        read_op(text)
    except ForeignDataError as error:
        raise UsageError(
            "An operation of the roster has a field that is not in its shape.",
            "Look at docs/spec/roster.md for what each field takes.",
        ) from error
    return text


def _require_device(roster: Roster, device: str) -> None:
    _require_known(roster, "device", device, device in roster.devices)
    _require(roster.revoked(device) is None, "The device was revoked.")


def _require_compartment(roster: Roster, compartment: str) -> None:
    _require_known(roster, "compartment", compartment, compartment in roster.compartments)


def _require_known(roster: Roster, kind: str, name: str, known: bool) -> None:
    """Take what is proposed for known: a person's first operations are then co-signed in one go."""
    _require(known or roster.proposed(kind, name), f"The roster knows no such {kind}.")


def _require_holder(roster: Roster, holder: str, compartment: str) -> None:
    _require(
        holder == RECOVERY or roster.may_read(holder, compartment),
        "An epoch is given only to devices that may read its compartment.",
    )


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise UsageError(message, "Look at the roster and choose again.")
