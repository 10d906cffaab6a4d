"""A history of the roster in which insiders signed whatever they liked."""

from __future__ import annotations

from contextlib import suppress

from tests.model.roster_world import CRANE, GULL, HERON, settled
from unburnt.core.errors import UnburntError
from unburnt.model import roster_file
from unburnt.model.roster import Roster
from unburnt.model.roster_file import sign_op

_SIGNERS = (HERON, GULL, CRANE)  # an admin, another one, a stranger
_TRUNK = settled(2, 1)
_ARCHIVE = _TRUNK.roster.archive
_MORE = settled(2, 1)
_BEFORE = len(_MORE.files)
_MORE.access(HERON, "read", GULL)
_MORE.revoke(GULL, HERON)
_MORE.policy(1, 1, HERON, GULL)
_MORE.withdraw("an original", by=(HERON,))
_MORE.trustees("split", HERON)
_TEXTS = [roster_file.parse_op(file).text for file in _MORE.files]
SEEDS = [
    b"\0".join(text.encode() for text in _TEXTS[_BEFORE:]),
    *(text.encode() for text in _TEXTS),
]


def fuzz(data: bytes) -> None:
    """Sign each part, by one or two; every order of the files gives one roster, and it is told."""
    files: list[bytes] = []
    for number, part in enumerate(data.split(b"\0")[:8]):
        signers = _SIGNERS[number % 3 : number % 3 + 1 + len(part) % 2]
        for device in signers:
            with suppress(UnburntError, UnicodeDecodeError):
                files.append(sign_op(part.decode("utf-8"), _ARCHIVE, device.id, device.key))
    roster = Roster.of(_ARCHIVE, [*_TRUNK.files, *files])
    assert Roster.of(_ARCHIVE, [*reversed(files), *_TRUNK.files]).digest() == roster.digest()
    roster.summary()
    assert roster.alarms is not None
    for known in roster.devices:
        for compartment in roster.compartments:
            roster.may_read(known, compartment)
