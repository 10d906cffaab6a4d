"""Appointments of trustees: who held the shares before, and what the present ones were given.

    given_to_trustees(roster)     (epochs given to the present trustees, epochs given before)
    former_trustees(roster)       recipients of the identities that later appointments replaced
    former_devices(roster)        what to revoke: trustees' devices that are not the present one

A sealed grant does not show whose it is. But whoever had seen the appointment sealed to its
identity, and nobody else did: so the graph answers, without any key.
"""

from __future__ import annotations

from unburnt.model.roster import Roster
from unburnt.model.roster_ops import RECOVERY, Grant, Rotate, SetTrustees
from unburnt.model.roster_values import Device


def given_to_trustees(roster: Roster) -> tuple[frozenset[str], frozenset[str]]:
    """Return the epochs given to the present trustees, and those given to recovery before."""
    recovery = roster.recovery
    after: set[str] = set()
    present: set[str] = set()
    before: set[str] = set()
    for name, op in roster.history:  # parents first
        appointed = isinstance(op, SetTrustees) and recovery and op.recovery == recovery.recovery
        if appointed or not after.isdisjoint(op.parents):
            after.add(name)
        if isinstance(op, Rotate | Grant) and (
            RECOVERY in op.grants if isinstance(op, Rotate) else op.holder == RECOVERY
        ):
            (present if name in after else before).add(op.epoch)
    return frozenset(present), frozenset(before)


def former_trustees(roster: Roster) -> frozenset[str]:
    """Return the recipients of recovery identities that later appointments replaced."""
    made = {op.recovery.recipient for _name, op in roster.history if isinstance(op, SetTrustees)}
    return frozenset(made - {roster.recovery.recovery.recipient} if roster.recovery else ())


def former_devices(roster: Roster) -> list[Device]:
    """Return the devices, not revoked yet, of former trustees and of appointments cut short.

    One that the present appointment has not seen may belong to the next one, and is left alone.
    """
    former, recovery = former_trustees(roster), roster.recovery
    appointed = [
        name
        for name, op in roster.history
        if isinstance(op, SetTrustees) and recovery and op.recovery == recovery.recovery
    ]
    then = roster.at(appointed) if appointed else None
    seen = then.devices if then else {}
    return [
        device
        for device in roster.devices.values()
        if not device.revoked
        and device != roster.trustees
        and (
            device.recipient in former
            or (device.id in seen and roster.members[device.member].label == RECOVERY)
        )
    ]
