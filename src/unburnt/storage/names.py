"""The only names a site can hold: ten shapes, each spelled in one way.

    ARCHIVE                                     which archive this is, and how to open it by hand
    objects/ab/abcd…                            sealed bytes, named by their own SHA-256
    keys/<epoch>/<device or "recovery">/<hash>  a sealed grant
    keys/<own key>/<epoch>/<hash>               an original's own key, sealed to the epoch
    roster/<hash>-<device>                      a signed roster entry
    canary/<hash>                               what a drill must be able to open
    log/<device>/0000000001                     a signed entry
    forks/<device>/0000000001-<hash>            a second entry with one device and sequence
    checkpoints/<device>/0000000001             a signed log size and root
    cosigned/<device>/0000000001-<hash>         the same, with one witness's cosignature
    times/<device>/0000000001-<hash>            who says by when a checkpoint existed

Every backend checks names on the way in and out, so that no name ever leaves its site.
A name says nothing about people, dates or sources.
"""

from __future__ import annotations

import re

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.core.ids import check_hash, check_id

ARCHIVE = "ARCHIVE"
RECOVERY = "recovery"
SEQUENCE_DIGITS = 10

# One expression instead of `check_id` and `check_hash` part by part: a listing of 100,000 names
# takes 0.05 s for its names instead of 0.4 s. The tests hold both spellings against each other.
_ID = "[a-z2-7]{25}[aeimquy4]"
_HASH = "[0-9a-f]{64}"
_SEQUENCE = f"[0-9]{{{SEQUENCE_DIGITS}}}"
_NAME = re.compile(
    "|".join(
        [
            r"objects/([0-9a-f]{2})/\1[0-9a-f]{62}",
            f"log/{_ID}/{_SEQUENCE}",
            f"checkpoints/{_ID}/{_SEQUENCE}",
            f"roster/{_HASH}-{_ID}",
            f"keys/{_ID}/(?:{_ID}|{RECOVERY})/{_HASH}",
            f"(?:forks|cosigned|times)/{_ID}/{_SEQUENCE}-{_HASH}",
            f"canary/{_HASH}",
            ARCHIVE,
        ]
    )
)
KINDS = frozenset("objects log checkpoints cosigned times roster keys forks canary".split())
_PREFIX = re.compile(f"|{ARCHIVE}|(?:{'|'.join(sorted(KINDS))})/[a-z0-9/-]*")
# What must be durable before what: readers who find one rank can rely on the ranks below it.
_RANKS = {"log": 1, "forks": 1, "checkpoints": 2, "cosigned": 2, "times": 3}


def check_name(text: object) -> str:
    """Return `text` if it is a name a site can hold, else raise ForeignDataError."""
    if isinstance(text, str) and _NAME.fullmatch(text):
        return text
    raise ForeignDataError(
        "This is not a name that a site can hold.",
        "Only the names in docs/spec/sites.md are taken; leave other files out.",
    )


def is_name(text: str) -> bool:
    """Tell whether `text` is a name a site can hold."""
    return _NAME.fullmatch(text) is not None


def check_prefix(text: str) -> str:
    """Return `text` if names can begin with it, else raise UsageError.

    A misspelled prefix would list nothing, and nothing looks like "all is well".
    """
    if _PREFIX.fullmatch(text):
        return text
    raise UsageError("No name begins like this.", 'Ask for "" or for a folder, such as "objects/".')


def rank(name: str) -> int:
    """Return 0 for what others rest on, 1 for entries and forks, 2 for checkpoints, 3 for times."""
    return _RANKS.get(name.partition("/")[0], 0)


def object_name(digest: str) -> str:
    """Name the sealed object whose bytes have this SHA-256 (hex)."""
    return f"objects/{check_hash(digest)[:2]}/{digest}"


def entry_name(device: str, sequence: int) -> str:
    """Name the entry of a device's log; sequences count from 0."""
    return f"log/{check_id(device)}/{_digits(sequence)}"


def checkpoint_name(device: str, size: int) -> str:
    """Name the checkpoint of a device's log at `size` entries."""
    return f"checkpoints/{check_id(device)}/{_digits(size)}"


def roster_name(digest: str, device: str) -> str:
    """Name the roster entry with this digest, signed by this device."""
    return f"roster/{check_hash(digest)}-{check_id(device)}"


def key_name(epoch: str, holder: str, digest: str) -> str:
    """Name the grant of an epoch to a device, or to `RECOVERY`."""
    if holder != RECOVERY:
        check_id(holder)
    return f"keys/{check_id(epoch)}/{holder}/{check_hash(digest)}"


def destroyable_name(text: object) -> str:
    """Return `text` if it is the name of a sealed key, else raise UsageError or ForeignDataError.

    Nothing else is ever destroyed, whoever asks. That it is no epoch's is for the caller to know.
    """
    name = check_name(text)
    if not name.startswith("keys/"):
        raise UsageError("Only sealed keys can be destroyed.", "Everything else stays.")
    return name


def key_id(name: str) -> str:
    """Return the id that a name below `keys/` begins with: of an epoch, or an own key."""
    return name.split("/")[1]


def fork_name(device: str, sequence: int, digest: str) -> str:
    """Name a second, different entry with one device and sequence."""
    return f"forks/{check_id(device)}/{_digits(sequence)}-{check_hash(digest)}"


def time_name(device: str, size: int, digest: str) -> str:
    """Name the time proof with this SHA-256 of a device's log at `size` entries."""
    return f"times/{check_id(device)}/{_digits(size)}-{check_hash(digest)}"


def cosigned_name(device: str, size: int, digest: str) -> str:
    """Name the checkpoint at `size` entries with one cosignature whose bytes have this SHA-256."""
    return f"cosigned/{check_id(device)}/{_digits(size)}-{check_hash(digest)}"


def canary_name(digest: str) -> str:
    """Name the canary whose bytes have this SHA-256 (hex)."""
    return f"canary/{check_hash(digest)}"


def _digits(number: int) -> str:
    if not 0 <= number < 10**SEQUENCE_DIGITS:
        raise UsageError(
            "A log has at most ten thousand million entries.", "Begin a new device's log."
        )
    return f"{number:0{SEQUENCE_DIGITS}}"
