"""Passphrases: what a new one must have, and what a guess at it costs.

    check_new("correct horse battery staple")      or UsageError with advice
    STANDARD, Cost                                  what Argon2id costs; tests bring a cheaper one

Length is all that is asked for: rules about signs and digits make people write passphrases down.
"""

from __future__ import annotations

from unburnt.core.errors import UsageError
from unburnt.crypto.passphrase import STANDARD as STANDARD
from unburnt.crypto.passphrase import Cost as Cost

LEAST = 12  # characters


def check_new(passphrase: str) -> str:
    """Return a passphrase that is long enough to begin with; UsageError else."""
    if len(passphrase) < LEAST:
        raise UsageError(
            f"A passphrase needs at least {LEAST} characters.",
            "Take six words that chance chose, with dice: they are easy to keep and hard to guess.",
        )
    return passphrase
