"""What a roster says: frozen values for members, devices, roles, epochs, revocations, alarms.

    Device(id="ai…", member="bu…", label="field laptop", admin=False, revoked=True, …)
    Role.DROP < Role.READ

Values only; how they follow from the operations is in `roster_registers`. Labels are code names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from unburnt.model.roster_ops import Split


class Role(IntEnum):
    """What a device may do in a compartment; of two concurrent wishes the lower one holds."""

    NONE = 0  # no operation says anything, or the device is revoked
    RELAY = 1  # hold ciphertext
    DROP = 2  # add, never read back
    READ = 3  # open, never add
    WRITE = 4  # add and open

    @property
    def may_write(self) -> bool:
        """Whether entries of this role are accepted."""
        return self in (Role.DROP, Role.WRITE)

    @property
    def may_read(self) -> bool:
        """Whether epochs are granted to this role."""
        return self in (Role.READ, Role.WRITE)


PURPOSES = ("sources", "staff")  # what a compartment may be for, so that no pack is made from it


@dataclass(frozen=True, slots=True)
class Member:
    """A person, under a code name."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Device:
    """A machine whose keys act for a member; `public` is the 32-byte signing key."""

    id: str
    member: str
    label: str
    public: bytes
    recipient: str
    admin: bool
    revoked: bool


@dataclass(frozen=True, slots=True)
class Compartment:
    """A need-to-know circle."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Epoch:
    """A key of a compartment. `void`: made by one since revoked; open with it, never seal to it."""

    id: str
    compartment: str
    generation: int
    recipient: str
    void: bool


@dataclass(frozen=True, slots=True)
class Revocation:
    """A device ended for ever; `last` entries of its log are accepted; `op` says so."""

    device: str
    last: int
    reason: str
    op: str


@dataclass(frozen=True, slots=True)
class Recovery:
    """The two split identities in force: the real one and the one for drills."""

    recovery: Split
    drill: Split


@dataclass(frozen=True, slots=True)
class Pending:
    """An operation that needs `missing` more members to sign; `signers` are the devices counted."""

    op: str
    missing: int
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Rejected:
    """An operation or file that is not believed, and why, as a `kind` and in words.

    Kinds: unreadable (then `op` is ""), foreign, not-in-force, known-device, revoked-device,
    shared-key, epoch-taken, generation, cut, unsigned.
    """

    op: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True, order=True)
class Alarm:
    """Something people should look at: a `kind`, the operations and devices, and a sentence."""

    kind: str
    subjects: tuple[str, ...]
    message: str


Grants = Mapping[str, tuple[str, ...]]
"""Holder (device id or "recovery") → SHA-256 of each sealed grant given to it."""
