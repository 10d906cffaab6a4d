"""Own keys for a session: what originals of a compartment are sealed to, and what opens them.

    recipient, own = sealing_for(session, compartment)    own() makes a fresh key; None: no own keys
    sealed, key = seal_alone(session, compartment, data)  bytes in memory as one original
    identities_of(session, [file, …])                     the epochs', and the files' own

A compartment is withdrawable when the roster says so. Format: docs/spec/withdrawal.md. An identity
is in memory only while it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from unburnt.core.errors import CannotOpenError, ForeignDataError, UsageError
from unburnt.core.ids import is_id
from unburnt.crypto.sealing import Identity
from unburnt.storage import objects, pack
from unburnt.storage.objects import Sealed
from unburnt.storage.own_key import Fresh, open_own_key
from unburnt.workflow.session import Session

File = Mapping[str, Any]  # of a value {"file": …}


def sealing_for(session: Session, compartment: str) -> tuple[str, Callable[[], Fresh] | None]:
    """Return the recipient of a compartment, and what makes own keys where it is withdrawable.

    Raises UsageError when the compartment has no key yet.
    """
    epoch = session.roster.current_epoch(compartment)
    if epoch is None:
        raise UsageError("This compartment has no key yet.", "Make one: unburnt rotate.")
    if not session.roster.is_withdrawable(compartment):
        return epoch.recipient, None
    return epoch.recipient, partial(Fresh.of, session.random)


def seal_alone(session: Session, compartment: str, data: bytes) -> tuple[Sealed, Fresh | None]:
    """Seal bytes that were made in memory as an original of their own; never a clear file."""
    recipient, own = sealing_for(session, compartment)
    fresh = own() if own else None
    chunks = pack.stream(pack.ORIGINAL, len(data), [data])
    sealed = objects.seal_chunks(session.backend, chunks, fresh.recipient if fresh else recipient)
    assert sealed is not None  # noqa: S101 - wanted by default
    return sealed, fresh


def with_key(file: dict[str, Any], key: Fresh | None) -> dict[str, Any]:
    """Return what is recorded of a file, with its own key when it has one."""
    return file if key is None else {**file, "key": key.id}


def is_withdrawn(session: Session, file: File) -> bool:
    """Tell whether the original of a recorded file was withdrawn, whatever still lies here."""
    return "key" in file and file["key"] in session.roster.withdrawn


def identities_of(session: Session, files: Iterable[File]) -> list[Identity]:
    """Return what can open the object of these files: own keys that open here, then the epochs'.

    Raises CannotOpenError when one was withdrawn: it opens for nobody, wherever its key may lie.
    """
    found: list[Identity] = []
    for file in files:
        if is_withdrawn(session, file):
            raise CannotOpenError(
                "This original was withdrawn: its key was destroyed.",
                "It does not come back. That it existed is told by: unburnt custody.",
            )
        found += _own(session, file)
    return [*found, *session.identities.values()]


def holds_key(session: Session, file: File) -> bool:
    """Tell whether a file has no own key, or its file lies here."""
    return "key" not in file or bool(_key_files(session, file))


def _own(session: Session, file: File) -> list[Identity]:
    """Return the identity in a file's own key; nothing when it has none or it does not open."""
    for name in _key_files(session, file):
        epoch = session.identities.get(name.split("/")[2])
        if epoch is None:
            continue
        try:
            return [open_own_key(session.backend, name, epoch)]
        except (ForeignDataError, CannotOpenError):
            continue  # damaged: without it the object says that it does not open
    return []


def _key_files(session: Session, file: File) -> list[str]:
    key = file.get("key")
    if not isinstance(key, str) or not is_id(key):
        return []
    return list(session.backend.names(f"keys/{key}/"))
