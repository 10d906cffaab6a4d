"""Keys: identities, recipients, grants and own keys as others sealed them, a passphrase's cost."""

from __future__ import annotations

import hashlib
from contextlib import suppress

from unburnt.core import canonical
from unburnt.core.errors import UnburntError
from unburnt.crypto import sealing
from unburnt.crypto.passphrase import STANDARD, Parameters, fresh
from unburnt.crypto.sealing import Identity
from unburnt.storage.memory import MemoryBackend
from unburnt.storage.names import key_name
from unburnt.storage.own_key import open_own_key
from unburnt.workflow.opening import open_grant

_ALICE = Identity.from_secret(bytes(range(32)))
_ID = "a" * 26
SEEDS = [
    _ALICE.to_age().encode() + b"\n",
    _ALICE.recipient.encode(),
    canonical.encode(fresh(bytes, STANDARD).to_dict()),
]


def fuzz(data: bytes) -> None:
    """Read it as each; then seal it and open it as a grant and as an original's own key."""
    text = data.decode("utf-8", "replace")
    for read in (Identity.from_age, sealing.check_recipient):
        with suppress(UnburntError):
            read(text)
    with suppress(UnburntError):
        Parameters.from_dict(canonical.decode(data, 2**16))
    sealed = sealing.seal(data, [_ALICE.recipient])
    with suppress(UnburntError):
        open_grant(sealed, _ALICE)
    backend = MemoryBackend()
    name = key_name(_ID, _ID, hashlib.sha256(sealed).hexdigest())
    backend.put(name, sealed)
    open_own_key(backend, name, _ALICE)
