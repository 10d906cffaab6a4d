"""A small world for roster tests: people, their devices, and branches of one history.

    world = World()                            heron founds an archive with her laptop
    gull = world.device("gull")                a device with keys, not yet in the roster
    branch = world.trunk.branch()              somebody who has seen just this
    branch.add(gull, admin=True)               written, signed by heron, merged into the branch
    world.roster(branch, other)                all files of both, as one roster

Nothing here is random: the same calls give the same bytes in every run, so that they can be frozen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from unburnt.core.ids import encode_id
from unburnt.crypto.sealing import Identity
from unburnt.crypto.signing import SigningKey
from unburnt.model import roster_write as write
from unburnt.model.roster import Roster
from unburnt.model.roster_card import Card, device_card
from unburnt.model.roster_file import parse_op, sign_op
from unburnt.model.roster_ops import Reason, RoleName, Share, Split, op_hash

AT = "2018-01-24T09:10:00Z"


def repeatable(seed: str, size: int) -> bytes:
    """Return bytes that look random and are the same in every run."""
    return hashlib.shake_256(seed.encode()).digest(size)


def an_id(seed: str) -> str:
    """Return the id this word stands for."""
    return encode_id(repeatable(f"id {seed}", 16))


def a_hash(seed: str) -> str:
    """Return the SHA-256 this word stands for, such as that of a sealed grant."""
    return hashlib.sha256(seed.encode()).hexdigest()


@lru_cache
def a_recipient(seed: str) -> str:
    """Return the age recipient this word stands for."""
    return Identity.from_secret(repeatable(f"age {seed}", 32)).recipient


@dataclass(frozen=True)
class Machine:
    """A device with its private signing key."""

    key: SigningKey
    card: Card
    member: str

    @property
    def id(self) -> str:
        """The device's id."""
        return self.card.device


@lru_cache
def machine(label: str, member: str = "", signing: str = "", recipient: str = "") -> Machine:
    """Return the device of this label; by default its keys and its member follow from the label."""
    key = SigningKey.from_seed(repeatable(f"ed25519 {signing or label}", 32))
    card = device_card(key, a_recipient(recipient or label), label)
    return Machine(key, card, an_id(member or label))


HERON, GULL, TERN, CRANE = (machine(label) for label in ("heron", "gull", "tern", "crane"))
HERON_PHONE = machine("heron phone", member="heron")
CASES, LEGAL = an_id("cases"), an_id("legal")


class Branch:
    """What one person has seen: roster files, and the roster they give."""

    def __init__(self, roster: Roster, files: Iterable[bytes], name: str) -> None:
        self.roster, self.files, self.name = roster, list(files), name
        self._drawn = 0

    def branch(self, name: str) -> Branch:
        """Return somebody who has seen the same and goes on alone."""
        return Branch(self.roster, self.files, f"{self.name}/{name}")

    def random(self, size: int) -> bytes:
        """Give bytes that differ between branches and calls."""
        self._drawn += 1
        return repeatable(f"{self.name} {self._drawn}", size)

    def take(self, files: Iterable[bytes]) -> None:
        """See more files."""
        new = list(files)
        self.files += new
        self.roster = self.roster.merge(new)

    def publish(self, text: str, *signers: Machine) -> str:
        """Sign a text with these devices (heron by default), see the files, return its hash."""
        self.take(sign(text, device) for device in signers or (HERON,))
        return op_hash(text)

    def join(self, device: Machine, *signers: Machine, admin: bool = False) -> str:
        """Add a device, and its member when that is new."""
        if device.member not in self.roster.members:
            member = write.set_member(
                self.roster, device.member, device.card.label, at=AT, random=self.random
            )
            self.publish(member, *signers)
        return self.publish(self.adding(device, admin=admin), *signers)

    def adding(self, device: Machine, *, admin: bool = False) -> str:
        """Return the unsigned text that adds a device."""
        return write.add_device(
            self.roster, device.card, device.member, admin=admin, at=AT, random=self.random
        )

    def access(self, device: Machine, role: RoleName, *signers: Machine) -> str:
        """Set a role in the compartment of cases."""
        text = write.set_access(self.roster, device.id, CASES, role, at=AT, random=self.random)
        return self.publish(text, *signers)

    def admin(self, device: Machine, wanted: bool, *signers: Machine) -> str:
        """Make a device admin, or no longer."""
        text = write.set_admin(self.roster, device.id, wanted, at=AT, random=self.random)
        return self.publish(text, *signers)

    def compartment(self, *signers: Machine) -> str:
        """Add the compartment of cases."""
        text = write.set_compartment(self.roster, CASES, "cases", at=AT, random=self.random)
        return self.publish(text, *signers)

    def rotate(self, epoch: str, *signers: Machine, to: Iterable[Machine] = ()) -> str:
        """Begin an epoch of the compartment of cases, granted to these devices and to recovery."""
        grants = {"recovery": a_hash(f"{epoch} recovery")}
        grants |= {device.id: a_hash(f"{epoch} {device.id}") for device in to}
        text = write.rotate(
            self.roster, CASES, an_id(epoch), a_recipient(epoch), grants, at=AT, random=self.random
        )
        return self.publish(text, *signers)

    def revoking(self, device: Machine, last: int = 0, reason: Reason = "seized") -> str:
        """Return the unsigned text that revokes a device."""
        return write.revoke(self.roster, device.id, last, reason, at=AT, random=self.random)

    def revoke(self, device: Machine, *signers: Machine, last: int = 0) -> str:
        """Revoke a device."""
        return self.publish(self.revoking(device, last), *signers)

    def policy(self, threshold: int, revoke_threshold: int, *signers: Machine) -> str:
        """Set how many must agree."""
        text = write.set_policy(self.roster, threshold, revoke_threshold, at=AT, random=self.random)
        return self.publish(text, *signers)

    def withdraw(self, *words: str, by: tuple[Machine, ...] = ()) -> str:
        """Have the own keys that these words name destroyed."""
        keys = [an_id(word) for word in words]
        text = write.withdraw(self.roster, keys, at=AT, random=self.random)
        return self.publish(text, *by)

    def trustees(self, word: str, *signers: Machine) -> str:
        """Name the trustees; `word` tells two wishes apart."""
        text = write.set_trustees(
            self.roster, a_split(word), a_split(f"{word} drill"), at=AT, random=self.random
        )
        return self.publish(text, *signers)


def a_split(word: str) -> Split:
    """Return a recovery split of two groups, 2 of 3 and 1 of 1."""
    shares = [
        Share(hash=a_hash(f"{word} share {n}"), member=HERON.member if n == 0 else None, trustee=t)
        for n, t in enumerate(["heron", "stork", "swift", "notary"])
    ]
    return Split(
        group_threshold=1,
        groups=((2, 3), (1, 1)),
        recipient=a_recipient(word),
        salt=repeatable(word, 16).hex(),
        shares=tuple(shares),
    )


def sign(text: str, device: Machine) -> bytes:
    """Return the roster file of a text signed by a device."""
    return sign_op(text, archive_of(text), device.id, device.key)


def archive_of(text: str) -> str | None:
    """Return the archive a text names; None for the founding operation."""
    return None if '"op":"found"' in text else text.split('"archive":"')[1][:64]


def founded(device: Machine = HERON) -> Branch:
    """Return somebody who has just founded an archive."""
    text = write.found(
        device.card,
        member=device.member,
        label=device.card.label,
        at=AT,
        random=lambda size: repeatable(f"found {device.id}", size),
    )
    files = [sign(text, device)]
    return Branch(Roster.of(op_hash(text), files), files, device.card.label)


@lru_cache
def _settled(threshold: int, revoke_threshold: int) -> Branch:
    trunk = founded()
    trunk.join(GULL, admin=True)
    trunk.join(TERN, admin=True)
    trunk.compartment()
    for device in (HERON, GULL, TERN):
        trunk.access(device, "write")
    trunk.rotate("first", to=(HERON, GULL, TERN))
    if (threshold, revoke_threshold) != (1, 1):
        trunk.policy(threshold, revoke_threshold)
    return trunk


def settled(threshold: int = 1, revoke_threshold: int = 1) -> Branch:
    """Return an archive of three people, all admins, who write in one compartment."""
    return _settled(threshold, revoke_threshold).branch("settled")


def together(*branches: Branch) -> Roster:
    """Return the roster of all files that these people hold."""
    files = [file for branch in branches for file in branch.files]
    return Roster.of(branches[0].roster.archive, files)


def hashes(files: Iterable[bytes]) -> list[str]:
    """Return the operation hash of each file."""
    return [parse_op(file).hash for file in files]
