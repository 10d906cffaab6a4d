"""Every error a person can meet, split by who can act; each carries the next step and an exit code.

    UnburntError                 never raised itself
    ├── UsageError          2    you: a wrong word, a missing choice, a rule of the schema
    ├── ForeignDataError    3    them: bytes from outside that are not what they should be
    ├── CannotOpenError     4    the key: one message for every reason, so nothing can be probed
    ├── MediumError         5    disk, stick, network: try again or use another place
    └── BrokenArchiveError  6    our own bytes are damaged, missing or forged

A check that ends RED without an exception exits with `EXIT_RED`.
Messages never name people, sources or key material.
"""

from __future__ import annotations

EXIT_RED = 1


class UnburntError(Exception):
    """Base of the tree: `message` says what is wrong, `next_step` what to do about it."""

    exit_code = 70

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}"


class UsageError(UnburntError):
    """The request cannot be carried out as it was put."""

    exit_code = 2


class ForeignDataError(UnburntError):
    """Bytes that came from outside are malformed, too large or not what they claim to be."""

    exit_code = 3


class CannotOpenError(UnburntError):
    """A seal did not open; the reason is never told apart."""

    exit_code = 4

    def __init__(
        self,
        message: str = "This cannot be opened here.",
        next_step: str = "Check the passphrase or shares, and that this device was given access.",
    ) -> None:
        super().__init__(message, next_step)


class MediumError(UnburntError):
    """A disk, stick or network did not do what was asked."""

    exit_code = 5


class BrokenArchiveError(UnburntError):
    """The archive's own bytes are damaged, missing or forged."""

    exit_code = 6
