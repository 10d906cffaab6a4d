"""From a passphrase to an age identity, by Argon2id (RFC 9106): what the device's vault opens to.

    parameters = fresh(secrets.token_bytes)
    parameters.to_dict() == {"iterations": 3, "kdf": "argon2id", "lanes": 4,
                             "memory_kib": 65536, "salt": "00…", "version": 19}
    seal(keys, [derive("correct horse …", parameters).recipient])

The 32 bytes that Argon2id gives are taken as an X25519 secret, so a vault is a plain age file.
Whoever changes stored parameters gains nothing: another identity comes out, which opens nothing.
Bounds on them keep a hostile file from exhausting the machine. Never stores a passphrase, and
never judges how good it is.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.crypto.randomness import Random, draw
from unburnt.crypto.sealing import SECRET_SIZE, Identity

VERSION = 0x13
"""Argon2 version 1.3, the one of RFC 9106; written into every set of parameters."""

SALT_SIZE = 16
MEMORY_KIB = range(8 * 1024, 4 * 1024 * 1024 + 1)
"""8 MiB, where guessing begins to cost something, to 4 GiB, which small machines lack."""
ITERATIONS = range(1, 65)
LANES = range(1, 17)
WORK_LIMIT_KIB = 16 * 1024 * 1024
"""Bound on memory × iterations: 16 GiB moved, about half a minute on a slow machine."""


_SHAPE = {"memory_kib": int, "iterations": int, "lanes": int, "version": int, "salt": str}


class Cost(NamedTuple):
    """What one guess costs: memory in KiB, passes over it, lanes computed at the same time."""

    memory_kib: int
    iterations: int
    lanes: int


STANDARD = Cost(64 * 1024, 3, 4)
"""The second recommendation of RFC 9106 section 4: 64 MiB, about 0.1 s."""

WEAK = Cost(8 * 1024, 1, 1)
"""For tests and demonstrations only: about 5 ms a guess."""


@dataclass(frozen=True)
class Parameters:
    """Cost and salt of one derivation; public, stored beside what it protects."""

    memory_kib: int
    iterations: int
    lanes: int
    salt: bytes

    def __post_init__(self) -> None:
        within = (
            self.memory_kib in MEMORY_KIB
            and self.iterations in ITERATIONS
            and self.lanes in LANES
            and self.memory_kib * self.iterations <= WORK_LIMIT_KIB
            and len(self.salt) == SALT_SIZE
        )
        if not within:
            raise _malformed()

    def to_dict(self) -> dict[str, str | int]:
        """Return the JSON object of these parameters."""
        return {
            "iterations": self.iterations,
            "kdf": "argon2id",
            "lanes": self.lanes,
            "memory_kib": self.memory_kib,
            "salt": self.salt.hex(),
            "version": VERSION,
        }

    @classmethod
    def from_dict(cls, data: object) -> Parameters:
        """Return the parameters a JSON object spells; ForeignDataError for anything else."""
        if not isinstance(data, dict) or not all(
            type(data.get(name)) is kind for name, kind in _SHAPE.items()
        ):
            raise _malformed()
        try:
            salt = bytes.fromhex(data["salt"])
        except ValueError:
            raise _malformed() from None
        parameters = cls(data["memory_kib"], data["iterations"], data["lanes"], salt)
        if parameters.to_dict() != data:  # nothing more, nothing else, one spelling
            raise _malformed()
        return parameters


def fresh(random: Random, cost: Cost = STANDARD) -> Parameters:
    """Return parameters with a new 16-byte salt; `WEAK` is for tests only."""
    return Parameters(cost.memory_kib, cost.iterations, cost.lanes, draw(random, SALT_SIZE))


def derive(passphrase: str, parameters: Parameters) -> Identity:
    """Return the identity of a passphrase, which is first normalised by Unicode NFKC.

    So a passphrase typed on another keyboard or system gives the same bytes. UsageError for an
    empty one, one that has no UTF-8, and where the machine lacks the memory.
    """
    spelled = unicodedata.normalize("NFKC", passphrase)
    if not spelled or any("\ud800" <= char <= "\udfff" for char in spelled):
        raise UsageError("A passphrase cannot be empty or malformed.", "Type it again.")
    try:
        secret = hash_secret_raw(
            secret=spelled.encode("utf-8"),
            salt=parameters.salt,
            time_cost=parameters.iterations,
            memory_cost=parameters.memory_kib,
            parallelism=parameters.lanes,
            hash_len=SECRET_SIZE,
            type=Type.ID,
            version=VERSION,
        )
    except HashingError:
        raise UsageError(
            f"Opening this takes {parameters.memory_kib // 1024} MiB of memory.",
            "Close other programs, or open it on a larger machine.",
        ) from None
    return Identity.from_secret(secret)


def _malformed() -> ForeignDataError:
    return ForeignDataError(
        "These passphrase parameters are malformed or outside the bounds.",
        "Restore the file from another copy.",
    )
