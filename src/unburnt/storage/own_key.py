"""Own keys: the age identity that one original is sealed to, itself sealed to an epoch.

    fresh = Fresh.of(random)
    sealed = objects.seal_pack(backend, {…}, fresh.recipient)
    keys = keep_named(backend, epoch, [fresh], statements)   # [OwnKey(id, sha256, size)], put
    own_key_names(header)                                    # {"keys/<own key>/<epoch>/<hash>": n}
    open_own_key(backend, name, epoch_identity)

Destroying the file ends the original for everybody: docs/spec/withdrawal.md. It is put last, just
before the entry that lists it: what was cut before is sealed to nobody. The identity is in memory
only until then, and while an original is opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from unburnt.core.errors import ForeignDataError
from unburnt.core.ids import new_id
from unburnt.crypto import sealing
from unburnt.crypto.sealing import Identity
from unburnt.model.entry import Header
from unburnt.model.roster_values import Epoch
from unburnt.model.statement import Statement
from unburnt.storage.backend import Backend
from unburnt.storage.names import key_name

MAX_OWN_KEY = 16 * 1024  # bytes, as for a grant


@dataclass(frozen=True, slots=True)
class OwnKey:
    """What an entry says of an own key: its id, and the SHA-256 and size of its file."""

    id: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Fresh:
    """An own key being made: nothing of it is kept before `keep`."""

    id: str
    identity: Identity = field(repr=False)

    @classmethod
    def of(cls, random: Callable[[int], bytes]) -> Fresh:
        """Return a fresh own key."""
        return cls(new_id(random), Identity.generate(random))

    @property
    def recipient(self) -> str:
        """What the original is sealed to."""
        return self.identity.recipient

    def keep(self, backend: Backend, epoch: Epoch) -> OwnKey:
        """Seal the identity to the epoch and put it; durable at the next flush."""
        line = self.identity.to_age().encode("ascii") + b"\n"
        sealed = sealing.seal(line, [epoch.recipient])
        digest = hashlib.sha256(sealed).hexdigest()
        backend.put(key_name(self.id, epoch.id, digest), sealed, sync=False)
        return OwnKey(self.id, digest, len(sealed))


def keep_named(
    backend: Backend, epoch: Epoch | None, fresh: Iterable[Fresh], statements: Iterable[Statement]
) -> list[OwnKey]:
    """Put the fresh keys that file statements of one entry name; returns what the entry lists."""
    waiting = {key.id: key for key in fresh}
    if not waiting or epoch is None:
        return []
    files = (said.value["file"] for said in statements if "file" in said.value)
    named = dict.fromkeys(file["key"] for file in files if file.get("key") in waiting)
    return [waiting[key].keep(backend, epoch) for key in named]


def own_key_names(header: Header) -> dict[str, int]:
    """Return the names of the own keys that an entry rests on, with their sizes."""
    return {key_name(key, header.epoch, digest): size for key, digest, size in header.keys}


def open_own_key(backend: Backend, name: str, epoch: Identity) -> Identity:
    """Return the identity in an own key's file.

    Raises BrokenArchiveError when it is not there, CannotOpenError for another epoch's key,
    ForeignDataError for bytes that are not those of its name or hold no key.
    """
    sealed = backend.get(name, MAX_OWN_KEY)
    try:
        if hashlib.sha256(sealed).hexdigest() != name[-64:]:
            raise _damaged()
        return Identity.from_age(sealing.unseal(sealed, [epoch]).decode("ascii").strip())
    except UnicodeDecodeError as error:
        raise _damaged() from error


def _damaged() -> ForeignDataError:
    return ForeignDataError(
        "The key of an original is damaged.", "Fetch it from another site: unburnt sync."
    )
