"""Whom this device asks for the time, and which block headers it was given; kept sealed on it.

    use(session, Path("authorities.yaml"))     # with the files of roots that it names
    chosen(session).quorum
    use_headers(session, Path("headers.bin"), first=840_000)

Whom a group asks is nobody's business, so it is in no roster and on no site. Format of the files:
docs/spec/time.md, "Settings" and "OpenTimestamps".
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from unburnt.core.errors import MediumError, UsageError
from unburnt.evidence import authorities, rfc3161
from unburnt.evidence.authorities import Authorities
from unburnt.evidence.block_headers import SIZE, Header, Headers
from unburnt.model import strict_yaml
from unburnt.storage import settings
from unburnt.workflow.session import Session
from unburnt.workflow.time_proofs import heights, held

MAX_SETTINGS_FILE = 64 * 1024
MAX_HEADERS_FILE = 160 * 2**20
_SETTINGS = "times"


def use(session: Session, path: Path) -> Authorities:
    """Read a file of authorities, with the files of roots it names, and keep it sealed."""
    text = _file(path, MAX_SETTINGS_FILE).decode("utf-8", "replace")
    chosen = authorities.read(
        strict_yaml.parse(text), lambda name: _file(path.parent / name, rfc3161.MAX_ROOTS)
    )
    _keep(session, authorities=chosen.to_value())
    return chosen


def chosen(session: Session) -> Authorities:
    """Return whom this device asks; nobody, until somebody was named."""
    return Authorities.from_value(_kept(session).get("authorities", {}))


def use_headers(session: Session, path: Path, first: int) -> int:
    """Check a file of block headers, and keep those that our proofs name; returns how many."""
    given = Headers.of(_file(path, MAX_HEADERS_FILE), first)
    named = {height for _, proof in held(session) for height in heights(proof)}
    found = {str(height): header for height in named if (header := given.at(height))}
    kept = {**_kept(session).get("headers", {}), **{h: x.raw.hex() for h, x in found.items()}}
    _keep(session, headers=kept)
    return len(found)


def headers(session: Session) -> Callable[[int], Header | None]:
    """Return what gives the header of a block at a height, when it was supplied."""
    kept = {int(h): bytes.fromhex(raw) for h, raw in _kept(session).get("headers", {}).items()}
    return Headers({h: Header(raw) for h, raw in kept.items() if len(raw) == SIZE}).at


def _kept(session: Session) -> dict[str, Any]:
    found: dict[str, Any] = settings.read(session.root, session.keys.settings).get(_SETTINGS, {})
    return found


def _keep(session: Session, **fields: Any) -> None:
    stored = settings.read(session.root, session.keys.settings)
    stored[_SETTINGS] = {**stored.get(_SETTINGS, {}), **fields}
    settings.write(session.root, session.keys.settings, stored)


def _file(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise MediumError("A file named here cannot be read.", "Check its path.") from error
    if len(data) > limit:
        raise UsageError("A file named here is too large.", "Check that it is the right one.")
    return data
